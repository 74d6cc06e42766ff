package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"

	"scaffold/cmd/internal/app"
	"scaffold/cmd/internal/app/apptest"
)

const oursTemplate = `apiVersion: scaffold/v1
name: ours
title: Ours
version: 1.0.0
questions:
  - {id: parts, type: multi, choices: [{value: a}, {value: b}]}
  - {id: loud, type: bool, default: false}
  - {id: license, type: choice, choices: [{value: MIT}, {value: ISC}], default: MIT}
presets: {tiny: {loud: false}, big: {loud: true}}
`

// completed runs what a shell does on a tab.
func completed(t *testing.T, e *app.Env, args ...string) (words []string, directive string) {
	t.Helper()
	var out bytes.Buffer
	here := *e
	here.Out = &out
	if code := run(&here, append([]string{cobra.ShellCompNoDescRequestCmd}, args...)); code != exitDone {
		t.Fatalf("exit %d", code)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	return lines[:len(lines)-1], lines[len(lines)-1]
}

func TestCompletion(t *testing.T) {
	const whole, starts, dirs = ":4", ":6", ":16"
	e := apptest.New(t)
	dir := filepath.Join(e.Dir, "ours")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "template.yaml"), []byte(oursTemplate), 0o600); err != nil {
		t.Fatal(err)
	}
	levels := []string{"install", "test", "run"}
	tests := map[string]struct {
		args      string // the last word is being typed
		want      []string
		directive string
	}{
		"a signal of one value is a whole word":   {"recommend --workload ", []string{"io", "cpu"}, whole},
		"recommend completes lists":               {"recommend --priority ", []string{"speed-to-market", "batteries", "one-language", "security"}, starts},
		"a value is chosen once":                  {"new --priority batteries,security,", []string{"batteries,security,speed-to-market", "batteries,security,one-language"}, starts},
		"template show takes a name":              {"template show dj", []string{"django"}, whole},
		"template docs takes a name":              {"template docs dj", []string{"django"}, whole},
		"template lint takes a directory here":    {"template lint ./o", []string{"./ours"}, whole},
		"template test takes a name":              {"template test dj", []string{"django"}, whole},
		"a template may be in any directory":      {"template test ../", nil, dirs},
		"there is one template":                   {"template test django ", nil, whole},
		"trust add takes a template":              {"trust add ./", []string{"./ours"}, whole},
		"schema answers takes a template":         {"schema answers --template dj", []string{"django"}, whole},
		"new takes a template":                    {"new -t dj", []string{"django"}, whole},
		"verify has levels":                       {"verify --until ", levels, whole},
		"new verifies to a level":                 {"new --verify=", levels, whole},
		"colour is one of three":                  {"trust list --color ", []string{"auto", "always", "never"}, whole},
		"a licence is a choice of the template":   {"new -t ./ours --license ", []string{"MIT", "ISC"}, whole},
		"no template, no licences":                {"new --license ", nil, whole},
		"a preset is one of the template, sorted": {"new -t ./ours --preset ", []string{"big", "tiny"}, whole},
		"a key is followed by its value":          {"new -t ./ours --set ", []string{"parts=", "loud=", "license="}, starts},
		"a bool is true or false":                 {"new -t ./ours --set loud=", []string{"loud=true", "loud=false"}, whole},
		"a multi is a list":                       {"new -t ./ours --set parts=b,", []string{"parts=b,a"}, starts},
		"a choice is a whole word":                {"new -t ./ours --set license=", []string{"license=MIT", "license=ISC"}, whole},
		"help knows the topics of a group":        {"help schema ", []string{"answers", "manifest", "output", "policy"}, whole},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, directive := completed(t, e, strings.Split(test.args, " ")...)
			if len(got) == 0 {
				got = nil
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("words (-want +got):\n%s", diff)
			}
			if directive != test.directive {
				t.Errorf("directive %s, want %s", directive, test.directive)
			}
		})
	}
}
