package jinja

import (
	"context"
	"errors"
	"maps"
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

type forNode struct {
	target      target
	over        expression
	filter      expression
	body, other []statement
	recursive   bool
	pos         pos
}

func (n *forNode) exec(f *frame) error {
	v, err := n.over.eval(f)
	if err != nil {
		return f.at(err, n.pos)
	}
	return n.each(f, v, f.level+1)
}

func (n *forNode) each(f *frame, v Value, level int) error {
	next, err := f.iter(v)
	if err != nil {
		return f.at(err, n.pos)
	}
	l := &loop{next: next, node: n, frame: f, level: level, size: sizeOf(v)}
	if n.filter != nil {
		l.next, l.size = n.filtered(f, next), -1
	}
	for {
		item, ok, err := l.advance()
		if err != nil {
			return f.at(err, n.pos)
		}
		if !ok {
			break
		}
		if err := f.step(); err != nil {
			return f.at(err, n.pos)
		}
		inner := f.in(f.scope.inner())
		inner.level = level
		inner.scope.set("loop", l)
		if err := n.target.assign(inner, item); err != nil {
			return f.at(err, n.pos)
		}
		switch err := inner.run(n.body); {
		case errors.Is(err, errBreak):
			return nil
		case err != nil && !errors.Is(err, errContinue):
			return err
		}
	}
	if l.index == 0 {
		return f.in(f.scope.inner()).run(n.other)
	}
	return nil
}

func (n *forNode) filtered(f *frame, next iterator) iterator {
	return func() (Value, bool, error) {
		for {
			item, ok, err := next()
			if !ok || err != nil {
				return nil, false, err
			}
			if err := f.step(); err != nil {
				return nil, false, err
			}
			inner := f.in(f.scope.inner())
			if err := n.target.assign(inner, item); err != nil {
				return nil, false, err
			}
			v, err := n.filter.eval(inner)
			if err != nil {
				return nil, false, err
			}
			if yes, err := truth(v); yes || err != nil {
				return item, true, err
			}
		}
	}
}

type includeNode struct {
	name             expression
	lenient, context bool
	pos              pos
}

// find loads the first template that is there of a name, or a list of names.
func (f *frame) find(v Value) (*Template, error) {
	var names []Value
	switch v := v.(type) {
	case *List:
		names = v.Items
	case Tuple:
		names = v
	default:
		names = []Value{v}
	}
	var missing error
	for _, n := range names {
		if u, ok := n.(*Undefined); ok {
			return nil, u.err()
		}
		name, ok := n.(string)
		if !ok {
			return nil, runtime("a template's name is a text, not a %s", typeName(n))
		}
		t, err := f.load(name)
		var e *Error
		if !errors.As(err, &e) || e.Kind != NotFound {
			return t, err
		}
		missing = err
	}
	return nil, missing
}

func (n *includeNode) exec(f *frame) error {
	if f.silent() {
		return nil
	}
	v, err := n.name.eval(f)
	if err != nil {
		return f.at(err, n.pos)
	}
	t, err := f.find(v)
	if e := (*Error)(nil); n.lenient && errors.As(err, &e) && e.Kind == NotFound && e.File == "" {
		return nil
	}
	if err != nil {
		return f.at(err, n.pos)
	}
	around := &scope{vars: f.env.globals}
	if n.context {
		around = &scope{vars: f.scope.all()}
	}
	text, _, err := f.renderIn(t, around)
	if err != nil {
		return f.at(err, n.pos)
	}
	f.out.WriteString(text) // its bytes are counted
	return nil
}

type importNode struct {
	name    expression
	as      string
	names   [][2]string
	context bool
	pos     pos
}

func (n *importNode) exec(f *frame) error {
	v, err := n.name.eval(f)
	if err != nil {
		return f.at(err, n.pos)
	}
	t, err := f.find(v)
	if err != nil {
		return f.at(err, n.pos)
	}
	around := &scope{vars: f.env.globals}
	if n.context {
		around = &scope{vars: f.scope.all()}
	}
	text, exported, err := f.renderIn(t, around)
	if err != nil {
		return f.at(err, n.pos)
	}
	m := &module{name: t.name, text: text, vars: exported.vars}
	if n.as != "" {
		f.scope.set(n.as, m)
		return nil
	}
	for _, name := range n.names {
		as := name[1]
		if as == "" {
			as = name[0]
		}
		v, ok := m.Attr(name[0])
		if !ok {
			v = f.undefined("the template %q does not export the requested name %q", m.name, name[0])
		}
		f.scope.set(as, v)
	}
	return nil
}

// A module is what an import gives.
type module struct {
	name, text string
	vars       map[string]Value
}

func (m *module) Attr(name string) (Value, bool) {
	v, ok := m.vars[name]
	return v, ok && !strings.HasPrefix(name, "_")
}

func (m *module) String() string { return m.text }

type extendsNode struct {
	name expression
	pos  pos
}

func (n *extendsNode) exec(f *frame) error {
	if f.unit.parent != nil {
		return f.at(runtime("extended multiple times"), n.pos)
	}
	v, err := n.name.eval(f)
	if err != nil {
		return f.at(err, n.pos)
	}
	f.unit.parent, err = f.find(v)
	return f.at(err, n.pos)
}

type blockNode struct {
	name             string
	body             []statement
	scoped, required bool
	pos              pos
}

func (n *blockNode) exec(f *frame) error {
	if f.silent() {
		return nil
	}
	around := f.unit.exported
	if n.scoped {
		around = f.scope
	}
	text, err := f.block(n.name, 0, around)
	if err != nil {
		return err
	}
	f.out.WriteString(text) // its bytes are counted
	return nil
}

// block renders a block as the template at a depth of the chain has it.
func (f *frame) block(name string, depth int, around *scope) (string, error) {
	list := f.unit.blocks[name]
	b := list[depth]
	if b.required {
		return "", f.at(runtime("required block %q not found", name), b.pos)
	}
	if err := f.deeper(); err != nil {
		return "", f.at(err, b.pos)
	}
	defer func() { f.depth-- }()
	c := f.in(around.inner())
	c.file, c.out, c.own = b.file, &strings.Builder{}, true
	c.scope.set("super", &Func{"super", func(*state, args) (Value, error) {
		if depth+1 >= len(list) {
			return nil, undefined("there is no parent block called %q", name)
		}
		text, err := f.block(name, depth+1, around)
		return c.marked(text), err
	}})
	err := c.run(b.body)
	return c.out.String(), err
}

// selfRef is the name self in a template: its blocks, to be called.
type selfRef struct{ f *frame }

func (s *selfRef) Attr(name string) (Value, bool) {
	if _, ok := s.f.unit.blocks[name]; !ok {
		return nil, false
	}
	return &Func{name, func(*state, args) (Value, error) {
		text, err := s.f.block(name, 0, s.f.unit.exported)
		return s.f.marked(text), err
	}}, true
}

func (s *selfRef) String() string { return "<TemplateReference " + s.f.file + ">" }

type macroNode struct {
	name     string
	params   []string
	defaults []expression // of the last parameters
	body     []statement
	pos      pos

	varargs, kwargs, caller bool
}

func (n *macroNode) exec(f *frame) error {
	f.scope.set(n.name, &macro{n, f})
	return nil
}

// A macro is a macroNode where it was defined.
type macro struct {
	*macroNode
	frame *frame
}

func (m *macro) Attr(name string) (Value, bool) {
	switch name {
	case "name":
		return m.name, true
	case "arguments":
		t := Tuple{}
		for _, p := range m.params {
			t = append(t, p)
		}
		return t, true
	case "catch_varargs":
		return m.varargs, true
	case "catch_kwargs":
		return m.kwargs, true
	case "caller":
		return m.caller, true
	}
	return nil, false
}

func (m *macro) String() string { return "<Macro '" + m.name + "'>" }

func (m *macro) call(st *state, a args) (Value, error) {
	f := m.frame
	if err := st.deeper(); err != nil {
		return nil, err
	}
	defer func() { st.depth-- }()
	inner := f.scope.inner()
	named := maps.Clone(a.named)
	names := slices.Clone(a.names)
	take := func(name string) (Value, bool) {
		v, ok := named[name]
		if ok {
			delete(named, name)
			names = slices.DeleteFunc(names, func(n string) bool { return n == name })
		}
		return v, ok
	}
	gotCaller := false
	c := f.in(inner)
	for i, p := range m.params {
		gotCaller = gotCaller || p == "caller"
		v, ok := Value(nil), i < len(a.list)
		if ok {
			v = a.list[i]
		} else if v, ok = take(p); !ok {
			d := i - (len(m.params) - len(m.defaults))
			if d < 0 {
				v = f.undefined("parameter %q was not provided", p)
			} else {
				var err error
				if v, err = m.defaults[d].eval(c); err != nil {
					return nil, err
				}
			}
		}
		inner.set(p, v)
	}
	if m.caller && !gotCaller {
		v, ok := take("caller")
		if !ok {
			v = f.undefined("No caller defined")
		}
		inner.set("caller", v)
	}
	if m.kwargs {
		d := &Dict{}
		for _, n := range names {
			d.Set(n, named[n])
		}
		inner.set("kwargs", d)
	} else if len(names) > 0 {
		return nil, runtime("macro %q takes no keyword argument %q", m.name, names[0])
	}
	if rest := max(0, len(a.list)-len(m.params)); m.varargs {
		inner.set("varargs", Tuple(slices.Clone(a.list[len(a.list)-rest:])))
	} else if rest > 0 {
		return nil, runtime("macro %q takes not more than %d argument(s)", m.name, len(m.params))
	}
	text, err := f.capture(inner, m.body)
	return f.marked(text), loose(err, f.file)
}

type callBlock struct {
	call *callNode
	body *macroNode
	pos  pos
}

func (n *callBlock) exec(f *frame) error {
	of, err := n.call.of.eval(f)
	if err != nil {
		return f.at(err, n.pos)
	}
	a, err := n.call.args.eval(f)
	if err != nil {
		return f.at(err, n.pos)
	}
	a.names = append(slices.Clone(a.names), "caller")
	a.named = maps.Clone(a.named)
	if a.named == nil {
		a.named = map[string]Value{}
	}
	a.named["caller"] = &macro{n.body, f}
	v, err := f.call(of, a)
	if err != nil {
		return f.at(err, n.pos)
	}
	if f.silent() {
		return nil
	}
	text, err := f.text(v)
	if err != nil {
		return f.at(err, n.pos)
	}
	f.out.WriteString(text) // the macro's bytes are counted
	return nil
}

type yieldNode struct {
	name string
	over expression
	body []statement
	pos  pos
}

func (n *yieldNode) exec(f *frame) error {
	if f.yield != nil {
		return f.at(runtime("only one yield tag is allowed in a name"), n.pos)
	}
	v, err := n.over.eval(f)
	if err != nil {
		return f.at(err, n.pos)
	}
	items, err := f.list(v)
	if err != nil {
		return f.at(err, n.pos)
	}
	f.yield = &Yield{n.name, items}
	text, err := f.capture(f.scope.inner(), n.body)
	if e := (*Error)(nil); errors.As(err, &e) && e.Kind == Missing {
		return nil
	}
	if err != nil {
		return err
	}
	return f.write(text)
}

func (f *frame) captureLoop(n *forNode, v Value, level int) (string, error) {
	f.out = new(strings.Builder)
	err := n.each(f, v, level)
	return f.out.String(), err
}
