package jinja

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"math/big"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"scaffold/generator/internal/late"
)

// addAnsible adds the filters of jinja2-ansible-filters, which copier has in
// every template, and copier's own pathjoin. Those that look at the machine, or
// that no template of the sample uses, are refused by their name.
func addAnsible(e *Environment) {
	for name, use := range map[string]filter{
		"to_json": ansibleJSON(nil, false), "to_nice_json": ansibleJSON(int64(4), true), "from_json": ansibleFromJSON,
		"to_yaml": ansibleYAML(false), "to_nice_yaml": ansibleYAML(true), "from_yaml": ansibleFromYAML,
		"b64encode": ansibleEncode, "b64decode": ansibleDecode, "basename": onPath(path.Base), "dirname": onPath(path.Dir),
		"splitext": ansibleSplit, "bool": ansibleBool, "strftime": ansibleTime, "quote": ansibleQuote,
		"md5": hashing("md5"), "sha1": hashing("sha1"), "checksum": hashing("sha1"), "hash": ansibleHash,
		"regex_replace": regexReplace, "regex_search": regexSearch, "regex_findall": regexFind, "regex_escape": regexEscape,
		"ternary": ansibleTernary, "mandatory": ansibleMandatory, "comment": ansibleComment, "type_debug": ansibleType,
		"combine": ansibleCombine, "flatten": ansibleFlatten, "ans_groupby": ansibleGroup, "extract": ansibleExtract,
		"to_uuid": ansibleUUID, "ans_random": ansibleRandom,
	} {
		e.filters[name] = use
	}
	for _, name := range []string{"from_yaml_all", "expanduser", "expandvars", "realpath", "relpath", "win_basename", "win_dirname", "win_splitdrive", "fileglob", "to_datetime", "shuffle", "subelements", "random_mac"} {
		e.filters[name] = func(*frame, Value, args) (Value, error) {
			return nil, unsupported("the filter %s is not known here", name)
		}
	}
	e.globals["pathjoin"] = &Func{"pathjoin", pathJoin}
	e.globals["make_secret"] = &Func{"make_secret", makeSecret}
}

// makeSecret is what copier has in every template, still.
func makeSecret(st *state, _ args) (Value, error) {
	data, err := st.draw("make_secret", 48)
	if err != nil {
		return nil, err
	}
	out, _ := digest("sha512", string(data))
	return out, nil
}

func pathJoin(_ *state, a args) (Value, error) {
	if m, ok := a.named["mode"]; ok && m != "posix" {
		return nil, unsupported("pathjoin in the mode %v", m)
	}
	parts, err := texts("pathjoin", args{list: a.list}, 0, len(a.list))
	if err != nil {
		return nil, err
	}
	out := ""
	for _, p := range parts {
		switch {
		case strings.HasPrefix(p, "/"):
			out = p
		case out == "" || strings.HasSuffix(out, "/"):
			out += p
		default:
			out += "/" + p
		}
	}
	return purePath(out), nil
}

// purePath writes a path as pathlib does: no empty parts and no dots, but ..
// stays.
func purePath(p string) string {
	root := strings.HasPrefix(p, "/")
	parts := slices.DeleteFunc(strings.Split(p, "/"), func(s string) bool { return s == "" || s == "." })
	out := strings.Join(parts, "/")
	switch {
	case root:
		return "/" + out
	case out == "":
		return "."
	}
	return out
}

func ansibleJSON(indent Value, sorted bool) filter {
	return func(f *frame, of Value, a args) (Value, error) {
		p, err := a.with("to_json", "indent", "sort_keys", "ensure_ascii")
		if err != nil || !sorted && len(a.list) > 0 {
			return nil, unsupported("to_json with these arguments")
		}
		by, order, ascii := indent, sorted, true
		if v, ok := p["indent"]; ok {
			by = v
		}
		if v, ok := p["sort_keys"]; ok {
			order = Truth(v)
		}
		if v, ok := p["ensure_ascii"]; ok {
			ascii = Truth(v)
		}
		return f.dumpJSON(of, by, order, ascii)
	}
}

func ansibleFromJSON(f *frame, of Value, _ args) (Value, error) {
	s, ok := asText(of)
	if !ok {
		return nil, runtime("the JSON object must be str, not %s", typeName(of))
	}
	v, err := ReadJSON(s)
	if err != nil {
		return nil, runtime("%v", err)
	}
	return v, nil
}

func ansibleYAML(nice bool) filter {
	return func(f *frame, of Value, a args) (Value, error) {
		indent, flow, sorted := 2, Value(nil), true
		if nice {
			indent, flow = 4, false
		}
		if len(a.list) > 1 || len(a.list) == 1 && !nice {
			return nil, unsupported("to_yaml with these arguments")
		}
		if len(a.list) == 1 {
			a.names, a.named = append([]string{"indent"}, a.names...), map[string]Value{"indent": a.list[0]}
		}
		for _, name := range a.names {
			v := a.named[name]
			switch n, isInt := asInt(v); {
			case name == "indent" && isInt:
				indent = int(n)
			case name == "sort_keys":
				sorted = Truth(v)
			case name == "default_flow_style" && !nice:
				flow = v
			default:
				return nil, unsupported("to_yaml with %s", name)
			}
		}
		return f.dumpYAML(of, indent, flow, sorted)
	}
}

func ansibleFromYAML(_ *frame, of Value, _ args) (Value, error) {
	s, ok := asText(of)
	if !ok {
		return of, nil
	}
	v, err := YAMLReader{}.One(s)
	if err != nil {
		return nil, runtime("%v", err)
	}
	return v, nil
}

func ansibleEncode(f *frame, of Value, _ args) (Value, error) {
	s, err := f.plain(of)
	return base64.StdEncoding.EncodeToString([]byte(s)), err
}

func ansibleDecode(f *frame, of Value, _ args) (Value, error) {
	s, err := f.plain(of)
	if err != nil {
		return nil, err
	}
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil || !utf8.Valid(b) {
		return nil, runtime("this is not base64 of a text")
	}
	return string(b), nil
}

func onPath(do func(string) string) filter {
	return func(f *frame, of Value, _ args) (Value, error) {
		s, err := f.plain(of)
		if err != nil {
			return nil, err
		}
		if s == "" || strings.HasSuffix(s, "/") || strings.Contains(s, "//") || !strings.Contains(s, "/") || strings.Contains(s, "./") {
			return simplePath(s, do("a/b") == "b"), nil
		}
		return do(s), nil
	}
}

// simplePath is os.path.basename or dirname.
func simplePath(s string, base bool) string {
	i := strings.LastIndexByte(s, '/') + 1
	if base {
		return s[i:]
	}
	head := s[:i]
	if strings.Trim(head, "/") != "" {
		head = strings.TrimRight(head, "/")
	}
	return head
}

func ansibleSplit(f *frame, of Value, _ args) (Value, error) {
	s, err := f.plain(of)
	if err != nil {
		return nil, err
	}
	base := strings.LastIndexByte(s, '/') + 1
	if i := strings.LastIndexByte(s, '.'); i > base && strings.Trim(s[base:i], ".") != "" {
		return Tuple{s[:i], s[i:]}, nil
	}
	return Tuple{s, ""}, nil
}

func ansibleBool(_ *frame, of Value, _ args) (Value, error) {
	switch v := of.(type) {
	case nil, bool:
		return v, nil
	case string:
		return slices.Contains([]string{"yes", "on", "1", "true"}, lower(v)), nil
	case *Undefined:
		return false, nil
	}
	return equal(of, int64(1))
}

// ansibleTime is "%Y"|strftime: the time of the run, or of a second.
func ansibleTime(f *frame, of Value, a args) (Value, error) {
	p, err := a.with("strftime", "second")
	if err != nil {
		return nil, err
	}
	s, ok := asText(of)
	if !ok {
		return nil, runtime("strftime() argument 1 must be str, not %s", typeName(of))
	}
	t := f.env.opts.Now.Local()
	if second := p["second"]; second != nil {
		n, err := filterInt(f, second, args{})
		if err != nil {
			return nil, err
		}
		t = time.Unix(n.(int64), 0).Local()
	} else if timeOfDay(s) {
		f.drawn = true
	}
	return strftime(t, s)
}

var shellSafe = late.Pattern(`^[\w@%+=:,./-]+$`)

func ansibleQuote(f *frame, of Value, _ args) (Value, error) {
	s, err := f.plain(of)
	switch {
	case s == "":
		return "''", err
	case shellSafe().MatchString(s):
		return s, err
	}
	return "'" + strings.ReplaceAll(s, "'", `'"'"'`) + "'", err
}

func digest(kind, s string) (string, bool) {
	b := []byte(s)
	switch kind {
	case "md5":
		h := md5.Sum(b)
		return hex.EncodeToString(h[:]), true
	case "sha1":
		h := sha1.Sum(b)
		return hex.EncodeToString(h[:]), true
	case "sha224":
		h := sha256.Sum224(b)
		return hex.EncodeToString(h[:]), true
	case "sha256":
		h := sha256.Sum256(b)
		return hex.EncodeToString(h[:]), true
	case "sha384":
		h := sha512.Sum384(b)
		return hex.EncodeToString(h[:]), true
	case "sha512":
		h := sha512.Sum512(b)
		return hex.EncodeToString(h[:]), true
	}
	return "", false
}

func hashing(kind string) filter {
	return func(f *frame, of Value, _ args) (Value, error) {
		s, err := f.plain(of)
		out, _ := digest(kind, s)
		return out, err
	}
}

func ansibleHash(f *frame, of Value, a args) (Value, error) {
	p, err := a.with("hash", "hashtype")
	if err != nil {
		return nil, err
	}
	kind := "sha1"
	if v, ok := p["hashtype"].(string); ok {
		kind = v
	}
	s, err := f.plain(of)
	if err != nil {
		return nil, err
	}
	out, ok := digest(kind, s)
	if !ok {
		return nil, unsupported("the hash %q", kind)
	}
	return out, nil
}

func ansibleUUID(f *frame, of Value, _ args) (Value, error) {
	s, err := f.plain(of)
	if err != nil {
		return nil, err
	}
	space, _ := hex.DecodeString("20851c88ac15449f9ee774829105da86")
	b := sha1.Sum(append(space, s...))
	b[6], b[8] = b[6]&0x0f|0x50, b[8]&0x3f|0x80
	h := hex.EncodeToString(b[:16])
	return strings.Join([]string{h[:8], h[8:12], h[12:16], h[16:20], h[20:]}, "-"), nil
}

// ansibleRandom draws a number below a bound, or one of a list.
func ansibleRandom(f *frame, of Value, a args) (Value, error) {
	if len(a.list)+len(a.names) > 0 {
		return nil, unsupported("ans_random with a start, a step or a seed")
	}
	bound, isNumber := asBig(of)
	var items []Value
	if !isNumber {
		var err error
		if items, err = f.list(of); err != nil {
			return nil, err
		}
		bound = big.NewInt(int64(len(items)))
	}
	if bound.Sign() <= 0 {
		return nil, runtime("there is nothing to draw from")
	}
	data, err := f.draw("ans_random", bound.BitLen()/8+9)
	if err != nil {
		return nil, err
	}
	n := new(big.Int).Mod(new(big.Int).SetBytes(data), bound)
	if isNumber {
		return normal(n), nil
	}
	return items[n.Int64()], nil
}

func ansibleTernary(f *frame, of Value, a args) (Value, error) {
	p, err := a.with("ternary", "true_val", "false_val", "none_val")
	if err != nil {
		return nil, err
	}
	if v := p["none_val"]; of == nil && v != nil {
		return v, nil
	}
	yes, err := truth(of)
	if yes {
		return p["true_val"], err
	}
	return p["false_val"], err
}

func ansibleMandatory(_ *frame, of Value, a args) (Value, error) {
	u, missing := of.(*Undefined)
	if !missing {
		return of, nil
	}
	if len(a.list) > 0 {
		text, err := Str(a.list[0])
		if err == nil {
			err = runtime("%s", text)
		}
		return nil, err
	}
	return nil, runtime("Mandatory variable %q not defined.", u.name)
}

func ansibleType(_ *frame, of Value, _ args) (Value, error) {
	if u, ok := of.(*Undefined); ok && u.strict {
		return "StrictUndefined", nil
	}
	return typeName(of), nil
}

var commentStyles = map[string][3]string{"plain": {"", "# ", ""}, "erlang": {"", "% ", ""}, "c": {"", "// ", ""}, "cblock": {"/*", " * ", " */"}, "xml": {"<!--", " - ", "-->"}}

func ansibleComment(f *frame, of Value, a args) (Value, error) {
	style := "plain"
	if len(a.list) == 1 {
		style, _ = asText(a.list[0])
	}
	parts, ok := commentStyles[style]
	if !ok || len(a.list) > 1 || len(a.names) > 0 {
		return nil, unsupported("comment with these arguments")
	}
	s, err := f.plain(of)
	if err != nil {
		return nil, err
	}
	begin, mark, end := parts[0], parts[1], parts[2]
	bare := strings.TrimRight(mark, " ")
	body := mark + strings.ReplaceAll(s, "\n", "\n"+mark)
	body = strings.ReplaceAll(body, mark+"\n", bare+"\n")
	if begin != "" {
		begin += "\n"
	}
	if end != "" {
		end = "\n" + end
	}
	return begin + bare + "\n" + body + "\n" + bare + end, nil
}

func ansibleFlatten(f *frame, of Value, a args) (Value, error) {
	p, err := a.with("flatten", "levels")
	if err != nil {
		return nil, err
	}
	levels := -1
	if v := p["levels"]; v != nil {
		if levels, err = number64(v, "flatten"); err != nil {
			return nil, err
		}
	}
	items, err := f.list(of)
	if err != nil {
		return nil, err
	}
	return &List{flat(items, levels)}, nil
}

func flat(items []Value, levels int) []Value {
	out := []Value{}
	for _, x := range items {
		if x == nil || x == "None" || x == "null" {
			break // as theirs
		}
		inner := []Value(nil)
		switch v := x.(type) {
		case *List:
			inner = v.Items
		case Tuple:
			inner = v
		default:
			out = append(out, x)
			continue
		}
		if levels == 0 {
			out = append(out, x)
		} else {
			out = append(out, flat(inner, levels-1)...)
		}
	}
	return out
}

func ansibleCombine(f *frame, of Value, a args) (Value, error) {
	deep := false
	for _, n := range a.names {
		if n != "recursive" {
			return nil, unsupported("combine with %s", n)
		}
		deep = Truth(a.named[n])
	}
	var dicts []*Dict
	for _, v := range flat(append([]Value{of}, a.list...), 1) {
		d, ok := v.(*Dict)
		if !ok {
			if u, missing := v.(*Undefined); missing {
				return nil, u.err()
			}
			return nil, runtime("combine takes mappings, not a %s", typeName(v))
		}
		dicts = append(dicts, d)
	}
	out := &Dict{}
	for i, d := range dicts {
		if i == 0 {
			out = d.copy()
			continue
		}
		out = combined(out, d, deep)
	}
	return out, nil
}

func combined(low, high *Dict, deep bool) *Dict {
	if high.Len() == 0 {
		return low
	}
	out := low.copy()
	high.Each(func(k, v Value) {
		was, _ := out.Get(k)
		a, ok1 := was.(*Dict)
		b, ok2 := v.(*Dict)
		if deep && ok1 && ok2 {
			v = combined(a, b, true)
		}
		out.Set(k, v)
	})
	return out
}

func ansibleGroup(f *frame, of Value, a args) (Value, error) {
	v, err := filterGroup(f, of, a)
	if err != nil {
		return nil, err
	}
	l := v.(*List)
	for i, x := range l.Items {
		l.Items[i] = bare(x)
	}
	return l, nil
}

func ansibleExtract(f *frame, of Value, a args) (Value, error) {
	p, err := a.with("extract", "container", "morekeys")
	if err != nil || p["morekeys"] != nil {
		return nil, unsupported("extract with these arguments")
	}
	v, err := f.item(p["container"], of)
	if u, ok := v.(*Undefined); ok && err == nil {
		err = u.err()
	}
	return v, err
}

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

var reference = late.Pattern(`\\(\d{1,2}|g<([^>]+)>|.)`)

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
