package manifest

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/expr-lang/expr"
)

// Type is a question's type. What a type is says its descriptor, in [types]; the
// rest of the program asks that, and names no type.
type Type string

// The types of questions.
const (
	String Type = "string"
	Int    Type = "int"
	Bool   Type = "bool"
	Select Type = "choice"
	Multi  Type = "multi"
	Path   Type = "path"
	Secret Type = "secret"
)

// Control is what asks a question, and the type of what it gives.
type Control int

// The controls.
const (
	OneOf  Control = iota // one of a list: string
	SomeOf                // some of a list, in its order: []string
	Line                  // one line, without blanks around it: string
	Number                // a whole number: int, or nil where it is left empty
	YesNo                 // yes or no: bool
	Hidden                // one line that is never shown: string
)

// A descriptor is all that is to be known of a type of questions.
type descriptor struct {
	name    Type
	control Control
	zero    func() any  // the value while the question is not asked
	result  expr.Option // what an expression for its default has to give
	parse   func(*Question, Scalar) (any, error)
	schema  func(*Question) map[string]any // of an answer
	takes   string                         // how --set shows a value that has no alternatives
	sample  string
	text    bool // free text: it may have reserved words, and may hold anything
	slashes bool // its text may hold slashes, and become a path
	choices bool // it has choices
}

// types has a descriptor for each type: a new one is added here, and to
// schema.json.
func types() []descriptor {
	anyText := func(*Question) map[string]any { // taken from the source: 8000 and no are texts, too
		return map[string]any{"type": []string{"string", "number", "boolean"}}
	}
	line := descriptor{
		control: Line, zero: func() any { return "" }, result: expr.AsKind(reflect.String),
		parse: (*Question).parseText, schema: anyText, takes: "TEXT", sample: "TEXT",
	}
	text, path, secret, choice := line, line, line, line
	text.name, text.text = String, true
	path.name, path.text, path.slashes = Path, true, true
	secret.name, secret.control = Secret, Hidden
	choice.name, choice.control, choice.choices = Select, OneOf, true
	choice.parse = func(q *Question, s Scalar) (any, error) { return s.Text, q.oneOfChoices(s.Text) }
	choice.schema = func(q *Question) map[string]any { return map[string]any{"enum": q.Values()} }
	return []descriptor{
		text,
		{
			name: Int, control: Number, zero: func() any { return 0 }, result: expr.AsInt(), parse: (*Question).parseInt,
			schema: func(*Question) map[string]any { return map[string]any{"type": "integer"} }, takes: "NUMBER", sample: "1",
		},
		{
			name: Bool, control: YesNo, zero: func() any { return false }, result: expr.AsBool(), parse: (*Question).parseBool,
			schema: func(*Question) map[string]any { return map[string]any{"type": "boolean"} }, sample: "true",
		},
		choice,
		{
			name: Multi, control: SomeOf, zero: func() any { return []string{} }, result: expr.AsKind(reflect.Slice), parse: (*Question).parseMulti, choices: true,
			schema: func(q *Question) map[string]any {
				return map[string]any{"type": "array", "items": map[string]any{"enum": q.Values()}}
			},
		},
		path,
		secret,
	}
}

// typeNames lists the types as a manifest names them.
func typeNames() []string {
	var names []string
	for _, d := range types() {
		names = append(names, string(d.name))
	}
	return names
}

// of gives the descriptor of a type that has been checked; a type that nobody
// knows is text.
func (t Type) of() descriptor {
	all := types()
	return all[max(0, slices.IndexFunc(all, func(d descriptor) bool { return d.name == t }))]
}

// Control is what asks a question of the type.
func (t Type) Control() Control { return t.of().control }

// IsSecret reports whether an answer is kept out of records, expressions, names
// and everything that is shown.
func (t Type) IsSecret() bool { return t.of().control == Hidden }

// IsText reports whether any text may be an answer, so that the question's rules
// alone keep a bad one out.
func (t Type) IsText() bool { return t.of().text }

// MayHoldSlashes reports whether an answer may bring folders into a file's name.
func (t Type) MayHoldSlashes() bool { return t.of().slashes }

// Many reports whether an answer is a list.
func (t Type) Many() bool { return t.of().control == SomeOf }

// Alternatives are the values that an answer is one of, or has some of; nil
// where it may be any.
func (q *Question) Alternatives() []string {
	d := q.Type.of()
	switch {
	case d.choices:
		return q.Values()
	case d.control == YesNo:
		return []string{"true", "false"}
	}
	return nil
}

// Takes shows what --set takes for the question: eu|us, a,b, NUMBER.
func (q *Question) Takes() string {
	list := q.Alternatives()
	switch {
	case list == nil:
		return q.Type.of().takes
	case q.Type.Many():
		return strings.Join(list, ",")
	}
	return strings.Join(list, "|")
}

// Sample is an answer that shows what the question takes: its example, its
// first choice, or a word for its type.
func (q *Question) Sample() string {
	switch {
	case q.Example != "":
		return q.Example
	case len(q.Choices) > 0:
		return q.Choices[0].Value
	}
	return q.Type.of().sample
}

// parse reads a given answer as the question's type. The error says what is
// allowed.
func (q *Question) parse(s Scalar) (any, error) {
	if s.Many && !q.Type.Many() {
		return nil, fmt.Errorf("one value, not a list")
	}
	return q.Type.of().parse(q, s)
}

func (q *Question) parseText(s Scalar) (any, error) { return s.Text, nil }

func (q *Question) parseInt(s Scalar) (any, error) {
	n, err := strconv.Atoi(s.Text)
	if err != nil {
		return nil, fmt.Errorf("must be a whole number")
	}
	return n, nil
}

func (q *Question) parseBool(s Scalar) (any, error) {
	if s.Text != "true" && s.Text != "false" {
		return nil, fmt.Errorf("must be true or false")
	}
	return s.Text == "true", nil
}

func (q *Question) parseMulti(s Scalar) (any, error) {
	values := s.List
	if !s.Many && s.Text != "" {
		values = strings.Split(s.Text, ",")
	}
	out := []string{}
	for _, c := range q.Choices { // in the order of the choices, whatever was typed
		if slices.Contains(values, c.Value) {
			out = append(out, c.Value)
		}
	}
	for _, v := range values {
		if err := q.oneOfChoices(v); err != nil {
			return nil, err
		}
	}
	return out, nil
}
