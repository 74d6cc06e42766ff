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
	if err := checked(of); err != nil {
		return nil, err
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
	if err := checked(of); err != nil {
		return nil, err
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

// path gives what an attribute's path names: "a.b.0", or a number. Without a
// path it is the value itself.
func (f *frame) path(v Value, path Value) (Value, error) {
	if path == nil {
		return v, nil
	}
	s, dotted := path.(string)
	if !dotted {
		return f.item(v, path)
	}
	for part := range strings.SplitSeq(s, ".") {
		var key Value = part
		if n, err := strconv.ParseInt(part, 10, 64); err == nil && n >= 0 {
			key = n
		}
		var err error
		if v, err = f.item(v, key); err != nil {
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
	for i, x := range items {
		if items[i], err = f.path(x, p["attribute"]); err != nil {
			return nil, err
		}
		if parts[i], err = f.plain(items[i]); err != nil {
			return nil, err
		}
	}
	if f.escape && (marked(p["d"]) || slices.ContainsFunc(items, marked)) {
		escapeOthers(parts, items)
		if !marked(p["d"]) {
			by = string(escape(by))
		}
		return Markup(strings.Join(parts, by)), nil
	}
	out := strings.Join(parts, by)
	return out, f.room(len(out))
}

// escapeOthers escapes the texts of those values that are not marked as safe.
func escapeOthers(texts []string, of []Value) {
	for i, v := range of {
		if !marked(v) {
			texts[i] = string(escape(texts[i]))
		}
	}
}

func filterList(f *frame, of Value, _ args) (Value, error) {
	items, err := f.list(of)
	return &List{items}, err
}

func filterMap(f *frame, of Value, a args) (Value, error) {
	if nothing(of) {
		return &stream{}, nil
	}
	_, byPath := a.named["attribute"]
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
		if len(a.list) > 0 {
			out[i], err = f.mapByFilter(x, a)
		} else {
			out[i], err = f.mapByPath(x, a.named)
		}
		if err != nil {
			return nil, err
		}
	}
	return &stream{items: out}, nil
}

func (f *frame) mapByPath(x Value, named map[string]Value) (Value, error) {
	v, err := f.path(x, named["attribute"])
	if err != nil {
		return nil, err
	}
	if _, missing := v.(*Undefined); missing {
		if d, given := named["default"]; given {
			return d, nil
		}
	}
	return v, nil
}

func (f *frame) mapByFilter(x Value, a args) (Value, error) {
	name, ok := a.list[0].(string)
	if !ok {
		return nil, runtime("map takes the name of a filter")
	}
	return f.filter(name, x, args{list: slices.Clone(a.list[1:]), names: a.names, named: a.named})
}

// nothing reports what is undefined, where that is no error.
func nothing(v Value) bool {
	u, ok := v.(*Undefined)
	return ok && !u.strict
}

// selecting is select and reject.
func selecting(want bool) filter {
	return func(f *frame, of Value, a args) (Value, error) {
		return f.selected(of, nil, a.list, want)
	}
}

// selectingAttr is selectattr and rejectattr.
func selectingAttr(want bool) filter {
	return func(f *frame, of Value, a args) (Value, error) {
		if nothing(of) {
			return &stream{}, nil
		}
		if len(a.list) == 0 {
			return nil, runtime("missing parameter for attribute name")
		}
		return f.selected(of, a.list[0], a.list[1:], want)
	}
}

// selected are the items for which passes gives what is wanted.
func (f *frame) selected(of, path Value, test []Value, want bool) (Value, error) {
	items, err := f.list(of)
	if err != nil {
		return nil, err
	}
	var out []Value
	for _, x := range items {
		if err := f.step(); err != nil {
			return nil, err
		}
		yes, err := f.passes(x, path, test)
		if err != nil {
			return nil, err
		}
		if yes == want {
			out = append(out, x)
		}
	}
	return &stream{items: out}, nil
}

// passes holds what a path names in an item to a test: its name, and its
// arguments. Without a test it is the truth of the value.
func (f *frame) passes(item, path Value, test []Value) (bool, error) {
	v, err := f.path(item, path)
	if err != nil {
		return false, err
	}
	if len(test) == 0 {
		return truth(v)
	}
	name, ok := test[0].(string)
	if !ok {
		return false, runtime("the name of a test is a text")
	}
	return f.test(name, v, args{list: test[1:]})
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
		if x, err = f.path(x, p["attribute"]); err != nil {
			return nil, err
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
func compensated(f *frame, items []Value, p params, plain Value) (Value, error) {
	sum, c := 0.0, 0.0
	if s, ok := asFloat(p["start"]); ok {
		sum = s
	}
	for _, x := range items {
		x, err := f.path(x, p["attribute"])
		if err != nil {
			return nil, err
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
