package jinja

import (
	"regexp"
	"strconv"
	"strings"
)

// A pattern is one of Python's, where Go's means the same.
func pattern(source, text string, ignoreCase, multiline bool) (*regexp.Regexp, error) {
	flags := ""
	if ignoreCase {
		flags += "i"
	}
	if multiline {
		flags += "m"
	}
	if !ascii(text) && (ignoreCase || regexp.MustCompile(`\\[wWdDsSbB]`).MatchString(source)) {
		return nil, unsupported("a regular expression with classes over a text that is not ASCII")
	}
	if strings.Contains(source, "$") && strings.HasSuffix(text, "\n") || strings.Contains(source, `\Z`) {
		return nil, unsupported("a regular expression with $ over a text that ends with a new line")
	}
	go1 := source
	if flags != "" {
		go1 = "(?" + flags + ")" + go1
	}
	re, err := regexp.Compile(go1)
	if err != nil {
		return nil, unsupported("the regular expression %q: %v", source, err)
	}
	return re, nil
}

func regexReplace(f *frame, of Value, a args) (Value, error) {
	p, err := a.with("regex_replace", "pattern", "replacement", "ignorecase")
	if err != nil {
		return nil, err
	}
	s, err := f.plain(of)
	if err != nil {
		return nil, err
	}
	source, ok1 := asText(first(p["pattern"], ""))
	by, ok2 := asText(first(p["replacement"], ""))
	if !ok1 || !ok2 {
		return nil, runtime("regex_replace takes texts")
	}
	re, err := pattern(source, s, Truth(p["ignorecase"]), false)
	if err != nil {
		return nil, err
	}
	if re.MatchString("") {
		return nil, unsupported("replacing by a regular expression that matches nothing, too: %q", source)
	}
	var out strings.Builder
	at := 0
	for _, m := range re.FindAllStringSubmatchIndex(s, -1) {
		out.WriteString(s[at:m[0]])
		part, err := expand(re, by, s, m)
		if err != nil {
			return nil, err
		}
		out.WriteString(part)
		at = m[1]
	}
	out.WriteString(s[at:])
	return out.String(), f.room(out.Len())
}

func first(v, instead Value) Value {
	if v == nil {
		return instead
	}
	return v
}

// expand fills the references of a replacement.
func expand(re *regexp.Regexp, by, s string, m []int) (string, error) {
	var failure error
	out := reference().ReplaceAllStringFunc(by, func(ref string) string {
		name := strings.Trim(strings.TrimPrefix(ref, `\`), "g<>")
		if r := ref[1]; r != 'g' && (r < '0' || r > '9') {
			if plain, ok := escapes[r]; ok && r != '\n' && r != '\'' && r != '"' {
				return plain
			}
			failure = runtime("bad escape %s", ref)
			return ""
		}
		n, err := strconv.Atoi(name)
		if err != nil {
			n = re.SubexpIndex(name)
		}
		if n < 0 || 2*n+1 >= len(m) || strings.HasPrefix(name, "0") && name != "0" {
			failure = runtime("invalid group reference %s", ref)
			return ""
		}
		if m[2*n] < 0 {
			return ""
		}
		return s[m[2*n]:m[2*n+1]]
	})
	return out, failure
}

func regexSearch(f *frame, of Value, a args) (Value, error) {
	if len(a.list) == 0 {
		return nil, runtime("regex_search takes a regular expression")
	}
	source, _ := asText(a.list[0])
	s, ok := asText(of)
	if !ok {
		return nil, runtime("expected string or bytes-like object, got '%s'", typeName(of))
	}
	re, err := pattern(source, s, Truth(a.named["ignorecase"]), Truth(a.named["multiline"]))
	if err != nil {
		return nil, err
	}
	m := re.FindStringSubmatchIndex(s)
	if m == nil {
		return nil, nil
	}
	if len(a.list) == 1 {
		return s[m[0]:m[1]], nil
	}
	l := &List{}
	for _, v := range a.list[1:] {
		ref, _ := asText(v)
		text, err := expand(re, ref, s, m)
		if err != nil || !strings.HasPrefix(ref, `\`) {
			return nil, runtime("Unknown argument")
		}
		l.Items = append(l.Items, text)
	}
	return l, nil
}

func regexFind(_ *frame, of Value, a args) (Value, error) {
	p, err := a.with("regex_findall", "regex", "multiline", "ignorecase")
	if err != nil {
		return nil, err
	}
	s, ok1 := asText(of)
	source, ok2 := asText(p["regex"])
	if !ok1 || !ok2 {
		return nil, runtime("regex_findall takes texts")
	}
	re, err := pattern(source, s, Truth(p["ignorecase"]), Truth(p["multiline"]))
	if err != nil {
		return nil, err
	}
	if re.MatchString("") {
		return nil, unsupported("finding by a regular expression that matches nothing, too: %q", source)
	}
	l := &List{}
	for _, m := range re.FindAllStringSubmatch(s, -1) {
		switch len(m) {
		case 1:
			l.Items = append(l.Items, m[0])
		case 2:
			l.Items = append(l.Items, m[1])
		default:
			var t Tuple
			for _, g := range m[1:] {
				t = append(t, g)
			}
			l.Items = append(l.Items, t)
		}
	}
	return l, nil
}

func regexEscape(f *frame, of Value, a args) (Value, error) {
	if len(a.list)+len(a.names) > 0 {
		return nil, unsupported("regex_escape for another kind of expressions")
	}
	s, err := f.plain(of)
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	for _, r := range s {
		if strings.ContainsRune("()[]{}?*+-|^$\\.&~# \t\n\r\v\f", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String(), nil
}
