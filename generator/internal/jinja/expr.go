package jinja

import "strings"

type expression interface {
	eval(f *frame) (Value, error)
}

type constant struct{ value Value }

func (n *constant) eval(*frame) (Value, error) { return n.value, nil }

type nameNode struct {
	name string
	pos  pos
}

func (n *nameNode) eval(f *frame) (Value, error) {
	if v, ok := f.scope.get(n.name); ok {
		v, err := given(v)
		return v, f.at(err, n.pos)
	}
	if n.name == "self" {
		return &selfRef{f}, nil
	}
	return &Undefined{message: quoted(n.name) + " is undefined", name: n.name, strict: f.env.opts.Strict}, nil
}

func quoted(s string) string { return "'" + s + "'" }

// undefined makes a value that is not there.
func (f *frame) undefined(format string, args ...any) *Undefined {
	return &Undefined{message: fail(Missing, format, args...).Message, strict: f.env.opts.Strict}
}

type listNode struct{ items []expression }

func (n *listNode) eval(f *frame) (Value, error) {
	items, err := evalAll(f, n.items)
	return &List{items}, err
}

func evalAll(f *frame, list []expression) ([]Value, error) {
	out := make([]Value, len(list))
	for i, e := range list {
		var err error
		if out[i], err = e.eval(f); err != nil {
			return nil, err
		}
	}
	return out, nil
}

type tupleNode struct{ items []expression }

func (n *tupleNode) eval(f *frame) (Value, error) {
	items, err := evalAll(f, n.items)
	return Tuple(items), err
}

type dictNode struct {
	keys, values []expression
	pos          pos
}

func (n *dictNode) eval(f *frame) (Value, error) {
	d := &Dict{}
	for i, k := range n.keys {
		key, err := k.eval(f)
		if err != nil {
			return nil, err
		}
		v, err := n.values[i].eval(f)
		if err != nil {
			return nil, err
		}
		if err := d.set(key, v); err != nil {
			return nil, f.at(err, n.pos)
		}
	}
	return d, nil
}

type ifExpr struct {
	test, then, other expression
	pos               pos
}

func (n *ifExpr) eval(f *frame) (Value, error) {
	v, err := n.test.eval(f)
	if err != nil {
		return nil, err
	}
	yes, err := truth(v)
	switch {
	case err != nil:
		return nil, f.at(err, n.pos)
	case yes:
		return n.then.eval(f)
	case n.other != nil:
		return n.other.eval(f)
	}
	return &Undefined{message: "the inline if-expression evaluated to false and no else section was defined"}, nil // never strict
}

type logic struct {
	left, right expression
	or          bool
}

func (n *logic) eval(f *frame) (Value, error) {
	v, err := n.left.eval(f)
	if err != nil {
		return nil, err
	}
	yes, err := truth(v)
	if err != nil {
		return nil, f.at(err, placeOf(n.left))
	}
	if yes == n.or {
		return v, nil
	}
	return n.right.eval(f)
}

type notNode struct{ of expression }

func (n *notNode) eval(f *frame) (Value, error) {
	v, err := n.of.eval(f)
	if err != nil {
		return nil, err
	}
	yes, err := truth(v)
	return !yes, f.at(err, placeOf(n.of))
}

// placeOf is where an expression stands, as far as it knows.
func placeOf(e expression) pos {
	switch n := e.(type) {
	case *nameNode:
		return n.pos
	case *attrNode:
		return n.pos
	case *itemNode:
		return n.pos
	case *callNode:
		return n.pos
	case *filterNode:
		return n.pos
	case *testNode:
		return n.pos
	case *binaryNode:
		return n.pos
	case *ifExpr:
		return n.pos
	case *notNode:
		return placeOf(n.of)
	case *logic:
		return placeOf(n.left)
	case *compareNode:
		return placeOf(n.first)
	}
	return pos{}
}

type compareNode struct {
	first expression
	ops   []string
	rest  []expression
	pos   []pos
}

func (n *compareNode) eval(f *frame) (Value, error) {
	left, err := n.first.eval(f)
	if err != nil {
		return nil, err
	}
	for i, op := range n.ops {
		right, err := n.rest[i].eval(f)
		if err != nil {
			return nil, err
		}
		yes, err := f.compare(op, left, right)
		if err != nil || !yes {
			return false, f.at(err, n.pos[i])
		}
		left = right
	}
	return true, nil
}

type binaryNode struct {
	op          string
	left, right expression
	pos         pos
}

func (n *binaryNode) eval(f *frame) (Value, error) {
	a, err := n.left.eval(f)
	if err != nil {
		return nil, err
	}
	b, err := n.right.eval(f)
	if err != nil {
		return nil, err
	}
	v, err := f.binary(n.op, a, b)
	return v, f.at(err, n.pos)
}

type signNode struct {
	minus bool
	of    expression
	pos   pos
}

func (n *signNode) eval(f *frame) (Value, error) {
	v, err := n.of.eval(f)
	if err != nil {
		return nil, err
	}
	if !n.minus {
		v, err = f.binary("+", int64(0), v)
	} else {
		if x, ok := v.(float64); ok {
			return -x, nil
		}
		v, err = f.binary("-", int64(0), v)
	}
	return v, f.at(err, n.pos)
}

type concatNode struct{ items []expression }

func (n *concatNode) eval(f *frame) (Value, error) {
	values, err := evalAll(f, n.items)
	if err != nil {
		return nil, err
	}
	safe := false
	for _, v := range values {
		_, ok := v.(Markup)
		safe = safe || ok && f.escape
	}
	var b strings.Builder
	for i, v := range values {
		text, err := f.plain(v)
		if err != nil {
			return nil, f.at(err, placeOf(n.items[i]))
		}
		if _, marked := v.(Markup); safe && !marked {
			text = string(escape(text))
		}
		b.WriteString(text)
		if err := f.room(b.Len()); err != nil {
			return nil, err
		}
	}
	if safe {
		return Markup(b.String()), nil
	}
	return b.String(), nil
}

// plain is a value's text, with a note where it is undefined.
func (f *frame) plain(v Value) (string, error) {
	c := *f
	c.escape = false
	return c.text(v)
}

type attrNode struct {
	of   expression
	name string
	pos  pos
}

func (n *attrNode) eval(f *frame) (Value, error) {
	of, err := n.of.eval(f)
	if err != nil {
		return nil, err
	}
	v, err := f.attr(of, n.name)
	return v, f.at(err, n.pos)
}

type itemNode struct {
	of, key expression
	pos     pos
}

func (n *itemNode) eval(f *frame) (Value, error) {
	of, err := n.of.eval(f)
	if err != nil {
		return nil, err
	}
	if s, ok := n.key.(*sliceNode); ok {
		v, err := s.slice(f, of)
		return v, f.at(err, n.pos)
	}
	key, err := n.key.eval(f)
	if err != nil {
		return nil, err
	}
	v, err := f.item(of, key)
	return v, f.at(err, n.pos)
}

type sliceNode struct{ start, stop, step expression }

func (n *sliceNode) eval(*frame) (Value, error) {
	return nil, unsupported("a slice among several keys")
}

func (n *sliceNode) slice(f *frame, of Value) (Value, error) {
	var bounds [3]*int64
	for i, e := range []expression{n.start, n.stop, n.step} {
		if e == nil {
			continue
		}
		v, err := e.eval(f)
		if err != nil {
			return nil, err
		}
		if v == nil {
			continue
		}
		x, ok := asInt(v)
		if !ok {
			if u, missing := v.(*Undefined); missing {
				return nil, u.err()
			}
			return f.undefined("slice indices must be integers"), nil
		}
		bounds[i] = &x
	}
	return f.slice(of, bounds[0], bounds[1], bounds[2])
}

type arguments struct {
	list        []expression
	names       []string
	named       []expression
	star, stars expression
}

func (a arguments) eval(f *frame) (args, error) {
	list, err := evalAll(f, a.list)
	if err != nil {
		return args{}, err
	}
	out := args{list: list}
	if a.star != nil {
		if err := out.addList(f, a.star); err != nil {
			return args{}, err
		}
	}
	for i, name := range a.names {
		v, err := a.named[i].eval(f)
		if err == nil {
			err = out.add(name, v)
		}
		if err != nil {
			return args{}, err
		}
	}
	if a.stars != nil {
		if err := out.addMapping(f, a.stars); err != nil {
			return args{}, err
		}
	}
	return out, nil
}

func (a *args) add(name string, v Value) error {
	if a.named == nil {
		a.named = map[string]Value{}
	}
	if _, twice := a.named[name]; twice {
		return runtime("the keyword %s is given twice", name)
	}
	a.names = append(a.names, name)
	a.named[name] = v
	return nil
}

// addList adds the arguments of *e.
func (a *args) addList(f *frame, e expression) error {
	v, err := e.eval(f)
	if err != nil {
		return err
	}
	more, err := f.list(v)
	a.list = append(a.list, more...)
	return err
}

// addMapping adds the arguments of **e.
func (a *args) addMapping(f *frame, e expression) error {
	v, err := e.eval(f)
	if err != nil {
		return err
	}
	d, ok := v.(*Dict)
	if !ok {
		return runtime("** takes a mapping, not a %s", typeName(v))
	}
	for i, k := range d.keys {
		name, ok := k.(string)
		if !ok {
			return runtime("keywords must be texts")
		}
		if err := a.add(name, d.values[i]); err != nil {
			return err
		}
	}
	return nil
}

type callNode struct {
	of   expression
	args arguments
	pos  pos
}

func (n *callNode) eval(f *frame) (Value, error) {
	of, a, err := f.operands(n.of, n.args, n.pos)
	if err != nil {
		return nil, err
	}
	v, err := f.call(of, a)
	return v, f.at(err, n.pos)
}

// operands evaluates what a call, a filter or a test is applied to, and then its
// arguments. It is a step of the budget.
func (f *frame) operands(of expression, list arguments, at pos) (Value, args, error) {
	if err := f.step(); err != nil {
		return nil, args{}, f.at(err, at)
	}
	v, err := of.eval(f)
	if err != nil {
		return nil, args{}, err
	}
	a, err := list.eval(f)
	return v, a, f.at(err, at)
}

func (f *frame) call(of Value, a args) (Value, error) {
	switch of := of.(type) {
	case *Func:
		return of.call(f.state, a)
	case *loop:
		return of.again(f.state, a)
	case *Undefined:
		return nil, of.err()
	case callable:
		return of.call(f.state, a)
	}
	return nil, runtime("a %s cannot be called", typeName(of))
}

type callable interface {
	call(st *state, a args) (Value, error)
}

type filterNode struct {
	of   expression
	name string
	args arguments
	pos  pos
}

func (n *filterNode) eval(f *frame) (Value, error) {
	of, a, err := f.operands(n.of, n.args, n.pos)
	if err != nil {
		return nil, err
	}
	v, err := f.filter(n.name, of, a)
	return v, f.at(err, n.pos)
}

func (f *frame) filter(name string, of Value, a args) (Value, error) {
	use, ok := f.env.filters[name]
	if !ok {
		return nil, fail(Syntaxes, "no filter named %q", name)
	}
	return use(f, of, a)
}

type testNode struct {
	of   expression
	name string
	args arguments
	pos  pos
}

func (n *testNode) eval(f *frame) (Value, error) {
	of, a, err := f.operands(n.of, n.args, n.pos)
	if err != nil {
		return nil, err
	}
	v, err := f.test(n.name, of, a)
	return v, f.at(err, n.pos)
}

func (f *frame) test(name string, of Value, a args) (bool, error) {
	use, ok := f.env.tests[name]
	if !ok {
		return false, fail(Syntaxes, "no test named %q", name)
	}
	if len(a.names) > 0 {
		return false, unsupported("the test %s with keywords", name)
	}
	return use(f, of, a.list)
}

type nowNode struct {
	zone, offset, format expression
	sign                 string
	pos                  pos
}

func (n *nowNode) exec(f *frame) error {
	var texts [3]string
	for i, e := range []expression{n.zone, n.offset, n.format} {
		if e == nil {
			continue
		}
		v, err := e.eval(f)
		if err != nil {
			return f.at(err, n.pos)
		}
		text, ok := v.(string)
		if !ok && (i != 2 || v != nil) {
			return f.at(runtime("now takes texts, not a %s", typeName(v)), n.pos)
		}
		texts[i] = text
	}
	text, err := f.now(texts[0], n.sign, texts[1], texts[2])
	if err == nil && !f.silent() {
		err = f.write(text)
	}
	return f.at(err, n.pos)
}
