package manifest

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

// Scalar is a YAML value kept as it was typed: 012 and no stay 012 and no for
// a string question. A list is kept for a multi question.
type Scalar struct {
	Text string
	List []string
	Many bool // it was a list
}

// UnmarshalYAML keeps the source text.
func (s *Scalar) UnmarshalYAML(n ast.Node) error {
	switch n := n.(type) {
	case *ast.SequenceNode:
		s.Many = true
		s.List = make([]string, 0, len(n.Values))
		for _, v := range n.Values {
			text, err := scalarText(v)
			if err != nil {
				return err
			}
			s.List = append(s.List, text)
		}
		return nil
	default:
		text, err := scalarText(n)
		s.Text = text
		return err
	}
}

// MarshalYAML writes the list or the text.
func (s Scalar) MarshalYAML() (any, error) {
	if s.Many {
		return s.List, nil
	}
	return s.Text, nil
}

func scalarText(n ast.Node) (string, error) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, nil
	case *ast.LiteralNode:
		return n.Value.Value, nil
	case *ast.TagNode:
		return scalarText(n.Value)
	case *ast.NullNode:
		return "", nil
	case ast.ScalarNode:
		return n.GetToken().Value, nil
	default:
		return "", misplaced(n, "one value is expected, and this is "+kindOf(n), "write one text, number, true or false; a list holds nothing else")
	}
}

// Default is a question's default: a value, or an expression over earlier
// answers and signals.
type Default struct {
	Value Scalar
	Expr  string

	expr *expression
}

// UnmarshalYAML accepts a value, a list, or {expr: '…'}.
func (d *Default) UnmarshalYAML(n ast.Node) error {
	m, ok := n.(*ast.MappingNode)
	if !ok {
		return d.Value.UnmarshalYAML(n)
	}
	if len(m.Values) != 1 || m.Values[0].Key.String() != "expr" {
		return misplaced(n, "a default is a value, a list, or {expr: '…'}", "write default: VALUE or default: {expr: 'snake(name)'}")
	}
	text, err := scalarText(m.Values[0].Value)
	d.Expr = text
	return err
}

// MarshalYAML writes what UnmarshalYAML reads.
func (d Default) MarshalYAML() (any, error) {
	if d.Expr != "" {
		return map[string]string{"expr": d.Expr}, nil
	}
	return d.Value.MarshalYAML()
}

// Computed is the list of computed names in the order of the file, so that one
// may use those above it.
type Computed []ComputedValue

// ComputedValue is one computed name.
type ComputedValue struct {
	Name string
	Expr string

	expr *expression
}

// UnmarshalYAML keeps the order of the mapping.
func (c *Computed) UnmarshalYAML(n ast.Node) error {
	var pairs []*ast.MappingValueNode
	switch n := n.(type) {
	case *ast.MappingNode:
		pairs = n.Values
	case *ast.MappingValueNode:
		pairs = []*ast.MappingValueNode{n}
	default:
		return misplaced(n, "computed is a mapping of name: expression, and this is "+kindOf(n), "write package: 'snake(name)', one a line")
	}
	for _, p := range pairs {
		text, err := scalarText(p.Value)
		if err != nil {
			return err
		}
		*c = append(*c, ComputedValue{Name: p.Key.String(), Expr: text})
	}
	return nil
}

// MarshalYAML writes the mapping back in its order.
func (c Computed) MarshalYAML() (any, error) {
	m := make(yaml.MapSlice, len(c))
	for i, v := range c {
		m[i] = yaml.MapItem{Key: v.Name, Value: v.Expr}
	}
	return m, nil
}

// Settings are the values that a patch sets, in the order of the file.
type Settings []Setting

// Setting is one value: text, number, true, false, null, a list ([]any) or a
// mapping (yaml.MapSlice, in the order of the file).
type Setting struct {
	Key   string // the path, as written: project.dependencies.+
	Value any
}

// UnmarshalYAML keeps the order of mappings.
func (s *Settings) UnmarshalYAML(n ast.Node) error {
	if _, ok := n.(ast.MapNode); !ok {
		return misplaced(n, "set is a mapping of key path: value, and this is "+kindOf(n), "write set: {tool.ruff.line-length: 100}")
	}
	for _, p := range pairs(n) {
		setting := Setting{Key: keyText(p)}
		if err := yaml.NodeToValue(p.Value, &setting.Value, yaml.UseOrderedMap()); err != nil {
			return err
		}
		*s = append(*s, setting)
	}
	return nil
}

// MarshalYAML writes the mapping back in its order.
func (s Settings) MarshalYAML() (any, error) {
	m := make(yaml.MapSlice, len(s))
	for i, v := range s {
		m[i] = yaml.MapItem{Key: v.Key, Value: v.Value}
	}
	return m, nil
}

// Duration is a time.Duration written as 300s or 5m.
type Duration time.Duration

// UnmarshalYAML reads what time.ParseDuration reads.
func (d *Duration) UnmarshalYAML(n ast.Node) error {
	text, err := scalarText(n)
	if err != nil {
		return err
	}
	v, err := time.ParseDuration(text)
	if err != nil || v <= 0 {
		return misplaced(n, fmt.Sprintf("%q is not a duration", text), durationLike(text))
	}
	*d = Duration(v)
	return nil
}

// durationLike is the duration that a text probably means.
func durationLike(text string) string {
	m := regexp.MustCompile(`^(\d+) *(s|m|h)?[a-z]*$`).FindStringSubmatch(strings.ToLower(text))
	if m == nil || m[1] == "0" {
		return "write one such as 300s or 5m"
	}
	return "write " + m[1] + cmp.Or(m[2], "s")
}

// misplaced is a value of the wrong kind; who decodes the document names the
// file.
func misplaced(n ast.Node, message, remedy string) error {
	at := n.GetToken().Position
	return problem("", at.Line, at.Column, message, remedy)
}

// MarshalYAML writes the duration as it is read.
func (d Duration) MarshalYAML() (any, error) { return time.Duration(d).String(), nil }

// String writes a list with commas, as --set takes it.
func (s Scalar) String() string {
	if s.Many {
		return strings.Join(s.List, ",")
	}
	return s.Text
}
