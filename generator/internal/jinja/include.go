package jinja

import (
	"errors"
	"strings"
)

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
