package patch

import (
	"bytes"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

var yamlSyntax = syntax{
	comments: []string{"#"}, between: ':', spaced: true,
	key: func(text string) string {
		var name string
		if yaml.Unmarshal([]byte(text), &name) != nil {
			return text
		}
		return name
	},
	write:    writeFlowYAML,
	writeKey: func(name string) string { return writeFlowYAML(name) },
}

// A yamlFile is a YAML file of one document.
type yamlFile struct {
	data []byte
	body ast.Node
}

func openYAML(data []byte) (file, error) {
	doc, err := parser.ParseBytes(data, 0)
	if err != nil {
		return nil, refuse("", "it is not YAML: %v", err)
	}
	if len(doc.Docs) > 1 {
		return nil, refuse("use before or after with text instead", "it holds more than one YAML document")
	}
	y := &yamlFile{data: data}
	if len(doc.Docs) == 1 {
		y.body = doc.Docs[0].Body
	}
	if y.body != nil && expands(y.body, len(data)) {
		return nil, refuse("use before or after with text instead", "its aliases stand for too much to be patched by key")
	}
	return y, nil
}

// expands reports aliases that make a small text a large value.
func expands(body ast.Node, size int) bool {
	nested := false
	for _, anchor := range ast.Filter(ast.AnchorType, body) {
		nested = nested || len(ast.Filter(ast.AliasType, anchor)) > 0
	}
	return nested || len(ast.Filter(ast.AliasType, body))*size > 64*maxBytes
}

// A spot is a value in block style: between the key or dash that it belongs to
// and the next one.
type spot struct {
	node   ast.Node
	head   int // the key, or the dash
	behind int // behind the colon, or the dash
	column int // of the key or dash, from 0
	list   bool
}

// offset is the place of a token. Its own offset counts characters; line and
// column are right.
func (y *yamlFile) offset(t *token.Token) int {
	at := 0
	for range t.Position.Line - 1 {
		at = lineEnd(y.data, at)
	}
	for range t.Position.Column - 1 {
		at += len(string([]rune(string(y.data[at:min(len(y.data), at+4)]))[:1]))
	}
	return at
}

// entries are the keys of a block mapping.
func (y *yamlFile) entries(n ast.Node) []spot {
	var values []*ast.MappingValueNode
	switch n := n.(type) {
	case *ast.MappingNode:
		values = n.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{n}
	}
	spots := make([]spot, len(values))
	for i, v := range values {
		head := y.offset(v.Key.GetToken())
		spots[i] = spot{node: v.Value, head: head, behind: y.offset(v.Start) + 1, column: head - lineStart(y.data, head)}
	}
	return spots
}

// elements are the dashes of a block list.
func (y *yamlFile) elements(n *ast.SequenceNode) []spot {
	dash := y.offset(n.Start)
	column := dash - lineStart(y.data, dash)
	var spots []spot
	for i := range n.Values {
		if i > 0 {
			dash = y.nextDash(dash, column)
		}
		spots = append(spots, spot{node: n.Values[i], head: dash, behind: dash + 1, column: column, list: true})
	}
	return spots
}

// nextDash finds the next element of a list: the next line with a dash in its
// column.
func (y *yamlFile) nextDash(at, column int) int {
	for at = lineEnd(y.data, at); at < len(y.data); at = lineEnd(y.data, at) {
		line := y.data[at:lineEnd(y.data, at)]
		if len(indentOf(y.data, at)) == column && bytes.HasPrefix(line[column:], []byte("-")) {
			return at + column
		}
	}
	return len(y.data)
}

// end is behind the last line of a spot's value, the line break included: lines
// that are indented deeper, without blank lines and comments that trail.
func (y *yamlFile) end(s spot) int {
	end := lineEnd(y.data, s.behind)
	for at := end; at < len(y.data); at = lineEnd(y.data, at) {
		line := y.data[at:lineEnd(y.data, at)]
		text := bytes.TrimSpace(line)
		depth := len(indentOf(y.data, at))
		dash := !s.list && depth == s.column && bytes.HasPrefix(text, []byte("- "))
		switch {
		case len(text) == 0, text[0] == '#':
			continue
		case depth > s.column || dash:
			end = at + len(line)
		default:
			return end
		}
	}
	return end
}

// flow is the value of a spot in flow style, or nil.
func (y *yamlFile) flow(n ast.Node) *flow {
	var start *token.Token
	switch n := n.(type) {
	case *ast.MappingNode:
		if n.IsFlowStyle {
			start = n.Start
		}
	case *ast.SequenceNode:
		if n.IsFlowStyle {
			start = n.Start
		}
	}
	if start == nil {
		return nil
	}
	return yamlSyntax.scan(y.data, y.offset(start))
}

func isEmpty(n ast.Node) bool {
	_, null := n.(*ast.NullNode)
	return n == nil || null
}

// children are the entries of a block mapping or the elements of a block list;
// nil for another value.
func (y *yamlFile) children(n ast.Node) ([]spot, bool) {
	if anchor, ok := n.(*ast.AnchorNode); ok {
		n = anchor.Value
	}
	if seq, ok := n.(*ast.SequenceNode); ok {
		return y.elements(seq), true
	}
	return y.entries(n), false
}

// find gives the child that a step names, or -1 for a key that is not there.
func (y *yamlFile) find(spots []spot, list bool, key Key, i int) (int, error) {
	if list {
		return element(key, i, len(spots))
	}
	for n, s := range spots {
		text := strings.TrimSpace(string(y.data[s.head : s.behind-1]))
		if yamlSyntax.key(text) == key[i].Name {
			return n, nil
		}
	}
	return -1, nil
}

func (y *yamlFile) set(key Key, value any) ([]byte, error) {
	if isEmpty(y.body) {
		v, err := nest(key, value)
		if err != nil {
			return nil, err
		}
		return append(ended(y.data), writeBlockYAML(v, 0, true)...), nil
	}
	return y.setIn(y.body, nil, key, 0, value)
}

// setIn changes the value at key[i:] below a node; at is where the node stands.
func (y *yamlFile) setIn(n ast.Node, at *spot, key Key, i int, value any) ([]byte, error) {
	if f := y.flow(n); f != nil {
		return f.set(key, i, value)
	}
	spots, list := y.children(n)
	if len(spots) == 0 {
		return nil, notContainer(key[:i])
	}
	found := -1
	if !list || !key[i].isAppend() {
		var err error
		if found, err = y.find(spots, list, key, i); err != nil {
			return nil, err
		}
	}
	if found >= 0 && i < len(key)-1 && !isEmpty(spots[found].node) {
		return y.setIn(spots[found].node, &spots[found], key, i+1, value)
	}
	v, err := nest(key[i+1:], value)
	if err != nil {
		return nil, err
	}
	if found >= 0 {
		return y.replace(spots[found], v), nil
	}
	return y.append(spots, list, key[i], v), nil
}

// append writes a key or an element behind the last one.
func (y *yamlFile) append(spots []spot, list bool, step Step, value any) []byte {
	last := spots[len(spots)-1]
	end := y.end(last)
	indent := strings.Repeat(" ", last.column)
	text := indent + writeFlowYAML(step.Name) + ":" + y.written(value, last.column, false)
	if list {
		text = indent + "-" + y.written(value, last.column, true)
	}
	if y.data[end-1] != '\n' {
		text = "\n" + strings.TrimSuffix(text, "\n")
	}
	return splice(y.data, end, end, text)
}

// replace writes another value behind a key or a dash. A comment on the line
// stays where the old and the new value both end there.
func (y *yamlFile) replace(s spot, value any) []byte {
	text := y.written(value, s.column, s.list)
	end := y.end(s)
	line := lineEnd(y.data, s.behind)
	if end == line && strings.Count(text, "\n") == 1 {
		at := s.behind + len(y.data[s.behind:line]) - len(bytes.TrimLeft(y.data[s.behind:line], " \t"))
		stop := at
		if at < line && y.data[at] != '\n' && y.data[at] != '#' {
			stop = y.scalarEnd(at)
		}
		if rest := bytes.TrimSpace(y.data[stop:line]); at > s.behind && (len(rest) == 0 || rest[0] == '#') {
			return splice(y.data, s.behind, stop, strings.TrimSuffix(text, "\n"))
		}
	}
	if end > 0 && y.data[end-1] != '\n' {
		text = strings.TrimSuffix(text, "\n")
	}
	return splice(y.data, s.behind, end, text)
}

// scalarEnd is the end of a value on one line, without a comment behind it.
func (y *yamlFile) scalarEnd(at int) int {
	if strings.IndexByte(`"'[{`, y.data[at]) >= 0 {
		return yamlSyntax.token(y.data, at)
	}
	end := lineEnd(y.data, at)
	for i := at; i < end; i++ {
		if y.data[i] == '#' && i > at && (y.data[i-1] == ' ' || y.data[i-1] == '\t') {
			end = i
			break
		}
	}
	return at + len(bytes.TrimRight(y.data[at:end], " \t\n"))
}

func (y *yamlFile) remove(key Key) ([]byte, error) {
	if isEmpty(y.body) {
		return nil, missing(key)
	}
	return y.removeIn(y.body, nil, key, 0)
}

func (y *yamlFile) removeIn(n ast.Node, at *spot, key Key, i int) ([]byte, error) {
	if f := y.flow(n); f != nil {
		return f.remove(key, i)
	}
	spots, list := y.children(n)
	if len(spots) == 0 {
		return nil, missing(key[:i+1])
	}
	found, err := y.find(spots, list, key, i)
	if err != nil {
		return nil, err
	}
	if found < 0 {
		return nil, missing(key[:i+1])
	}
	s := spots[found]
	switch {
	case i < len(key)-1:
		return y.removeIn(s.node, &s, key, i+1)
	case len(spots) == 1 && at != nil && list:
		return y.replace(*at, []any{}), nil
	case len(spots) == 1 && at != nil:
		return y.replace(*at, yaml.MapSlice{}), nil
	case len(bytes.TrimSpace(y.data[lineStart(y.data, s.head):s.head])) > 0 && found < len(spots)-1:
		return splice(y.data, s.head, spots[found+1].head, ""), nil // it shares its line with a dash
	}
	return splice(y.data, lineStart(y.data, s.head), y.end(s), ""), nil
}

// written is a value as it stands behind a colon or a dash, with its line break.
func (y *yamlFile) written(value any, column int, dash bool) string {
	switch v := value.(type) {
	case yaml.MapSlice:
		if len(v) > 0 && dash {
			return " " + strings.TrimLeft(writeBlockYAML(v, column+2, true), " ")
		}
		if len(v) > 0 {
			return "\n" + writeBlockYAML(v, column+len(y.unit()), true)
		}
	case []any:
		if len(v) > 0 && !dash {
			return "\n" + writeBlockYAML(v, column+y.listIndent(), y.listIndent() > 0)
		}
	case string:
		if strings.Contains(v, "\n") {
			text := writeBlockYAML(v, column, true) // a text over lines is indented by itself
			return " " + strings.TrimLeft(text, " ")
		}
	}
	return " " + writeFlowYAML(value) + "\n"
}

// unit is the indentation of mappings in the file.
func (y *yamlFile) unit() string {
	for line := range bytes.Lines(y.data) {
		text := bytes.TrimLeft(line, " ")
		if n := len(line) - len(text); n > 0 && len(bytes.TrimSpace(text)) > 0 && text[0] != '#' && text[0] != '-' {
			return strings.Repeat(" ", min(n, 8))
		}
	}
	return "  "
}

// listIndent is how far a list is indented below its key.
func (y *yamlFile) listIndent() int {
	before := -1
	for line := range bytes.Lines(y.data) {
		text := bytes.TrimSpace(line)
		depth := len(line) - len(bytes.TrimLeft(line, " "))
		if bytes.HasPrefix(text, []byte("- ")) && before >= 0 {
			return max(0, depth-before)
		}
		before = -1
		if bytes.HasSuffix(text, []byte(":")) {
			before = depth
		}
	}
	return 2
}

// ended gives the text with a line break at its end.
func ended(data []byte) []byte {
	if len(data) > 0 && data[len(data)-1] != '\n' {
		data = append(bytes.Clone(data), '\n')
	}
	return data
}

// writeBlockYAML writes a value over several lines, each indented.
func writeBlockYAML(v any, indent int, indentLists bool) string {
	data, err := yaml.MarshalWithOptions(v, yaml.Indent(2), yaml.IndentSequence(indentLists), yaml.UseLiteralStyleIfMultiline(true))
	if err != nil { // only texts, numbers, lists and mappings are in it
		panic(err)
	}
	var b strings.Builder
	for line := range strings.Lines(string(data)) {
		if strings.TrimSpace(line) != "" {
			b.WriteString(strings.Repeat(" ", indent))
		}
		b.WriteString(line)
	}
	return b.String()
}

// writeFlowYAML writes a value on one line.
func writeFlowYAML(v any) string {
	if s, ok := v.(string); ok && strings.ContainsAny(s, "\n,[]{}") {
		return quoteJSON(s)
	}
	data, err := yaml.MarshalWithOptions(v, yaml.Flow(true))
	if err != nil {
		panic(err)
	}
	return strings.TrimSpace(string(data))
}
