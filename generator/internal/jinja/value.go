package jinja

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode"
)

// A Value is one of Python's: nil (None), bool, int64, *big.Int, float64,
// string, [Markup], *[List], [Tuple], *[Dict], *[Undefined], or one of this
// package's objects.
type Value any

// Markup is a text that is marked as safe.
type Markup string

// A List is a list, which several names may share.
type List struct{ Items []Value }

// A Tuple is a list that does not change.
type Tuple []Value

// NewList makes a list of items.
func NewList(items ...Value) *List { return &List{Items: items} }

// A Dict is a mapping in the order of its keys' arrival. The zero value is
// ready.
type Dict struct {
	keys   []Value
	values []Value
	index  map[any]int
	name   string // of the type, where it is a subclass
}

// NewDict makes a dict of keys and values in turn.
func NewDict(pairs ...Value) *Dict {
	d := &Dict{}
	for i := 0; i+1 < len(pairs); i += 2 {
		d.Set(pairs[i], pairs[i+1])
	}
	return d
}

// hash gives a Go key that is equal where Python's are.
func hash(v Value) (any, error) {
	switch v := v.(type) {
	case bool:
		if v {
			return int64(1), nil
		}
		return int64(0), nil
	case float64:
		if v == math.Trunc(v) && math.Abs(v) < 1<<62 {
			return int64(v), nil
		}
		return v, nil
	case *big.Int:
		return v.String() + "n", nil
	case Markup:
		return string(v), nil
	case Tuple:
		var b strings.Builder
		for _, x := range v {
			h, err := hash(x)
			if err != nil {
				return nil, err
			}
			fmt.Fprintf(&b, "%T:%v\x00", h, h)
		}
		return "\x00tuple" + b.String(), nil
	case *List, *Dict:
		return nil, runtime("a %s cannot be a key", typeName(v))
	}
	return v, nil
}

// Set sets a key; one that cannot be a key is passed over.
func (d *Dict) Set(key, value Value) { _ = d.set(key, value) }

func (d *Dict) set(key, value Value) error {
	h, err := hash(key)
	if err != nil {
		return err
	}
	if i, ok := d.index[h]; ok {
		d.values[i] = value
		return nil
	}
	if d.index == nil {
		d.index = map[any]int{}
	}
	d.index[h] = len(d.keys)
	d.keys, d.values = append(d.keys, key), append(d.values, value)
	return nil
}

// Get gives the value of a key.
func (d *Dict) Get(key Value) (Value, bool) {
	h, err := hash(key)
	if err != nil || d == nil {
		return nil, false
	}
	i, ok := d.index[h]
	if !ok {
		return nil, false
	}
	return d.values[i], true
}

func (d *Dict) remove(key Value) {
	h, _ := hash(key)
	i, ok := d.index[h]
	if !ok {
		return
	}
	delete(d.index, h)
	d.keys = append(d.keys[:i:i], d.keys[i+1:]...)
	d.values = append(d.values[:i:i], d.values[i+1:]...)
	for k, j := range d.index {
		if j > i {
			d.index[k] = j - 1
		}
	}
}

// Len is the number of keys.
func (d *Dict) Len() int { return len(d.keys) }

// Keys are the keys in order.
func (d *Dict) Keys() []Value { return append([]Value{}, d.keys...) }

// Each calls f for every key, in order.
func (d *Dict) Each(f func(key, value Value)) {
	if d == nil {
		return
	}
	for i, k := range d.keys {
		f(k, d.values[i])
	}
}

func (d *Dict) copy() *Dict {
	c := &Dict{}
	d.Each(c.Set)
	return c
}

func (d *Dict) items() []Value {
	list := make([]Value, len(d.keys))
	for i, k := range d.keys {
		list[i] = Tuple{k, d.values[i]}
	}
	return list
}

// A Refused is a value that this package does not have: each use of it is an
// error of the kind [Unsupported].
type Refused struct{ Message string }

func given(v Value) (Value, error) {
	if r, ok := v.(*Refused); ok {
		return nil, unsupported("%s", r.Message)
	}
	return v, nil
}

// An Undefined is a name that nothing defines.
type Undefined struct {
	message string
	name    string
	strict  bool
}

func (u *Undefined) err() error { return undefined("%s", u.message) }

// checked is the error of a value that is undefined, where that is one.
func checked(v Value) error {
	if u, ok := v.(*Undefined); ok && u.strict {
		return u.err()
	}
	return nil
}

// A view is what dict.keys() and its like give.
type view struct {
	kind  string // keys, values or items
	items []Value
}

// A stream is what Python has for a generator: its items are taken once.
type stream struct{ items []Value }

func (s *stream) next() (Value, bool, error) {
	if len(s.items) == 0 {
		return nil, false, nil
	}
	x := s.items[0]
	s.items = s.items[1:]
	return x, true, nil
}

// A span is a range.
type span struct{ start, stop, step int64 }

func (r span) len() int {
	if r.step > 0 && r.start < r.stop {
		return int((r.stop-r.start-1)/r.step) + 1
	}
	if r.step < 0 && r.start > r.stop {
		return int((r.start-r.stop-1)/-r.step) + 1
	}
	return 0
}

func (r span) at(i int) int64 { return r.start + int64(i)*r.step }

// equal reports whether two ranges have the same items.
func (r span) equal(o span) bool {
	n := r.len()
	return n == o.len() && (n == 0 || r.start == o.start && (n == 1 || r.step == o.step))
}

// A namespace is what namespace() gives.
type namespace struct{ *Dict }

// A Func is something to call.
type Func struct {
	name string
	call func(st *state, a args) (Value, error)
}

// args are what something is called with.
type args struct {
	list  []Value
	names []string // of the keywords, in order
	named map[string]Value
}

// NewFunc makes a function of positional arguments.
func NewFunc(name string, call func(args []Value) (Value, error)) *Func {
	return &Func{name, func(_ *state, a args) (Value, error) {
		if len(a.names) > 0 {
			return nil, unsupported("%s is called with keywords", name)
		}
		return call(a.list)
	}}
}

// An Object has attributes of its own.
type Object interface {
	Attr(name string) (Value, bool)
	String() string
}

// typeName is what Python calls the type of a value.
func typeName(v Value) string {
	switch v := v.(type) {
	case nil:
		return "NoneType"
	case bool:
		return "bool"
	case int64, *big.Int:
		return "int"
	case float64:
		return "float"
	case string:
		return "str"
	case Markup:
		return "Markup"
	case *List:
		return "list"
	case Tuple:
		return "tuple"
	case *Dict:
		if v.name != "" {
			return v.name
		}
		return "dict"
	}
	return objectType(v)
}

// objectType is the type name of one of this package's objects.
func objectType(v Value) string {
	switch v := v.(type) {
	case *Undefined:
		return "Undefined"
	case *view:
		return "dict_" + v.kind
	case *stream:
		return "generator"
	case span:
		return "range"
	case *namespace:
		return "Namespace"
	case *group:
		return "_GroupTuple"
	case *Func:
		return "function"
	case *macro:
		return "Macro"
	case *loop:
		return "LoopContext"
	}
	return fmt.Sprintf("%T", v)
}

// normal brings a big integer that is small into the small form.
func normal(b *big.Int) Value {
	if b.IsInt64() {
		return b.Int64()
	}
	return b
}

// From makes a value of what JSON and YAML give in Go.
func From(v any) Value {
	switch v := v.(type) {
	case int:
		return int64(v)
	case uint64:
		return normal(new(big.Int).SetUint64(v))
	case []string:
		l := &List{}
		for _, x := range v {
			l.Items = append(l.Items, x)
		}
		return l
	case []any:
		l := &List{}
		for _, x := range v {
			l.Items = append(l.Items, From(x))
		}
		return l
	}
	return v
}

// Truth is Python's bool(v).
func Truth(v Value) bool { t, _ := truth(v); return t }

func truth(v Value) (bool, error) {
	switch v := v.(type) {
	case nil:
		return false, nil
	case bool:
		return v, nil
	case int64:
		return v != 0, nil
	case *big.Int:
		return v.Sign() != 0, nil
	case float64:
		return v != 0, nil
	case string:
		return v != "", nil
	case Markup:
		return v != "", nil
	case *List:
		return len(v.Items) > 0, nil
	case Tuple:
		return len(v) > 0, nil
	case *Dict:
		return v.Len() > 0, nil
	case *view:
		return len(v.items) > 0, nil
	case span:
		return v.len() > 0, nil
	case *Undefined:
		if v.strict {
			return false, v.err()
		}
		return false, nil
	}
	return true, nil
}

// isSpace is Python's str.isspace for one character.
func isSpace(r rune) bool { return unicode.IsSpace(r) || r >= 0x1c && r <= 0x1f }

// Str is Python's str(v).
func Str(v Value) (string, error) {
	switch v := v.(type) {
	case string:
		return v, nil
	case Markup:
		return string(v), nil
	case *Undefined:
		if v.strict {
			return "", v.err()
		}
		return "", nil
	case *module:
		return v.text, nil
	}
	return Repr(v)
}

// Repr is Python's repr(v). What prints as an address in memory is refused.
func Repr(v Value) (string, error) {
	var b strings.Builder
	err := repr(&b, v, 0)
	return b.String(), err
}

func repr(b *strings.Builder, v Value, depth int) error {
	if depth > 200 {
		return fail(Exceeded, "a value is nested too deeply to be printed")
	}
	switch v := bare(v).(type) {
	case nil:
		b.WriteString("None")
	case bool:
		b.WriteString(map[bool]string{true: "True", false: "False"}[v])
	case int64:
		b.WriteString(strconv.FormatInt(v, 10))
	case *big.Int:
		b.WriteString(v.String())
	case float64:
		b.WriteString(floatText(v))
	case string:
		quoteTo(b, v)
	case Markup:
		b.WriteString("Markup(")
		quoteTo(b, string(v))
		b.WriteString(")")
	case *List:
		return reprAll(b, "[", "]", v.Items, depth)
	case Tuple:
		if len(v) == 1 {
			return reprAll(b, "(", ",)", v, depth)
		}
		return reprAll(b, "(", ")", v, depth)
	case *Dict:
		return reprDict(b, v, depth)
	default:
		return reprObject(b, v, depth)
	}
	return nil
}

// reprObject is repr of one of this package's objects.
func reprObject(b *strings.Builder, v Value, depth int) error {
	switch v := v.(type) {
	case *view:
		return reprAll(b, "dict_"+v.kind+"([", "])", v.items, depth)
	case span:
		if v.step != 1 {
			fmt.Fprintf(b, "range(%d, %d, %d)", v.start, v.stop, v.step)
		} else {
			fmt.Fprintf(b, "range(%d, %d)", v.start, v.stop)
		}
	case *Undefined:
		b.WriteString("Undefined")
	case *namespace:
		b.WriteString("<Namespace ")
		err := reprDict(b, v.Dict, depth)
		b.WriteString(">")
		return err
	case Object:
		b.WriteString(v.String())
	case *Refused:
		return unsupported("%s", v.Message)
	default:
		return unsupported("printing a %s: Python prints its place in memory", typeName(v))
	}
	return nil
}

func reprAll(b *strings.Builder, left, right string, items []Value, depth int) error {
	b.WriteString(left)
	for i, x := range items {
		if i > 0 {
			b.WriteString(", ")
		}
		if err := repr(b, x, depth+1); err != nil {
			return err
		}
	}
	b.WriteString(right)
	return nil
}

func reprDict(b *strings.Builder, d *Dict, depth int) error {
	if d.name != "" {
		return unsupported("printing a %s", d.name)
	}
	b.WriteString("{")
	for i, k := range d.keys {
		if i > 0 {
			b.WriteString(", ")
		}
		if err := repr(b, k, depth+1); err != nil {
			return err
		}
		b.WriteString(": ")
		if err := repr(b, d.values[i], depth+1); err != nil {
			return err
		}
	}
	b.WriteString("}")
	return nil
}

// quoteTo writes a text as Python's repr does.
func quoteTo(b *strings.Builder, s string) {
	quote := byte('\'')
	if strings.Contains(s, "'") && !strings.Contains(s, `"`) {
		quote = '"'
	}
	b.WriteByte(quote)
	for _, r := range s {
		switch {
		case r == rune(quote) || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case r < 0x20 || r == 0x7f:
			fmt.Fprintf(b, `\x%02x`, r)
		case r < 0x7f || r != 0xad && r != 0xa0 && (unicode.IsPrint(r)):
			b.WriteRune(r)
		case r <= 0xff:
			fmt.Fprintf(b, `\x%02x`, r)
		case r <= 0xffff:
			fmt.Fprintf(b, `\u%04x`, r)
		default:
			fmt.Fprintf(b, `\U%08x`, r)
		}
	}
	b.WriteByte(quote)
}

// floatText is Python's repr of a float: the shortest digits, with an exponent
// below 1e-4 and from 1e16.
func floatText(f float64) string {
	switch {
	case math.IsNaN(f):
		return "nan"
	case math.IsInf(f, 1):
		return "inf"
	case math.IsInf(f, -1):
		return "-inf"
	}
	if a := math.Abs(f); a != 0 && (a < 1e-4 || a >= 1e16) {
		return strconv.FormatFloat(f, 'e', -1, 64)
	}
	text := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(text, ".") {
		text += ".0"
	}
	return text
}

// Equal is Python's a == b, for values that are defined.
func Equal(a, b Value) bool {
	same, err := equal(a, b)
	return same && err == nil
}

// Float is Python's float(v).
func Float(v Value) (float64, bool) {
	if s, ok := asText(v); ok {
		return parseFloat(s)
	}
	return asFloat(v)
}
