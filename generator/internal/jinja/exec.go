package jinja

import (
	"context"
	"errors"
	"slices"
	"strings"
)

// A state is one rendering: its budget, and what it noticed.
type state struct {
	env    *Environment
	ctx    context.Context
	steps  int
	bytes  int
	depth  int
	drawn  bool
	draws  int
	yield  *Yield
	blank  []string
	loaded map[string]*Template
}

func newState(ctx context.Context, e *Environment) *state {
	return &state{env: e, ctx: ctx, loaded: map[string]*Template{}}
}

// step takes one step off the budget.
func (st *state) step() error {
	st.steps++
	if st.steps > st.env.opts.Limits.Steps {
		return fail(Exceeded, "it takes more than %d steps", st.env.opts.Limits.Steps)
	}
	if st.steps%1024 == 0 && st.ctx.Err() != nil {
		return context.Cause(st.ctx)
	}
	return nil
}

// room refuses a value of more bytes or items than there may be.
func (st *state) room(n int) error {
	if n < 0 || n > st.env.opts.Limits.Bytes {
		return fail(Exceeded, "a value is larger than %d bytes", st.env.opts.Limits.Bytes)
	}
	return nil
}

func (st *state) deeper() error {
	if st.depth++; st.depth > st.env.opts.Limits.Depth {
		return fail(Exceeded, "calls and inclusions are nested deeper than %d", st.env.opts.Limits.Depth)
	}
	return nil
}

// A scope holds names; those around it are seen through it.
type scope struct {
	vars   map[string]Value
	parent *scope
}

func (s *scope) inner() *scope { return &scope{parent: s} }

func (s *scope) get(name string) (Value, bool) {
	for ; s != nil; s = s.parent {
		if v, ok := s.vars[name]; ok {
			return v, true
		}
	}
	return nil, false
}

func (s *scope) set(name string, v Value) {
	if s.vars == nil {
		s.vars = map[string]Value{}
	}
	s.vars[name] = v
}

// all flattens a scope.
func (s *scope) all() map[string]Value {
	out := map[string]Value{}
	for ; s != nil; s = s.parent {
		for k, v := range s.vars {
			if _, hidden := out[k]; !hidden {
				out[k] = v
			}
		}
	}
	return out
}

// A unit is one template while it is rendered: what it defines, and the chain of
// templates that it extends.
type unit struct {
	exported *scope
	parent   *Template
	blocks   map[string][]blockRef // the most derived first
}

type blockRef struct {
	*blockNode
	file string
}

// A frame is where statements run.
type frame struct {
	*state
	file   string
	scope  *scope
	out    *strings.Builder
	unit   *unit
	escape bool
	own    bool // the output is a macro's or a block's, and is wanted whatever is extended
	level  int  // of loops
	held   Value
}

func (f *frame) in(s *scope) *frame {
	c := *f
	c.scope = s
	return &c
}

// capture runs statements and gives their text.
func (f *frame) capture(s *scope, body []statement) (string, error) {
	c := f.in(s)
	c.out, c.own = &strings.Builder{}, true
	err := c.run(body)
	return c.out.String(), err
}

func (f *frame) write(text string) error {
	if f.bytes += len(text); f.bytes > f.env.opts.Limits.Bytes {
		return fail(Exceeded, "it gives more than %d bytes", f.env.opts.Limits.Bytes)
	}
	f.out.WriteString(text)
	return nil
}

func (f *frame) silent() bool { return f.unit.parent != nil && !f.own }

func (f *frame) run(body []statement) error {
	for _, s := range body {
		if err := s.exec(f); err != nil {
			return err
		}
	}
	return nil
}

func (f *frame) at(err error, p pos) error { return at(err, f.file, p) }

func (st *state) render(t *Template, vars map[string]Value) (string, error) {
	root := &scope{vars: vars, parent: &scope{vars: st.env.globals}}
	out, _, err := st.renderIn(t, root)
	return out, err
}

// renderIn renders a template whose names are those of a scope; it gives what
// the template defines, too.
func (st *state) renderIn(t *Template, around *scope) (string, *scope, error) {
	if err := st.deeper(); err != nil {
		return "", nil, err
	}
	defer func() { st.depth-- }()
	u := &unit{exported: around.inner(), blocks: map[string][]blockRef{}}
	f := &frame{state: st, scope: u.exported, out: &strings.Builder{}, unit: u}
	for next := t; next != nil; next = u.parent {
		u.parent = nil
		f.file = next.name
		for name, b := range next.blocks {
			u.blocks[name] = append(u.blocks[name], blockRef{b, next.name})
		}
		if err := f.run(next.body); err != nil {
			return "", nil, loose(err, f.file)
		}
		if u.parent != nil {
			if err := st.deeper(); err != nil {
				return "", nil, err
			}
			defer func() { st.depth-- }()
		}
	}
	return f.out.String(), u.exported, nil
}

// loose makes an error of a break outside of a loop.
func loose(err error, file string) error {
	if errors.Is(err, errBreak) || errors.Is(err, errContinue) {
		return &Error{Kind: Syntaxes, File: file, Message: err.Error() + " outside of a loop"}
	}
	return err
}

// load gives a template by its name.
func (st *state) load(name string) (*Template, error) {
	if t, ok := st.loaded[name]; ok {
		return t, nil
	}
	if st.env.opts.Load == nil {
		return nil, fail(NotFound, "there is no template %q", name)
	}
	text, err := st.env.opts.Load(name)
	if err != nil {
		return nil, err
	}
	t, err := st.env.Parse(name, text)
	if err == nil {
		st.loaded[name] = t
	}
	return t, err
}

type statement interface{ exec(f *frame) error }

type textNode struct{ text string }

func (n *textNode) exec(f *frame) error {
	if f.silent() {
		return nil
	}
	return f.write(n.text)
}

type printNode struct {
	value expression
	pos   pos
}

func (n *printNode) exec(f *frame) error {
	if f.silent() {
		return nil
	}
	if err := f.step(); err != nil {
		return f.at(err, n.pos)
	}
	v, err := n.value.eval(f)
	if err != nil {
		return f.at(err, n.pos)
	}
	text, err := f.text(v)
	if err != nil {
		return f.at(err, n.pos)
	}
	return f.at(f.write(text), n.pos)
}

// text is a value as it is printed.
func (f *frame) text(v Value) (string, error) {
	if u, ok := v.(*Undefined); ok && !u.strict && !slices.Contains(f.blank, u.message) {
		f.blank = append(f.blank, u.message)
	}
	text, err := Str(v)
	if _, safe := v.(Markup); f.escape && !safe {
		text = string(escape(text))
	}
	return text, err
}

type target interface {
	assign(f *frame, v Value) error
}

type (
	nameTarget string
	manyTarget []target
	attrTarget struct {
		name, attr string
		pos        pos
	}
)

func (t nameTarget) assign(f *frame, v Value) error {
	f.scope.set(string(t), v)
	return nil
}

func (t manyTarget) assign(f *frame, v Value) error {
	items, err := f.list(v)
	switch {
	case err != nil:
		return err
	case len(items) > len(t):
		return runtime("too many values to unpack (expected %d)", len(t))
	case len(items) < len(t):
		return runtime("not enough values to unpack (expected %d, got %d)", len(t), len(items))
	}
	for i, one := range t {
		if err := one.assign(f, items[i]); err != nil {
			return err
		}
	}
	return nil
}

func (t attrTarget) assign(f *frame, v Value) error {
	of, _ := f.scope.get(t.name)
	ns, ok := of.(*namespace)
	if !ok {
		return f.at(runtime("cannot assign attribute on non-namespace object"), t.pos)
	}
	ns.Set(t.attr, v)
	return nil
}

type setNode struct {
	target target
	value  expression
	pos    pos
}

func (n *setNode) exec(f *frame) error {
	v, err := n.value.eval(f)
	if err == nil {
		err = n.target.assign(f, v)
	}
	return f.at(err, n.pos)
}

type setBlock struct {
	target target
	filter expression
	body   []statement
	pos    pos
}

func (n *setBlock) exec(f *frame) error {
	text, err := f.capture(f.scope.inner(), n.body)
	if err != nil {
		return err
	}
	v, err := f.through(n.filter, f.marked(text))
	if err == nil {
		err = n.target.assign(f, v)
	}
	return f.at(err, n.pos)
}

func (f *frame) marked(text string) Value {
	if f.escape {
		return Markup(text)
	}
	return text
}

// held stands for the value that filters of a block are for.
type held struct{}

func (*held) eval(f *frame) (Value, error) { return f.held, nil }

func (f *frame) through(e expression, v Value) (Value, error) {
	c := f.in(f.scope)
	c.held = v
	return e.eval(c)
}

type filterBlock struct {
	filter expression
	body   []statement
	pos    pos
}

func (n *filterBlock) exec(f *frame) error {
	text, err := f.capture(f.scope.inner(), n.body)
	if err != nil {
		return err
	}
	v, err := f.through(n.filter, f.marked(text))
	if err != nil {
		return f.at(err, n.pos)
	}
	if f.silent() {
		return nil
	}
	if text, err = f.text(v); err != nil {
		return f.at(err, n.pos)
	}
	return f.at(f.write(text), n.pos)
}

type doNode struct {
	value expression
	pos   pos
}

func (n *doNode) exec(f *frame) error {
	_, err := n.value.eval(f)
	return f.at(err, n.pos)
}

type ifArm struct {
	test expression // nil: else
	body []statement
}

type ifNode struct{ arms []ifArm }

func (n *ifNode) exec(f *frame) error {
	for _, arm := range n.arms {
		yes := true
		if arm.test != nil {
			v, err := arm.test.eval(f)
			if err != nil {
				return err
			}
			if yes, err = truth(v); err != nil {
				return f.at(err, placeOf(arm.test))
			}
		}
		if yes {
			return f.run(arm.body)
		}
	}
	return nil
}

type withNode struct {
	targets []target
	values  []expression
	body    []statement
	pos     pos
}

func (n *withNode) exec(f *frame) error {
	inner := f.in(f.scope.inner())
	for i, t := range n.targets {
		v, err := n.values[i].eval(f) // the new names are not seen by each other
		if err == nil {
			err = t.assign(inner, v)
		}
		if err != nil {
			return f.at(err, n.pos)
		}
	}
	return inner.run(n.body)
}

type autoescapeNode struct {
	on   expression
	body []statement
	pos  pos
}

func (n *autoescapeNode) exec(f *frame) error {
	v, err := n.on.eval(f)
	if err != nil {
		return f.at(err, n.pos)
	}
	inner := f.in(f.scope.inner())
	if inner.escape, err = truth(v); err != nil {
		return f.at(err, n.pos)
	}
	return inner.run(n.body)
}

var (
	errBreak    = errors.New("break")
	errContinue = errors.New("continue")
)

type jumpNode struct{ err error }

func (n *jumpNode) exec(*frame) error { return n.err }
