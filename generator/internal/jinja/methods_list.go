package jinja

import (
	"slices"
)

func listMethods() map[string]method {
	return map[string]method{
		"append": listAppend, "extend": listExtend, "insert": listInsert, "pop": listPop, "remove": listRemove,
		"index": listIndex, "count": listCount, "reverse": listReverse, "sort": listSort, "copy": listCopy, "clear": listClear,
	}
}

func one(what string, a args) (Value, error) {
	if len(a.list) != 1 || len(a.names) > 0 {
		return nil, runtime("%s takes one argument", what)
	}
	return a.list[0], nil
}

func listAppend(f *frame, of Value, a args) (Value, error) {
	v, err := one("append", a)
	if err == nil {
		l := of.(*List)
		l.Items = append(l.Items, v)
		err = f.room(len(l.Items))
	}
	return nil, err
}

func listExtend(f *frame, of Value, a args) (Value, error) {
	v, err := one("extend", a)
	if err != nil {
		return nil, err
	}
	items, err := f.list(v)
	l := of.(*List)
	l.Items = append(l.Items, items...)
	return nil, err
}

func listInsert(_ *frame, of Value, a args) (Value, error) {
	if len(a.list) != 2 {
		return nil, runtime("insert takes a place and a value")
	}
	i, ok := asInt(a.list[0])
	if !ok {
		return nil, runtime("insert takes a place and a value")
	}
	l := of.(*List)
	n := int64(len(l.Items))
	if i < 0 {
		i += n
	}
	l.Items = slices.Insert(l.Items, int(min(max(i, 0), n)), a.list[1])
	return nil, nil
}

func listPop(_ *frame, of Value, a args) (Value, error) {
	l := of.(*List)
	i := int64(-1)
	if len(a.list) > 0 {
		i, _ = asInt(a.list[0])
	}
	if i < 0 {
		i += int64(len(l.Items))
	}
	if i < 0 || i >= int64(len(l.Items)) {
		return nil, runtime("pop index out of range")
	}
	v := l.Items[i]
	l.Items = slices.Delete(l.Items, int(i), int(i)+1)
	return v, nil
}

func itemsOf(of Value) []Value {
	if l, ok := of.(*List); ok {
		return l.Items
	}
	return of.(Tuple)
}

func placeIn(of, v Value) (int, error) {
	for i, x := range itemsOf(of) {
		if same, err := equal(x, v); same || err != nil {
			return i, err
		}
	}
	return -1, nil
}

func listIndex(_ *frame, of Value, a args) (Value, error) {
	v, err := one("index", a)
	if err != nil {
		return nil, err
	}
	i, err := placeIn(of, v)
	if err == nil && i < 0 {
		err = runtime("the value is not in the %s", typeName(of))
	}
	return int64(i), err
}

func listCount(_ *frame, of Value, a args) (Value, error) {
	v, err := one("count", a)
	if err != nil {
		return nil, err
	}
	n := int64(0)
	for _, x := range itemsOf(of) {
		same, err := equal(x, v)
		if err != nil {
			return nil, err
		}
		if same {
			n++
		}
	}
	return n, nil
}

func listRemove(_ *frame, of Value, a args) (Value, error) {
	v, err := one("remove", a)
	if err != nil {
		return nil, err
	}
	i, err := placeIn(of, v)
	if err != nil {
		return nil, err
	}
	if i < 0 {
		return nil, runtime("list.remove(x): x not in list")
	}
	l := of.(*List)
	l.Items = slices.Delete(l.Items, i, i+1)
	return nil, nil
}

func listReverse(_ *frame, of Value, _ args) (Value, error) {
	slices.Reverse(of.(*List).Items)
	return nil, nil
}

func listCopy(_ *frame, of Value, _ args) (Value, error) {
	return &List{slices.Clone(of.(*List).Items)}, nil
}

func listClear(_ *frame, of Value, _ args) (Value, error) {
	of.(*List).Items = nil
	return nil, nil
}

func listSort(_ *frame, of Value, a args) (Value, error) {
	p, err := a.with("sort", "reverse")
	if err != nil {
		return nil, unsupported("list.sort with a key")
	}
	return nil, sortBy(of.(*List).Items, of.(*List).Items, Truth(p["reverse"]))
}
