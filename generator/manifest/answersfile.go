package manifest

import (
	"fmt"
	"slices"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

// ParseAnswers reads a mapping of question ids to values, in YAML or JSON. Text
// stays what was typed: 012 and no are 012 and no.
func ParseAnswers(file string, data []byte) (Answers, error) {
	doc, err := readMapping(file, data)
	if err != nil {
		return nil, err
	}
	return doc.answers(doc.body)
}

// HasKey reports whether a document is a mapping with a key.
func HasKey(file string, data []byte, key string) (bool, error) {
	doc, err := readMapping(file, data)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(pairs(doc.body), func(p *ast.MappingValueNode) bool { return keyText(p) == key }), nil
}

func readMapping(file string, data []byte) (*document, error) {
	doc, err := readDocument(file, data)
	if err != nil {
		return nil, err
	}
	if _, ok := doc.body.(*ast.MappingNode); !ok && pairs(doc.body) == nil {
		return nil, Problems{doc.problem(doc.body.GetToken(), "the answers are not a mapping", "write KEY: VALUE, one a line")}
	}
	return doc, nil
}

func (d *document) answers(body ast.Node) (Answers, error) {
	out := Answers{}
	for _, p := range pairs(body) {
		var s Scalar
		if err := yaml.NodeToValue(p.Value, &s); err != nil {
			return nil, d.undecodable(err)
		}
		if _, twice := out[keyText(p)]; twice {
			return nil, Problems{d.problem(p.Key.GetToken(), fmt.Sprintf("%s is answered twice", keyText(p)), "remove one of the two")}
		}
		out[keyText(p)] = s
	}
	return out, nil
}
