package jinja

import (
	"slices"
	"strings"
)

func filterDictsort(_ *frame, of Value, a args) (Value, error) {
	p, err := a.with("dictsort", "case_sensitive", "by", "reverse")
	if err != nil {
		return nil, err
	}
	d, ok := of.(*Dict)
	if !ok {
		if u, missing := of.(*Undefined); missing {
			return nil, u.err()
		}
		return nil, runtime("'%s' object has no attribute 'items'", typeName(of))
	}
	at := 0
	switch p["by"] {
	case nil, "key":
	case "value":
		at = 1
	default:
		return nil, runtime("you can only sort by either 'key' or 'value'")
	}
	items := d.items()
	keys := make([]Value, len(items))
	for i, x := range items {
		keys[i] = folded(x.(Tuple)[at], Truth(p["case_sensitive"]))
	}
	return &List{items}, sortBy(items, keys, Truth(p["reverse"]))
}

// folded is a value as it is compared where case does not matter.
func folded(v Value, sensitive bool) Value {
	if s, ok := asText(v); ok && !sensitive {
		return lower(s)
	}
	return v
}

// sortBy sorts items by their keys, as Python's sort: equal ones stay in order,
// in reverse too.
func sortBy(items, keys []Value, reverse bool) error {
	at := make([]int, len(items))
	for i := range at {
		at[i] = i
	}
	var failure error
	slices.SortStableFunc(at, func(i, j int) int {
		c, err := order(keys[i], keys[j])
		if err != nil && failure == nil {
			failure = err
		}
		if reverse {
			return -c
		}
		return c
	})
	sorted := make([]Value, len(items))
	for i, j := range at {
		sorted[i] = items[j]
	}
	copy(items, sorted)
	return failure
}

// A group is what groupby gives: a tuple with names.
type group struct {
	key  Value
	list *List
}

func (g *group) Attr(name string) (Value, bool) {
	switch name {
	case "grouper":
		return g.key, true
	case "list":
		return g.list, true
	}
	return nil, false
}

func (g *group) String() string { return "" }

// bare is a value without the names that its places have.
func bare(v Value) Value {
	if g, ok := v.(*group); ok {
		return Tuple{g.key, g.list}
	}
	return v
}

// A member is an item that groupby groups: by a value, whose key is what is
// compared.
type member struct{ item, by, key Value }

func filterGroup(f *frame, of Value, a args) (Value, error) {
	p, err := a.with("groupby", "attribute", "default", "case_sensitive")
	if err != nil {
		return nil, err
	}
	items, err := f.list(of)
	if err != nil {
		return nil, err
	}
	members := make([]Value, len(items))
	keys := make([]Value, len(items))
	for i, x := range items {
		v, err := f.path(x, p["attribute"])
		if err != nil {
			return nil, err
		}
		if _, missing := v.(*Undefined); missing && p["default"] != nil {
			v = p["default"]
		}
		keys[i] = folded(v, Truth(p["case_sensitive"]))
		members[i] = &member{x, v, keys[i]}
	}
	if err := sortBy(members, keys, false); err != nil {
		return nil, err
	}
	return groups(members)
}

// groups makes a group of each run of members with equal keys.
func groups(members []Value) (Value, error) {
	l := &List{}
	var last *List
	for i, x := range members {
		m, same := x.(*member), false
		if i > 0 {
			var err error
			if same, err = equal(members[i-1].(*member).key, m.key); err != nil {
				return nil, err
			}
		}
		if !same {
			last = &List{}
			l.Items = append(l.Items, &group{m.by, last})
		}
		last.Items = append(last.Items, m.item)
	}
	return l, nil
}

// extreme is min and max.
func extreme(largest bool) filter {
	return func(f *frame, of Value, a args) (Value, error) {
		p, err := a.with("min", "case_sensitive", "attribute")
		if err != nil {
			return nil, err
		}
		items, err := f.list(of)
		if err != nil {
			return nil, err
		}
		if len(items) == 0 {
			return f.undefined("No aggregated item, sequence was empty."), nil
		}
		var best, key Value
		for i, x := range items {
			v, err := f.path(x, p["attribute"])
			if err != nil {
				return nil, err
			}
			v = folded(v, Truth(p["case_sensitive"]))
			if i > 0 {
				c, err := order(v, key)
				if err != nil {
					return nil, err
				}
				if largest && c <= 0 || !largest && c >= 0 {
					continue
				}
			}
			best, key = x, v
		}
		return best, nil
	}
}

func filterSort(f *frame, of Value, a args) (Value, error) {
	p, err := a.with("sort", "reverse", "case_sensitive", "attribute")
	if err != nil {
		return nil, err
	}
	items, err := f.list(of)
	if err != nil {
		return nil, err
	}
	paths := []Value{p["attribute"]}
	if s, ok := p["attribute"].(string); ok {
		paths = nil
		for part := range strings.SplitSeq(s, ",") {
			paths = append(paths, part)
		}
	}
	keys := make([]Value, len(items))
	for i, x := range items {
		key := make(Tuple, len(paths))
		for j, path := range paths {
			v, err := f.path(x, path)
			if err != nil {
				return nil, err
			}
			key[j] = folded(v, Truth(p["case_sensitive"]))
		}
		keys[i] = key
		if len(key) == 1 {
			keys[i] = key[0]
		}
	}
	return &List{items}, sortBy(items, keys, Truth(p["reverse"]))
}

func filterUnique(f *frame, of Value, a args) (Value, error) {
	p, err := a.with("unique", "case_sensitive", "attribute")
	if err != nil {
		return nil, err
	}
	items, err := f.list(of)
	if err != nil {
		return nil, err
	}
	seen := &Dict{}
	var out []Value
	for _, x := range items {
		v, err := f.path(x, p["attribute"])
		if err != nil {
			return nil, err
		}
		key := folded(v, Truth(p["case_sensitive"]))
		if _, ok := seen.Get(key); ok {
			continue
		}
		if err := seen.set(key, true); err != nil {
			return nil, err
		}
		out = append(out, x)
	}
	return &stream{items: out}, nil
}
