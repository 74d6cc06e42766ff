package jinja

import (
	"fmt"
	"html"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"scaffold/generator/internal/late"
)

// onText makes a filter of the value's text; what is marked stays so.
func onText(do func(string) Value) filter {
	return func(f *frame, of Value, a args) (Value, error) {
		if len(a.list)+len(a.names) > 0 {
			return nil, runtime("it takes no arguments")
		}
		s, err := f.plain(of)
		if err != nil {
			return nil, err
		}
		v := do(s)
		if text, ok := v.(string); ok && marked(of) {
			return Markup(text), nil
		}
		return v, nil
	}
}

func marked(v Value) bool { _, ok := v.(Markup); return ok }

var wordStart = late.Pattern(`[-\s({\[<]+`)

// titleWords is the filter title, which is another than str.title.
func titleWords(s string) string {
	var b strings.Builder
	word := func(w string) {
		if w != "" {
			_, n := utf8.DecodeRuneInString(w)
			b.WriteString(upper(w[:n]) + lower(w[n:]))
		}
	}
	at := 0
	for _, m := range wordStart().FindAllStringIndex(s, -1) {
		word(s[at:m[0]])
		word(s[m[0]:m[1]])
		at = m[1]
	}
	word(s[at:])
	return b.String()
}

func filterCenter(f *frame, of Value, a args) (Value, error) {
	p, err := a.with("center", "width")
	if err != nil {
		return nil, err
	}
	width := 80
	if v, ok := p["width"]; ok {
		if width, err = number64(v, "center"); err != nil {
			return nil, err
		}
	}
	s, err := f.plain(of)
	if err != nil {
		return nil, err
	}
	return f.pad(s, width, " ", true, true)
}

func filterEscape(f *frame, of Value, _ args) (Value, error) {
	if marked(of) {
		return of, nil
	}
	s, err := f.plain(of)
	return escape(s), err
}

func filterForce(f *frame, of Value, _ args) (Value, error) {
	s, err := f.plain(of)
	return escape(s), err
}

func filterSafe(f *frame, of Value, _ args) (Value, error) {
	s, err := f.plain(of)
	return Markup(s), err
}

func filterString(f *frame, of Value, _ args) (Value, error) {
	if marked(of) {
		return of, nil
	}
	return f.plain(of)
}

func filterFormat(f *frame, of Value, a args) (Value, error) {
	if len(a.list) > 0 && len(a.names) > 0 {
		return nil, runtime("can't handle positional and keyword arguments at the same time")
	}
	s, err := f.plain(of)
	if err != nil {
		return nil, err
	}
	var values Value = Tuple(a.list)
	if len(a.names) > 0 {
		d := &Dict{}
		for _, n := range a.names {
			d.Set(n, a.named[n])
		}
		values = d
	}
	return f.percent(s, values)
}

func (g *group) String() string { return "" }

func filterIndent(f *frame, of Value, a args) (Value, error) {
	p, err := a.with("indent", "width", "first", "blank")
	if err != nil {
		return nil, err
	}
	by := "    "
	switch v := p["width"].(type) {
	case nil:
	case string:
		by = v
	default:
		n, err := number64(v, "indent")
		if err != nil {
			return nil, err
		}
		if err := f.room(n); err != nil {
			return nil, err
		}
		by = strings.Repeat(" ", max(n, 0))
	}
	s, err := f.plain(of)
	if err != nil {
		return nil, err
	}
	if err := f.room(len(s) + (strings.Count(s, "\n")+1)*len(by)); err != nil {
		return nil, err
	}
	s += "\n"
	var out string
	if Truth(p["blank"]) {
		out = strings.Join(lines(s, false), "\n"+by)
	} else {
		all := lines(s, false)
		out = all[0]
		for _, line := range all[1:] {
			out += "\n"
			if line != "" {
				out += by + line
			}
		}
	}
	if Truth(p["first"]) {
		out = by + out
	}
	if marked(of) {
		return Markup(out), nil
	}
	return out, nil
}

func filterPprint(_ *frame, of Value, _ args) (Value, error) {
	text, err := Repr(of)
	if err == nil && len(text) > 80 {
		err = unsupported("pprint of more than 80 characters")
	}
	if _, ok := of.(*Dict); ok && err == nil {
		d := of.(*Dict)
		items := d.items()
		keys := d.Keys()
		if err = sortBy(items, keys, false); err != nil {
			return nil, unsupported("pprint of keys of several types")
		}
		sorted := &Dict{}
		for _, x := range items {
			sorted.Set(x.(Tuple)[0], x.(Tuple)[1])
		}
		text, err = Repr(sorted)
	}
	return text, err
}

func filterReplace(f *frame, of Value, a args) (Value, error) {
	p, err := a.with("replace", "old", "new", "count")
	if err != nil {
		return nil, err
	}
	if _, both := p["new"]; !both {
		return nil, runtime("replace takes the old and the new text")
	}
	most := -1
	if v := p["count"]; v != nil {
		if most, err = number64(v, "replace"); err != nil {
			return nil, err
		}
	}
	var parts [3]string
	for i, v := range []Value{of, p["old"], p["new"]} {
		if parts[i], err = f.plain(v); err != nil {
			return nil, err
		}
	}
	if marked(of) || f.escape && (marked(p["old"]) || marked(p["new"])) {
		return nil, unsupported("replace in a text that is marked as safe")
	}
	return f.replace(parts[0], parts[1], parts[2], most)
}

var (
	commentTag = late.Pattern(`(?s)<!--.*?-->`)
	anyTag     = late.Pattern(`<.*?>`)
)

func filterStrip(f *frame, of Value, _ args) (Value, error) {
	s, err := f.plain(of)
	if err != nil {
		return nil, err
	}
	s = anyTag().ReplaceAllString(commentTag().ReplaceAllString(s, ""), "")
	s = strings.Join(strings.FieldsFunc(s, isSpace), " ")
	s = html.UnescapeString(s)
	return s, nil
}

func filterTrim(f *frame, of Value, a args) (Value, error) {
	p, err := a.with("trim", "chars")
	if err != nil {
		return nil, err
	}
	s, err := f.plain(of)
	if err != nil {
		return nil, err
	}
	cut := isSpace
	if v := p["chars"]; v != nil {
		set, _ := asText(v)
		cut = func(r rune) bool { return strings.ContainsRune(set, r) }
	}
	s = strings.TrimFunc(s, cut)
	if marked(of) {
		return Markup(s), nil
	}
	return s, nil
}

func filterTruncate(f *frame, of Value, a args) (Value, error) {
	p, err := a.with("truncate", "length", "killwords", "end", "leeway")
	if err != nil {
		return nil, err
	}
	length, leeway, end := 255, 5, "..."
	if v, ok := p["length"]; ok {
		if length, err = number64(v, "truncate"); err != nil {
			return nil, err
		}
	}
	if v := p["leeway"]; v != nil {
		if leeway, err = number64(v, "truncate"); err != nil {
			return nil, err
		}
	}
	if v, ok := p["end"]; ok {
		end, _ = asText(v)
	}
	s, err := f.plain(of)
	if err != nil {
		return nil, err
	}
	n := utf8.RuneCountInString(end)
	if length < n || leeway < 0 {
		return nil, runtime("truncate needs a length of at least %d", n)
	}
	r := []rune(s)
	if len(r) <= length+leeway {
		return of, nil
	}
	cut := string(r[:length-n])
	if !Truth(p["killwords"]) {
		if i := strings.LastIndexByte(cut, ' '); i >= 0 {
			cut = cut[:i]
		}
	}
	return cut + end, nil
}

// quoteURL is urllib's quote; a slash may be kept.
func quoteURL(s string, slash bool) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.IndexByte("_.-~", c) >= 0, c == '/' && slash:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

func filterURL(f *frame, of Value, _ args) (Value, error) {
	_, list := of.(*List)
	d, mapping := of.(*Dict)
	if !list && !mapping {
		s, err := f.plain(of)
		return quoteURL(s, true), err
	}
	items := listOf(of)
	if mapping {
		items = d.items()
	}
	parts := make([]string, len(items))
	for i, x := range items {
		pair, err := f.list(x)
		if err != nil || len(pair) != 2 {
			return nil, runtime("urlencode takes pairs")
		}
		k, err := f.plain(pair[0])
		if err != nil {
			return nil, err
		}
		v, err := f.plain(pair[1])
		if err != nil {
			return nil, err
		}
		parts[i] = url.QueryEscape(k) + "=" + url.QueryEscape(v)
	}
	return strings.Join(parts, "&"), nil
}

func filterWords(f *frame, of Value, _ args) (Value, error) {
	s, err := f.plain(of)
	if err != nil {
		return nil, err
	}
	return int64(len(strings.FieldsFunc(s, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsNumber(r) && r != '_'
	}))), nil
}

func filterXML(f *frame, of Value, a args) (Value, error) {
	p, err := a.with("xmlattr", "autospace")
	if err != nil {
		return nil, err
	}
	d, ok := of.(*Dict)
	if !ok {
		return nil, runtime("xmlattr takes a mapping")
	}
	var parts []string
	for i, k := range d.keys {
		v := d.values[i]
		if _, missing := v.(*Undefined); missing || v == nil {
			continue
		}
		key, err := f.plain(k)
		if err != nil {
			return nil, err
		}
		if strings.ContainsAny(key, " \t\n\f\v\r/>=") {
			return nil, runtime("invalid character in attribute name: %q", key)
		}
		text, err := f.plain(v)
		if err != nil {
			return nil, err
		}
		if !marked(v) {
			text = string(escape(text))
		}
		parts = append(parts, string(escape(key))+`="`+text+`"`)
	}
	out := strings.Join(parts, " ")
	if space, given := p["autospace"]; out != "" && (!given || Truth(space)) {
		out = " " + out
	}
	if f.escape {
		return Markup(out), nil
	}
	return out, nil
}
