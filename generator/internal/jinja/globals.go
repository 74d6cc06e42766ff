package jinja

func coreGlobals() map[string]Value {
	return map[string]Value{
		"range":     &Func{"range", makeRange},
		"dict":      &Func{"dict", makeDict},
		"namespace": &Func{"namespace", makeNamespace},
		"cycler":    &Func{"cycler", makeCycler},
		"joiner":    &Func{"joiner", makeJoiner},
		"lipsum":    &Func{"lipsum", func(*state, args) (Value, error) { return nil, unsupported("lipsum gives a random text") }},
	}
}

func makeRange(_ *state, a args) (Value, error) {
	r := span{0, 0, 1}
	if len(a.list) < 1 || len(a.list) > 3 || len(a.names) > 0 {
		return nil, runtime("range takes 1 to 3 whole numbers")
	}
	var n [3]int64
	for i, v := range a.list {
		if u, ok := v.(*Undefined); ok {
			return nil, u.err()
		}
		var ok bool
		if n[i], ok = asInt(v); !ok {
			return nil, runtime("'%s' object cannot be interpreted as an integer", typeName(v))
		}
	}
	switch len(a.list) {
	case 1:
		r.stop = n[0]
	case 3:
		r.step = n[2]
		fallthrough
	default:
		r.start, r.stop = n[0], n[1]
	}
	if r.step == 0 {
		return nil, runtime("range() arg 3 must not be zero")
	}
	if r.start > 1<<53 || r.start < -(1<<53) || r.stop > 1<<53 || r.stop < -(1<<53) || r.step > 1<<53 || r.step < -(1<<53) {
		return nil, fail(Exceeded, "the range is too long")
	}
	return r, nil
}

func makeDict(st *state, a args) (Value, error) {
	f := &frame{state: st}
	d := &Dict{}
	for _, v := range a.list {
		more, err := f.dict(v)
		if err != nil {
			return nil, err
		}
		more.Each(d.Set)
	}
	for _, n := range a.names {
		d.Set(n, a.named[n])
	}
	return d, nil
}

func makeNamespace(st *state, a args) (Value, error) {
	d, err := makeDict(st, a)
	if err != nil {
		return nil, err
	}
	return &namespace{d.(*Dict)}, nil
}

type cycler struct {
	items []Value
	at    int
}

func makeCycler(_ *state, a args) (Value, error) {
	if len(a.list) == 0 {
		return nil, runtime("at least one item has to be provided")
	}
	return &cycler{items: a.list}, nil
}

func (c *cycler) Attr(name string) (Value, bool) {
	switch name {
	case "current":
		return c.items[c.at], true
	case "next":
		return &Func{name, func(*state, args) (Value, error) {
			v := c.items[c.at]
			c.at = (c.at + 1) % len(c.items)
			return v, nil
		}}, true
	case "reset":
		return &Func{name, func(*state, args) (Value, error) { c.at = 0; return nil, nil }}, true
	}
	return nil, false
}

func (c *cycler) String() string { return "<Cycler>" }

type joiner struct {
	by   Value
	used bool
}

func makeJoiner(_ *state, a args) (Value, error) {
	p, err := a.with("joiner", "sep")
	if err != nil {
		return nil, err
	}
	by, given := p["sep"]
	if !given {
		by = ", "
	}
	return &joiner{by: by}, nil
}

func (j *joiner) call(*state, args) (Value, error) {
	if !j.used {
		j.used = true
		return "", nil
	}
	return j.by, nil
}
