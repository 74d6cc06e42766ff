package prompt

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"scaffold/generator/session"
)

func TestScripted(t *testing.T) {
	script := &Scripted{Replies: []Reply{
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
	script := &Scripted{Replies: []Reply{
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
		replies []Reply
		want    string
	}{
		"a step that is not the next":        {[]Reply{{ID: "team"}}, "script answers team, asked is use"},
		"a value that is not on offer":       {[]Reply{{ID: "use", Value: []string{"tea"}}}, `script answers use with []string{"tea"}, which it does not offer`},
		"a value of another type":            {[]Reply{{ID: "use", Value: "api"}}, `script answers use with "api", which it does not offer`},
		"Enter where an answer is needed":    {[]Reply{{ID: "use"}}, "script answers use: choose at least one"},
		"a value that the step refuses":      {[]Reply{{ID: "use", Value: []string{"api"}}, {ID: "team"}, {ID: "name", Value: "a b"}}, "script answers name: must not hold spaces"},
		"going back from the first step":     {[]Reply{{ID: "use", Back: true}}, "script goes back from the first step, use"},
		"a step that it has no reply for":    {[]Reply{{ID: "use", Value: []string{"api"}}}, "script does not answer team"},
		"a reply that nothing more asks for": {nil, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			flow := steps(shop()...)
			if test.replies == nil {
				flow, test.replies, test.want = steps(), []Reply{{ID: "use"}}, "script answers use, and nothing more is asked"
			}
			err := (&Scripted{Replies: test.replies}).Run(t.Context(), flow)
			if err == nil || err.Error() != test.want {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}

func TestAChoiceOfNothingIsAnError(t *testing.T) {
	err := (&Scripted{}).Run(t.Context(), steps(session.Step{ID: "region", Kind: session.Choice}))
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
