package render

import (
	"io/fs"
	"maps"
	"slices"
	"strings"

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
	Err       error // why it does not parse; the rest is empty then
}

// A Name is a variable where it is used.
type Name struct {
	Name         string
	Line, Column int // from 1
}

// Inspect lists what each template file and each partial uses, in the order of
// their paths. Inside {{ with }} and {{ range }}, only what starts at $ is known
// to be a variable.
func Inspect(fsys fs.FS, m *manifest.Manifest) ([]Uses, error) {
	var list []Uses
	p := newParser()
	for _, dir := range []string{filesDir, partialsDir} {
		sources, err := walk(fsys, dir, Limits{}.orDefaults().Files)
		if err != nil {
			return nil, err
		}
		for _, s := range sources {
			u := Uses{File: s.name, Partial: dir == partialsDir}
			for _, match := range field.FindAllStringSubmatch(s.name, -1) {
				u.Variables = append(u.Variables, Name{Name: match[1]})
			}
			if strings.HasSuffix(s.name, suffix) && !s.link {
				p.uses(fsys, m, &u)
			}
			list = append(list, u)
		}
	}
	return list, nil
}

func (p parser) uses(fsys fs.FS, m *manifest.Manifest, u *Uses) {
	text, err := readTemplate(fsys, u.File)
	if err != nil {
		u.Err = err
		return
	}
	left, right := "{{", "}}"
	if !u.Partial {
		left, right = m.DelimitersFor(strings.TrimPrefix(u.File, filesDir+"/"))
	}
	found := usage{functions: make(map[string]bool)}
	if _, u.Err = p.inspect(u.File, text, left, right, &found); u.Err != nil {
		return
	}
	slices.SortStableFunc(found.variables, reference.compare)
	for _, v := range found.variables {
		line, column := position(text, chainStart(text, v.offset))
		u.Variables = append(u.Variables, Name{v.name, line, column})
	}
	u.Functions = slices.Sorted(maps.Keys(found.functions))
}

// usage is what a weaver notes on its way. A nil usage notes nothing.
type usage struct {
	variables []reference
	functions map[string]bool
	moved     int // how many with and range around have moved the dot
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
		u.variables = append(u.variables, reference{chain[0], offset})
	case dollar && chain[0] == "$" && len(chain) > 1:
		u.variables = append(u.variables, reference{chain[1], offset})
	}
}

func (u *usage) moveDot(moves bool, by int) {
	if u != nil && moves {
		u.moved += by
	}
}
