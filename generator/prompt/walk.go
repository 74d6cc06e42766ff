package prompt

import (
	"context"
	"fmt"
	"reflect"
	"slices"

	"scaffold/generator/session"
)

// walk is the way through a flow, and what going back dropped.
type walk struct {
	ctx     context.Context // of the run: the screen's messages carry none
	flow    Flow
	dropped map[string]any // by step; offered again when the step comes back
}

func newWalk(ctx context.Context, flow Flow) *walk {
	return &walk{ctx: ctx, flow: flow, dropped: map[string]any{}}
}

// next gives the step to ask now, or nil at the end.
func (w *walk) next() (*question, error) {
	step, err := w.flow.Next(w.ctx)
	if err != nil || step == nil {
		return nil, err
	}
	if (step.Kind == session.Choice || step.Kind == session.Multi) && len(step.Options) == 0 {
		return nil, fmt.Errorf("question %s has nothing to choose from", step.ID)
	}
	return &question{*step}, nil
}

func (w *walk) answer(q question, value any) error {
	delete(w.dropped, q.ID)
	return w.flow.Answer(w.ctx, value)
}

// back drops the last answer and reports whether there was one. An answer that
// the person chose is kept in mind; one that was only the default is not, since
// a default may follow from earlier answers. Nor is a secret.
func (w *walk) back() bool {
	answered := w.flow.Answered()
	if len(answered) == 0 {
		return false
	}
	last := answered[len(answered)-1]
	w.flow.Back()
	if last.Step.Kind != session.Secret && !reflect.DeepEqual(last.Value, last.Step.Default) {
		w.dropped[last.Step.ID] = last.Value
	}
	return true
}

// offer is the value that a step starts with.
func (w *walk) offer(q question) any {
	if v, ok := w.dropped[q.ID]; ok && q.Fits(v) {
		return v
	}
	return q.Default
}

// ticked gives the answers that have a label, each in the place of its first
// asking and with its latest value.
func (w *walk) ticked() []session.Answered {
	var ticks []session.Answered
	for _, a := range w.flow.Answered() {
		i := slices.IndexFunc(ticks, func(t session.Answered) bool { return t.Step.ID == a.Step.ID })
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
