package manifest

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"scaffold/generator/fault"
	"scaffold/generator/nearest"
)

// The size of a document that scaffold reads, and what its aliases may expand
// to. A template.yaml of a few kilobytes is usual; an alias bomb is not.
const (
	maxBytes = 1 << 20
	maxNodes = 50_000
	maxDepth = 200
)

// Parse reads and checks a template.yaml. Everything that is wrong is reported
// at once, as [Problems] with file, line and column. The expressions of an
// overlay wait for [Manifest.Extend], which knows the questions of its base.
func Parse(data []byte) (*Manifest, error) {
	doc, err := readDocument(FileName, data)
	if err != nil {
		return nil, err
	}
	var m Manifest
	if err := doc.decode(&m); err != nil {
		return nil, err
	}
	m.doc = doc
	c := &checker{m: &m, doc: doc}
	if err := c.check(); err != nil {
		return nil, err
	}
	return &m, nil
}

// A document is one parsed YAML file with its positions.
type document struct {
	file string
	body ast.Node
}

func readDocument(file string, data []byte) (*document, error) {
	if len(data) > maxBytes {
		return nil, tooMuch("1 MiB", "%s has %d bytes", file, len(data))
	}
	return parse(file, data, maxNodes)
}

// parse reads a document of any size, in UTF-8, with or without a byte-order
// mark.
func parse(file string, data []byte, maxNodes int) (*document, error) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if at := notUTF8(data); at >= 0 {
		line := 1 + bytes.Count(data[:at], []byte("\n"))
		return nil, Problems{problem(file, line, at-bytes.LastIndexByte(data[:at], '\n'), "this is not UTF-8", "save the file as UTF-8")}
	}
	if nesting(data) > maxDepth {
		return nil, tooMuch(maxDepth, "%s is nested too deeply", file)
	}
	parsed, err := parser.ParseBytes(data, 0)
	if err != nil {
		return nil, yamlProblem(file, err)
	}
	if len(parsed.Docs) == 0 || parsed.Docs[0].Body == nil {
		return nil, Problems{problem(file, 1, 1, "the file is empty", "")}
	}
	if len(parsed.Docs) > 1 {
		return nil, Problems{problem(file, 1, 1, "the file holds more than one YAML document", "")}
	}
	body := parsed.Docs[0].Body
	if n := expandedSize(body, map[string]int{}); n > maxNodes {
		return nil, tooMuch(fmt.Sprintf("%d nodes", maxNodes), "%s is too large once its aliases are expanded", file)
	}
	return &document{file: file, body: body}, nil
}

// notUTF8 is where a text stops being UTF-8, or -1.
func notUTF8(data []byte) int {
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size <= 1 {
			return i
		}
		i += size
	}
	return -1
}

// decode fills v, after every key has been held against v's type.
func (d *document) decode(v any) error {
	var problems Problems
	d.unknownKeys(d.body, reflect.TypeOf(v).Elem(), &problems)
	if len(problems) > 0 {
		return problems
	}
	if err := toValue(d.body, v); err != nil {
		return yamlProblem(d.file, err)
	}
	return nil
}

// toValue decodes a node. The library panics over some documents, such as a tag
// on nothing where a list belongs; that is an error like any other.
func toValue(n ast.Node, v any) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = errors.New("this is not YAML that can be read: is there a tag (!) without a value?")
		}
	}()
	return yaml.NodeToValue(n, v)
}

// unknownKeys reports each mapping key that t has no field for.
func (d *document) unknownKeys(n ast.Node, t reflect.Type, out *Problems) {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if reflect.PointerTo(t).Implements(reflect.TypeFor[yaml.NodeUnmarshaler]()) {
		return
	}
	switch t.Kind() {
	case reflect.Struct:
		fields := yamlFields(t)
		for _, pair := range pairs(n) {
			key := keyText(pair)
			field, ok := fields[key]
			if !ok {
				known := sortedKeys(fields)
				*out = append(*out, d.problem(pair.Key.GetToken(), fmt.Sprintf("unknown key %q", key), orList(nearest.Hint(key, known), known)))
				continue
			}
			d.unknownKeys(pair.Value, field, out)
		}
	case reflect.Map:
		for _, pair := range pairs(n) {
			d.unknownKeys(pair.Value, t.Elem(), out)
		}
	case reflect.Slice:
		if seq, ok := n.(*ast.SequenceNode); ok {
			for _, v := range seq.Values {
				d.unknownKeys(v, t.Elem(), out)
			}
		}
	}
}

func (d *document) problem(tok *token.Token, message, remedy string) *fault.Fault {
	f := problem(d.file, 0, 0, message, remedy)
	if tok != nil {
		f.Place.Line, f.Place.Column = tok.Position.Line, tok.Position.Column
	}
	return f
}

// at finds the token of the deepest element of path that exists: mapping keys
// are strings, list elements ints.
func (d *document) at(path ...any) *token.Token {
	n := d.body
	tok := n.GetToken()
	for _, step := range path {
		switch step := step.(type) {
		case string:
			i := slices.IndexFunc(pairs(n), func(p *ast.MappingValueNode) bool { return keyText(p) == step })
			if i < 0 {
				return tok
			}
			p := pairs(n)[i]
			n, tok = p.Value, p.Key.GetToken()
			if _, scalar := n.(ast.ScalarNode); scalar {
				tok = n.GetToken()
			}
		case int:
			seq, ok := n.(*ast.SequenceNode)
			if !ok || step >= len(seq.Values) {
				return tok
			}
			n = seq.Values[step]
			tok = firstToken(n)
		}
	}
	return tok
}

func firstToken(n ast.Node) *token.Token {
	if p := pairs(n); len(p) > 0 {
		return p[0].Key.GetToken()
	}
	return n.GetToken()
}

// pairs gives a mapping's entries, and none for anything else.
func pairs(n ast.Node) []*ast.MappingValueNode {
	switch n := n.(type) {
	case *ast.MappingNode:
		return n.Values
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}
	case *ast.AnchorNode:
		return pairs(n.Value)
	case *ast.TagNode:
		return pairs(n.Value)
	default:
		return nil
	}
}

func keyText(p *ast.MappingValueNode) string { return p.Key.GetToken().Value }

// yamlFields maps the yaml names of a struct to its fields' types.
func yamlFields(t reflect.Type) map[string]reflect.Type {
	fields := map[string]reflect.Type{}
	for f := range t.Fields() {
		switch name, options, _ := strings.Cut(f.Tag.Get("yaml"), ","); {
		case options == "inline":
			maps.Copy(fields, yamlFields(f.Type))
		case name != "":
			fields[name] = f.Type
		}
	}
	return fields
}

// yamlProblem turns a parser's or decoder's error into ours.
func yamlProblem(file string, err error) error {
	f := problem(file, 1, 1, err.Error(), "")
	var at yaml.Error
	if errors.As(err, &at) {
		f.Message = at.GetMessage()
		if tok := at.GetToken(); tok != nil {
			f.Place.Line, f.Place.Column = tok.Position.Line, tok.Position.Column
		}
	}
	return Problems{f}
}

// nesting is the deepest level of [ and { in the bytes, strings included: a
// bound, not a parse.
func nesting(data []byte) int {
	depth, deepest := 0, 0
	for _, b := range data {
		switch b {
		case '[', '{':
			depth++
			deepest = max(deepest, depth)
		case ']', '}':
			depth = max(0, depth-1)
		}
	}
	return deepest
}

// expandedSize counts the nodes below n with every alias written out.
func expandedSize(n ast.Node, anchors map[string]int) int {
	size := 1
	switch n := n.(type) {
	case *ast.AnchorNode:
		size = expandedSize(n.Value, anchors)
		anchors[n.Name.GetToken().Value] = size
	case *ast.TagNode:
		size = expandedSize(n.Value, anchors)
	case *ast.AliasNode:
		size = max(1, anchors[n.Value.GetToken().Value])
	case *ast.SequenceNode:
		for _, v := range n.Values {
			size = min(size+expandedSize(v, anchors), maxNodes+1)
		}
	default:
		for _, p := range pairs(n) {
			size = min(size+1+expandedSize(p.Value, anchors), maxNodes+1)
		}
	}
	return size
}

func orList(hint string, known []string) string {
	if hint != "" {
		return hint
	}
	return "known here: " + strings.Join(known, ", ")
}

// Decode reads a small YAML or JSON document into v with the rules of the
// manifest: unknown keys and wrong types are [Problems] with their place, and
// sizes are capped. An empty document leaves v as it is.
func Decode(file string, data []byte, v any) error {
	if len(strings.TrimSpace(string(data))) == 0 {
		return nil
	}
	doc, err := readDocument(file, data)
	if err != nil {
		return err
	}
	return doc.decode(v)
}

// DecodeLarge is [Decode] for documents that scaffold writes itself, which may
// be large; the caller bounds their size.
func DecodeLarge(file string, data []byte, v any) error {
	doc, err := parse(file, data, 10*len(data))
	if err != nil {
		return err
	}
	return doc.decode(v)
}
