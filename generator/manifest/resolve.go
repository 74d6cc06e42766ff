package manifest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"scaffold/generator/nearest"
)

// Answers are given answers by question id, as they were typed.
type Answers map[string]Scalar

// A Resolved holds the value of every question and computed name.
type Resolved struct {
	Vars     map[string]any // what a template is rendered with
	Asked    []Asked        // every question, in order
	Problems []AnswerProblem

	again func(secrets map[string]any) (*Resolved, error) // with other secrets
	other map[string]any                                  // they stand for the answers to these questions
}

// Asked is one question and what became of it.
type Asked struct {
	Question *Question
	Active   bool // its condition holds
	Given    bool // an answer was given
	Open     bool // active, and not given
	Missing  bool // open, and without a default
	Value    any
}

// A Kind of problem with an answer.
type Kind string

// The kinds, in the order in which they are reported.
const (
	Missing Kind = "missing"
	Unknown Kind = "unknown"
	Invalid Kind = "invalid"
)

// AnswerProblem is one answer that is missing, unknown or invalid.
type AnswerProblem struct {
	Kind     Kind
	ID       string
	Value    string    // as given; empty for a secret
	Detail   string    // what is allowed, or the nearest name
	Question *Question // nil for an unknown id
}

// Resolve works out every answer from the given ones and the defaults. It never
// fails half-way: what is wrong is listed in Problems, all at once. An answer to
// a question whose condition does not hold is invalid.
func (m *Manifest) Resolve(given Given, answers Answers) (*Resolved, error) {
	return m.resolve(given, answers, nil)
}

func (m *Manifest) resolve(given Given, answers Answers, other map[string]any) (*Resolved, error) {
	if m.format != nil {
		return m.resolveForeign(given, answers, other)
	}
	r := &Resolved{Vars: given.Variables(), other: other}
	r.again = func(secrets map[string]any) (*Resolved, error) { return m.resolve(given, answers, secrets) }
	for _, id := range Defaulted() {
		if v, ok := given.Defaults[id]; ok {
			r.Vars[id] = v.Text
		}
		if v, ok := answers[id]; ok {
			r.Vars[id] = v.Text
			if _, asked := m.Question(id); !asked && (v.Many || !utf8.ValidString(v.Text) || strings.ContainsFunc(v.Text, forbidden)) {
				r.Vars[id] = ""
				r.Problems = append(r.Problems, AnswerProblem{Kind: Invalid, ID: id, Value: v.String(), Detail: "must be one line without control characters"})
			}
		}
	}
	for i := range m.Questions {
		asked, err := m.resolveOne(&m.Questions[i], answers, given.Defaults, r)
		if err != nil {
			return nil, err
		}
		r.Asked = append(r.Asked, asked)
		r.Vars[asked.Question.ID] = asked.Value
	}
	if err := m.compute(r.Vars); err != nil {
		return nil, err
	}
	m.unknownAnswers(answers, r)
	slices.SortStableFunc(r.Problems, func(a, b AnswerProblem) int { return rank(a.Kind) - rank(b.Kind) })
	return r, nil
}

// NoSecret stands for a secret that an update was not given, as no record keeps
// one. It is never written: files that hold a secret stay as they are.
const NoSecret = "not-given-to-this-update"

// LacksSecrets gives the questions whose answer is [NoSecret].
func (r *Resolved) LacksSecrets() []string {
	var ids []string
	for _, a := range r.Asked {
		if a.Question.Type.IsSecret() && a.Value == NoSecret {
			ids = append(ids, a.Question.ID)
		}
	}
	return ids
}

// WithOtherSecrets works out the same answers with secrets that differ from the
// given ones in every character, whatever the rules for them; nil where there is
// no secret. What is rendered from both and differs holds a secret.
func (r *Resolved) WithOtherSecrets() (*Resolved, error) {
	other := map[string]any{}
	for _, a := range r.Asked {
		if text, ok := a.Value.(string); ok && a.Question.Type.IsSecret() && text != "" {
			other[a.Question.ID] = disguise(text)
		}
	}
	if len(other) == 0 || r.again == nil {
		return nil, nil
	}
	return r.again(other)
}

// disguise gives a text of another length, with another character at each place.
func disguise(text string) string {
	return strings.Map(func(c rune) rune {
		if c == 'x' || c == 'X' {
			return 'y'
		}
		return 'x'
	}, text) + "y"
}

func rank(k Kind) int { return slices.Index([]Kind{Missing, Unknown, Invalid}, k) }

func (m *Manifest) resolveOne(q *Question, answers, defaults Answers, r *Resolved) (Asked, error) {
	active, err := q.when.holds(r.Vars)
	asked := Asked{Question: q, Active: active, Value: q.Type.of().zero()}
	if err != nil {
		return asked, fmt.Errorf("condition of question %s: %w", q.ID, err)
	}
	answer, given := answers[q.ID]
	asked.Given = given
	if v, other := r.other[q.ID]; other {
		asked.Value = v
		return asked, nil
	}
	if fix, fixed := m.Fixed(q.ID); fixed {
		return m.resolveFixed(asked, fix, answer, r), nil
	}
	switch {
	case given && !asked.Active:
		r.problem(Invalid, q, answer, "is not asked here: its condition is "+q.When)
	case given:
		m.resolveGiven(&asked, answer, r)
	case asked.Active:
		asked.Open = true
		if preferred, ok := defaults[q.ID]; ok && m.resolvePreferred(&asked, preferred, r) {
			return asked, nil
		}
		err = m.resolveDefault(&asked, r)
	}
	return asked, err
}

func (m *Manifest) resolveGiven(asked *Asked, answer Scalar, r *Resolved) {
	q := asked.Question
	v, err := m.accept(q, answer, r.Vars)
	if err == nil {
		asked.Value = v
		return
	}
	r.problem(Invalid, q, answer, err.Error())
	if v, ok, err := m.defaultOf(q, r.Vars); ok && err == nil {
		asked.Value = v // what follows is judged as if it were not given
	}
}

// resolvePreferred takes an answer of the person's configuration, where it is
// valid.
func (m *Manifest) resolvePreferred(asked *Asked, preferred Scalar, r *Resolved) bool {
	v, err := m.accept(asked.Question, preferred, r.Vars)
	if err != nil {
		r.problem(Invalid, asked.Question, preferred, err.Error()+", as the configuration has it")
		return false
	}
	asked.Value = v
	return true
}

func (m *Manifest) resolveDefault(asked *Asked, r *Resolved) error {
	q := asked.Question
	v, ok, err := m.defaultOf(q, r.Vars)
	switch {
	case err != nil:
		return fmt.Errorf("default of question %s: %w", q.ID, err)
	case ok:
		asked.Value = v
	default:
		asked.Missing = true
		r.problem(Missing, q, Scalar{}, q.Example)
	}
	return nil
}

// resolveFixed gives a question the answer that an overlay has fixed. It counts
// as not asked.
func (m *Manifest) resolveFixed(asked Asked, fix Fix, answer Scalar, r *Resolved) Asked {
	q := asked.Question
	if asked.Given {
		r.problem(Invalid, q, answer, fmt.Sprintf("is fixed to %s by %s", fix.Value, fix.By))
	}
	if asked.Active {
		v, err := m.accept(q, fix.Value, r.Vars)
		if err != nil {
			r.problem(Invalid, q, fix.Value, fmt.Sprintf("is fixed by %s: %v", fix.By, err))
		} else {
			asked.Value = v
		}
	}
	asked.Active = false
	return asked
}

// Accept types one answer and holds it against the question's rules; vars are
// the names known at the question. The wizard asks it after each Enter.
func (m *Manifest) Accept(id string, answer Scalar, vars map[string]any) (any, error) {
	if m.format != nil {
		return m.format.Accept(id, answer, vars)
	}
	q, ok := m.Question(id)
	if !ok {
		return nil, fmt.Errorf("no question %s", id)
	}
	return m.accept(q, answer, vars)
}

func (m *Manifest) accept(q *Question, answer Scalar, vars map[string]any) (any, error) {
	v, err := q.parse(answer)
	if err != nil {
		return nil, err
	}
	return v, m.check(q, v, vars)
}

func (m *Manifest) defaultOf(q *Question, vars map[string]any) (any, bool, error) {
	if q.Default == nil {
		if v, ok := vars[q.ID]; ok && v != "" && slices.Contains(Defaulted(), q.ID) {
			return v, true, nil
		}
		return nil, false, nil
	}
	if e := q.Default.expr; e != nil {
		v, err := e.eval(vars)
		if err != nil {
			return nil, false, err
		}
		typed, err := q.parse(scalarOf(v))
		return typed, err == nil, err
	}
	v, err := q.parse(q.Default.Value)
	return v, err == nil, err
}

// scalarOf writes a typed value as it would be typed.
func scalarOf(v any) Scalar {
	switch v := v.(type) {
	case []string:
		return Scalar{List: v, Many: true}
	case []any:
		s := Scalar{Many: true}
		for _, x := range v {
			s.List = append(s.List, fmt.Sprint(x))
		}
		return s
	default:
		return Scalar{Text: fmt.Sprint(v)}
	}
}

func (m *Manifest) compute(vars map[string]any) error {
	for _, c := range m.Computed {
		v, err := c.expr.eval(vars)
		if err != nil {
			return fmt.Errorf("computed %s: %w", c.Name, err)
		}
		vars[c.Name] = v
	}
	return nil
}

func (m *Manifest) unknownAnswers(answers Answers, r *Resolved) {
	known := append(m.questionIDs(), Defaulted()...)
	for _, id := range slices.Sorted(maps.Keys(answers)) {
		if !slices.Contains(known, id) {
			r.Problems = append(r.Problems, AnswerProblem{Kind: Unknown, ID: id, Detail: orList(nearest.Hint(id, known), known)})
		}
	}
}

func (r *Resolved) problem(kind Kind, q *Question, answer Scalar, detail string) {
	p := AnswerProblem{Kind: kind, ID: q.ID, Detail: detail, Question: q}
	if !q.Type.IsSecret() {
		p.Value = answer.String()
	}
	r.Problems = append(r.Problems, p)
}
