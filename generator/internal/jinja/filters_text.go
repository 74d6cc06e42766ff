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
		if text, ok := v.(string); ok {
			return markedAs(of, text), nil
		}
		return v, nil
	}
}

func marked(v Value) bool { _, ok := v.(Markup); return ok }

// markedAs is a text made of another value: it is marked where that was.
func markedAs(of Value, text string) Value {
	if marked(of) {
		return Markup(text)
	}
	return text
}

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
	width, err := p.whole("center", "width", 80)
	if err != nil {
		return nil, err
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

func filterIndent(f *frame, of Value, a args) (Value, error) {
	p, err := a.with("indent", "width", "first", "blank")
	if err != nil {
		return nil, err
	}
	by, err := f.indentation(p)
	if err != nil {
		return nil, err
	}
	s, err := f.plain(of)
	if err != nil {
		return nil, err
	}
	if err := f.room(len(s) + (strings.Count(s, "\n")+1)*len(by)); err != nil {
		return nil, err
	}
	all := lines(s+"\n", false)
	out := indented(all, by)
	if Truth(p["blank"]) {
		out = strings.Join(all, "\n"+by)
	}
	if Truth(p["first"]) {
		out = by + out
	}
	return markedAs(of, out), nil
}

// indentation is what stands before an indented line: a text, or a number of
// blanks.
func (f *frame) indentation(p params) (string, error) {
	if by, ok := p["width"].(string); ok {
		return by, nil
	}
	n, err := p.wholeOrNone("indent", "width", 4)
	if err != nil {
		return "", err
	}
	if err := f.room(n); err != nil {
		return "", err
	}
	return strings.Repeat(" ", n), nil
}

// indented joins lines, with an indentation before those behind the first that
// are not empty.
func indented(all []string, by string) string {
	out := all[0]
	for _, line := range all[1:] {
		out += "\n"
		if line != "" {
			out += by + line
		}
	}
	return out
}

func filterPprint(_ *frame, of Value, _ args) (Value, error) {
	text, err := Repr(of)
	if err == nil && len(text) > 80 {
		err = unsupported("pprint of more than 80 characters")
	}
	if d, ok := of.(*Dict); ok && err == nil {
		items := d.items()
		if err = sortBy(items, d.Keys(), false); err != nil {
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
	most, err := p.wholeOrNone("replace", "count", -1)
	if err != nil {
		return nil, err
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
	return markedAs(of, strings.TrimFunc(s, cut)), nil
}

func filterTruncate(f *frame, of Value, a args) (Value, error) {
	p, err := a.with("truncate", "length", "killwords", "end", "leeway")
	if err != nil {
		return nil, err
	}
	length, err := p.whole("truncate", "length", 255)
	if err != nil {
		return nil, err
	}
	leeway, err := p.wholeOrNone("truncate", "leeway", 5)
	if err != nil {
		return nil, err
	}
	end := "..."
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
	if i := strings.LastIndexByte(cut, ' '); i >= 0 && !Truth(p["killwords"]) {
		cut = cut[:i]
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
		part, err := f.xmlAttribute(k, v)
		if err != nil {
			return nil, err
		}
		parts = append(parts, part)
	}
	out := strings.Join(parts, " ")
	if out != "" && p.is("autospace", true) {
		out = " " + out
	}
	return f.marked(out), nil
}

func (f *frame) xmlAttribute(k, v Value) (string, error) {
	key, err := f.plain(k)
	if err != nil {
		return "", err
	}
	if strings.ContainsAny(key, " \t\n\f\v\r/>=") {
		return "", runtime("invalid character in attribute name: %q", key)
	}
	text, err := f.plain(v)
	if err != nil {
		return "", err
	}
	if !marked(v) {
		text = string(escape(text))
	}
	return string(escape(key)) + `="` + text + `"`, nil
}
