package jinja

import (
	"strconv"
	"strings"

	"scaffold/generator/internal/late"
)

var percentSpec = late.Pattern(`^(?:\(([^)]*)\))?([-+ 0#]*)(\*|\d+)?(?:\.(\*|\d+)?)?[hlL]?(.)`)

// percent is Python's text % values.
func (f *frame) percent(text string, values Value) (Value, error) {
	from := percentValues(values)
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, "%")
		b.WriteString(before)
		if !found {
			break
		}
		m := percentSpec().FindStringSubmatch(rest)
		if m == nil {
			return nil, runtime("incomplete format")
		}
		text = rest[len(m[0]):]
		if m[5] == "%" {
			b.WriteByte('%')
			continue
		}
		if m[3] == "*" || m[4] == "*" {
			return nil, unsupported("a %% format with a width from the values")
		}
		v, err := from.take(m)
		if err != nil {
			return nil, err
		}
		part, err := f.percentOne(v, percentFormat(m))
		if err != nil {
			return nil, err
		}
		b.WriteString(part)
	}
	if from.left() {
		return nil, runtime("not all arguments converted during string formatting")
	}
	return b.String(), f.room(b.Len())
}

// A percentQueue is where the conversions of a text take their values: one after
// the other, or by their names.
type percentQueue struct {
	values  []Value
	mapping *Dict
	used    int
}

func percentValues(values Value) *percentQueue {
	if t, ok := values.(Tuple); ok {
		return &percentQueue{values: t}
	}
	mapping, _ := values.(*Dict)
	return &percentQueue{values: []Value{values}, mapping: mapping}
}

// take gives the value of one conversion, a match of percentSpec.
func (q *percentQueue) take(m []string) (Value, error) {
	if strings.HasPrefix(m[0], "(") {
		if q.mapping == nil {
			return nil, runtime("format requires a mapping")
		}
		q.used = len(q.values)
		v, ok := q.mapping.Get(m[1])
		if !ok {
			return nil, runtime("the mapping has no %q", m[1])
		}
		return v, nil
	}
	if q.used >= len(q.values) {
		return nil, runtime("not enough arguments for format string")
	}
	q.used++
	return q.values[q.used-1], nil
}

// left reports whether there are values that nothing took; a mapping may be.
func (q *percentQueue) left() bool { return q.used < len(q.values) && q.mapping == nil }

// percentFormat reads a match of percentSpec.
func percentFormat(m []string) formatSpec {
	spec := formatSpec{fill: " ", precision: -1, kind: m[5], alt: strings.Contains(m[2], "#"), align: ">"}
	switch {
	case strings.Contains(m[2], "+"):
		spec.sign = "+"
	case strings.Contains(m[2], " "):
		spec.sign = " "
	}
	switch {
	case strings.Contains(m[2], "-"):
		spec.align = "<"
	case strings.Contains(m[2], "0"):
		spec.fill, spec.align = "0", "="
	}
	spec.width, _ = strconv.Atoi(m[3])
	if strings.Contains(m[0], ".") && !strings.HasPrefix(m[0], "(") || m[4] != "" {
		spec.precision, _ = strconv.Atoi(m[4])
	}
	return spec
}

func (f *frame) percentOne(v Value, s formatSpec) (string, error) {
	if u, ok := v.(*Undefined); ok && (u.strict || s.kind != "s") {
		return "", u.err()
	}
	switch s.kind {
	case "s", "r":
		return f.percentText(v, s)
	case "d", "i", "u":
		if x, ok := v.(float64); ok {
			if v, ok = truncated(x); !ok {
				return "", runtime("cannot convert float %s to integer", floatText(x))
			}
		}
		s.kind = "d"
	case "f", "F", "e", "E", "g", "G":
	case "x", "X", "o":
		if _, ok := asBig(v); !ok {
			return "", runtime("%%%s format: an integer is required, not %s", s.kind, typeName(v))
		}
	default:
		return "", unsupported("the %% format %q", s.kind)
	}
	if !number(v) {
		return "", runtime("%%%s format: a real number is required, not %s", s.kind, typeName(v))
	}
	return f.formatNumber(v, s)
}

func (f *frame) percentText(v Value, s formatSpec) (string, error) {
	text, err := f.plain(v)
	if s.kind == "r" {
		text, err = Repr(v)
	}
	if err != nil {
		return "", err
	}
	if s.fill == "0" {
		s.fill, s.align = " ", ">"
	}
	s.kind, s.sign = "s", ""
	return f.formatText(text, s)
}
