package manifest

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"

	"scaffold/generator/nearest"
)

// A shaped is an element of a document that is held against a type.
type shaped struct {
	name string // how a person calls it: the key it is under
	node ast.Node
	set  func(ast.Node) // puts another node in its place
}

// shape reports each mapping key that t has no field for, and each value that
// is not of the kind that belongs there. A number where a text belongs becomes
// the text that was typed.
func (d *document) shape(s shaped, t reflect.Type, out *Problems) {
	switch n := s.node.(type) {
	case *ast.AnchorNode:
		s.node, s.set = n.Value, func(other ast.Node) { n.Value = other }
	case *ast.AliasNode, *ast.TagNode, nil:
		return
	}
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if _, null := s.node.(*ast.NullNode); null || reflect.PointerTo(t).Implements(reflect.TypeFor[yaml.NodeUnmarshaler]()) {
		return
	}
	switch t.Kind() {
	case reflect.Struct:
		d.shapeStruct(s, t, out)
	case reflect.Map:
		if d.isMapping(s, "write "+s.name+": {NAME: VALUE}", out) {
			for _, pair := range pairs(s.node) {
				d.shape(valueOf(pair), t.Elem(), out)
			}
		}
	case reflect.Slice:
		d.shapeList(s, t, out)
	case reflect.String:
		d.shapeText(s, out)
	case reflect.Bool, reflect.Int:
		d.shapeScalar(s, t.Kind(), out)
	}
}

func valueOf(p *ast.MappingValueNode) shaped {
	return shaped{keyText(p), p.Value, func(other ast.Node) { p.Value = other }}
}

func (d *document) shapeStruct(s shaped, t reflect.Type, out *Problems) {
	fields := yamlFields(t)
	known := slices.Sorted(maps.Keys(fields))
	remedy := "write KEY: VALUE; the keys are " + strings.Join(known, ", ")
	if text, ok := s.node.(*ast.StringNode); ok && s.name != "" {
		main, _, _ := strings.Cut(t.Field(0).Tag.Get("yaml"), ",")
		remedy = fmt.Sprintf("write {%s: %s}", main, text.Token.Value)
	}
	if !d.isMapping(s, remedy, out) {
		return
	}
	for _, pair := range pairs(s.node) {
		key := keyText(pair)
		field, ok := fields[key]
		if !ok {
			*out = append(*out, d.problem(pair.Key.GetToken(), fmt.Sprintf("unknown key %q", key), knownKey(key, fields)))
			continue
		}
		d.shape(valueOf(pair), field, out)
	}
}

// knownKey is the remedy for a key that nothing has.
func knownKey(key string, fields map[string]reflect.Type) string {
	known := slices.Sorted(maps.Keys(fields))
	if before, value, colon := strings.Cut(key, ":"); colon && fields[before] != nil {
		return fmt.Sprintf("write %s: %s, with a blank behind the colon", before, value)
	}
	return orList(nearest.Hint(key, known), known)
}

func (d *document) isMapping(s shaped, remedy string, out *Problems) bool {
	switch s.node.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return true
	}
	d.misfit(s, "is a mapping of keys to values", remedy, out)
	return false
}

func (d *document) shapeList(s shaped, t reflect.Type, out *Problems) {
	seq, ok := s.node.(*ast.SequenceNode)
	if !ok {
		remedy := "write each element on a line of its own, after a -"
		if _, scalar := s.node.(ast.ScalarNode); scalar && t.Elem().Kind() == reflect.String {
			remedy = fmt.Sprintf("write %s: [%s]", s.name, strings.Join(strings.Fields(s.node.GetToken().Value), ", "))
		}
		d.misfit(s, "is a list", remedy, out)
		return
	}
	for i := range seq.Values {
		d.shape(shaped{"an element of " + s.name, seq.Values[i], func(other ast.Node) { seq.Values[i] = other }}, t.Elem(), out)
	}
}

func (d *document) shapeText(s shaped, out *Problems) {
	switch n := s.node.(type) {
	case *ast.StringNode, *ast.LiteralNode:
	case ast.ScalarNode:
		if typed := n.GetToken().Value; s.node.Type() == ast.IntegerType && len(typed) > 1 && typed[0] == '0' {
			d.misfit(s, "is one text", fmt.Sprintf("put it between quotation marks, or YAML may read another number: %q", typed), out)
		} else if s.set != nil {
			s.set(ast.String(token.String(n.GetToken().Value, n.GetToken().Value, n.GetToken().Position)))
		}
	default:
		d.misfit(s, "is one text", "write it on one line, in quotation marks", out)
	}
}

func (d *document) shapeScalar(s shaped, kind reflect.Kind, out *Problems) {
	switch _, number := s.node.(*ast.IntegerNode); {
	case kind == reflect.Int && !number:
		d.misfit(s, "is a whole number", "write a number, without quotation marks", out)
	case kind == reflect.Bool && s.node.Type() != ast.BoolType:
		d.misfit(s, "is true or false", asBool(s.node.GetToken().Value), out)
	}
}

// misfit reports a value that is not of the kind that belongs there.
func (d *document) misfit(s shaped, wants, remedy string, out *Problems) {
	name := s.name
	if name == "" {
		name = "the file"
	}
	*out = append(*out, d.problem(firstToken(s.node), fmt.Sprintf("%s %s, and this is %s", name, wants, kindOf(s.node)), remedy))
}

func kindOf(n ast.Node) string {
	switch n.(type) {
	case *ast.SequenceNode:
		return "a list"
	case *ast.MappingNode, *ast.MappingValueNode:
		return "a mapping"
	case *ast.IntegerNode, *ast.FloatNode:
		return "a number"
	case *ast.BoolNode:
		return "true or false"
	default:
		return "a text"
	}
}

// yamlFields maps the yaml names of a struct to its fields' types.
func yamlFields(t reflect.Type) map[string]reflect.Type {
	fields := map[string]reflect.Type{}
	for f := range t.Fields() {
		switch name, options, _ := strings.Cut(f.Tag.Get("yaml"), ","); {
		case options == "inline":
			maps.Copy(fields, yamlFields(f.Type))
		case name != "" && name != "-":
			fields[name] = f.Type
		}
	}
	return fields
}
