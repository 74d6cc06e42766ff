package session

import (
	"slices"
	"strings"

	"scaffold/generator/manifest"
)

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
	n := 1 + a.questionsAhead(kind, s)
	if a.name == "" && kind != stepName {
		n++
	}
	if a.template == nil && kind != stepTemplate {
		n++
	}
	return n
}

func (a *state) questionsAhead(kind string, s *Step) int {
	switch kind {
	case stepPlain:
		return (plainQuestions - len(a.plain)) / 2
	case stepSignal, stepWords, stepMeant: // half of what may be asked usually is
		return len(slices.DeleteFunc(a.unasked(), func(g manifest.SignalGroup) bool { return s.ID == stepSignal+":"+g.Name || g.Required })) / 2
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
