package jinja

import (
	"strings"
	"unicode/utf8"
)

// sizeOf is Python's len, or -1 where there is none.
func sizeOf(v Value) int {
	switch v := bare(v).(type) {
	case string:
		return utf8.RuneCountInString(v)
	case Markup:
		return utf8.RuneCountInString(string(v))
	case *List:
		return len(v.Items)
	case Tuple:
		return len(v)
	case *Dict:
		return v.Len()
	case *view:
		return len(v.items)
	case span:
		return v.len()
	case *Undefined:
		return 0
	}
	return -1
}

// iter gives the items of a value, those of a list as it is at that moment.
func (f *frame) iter(v Value) (iterator, error) {
	switch v := bare(v).(type) {
	case *List:
		return v.each(), nil
	case Tuple:
		return (&List{v}).each(), nil
	case *view:
		return (&List{v.items}).each(), nil
	case *Dict:
		return v.eachKey(), nil
	case *stream:
		return v.next, nil
	case span:
		return v.each(), nil
	case string:
		return eachCharacter(v), nil
	case Markup:
		return eachCharacter(string(v)), nil
	case *Undefined:
		return (&List{}).each(), checked(v)
	}
	return nil, runtime("'%s' object is not iterable", typeName(v))
}

func (l *List) each() iterator {
	i := -1
	return func() (Value, bool, error) {
		if i++; i >= len(l.Items) {
			return nil, false, nil
		}
		return l.Items[i], true, nil
	}
}

func (d *Dict) eachKey() iterator {
	i, n := -1, d.Len()
	return func() (Value, bool, error) {
		if d.Len() != n {
			return nil, false, runtime("dictionary changed size during iteration")
		}
		if i++; i >= n {
			return nil, false, nil
		}
		return d.keys[i], true, nil
	}
}

func (r span) each() iterator {
	i, n := -1, r.len()
	return func() (Value, bool, error) {
		if i++; i >= n {
			return nil, false, nil
		}
		return r.at(i), true, nil
	}
}

func eachCharacter(text string) iterator {
	return func() (Value, bool, error) {
		if text == "" {
			return nil, false, nil
		}
		_, n := utf8.DecodeRuneInString(text)
		c := text[:n]
		text = text[n:]
		return c, true, nil
	}
}

// list is Python's list(v).
func (f *frame) list(v Value) ([]Value, error) {
	if err := f.room(sizeOf(v) + 1); err != nil {
		return nil, err
	}
	next, err := f.iter(v)
	if err != nil {
		return nil, err
	}
	out := []Value{}
	for {
		x, ok, err := next()
		if !ok || err != nil {
			return out, err
		}
		if err := f.step(); err != nil {
			return nil, err
		}
		out = append(out, x)
	}
}

// attr is of.name: an attribute, or else an item.
func (f *frame) attr(of Value, name string) (Value, error) {
	if u, ok := of.(*Undefined); ok {
		return nil, u.err()
	}
	if v, ok, err := f.ownAttr(of, name); ok || err != nil {
		return v, err
	}
	if d, ok := of.(*Dict); ok {
		if v, ok := d.Get(name); ok {
			return given(v)
		}
	}
	return f.undefined("'%s object' has no attribute '%s'", typeName(of), name), nil
}

// ownAttr is an attribute of the object itself.
func (f *frame) ownAttr(of Value, name string) (Value, bool, error) {
	if strings.HasPrefix(name, "__") && strings.HasSuffix(name, "__") {
		return nil, false, unsupported("%s is a part of Python itself", name)
	}
	switch of := of.(type) {
	case *loop:
		return of.attr(name)
	case *namespace:
		v, ok := of.Get(name)
		return v, ok, nil
	case Object:
		v, ok := of.Attr(name)
		return v, ok, nil
	}
	return f.method(of, name)
}

// item is of[key]: an item, or else an attribute.
func (f *frame) item(of, key Value) (Value, error) {
	if u, ok := of.(*Undefined); ok {
		return nil, u.err()
	}
	if d, ok := of.(*Dict); ok {
		if u, ok := key.(*Undefined); ok && u.strict {
			return nil, u.err()
		}
		if v, ok := d.Get(key); ok {
			return given(v)
		}
	} else if i, ok := asInt(key); ok {
		v, ok, err := f.index(of, i)
		if ok || err != nil {
			return v, err
		}
	}
	if name, ok := key.(string); ok {
		if v, ok, err := f.ownAttr(of, name); ok || err != nil {
			return v, err
		}
	}
	text, err := Repr(key)
	if err != nil {
		return nil, err
	}
	if _, ok := key.(string); ok {
		return f.undefined("'%s object' has no attribute %s", typeName(of), text), nil
	}
	return f.undefined("%s object has no element %s", typeName(of), text), nil
}

func (f *frame) index(of Value, i int64) (Value, bool, error) {
	n := int64(sizeOf(of))
	if i < 0 {
		i += n
	}
	if i < 0 || i >= n {
		return nil, false, nil
	}
	switch of := bare(of).(type) {
	case *List:
		return of.Items[i], true, nil
	case Tuple:
		return of[i], true, nil
	case span:
		return of.at(int(i)), true, nil
	case string:
		return string([]rune(of)[i]), true, nil
	case Markup:
		return Markup([]rune(of)[i : i+1]), true, nil
	}
	return nil, false, nil
}

// slice is of[start:stop:step], with Python's bounds.
func (f *frame) slice(of Value, start, stop, step *int64) (Value, error) {
	cut, err := newCut(int64(sizeOf(of)), start, stop, step)
	if err != nil {
		return nil, err
	}
	switch v := bare(of).(type) {
	case *List:
		return &List{pick(v.Items, cut)}, nil
	case Tuple:
		return Tuple(pick(v, cut)), nil
	case span:
		return span{v.start + cut.start*v.step, v.start + cut.stop*v.step, v.step * cut.step}, nil
	case string:
		return string(pick([]rune(v), cut)), nil
	case Markup:
		return Markup(pick([]rune(v), cut)), nil
	case *Undefined:
		return nil, v.err()
	}
	return f.undefined("a %s cannot be sliced", typeName(of)), nil
}

// newCut gives the places that a slice takes of n items.
func newCut(n int64, start, stop, step *int64) (span, error) {
	cut := span{0, n, 1}
	if step != nil {
		cut.step = *step
	}
	if cut.step == 0 {
		return span{}, runtime("slice step cannot be zero")
	}
	low, high := int64(0), n
	if cut.step < 0 {
		low, high = -1, n-1
		cut.start, cut.stop = high, low
	}
	within := func(i int64) int64 {
		if i < 0 {
			i += n
		}
		return min(max(i, low), high)
	}
	if start != nil {
		cut.start = within(*start)
	}
	if stop != nil {
		cut.stop = within(*stop)
	}
	return cut, nil
}

// pick are the items at some places.
func pick[T any](items []T, at span) []T {
	out := make([]T, at.len())
	for i := range out {
		out[i] = items[at.at(i)]
	}
	return out
}
