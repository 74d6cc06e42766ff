package jinja

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/language"
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

func alnum(r rune) bool   { return unicode.IsLetter(r) || unicode.IsNumber(r) }
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

func listMethods() map[string]method {
	return map[string]method{
		"append": listAppend, "extend": listExtend, "insert": listInsert, "pop": listPop, "remove": listRemove,
		"index": listIndex, "count": listCount, "reverse": listReverse, "sort": listSort, "copy": listCopy, "clear": listClear,
	}
}

func dictMethods() map[string]method {
	return map[string]method{
		"get": dictGet, "items": dictView("items"), "keys": dictView("keys"), "values": dictView("values"),
		"pop": dictPop, "setdefault": dictSetDefault, "update": dictUpdate, "copy": dictCopy, "clear": dictClear,
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

func one(what string, a args) (Value, error) {
	if len(a.list) != 1 || len(a.names) > 0 {
		return nil, runtime("%s takes one argument", what)
	}
	return a.list[0], nil
}

func listAppend(f *frame, of Value, a args) (Value, error) {
	v, err := one("append", a)
	if err == nil {
		l := of.(*List)
		l.Items = append(l.Items, v)
		err = f.room(len(l.Items))
	}
	return nil, err
}

func listExtend(f *frame, of Value, a args) (Value, error) {
	v, err := one("extend", a)
	if err != nil {
		return nil, err
	}
	items, err := f.list(v)
	l := of.(*List)
	l.Items = append(l.Items, items...)
	return nil, err
}

func listInsert(_ *frame, of Value, a args) (Value, error) {
	if len(a.list) != 2 {
		return nil, runtime("insert takes a place and a value")
	}
	i, ok := asInt(a.list[0])
	if !ok {
		return nil, runtime("insert takes a place and a value")
	}
	l := of.(*List)
	n := int64(len(l.Items))
	if i < 0 {
		i += n
	}
	l.Items = slices.Insert(l.Items, int(min(max(i, 0), n)), a.list[1])
	return nil, nil
}

func listPop(_ *frame, of Value, a args) (Value, error) {
	l := of.(*List)
	i := int64(-1)
	if len(a.list) > 0 {
		i, _ = asInt(a.list[0])
	}
	if i < 0 {
		i += int64(len(l.Items))
	}
	if i < 0 || i >= int64(len(l.Items)) {
		return nil, runtime("pop index out of range")
	}
	v := l.Items[i]
	l.Items = slices.Delete(l.Items, int(i), int(i)+1)
	return v, nil
}

func itemsOf(of Value) []Value {
	if l, ok := of.(*List); ok {
		return l.Items
	}
	return of.(Tuple)
}

func placeIn(of, v Value) (int, error) {
	for i, x := range itemsOf(of) {
		if same, err := equal(x, v); same || err != nil {
			return i, err
		}
	}
	return -1, nil
}

func listIndex(_ *frame, of Value, a args) (Value, error) {
	v, err := one("index", a)
	if err != nil {
		return nil, err
	}
	i, err := placeIn(of, v)
	if err == nil && i < 0 {
		err = runtime("the value is not in the %s", typeName(of))
	}
	return int64(i), err
}

func listCount(_ *frame, of Value, a args) (Value, error) {
	v, err := one("count", a)
	if err != nil {
		return nil, err
	}
	n := int64(0)
	for _, x := range itemsOf(of) {
		same, err := equal(x, v)
		if err != nil {
			return nil, err
		}
		if same {
			n++
		}
	}
	return n, nil
}

func listRemove(_ *frame, of Value, a args) (Value, error) {
	v, err := one("remove", a)
	if err != nil {
		return nil, err
	}
	i, err := placeIn(of, v)
	if err != nil {
		return nil, err
	}
	if i < 0 {
		return nil, runtime("list.remove(x): x not in list")
	}
	l := of.(*List)
	l.Items = slices.Delete(l.Items, i, i+1)
	return nil, nil
}

func listReverse(_ *frame, of Value, _ args) (Value, error) {
	slices.Reverse(of.(*List).Items)
	return nil, nil
}

func listCopy(_ *frame, of Value, _ args) (Value, error) {
	return &List{slices.Clone(of.(*List).Items)}, nil
}

func listClear(_ *frame, of Value, _ args) (Value, error) {
	of.(*List).Items = nil
	return nil, nil
}

func listSort(_ *frame, of Value, a args) (Value, error) {
	p, err := a.with("sort", "reverse")
	if err != nil {
		return nil, unsupported("list.sort with a key")
	}
	return nil, sortBy(of.(*List).Items, of.(*List).Items, Truth(p["reverse"]))
}

func dictView(kind string) method {
	return func(_ *frame, of Value, a args) (Value, error) {
		if len(a.list)+len(a.names) > 0 {
			return nil, runtime("%s takes no arguments", kind)
		}
		d := of.(*Dict)
		v := &view{kind: kind}
		switch kind {
		case "keys":
			v.items = d.Keys()
		case "values":
			v.items = slices.Clone(d.values)
		default:
			v.items = d.items()
		}
		return v, nil
	}
}

func dictGet(_ *frame, of Value, a args) (Value, error) {
	if len(a.list) < 1 || len(a.list) > 2 || len(a.names) > 0 {
		return nil, runtime("get takes a key and a value for when it is not there")
	}
	if _, err := hash(a.list[0]); err != nil {
		return nil, err
	}
	if v, ok := of.(*Dict).Get(a.list[0]); ok {
		return v, nil
	}
	if len(a.list) == 2 {
		return a.list[1], nil
	}
	return nil, nil
}

func dictPop(f *frame, of Value, a args) (Value, error) {
	v, err := dictGet(f, of, a)
	if err != nil {
		return nil, err
	}
	d := of.(*Dict)
	if _, ok := d.Get(a.list[0]); !ok && len(a.list) == 1 {
		return nil, runtime("the key is not in the dict")
	}
	d.remove(a.list[0])
	return v, nil
}

func dictSetDefault(f *frame, of Value, a args) (Value, error) {
	v, err := dictGet(f, of, a)
	if err != nil {
		return nil, err
	}
	d := of.(*Dict)
	if _, ok := d.Get(a.list[0]); !ok {
		err = d.set(a.list[0], v)
	}
	return v, err
}

func dictUpdate(f *frame, of Value, a args) (Value, error) {
	d := of.(*Dict)
	for _, v := range a.list {
		more, err := f.dict(v)
		if err != nil {
			return nil, err
		}
		more.Each(d.Set)
	}
	for _, n := range a.names {
		d.Set(n, a.named[n])
	}
	return nil, nil
}

// dict is Python's dict(v).
func (f *frame) dict(v Value) (*Dict, error) {
	if d, ok := v.(*Dict); ok {
		return d.copy(), nil
	}
	items, err := f.list(v)
	if err != nil {
		return nil, err
	}
	d := &Dict{}
	for _, x := range items {
		pair, err := f.list(x)
		if err != nil {
			return nil, err
		}
		if len(pair) != 2 {
			return nil, runtime("a dict is made of pairs")
		}
		if err := d.set(pair[0], pair[1]); err != nil {
			return nil, err
		}
	}
	return d, nil
}

func dictCopy(_ *frame, of Value, _ args) (Value, error) { return of.(*Dict).copy(), nil }

func dictClear(_ *frame, of Value, _ args) (Value, error) {
	*of.(*Dict) = Dict{}
	return nil, nil
}
