package jinja

func ansibleFlatten(f *frame, of Value, a args) (Value, error) {
	p, err := a.with("flatten", "levels")
	if err != nil {
		return nil, err
	}
	levels := -1
	if v := p["levels"]; v != nil {
		if levels, err = number64(v, "flatten"); err != nil {
			return nil, err
		}
	}
	items, err := f.list(of)
	if err != nil {
		return nil, err
	}
	return &List{flat(items, levels)}, nil
}

func flat(items []Value, levels int) []Value {
	out := []Value{}
	for _, x := range items {
		if x == nil || x == "None" || x == "null" {
			break // as theirs
		}
		inner := []Value(nil)
		switch v := x.(type) {
		case *List:
			inner = v.Items
		case Tuple:
			inner = v
		default:
			out = append(out, x)
			continue
		}
		if levels == 0 {
			out = append(out, x)
		} else {
			out = append(out, flat(inner, levels-1)...)
		}
	}
	return out
}

func ansibleCombine(f *frame, of Value, a args) (Value, error) {
	deep := false
	for _, n := range a.names {
		if n != "recursive" {
			return nil, unsupported("combine with %s", n)
		}
		deep = Truth(a.named[n])
	}
	var dicts []*Dict
	for _, v := range flat(append([]Value{of}, a.list...), 1) {
		d, ok := v.(*Dict)
		if !ok {
			if u, missing := v.(*Undefined); missing {
				return nil, u.err()
			}
			return nil, runtime("combine takes mappings, not a %s", typeName(v))
		}
		dicts = append(dicts, d)
	}
	out := &Dict{}
	for i, d := range dicts {
		if i == 0 {
			out = d.copy()
			continue
		}
		out = combined(out, d, deep)
	}
	return out, nil
}

func combined(low, high *Dict, deep bool) *Dict {
	if high.Len() == 0 {
		return low
	}
	out := low.copy()
	high.Each(func(k, v Value) {
		was, _ := out.Get(k)
		a, ok1 := was.(*Dict)
		b, ok2 := v.(*Dict)
		if deep && ok1 && ok2 {
			v = combined(a, b, true)
		}
		out.Set(k, v)
	})
	return out
}

func ansibleGroup(f *frame, of Value, a args) (Value, error) {
	v, err := filterGroup(f, of, a)
	if err != nil {
		return nil, err
	}
	l := v.(*List)
	for i, x := range l.Items {
		l.Items[i] = bare(x)
	}
	return l, nil
}

func ansibleExtract(f *frame, of Value, a args) (Value, error) {
	p, err := a.with("extract", "container", "morekeys")
	if err != nil || p["morekeys"] != nil {
		return nil, unsupported("extract with these arguments")
	}
	v, err := f.item(p["container"], of)
	if u, ok := v.(*Undefined); ok && err == nil {
		err = u.err()
	}
	return v, err
}
