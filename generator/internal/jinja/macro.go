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
