package jinja

import (
	"errors"
	"maps"
	"slices"
	"strings"
)

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
	if err := st.deeper(); err != nil {
		return nil, err
	}
	defer func() { st.depth-- }()
	inner, err := m.bind(a)
	if err != nil {
		return nil, err
	}
	text, err := m.frame.capture(inner, m.body)
	return m.frame.marked(text), loose(err, m.frame.file)
}

// bind makes the scope of the body, with what the macro is called with.
func (m *macro) bind(a args) (*scope, error) {
	inner := m.frame.scope.inner()
	left := keywords{slices.Clone(a.names), a.named}
	c := m.frame.in(inner)
	for i, p := range m.params {
		v, given := Value(nil), i < len(a.list)
		if given {
			v = a.list[i]
		} else if v, given = left.take(p); !given {
			var err error
			if v, err = m.usual(c, i); err != nil {
				return nil, err
			}
		}
		inner.set(p, v)
	}
	if m.caller && !slices.Contains(m.params, "caller") {
		v, given := left.take("caller")
		if !given {
			v = m.frame.undefined("No caller defined")
		}
		inner.set("caller", v)
	}
	return inner, m.bindRest(inner, a.list, left)
}

// usual is what a parameter is where it is not given.
func (m *macro) usual(f *frame, param int) (Value, error) {
	d := param - (len(m.params) - len(m.defaults))
	if d < 0 {
		return f.undefined("parameter %q was not provided", m.params[param]), nil
	}
	return m.defaults[d].eval(f)
}

// bindRest sets what no parameter has taken.
func (m *macro) bindRest(inner *scope, list []Value, left keywords) error {
	if m.kwargs {
		d := &Dict{}
		for _, n := range left.names {
			d.Set(n, left.values[n])
		}
		inner.set("kwargs", d)
	} else if len(left.names) > 0 {
		return runtime("macro %q takes no keyword argument %q", m.name, left.names[0])
	}
	if rest := max(0, len(list)-len(m.params)); m.varargs {
		inner.set("varargs", Tuple(slices.Clone(list[len(list)-rest:])))
	} else if rest > 0 {
		return runtime("macro %q takes not more than %d argument(s)", m.name, len(m.params))
	}
	return nil
}

// keywords are arguments by their names, in order.
type keywords struct {
	names  []string // those that nothing has taken yet
	values map[string]Value
}

func (k *keywords) take(name string) (Value, bool) {
	i := slices.Index(k.names, name)
	if i < 0 {
		return nil, false
	}
	k.names = slices.Delete(k.names, i, i+1)
	return k.values[name], true
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
