package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"scaffold/cmd/internal/ui"
	"scaffold/generator/prompt"
	"scaffold/generator/session"
)

const hooked = `apiVersion: scaffold/v1
name: hooked
title: Hooked
version: 1.0.0
requires: {tools: [{name: no-such-tool, version: ">=2"}]}
questions:
  - {id: deep, type: bool, default: false}
actions:
  - {id: mark, run: [touch, "$(id)"], needs: {net: true}}
  - {id: lines, run: [sh, -c, "true\ntrue #\x1b[2J"]}
  - {id: deep, run: [touch, deep], when: deep}
verify:
  test: {run: [test, -e, README.md]}
  run: {run: [test, -e, nothing]}
`

// hookedEnv is a process whose directory holds the template ./tpl, and which
// has a home.
func hookedEnv(t *testing.T) *env {
	t.Helper()
	e := testEnv(t)
	for name, data := range map[string]string{"tpl/template.yaml": hooked, "tpl/files/README.md": "x\n"} {
		path := filepath.Join(e.dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	e.environ = append(e.environ, "HOME="+t.TempDir())
	return e
}

func hookedOptions() newOptions {
	o := author()
	o.template, o.name = "./tpl", "shop"
	return o
}

func TestAPersonIsAskedAboutHooks(t *testing.T) {
	tests := map[string]struct {
		choice  any // nil is Enter alone
		ran     bool
		trusted bool
		command string
	}{
		"Enter alone runs nothing": {nil, false, false, "--no-hooks"},
		"once":                     {"run", true, false, "--run-hooks"},
		"trusted from now on":      {"trust", true, true, "--template ./tpl --no-input"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			e := hookedEnv(t)
			o, asked := ask(t, e, hookedOptions(), prompt.Reply{ID: "hooks", Value: test.choice}, prompt.Reply{ID: "confirm"})
			if body := asked[0].Body; !strings.Contains(body, `touch '$(id)'   (hook mark; reaches the network; at most 10m0s)`) || strings.Contains(body, "hook deep") ||
				!strings.Contains(body, `'true\ntrue #\x1b[2J'`) {
				t.Errorf("the question shows:\n%s", body)
			}
			if body := asked[1].Body; !strings.Contains(body, "run  touch '$(id)'") && !strings.Contains(body, "runs  touch '$(id)'") || !strings.Contains(body, "no-such-tool is not installed") {
				t.Errorf("the preview shows:\n%s", body)
			}
			if store, err := e.trustStore(); err != nil || len(store.Entries()) > 0 {
				t.Error("trust is written before the person said to create")
			}
			if err := o.finish(t.Context()); err != nil {
				t.Fatal(err)
			}
			if _, err := os.Stat(filepath.Join(o.plan.Dir, "$(id)")); (err == nil) != test.ran {
				t.Errorf("the hook ran: %v", err == nil)
			}
			store, err := e.trustStore()
			if err != nil || store.Has(o.session.Template()) != test.trusted {
				t.Errorf("trusted: %v %v", store.Entries(), err)
			}
			if line := again(o); !strings.Contains(line, test.command) {
				t.Errorf("command: %s", line)
			}
		})
	}
}

func TestOtherHooksAreAskedAboutAgain(t *testing.T) {
	made, _ := ask(t, hookedEnv(t), hookedOptions(),
		prompt.Reply{ID: "hooks", Value: "run"},
		prompt.Reply{ID: "confirm", Value: "change"}, prompt.Reply{ID: "change", Value: []string{"deep"}}, prompt.Reply{ID: "answer:deep", Value: true},
		prompt.Reply{ID: "hooks", Value: "skip"},
		prompt.Reply{ID: "confirm", Value: "change"}, prompt.Reply{ID: "change", Value: []string{"deep"}}, prompt.Reply{ID: "answer:deep", Value: false},
		prompt.Reply{ID: "confirm"},
	)
	if _, said := made.session.Hooks(); said != session.HooksSkipped {
		t.Errorf("the hooks are to %s", said)
	}
}

func TestFlagsAnswerTheQuestionAboutHooks(t *testing.T) {
	for name, set := range map[string]func(*newOptions){
		"--run-hooks": func(o *newOptions) { o.runHooks = true },
		"--no-hooks":  func(o *newOptions) { o.noHooks = true },
		"--dry-run":   func(o *newOptions) { o.dryRun = true },
	} {
		t.Run(name, func(t *testing.T) {
			o := hookedOptions()
			set(&o)
			ask(t, hookedEnv(t), o, prompt.Reply{ID: "confirm"})
		})
	}
}

func TestTheOutputSchemaFitsHooksVerifyAndTrust(t *testing.T) {
	schema := compileSchema(t, outputSchema)
	e := hookedEnv(t)
	runs := []struct {
		args string
		exit int
	}{
		{"trust list", 0},
		{"new a -t ./tpl --no-git", 4},
		{"new a -t ./tpl --no-git --dry-run --verify", 0},
		{"new a -t ./tpl --no-git --no-hooks", 0},
		{"new b -t ./tpl --no-git --run-hooks --verify=test", 0},
		{"new d -t ./tpl --no-git --run-hooks --verify", 8},
		{"trust add ./tpl", 0},
		{"new c -t ./tpl --no-git", 0},
		{"trust remove hooked", 0},
		{"verify c --until test", 0},
		{"verify tpl", 5},
		{"verify c --until nothing", 2},
	}
	for _, run := range runs {
		var out bytes.Buffer
		here := *e
		here.Out, here.Options = &out, ui.Options{}
		if exit := here.run(append(strings.Fields(run.args), "--json")); exit != run.exit {
			t.Errorf("%s: exit %d, want %d\n%s", run.args, exit, run.exit, out.String())
		}
		doc, err := jsonschema.UnmarshalJSON(&out)
		if err != nil {
			t.Errorf("%s: %v", run.args, err)
			continue
		}
		if err := schema.Validate(doc); err != nil {
			t.Errorf("%s: %v", run.args, err)
		}
	}
}
