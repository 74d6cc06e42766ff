package newcmd

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scaffold/cmd/internal/app"
	"scaffold/cmd/internal/app/apptest"
	"scaffold/cmd/internal/command"
	"scaffold/generator/prompt"
	"scaffold/generator/quote"
	"scaffold/generator/session"
)

func author() newOptions { return newOptions{author: "Ada Lovelace <ada@example.com>"} }

// ask runs a session with prepared replies and gives the plan that the person
// said yes to.
func ask(t *testing.T, e *app.Env, o newOptions, replies ...prompt.Reply) (*outcome, []session.Step) {
	t.Helper()
	g, err := o.given(e)
	if err != nil {
		t.Fatal(err)
	}
	g.Ask = true
	s, err := session.Start(t.Context(), e.Session(), g)
	if err != nil {
		t.Fatal(err)
	}
	script := &prompt.Scripted{Replies: replies}
	if err := script.Run(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	plan, err := s.Plan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return &outcome{env: e, given: g, session: s, plan: plan}, script.Asked
}

func again(o *outcome) string { return quote.Shell(o.session.Repeat()...) }

func TestTheDefaultPathHasAtMostEightScreens(t *testing.T) {
	made, asked := ask(t, apptest.New(t), author(),
		prompt.Reply{ID: "signal:use", Value: []string{"realtime-chat", "rest-api"}},
		prompt.Reply{ID: "signal:priority"}, prompt.Reply{ID: "signal:team"},
		prompt.Reply{ID: "template"},
		prompt.Reply{ID: "name", Value: "shop"},
		prompt.Reply{ID: "confirm"},
	)
	if len(asked) > 8 {
		t.Errorf("%d screens", len(asked))
	}
	if got := made.session.Template().Manifest.Name; got != "node-ws" {
		t.Errorf("template %s", got)
	}
	if diff := cmp.Diff([]string{"use:realtime-chat", "use:rest-api"}, made.session.Advice().Signals); diff != "" {
		t.Error(diff)
	}
	if asked[3].Title != "Recommended: node-ws" || !strings.Contains(asked[3].Body, "one event loop") {
		t.Errorf("the recommendation has no reasons: %+v", asked[3])
	}
	if !strings.Contains(asked[5].Body, "README.md") {
		t.Errorf("the preview has no files:\n%s", asked[5].Body)
	}
	if _, err := os.Stat(made.plan.Dir); !os.IsNotExist(err) {
		t.Error("something was written before the person said so")
	}
}

func TestFlagsAnswerTheirScreens(t *testing.T) {
	o := author()
	o.dir = "shop"
	o.signals = command.SignalFlags{"use": {"rest-api"}, "team": {"both"}, "concurrency": {"low"}, "size": {"small"}}
	_, asked := ask(t, apptest.New(t), o,
		prompt.Reply{ID: "signal:priority"}, prompt.Reply{ID: "template", Value: "flask"}, prompt.Reply{ID: "confirm"})
	if len(asked) != 3 {
		t.Errorf("%d screens, want 3", len(asked))
	}
}

func TestAnOverrideIsTakenWithoutArgumentAndRecorded(t *testing.T) {
	o := author()
	o.name = "shop"
	o.signals = command.SignalFlags{"use": {"realtime-chat"}, "team": {"python"}, "concurrency": {"low"}, "size": {"small"}, "priority": {"batteries"}}
	made, _ := ask(t, apptest.New(t), o, prompt.Reply{ID: "template", Value: "django"}, prompt.Reply{ID: "confirm"})
	if !made.session.Overridden() {
		t.Error("the override is not recorded")
	}
	for _, f := range made.plan.Files {
		if f.Path == "docs/decisions/0001-backend.md" && !strings.Contains(string(f.Data), "node-ws") {
			t.Errorf("the decision does not name what was recommended:\n%s", f.Data)
		}
	}
}

func TestNotSureYetListsTheTemplatesWithNoneChosen(t *testing.T) {
	o := author()
	o.name = "shop"
	o.signals = command.SignalFlags{"team": {"none"}, "concurrency": {"low"}, "size": {"medium"}}
	_, asked := ask(t, apptest.New(t), o,
		prompt.Reply{ID: "signal:use", Value: []string{"unsure"}},
		prompt.Reply{ID: "plain:use:multiplayer-game"}, prompt.Reply{ID: "plain:use:ml-serving"}, prompt.Reply{ID: "plain:use:admin-cms"},
		prompt.Reply{ID: "plain:use:data-analysis"}, prompt.Reply{ID: "plain:use:realtime-chat"},
		prompt.Reply{ID: "signal:priority"},
		prompt.Reply{ID: "template", Value: "flask"}, prompt.Reply{ID: "confirm"})
	if s := asked[7]; s.Title != "Which template?" || s.Options[0].Value != "" || s.Validate("") == nil {
		t.Errorf("a template is preselected: %+v", s)
	}
}

func TestTheUseMayBeSaidInOnesOwnWords(t *testing.T) {
	made, asked := ask(t, apptest.New(t), author(),
		prompt.Reply{ID: "signal:use", Value: []string{"in my own words"}},
		prompt.Reply{ID: "words", Value: "a chat for my Python class"},
		prompt.Reply{ID: "meant", Value: "again"},
		prompt.Reply{ID: "words", Value: "a shop, and no chat"},
		prompt.Reply{ID: "meant"}, prompt.Reply{ID: "signal:team"},
		prompt.Reply{ID: "template"}, prompt.Reply{ID: "name", Value: "shop"}, prompt.Reply{ID: "confirm"})
	if !strings.Contains(asked[2].Body, "‘chat’ → realtime-chat") || asked[1].Validate("something nice") == nil {
		t.Errorf("asked %+v, then %+v", asked[1], asked[2])
	}
	if diff := cmp.Diff([]string{"use:data-web-app", "use:admin-cms"}, made.session.Advice().Signals); diff != "" {
		t.Error(diff)
	}
}

func TestWhoIsNotSureIsAskedInPlainWords(t *testing.T) {
	o := author()
	o.name = "shop"
	made, asked := ask(t, apptest.New(t), o,
		prompt.Reply{ID: "signal:use", Value: []string{"unsure"}},
		prompt.Reply{ID: "plain:use:multiplayer-game", Value: "no"}, prompt.Reply{ID: "plain:use:ml-serving", Value: "yes"},
		prompt.Reply{ID: "signal:priority"},
		prompt.Reply{ID: "template"}, prompt.Reply{ID: "confirm"})
	if asked[1].Title != "Will people play with or against each other?" {
		t.Errorf("asked %q", asked[1].Title)
	}
	if got := made.session.Template().Manifest.Name; got != "flask" {
		t.Errorf("template %s", got)
	}
}

func TestChangingAnswersAsksTheChosenOnes(t *testing.T) {
	o := author()
	o.template, o.name = "flask", "shop"
	made, asked := ask(t, apptest.New(t), o,
		prompt.Reply{ID: "confirm", Value: "change"},
		prompt.Reply{ID: "change", Value: []string{"port", "license"}},
		prompt.Reply{ID: "answer:license", Value: "none"},
		prompt.Reply{ID: "answer:port", Back: true},
		prompt.Reply{ID: "answer:license", Value: "Apache-2.0"},
		prompt.Reply{ID: "answer:port", Value: 9000},
		prompt.Reply{ID: "confirm"},
	)
	if made.session.Answers().Vars["port"] != 9000 || made.session.Answers().Vars["license"] != "Apache-2.0" {
		t.Errorf("answers: port %v, license %v", made.session.Answers().Vars["port"], made.session.Answers().Vars["license"])
	}
	if len(asked) != 7 {
		t.Errorf("%d screens", len(asked))
	}
}

func TestAnsweringAllAsksEveryActiveQuestion(t *testing.T) {
	e := apptest.New(t)
	template := filepath.Join(e.Dir, "tpl")
	files := map[string]string{
		"template.yaml": `apiVersion: scaffold/v1
name: tiny
title: Tiny
version: 1.0.0
questions:
  - {id: region, type: choice, choices: [{value: eu}, {value: us}]}
  - {id: cache, type: bool, default: false}
  - {id: size, type: int, default: 5, when: cache}
  - {id: extras, type: multi, choices: [{value: a}, {value: b}], default: [a]}
  - {id: token, type: secret}
`,
		"files/out.txt.tmpl": "{{ .region }} {{ .size }} {{ .extras }}\n",
	}
	for name, data := range files {
		path := filepath.Join(template, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	o := author()
	o.template, o.name = "./tpl", "shop"
	made, _ := ask(t, e, o,
		prompt.Reply{ID: "answer:region", Value: "us"}, // without a default: asked before the confirmation
		prompt.Reply{ID: "answer:token", Value: "hunter2"},
		prompt.Reply{ID: "confirm", Value: "all"},
		prompt.Reply{ID: "answer:region"},
		prompt.Reply{ID: "answer:cache", Value: true},
		prompt.Reply{ID: "answer:size", Value: 7},
		prompt.Reply{ID: "answer:extras", Value: []string{"b"}},
		prompt.Reply{ID: "answer:token", Value: "hunter2"},
		prompt.Reply{ID: "confirm"},
	)
	for _, f := range made.plan.Files {
		if f.Path == "out.txt" && string(f.Data) != "us 7 [b]\n" {
			t.Errorf("rendered %q", f.Data)
		}
		if strings.Contains(string(f.Data), "hunter2") {
			t.Errorf("the secret is in %s", f.Path)
		}
	}
	if line := again(made); strings.Contains(line, "hunter2") || !strings.Contains(line, "--secret-file token=FILE") {
		t.Errorf("command: %s", line)
	}
}

func TestTheRepeatedCommandGivesTheSameTree(t *testing.T) {
	e := apptest.New(t)
	made, _ := ask(t, e, author(),
		prompt.Reply{ID: "signal:use", Value: []string{"ml-serving", "rest-api"}},
		prompt.Reply{ID: "signal:priority"}, prompt.Reply{ID: "signal:team", Value: "python"},
		prompt.Reply{ID: "template"}, prompt.Reply{ID: "name", Value: "shop"},
		prompt.Reply{ID: "confirm", Value: "change"},
		prompt.Reply{ID: "change", Value: []string{"description", "features"}},
		prompt.Reply{ID: "answer:description", Value: `it's "quoted" & $HOME`},
		prompt.Reply{ID: "answer:features", Value: "data"},
		prompt.Reply{ID: "confirm"},
	)
	// A shell splits the line, so that the quoting is tested, too.
	line := quote.Shell(append([]string{"printf", `%s\0`}, made.session.Repeat()[1:]...)...)
	out, err := exec.Command("sh", "-c", line).Output()
	if err != nil {
		t.Fatal(err)
	}
	args := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
	var printed bytes.Buffer
	e.Out = &printed
	cmd := New(e)
	command.GlobalFlags(e, cmd.Flags())
	cmd.SetArgs(append(args[1:], "--dry-run", "--json"))
	if err := cmd.ExecuteContext(t.Context()); err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	var again struct{ Digest string }
	if err := json.Unmarshal(printed.Bytes(), &again); err != nil || made.plan.Digest() != again.Digest {
		t.Errorf("another tree by: %s", line)
	}
}
