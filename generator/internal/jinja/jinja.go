// Package jinja renders templates in Jinja's language as Python's Jinja2 does:
// the same text, with Python's values, methods, order and printing.
//
// [Render] is all of it for who has a text; an [Environment] keeps what was
// parsed. What it cannot do as Jinja2 does, it refuses by name: see [Error] and
// docs/decisions/0022-jinja.md. It reads no disk and no clock: other
// templates come through a loader, the time of the run through the options. How
// much a template may do is bounded by [Limits].
package jinja

import (
	"context"
	"maps"
	"slices"
	"time"
)

// Options are what an environment of Jinja2 is made with. The zero value is
// Jinja2's own defaults, with no extension.
type Options struct {
	Syntax Syntax
	// Strict makes each use of an undefined name an error. Otherwise it prints
	// as nothing.
	Strict     bool
	Extensions []string // by their names in Python; see [Known]
	Globals    map[string]Value
	Load       func(name string) (string, error) // a template that another one includes; nil has none
	Now        time.Time                         // what the run takes for now
	// Draw gives the bytes of a random value. The name says which one of the
	// run it is, so that two passes over one template draw the same.
	Draw   func(name string, n int) []byte
	Limits Limits
}

// Syntax is how a template is written. An empty delimiter is Jinja's own.
type Syntax struct {
	BlockStart, BlockEnd       string
	VariableStart, VariableEnd string
	CommentStart, CommentEnd   string
	TrimBlocks, LstripBlocks   bool
	KeepTrailingNewline        bool
	Newline                    string // what every line ends with; "" is \n
}

// Limits bound one rendering. A zero field means its default.
type Limits struct {
	Steps int // rounds of loops, calls and evaluated expressions: 2,000,000
	Bytes int // of the text, and of any one value on the way: 64 MB
	Depth int // of calls and inclusions: 200
}

func (l Limits) orDefaults() Limits {
	if l.Steps == 0 {
		l.Steps = 2_000_000
	}
	if l.Bytes == 0 {
		l.Bytes = 64 << 20
	}
	if l.Depth == 0 {
		l.Depth = 200
	}
	return l
}

// An Environment renders templates with one set of options. It may serve several
// goroutines, each with its own rendering.
type Environment struct {
	opts    Options
	lex     lexer
	filters map[string]filter
	tests   map[string]test
	globals map[string]Value
	tags    map[string]tag
	methods map[string]map[string]method
}

// New returns an environment. An extension that is not known is an [Error] of
// the kind [Unsupported].
func New(opts Options) (*Environment, error) {
	opts.Limits = opts.Limits.orDefaults()
	e := &Environment{opts: opts, filters: coreFilters(), tests: coreTests(), globals: coreGlobals(), tags: coreTags(), methods: methods()}
	known := extensions()
	var err error
	if e.lex, err = newLexer(opts.Syntax); err != nil {
		return nil, err
	}
	for _, name := range opts.Extensions {
		extend, ok := known[name]
		if !ok {
			return nil, unsupported("the extension %s is Python code that scaffold does not have", name)
		}
		extend(e)
	}
	maps.Copy(e.globals, opts.Globals)
	return e, nil
}

// Known lists the extensions that this package has.
func Known() []string { return slices.Sorted(maps.Keys(extensions())) }

// A Template is a parsed text.
type Template struct {
	env  *Environment
	name string
	body []statement
	// blocks of the template by name, and what it extends
	blocks map[string]*blockNode
	doubts []error
}

// Doubts are what the template names and nobody has: filters and tests. Using
// one is an error where it comes to it.
func (t *Template) Doubts() []error { return t.doubts }

// Parse reads a text; name is what errors call it.
func (e *Environment) Parse(name, text string) (*Template, error) {
	p, err := newParser(e, name, text)
	if err != nil {
		return nil, err
	}
	return p.template()
}

// Render gives the text of a template with the variables.
func (t *Template) Render(ctx context.Context, vars map[string]Value) (string, error) {
	out, err := t.Run(ctx, vars)
	return out.Text, err
}

// An Outcome is what a rendering gave.
type Outcome struct {
	Text  string
	Drawn bool // the clock or a random value went into it
	// Yield is the loop that copier's {% yield %} asks for; nil without one.
	Yield *Yield
	Blank []string // undefined names that were printed as nothing
}

// Yield asks for a name to be rendered once for each item.
type Yield struct {
	Name  string
	Items []Value
}

// Run is Render that also says what the text rests on.
func (t *Template) Run(ctx context.Context, vars map[string]Value) (Outcome, error) {
	st := newState(ctx, t.env)
	text, err := st.render(t, vars)
	if err != nil {
		return Outcome{}, err
	}
	return Outcome{Text: text, Drawn: st.drawn, Yield: st.yield, Blank: st.blank}, nil
}

// Render parses and renders one text.
func Render(ctx context.Context, opts Options, name, text string, vars map[string]Value) (string, error) {
	e, err := New(opts)
	if err != nil {
		return "", err
	}
	t, err := e.Parse(name, text)
	if err != nil {
		return "", err
	}
	return t.Render(ctx, vars)
}
