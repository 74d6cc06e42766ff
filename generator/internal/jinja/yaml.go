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

const yamlWidth = 80

var yamlEscapes = map[rune]string{
	0: "0", 7: "a", 8: "b", 9: "t", 10: "n", 11: "v", 12: "f", 13: "r", 27: "e", '"': `"`, '\\': `\`, 0x85: "N", 0xa0: "_", 0x2028: "L", 0x2029: "P",
}
