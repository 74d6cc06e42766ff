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
	"slices"
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

var reference = late.Pattern(`\\(\d{1,2}|g<([^>]+)>|.)`)
