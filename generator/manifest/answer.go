package manifest

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"scaffold/generator/nearest"
)

func (q *Question) oneOfChoices(value string) error {
	values := q.Values()
	if slices.Contains(values, value) {
		return nil
	}
	text := "must be one of " + strings.Join(values, ", ")
	if hint := nearest.Hint(value, values); hint != "" {
		text += "; " + hint
	}
	return fmt.Errorf("%s", text)
}

// allowed says what to write instead of an answer that is none.
func (q *Question) allowed(s Scalar) string {
	values := q.Values()
	switch {
	case q.Type.Control() == YesNo:
		return asBool(s.Text)
	case q.Type.Control() == Number:
		return "write a number, without quotation marks"
	case len(values) > 0:
		wrong := append(slices.Clone(s.List), s.Text)
		i := slices.IndexFunc(wrong, func(v string) bool { return v != "" && !slices.Contains(values, v) })
		if i < 0 {
			return orList("", values)
		}
		return orList(nearest.Hint(wrong[i], values), values)
	case s.Many:
		return "write one value, or make the question type: multi"
	default:
		return "write one line of text"
	}
}

// asBool is true or false, whichever a text probably means.
func asBool(text string) string {
	switch strings.ToLower(text) {
	case "yes", "on", "y", "1", "true":
		return "did you mean true?"
	case "no", "off", "n", "0", "false":
		return "did you mean false?"
	default:
		return "write true or false"
	}
}

// Values lists the values of the choices.
func (q *Question) Values() []string {
	values := make([]string, len(q.Choices))
	for i, c := range q.Choices {
		values[i] = c.Value
	}
	return values
}

// Label is what a person calls the question.
func (q *Question) Label() string {
	if q.Title != "" {
		return q.Title
	}
	return q.ID
}

// Question finds a question by its id.
func (m *Manifest) Question(id string) (*Question, bool) {
	i := slices.IndexFunc(m.Questions, func(q Question) bool { return q.ID == id })
	if i < 0 {
		return nil, false
	}
	return &m.Questions[i], true
}

func (m *Manifest) questionIDs() []string {
	ids := make([]string, len(m.Questions))
	for i, q := range m.Questions {
		ids[i] = q.ID
	}
	return ids
}

// checkAlone is check without other answers: rules that look at them wait.
func (m *Manifest) checkAlone(q *Question, value any) error { return m.check(q, value, nil) }

// looksAtValue reports whether a validation looks at nothing but the value.
func (v Validation) looksAtValue() bool {
	return v.expr == nil || slices.Equal(v.expr.names(), []string{"value"})
}

// check holds a typed value against the question's validations; env are the
// names known at the question, nil where there are none yet.
func (m *Manifest) check(q *Question, value any, env map[string]any) error {
	if s, ok := value.(string); ok {
		switch {
		case !utf8.ValidString(s):
			return fmt.Errorf("must be UTF-8 text")
		case strings.ContainsFunc(s, forbidden):
			return fmt.Errorf("must not hold control characters")
		case slices.Contains(q.Reserved, s):
			return fmt.Errorf("is a name that the project's own stack has already; %s_app is free", s)
		}
	}
	for _, v := range q.Validate {
		if env == nil && !v.looksAtValue() {
			continue
		}
		if v.Pattern != "" && !regexp.MustCompile(v.Pattern).MatchString(fmt.Sprint(value)) {
			return fmt.Errorf("%s", v.Message)
		}
		names := map[string]any{"value": value}
		for k, x := range env {
			names[k] = x
		}
		ok, err := v.expr.holds(names)
		if err != nil {
			return err
		}
		if !ok {
			return fmt.Errorf("%s", v.Message)
		}
	}
	return nil
}

// forbidden holds for control characters: an answer goes into source code, file
// names and terminals.
func forbidden(r rune) bool { return r < 0x20 && r != '\t' || r == 0x7f || r >= 0x80 && r < 0xa0 }

// zeroOf gives a value of an expression's result type.
func zeroOf(e *expression) any {
	if e == nil {
		return ""
	}
	switch t := e.resultType(); t.Kind() {
	case reflect.Interface:
		return nil
	case reflect.Slice, reflect.Map:
		return reflect.MakeSlice(reflect.SliceOf(elem(t)), 0, 0).Interface()
	default:
		return reflect.Zero(t).Interface()
	}
}

func elem(t reflect.Type) reflect.Type {
	if t.Kind() == reflect.Slice {
		return t.Elem()
	}
	return reflect.TypeFor[any]()
}

// Typed writes a value as --set takes it.
func Typed(v any) string { return scalarOf(v).String() }

// DefaultText is the default as a person reads it; an expression is shown as
// such.
func (q *Question) DefaultText() string {
	switch {
	case q.Default == nil:
		return "none: it must be answered"
	case q.Default.Expr != "":
		return "= " + q.Default.Expr
	case q.Default.Value.String() == "":
		return `""`
	default:
		return q.Default.Value.String()
	}
}
