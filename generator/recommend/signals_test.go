package recommend_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scaffold/generator/fault"
	"scaffold/generator/recommend"
)

func TestCheck(t *testing.T) {
	tests := map[string]struct {
		given string
		want  []string
		errs  []string // each an error, a colon and its hint
	}{
		"brought into the order of the groups, once each": {
			given: "size:large,use:ml-serving,use:realtime-chat,size:large",
			want:  []string{"use:realtime-chat", "use:ml-serving", "size:large"},
		},
		"both adds nothing":              {given: "team:both,size:small", want: []string{"size:small"}},
		"none adds nothing":              {given: "team:none", want: []string{}},
		"nothing given is nothing":       {want: []string{}},
		"a slip gets the nearest value":  {given: "use:rest-apy", errs: []string{`unknown use "rest-apy": did you mean rest-api?`}},
		"a stranger gets the whole list": {given: "workload:quantum", errs: []string{`unknown workload "quantum": known: io, cpu`}},
		"a neutral value is known":       {given: "team:bth", errs: []string{`unknown team "bth": did you mean both?`}},
		"a slip in the group":            {given: "teem:python", errs: []string{`unknown teem "python": did you mean team:python?`}},
		"a value of nothing":             {given: "workload:", errs: []string{`signal "workload:" has no value: known: io, cpu`}},
		"a group of nothing":             {given: "size", errs: []string{`signal "size" has no value: known: small, medium, large, unsure`}},
		"another's namespace":            {given: "x-other/use:payments", errs: []string{`unknown x-other/use "payments": known: use, team, concurrency, workload, size, priority`}},
		"two values where one is taken":  {given: "team:python,team:javascript", errs: []string{"team takes one value, not javascript and python: give --team once, with one value"}},
		"a neutral value is a value":     {given: "team:python,team:both", errs: []string{"team takes one value, not python and both: give --team once, with one value"}},
		"several uses are several":       {given: "use:rest-api,use:admin-cms", want: []string{"use:rest-api", "use:admin-cms"}},
		"everything is reported at once": {given: "workload:quantum,size:small,size:large,team:pyhton", errs: []string{
			`unknown team "pyhton": did you mean python?`,
			`unknown workload "quantum": known: io, cpu`,
			"size takes one value, not small and large: give --size once, with one value",
		}},
		"those of no group come last": {given: "colour:red,priority:speed,use:chat", errs: []string{
			`unknown use "chat": did you mean realtime-chat?`,
			`unknown priority "speed": did you mean speed-to-market?`,
			`unknown colour "red": known: use, team, concurrency, workload, size, priority`,
		}},
		"not sure yet adds nothing": {given: "use:unsure", want: []string{}},
	}
	groups := recommend.Groups(builtins(t))
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := recommend.Check(signals(tt.given), groups)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("signals (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.errs, lines(t, err)); diff != "" {
				t.Errorf("errors (-want +got):\n%s", diff)
			}
		})
	}
}

// lines gives each error with its hint; they are about answers.
func lines(t *testing.T, err error) []string {
	t.Helper()
	if err == nil {
		return nil
	}
	if !fault.Is(err, fault.Answer) {
		t.Errorf("%v: the kind is %s", err, fault.KindOf(err))
	}
	var all recommend.SignalErrors
	if !errors.As(err, &all) {
		return []string{err.Error() + ": " + fault.Of(err).Hint}
	}
	if len(all) < 2 || err.Error() != fmt.Sprintf("%d signals are wrong", len(all)) {
		t.Errorf("%d errors are %q", len(all), err)
	}
	return fault.Of(err).Lines
}
