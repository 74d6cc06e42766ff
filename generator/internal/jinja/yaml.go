package jinja

import (
	"errors"
	"fmt"
	"io"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"scaffold/generator/internal/late"
	"scaffold/generator/internal/nesting"

	"go.yaml.in/yaml/v3"
)

// maxYAML is how many values a document may hold, its aliases expanded.
const maxYAML = 50_000

// A YAMLReader reads YAML as Python's PyYAML does: the types are those of YAML
// 1.1, so that yes is true and 012 is ten.
type YAMLReader struct {
	// Tag gives the value of a node with a tag of its own; nil refuses all.
	Tag func(tag, value string) (Value, error)
}

// A YAMLError is a document that cannot be read, and where.
type YAMLError struct {
	Line, Column int
	Message      string
}

func (e *YAMLError) Error() string {
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Message)
}

// All reads every document of a text.
func (r YAMLReader) All(text string) (docs []Value, err error) {
	if nesting.Of([]byte(text)) > 200 {
		return nil, &YAMLError{1, 1, "it is nested too deeply"}
	}
	d := yaml.NewDecoder(strings.NewReader(text))
	for {
		var n yaml.Node
		err := d.Decode(&n)
		if errors.Is(err, io.EOF) {
			return docs, nil
		}
		if err != nil {
			return nil, yamlError(err)
		}
		c := &yamlConversion{reader: r, done: map[*yaml.Node]Value{}}
		v, err := c.value(&n)
		if err != nil {
			return nil, err
		}
		docs = append(docs, v)
	}
}

// One reads a text of one document; an empty one is None.
func (r YAMLReader) One(text string) (Value, error) {
	docs, err := r.All(text)
	switch {
	case err != nil || len(docs) == 0:
		return nil, err
	case len(docs) > 1:
		return nil, &YAMLError{1, 1, "it holds more than one document"}
	}
	return docs[0], nil
}

var yamlPlace = late.Pattern(`^yaml: (?:line (\d+): )?(.*)`)

func yamlError(err error) error {
	e := &YAMLError{1, 1, err.Error()}
	if m := yamlPlace().FindStringSubmatch(err.Error()); m != nil {
		if n, err := strconv.Atoi(m[1]); err == nil {
			e.Line = n
		}
		e.Message = m[2]
	}
	return e
}

type yamlConversion struct {
	reader YAMLReader
	nodes  int
	depth  int
	done   map[*yaml.Node]Value
}

func (c *yamlConversion) fail(n *yaml.Node, format string, args ...any) error {
	return &YAMLError{n.Line, n.Column, fmt.Sprintf(format, args...)}
}

func (c *yamlConversion) value(n *yaml.Node) (Value, error) {
	c.depth++
	defer func() { c.depth-- }()
	if c.nodes++; c.nodes > maxYAML || c.depth > 200 {
		return nil, c.fail(n, "it is too large once its aliases are expanded")
	}
	switch n.Kind {
	case yaml.DocumentNode:
		return c.value(n.Content[0])
	case yaml.AliasNode:
		return c.value(n.Alias)
	case yaml.ScalarNode:
		return c.scalar(n)
	}
	if strings.HasPrefix(n.Tag, "!") && !strings.HasPrefix(n.Tag, "!!") || n.Style&yaml.TaggedStyle != 0 && n.Tag != "!!map" && n.Tag != "!!seq" {
		return nil, c.fail(n, "the tag %s is not known here", n.Tag)
	}
	if n.Kind == yaml.SequenceNode {
		l := &List{Items: []Value{}}
		for _, x := range n.Content {
			v, err := c.value(x)
			if err != nil {
				return nil, err
			}
			l.Items = append(l.Items, v)
		}
		return l, nil
	}
	return c.mapping(n)
}

// mapping reads a mapping; what << merges in comes first, and yields.
func (c *yamlConversion) mapping(n *yaml.Node) (Value, error) {
	d := &Dict{}
	for i := 0; i < len(n.Content); i += 2 {
		if k := n.Content[i]; k.Kind == yaml.ScalarNode && k.Value == "<<" && k.Style == 0 {
			v, err := c.value(n.Content[i+1])
			if err != nil {
				return nil, err
			}
			if err := merge(d, v); err != nil {
				return nil, c.fail(k, "%v", err)
			}
		}
	}
	for i := 0; i < len(n.Content); i += 2 {
		k := n.Content[i]
		if k.Kind == yaml.ScalarNode && k.Value == "<<" && k.Style == 0 {
			continue
		}
		key, err := c.value(k)
		if err != nil {
			return nil, err
		}
		v, err := c.value(n.Content[i+1])
		if err != nil {
			return nil, err
		}
		if err := d.set(key, v); err != nil {
			return nil, c.fail(k, "%v", err)
		}
	}
	return d, nil
}

func merge(into *Dict, v Value) error {
	switch v := v.(type) {
	case *Dict:
		v.Each(func(k, x Value) {
			if _, ok := into.Get(k); !ok {
				into.Set(k, x)
			}
		})
		return nil
	case *List:
		for _, x := range v.Items {
			if err := merge(into, x); err != nil {
				return err
			}
		}
		return nil
	}
	return errors.New("<< takes a mapping, or a list of them")
}

var coreTags11 = map[string]string{"!!str": "str", "!!int": "int", "!!float": "float", "!!bool": "bool", "!!null": "null"}

func (c *yamlConversion) scalar(n *yaml.Node) (Value, error) {
	if n.Style&yaml.TaggedStyle != 0 || strings.HasPrefix(n.Tag, "!") && !strings.HasPrefix(n.Tag, "!!") {
		switch {
		case n.Tag == "!!str":
			return n.Value, nil
		case c.reader.Tag != nil && !strings.HasPrefix(n.Tag, "!!"):
			v, err := c.reader.Tag(n.Tag, n.Value)
			if err != nil {
				return nil, c.fail(n, "%v", err)
			}
			return v, nil
		case coreTags11[n.Tag] == "":
			return nil, c.fail(n, "the tag %s is not known here", n.Tag)
		}
	} else if n.Style != 0 {
		return n.Value, nil // quoted, or a block
	}
	v, kind := resolve(n.Value)
	if kind == "timestamp" {
		return nil, c.fail(n, "%s is a date in YAML, which templates cannot use here: put it in quotes", n.Value)
	}
	return v, nil
}

var (
	yamlInt   = late.Pattern(`^(?:[-+]?0b[0-1_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+|[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+)$`)
	yamlFloat = late.Pattern(`^(?:[-+]?(?:[0-9][0-9_]*)\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$`)
	yamlTime  = late.Pattern(`^(?:[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]*)?(?:[ \t]*(?:Z|[-+][0-9]{1,2}(?::[0-9]{2})?))?)$`)
	yamlBools = map[string]bool{
		"yes": true, "Yes": true, "YES": true, "true": true, "True": true, "TRUE": true, "on": true, "On": true, "ON": true,
		"no": false, "No": false, "NO": false, "false": false, "False": false, "FALSE": false, "off": false, "Off": false, "OFF": false,
	}
	yamlNulls = []string{"", "~", "null", "Null", "NULL"}
)

// resolve gives a plain text its type.
func resolve(text string) (Value, string) {
	if b, ok := yamlBools[text]; ok {
		return b, "bool"
	}
	switch {
	case slices.Contains(yamlNulls, text):
		return nil, "null"
	case yamlInt().MatchString(text):
		return yamlWhole(text), "int"
	case yamlFloat().MatchString(text):
		return yamlReal(text), "float"
	case yamlTime().MatchString(text):
		return text, "timestamp"
	case text == "=" || text == "<<":
		return text, "special"
	}
	return text, "str"
}

func yamlWhole(text string) Value {
	text = strings.ReplaceAll(text, "_", "")
	sign := ""
	if text[0] == '-' || text[0] == '+' {
		sign, text = strings.TrimPrefix(text[:1], "+"), text[1:]
	}
	b := new(big.Int)
	switch {
	case strings.Contains(text, ":"):
		for _, part := range strings.Split(text, ":") {
			n, _ := strconv.ParseInt(part, 10, 64)
			b.Add(b.Mul(b, big.NewInt(60)), big.NewInt(n))
		}
	case strings.HasPrefix(text, "0b"):
		b.SetString(text[2:], 2)
	case strings.HasPrefix(text, "0x"):
		b.SetString(text[2:], 16)
	case text != "0" && text[0] == '0':
		b.SetString(text[1:], 8)
	default:
		b.SetString(text, 10)
	}
	if sign == "-" {
		b.Neg(b)
	}
	return normal(b)
}

func yamlReal(text string) Value {
	text = strings.ToLower(strings.ReplaceAll(text, "_", ""))
	switch strings.TrimLeft(text, "+-") {
	case ".inf":
		if text[0] == '-' {
			return math.Inf(-1)
		}
		return math.Inf(1)
	case ".nan":
		return math.NaN()
	}
	if strings.Contains(text, ":") {
		sum, sign := 0.0, 1.0
		if text[0] == '-' {
			sign = -1
		}
		for _, part := range strings.Split(strings.TrimLeft(text, "+-"), ":") {
			x, _ := strconv.ParseFloat(part, 64)
			sum = sum*60 + x
		}
		return sign * sum
	}
	x, _ := strconv.ParseFloat(text, 64)
	return x
}

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

const yamlWidth = 80

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

var yamlEscapes = map[rune]string{
	0: "0", 7: "a", 8: "b", 9: "t", 10: "n", 11: "v", 12: "f", 13: "r", 27: "e", '"': `"`, '\\': `\`, 0x85: "N", 0xa0: "_", 0x2028: "L", 0x2029: "P",
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
