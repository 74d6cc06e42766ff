package prompt

import (
	"context"
	"fmt"

	"scaffold/generator/session"
)

// A Scripted prompter answers from prepared replies; it is for tests. It
// refuses what a person could not answer: a value of the wrong type or not on
// offer, an empty one where one is needed, one that Validate refuses. Replies
// in another order than the steps, too few or too many, are errors.
type Scripted struct {
	Replies []Reply
	Asked   []session.Step // every step that was shown, after Run
}

// A Reply answers one step. Without a value it is Enter alone, which takes what
// the step offers.
type Reply struct {
	ID    string
	Value any
	Back  bool // go back instead
}

// Run asks the flow and answers it.
func (s *Scripted) Run(ctx context.Context, flow Flow) error {
	w := newWalk(ctx, flow)
	for _, reply := range s.Replies {
		step, err := w.next()
		if err != nil {
			return err
		}
		if step == nil {
			return fmt.Errorf("script answers %s, and nothing more is asked", reply.ID)
		}
		s.Asked = append(s.Asked, step.Step)
		if err := reply.give(w, *step); err != nil {
			return err
		}
		if err := context.Cause(ctx); err != nil {
			return err
		}
	}
	step, err := w.next()
	if step != nil {
		return fmt.Errorf("script does not answer %s", step.ID)
	}
	return err
}

func (r Reply) give(w *walk, step question) error {
	switch {
	case r.ID != step.ID:
		return fmt.Errorf("script answers %s, asked is %s", r.ID, step.ID)
	case r.Back:
		if !w.back() {
			return fmt.Errorf("script goes back from the first step, %s", step.ID)
		}
		return nil
	case r.Value != nil && !step.Fits(r.Value):
		return fmt.Errorf("script answers %s with %#v, which it does not offer", step.ID, r.Value)
	}
	value := r.Value
	if value == nil {
		value = w.offer(step)
	}
	value, err := step.Accept(step.held(value))
	if err != nil {
		return fmt.Errorf("script answers %s: %w", step.ID, err)
	}
	return w.answer(step, value)
}
