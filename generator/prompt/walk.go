package prompt

import (
	"fmt"
	"reflect"
	"slices"
)

// walk is the way through a flow: what was answered, and what going back
// dropped.
type walk struct {
	flow     Flow
	answered []Answered
	dropped  map[string]any // by step; offered again when the step comes back
}

func newWalk(flow Flow) *walk { return &walk{flow: flow, dropped: map[string]any{}} }

// next gives the step to ask now, or nil at the end.
func (w *walk) next() (*Step, error) {
	step, err := w.flow(slices.Clone(w.answered))
	if err != nil || step == nil {
		return nil, err
	}
	if (step.Kind == Choice || step.Kind == Multi) && len(step.Options) == 0 {
		return nil, fmt.Errorf("question %s has nothing to choose from", step.ID)
	}
	return step, nil
}

func (w *walk) answer(step Step, value any) {
	delete(w.dropped, step.ID)
	w.answered = append(w.answered, Answered{Step: step, Value: value})
}

// back drops the last answer and reports whether there was one. An answer that
// the person chose is kept in mind; one that was only the default is not, since
// a default may follow from earlier answers. Nor is a secret.
func (w *walk) back() bool {
	if len(w.answered) == 0 {
		return false
	}
	last := w.answered[len(w.answered)-1]
	w.answered = w.answered[:len(w.answered)-1]
	if last.Step.Kind != Secret && !reflect.DeepEqual(last.Value, last.Step.Default) {
		w.dropped[last.Step.ID] = last.Value
	}
	return true
}

// offer is the value that a step starts with.
func (w *walk) offer(step Step) any {
	if v, ok := w.dropped[step.ID]; ok && step.fits(v) {
		return v
	}
	return step.Default
}

// ticked gives the answers that have a label, each in the place of its first
// asking and with its latest value.
func (w *walk) ticked() []Answered {
	var ticks []Answered
	for _, a := range w.answered {
		i := slices.IndexFunc(ticks, func(t Answered) bool { return t.Step.ID == a.Step.ID })
		switch {
		case a.Step.Label == "":
		case i < 0:
			ticks = append(ticks, a)
		default:
			ticks[i] = a
		}
	}
	return ticks
}
