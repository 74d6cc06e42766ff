package prompt

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scaffold/generator/session"
)

// A scripted prompter answers from prepared replies. It refuses what a person could not answer: a value of the wrong type or not on
// offer, an empty one where one is needed, one that Validate refuses. Replies
// in another order than the steps, too few or too many, are errors.
type scripted struct {
	Replies []reply
	Asked   []session.Step // every step that was shown, after Run
}

// A reply answers one step. Without a value it is Enter alone, which takes what
// the step offers.
type reply struct {
	ID    string
	Value any
	Back  bool // go back instead
}

// Run asks the flow and answers it.
func (s *scripted) Run(ctx context.Context, flow Flow) error {
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

func (r reply) give(w *walk, step question) error {
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

func TestScripted(t *testing.T) {
	script := &scripted{Replies: []reply{
		{ID: "use", Value: []string{"api"}},
		{ID: "team", Back: true},
		{ID: "use"},
		{ID: "team"},
		{ID: "name", Value: "shop"},
		{ID: "port"},
		{ID: "token", Value: "hunter2"},
		{ID: "docker"},
		{ID: "create"},
	}}
	flow := steps(shop()...)
	err := script.Run(t.Context(), flow)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"use": []string{"api"}, "team": "python", "name": "shop", "port": 8000,
		"token": "hunter2", "docker": true, "create": "yes",
	}
	if d := cmp.Diff(want, values(flow)); d != "" {
		t.Error(d)
	}
	if got := len(script.Asked); got != 9 {
		t.Errorf("%d screens, want 9", got)
	}
}

// TestASecretIsForgottenOnGoingBack: what was typed is not offered again, as
// another answer is.
func TestASecretIsForgottenOnGoingBack(t *testing.T) {
	script := &scripted{Replies: []reply{
		{ID: "use", Value: []string{"api"}}, {ID: "team"}, {ID: "name", Value: "shop"}, {ID: "port", Value: 9000}, {ID: "token", Value: "hunter2"},
		{ID: "docker", Back: true}, {ID: "token", Back: true},
		{ID: "port"}, {ID: "token"}, {ID: "docker"}, {ID: "create"},
	}}
	flow := steps(shop()...)
	if err := script.Run(t.Context(), flow); err != nil {
		t.Fatal(err)
	}
	if got := values(flow); got["token"] == "hunter2" || got["port"] != 9000 {
		t.Errorf("token %q, port %v", got["token"], got["port"])
	}
}

func TestScriptedRefuses(t *testing.T) {
	tests := map[string]struct {
		replies []reply
		want    string
	}{
		"a step that is not the next":        {[]reply{{ID: "team"}}, "script answers team, asked is use"},
		"a value that is not on offer":       {[]reply{{ID: "use", Value: []string{"tea"}}}, `script answers use with []string{"tea"}, which it does not offer`},
		"a value of another type":            {[]reply{{ID: "use", Value: "api"}}, `script answers use with "api", which it does not offer`},
		"Enter where an answer is needed":    {[]reply{{ID: "use"}}, "script answers use: choose at least one"},
		"a value that the step refuses":      {[]reply{{ID: "use", Value: []string{"api"}}, {ID: "team"}, {ID: "name", Value: "a b"}}, "script answers name: must not hold spaces"},
		"going back from the first step":     {[]reply{{ID: "use", Back: true}}, "script goes back from the first step, use"},
		"a step that it has no reply for":    {[]reply{{ID: "use", Value: []string{"api"}}}, "script does not answer team"},
		"a reply that nothing more asks for": {nil, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			flow := steps(shop()...)
			if test.replies == nil {
				flow, test.replies, test.want = steps(), []reply{{ID: "use"}}, "script answers use, and nothing more is asked"
			}
			err := (&scripted{Replies: test.replies}).Run(t.Context(), flow)
			if err == nil || err.Error() != test.want {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}

func TestAChoiceOfNothingIsAnError(t *testing.T) {
	err := (&scripted{}).Run(t.Context(), steps(session.Step{ID: "region", Kind: session.Choice}))
	if err == nil || err.Error() != "question region has nothing to choose from" {
		t.Errorf("got %v", err)
	}
}

func TestOptionsOfOneNameShowTheirValues(t *testing.T) {
	step := session.Step{Options: []session.Option{{Value: "eu1", Title: "Europe"}, {Value: "eu2", Title: "Europe"}, {Value: "us", Title: "America"}, {Value: "asia"}}}
	var got []string
	for i := range step.Options {
		got = append(got, step.Option(i))
	}
	if d := cmp.Diff([]string{"Europe (eu1)", "Europe (eu2)", "America", "asia"}, got); d != "" {
		t.Error(d)
	}
}
