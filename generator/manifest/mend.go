package manifest

import (
	"maps"
	"slices"
	"strings"

	"scaffold/generator/nearest"
)

// Mended are answers as they were probably meant.
type Mended struct {
	Answers Answers
	Open    []Open // what nothing can be made of
}

// An Open answer needs somebody to say what was meant.
type Open struct {
	ID  string // as given
	Set string // as --set takes it, with a placeholder: ci=<github|none>
}

// Mend gives the answers that were meant: under the right name and with the
// right value where those are misspelt, and with the answer that has a question
// asked where its own was given. What it cannot place is open.
func (m *Manifest) Mend(given Given, answers Answers) (Mended, error) {
	out := Mended{Answers: maps.Clone(answers)}
	for _, id := range slices.Sorted(maps.Keys(answers)) {
		m.rename(&out, id)
	}
	for i := range m.Questions {
		m.respell(&out, &m.Questions[i])
	}
	for i := range m.Questions {
		if err := m.enable(&out, given, &m.Questions[i]); err != nil {
			return Mended{}, err
		}
	}
	return out, nil
}

// rename puts an answer to no question under the name that was meant.
func (m *Manifest) rename(out *Mended, id string) {
	known := append(m.questionIDs(), Defaulted()...)
	if slices.Contains(known, id) {
		return
	}
	value := out.Answers[id]
	delete(out.Answers, id)
	meant, ok := nearest.Of(id, known)
	if !ok {
		meant, ok = m.onlyTakerOf(value)
	}
	_, taken := out.Answers[meant]
	if ok && !taken {
		out.Answers[meant] = value
		return
	}
	out.Open = append(out.Open, Open{id, "<KEY>=" + value.String()})
}

// onlyTakerOf is the one question that has the value among its choices.
func (m *Manifest) onlyTakerOf(value Scalar) (id string, ok bool) {
	for i := range m.Questions {
		if !slices.Contains(m.Questions[i].Values(), value.String()) {
			continue
		}
		if ok {
			return "", false
		}
		id, ok = m.Questions[i].ID, true
	}
	return id, ok
}

// respell gives a question with choices those that were meant, and one with
// reserved names a name like it.
func (m *Manifest) respell(out *Mended, q *Question) {
	value, given := out.Answers[q.ID]
	if slices.Contains(q.Reserved, value.Text) {
		out.Answers[q.ID] = Scalar{Text: value.Text + "_app"}
	}
	if _, err := q.parse(value); !given || err == nil || len(q.Choices) == 0 {
		return
	}
	list := value.List
	if !value.Many {
		list = strings.Split(value.Text, ",")
	}
	meant := make([]string, len(list))
	for i, v := range list {
		near, ok := nearest.Of(v, q.Values())
		if !ok || q.Type == Select && len(list) > 1 {
			delete(out.Answers, q.ID)
			out.Open = append(out.Open, Open{q.ID, q.ID + "=<" + strings.Join(q.Values(), "|") + ">"})
			return
		}
		meant[i] = near
	}
	out.Answers[q.ID] = Scalar{Text: strings.Join(meant, ",")}
}

// enable answers what has a question asked that was answered though it is not:
// one earlier question, or two.
func (m *Manifest) enable(out *Mended, given Given, q *Question) error {
	if _, answered := out.Answers[q.ID]; !answered || q.when == nil {
		return nil
	}
	tries := []Answers{{}}
	for range 3 {
		for _, with := range tries {
			if ok, err := m.asks(out.Answers, with, given, q); err != nil || ok {
				maps.Copy(out.Answers, with)
				return err
			}
		}
		tries = m.further(tries, m.deciders(q.ID))
	}
	out.Open = append(out.Open, Open{q.ID, q.ID + "=" + out.Answers[q.ID].String()})
	delete(out.Answers, q.ID)
	return nil
}

// asks reports whether a question is asked with some answers in place of others,
// and those are asked for, too.
func (m *Manifest) asks(answers, with Answers, given Given, q *Question) (bool, error) {
	all := maps.Clone(answers)
	maps.Copy(all, with)
	r, err := m.Resolve(given, all)
	if err != nil {
		return false, err
	}
	for _, a := range r.Asked {
		if _, needed := with[a.Question.ID]; (needed || a.Question.ID == q.ID) && !a.Active {
			return false, nil
		}
	}
	return true, nil
}

// deciders are the questions that the condition of a question looks at, and
// those that their conditions look at.
func (m *Manifest) deciders(id string) []*Question {
	asked, ok := m.Question(id)
	if !ok || asked.when == nil {
		return nil
	}
	var list []*Question
	for _, name := range asked.when.names() {
		if q, ok := m.Question(name); ok {
			list = append(append(list, q), m.deciders(name)...)
		}
	}
	return list
}

// further adds one more answer to each of some sets.
func (m *Manifest) further(sets []Answers, questions []*Question) []Answers {
	var out []Answers
	for _, set := range sets {
		for _, q := range questions {
			for _, v := range q.Alternatives() {
				more := maps.Clone(set)
				more[q.ID] = Scalar{Text: v}
				out = append(out, more)
			}
		}
	}
	return out
}
