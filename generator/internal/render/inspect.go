package render

import (
	"io/fs"
	"maps"
	"slices"
	"strings"
	"text/template/parse"

	"scaffold/generator/manifest"
)

// Uses says what one template file, or partial, uses. It is what a check of the
// template goes by: a variable that nothing declares, a question that nothing
// uses.
type Uses struct {
	File      string
	Partial   bool   // its variables are those of what it is given, usually all
	Variables []Name // in the order of the text; those of the file's own name have no line
	Functions []string
	Includes  []Include
	Branches  []Branch
	Err       error // why it cannot be rendered; what is noted may be incomplete then

	defines []string // the templates that it defines itself
	text    string
}

// A Name is a variable where it is used.
type Name struct {
	Name         string
	Line, Column int      // from 1
	With         []string // the texts that it is compared with; nil where it is used in another way
}

// An Include is a call of a partial by its name.
type Include struct {
	Partial      string
	All          bool // it is given all variables
	Always       bool // no condition and no loop stands around it
	Line, Column int  // from 1

	offset int
}

// Inspect lists what each template file and each partial uses, in the order of
// their paths. Inside {{ with }} and {{ range }}, only what starts at $ is known
// to be a variable.
func Inspect(fsys fs.FS, m *manifest.Manifest) ([]Uses, error) {
	var list []Uses
	p := newParser()
	for _, dir := range []string{manifest.FilesDir, manifest.PartialsDir} {
		sources, err := walk(fsys, dir, Limits{}.orDefaults().Files)
		if err != nil {
			return nil, err
		}
		for _, s := range sources {
			u := Uses{File: s.name, Partial: dir == manifest.PartialsDir}
			for _, match := range field.FindAllStringSubmatch(s.name, -1) {
				u.Variables = append(u.Variables, Name{Name: match[1]})
			}
			if strings.HasSuffix(s.name, manifest.Suffix) && !s.link {
				p.uses(fsys, m, &u)
			}
			list = append(list, u)
		}
	}
	unknownIncludes(list)
	return list, nil
}

// unknownIncludes marks the texts that include what is neither a partial nor
// defined.
func unknownIncludes(list []Uses) {
	var known []string
	for _, u := range list {
		if u.Partial {
			known = append(append(known, partialName(u.File)), u.defines...)
		}
	}
	slices.Sort(known)
	for i, u := range list {
		for _, call := range u.Includes {
			if u.Err == nil && !slices.Contains(known, call.Partial) && !slices.Contains(u.defines, call.Partial) {
				list[i].Err = unknownPartial(call.Partial, known).at(u.File, u.text, call.offset)
			}
		}
	}
}

func partialName(file string) string {
	return strings.TrimSuffix(strings.TrimPrefix(file, manifest.PartialsDir+"/"), manifest.Suffix)
}

// InspectText lists what a text of the manifest uses; its places are those in the
// text.
func InspectText(text string) Uses {
	u := Uses{File: manifest.FileName}
	newParser().usesOf(text, "{{", "}}", &u)
	return u
}

func (p parser) uses(fsys fs.FS, m *manifest.Manifest, u *Uses) {
	text, err := readTemplate(fsys, u.File, nil)
	if err != nil {
		u.Err = err
		return
	}
	left, right := m.DelimitersFor(manifest.Below(u.File))
	p.usesOf(text, left, right, u)
}

func (p parser) usesOf(text, left, right string, u *Uses) {
	found := usage{functions: make(map[string]bool)}
	parsed, err := p.inspect(u.File, text, left, right, weaver{uses: &found})
	if err != nil {
		u.Err = err
		return
	}
	u.text, u.defines = text, slices.Sorted(maps.Keys(parsed.defines))
	slices.SortStableFunc(found.variables, func(a, b variable) int { return a.compare(b.reference) })
	for _, v := range found.variables {
		line, column := position(text, chainStart(text, v.offset))
		u.Variables = append(u.Variables, Name{v.name, line, column, v.with})
	}
	for _, b := range found.branches {
		b.File = u.File
		b.Line, b.Column = position(text, b.Offset)
		u.Branches = append(u.Branches, b)
	}
	u.Includes = found.includes
	for i, call := range u.Includes {
		u.Includes[i].Line, u.Includes[i].Column = position(text, call.offset)
	}
	u.Functions = slices.Sorted(maps.Keys(found.functions))
}

// usage is what a weaver notes on its way. A nil usage notes nothing.
type usage struct {
	variables []variable
	functions map[string]bool
	includes  []Include
	branches  []Branch
	with      []string // the texts of the comparison at hand
	moved     int      // how many with and range around have moved the dot
	around    int      // how many branches are around
}

// A variable is a reference to one, and the texts that it is compared with.
type variable struct {
	reference
	with []string
}

func (u *usage) function(name string) {
	if u != nil {
		u.functions[name] = true
	}
}

func (u *usage) field(chain []string, offset int, dollar bool) {
	switch {
	case u == nil:
	case !dollar && u.moved == 0:
		u.variables = append(u.variables, variable{reference{chain[0], offset}, u.with})
	case dollar && chain[0] == "$" && len(chain) > 1:
		u.variables = append(u.variables, variable{reference{chain[1], offset}, u.with})
	}
}

// comparing notes the texts that a command holds its other operands against,
// and gives back those of the command around it.
func (u *usage) comparing(c *parse.CommandNode) []string {
	if u == nil {
		return nil
	}
	around := u.with
	u.with = nil
	if id, ok := c.Args[0].(*parse.IdentifierNode); ok && slices.Contains([]string{"eq", "ne", "has"}, id.Ident) {
		for _, arg := range c.Args[1:] {
			if text, ok := arg.(*parse.StringNode); ok {
				u.with = append(u.with, text.Text)
			}
		}
	}
	return around
}

func (u *usage) compared(around []string) {
	if u != nil {
		u.with = around
	}
}

// include notes the call of a partial with the arguments behind its name.
func (u *usage) include(name string, offset int, data []parse.Node) {
	if u == nil {
		return
	}
	call := Include{Partial: name, Always: u.around == 0, offset: offset}
	if len(data) == 1 {
		switch n := data[0].(type) {
		case *parse.DotNode:
			call.All = u.moved == 0
		case *parse.VariableNode:
			call.All = len(n.Ident) == 1 && n.Ident[0] == "$"
		}
	}
	u.includes = append(u.includes, call)
}

func (u *usage) branch(b Branch) {
	if u != nil {
		u.branches = append(u.branches, b)
	}
}

// enter goes into a branch, which may move the dot, or with -1 out of it.
func (u *usage) enter(moves bool, by int) {
	if u == nil {
		return
	}
	u.around += by
	if moves {
		u.moved += by
	}
}
