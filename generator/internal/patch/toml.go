package patch

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

var bareKey = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

var tomlSyntax = syntax{
	comments: []string{"#"}, between: '=',
	key: func(text string) string {
		var doc map[string]any
		if toml.Unmarshal([]byte(text+" = 0"), &doc) == nil {
			for name := range doc {
				return name
			}
		}
		return text
	},
	write:    writeTOML,
	writeKey: tomlKey,
}

// A tomlFile is a TOML file as the list of its sections. The first section has
// no header.
type tomlFile struct {
	data     []byte
	sections []section
}

// A section is what a header starts. In its path, the element of an array of
// tables is a step of its own: tool.mypy.overrides.0.
type section struct {
	path  []string
	start int // of its header
	end   int // behind its last line; blank lines and comments after it are not its own
	pairs []pair
}

// A pair is a key and its value.
type pair struct {
	path       []string // from the top of the file
	start, end int      // from the key to the end of the value
}

func openTOML(data []byte) (file, error) {
	if _, err := readTOML(data); err != nil {
		return nil, refuse("", "it is not TOML: %v", err)
	}
	t := &tomlFile{data: data, sections: []section{{}}}
	counts := map[string]int{} // elements of each array of tables
	p := unstable.Parser{}
	p.Reset(data)
	for p.NextExpression() {
		t.expression(p.Expression(), counts)
	}
	return t, p.Error()
}

func (t *tomlFile) expression(e *unstable.Node, counts map[string]int) {
	var names []string
	var first int
	for it := e.Key(); it.Next(); {
		if names == nil {
			first = int(it.Node().Raw.Offset)
		}
		names = append(names, string(it.Node().Data))
	}
	if e.Kind == unstable.KeyValue {
		s := &t.sections[len(t.sections)-1]
		end := int(e.Raw.Offset + e.Raw.Length)
		s.pairs = append(s.pairs, pair{slices.Concat(s.path, names), int(e.Raw.Offset), end})
		s.end = lineEnd(t.data, end)
		return
	}
	path := numbered(names, counts)
	if e.Kind == unstable.ArrayTable {
		id := joined(path)
		path = append(path, strconv.Itoa(counts[id]))
		counts[id]++
	}
	t.sections = append(t.sections, section{path: path, start: lineStart(t.data, first), end: lineEnd(t.data, first)})
}

// numbered puts the number of the last element behind each array of tables on
// the way to a table.
func numbered(names []string, counts map[string]int) []string {
	var path []string
	for i, n := range names {
		path = append(path, n)
		if c := counts[joined(path)]; c > 0 && i < len(names)-1 {
			path = append(path, strconv.Itoa(c-1))
		}
	}
	return path
}

func joined(path []string) string { return strings.Join(path, "\x00") }

// names are the steps of a key path, with the number of a further element of an
// array of tables for +.
func (t *tomlFile) names(key Key) []string {
	var names []string
	for _, s := range key {
		if n := t.tables(names); s.isAppend() && n > 0 {
			names = append(names, strconv.Itoa(n))
		} else {
			names = append(names, s.Name)
		}
	}
	return names
}

// tables counts the elements of an array of tables.
func (t *tomlFile) tables(path []string) int {
	n := 0
	for _, s := range t.sections {
		if len(s.path) == len(path)+1 && slices.Equal(s.path[:len(path)], path) && s.path[len(path)] == strconv.Itoa(n) && t.isArray(s) {
			n++
		}
	}
	return n
}

func (t *tomlFile) isArray(s section) bool {
	return bytes.HasPrefix(bytes.TrimLeft(t.data[s.start:], " \t"), []byte("[["))
}

func hasPrefix(path, prefix []string) bool {
	return len(path) >= len(prefix) && slices.Equal(path[:len(prefix)], prefix)
}

// pair finds the pair that holds the value at a path, or what is around it.
func (t *tomlFile) pair(names []string) (pair, bool) {
	for _, s := range t.sections {
		for _, p := range s.pairs {
			if hasPrefix(names, p.path) {
				return p, true
			}
		}
	}
	return pair{}, false
}

// value is where the value of a pair starts.
func (t *tomlFile) value(p pair) int {
	i := p.start
	for t.data[i] != '=' {
		switch t.data[i] {
		case '"', '\'':
			i = tomlSyntax.quoted(t.data, i)
		default:
			i++
		}
	}
	return i + 1 + len(t.data[i+1:p.end]) - len(bytes.TrimLeft(t.data[i+1:p.end], " \t"))
}

func (t *tomlFile) set(key Key, value any) ([]byte, error) {
	names := t.names(key)
	if p, ok := t.pair(names); ok {
		return t.setAt(p, key, value)
	}
	for i, s := range key {
		if s.isAppend() && t.tables(names[:i]) == 0 {
			return t.setList(key, i, value)
		}
		if i > 0 && t.tables(names[:i]) > 0 && !s.isAppend() {
			if _, err := element(key, i, t.tables(names[:i])); err != nil {
				return nil, err
			}
		}
	}
	if n := len(key) - 1; t.tables(names[:n]) > 0 && !key[n].isAppend() {
		return nil, refuse("set its keys one by one", "%s is a table of an array", key)
	}
	out, err := t.remove(key)
	if err == nil { // a table, which the value replaces
		f, err := openTOML(out)
		if err != nil {
			return nil, err
		}
		return f.set(key, value)
	}
	if table, ok := value.(yaml.MapSlice); ok {
		return t.addTable(names, table, key[len(key)-1].isAppend()), nil
	}
	return t.addPair(names, value)
}

// setAt changes the value of a pair, or what the key names inside of it.
func (t *tomlFile) setAt(p pair, key Key, value any) ([]byte, error) {
	at := t.value(p)
	if len(p.path) == len(key) {
		return splice(t.data, at, p.end, writeTOML(value)), nil
	}
	if t.data[at] != '[' && t.data[at] != '{' {
		return nil, notContainer(key[:len(p.path)])
	}
	return tomlSyntax.scan(t.data, at).set(key, len(p.path), value)
}

// setList makes the list that key[:i] does not have yet.
func (t *tomlFile) setList(key Key, i int, value any) ([]byte, error) {
	v, err := nest(key[i:], value)
	if err != nil {
		return nil, err
	}
	if i == 0 {
		return nil, refuse("name a key first", "the top of a TOML file is no list")
	}
	return t.set(key[:i], v)
}

// addPair writes a key into the section of its table, which is made where there
// is none.
func (t *tomlFile) addPair(names []string, value any) ([]byte, error) {
	table := names[:len(names)-1]
	for _, s := range t.sections {
		if slices.Equal(s.path, table) {
			return t.insertPair(s, names[len(names)-1:], value), nil
		}
	}
	for _, s := range t.sections { // a table that dotted keys have made
		for _, p := range s.pairs {
			if len(s.path) < len(table) && hasPrefix(p.path, table) {
				return t.insertPair(s, names[len(s.path):], value), nil
			}
		}
	}
	return t.addTable(table, yaml.MapSlice{{Key: names[len(names)-1], Value: value}}, false), nil
}

// insertPair writes a key behind the last one of a section.
func (t *tomlFile) insertPair(s section, names []string, value any) []byte {
	text := dotted(names) + " = " + writeTOML(value) + "\n"
	at := s.end
	if len(s.pairs) > 0 {
		text = indentOf(t.data, s.pairs[len(s.pairs)-1].start) + text
	} else if s.path == nil && len(t.sections) > 1 {
		text += "\n"
	}
	if at > 0 && t.data[at-1] != '\n' {
		text = "\n" + text
	}
	return splice(t.data, at, at, text)
}

// addTable writes a section behind the one that shares the longest path with it.
func (t *tomlFile) addTable(names []string, table yaml.MapSlice, element bool) []byte {
	at, longest := 0, -1
	for _, s := range t.sections {
		n := 0
		for n < len(s.path) && n < len(names) && s.path[n] == names[n] {
			n++
		}
		if n >= longest && (n > 0 || longest <= 0) {
			at, longest = s.end, n
		}
	}
	text := tableText(t.headerOf(names), table, element)
	if at > 0 && t.data[at-1] != '\n' {
		text = "\n" + text
	}
	if at > 0 {
		text = "\n" + text
	}
	if at < len(t.data) && t.data[at] != '\n' {
		text += "\n"
	}
	return splice(t.data, at, at, text)
}

// headerOf drops the numbers of arrays of tables, which no header names.
func (t *tomlFile) headerOf(names []string) []string {
	var header []string
	for i, n := range names {
		if _, err := strconv.Atoi(n); err != nil || i == 0 || t.tables(names[:i]) == 0 {
			header = append(header, n)
		}
	}
	return header
}

// tableText writes a section, and a section for each mapping in it.
func tableText(names []string, table yaml.MapSlice, element bool) string {
	var own, below strings.Builder
	for _, item := range table {
		name := fmt.Sprint(item.Key)
		if sub, ok := item.Value.(yaml.MapSlice); ok && len(sub) > 0 {
			below.WriteString("\n" + tableText(append(slices.Clone(names), name), sub, false))
			continue
		}
		own.WriteString(tomlKey(name) + " = " + writeTOML(item.Value) + "\n")
	}
	header := "[" + dotted(names) + "]\n"
	switch {
	case element:
		header = "[" + strings.TrimSuffix(header, "\n") + "]\n"
	case own.Len() == 0 && below.Len() > 0:
		return strings.TrimPrefix(below.String(), "\n")
	}
	return header + own.String() + below.String()
}

func (t *tomlFile) remove(key Key) ([]byte, error) {
	names := t.names(key)
	if p, ok := t.pair(names); ok {
		if len(p.path) == len(names) {
			return splice(t.data, lineStart(t.data, p.start), lineEnd(t.data, p.end), ""), nil
		}
		at := t.value(p)
		if t.data[at] != '[' && t.data[at] != '{' {
			return nil, missing(key)
		}
		return tomlSyntax.scan(t.data, at).remove(key, len(p.path))
	}
	out := t.data
	for _, s := range slices.Backward(t.sections) {
		if len(s.path) > 0 && hasPrefix(s.path, names) {
			out = splice(out, s.start, blankAfter(out, s.end), "")
			continue
		}
		for _, p := range slices.Backward(s.pairs) {
			if len(p.path) > len(names) && hasPrefix(p.path, names) {
				out = splice(out, lineStart(out, p.start), lineEnd(out, p.end), "")
			}
		}
	}
	if len(out) == len(t.data) {
		return nil, missing(key)
	}
	return out, nil
}

// blankAfter passes blank lines.
func blankAfter(data []byte, at int) int {
	for at < len(data) && len(bytes.TrimSpace(data[at:lineEnd(data, at)])) == 0 {
		at = lineEnd(data, at)
	}
	return at
}

func dotted(names []string) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = tomlKey(n)
	}
	return strings.Join(quoted, ".")
}

func tomlKey(name string) string {
	if bareKey.MatchString(name) {
		return name
	}
	return quoteTOML(name)
}

// quoteTOML writes a text as a basic string. JSON's escapes are among TOML's.
func quoteTOML(s string) string { return strings.ReplaceAll(quoteJSON(s), "\x7f", `\u007f`) }

// writeTOML writes a value on one line. TOML has no null: it is an empty text.
func writeTOML(v any) string {
	switch v := v.(type) {
	case nil:
		return `""`
	case string:
		return quoteTOML(v)
	case time.Time:
		return v.Format(time.RFC3339)
	case float64:
		text := strconv.FormatFloat(v, 'g', -1, 64)
		if !strings.ContainsAny(text, ".en") {
			text += ".0"
		}
		return text
	case yaml.MapSlice:
		parts := make([]string, len(v))
		for i, item := range v {
			parts[i] = tomlKey(fmt.Sprint(item.Key)) + " = " + writeTOML(item.Value)
		}
		if len(parts) == 0 {
			return "{}"
		}
		return "{ " + strings.Join(parts, ", ") + " }"
	case []any:
		parts := make([]string, len(v))
		for i, x := range v {
			parts[i] = writeTOML(x)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	default:
		return fmt.Sprint(v)
	}
}
