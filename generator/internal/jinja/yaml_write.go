package jinja

import (
	"fmt"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// A yamlWriter writes as PyYAML's dump does, with a width of 80.
type yamlWriter struct {
	b       strings.Builder
	column  int
	step    int
	sort    bool
	flow    Value // default_flow_style: nil decides by what a collection holds
	seen    map[any]bool
	plain   bool // the last scalar was plain
	between bool // only indentation and indicators are on the line so far
}

// dumpYAML writes a value as yaml.dump does.
func (f *frame) dumpYAML(v Value, step int, flow Value, sorted bool) (string, error) {
	if step < 2 || step > 9 {
		step = 2
	}
	w := &yamlWriter{step: step, sort: sorted, flow: flow, seen: map[any]bool{}, between: true}
	if err := w.node(v, -1, false, 0); err != nil {
		return "", err
	}
	w.b.WriteString("\n")
	out := w.b.String()
	if w.plain && scalarKind(v) {
		out += "...\n"
	}
	return out, f.room(len(out))
}

func scalarKind(v Value) bool {
	switch v.(type) {
	case *List, *Dict, Tuple:
		return false
	}
	return true
}

func (w *yamlWriter) write(s string) {
	w.b.WriteString(s)
	if i := strings.LastIndexByte(s, '\n'); i >= 0 {
		w.column, s = 0, s[i+1:]
	}
	w.column += len([]rune(s))
}

// indent goes to a column: on this line where nothing but indicators is on it.
func (w *yamlWriter) indentTo(n int) {
	n = max(n, 0)
	if !w.between || w.column > n {
		w.write("\n")
	}
	if w.column < n {
		w.write(strings.Repeat(" ", n-w.column))
	}
	w.between = true
}

func (w *yamlWriter) deeper(indent int) int {
	if indent < 0 {
		return 0
	}
	return indent + w.step
}

// node writes a value; indent is that of the collection around it, -1 at the
// root.
func (w *yamlWriter) node(v Value, indent int, inMapping bool, depth int) error {
	if depth > 100 {
		return fail(Exceeded, "a value is nested too deeply")
	}
	switch v := v.(type) {
	case *List:
		inner := w.deeper(indent)
		if inMapping {
			inner = max(indent, 0)
		}
		return w.list(v, inner, depth)
	case *Dict:
		return w.dict(v, w.deeper(indent), depth)
	case Tuple:
		return unsupported("a tuple as YAML")
	}
	w.between = false
	return w.scalar(v, max(indent, 0)+w.step, false, false)
}

func (w *yamlWriter) list(l *List, indent, depth int) error {
	if err := w.once(l); err != nil {
		return err
	}
	if w.flows(l.Items) {
		return w.flowList(l.Items)
	}
	for _, x := range l.Items {
		w.indentTo(indent)
		w.write("-")
		if scalarKind(x) || w.empty(x) {
			w.write(" ")
		}
		if err := w.node(x, indent, false, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// once refuses a collection that is written twice: Python writes an alias.
func (w *yamlWriter) once(v any) error {
	if w.seen[v] {
		return unsupported("a list or mapping that stands twice in what is written as YAML")
	}
	w.seen[v] = true
	return nil
}

func (w *yamlWriter) empty(v Value) bool {
	switch v := v.(type) {
	case *List:
		return w.flows(v.Items)
	case *Dict:
		return w.flows(v.values)
	}
	return false
}

// flows reports whether a collection is written on one line.
func (w *yamlWriter) flows(items []Value) bool {
	if len(items) == 0 {
		return true
	}
	if w.flow == nil {
		return !slices.ContainsFunc(items, func(v Value) bool { return !scalarKind(v) })
	}
	return Truth(w.flow)
}

func (w *yamlWriter) flowList(items []Value) error {
	w.between = false
	w.write("[")
	for i, x := range items {
		if i > 0 {
			w.write(", ")
		}
		if err := w.flowItem(x); err != nil {
			return err
		}
	}
	w.write("]")
	return nil
}

func (w *yamlWriter) flowItem(v Value) error {
	switch v := v.(type) {
	case *List:
		return w.flowList(v.Items)
	case *Dict:
		return w.flowDict(v)
	}
	if err := w.scalar(v, 0, true, false); err != nil {
		return err
	}
	if w.column > yamlWidth {
		return unsupported("a flow collection of more than %d columns as YAML", yamlWidth)
	}
	return nil
}

func (w *yamlWriter) ordered(d *Dict) (keys, values []Value) {
	keys, values = d.Keys(), slices.Clone(d.values)
	if w.sort {
		by := d.Keys()
		if err := sortBy(values, by, false); err == nil { // PyYAML leaves what cannot be sorted
			_ = sortBy(keys, by, false)
		} else {
			values = slices.Clone(d.values)
		}
	}
	return keys, values
}

func (w *yamlWriter) flowDict(d *Dict) error {
	w.between = false
	w.write("{")
	keys, values := w.ordered(d)
	for i, k := range keys {
		if i > 0 {
			w.write(", ")
		}
		if err := w.scalar(k, 0, true, true); err != nil {
			return err
		}
		w.write(": ")
		if err := w.flowItem(values[i]); err != nil {
			return err
		}
	}
	w.write("}")
	return nil
}

func (w *yamlWriter) dict(d *Dict, indent, depth int) error {
	if err := w.once(d); err != nil {
		return err
	}
	if w.flows(d.values) {
		return w.flowDict(d)
	}
	keys, values := w.ordered(d)
	for i, k := range keys {
		if !scalarKind(k) {
			return unsupported("a key that is a list, as YAML")
		}
		w.indentTo(indent)
		w.between = false
		if err := w.scalar(k, indent+w.step, false, true); err != nil {
			return err
		}
		w.write(":")
		if scalarKind(values[i]) || w.empty(values[i]) {
			w.write(" ")
		}
		if err := w.node(values[i], indent, true, depth+1); err != nil {
			return err
		}
	}
	return nil
}

func (w *yamlWriter) scalar(v Value, indent int, flow, key bool) error {
	text, err := yamlText(v)
	if err != nil {
		return err
	}
	a := analyze(text)
	if key && (len([]rune(text)) >= 128 || a.multiline) {
		return unsupported("a key of several lines or more than 127 characters, as YAML")
	}
	w.plain = a.blockPlain && !(key && text == "")
	if flow {
		w.plain = a.flowPlain
	}
	if _, isText := asText(v); isText && w.plain {
		_, kind := resolve(text)
		w.plain = kind == "str"
	}
	split := !key && !flow
	switch {
	case w.plain:
		w.words(text, indent, split, false)
	case a.single:
		w.write("'")
		w.words(strings.ReplaceAll(text, "'", "''"), indent, split, true)
		w.write("'")
	default:
		w.double(text, indent, split)
	}
	return nil
}

// yamlText is a scalar's text before it is quoted.
func yamlText(v Value) (text string, err error) {
	switch v := v.(type) {
	case nil:
		text = "null"
	case bool:
		text = strconv.FormatBool(v)
	case int64, *big.Int:
		text, err = Repr(v)
	case float64:
		text = yamlFloatText(v)
	case string:
		text = v
	case Markup:
		err = unsupported("a text that is marked as safe, as YAML")
	case *Undefined:
		err = v.err()
	default:
		err = unsupported("a %s as YAML", typeName(v))
	}
	if strings.ContainsAny(text, "\u0085\u2028\u2029") {
		err = unsupported("one of Unicode's line breaks as YAML")
	}
	return text, err
}

func yamlFloatText(f float64) string {
	switch {
	case math.IsNaN(f):
		return ".nan"
	case math.IsInf(f, 1):
		return ".inf"
	case math.IsInf(f, -1):
		return "-.inf"
	}
	text := floatText(f)
	if !strings.Contains(text, ".") {
		text = strings.Replace(text, "e", ".0e", 1)
	}
	return text
}

// words writes a text, and goes to a new line at a single blank behind the
// width.
func (w *yamlWriter) words(text string, indent int, split, quoted bool) {
	r := []rune(text)
	for i := 0; i < len(r); {
		j := i
		switch r[i] {
		case ' ':
			for j < len(r) && r[j] == ' ' {
				j++
			}
			if j == i+1 && w.column > yamlWidth && split && (!quoted || i > 0 && j < len(r)) {
				w.write("\n" + strings.Repeat(" ", indent))
			} else {
				w.write(string(r[i:j]))
			}
		case '\n':
			for j < len(r) && r[j] == '\n' {
				j++
			}
			w.write("\n" + strings.Repeat("\n", j-i) + strings.Repeat(" ", indent))
		default:
			for j < len(r) && r[j] != ' ' && r[j] != '\n' {
				j++
			}
			w.write(string(r[i:j]))
		}
		i = j
	}
}

func (w *yamlWriter) double(text string, indent int, split bool) {
	r := []rune(text)
	w.write(`"`)
	start := 0
	for end := 0; end <= len(r); end++ {
		last := end == len(r)
		special := last
		if !last {
			c := r[end]
			special = strings.ContainsRune("\"\\\u0085\u2028\u2029\ufeff", c) || !(c >= 0x20 && c <= 0x7e || c >= 0xa0 && c <= 0xd7ff || c >= 0xe000 && c <= 0xfffd)
		}
		if special {
			if start < end {
				w.write(string(r[start:end]))
				start = end
			}
			if !last {
				w.write(yamlEscape(r[end]))
				start = end + 1
			}
		}
		if end > 0 && end < len(r)-1 && (r[end] == ' ' || start >= end) && w.column+(end-start) > yamlWidth && split {
			data := `\`
			if start < end {
				data = string(r[start:end]) + data
				start = end
			}
			w.write(data + "\n" + strings.Repeat(" ", indent))
			if start < len(r) && r[start] == ' ' {
				w.write(`\`)
			}
		}
	}
	w.write(`"`)
}

func yamlEscape(c rune) string {
	if e, ok := yamlEscapes[c]; ok {
		return `\` + e
	}
	switch {
	case c <= 0xff:
		return fmt.Sprintf(`\x%02X`, c)
	case c <= 0xffff:
		return fmt.Sprintf(`\u%04X`, c)
	}
	return fmt.Sprintf(`\U%08X`, c)
}

// A scalarAnalysis says in which ways a text can be written.
type scalarAnalysis struct{ multiline, flowPlain, blockPlain, single bool }

// analyze is PyYAML's analyze_scalar.
func analyze(text string) scalarAnalysis {
	if text == "" {
		return scalarAnalysis{blockPlain: true, single: true}
	}
	r := []rune(text)
	block, flow := indicators(r)
	a := scalarAnalysis{multiline: slices.ContainsFunc(r, yamlBreak)}
	a.single = !slices.ContainsFunc(r, yamlSpecial) && !breakAtBlank(r)
	plain := a.single && !a.multiline && r[0] != ' ' && r[len(r)-1] != ' '
	a.flowPlain, a.blockPlain = plain && !flow, plain && !block
	return a
}

// indicators reports whether something in a text would be read as a mark of
// YAML's own, in a block and in a flow collection.
func indicators(r []rune) (block, flow bool) {
	if text := string(r[:min(3, len(r))]); text == "---" || text == "..." {
		return true, true
	}
	for i, c := range r {
		first := i == 0
		last := i+1 == len(r) || yamlBlank(r[i+1]) // of its word
		switch {
		case first && (strings.ContainsRune("#,[]{}&*!|>'\"%@`", c) || c == '-' && last), !first && c == '#' && yamlBlank(r[i-1]):
			return true, true
		case c == ':', first && c == '?':
			flow, block = true, block || last
		case !first && strings.ContainsRune(",?[]{}", c):
			flow = true
		}
	}
	return block, flow
}

// breakAtBlank reports whether a line break stands beside a blank.
func breakAtBlank(r []rune) bool {
	for i := 1; i < len(r); i++ {
		if r[i] == ' ' && yamlBreak(r[i-1]) || yamlBreak(r[i]) && r[i-1] == ' ' {
			return true
		}
	}
	return false
}

func yamlBreak(c rune) bool { return strings.ContainsRune("\n\u0085\u2028\u2029", c) }

func yamlBlank(c rune) bool { return strings.ContainsRune("\x00 \t\r\n\u0085\u2028\u2029", c) }

// yamlSpecial reports what stands in double quotes alone.
func yamlSpecial(c rune) bool {
	switch {
	case c == '\n' || c >= ' ' && c <= '~' || c == 0x85:
		return false
	case c == 0xfeff:
		return true
	}
	return !(c >= 0xa0 && c <= 0xd7ff || c >= 0xe000 && c <= 0xfffd || c >= 0x10000 && c < 0x10ffff)
}
