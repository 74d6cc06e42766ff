package jinja

import (
	"slices"
	"strings"
	"unicode/utf8"
)

func parting(name string, find func(s, part string) int, last bool) method {
	return func(_ *frame, of Value, a args) (Value, error) {
		p, err := texts(name, a, 1, 1)
		if err != nil {
			return nil, err
		}
		if p[0] == "" {
			return nil, runtime("empty separator")
		}
		s, _ := asText(of)
		i := find(s, p[0])
		switch {
		case i >= 0:
			return Tuple{s[:i], p[0], s[i+len(p[0]):]}, nil
		case last:
			return Tuple{"", "", s}, nil
		}
		return Tuple{s, "", ""}, nil
	}
}

func splitting(right bool) method {
	return func(_ *frame, of Value, a args) (Value, error) {
		p, err := a.with("split", "sep", "maxsplit")
		if err != nil {
			return nil, err
		}
		most := int64(-1)
		if v, given := p["maxsplit"]; given {
			var ok bool
			if most, ok = asInt(v); !ok {
				return nil, runtime("'%s' object cannot be interpreted as an integer", typeName(v))
			}
		}
		s, _ := asText(of)
		var parts []string
		if sep := p["sep"]; sep == nil {
			parts = splitBlank(s, int(most), right)
		} else {
			by, ok := asText(sep)
			switch {
			case !ok:
				return nil, runtime("must be str or None, not %s", typeName(sep))
			case by == "":
				return nil, runtime("empty separator")
			}
			parts = splitBy(s, by, int(most), right)
		}
		l := &List{}
		for _, part := range parts {
			l.Items = append(l.Items, part)
		}
		return l, nil
	}
}

func splitBy(s, by string, most int, right bool) []string {
	if most < 0 {
		return strings.Split(s, by)
	}
	if !right {
		return strings.SplitN(s, by, most+1)
	}
	var parts []string
	for ; most > 0; most-- {
		i := strings.LastIndex(s, by)
		if i < 0 {
			break
		}
		parts = append(parts, s[i+len(by):])
		s = s[:i]
	}
	parts = append(parts, s)
	slices.Reverse(parts)
	return parts
}

func splitBlank(s string, most int, right bool) []string {
	if most < 0 {
		return strings.FieldsFunc(s, isSpace)
	}
	var parts []string
	for ; ; most-- {
		if right {
			s = strings.TrimRightFunc(s, isSpace)
		} else {
			s = strings.TrimLeftFunc(s, isSpace)
		}
		if s == "" {
			break
		}
		i := strings.IndexFunc(s, isSpace)
		if right {
			i = strings.LastIndexFunc(s, isSpace)
		}
		if most == 0 || i < 0 {
			parts = append(parts, s)
			break
		}
		if right {
			_, n := utf8.DecodeRuneInString(s[i:])
			parts, s = append(parts, s[i+n:]), s[:i]
		} else {
			parts, s = append(parts, s[:i]), s[i:]
		}
	}
	if right {
		slices.Reverse(parts)
	}
	return parts
}

// lines is str.splitlines.
func lines(s string, keep bool) []string {
	var out []string
	for s != "" {
		i := strings.IndexFunc(s, func(r rune) bool {
			return strings.ContainsRune("\n\r\v\f\x1c\x1d\x1e\u0085\u2028\u2029", r)
		})
		if i < 0 {
			return append(out, s)
		}
		_, n := utf8.DecodeRuneInString(s[i:])
		if strings.HasPrefix(s[i:], "\r\n") {
			n = 2
		}
		if keep {
			out = append(out, s[:i+n])
		} else {
			out = append(out, s[:i])
		}
		s = s[i+n:]
	}
	return out
}

func textLines(_ *frame, of Value, a args) (Value, error) {
	p, err := a.with("splitlines", "keepends")
	if err != nil {
		return nil, err
	}
	s, _ := asText(of)
	l := &List{}
	for _, line := range lines(s, Truth(p["keepends"])) {
		l.Items = append(l.Items, line)
	}
	return l, nil
}
