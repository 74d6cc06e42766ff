package foreign

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"scaffold/generator/fault"
	"scaffold/generator/internal/jinja"
	"scaffold/generator/internal/late"
	"scaffold/generator/manifest"
)

// An Imported template is scaffold's own, made of one of another tool: a starting
// point for who wants to move for good.
type Imported struct {
	Files map[string][]byte // by path, template.yaml among them
	Left  []Left            // what could not be carried over
}

// Left is something of a template that has no counterpart here, with its place in
// that template.
type Left struct {
	File    string `json:"file"`
	Line    int    `json:"line,omitempty"`
	Column  int    `json:"column,omitempty"`
	Message string `json:"message"`
}

func (l Left) String() string {
	place := l.File
	if l.Line > 0 {
		place = fmt.Sprintf("%s:%d:%d", l.File, l.Line, l.Column)
	}
	return place + ": " + l.Message
}

// Import makes a template of scaffold's, called name, of what was read with
// [Open]. What it makes gives the same files for the same answers, but for what is
// left.
func Import(m *manifest.Manifest, name string) (*Imported, error) {
	x := &importer{name: name, fields: map[string]jinja.Field{}, inline: map[string]jinja.Field{}, ids: map[string]bool{}, out: &Imported{Files: map[string][]byte{}}}
	var err error
	switch f := m.Format().(type) {
	case *nest:
		first := f.parts[0].folder
		return nil, fault.New(fault.Template, "it is a choice of templates, and each is imported by itself").Try("name the folder of one: scaffold template import TEMPLATE/" + first + " DIR")
	case *cookie:
		x.tool, x.base, x.env, x.config = Cookiecutter, f.base, f.env, cookieFile
		err = x.cookiecutter(f)
	case *copied:
		x.tool, x.base, x.env, x.config = Copier, f.base, f.env, f.file
		err = x.copier(f)
	default:
		return nil, fault.New(fault.Template, "it is a template of scaffold").Try("name one of cookiecutter or copier")
	}
	if err != nil {
		return nil, err
	}
	x.finish()
	return x.out, nil
}

// An importer collects what becomes of a template.
type importer struct {
	*base
	name, tool, config string
	env                *jinja.Environment
	fields             map[string]jinja.Field // what their names become
	ids                map[string]bool        // that are taken
	questions          []string               // as YAML
	computed           []string
	rules              []string
	actions            []string
	next               string
	newLines           string                 // what cookiecutter ends lines with; "" is as in the template
	inline             map[string]jinja.Field // what a question calls a computed name: its expression
	paths              map[string]string      // computed names, by their expression
	out                *Imported
}

func (x *importer) leave(file, format string, args ...any) {
	x.out.Left = append(x.out.Left, Left{File: file, Message: fmt.Sprintf(format, args...)})
}

// leaveError takes an error of the language with its place, and says what follows.
func (x *importer) leaveError(file string, err error, consequence string) {
	l := Left{File: file, Message: err.Error()}
	var e *jinja.Error
	if errors.As(err, &e) {
		l = Left{File: file, Line: e.Line, Column: e.Column, Message: e.Message}
		if file == x.config { // the place is one in a value of it
			l.Line, l.Column = 0, 0
		}
	}
	l.Message += "; " + consequence
	x.out.Left = append(x.out.Left, l)
}

// namer knows what a name of the template has become.
func (x *importer) namer(name string) (jinja.Field, bool) {
	f, ok := x.fields[name]
	return f, ok
}

// asker is namer for a question, which cannot use what is computed after all of
// them.
func (x *importer) asker(name string) (jinja.Field, bool) {
	if f, ok := x.inline[name]; ok {
		return f, true
	}
	return x.namer(name)
}

var id = late.Pattern(`^[a-z][a-z0-9_]*$`)

// identifier is what a question of theirs is called here.
func (x *importer) identifier(theirs string) (string, bool) {
	name := questionID(strings.ToLower(theirs))
	if !id().MatchString(name) || x.ids[name] {
		return name, false
	}
	x.ids[name] = true
	return name, true
}

func (x *importer) parse(where, text string) (*jinja.Template, error) {
	return x.env.Parse(where, text)
}

// expression gives a default as YAML: a value, or an expression.
func (x *importer) expression(where, text string) (string, jinja.Type, error) {
	t, err := x.parse(where, text)
	if err != nil {
		return "", jinja.Opaque, err
	}
	return t.Expression(x.asker)
}

func yamlText(text string) string {
	quoted, _ := jinja.WriteJSON(text)
	return quoted
}

func yamlList(texts []string) string {
	quoted := make([]string, len(texts))
	for i, t := range texts {
		quoted[i] = yamlText(t)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// An asking is a question as it is written down.
type asking struct {
	id, kind, title string
	choices         []manifest.Choice
	fallback        string // its default, as YAML; "" is none
	when            string
}

func (x *importer) ask(q asking) {
	lines := []string{"  - id: " + q.id, "    type: " + q.kind}
	add := func(key, value string) {
		if value != "" {
			lines = append(lines, "    "+key+": "+value)
		}
	}
	if q.title != "" {
		add("title", yamlText(strings.Join(strings.Fields(q.title), " ")))
	}
	if len(q.choices) > 0 {
		add("choices", "")
		lines = append(lines, "    choices:")
		for _, c := range q.choices {
			line := "      - {value: " + yamlText(c.Value)
			if c.Title != "" && c.Title != c.Value {
				line += ", title: " + yamlText(c.Title)
			}
			lines = append(lines, line+"}")
		}
	}
	add("default", q.fallback)
	if q.when != "" {
		add("when", yamlText(q.when))
	}
	x.questions = append(x.questions, strings.Join(lines, "\n"))
}

func (x *importer) compute(name, expression string) {
	x.computed = append(x.computed, "  "+name+": "+yamlText(expression))
}

// computes has a name of the template stand for an expression.
func (x *importer) computes(theirs, name, expression string, kind jinja.Type) {
	x.compute(name, expression)
	x.fields[theirs] = jinja.Field{Name: name, Type: kind}
	x.inline[theirs] = jinja.Field{Name: "(" + expression + ")", Type: kind}
}

// A source is one file of a template, with its path below what is copied.
type source struct {
	from, to string
	raw      bool // it is copied as it is, name and content
	rawText  bool // its content is
	once     bool
}

// file carries one file over, or says why not.
func (x *importer) file(s source) error {
	info, err := fs.Stat(x.fsys, s.from)
	if err != nil || !info.Mode().IsRegular() {
		x.leave(s.from, "it is a link that is not carried over")
		return nil
	}
	data, err := x.read(s.from, 64<<20)
	if err != nil {
		return err
	}
	to, when, err := x.path(s)
	if err != nil {
		x.leaveError(s.from, err, "the file is not carried over")
		return nil
	}
	if strings.ContainsAny(strings.ReplaceAll(strings.ReplaceAll(to, "{{", ""), "}}", ""), "*?[]{}\\") {
		x.leave(s.from, "a glob cannot name it; the file is not carried over")
		return nil
	}
	data, to = x.content(s, data, to)
	x.rule(to, when, modeOf(info), s.once)
	x.out.Files["files/"+to] = data
	return nil
}

// content translates a text; where that is not certain, it stays what it was.
func (x *importer) content(s source, data []byte, to string) ([]byte, string) {
	hidden := slices.Contains([]string{".gitignore", ".gitattributes", "go.mod"}, path.Base(to)) || strings.HasSuffix(to, ".tmpl")
	if !utf8.Valid(data) {
		return data, to
	}
	text, plain := string(data), true
	if !s.raw && !s.rawText {
		t, err := x.parse(s.from, text)
		var out string
		if err == nil {
			if out, plain = t.Plain(); !plain {
				out, err = t.Translate(x.namer)
			}
		}
		switch {
		case err != nil:
			x.leaveError(s.from, err, "its text is as it was")
		case !plain:
			return []byte(x.lineEnds(out, data)), to + ".tmpl"
		default:
			text = x.lineEnds(out, data)
		}
	}
	if hidden {
		return []byte(strings.ReplaceAll(text, "{{", `{{ "{{" }}`)), to + ".tmpl"
	}
	return []byte(text), to
}

// lineEnds gives a text the line ends that cookiecutter gives it.
func (x *importer) lineEnds(text string, was []byte) string {
	if x.tool == Copier {
		return text
	}
	if end := (&cookieMaker{newLines: x.newLines}).lineEnd(was); end != "\n" {
		return strings.ReplaceAll(text, "\n", end)
	}
	return text
}

// path gives the path of a file below files/, and the condition on which there is
// one.
func (x *importer) path(s source) (to, when string, err error) {
	if s.raw {
		return s.to, "", nil
	}
	var parts, conditions []string
	for part := range strings.SplitSeq(s.to, "/") {
		t, err := x.parse(s.from, part)
		if err != nil {
			return "", "", err
		}
		pieces, condition, err := t.TranslateName(x.namer)
		if err != nil {
			return "", "", err
		}
		if condition != "" && !slices.Contains(conditions, condition) {
			conditions = append(conditions, condition)
		}
		name := ""
		for _, p := range pieces {
			name += x.piece(p)
		}
		parts = append(parts, name)
	}
	return path.Join(parts...), strings.Join(conditions, " && "), nil
}

// piece is a piece of a name: anything but a field is computed.
func (x *importer) piece(p jinja.NamePart) string {
	switch {
	case p.Expression == "":
		return p.Text
	case p.Field:
		return "{{ ." + p.Expression + " }}"
	}
	name, known := x.paths[p.Expression]
	if !known {
		if x.paths == nil {
			x.paths = map[string]string{}
		}
		name = fmt.Sprintf("path_%d", len(x.paths)+1)
		x.paths[p.Expression] = name
		x.compute(name, p.Expression)
	}
	return "{{ ." + name + " }}"
}

func (x *importer) rule(to, when string, mode fs.FileMode, once bool) {
	rule := "  - {glob: " + yamlText(to)
	plain := len(rule)
	if when != "" {
		rule += ", when: " + yamlText(when)
	}
	if mode == 0o755 {
		rule += `, mode: "0755"`
	}
	if once {
		rule += ", managed: once"
	}
	if len(rule) > plain {
		x.rules = append(x.rules, rule+"}")
	}
}

// finish writes template.yaml, and the page for the people who keep the template.
func (x *importer) finish() {
	var b strings.Builder
	fmt.Fprintf(&b, "apiVersion: %s\nname: %s\ntitle: %s\ndescription: %s\nversion: 0.1.0\nmaturity: experimental\n", manifest.APIVersion, x.name,
		yamlText(x.name), yamlText("Made of a template of "+x.tool+" by scaffold template import"))
	section := func(key string, lines []string) {
		if len(lines) > 0 {
			fmt.Fprintf(&b, "%s:\n%s\n", key, strings.Join(lines, "\n"))
		}
	}
	section("questions", x.questions)
	section("computed", x.computed)
	section("files", x.rules)
	section("actions", x.actions)
	if x.next != "" {
		fmt.Fprintf(&b, "next: %s\n", yamlText(x.next))
	}
	x.out.Files["template.yaml"] = []byte(b.String())
	x.out.Files["README.md"] = []byte(x.readme())
}

func (x *importer) readme() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\nA template of scaffold, made of one of %s as a starting point.\n", x.name, x.tool)
	if len(x.out.Left) == 0 {
		return b.String() + "Everything was carried over.\n"
	}
	b.WriteString("\n## What was not carried over\n\n")
	for _, l := range x.out.Left {
		fmt.Fprintf(&b, "- `%s`\n", strings.ReplaceAll(l.String(), "`", "'"))
	}
	return b.String()
}

// leaveSettings says of what a template sets and nothing here stands for.
func (x *importer) leaveSettings(d *jinja.Dict, reasons map[string]string) {
	for _, key := range slices.Sorted(maps.Keys(reasons)) {
		if v, ok := d.Get(key); ok && jinja.Truth(v) {
			x.leave(x.config, "%s: %s", key, reasons[key])
		}
	}
}

// plainTask reports a text without an expression.
func plainTask(text string) bool {
	return !strings.Contains(text, "{{") && !strings.Contains(text, "{%")
}
