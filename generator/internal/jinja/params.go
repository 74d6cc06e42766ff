package jinja

import (
	"maps"
	"slices"
)

// params are what a filter or a method was given, by its parameters' names.
type params map[string]Value

// with gives named arguments their places: those of known in order.
func (a args) with(what string, known ...string) (params, error) {
	out := params{}
	if len(a.list) > len(known) {
		return nil, runtime("%s takes at most %d arguments", what, len(known))
	}
	for i, v := range a.list {
		out[known[i]] = v
	}
	for _, name := range a.names {
		if _, twice := out[name]; twice || !slices.Contains(known, name) {
			return nil, runtime("%s does not take the keyword %s", what, name)
		}
	}
	maps.Copy(out, a.named)
	return out, nil
}

// whole is a parameter that is a whole number; usual where it is not given.
func (p params) whole(what, name string, usual int) (int, error) {
	v, given := p[name]
	if !given {
		return usual, nil
	}
	return number64(v, what)
}

// wholeOrNone is whole, where None is as good as nothing.
func (p params) wholeOrNone(what, name string, usual int) (int, error) {
	if p[name] == nil {
		return usual, nil
	}
	return number64(p[name], what)
}

// is reports whether a parameter holds; usual where it is not given.
func (p params) is(name string, usual bool) bool {
	if v, given := p[name]; given {
		return Truth(v)
	}
	return usual
}

func number64(v Value, what string) (int, error) {
	if u, ok := v.(*Undefined); ok {
		return 0, u.err()
	}
	n, ok := asInt(v)
	if !ok {
		return 0, runtime("%s takes a whole number, not a %s", what, typeName(v))
	}
	return int(n), nil
}
