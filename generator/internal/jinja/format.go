package jinja

import (
	"math/big"
	"strconv"
	"strings"
	"unicode/utf8"

	"scaffold/generator/internal/late"
)

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
	if err := f.room(s.precision + 1); err != nil {
		return "", err
	}
	text, prefix, err := numberText(v, s)
	if err != nil {
		return "", err
	}
	sign := ""
	if strings.HasPrefix(text, "-") {
		sign, text = "-", text[1:]
	} else if s.sign == "+" || s.sign == " " {
		sign = s.sign
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
	return f.align(sign+prefix, text, s)
}

// numberText writes a number without its width; the prefix says its base, where
// the format asks for that.
func numberText(v Value, s formatSpec) (text, prefix string, err error) {
	switch s.kind {
	case "", "d", "n", "x", "X", "o", "b":
		if x, ok := v.(float64); ok {
			text, err = plainFloat(x, s)
			return text, "", err
		}
		b, _ := asBig(v)
		return wholeText(b, s)
	case "f", "F", "e", "E", "g", "G", "%":
		x, _ := asFloat(v)
		return floatFormat(x, s), "", nil
	case "c":
		return "", "", unsupported("the format c")
	}
	return "", "", runtime("unknown format code %q", s.kind)
}

// bases are the formats of whole numbers that are not decimal.
var bases = map[string]struct {
	base   int
	prefix string
}{"x": {16, "0x"}, "X": {16, "0X"}, "o": {8, "0o"}, "b": {2, "0b"}}

func wholeText(b *big.Int, s formatSpec) (text, prefix string, err error) {
	if s.precision >= 0 && s.kind == "d" {
		return "", "", unsupported("a whole number with a precision")
	}
	in, ok := bases[s.kind]
	if !ok {
		return b.String(), "", nil
	}
	text = b.Text(in.base)
	if s.kind == "X" {
		text = strings.ToUpper(text)
	}
	if s.alt {
		prefix = in.prefix
	}
	return text, prefix, nil
}

// plainFloat writes a float where no format of floats is named.
func plainFloat(x float64, s formatSpec) (string, error) {
	if s.kind != "" {
		return "", runtime("unknown format code %q for a float", s.kind)
	}
	if s.precision < 0 {
		return floatText(x), nil
	}
	text := general(x, s.precision, s.alt)
	if !strings.ContainsAny(text, ".en") {
		text += ".0"
	}
	return text, nil
}

func floatFormat(x float64, s formatSpec) string {
	if s.precision < 0 {
		s.precision = 6
	}
	switch s.kind {
	case "%":
		return strconv.FormatFloat(x*100, 'f', s.precision, 64) + "%"
	case "g":
		return general(x, s.precision, s.alt)
	case "G":
		return strings.ToUpper(general(x, s.precision, s.alt))
	case "F", "E":
		return strings.ToUpper(strconv.FormatFloat(x, strings.ToLower(s.kind)[0], s.precision, 64))
	}
	return strconv.FormatFloat(x, s.kind[0], s.precision, 64)
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
