package vcs

import (
	"bytes"
	"io/fs"
	"iter"
	"path"
	"slices"
	"strconv"
	"strings"

	"scaffold/generator/internal/tree"
)

// Attributes are the rules of a project's .gitattributes files, and those of
// the machine: see gitattributes(5). Of all that they can say, how git stores a
// file matters here: it would call the file modified if we stored it otherwise.
type Attributes struct {
	dirs     map[string][]attributeRule // by the directory of the file, with a slash
	outer    []attributeRule
	macros   map[string][]state
	autoCRLF bool
}

type attributeRule struct {
	pattern
	says []state
}

// A state is what a rule says of one attribute: a value, "true" for one that
// is set, "false" for one that is unset, "" for one of which nothing is said.
type state struct {
	name, value string
}

// The values of attributes without one.
const (
	isSet   = "\x00set"
	isUnset = "\x00unset"
)

// NewAttributes reads the .gitattributes files among the files of a project.
func NewAttributes(files iter.Seq[tree.File], m Machine) (*Attributes, error) {
	a := &Attributes{
		dirs:     map[string][]attributeRule{},
		macros:   map[string][]state{"binary": {{"diff", isUnset}, {"merge", isUnset}, {"text", isUnset}}},
		autoCRLF: m.AutoCRLF,
	}
	a.outer = a.parse(string(m.Attributes), true, m.Fold)
	for f := range files { // in path order: the top one, which may define macros, is the first
		dir, name := path.Split(f.Path.String())
		if name == ".gitattributes" && f.Mode&fs.ModeSymlink == 0 {
			data, err := f.Bytes(nil)
			if err != nil {
				return nil, err
			}
			a.dirs[dir] = a.parse(string(data), dir == "", m.Fold)
		}
	}
	return a, nil
}

// parse reads lines of a pattern and what it says of files, and of macros and
// what these stand for. A line that git does not understand says nothing.
func (a *Attributes) parse(content string, macros, fold bool) []attributeRule {
	var rules []attributeRule
	for line := range strings.Lines(strings.TrimPrefix(content, byteOrderMark)) {
		const longest = 2048 // git ignores longer ones
		line = strings.Trim(line, blanks)
		if line == "" || line[0] == '#' || len(line) >= longest {
			continue
		}
		text, rest := splitPattern(line)
		name, isMacro := strings.CutPrefix(text, "[attr]")
		says, ok := parseStates(rest)
		switch {
		case !ok:
		case isMacro && name != "":
			if macros && validAttribute(name) {
				a.macros[name] = says
			}
		case !strings.HasPrefix(text, "!"):
			rules = append(rules, attributeRule{newPattern(text, fold), says})
		}
	}
	return rules
}

const blanks = " \t\r\n"

// splitPattern takes the pattern, which may be quoted as in C, off a line.
func splitPattern(line string) (text, rest string) {
	if line[0] == '"' {
		if text, rest, ok := unquote(line); ok {
			return text, rest
		}
	}
	end := strings.IndexAny(line, blanks)
	if end < 0 {
		return line, ""
	}
	return line[:end], line[end:]
}

// unquote reads a quoted string at the start of line, as git writes them.
func unquote(line string) (text, rest string, ok bool) {
	var b strings.Builder
	for i := 1; i < len(line); i++ {
		switch line[i] {
		case '"':
			return b.String(), line[i+1:], true
		case '\\':
			if i++; i == len(line) {
				return "", "", false
			}
			if at := strings.IndexByte(`abfnrtv"\`, line[i]); at >= 0 {
				b.WriteByte("\a\b\f\n\r\t\v\"\\"[at])
				continue
			}
			if i+3 > len(line) {
				return "", "", false
			}
			c, err := strconv.ParseUint(line[i:i+3], 8, 8)
			if err != nil {
				return "", "", false
			}
			b.WriteByte(byte(c))
			i += 2
		default:
			b.WriteByte(line[i])
		}
	}
	return "", "", false
}

func parseStates(text string) ([]state, bool) {
	var says []state
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(blanks, r) }) {
		name, value, valued := strings.Cut(word, "=")
		s := state{name, isSet}
		switch {
		case strings.HasPrefix(name, "-"):
			s = state{name[1:], isUnset}
		case strings.HasPrefix(name, "!"):
			s = state{name[1:], ""}
		case valued:
			s.value = value
		}
		if !validAttribute(s.name) {
			return nil, false
		}
		says = append(says, s)
	}
	return says, true
}

func validAttribute(name string) bool {
	return name != "" && name[0] != '-' && strings.Trim(name, "-._0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

// of gives what is said of a file. Deeper .gitattributes go before, and later lines.
func (a *Attributes) of(name string) map[string]string {
	values := map[string]string{}
	dir, _ := path.Split(name)
	for {
		a.fill(values, a.dirs[dir], strings.TrimPrefix(name, dir))
		if dir == "" {
			break
		}
		dir, _ = path.Split(strings.TrimSuffix(dir, "/"))
	}
	a.fill(values, a.outer, name)
	return values
}

func (a *Attributes) fill(values map[string]string, rules []attributeRule, name string) {
	for _, r := range slices.Backward(rules) {
		if r.matches(name, false) {
			a.apply(values, r.says)
		}
	}
}

// apply notes what nothing stronger has said yet.
func (a *Attributes) apply(values map[string]string, says []state) {
	for _, s := range slices.Backward(says) {
		if _, said := values[s.name]; said {
			continue
		}
		values[s.name] = s.value
		if s.value == isSet {
			a.apply(values, a.macros[s.name])
		}
	}
}

// Foreign gives an attribute of some file that only git can follow, and the
// file; "" for none.
func (a *Attributes) Foreign(files iter.Seq[tree.File]) (attribute, file string) {
	if len(a.dirs)+len(a.outer) == 0 {
		return "", ""
	}
	for f := range files {
		if f.Mode&fs.ModeSymlink != 0 {
			continue
		}
		name := f.Path.String()
		values := a.of(name)
		switch v := values["filter"]; v {
		case "", isSet, isUnset:
		default:
			return "filter=" + v, name
		}
		switch v := values["working-tree-encoding"]; v {
		case "", isUnset:
		default:
			return "working-tree-encoding", name
		}
		if values["ident"] == isSet {
			return "ident", name
		}
	}
	return "", ""
}

// stored gives a file's bytes as git stores them.
func (a *Attributes) stored(f tree.File, data []byte) []byte {
	if f.Mode&fs.ModeSymlink != 0 || !bytes.Contains(data, []byte("\r\n")) {
		return data
	}
	switch a.text(f.Path.String()) {
	case "text":
	case "auto":
		if looksBinary(data) {
			return data
		}
	default:
		return data
	}
	return bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))
}

// text says what git takes a file for: "text", "auto" where it looks at the
// bytes, or "".
func (a *Attributes) text(name string) string {
	values := map[string]string{}
	if len(a.dirs)+len(a.outer) > 0 {
		values = a.of(name)
	}
	kind := textKind(values["text"])
	if kind == "" {
		kind = textKind(values["crlf"]) // what text was called before
	}
	if eol := values["eol"]; kind == "" && (eol == "lf" || eol == "crlf") {
		return "text"
	}
	if kind == "" && a.autoCRLF {
		return "auto"
	}
	return kind
}

func textKind(value string) string {
	switch value {
	case isSet, "input":
		return "text"
	case isUnset:
		return "binary"
	case "auto":
		return "auto"
	}
	return ""
}

// looksBinary is git's guess (convert.c): a zero byte, a lone carriage return, or
// more than one control character in 128.
func looksBinary(data []byte) bool {
	printable, control := 0, 0
	data = bytes.TrimSuffix(data, []byte{0x1a}) // the end mark of old text files
	for i, c := range data {
		switch {
		case c == 0, c == '\r' && (i+1 == len(data) || data[i+1] != '\n'):
			return true
		case c == '\r', c == '\n':
		case c == 0x7f, c < ' ' && !strings.ContainsRune("\b\t\x1b\f", rune(c)):
			control++
		default:
			printable++
		}
	}
	return printable>>7 < control
}
