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
	"scaffold/generator/quote"
	"scaffold/generator/session"
)

func author() newOptions { return newOptions{author: "Ada Lovelace <ada@example.com>"} }

// ask runs a session with prepared replies and gives the plan that the person
// said yes to.
func ask(t *testing.T, e *app.Env, o newOptions, replies ...reply) (*outcome, []session.Step) {
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
	asked := answer(t, s, replies)
	plan, err := s.Plan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return &outcome{env: e, given: g, session: s, plan: plan}, asked
}

// A reply answers one step. Without a value it takes what the step offers.
type reply struct {
	id    string
	value any
	back  bool // go back instead
}

// answer gives the steps that the session asks for these replies: all of them,
// in this order, and no others.
func answer(t *testing.T, s *session.Session, replies []reply) []session.Step {
	t.Helper()
	var asked []session.Step
	for {
		step, err := s.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if step == nil && len(replies) == 0 {
			return asked
		}
		if step == nil || len(replies) == 0 || replies[0].id != step.ID {
			t.Fatalf("asked is %+v, and the replies are %+v", step, replies)
		}
		asked = append(asked, *step)
		said := replies[0]
		replies = replies[1:]
		if said.back {
			s.Back()
			continue
		}
		if said.value == nil {
			said.value = offered(*step)
		}
		if err := s.Answer(t.Context(), said.value); err != nil {
			t.Fatalf("%s: %v", step.ID, err)
		}
	}
}

// offered is what Enter alone takes.
func offered(step session.Step) any {
	switch {
	case step.Kind == session.Multi && step.Default == nil:
		return []string{}
	case step.Kind == session.Choice && !step.Fits(step.Default):
		return step.Options[0].Value
	}
	return step.Default
}

func again(o *outcome) string { return quote.Shell(o.session.Repeat()...) }

func TestTheDefaultPathHasAtMostEightScreens(t *testing.T) {
	made, asked := ask(t, apptest.New(t), author(),
		reply{id: "signal:use", value: []string{"realtime-chat", "rest-api"}},
		reply{id: "signal:priority"}, reply{id: "signal:team"},
		reply{id: "template"},
		reply{id: "name", value: "shop"},
		reply{id: "confirm"},
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
		reply{id: "signal:priority"}, reply{id: "template", value: "flask"}, reply{id: "confirm"})
	if len(asked) != 3 {
		t.Errorf("%d screens, want 3", len(asked))
	}
}

func TestAnOverrideIsTakenWithoutArgumentAndRecorded(t *testing.T) {
	o := author()
	o.name = "shop"
	o.signals = command.SignalFlags{"use": {"realtime-chat"}, "team": {"python"}, "concurrency": {"low"}, "size": {"small"}, "priority": {"batteries"}}
	made, _ := ask(t, apptest.New(t), o, reply{id: "template", value: "django"}, reply{id: "confirm"})
	if !made.session.Overridden() {
		t.Error("the override is not recorded")
	}
	for _, f := range made.plan.Files {
		data, err := f.Content()
		if err != nil || f.Path == "docs/decisions/0001-backend.md" && !strings.Contains(string(data), "node-ws") {
			t.Errorf("the decision does not name what was recommended: %v\n%s", err, data)
		}
	}
}

func TestNotSureYetListsTheTemplatesWithNoneChosen(t *testing.T) {
	o := author()
	o.name = "shop"
	o.signals = command.SignalFlags{"team": {"none"}, "concurrency": {"low"}, "size": {"medium"}}
	_, asked := ask(t, apptest.New(t), o,
		reply{id: "signal:use", value: []string{"unsure"}},
		reply{id: "plain:use:multiplayer-game"}, reply{id: "plain:use:ml-serving"}, reply{id: "plain:use:admin-cms"},
		reply{id: "plain:use:data-analysis"}, reply{id: "plain:use:realtime-chat"},
		reply{id: "signal:priority"},
		reply{id: "template", value: "flask"}, reply{id: "confirm"})
	if s := asked[7]; s.Title != "Which template?" || s.Options[0].Value != "" || s.Validate("") == nil {
		t.Errorf("a template is preselected: %+v", s)
	}
}

func TestTheUseMayBeSaidInOnesOwnWords(t *testing.T) {
	made, asked := ask(t, apptest.New(t), author(),
		reply{id: "signal:use", value: []string{"in my own words"}},
		reply{id: "words", value: "a chat for my Python class"},
		reply{id: "meant", value: "again"},
		reply{id: "words", value: "a shop, and no chat"},
		reply{id: "meant"}, reply{id: "signal:team"},
		reply{id: "template"}, reply{id: "name", value: "shop"}, reply{id: "confirm"})
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
		reply{id: "signal:use", value: []string{"unsure"}},
		reply{id: "plain:use:multiplayer-game", value: "no"}, reply{id: "plain:use:ml-serving", value: "yes"},
		reply{id: "signal:priority"},
		reply{id: "template"}, reply{id: "confirm"})
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
		reply{id: "confirm", value: "change"},
		reply{id: "change", value: []string{"port", "license"}},
		reply{id: "answer:license", value: "none"},
		reply{id: "answer:port", back: true},
		reply{id: "answer:license", value: "Apache-2.0"},
		reply{id: "answer:port", value: 9000},
		reply{id: "confirm"},
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
		reply{id: "answer:region", value: "us"}, // without a default: asked before the confirmation
		reply{id: "answer:token", value: "hunter2"},
		reply{id: "confirm", value: "all"},
		reply{id: "answer:region"},
		reply{id: "answer:cache", value: true},
		reply{id: "answer:size", value: 7},
		reply{id: "answer:extras", value: []string{"b"}},
		reply{id: "answer:token", value: "hunter2"},
		reply{id: "confirm"},
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
		reply{id: "signal:use", value: []string{"ml-serving", "rest-api"}},
		reply{id: "signal:priority"}, reply{id: "signal:team", value: "python"},
		reply{id: "template"}, reply{id: "name", value: "shop"},
		reply{id: "confirm", value: "change"},
		reply{id: "change", value: []string{"description", "features"}},
		reply{id: "answer:description", value: `it's "quoted" & $HOME`},
		reply{id: "answer:features", value: "data"},
		reply{id: "confirm"},
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
