package jinja

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/language"
)

// simple makes a method of a text that takes nothing.
func simple(do func(string) Value) method {
	return func(_ *frame, of Value, a args) (Value, error) {
		if len(a.list)+len(a.names) > 0 {
			return nil, runtime("it takes no arguments")
		}
		s, _ := asText(of)
		return do(s), nil
	}
}

// every reports whether a text is not empty and all its characters fit.
func every(fits func(rune) bool) method {
	return simple(func(s string) Value {
		return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return !fits(r) })
	})
}

func alnum(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }

func decimal(r rune) bool { return unicode.Is(unicode.Nd, r) }

// cased is str.islower and str.isupper: no character of the other case, and at
// least one of this.
func cased(is, not func(rune) bool) method {
	return simple(func(s string) Value {
		return strings.ContainsFunc(s, is) && !strings.ContainsFunc(s, not) && !strings.ContainsFunc(s, unicode.IsTitle)
	})
}

func upper(s string) string {
	if ascii(s) {
		return strings.ToUpper(s)
	}
	return cases.Upper(language.Und).String(s)
}

func lower(s string) string {
	if ascii(s) {
		return strings.ToLower(s)
	}
	return cases.Lower(language.Und, cases.HandleFinalSigma(true)).String(s)
}

func ascii(s string) bool { return !strings.ContainsFunc(s, func(r rune) bool { return r > 127 }) }

func capitalize(s string) string {
	if s == "" {
		return ""
	}
	_, n := utf8.DecodeRuneInString(s)
	return titled(s[:n]) + lower(s[n:])
}

// titled is one character in title case.
func titled(s string) string {
	if ascii(s) {
		return strings.ToUpper(s)
	}
	return cases.Title(language.Und, cases.NoLower).String(s)
}

// title is str.title: each run of cased characters begins with a capital.
func title(s string) string {
	var b strings.Builder
	inside := false
	for _, r := range s {
		letter := unicode.IsLetter(r) || unicode.Is(unicode.Other_Lowercase, r)
		switch {
		case letter && !inside:
			b.WriteString(titled(string(r)))
		case letter:
			b.WriteString(lower(string(r)))
		default:
			b.WriteRune(r)
		}
		inside = letter && (unicode.IsUpper(r) || unicode.IsLower(r) || unicode.IsTitle(r) || unicode.Is(unicode.Other_Lowercase, r))
	}
	return b.String()
}

func swapcase(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsUpper(r) {
			return unicode.ToLower(r)
		}
		return unicode.ToUpper(r)
	}, s)
}

// trimming is strip, lstrip and rstrip.
func trimming(left, right bool) method {
	return func(_ *frame, of Value, a args) (Value, error) {
		p, err := a.with("strip", "chars")
		if err != nil {
			return nil, err
		}
		s, _ := asText(of)
		cut := isSpace
		if chars, given := p["chars"]; given && chars != nil {
			set, ok := asText(chars)
			if !ok {
				return nil, runtime("strip arg must be None or str")
			}
			cut = func(r rune) bool { return strings.ContainsRune(set, r) }
		}
		if left {
			s = strings.TrimLeftFunc(s, cut)
		}
		if right {
			s = strings.TrimRightFunc(s, cut)
		}
		return s, nil
	}
}

// texts takes the arguments as texts.
func texts(what string, a args, least, most int) ([]string, error) {
	if len(a.names) > 0 || len(a.list) < least || len(a.list) > most {
		return nil, runtime("%s takes %d to %d arguments", what, least, most)
	}
	out := make([]string, len(a.list))
	for i, v := range a.list {
		s, ok := asText(v)
		if !ok {
			if u, missing := v.(*Undefined); missing {
				return nil, u.err()
			}
			return nil, runtime("%s takes a str, not %s", what, typeName(v))
		}
		out[i] = s
	}
	return out, nil
}

func affix(name string, has func(s, part string) bool) method {
	return func(_ *frame, of Value, a args) (Value, error) {
		s, _ := asText(of)
		if len(a.list) == 1 {
			if t, ok := a.list[0].(Tuple); ok {
				a = args{list: t}
				for _, part := range a.list {
					text, ok := asText(part)
					if !ok {
						return nil, runtime("%s takes texts", name)
					}
					if has(s, text) {
						return true, nil
					}
				}
				return false, nil
			}
		}
		if len(a.list) > 1 {
			return nil, unsupported("str.%s with places", name)
		}
		p, err := texts(name, a, 1, 1)
		if err != nil {
			return nil, err
		}
		return has(s, p[0]), nil
	}
}

func cutting(name string, cut func(s, part string) string) method {
	return func(_ *frame, of Value, a args) (Value, error) {
		p, err := texts(name, a, 1, 1)
		if err != nil {
			return nil, err
		}
		s, _ := asText(of)
		return cut(s, p[0]), nil
	}
}

// finding is find, rfind, index and rindex; places are characters.
func finding(name string, find func(s, part string) int, must bool) method {
	return func(_ *frame, of Value, a args) (Value, error) {
		if len(a.list) > 1 {
			return nil, unsupported("str.%s with places", name)
		}
		p, err := texts(name, a, 1, 1)
		if err != nil {
			return nil, err
		}
		s, _ := asText(of)
		i := find(s, p[0])
		if i < 0 && must {
			return nil, runtime("substring not found")
		}
		if i > 0 {
			i = utf8.RuneCountInString(s[:i])
		}
		return int64(i), nil
	}
}

// padding is center, ljust and rjust: left and right say where it may go.
func padding(name string, left, right bool) method {
	return func(f *frame, of Value, a args) (Value, error) {
		if len(a.list) < 1 || len(a.list) > 2 || len(a.names) > 0 {
			return nil, runtime("%s takes a width and a character", name)
		}
		width, ok := asInt(a.list[0])
		fill := " "
		if len(a.list) == 2 {
			fill, _ = asText(a.list[1])
		}
		if !ok || utf8.RuneCountInString(fill) != 1 {
			return nil, runtime("%s takes a width and a character", name)
		}
		s, _ := asText(of)
		return f.pad(s, int(width), fill, left, right)
	}
}

func (f *frame) pad(s string, width int, fill string, left, right bool) (Value, error) {
	n := width - utf8.RuneCountInString(s)
	if n <= 0 {
		return s, nil
	}
	if err := f.room(n * len(fill)); err != nil {
		return nil, err
	}
	before := 0
	switch {
	case left && right:
		before = n/2 + (n & width & 1) // as str.center has it
	case left:
		before = n
	}
	return strings.Repeat(fill, before) + s + strings.Repeat(fill, n-before), nil
}

func textMethods() map[string]method {
	return map[string]method{
		"lower": simple(func(s string) Value { return lower(s) }), "upper": simple(func(s string) Value { return upper(s) }),
		"title": simple(func(s string) Value { return title(s) }), "capitalize": simple(func(s string) Value { return capitalize(s) }),
		"swapcase": simple(func(s string) Value { return swapcase(s) }), "casefold": simple(func(s string) Value { return cases.Fold().String(s) }),
		"strip": trimming(true, true), "lstrip": trimming(true, false), "rstrip": trimming(false, true),
		"startswith": affix("startswith", strings.HasPrefix), "endswith": affix("endswith", strings.HasSuffix),
		"removeprefix": cutting("removeprefix", strings.TrimPrefix), "removesuffix": cutting("removesuffix", strings.TrimSuffix),
		"find": finding("find", strings.Index, false), "rfind": finding("rfind", strings.LastIndex, false),
		"index": finding("index", strings.Index, true), "rindex": finding("rindex", strings.LastIndex, true),
		"partition": parting("partition", strings.Index, false), "rpartition": parting("rpartition", strings.LastIndex, true),
		"center": padding("center", true, true), "ljust": padding("ljust", false, true), "rjust": padding("rjust", true, false),
		"split": splitting(false), "rsplit": splitting(true),
		"isalnum": every(alnum), "isalpha": every(unicode.IsLetter), "isdecimal": every(decimal), "isspace": every(isSpace),
		"isdigit": every(func(r rune) bool { return decimal(r) || r >= '²' && r <= '³' || r == '¹' }),
		"islower": cased(unicode.IsLower, unicode.IsUpper), "isupper": cased(unicode.IsUpper, unicode.IsLower),
		"isascii":      simple(func(s string) Value { return ascii(s) }),
		"isidentifier": simple(func(s string) Value { return s != "" && reName().FindString(s) == s }),
		"istitle":      simple(func(s string) Value { return s == title(s) && strings.ContainsFunc(s, unicode.IsLetter) }),
		"replace":      textReplace, "count": textCount, "join": textJoin, "splitlines": textLines, "zfill": textFill,
		"format": textFormat, "format_map": textFormatMap, "expandtabs": textTabs,
	}
}

func textReplace(f *frame, of Value, a args) (Value, error) {
	most := -1
	if len(a.list) == 3 {
		n, ok := asInt(a.list[2])
		if !ok {
			return nil, runtime("replace takes a number of times")
		}
		most, a.list = int(n), a.list[:2]
	}
	p, err := texts("replace", a, 2, 2)
	if err != nil {
		return nil, err
	}
	s, _ := asText(of)
	return f.replace(s, p[0], p[1], most)
}

func (f *frame) replace(s, old, by string, most int) (Value, error) {
	n := strings.Count(s, old)
	if most >= 0 {
		n = min(n, most)
	}
	if err := f.room(len(s) + n*max(0, len(by)-len(old))); err != nil {
		return nil, err
	}
	return strings.Replace(s, old, by, most), nil
}

func textCount(_ *frame, of Value, a args) (Value, error) {
	p, err := texts("count", a, 1, 1)
	if err != nil {
		return nil, err
	}
	s, _ := asText(of)
	return int64(strings.Count(s, p[0])), nil
}

func textJoin(f *frame, of Value, a args) (Value, error) {
	if len(a.list) != 1 {
		return nil, runtime("join takes one list")
	}
	items, err := f.list(a.list[0])
	if err != nil {
		return nil, err
	}
	parts, err := texts("join", args{list: items}, 0, len(items))
	if err != nil {
		return nil, err
	}
	s, _ := asText(of)
	out := strings.Join(parts, s)
	return out, f.room(len(out))
}

func textFill(f *frame, of Value, a args) (Value, error) {
	if len(a.list) != 1 || len(a.names) > 0 {
		return nil, runtime("zfill takes a width")
	}
	width, ok := asInt(a.list[0])
	if !ok {
		return nil, runtime("zfill takes a width")
	}
	s, _ := asText(of)
	sign := ""
	if s != "" && (s[0] == '-' || s[0] == '+') {
		sign, s = s[:1], s[1:]
	}
	v, err := f.pad(s, int(width)-len(sign), "0", true, false)
	if err != nil {
		return nil, err
	}
	return sign + v.(string), nil
}

func textTabs(f *frame, of Value, a args) (Value, error) {
	p, err := a.with("expandtabs", "tabsize")
	if err != nil {
		return nil, err
	}
	size := int64(8)
	if v, given := p["tabsize"]; given {
		size, _ = asInt(v)
	}
	s, _ := asText(of)
	if err := f.room(len(s) * int(max(size, 1))); err != nil {
		return nil, err
	}
	var b strings.Builder
	column := int64(0)
	for _, r := range s {
		switch r {
		case '\t':
			if size > 0 {
				n := size - column%size
				b.WriteString(strings.Repeat(" ", int(n)))
				column += n
			}
			continue
		case '\n', '\r':
			column = -1
		}
		b.WriteRune(r)
		column++
	}
	return b.String(), nil
}
