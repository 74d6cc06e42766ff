package jinja

import (
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf8"

	"scaffold/generator/internal/late"
)

var percentSpec = late.Pattern(`^(?:\(([^)]*)\))?([-+ 0#]*)(\*|\d+)?(?:\.(\*|\d+)?)?[hlL]?(.)`)

// percent is Python's text % values.
func (f *frame) percent(text string, values Value) (Value, error) {
	var queue []Value
	mapping, _ := values.(*Dict)
	if t, ok := values.(Tuple); ok {
		queue = t
	} else {
		queue = []Value{values}
	}
	used := 0
	take := func() (Value, error) {
		if used >= len(queue) {
			return nil, runtime("not enough arguments for format string")
		}
		used++
		return queue[used-1], nil
	}
	var b strings.Builder
	for {
		i := strings.IndexByte(text, '%')
		if i < 0 {
			break
		}
		b.WriteString(text[:i])
		text = text[i+1:]
		m := percentSpec().FindStringSubmatch(text)
		if m == nil {
			return nil, runtime("incomplete format")
		}
		text = text[len(m[0]):]
		if m[5] == "%" {
			b.WriteByte('%')
			continue
		}
		if m[3] == "*" || m[4] == "*" {
			return nil, unsupported("a %% format with a width from the values")
		}
		var v Value
		var err error
		if strings.HasPrefix(m[0], "(") {
			if mapping == nil {
				return nil, runtime("format requires a mapping")
			}
			used = len(queue)
			var ok bool
			if v, ok = mapping.Get(m[1]); !ok {
				return nil, runtime("the mapping has no %q", m[1])
			}
		} else if v, err = take(); err != nil {
			return nil, err
		}
		spec := formatSpec{fill: " ", precision: -1, kind: m[5], alt: strings.Contains(m[2], "#"), align: ">"}
		if strings.Contains(m[2], "+") {
			spec.sign = "+"
		} else if strings.Contains(m[2], " ") {
			spec.sign = " "
		}
		if strings.Contains(m[2], "-") {
			spec.align = "<"
		} else if strings.Contains(m[2], "0") {
			spec.fill, spec.align = "0", "="
		}
		spec.width, _ = strconv.Atoi(m[3])
		if strings.Contains(m[0], ".") && !strings.HasPrefix(m[0], "(") || m[4] != "" {
			spec.precision, _ = strconv.Atoi(m[4])
		}
		part, err := f.percentOne(v, spec)
		if err != nil {
			return nil, err
		}
		b.WriteString(part)
	}
	b.WriteString(text)
	if used < len(queue) && mapping == nil {
		if t, ok := values.(Tuple); ok && len(t) == 0 {
			return b.String(), nil
		}
		return nil, runtime("not all arguments converted during string formatting")
	}
	return b.String(), f.room(b.Len())
}

func (f *frame) percentOne(v Value, s formatSpec) (string, error) {
	if u, ok := v.(*Undefined); ok && (u.strict || s.kind != "s") {
		return "", u.err()
	}
	switch s.kind {
	case "s", "r":
		text, err := f.plain(v)
		if s.kind == "r" {
			text, err = Repr(v)
		}
		if s.fill == "0" {
			s.fill, s.align = " ", ">"
		}
		s.kind, s.sign = "s", ""
		if err != nil {
			return "", err
		}
		return f.formatText(text, s)
	case "d", "i", "u":
		if x, ok := v.(float64); ok {
			b, _ := big.NewFloat(math.Trunc(x)).Int(nil)
			v = normal(b)
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

// A formatSpec is Python's [[fill]align][sign][#][0][width][,][.precision][type].
type formatSpec struct {
	fill, align, sign string
	alt               bool
	width             int
	comma             string
	precision         int // -1: none
	kind              string
}

var specPattern = late.Pattern(`^(?:(.)?([<>=^]))?([-+ ])?(z)?(#)?(0)?(\d+)?([,_])?(?:\.(\d+))?([a-zA-Z%])?$`)

func parseSpec(text string) (formatSpec, error) {
	m := specPattern().FindStringSubmatch(text)
	if m == nil {
		return formatSpec{}, runtime("invalid format specifier %q", text)
	}
	s := formatSpec{fill: m[1], align: m[2], sign: m[3], alt: m[5] != "", comma: m[8], precision: -1, kind: m[10]}
	if m[6] != "" && s.align == "" {
		s.align = "="
		if s.fill == "" {
			s.fill = "0"
		}
	}
	if s.fill == "" {
		s.fill = " "
	}
	s.width, _ = strconv.Atoi(m[7])
	if m[9] != "" {
		s.precision, _ = strconv.Atoi(m[9])
	}
	return s, nil
}

// formatValue is Python's format(v, spec).
func (f *frame) formatValue(v Value, text string) (string, error) {
	if text == "" {
		return f.plain(v)
	}
	if u, ok := v.(*Undefined); ok {
		return "", unsupported("formatting what is undefined: %s", u.message)
	}
	s, err := parseSpec(text)
	if err != nil {
		return "", err
	}
	switch v := v.(type) {
	case string:
		return f.formatText(v, s)
	case int64, *big.Int, float64:
		return f.formatNumber(v, s)
	case bool:
		if s.kind == "" {
			n, _ := asInt(v)
			if s.align == "" && s.width == 0 {
				return f.formatNumber(n, s)
			}
		}
		n, _ := asInt(v)
		return f.formatNumber(n, s)
	}
	return "", runtime("unsupported format string passed to %s.__format__", typeName(v))
}

func (f *frame) formatText(text string, s formatSpec) (string, error) {
	if s.kind != "" && s.kind != "s" {
		return "", runtime("unknown format code %q for a str", s.kind)
	}
	if s.sign != "" || s.align == "=" {
		return "", runtime("a sign or = is not allowed for a str")
	}
	if s.precision >= 0 {
		if r := []rune(text); len(r) > s.precision {
			text = string(r[:s.precision])
		}
	}
	if s.align == "" {
		s.align = "<"
	}
	return f.align("", text, s)
}

func (f *frame) align(sign, text string, s formatSpec) (string, error) {
	n := s.width - utf8.RuneCountInString(sign+text)
	if n <= 0 {
		return sign + text, nil
	}
	if err := f.room(n * len(s.fill)); err != nil {
		return "", err
	}
	pad := func(n int) string { return strings.Repeat(s.fill, n) }
	switch s.align {
	case "<":
		return sign + text + pad(n), nil
	case "^":
		return pad(n/2) + sign + text + pad(n-n/2), nil
	case "=":
		return sign + pad(n) + text, nil
	}
	return pad(n) + sign + text, nil
}

func (f *frame) formatNumber(v Value, s formatSpec) (string, error) {
	text, sign := "", ""
	if err := f.room(s.precision + 1); err != nil {
		return "", err
	}
	b, whole := asBig(v)
	if _, isFloat := v.(float64); isFloat {
		whole = false
	}
	switch s.kind {
	case "", "d", "n", "x", "X", "o", "b":
		if !whole {
			if s.kind != "" {
				return "", runtime("unknown format code %q for a float", s.kind)
			}
			text = floatText(v.(float64))
			if s.precision >= 0 {
				text = general(v.(float64), s.precision, s.alt)
				if !strings.ContainsAny(text, ".en") {
					text += ".0"
				}
			}
			break
		}
		base := map[string]int{"x": 16, "X": 16, "o": 8, "b": 2}[s.kind]
		if base == 0 {
			base = 10
		}
		text = b.Text(base)
		if s.kind == "X" {
			text = strings.ToUpper(text)
		}
		if s.precision >= 0 && s.kind == "d" {
			return "", unsupported("a whole number with a precision")
		}
	case "f", "F", "e", "E", "g", "G", "%":
		x, _ := asFloat(v)
		if s.precision < 0 {
			s.precision = 6
		}
		switch s.kind {
		case "%":
			text = strconv.FormatFloat(x*100, 'f', s.precision, 64) + "%"
		case "g", "G":
			text = general(x, s.precision, s.alt)
		default:
			text = strconv.FormatFloat(x, strings.ToLower(s.kind)[0], s.precision, 64)
		}
		if strings.ToUpper(s.kind) == s.kind && s.kind != "%" {
			text = strings.ToUpper(text)
		}
	case "c":
		return "", unsupported("the format c")
	default:
		return "", runtime("unknown format code %q", s.kind)
	}
	if strings.HasPrefix(text, "-") {
		sign, text = "-", text[1:]
	} else if s.sign == "+" || s.sign == " " {
		sign = s.sign
	}
	if s.alt && whole {
		sign += map[string]string{"x": "0x", "X": "0X", "o": "0o", "b": "0b"}[s.kind]
	}
	if s.comma != "" {
		if s.fill == "0" && s.align == "=" && s.width > 0 {
			return "", unsupported("a number with separators and zeros before it")
		}
		text = grouped(text, s.comma)
	}
	if s.align == "" {
		s.align = ">"
	}
	return f.align(sign, text, s)
}

// general is the format g.
func general(x float64, precision int, alt bool) string {
	if precision == 0 {
		precision = 1
	}
	e := strconv.FormatFloat(x, 'e', precision-1, 64)
	exp, _ := strconv.Atoi(e[strings.IndexByte(e, 'e')+1:])
	text := e
	if exp >= -4 && exp < precision {
		text = strconv.FormatFloat(x, 'f', precision-1-exp, 64)
	}
	if alt || !strings.Contains(text, ".") {
		return text
	}
	mantissa, tail, _ := strings.Cut(text, "e")
	mantissa = strings.TrimRight(strings.TrimRight(mantissa, "0"), ".")
	if tail != "" {
		tail = "e" + tail
	}
	return mantissa + tail
}

func grouped(text, by string) string {
	whole, rest := text, ""
	if i := strings.IndexAny(text, ".e%"); i >= 0 {
		whole, rest = text[:i], text[i:]
	}
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + by + whole[i:]
	}
	return whole + rest
}

func textFormat(f *frame, of Value, a args) (Value, error) {
	text, _ := asText(of)
	next := 0
	out, err := f.braces(text, a, &next, 0)
	return out, err
}

func textFormatMap(f *frame, of Value, a args) (Value, error) {
	v, err := one("format_map", a)
	if err != nil {
		return nil, err
	}
	d, ok := v.(*Dict)
	if !ok {
		return nil, runtime("format_map takes a mapping")
	}
	named := args{named: map[string]Value{}}
	d.Each(func(k, v Value) {
		if name, ok := k.(string); ok {
			named.names = append(named.names, name)
			named.named[name] = v
		}
	})
	return textFormat(f, of, named)
}

// braces is str.format.
func (f *frame) braces(text string, a args, next *int, depth int) (string, error) {
	if depth > 2 {
		return "", runtime("max string recursion exceeded")
	}
	var b strings.Builder
	for text != "" {
		i := strings.IndexAny(text, "{}")
		if i < 0 {
			b.WriteString(text)
			break
		}
		b.WriteString(text[:i])
		c := text[i]
		text = text[i+1:]
		if strings.HasPrefix(text, string(c)) {
			b.WriteByte(c)
			text = text[1:]
			continue
		}
		if c == '}' {
			return "", runtime("single '}' encountered in format string")
		}
		end, level := -1, 1
		for j := 0; j < len(text); j++ {
			if text[j] == '{' {
				level++
			} else if text[j] == '}' {
				if level--; level == 0 {
					end = j
					break
				}
			}
		}
		if end < 0 {
			return "", runtime("expected '}' before end of string")
		}
		part, err := f.field(text[:end], a, next, depth)
		if err != nil {
			return "", err
		}
		b.WriteString(part)
		text = text[end+1:]
	}
	return b.String(), f.room(b.Len())
}

var fieldPart = late.Pattern(`^(?:\.([^.\[]+)|\[([^\]]*)\])`)

func (f *frame) field(text string, a args, next *int, depth int) (string, error) {
	name, spec, _ := strings.Cut(text, ":")
	name, conversion, converted := strings.Cut(name, "!")
	head := name
	if i := strings.IndexAny(name, ".["); i >= 0 {
		head = name[:i]
	}
	rest := name[len(head):]
	v, err := fieldValue(head, a, next)
	if err != nil {
		return "", err
	}
	for rest != "" {
		m := fieldPart().FindStringSubmatch(rest)
		if m == nil {
			return "", runtime("the field %q cannot be read", name)
		}
		rest = rest[len(m[0]):]
		if m[1] != "" {
			if strings.HasPrefix(m[1], "_") {
				return "", unsupported("%s in a format is a part of Python itself", m[1])
			}
			own, ok, err := f.ownAttr(v, m[1])
			if err != nil || !ok {
				return "", runtime("'%s' object has no attribute '%s'", typeName(v), m[1])
			}
			v = own
			continue
		}
		var key Value = m[2]
		if n, err := strconv.ParseInt(m[2], 10, 64); err == nil {
			key = n
		}
		if v, err = f.item(v, key); err != nil {
			return "", err
		}
		if u, ok := v.(*Undefined); ok {
			return "", u.err()
		}
	}
	if spec, err = f.braces(spec, a, next, depth+1); err != nil {
		return "", err
	}
	if converted {
		text := ""
		switch conversion {
		case "r":
			text, err = Repr(v)
		case "s":
			text, err = f.plain(v)
		default:
			err = unsupported("the conversion !%s", conversion)
		}
		if err != nil {
			return "", err
		}
		v = text
	}
	return f.formatValue(v, spec)
}

func fieldValue(head string, a args, next *int) (Value, error) {
	if head == "" {
		head = strconv.Itoa(*next)
		*next++
	}
	if n, err := strconv.Atoi(head); err == nil {
		if n >= len(a.list) {
			return nil, runtime("replacement index %d out of range for positional args tuple", n)
		}
		return a.list[n], nil
	}
	v, ok := a.named[head]
	if !ok {
		return nil, runtime("the format has no value for %q", head)
	}
	return v, nil
}
