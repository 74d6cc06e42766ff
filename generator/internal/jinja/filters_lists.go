package jinja

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// filterAttr looks at attributes alone, never at items.
func filterAttr(f *frame, of Value, a args) (Value, error) {
	p, err := texts("attr", a, 1, 1)
	if err != nil {
		return nil, err
	}
	if u, ok := of.(*Undefined); ok && u.strict {
		return nil, u.err()
	}
	v, ok, err := f.ownAttr(of, p[0])
	if ok || err != nil {
		return v, err
	}
	return f.undefined("'%s object' has no attribute '%s'", typeName(of), p[0]), nil
}

func filterBatch(f *frame, of Value, a args) (Value, error) {
	p, err := a.with("batch", "linecount", "fill_with")
	if err != nil {
		return nil, err
	}
	n, err := number64(p["linecount"], "batch")
	if err != nil {
		return nil, err
	}
	items, err := f.list(of)
	if err != nil {
		return nil, err
	}
	var out []Value
	var line []Value
	for _, x := range items {
		if len(line) == n {
			out = append(out, &List{line})
			line = nil
		}
		line = append(line, x)
	}
	if len(line) > 0 {
		if fill := p["fill_with"]; fill != nil {
			if err := f.room(n); err != nil {
				return nil, err
			}
			for len(line) < n {
				line = append(line, fill)
			}
		}
		out = append(out, &List{line})
	}
	return &stream{items: out}, nil
}

func filterSlice(f *frame, of Value, a args) (Value, error) {
	p, err := a.with("slice", "slices", "fill_with")
	if err != nil {
		return nil, err
	}
	n, err := number64(p["slices"], "slice")
	if err != nil {
		return nil, err
	}
	items, err := f.list(of)
	if err != nil || n <= 0 {
		return &stream{}, err
	}
	if err := f.room(n); err != nil {
		return nil, err
	}
	var out []Value
	per, more := len(items)/n, len(items)%n
	at := 0
	for i := range n {
		size := per
		if i < more {
			size++
		}
		part := slices.Clone(items[at : at+size])
		at += size
		if fill := p["fill_with"]; fill != nil && i >= more {
			part = append(part, fill)
		}
		out = append(out, &List{part})
	}
	return &stream{items: out}, nil
}

func filterLength(_ *frame, of Value, _ args) (Value, error) {
	if u, ok := of.(*Undefined); ok && u.strict {
		return nil, u.err()
	}
	n := sizeOf(of)
	if n < 0 {
		return nil, runtime("object of type '%s' has no len()", typeName(of))
	}
	return int64(n), nil
}

func filterDefault(f *frame, of Value, a args) (Value, error) {
	p, err := a.with("default", "default_value", "boolean")
	if err != nil {
		return nil, err
	}
	instead, given := p["default_value"]
	if !given {
		instead = ""
	}
	if _, ok := of.(*Undefined); ok {
		return instead, nil
	}
	loose, err := truth(p["boolean"])
	if err != nil {
		return nil, err
	}
	if !loose {
		return of, nil
	}
	if yes, err := truth(of); yes || err != nil {
		return of, err
	}
	return instead, nil
}

func filterFirst(f *frame, of Value, _ args) (Value, error) {
	next, err := f.iter(of)
	if err != nil {
		return nil, err
	}
	v, ok, err := next()
	if !ok && err == nil {
		return f.undefined("No first item, sequence was empty."), nil
	}
	return v, err
}

func filterLast(f *frame, of Value, _ args) (Value, error) {
	if _, ok := of.(*stream); ok {
		return nil, runtime("'generator' object is not reversible")
	}
	items, err := f.list(of)
	if err != nil {
		return nil, err
	}
	if len(items) == 0 {
		return f.undefined("No last item, sequence was empty."), nil
	}
	return items[len(items)-1], nil
}

// path gives what an attribute's path names: "a.b.0", or a number.
func (f *frame) path(v Value, path Value) (Value, error) {
	var parts []Value
	if s, ok := path.(string); ok {
		for _, part := range strings.Split(s, ".") {
			if n, err := strconv.ParseInt(part, 10, 64); err == nil && n >= 0 {
				parts = append(parts, n)
			} else {
				parts = append(parts, part)
			}
		}
	} else {
		parts = []Value{path}
	}
	for _, part := range parts {
		var err error
		if v, err = f.item(v, part); err != nil {
			return nil, err
		}
	}
	return v, nil
}

func filterItems(_ *frame, of Value, _ args) (Value, error) {
	switch v := of.(type) {
	case *Undefined:
		return &stream{}, nil
	case *Dict:
		return &stream{items: v.items()}, nil
	}
	return nil, runtime("can only get item pairs from a mapping")
}

func filterJoin(f *frame, of Value, a args) (Value, error) {
	p, err := a.with("join", "d", "attribute")
	if err != nil {
		return nil, err
	}
	items, err := f.list(of)
	if err != nil {
		return nil, err
	}
	by := ""
	if v, ok := p["d"]; ok {
		if by, err = f.plain(v); err != nil {
			return nil, err
		}
	}
	parts := make([]string, len(items))
	safe := f.escape && marked(p["d"])
	for i, x := range items {
		if path := p["attribute"]; path != nil {
			if x, err = f.path(x, path); err != nil {
				return nil, err
			}
			items[i] = x
		}
		safe = safe || f.escape && marked(x)
		if parts[i], err = f.plain(x); err != nil {
			return nil, err
		}
	}
	if safe {
		for i, x := range items {
			if !marked(x) {
				parts[i] = string(escape(parts[i]))
			}
		}
		if !marked(p["d"]) {
			by = string(escape(by))
		}
		return Markup(strings.Join(parts, by)), nil
	}
	out := strings.Join(parts, by)
	return out, f.room(len(out))
}

func filterList(f *frame, of Value, _ args) (Value, error) {
	items, err := f.list(of)
	return &List{items}, err
}

func filterMap(f *frame, of Value, a args) (Value, error) {
	if u, ok := of.(*Undefined); ok && !u.strict {
		return &stream{}, nil
	}
	path, byPath := a.named["attribute"]
	if !byPath && len(a.list) == 0 {
		return nil, runtime("map requires a filter argument")
	}
	items, err := f.list(of)
	if err != nil {
		return nil, err
	}
	out := make([]Value, len(items))
	for i, x := range items {
		if err := f.step(); err != nil {
			return nil, err
		}
		if byPath && len(a.list) == 0 {
			v, err := f.path(x, path)
			if err != nil {
				return nil, err
			}
			if _, missing := v.(*Undefined); missing {
				if d, given := a.named["default"]; given {
					v = d
				}
			}
			out[i] = v
			continue
		}
		name, ok := a.list[0].(string)
		if !ok {
			return nil, runtime("map takes the name of a filter")
		}
		rest := args{list: slices.Clone(a.list[1:]), names: a.names, named: a.named}
		if out[i], err = f.filter(name, x, rest); err != nil {
			return nil, err
		}
	}
	return &stream{items: out}, nil
}

// selecting is select, reject and their attr forms.
func selecting(want, byPath bool) filter {
	return func(f *frame, of Value, a args) (Value, error) {
		if u, ok := of.(*Undefined); ok && !u.strict {
			return &stream{}, nil
		}
		rest := a.list
		var path Value
		if byPath {
			if len(rest) == 0 {
				return nil, runtime("missing parameter for attribute name")
			}
			path, rest = rest[0], rest[1:]
		}
		items, err := f.list(of)
		if err != nil {
			return nil, err
		}
		var out []Value
		for _, x := range items {
			if err := f.step(); err != nil {
				return nil, err
			}
			v := x
			if byPath {
				if v, err = f.path(x, path); err != nil {
					return nil, err
				}
			}
			yes := false
			if len(rest) == 0 {
				yes, err = truth(v)
			} else {
				name, ok := rest[0].(string)
				if !ok {
					return nil, runtime("the name of a test is a text")
				}
				yes, err = f.test(name, v, args{list: rest[1:]})
			}
			if err != nil {
				return nil, err
			}
			if yes == want {
				out = append(out, x)
			}
		}
		return &stream{items: out}, nil
	}
}

// filterRandom draws one of the items.
func filterRandom(f *frame, of Value, _ args) (Value, error) {
	items, err := f.list(of)
	if err != nil {
		return nil, err
	}
	if len(items) == 0 {
		return f.undefined("No random item, sequence was empty."), nil
	}
	n, err := f.below(int64(len(items)), "random")
	return items[n], err
}

func filterReverse(f *frame, of Value, _ args) (Value, error) {
	if s, ok := asText(of); ok {
		r := []rune(s)
		slices.Reverse(r)
		return string(r), nil
	}
	items, err := f.list(of)
	if err != nil {
		return nil, err
	}
	items = slices.Clone(items)
	slices.Reverse(items)
	return &stream{items: items}, nil
}

func filterSum(f *frame, of Value, a args) (Value, error) {
	p, err := a.with("sum", "attribute", "start")
	if err != nil {
		return nil, err
	}
	total, given := p["start"]
	if !given {
		total = int64(0)
	}
	items, err := f.list(of)
	if err != nil {
		return nil, err
	}
	floats := false
	for _, x := range items {
		if path := p["attribute"]; path != nil {
			if x, err = f.path(x, path); err != nil {
				return nil, err
			}
		}
		if _, ok := x.(float64); ok {
			floats = true
		}
		if _, ok := x.(string); ok {
			return nil, runtime("unsupported operand type(s) for +: 'int' and 'str'")
		}
		if total, err = f.binary("+", total, x); err != nil {
			return nil, err
		}
	}
	if floats && len(items) > 1 {
		return compensated(f, items, p, total)
	}
	return total, nil
}

// compensated is the sum of floats as Python has it since 3.12: with Neumaier's
// correction. Where the correction matters, older Pythons differ.
func compensated(f *frame, items []Value, p map[string]Value, plain Value) (Value, error) {
	sum, c := 0.0, 0.0
	if s, ok := asFloat(p["start"]); ok {
		sum = s
	}
	for _, x := range items {
		var err error
		if path := p["attribute"]; path != nil {
			if x, err = f.path(x, path); err != nil {
				return nil, err
			}
		}
		v, ok := asFloat(x)
		if !ok {
			return plain, nil
		}
		t := sum + v
		if math.Abs(sum) >= math.Abs(v) {
			c += (sum - t) + v
		} else {
			c += (v - t) + sum
		}
		sum = t
	}
	if got, ok := plain.(float64); ok && got != sum+c {
		return nil, unsupported("a sum of floats whose last digit depends on the version of Python")
	}
	return plain, nil
}

// listOf are the items of a list, and none of anything else.
func listOf(v Value) []Value {
	if l, ok := v.(*List); ok {
		return l.Items
	}
	return nil
}
