package ui

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"scaffold/docs"
)

// terminal is a person's terminal, with variables written NAME=VALUE.
func terminal(variables ...string) Streams {
	set := map[string]string{}
	for _, kv := range variables {
		name, value, _ := strings.Cut(kv, "=")
		set[name] = value
	}
	return Streams{InTTY: true, ErrTTY: true, Getenv: func(name string) string { return set[name] }}
}

// TestNobodyIsAskedWhereNobodyIs: one sign that no person is there is enough.
func TestNobodyIsAskedWhereNobodyIs(t *testing.T) {
	signs := map[string]Streams{
		"input from elsewhere": {ErrTTY: true, Getenv: terminal().Getenv},
		"talk to elsewhere":    {InTTY: true, Getenv: terminal().Getenv},
		"a CI":                 terminal("CI=true"),
		"a CI of another kind": terminal("CI=woodpecker"),
		"a variable":           terminal("SCAFFOLD_NO_INPUT=1"),
	}
	for _, name := range agents() {
		signs[name] = terminal(name + "=1")
	}
	for name, options := range map[string]Options{"--json": {JSON: true}, "--no-input": {NoInput: true}} {
		s := terminal()
		s.Options = options
		signs[name] = s
	}
	for _, name := range slices.Sorted(maps.Keys(signs)) {
		s := signs[name]
		if s.Interactive() {
			t.Errorf("%s: somebody is asked", name)
		}
	}
	for _, s := range []Streams{terminal(), terminal("CI="), terminal("CI=0"), terminal("CI=false"), terminal("CI=true", "CLAUDECODE=1", "SCAFFOLD_NO_INPUT=0")} {
		if !s.Interactive() {
			t.Errorf("CI=%q: nobody is asked", s.Getenv("CI"))
		}
	}
}

// TestWhyNobodyIsAskedIsSaidOnce: on a terminal, and where a flag or the person's
// own variable has not said it already.
func TestWhyNobodyIsAskedIsSaidOnce(t *testing.T) {
	tests := map[string]struct {
		streams Streams
		want    string
	}{
		"an agent's terminal":     {terminal("GEMINI_CLI=1"), "! nothing is asked, since GEMINI_CLI is set; SCAFFOLD_NO_INPUT=0 asks\n"},
		"a CI's terminal":         {terminal("CI=true"), "! nothing is asked, since CI is set; SCAFFOLD_NO_INPUT=0 asks\n"},
		"a person's terminal":     {terminal(), ""},
		"an agent without one":    {Streams{Getenv: terminal("GEMINI_CLI=1").Getenv}, ""},
		"who said it":             {terminal("SCAFFOLD_NO_INPUT=1", "CI=true"), ""},
		"an agent that is asked":  {terminal("GEMINI_CLI=1", "SCAFFOLD_NO_INPUT=0"), ""},
		"--no-input of an agent":  {with(terminal("GEMINI_CLI=1"), Options{NoInput: true}), ""},
		"--quiet of an agent":     {with(terminal("GEMINI_CLI=1"), Options{Quiet: true}), ""},
		"an agent's empty string": {terminal("GEMINI_CLI="), ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var said strings.Builder
			s := test.streams
			s.Err, s.Color = &said, "never"
			if first, second := s.Asks(), s.Asks(); first != s.Interactive() || second != first {
				t.Errorf("asks: %v, then %v", first, second)
			}
			if said.String() != test.want {
				t.Errorf("said %q", said.String())
			}
		})
	}
}

func with(s Streams, o Options) Streams {
	s.Options = o
	return s
}

func TestColour(t *testing.T) {
	tests := map[string]struct {
		streams  Streams
		terminal bool
		want     bool
	}{
		"a terminal":                     {terminal(), true, true},
		"a file":                         {terminal(), false, false},
		"NO_COLOR":                       {terminal("NO_COLOR=1"), true, false},
		"NO_COLOR before CLICOLOR_FORCE": {terminal("NO_COLOR=1", "CLICOLOR_FORCE=1"), true, false},
		"CLICOLOR_FORCE":                 {terminal("CLICOLOR_FORCE=1"), false, true},
		"CLICOLOR_FORCE=0":               {terminal("CLICOLOR_FORCE=0"), false, false},
		"CLICOLOR=0":                     {terminal("CLICOLOR=0"), true, false},
		"a terminal that draws nothing":  {terminal("TERM=dumb"), true, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := test.streams.Colored(test.terminal); got != test.want {
				t.Errorf("coloured: %v", got)
			}
		})
	}
	for word, want := range map[string]bool{"always": true, "never": false} { // the person's word is the last
		s := terminal("NO_COLOR=1", "CLICOLOR_FORCE=1")
		s.Color = word
		if got := s.Colored(!want); got != want {
			t.Errorf("%s: %v", word, got)
		}
	}
}

func TestWhatIsReadAloudIsNotDrawnAgain(t *testing.T) {
	for _, s := range []Streams{terminal("ACCESSIBLE=1"), terminal("TERM=dumb"), {ErrTTY: true, Getenv: terminal().Getenv, Options: Options{Plain: true}}} {
		if !s.Spoken() || s.Draws() {
			t.Errorf("spoken %v, drawn %v", s.Spoken(), s.Draws())
		}
	}
	if s := terminal(); s.Spoken() || !s.Draws() {
		t.Error("a terminal is drawn on")
	}
}

// TestThePageForAgentsNamesTheirVariables, all of them.
func TestThePageForAgentsNamesTheirVariables(t *testing.T) {
	_, list, _ := strings.Cut(docs.Agents, "a variable of an agent is set:")
	list, _, _ = strings.Cut(list, ". ")
	if got, want := strings.Fields(strings.NewReplacer("`", "", ",", " ").Replace(list)), agents(); !slices.Equal(got, want) {
		t.Errorf("the page has %v, the list %v", got, want)
	}
}
