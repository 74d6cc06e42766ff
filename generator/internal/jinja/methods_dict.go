package jinja

import (
	"slices"
)

func dictMethods() map[string]method {
	return map[string]method{
		"get": dictGet, "items": dictView("items"), "keys": dictView("keys"), "values": dictView("values"),
		"pop": dictPop, "setdefault": dictSetDefault, "update": dictUpdate, "copy": dictCopy, "clear": dictClear,
	}
}

func dictView(kind string) method {
	return func(_ *frame, of Value, a args) (Value, error) {
		if len(a.list)+len(a.names) > 0 {
			return nil, runtime("%s takes no arguments", kind)
		}
		d := of.(*Dict)
		v := &view{kind: kind}
		switch kind {
		case "keys":
			v.items = d.Keys()
		case "values":
			v.items = slices.Clone(d.values)
		default:
			v.items = d.items()
		}
		return v, nil
	}
}

func dictGet(_ *frame, of Value, a args) (Value, error) {
	if len(a.list) < 1 || len(a.list) > 2 || len(a.names) > 0 {
		return nil, runtime("get takes a key and a value for when it is not there")
	}
	if _, err := hash(a.list[0]); err != nil {
		return nil, err
	}
	if v, ok := of.(*Dict).Get(a.list[0]); ok {
		return v, nil
	}
	if len(a.list) == 2 {
		return a.list[1], nil
	}
	return nil, nil
}

func dictPop(f *frame, of Value, a args) (Value, error) {
	v, err := dictGet(f, of, a)
	if err != nil {
		return nil, err
	}
	d := of.(*Dict)
	if _, ok := d.Get(a.list[0]); !ok && len(a.list) == 1 {
		return nil, runtime("the key is not in the dict")
	}
	d.remove(a.list[0])
	return v, nil
}

func dictSetDefault(f *frame, of Value, a args) (Value, error) {
	v, err := dictGet(f, of, a)
	if err != nil {
		return nil, err
	}
	d := of.(*Dict)
	if _, ok := d.Get(a.list[0]); !ok {
		err = d.set(a.list[0], v)
	}
	return v, err
}

func dictUpdate(f *frame, of Value, a args) (Value, error) {
	d := of.(*Dict)
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
	return nil, nil
}

// dict is Python's dict(v).
func (f *frame) dict(v Value) (*Dict, error) {
	if d, ok := v.(*Dict); ok {
		return d.copy(), nil
	}
	items, err := f.list(v)
	if err != nil {
		return nil, err
	}
	d := &Dict{}
	for _, x := range items {
		pair, err := f.list(x)
		if err != nil {
			return nil, err
		}
		if len(pair) != 2 {
			return nil, runtime("a dict is made of pairs")
		}
		if err := d.set(pair[0], pair[1]); err != nil {
			return nil, err
		}
	}
	return d, nil
}

func dictCopy(_ *frame, of Value, _ args) (Value, error) { return of.(*Dict).copy(), nil }

func dictClear(_ *frame, of Value, _ args) (Value, error) {
	*of.(*Dict) = Dict{}
	return nil, nil
}
