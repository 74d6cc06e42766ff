package jinja

import (
	"slices"
	"strings"
)

// A method of one of Python's types: it gets the receiver and the arguments.
type method func(f *frame, of Value, a args) (Value, error)

// pythonMethods are what Python's types have. What is not done here is refused:
// it must not count as missing.
var pythonMethods = map[string]string{
	"str":   "capitalize casefold center count encode endswith expandtabs find format format_map index isalnum isalpha isascii isdecimal isdigit isidentifier islower isnumeric isprintable isspace istitle isupper join ljust lower lstrip maketrans partition removeprefix removesuffix replace rfind rindex rjust rpartition rsplit rstrip split splitlines startswith strip swapcase title translate upper zfill",
	"list":  "append clear copy count extend index insert pop remove reverse sort",
	"tuple": "count index",
	"dict":  "clear copy fromkeys get items keys pop popitem setdefault update values",
	"int":   "as_integer_ratio bit_count bit_length conjugate denominator from_bytes imag is_integer numerator real to_bytes",
	"float": "as_integer_ratio conjugate fromhex hex imag is_integer real",
	"range": "count index start step stop",
	"bool":  "as_integer_ratio bit_count bit_length conjugate denominator from_bytes imag is_integer numerator real to_bytes",
}

func methods() map[string]map[string]method {
	return map[string]map[string]method{"str": textMethods(), "list": listMethods(), "tuple": {"index": listIndex, "count": listCount}, "dict": dictMethods()}
}

func (f *frame) method(of Value, name string) (Value, bool, error) {
	kind := typeName(of)
	if kind == "Markup" {
		kind = "str"
	}
	if m, ok := f.env.methods[kind][name]; ok {
		frame := f
		return &Func{name, func(_ *state, a args) (Value, error) { return m.on(frame, of, a) }}, true, nil
	}
	if slices.Contains(strings.Fields(pythonMethods[kind]), name) {
		return nil, false, unsupported("%s.%s is not known here", kind, name)
	}
	return nil, false, nil
}

// on calls the method. One of a marked text escapes what it is given, and gives
// a marked text.
func (m method) on(f *frame, of Value, a args) (Value, error) {
	text, safe := of.(Markup)
	if !safe {
		return m(f, of, a)
	}
	for i, v := range a.list {
		a.list[i] = escaped(v)
	}
	v, err := m(f, string(text), a)
	switch v := v.(type) {
	case string:
		return Markup(v), err
	case *List:
		for i, x := range v.Items {
			if s, ok := x.(string); ok {
				v.Items[i] = Markup(s)
			}
		}
	}
	return v, err
}

// escaped is a text to be put into a marked one.
func escaped(v Value) Value {
	if s, ok := v.(string); ok {
		return string(escape(s))
	}
	return v
}

func escape(s string) Markup {
	return Markup(strings.NewReplacer("&", "&amp;", ">", "&gt;", "<", "&lt;", "'", "&#39;", `"`, "&#34;").Replace(s))
}
