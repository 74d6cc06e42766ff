package newcmd

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"scaffold/cmd/internal/app/apptest"
	"scaffold/generator/session"
)

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
			e := apptest.Hooked(t)
			o, asked := ask(t, e, hookedOptions(), reply{id: "hooks", value: test.choice}, reply{id: "confirm"})
			if body := asked[0].Body; !strings.Contains(body, `touch '$(id)'   (hook mark; reaches the network; at most 10m0s)`) || strings.Contains(body, "hook deep") ||
				!strings.Contains(body, `'true\ntrue #\x1b[2J'`) {
				t.Errorf("the question shows:\n%s", body)
			}
			if body := asked[1].Body; !strings.Contains(body, "run  touch '$(id)'") && !strings.Contains(body, "runs  touch '$(id)'") || !strings.Contains(body, "no-such-tool is not installed") {
				t.Errorf("the preview shows:\n%s", body)
			}
			if store, err := e.TrustStore(); err != nil || len(store.Entries()) > 0 {
				t.Error("trust is written before the person said to create")
			}
			if err := o.finish(t.Context()); err != nil {
				t.Fatal(err)
			}
			if _, err := os.Stat(filepath.Join(o.plan.Dir, "$(id)")); (err == nil) != test.ran {
				t.Errorf("the hook ran: %v", err == nil)
			}
			store, err := e.TrustStore()
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
	made, _ := ask(t, apptest.Hooked(t), hookedOptions(),
		reply{id: "hooks", value: "run"},
		reply{id: "confirm", value: "change"}, reply{id: "change", value: []string{"deep"}}, reply{id: "answer:deep", value: true},
		reply{id: "hooks", value: "skip"},
		reply{id: "confirm", value: "change"}, reply{id: "change", value: []string{"deep"}}, reply{id: "answer:deep", value: false},
		reply{id: "confirm"},
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
			ask(t, apptest.Hooked(t), o, reply{id: "confirm"})
		})
	}
}
