package templatetest

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"scaffold/generator/manifest"
)

// mostAnswers is how many sets of answers a condition is tried with.
const mostAnswers = 4096

// conditions looks for those that no answer makes true, or none false. It tries
// every answer that a condition depends on, and says nothing of one that
// depends on text, numbers or signals.
func (l *linter) conditions() {
	for _, e := range l.expressions {
		if _, wrong := l.strangerIn(e); e.Key() != "when" || wrong {
			continue
		}
		sets, ok := l.answerSets(e)
		if !ok {
			continue
		}
		yes, no := l.outcomes(e, sets)
		switch {
		case yes+no == 0:
		case yes == 0:
			l.inManifest(RuleCondition, fmt.Sprintf("the condition %q is never true", e.Source), "correct it, or remove what it guards", e.Path...)
		case no == 0:
			l.inManifest(RuleCondition, fmt.Sprintf("the condition %q is always true", e.Source), "remove it", e.Path...)
		}
	}
}

// outcomes counts the sets of answers under which a condition holds and does
// not. One that was evaluated before a question's own place sees the same
// answers: a condition reads only what is above it.
func (l *linter) outcomes(e manifest.Expression, sets []manifest.Answers) (yes, no int) {
	for _, answers := range sets {
		r, err := settle(l.m, given(l.t, "demo", nil, nil), answers)
		if err != nil {
			continue
		}
		v, err := e.Eval(r.Vars)
		switch {
		case err != nil:
		case v == true:
			yes++
		default:
			no++
		}
	}
	return yes, no
}

// answerSets gives every combination of the answers that an expression depends
// on; false where these are not countable, or too many.
func (l *linter) answerSets(e manifest.Expression) ([]manifest.Answers, bool) {
	sets := []manifest.Answers{{}}
	ids, ok := l.dependsOn(e)
	if !ok {
		return nil, false
	}
	for _, id := range ids {
		q, _ := l.m.Question(id)
		var next []manifest.Answers
		for _, value := range everyAnswer(q) {
			for _, set := range sets {
				more := maps.Clone(set)
				more[id] = value
				next = append(next, more)
			}
		}
		if sets = next; len(sets) > mostAnswers {
			return nil, false
		}
	}
	return sets, true
}

// dependsOn gives the questions behind an expression: those that it reads,
// through computed names and through the conditions of questions.
func (l *linter) dependsOn(e manifest.Expression) (ids []string, countable bool) {
	seen := map[string]bool{}
	queue := e.Names()
	for len(queue) > 0 {
		name := queue[0]
		queue = queue[1:]
		if seen[name] {
			continue
		}
		seen[name] = true
		if q, ok := l.m.Question(name); ok {
			if fixed(l.m, name) {
				continue
			}
			if len(everyAnswer(q)) == 0 {
				return nil, false
			}
			ids = append(ids, name)
		} else if !slices.ContainsFunc(l.m.Computed, func(c manifest.ComputedValue) bool { return c.Name == name }) {
			return nil, false // a given variable
		}
		queue = append(queue, l.behind(name)...)
	}
	slices.Sort(ids)
	return ids, true
}

// behind lists the names that a computed name, or a question's condition, reads.
func (l *linter) behind(name string) []string {
	var names []string
	for _, e := range l.expressions {
		q, isQuestion := e.Path[1].(int)
		switch {
		case e.Path[0] == "computed" && e.Path[1] == name:
			names = append(names, e.Names()...)
		case e.Path[0] == "questions" && isQuestion && l.m.Questions[q].ID == name && e.Key() == "when":
			names = append(names, e.Names()...)
		}
	}
	return names
}

// everyAnswer lists the answers of a question that has a countable number of
// them.
func everyAnswer(q *manifest.Question) []manifest.Scalar {
	values := q.Alternatives()
	var list []manifest.Scalar
	if !q.Type.Many() {
		for _, v := range values {
			list = append(list, manifest.Scalar{Text: v})
		}
		return list
	}
	if len(values) > 10 {
		return nil
	}
	for bits := range 1 << len(values) {
		s := manifest.Scalar{Many: true}
		for i, v := range values {
			if bits&(1<<i) != 0 {
				s.List = append(s.List, v)
			}
		}
		list = append(list, s)
	}
	return list
}

// describe writes answers as --set takes them.
func describe(answers manifest.Answers) string {
	parts := make([]string, 0, len(answers))
	for _, id := range sorted(answers) {
		parts = append(parts, id+"="+answers[id].String())
	}
	return strings.Join(parts, " ")
}
