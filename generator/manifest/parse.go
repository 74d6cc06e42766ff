package manifest

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"scaffold/generator/internal/nesting"
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
	text string // without a byte-order mark
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
	if nesting.Of(data) > maxDepth {
		return nil, tooMuch(maxDepth, "%s is nested too deeply", file)
	}
	parsed, err := parser.Parse(tokens(string(data)), 0)
	if err != nil {
		return nil, Problems{notYAML(file, string(data), err)}
	}
	if len(parsed.Docs) == 0 || parsed.Docs[0].Body == nil {
		return nil, Problems{problem(file, 1, 1, "the file is empty", "write KEY: VALUE, one a line; `scaffold template init` makes a template that is complete")}
	}
	if len(parsed.Docs) > 1 {
		at := parsed.Docs[1].Start
		if at == nil {
			at = parsed.Docs[1].GetToken()
		}
		return nil, Problems{problem(file, at.Position.Line, at.Position.Column, "the file holds more than one YAML document", "remove the line ---, or what is below it")}
	}
	body := parsed.Docs[0].Body
	if n := expandedSize(body, map[string]int{}); n > maxNodes {
		return nil, tooMuch(fmt.Sprintf("%d nodes", maxNodes), "%s is too large once its aliases are expanded", file)
	}
	return &document{file: file, body: body, text: string(data)}, nil
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
	d.shape(shaped{"", d.body, nil}, reflect.TypeOf(v).Elem(), &problems)
	if len(problems) > 0 {
		return problems
	}
	if err := toValue(d.body, v); err != nil {
		return d.undecodable(err)
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
