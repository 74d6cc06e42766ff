package session

import "strings"

// progress is where on the way a step is. How many questions there are is known
// once there is a template.
func (a *state) progress(s *Step) Progress {
	if a.given.Made != nil {
		return Progress{}
	}
	at := len(a.answered) + 1
	return Progress{At: at, Of: at + a.ahead(s), About: a.template == nil}
}

// ahead counts the steps that follow, on the way that takes what is offered.
func (a *state) ahead(s *Step) int {
	kind, _, _ := strings.Cut(s.ID, ":")
	if kind == stepConfirm {
		return 0
	}
	n := 1 + a.questionsAhead(kind)
	if a.name == "" && kind != stepName {
		n++
	}
	if a.template == nil && kind != stepTemplate {
		n++
	}
	return n
}

func (a *state) questionsAhead(kind string) int {
	switch kind {
	case stepWords:
		return 2
	case stepMeant:
		return 1
	case stepPlain:
		return (plainQuestions - len(a.plain)) / 2
	case stepSignal:
		if a.usesKnown() {
			return 0
		}
		return 2
	case stepTemplate, stepName:
		return 0
	}
	n := len(a.wanted)
	for _, q := range a.resolved.Asked {
		if q.Active && q.Missing {
			n++
		}
	}
	if kind == stepAnswer {
		n--
	}
	return n
}
