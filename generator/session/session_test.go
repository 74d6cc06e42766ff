package session_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"scaffold/generator/fault"
	"scaffold/generator/manifest"
	"scaffold/generator/session"
	"scaffold/generator/source"
	"scaffold/templates"
)

const tiny = `apiVersion: scaffold/v1
name: tiny
title: Tiny
version: 1.0.0
questions:
  - {id: region, type: choice, choices: [{value: eu}, {value: us}]}
  - {id: port, type: int, default: 8000, validate: [{expr: 'value > 0', message: must be above 0}]}
actions:
  - {id: mark, run: [touch, marked]}
`

// machine has a working directory with the template ./tpl, and nothing else.
func machine(t *testing.T) session.Machine {
	t.Helper()
	dir := t.TempDir()
	for name, data := range map[string]string{"template.yaml": tiny, "files/README.md.tmpl": "{{ .region }} {{ .port }}\n"} {
		path := filepath.Join(dir, "tpl", name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return session.Machine{
		Templates: source.New(templates.FS, dir), Dir: dir, Now: time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC),
		Environ: []string{"PATH=" + os.Getenv("PATH")}, TrustFile: filepath.Join(dir, "trust.yaml"),
	}
}

func start(t *testing.T, m session.Machine, g session.Given) *session.Session {
	t.Helper()
	s, err := session.Start(t.Context(), m, g)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// asks holds the id of the step to ask now against the one that is wanted.
func asks(t *testing.T, s *session.Session, want string) *session.Step {
	t.Helper()
	step, err := s.Next(t.Context())
	switch {
	case err != nil:
		t.Fatal(err)
	case step == nil && want != "", step != nil && step.ID != want:
		t.Fatalf("asked is %+v, want %q", step, want)
	}
	return step
}

func answer(t *testing.T, s *session.Session, id string, value any) {
	t.Helper()
	asks(t, s, id)
	if err := s.Answer(t.Context(), value); err != nil {
		t.Fatalf("%s: %v", id, err)
	}
}

func TestAProgramCanAskTheSteps(t *testing.T) {
	s := start(t, machine(t), session.Given{Dir: "shop", Template: "./tpl", Ask: true, NoGit: true})
	answer(t, s, "answer:region", "eu")
	answer(t, s, "hooks", "run")
	asks(t, s, "confirm")
	shown, err := s.Plan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	answer(t, s, "confirm", "create")
	if made, err := s.Plan(t.Context()); err != nil || made != shown {
		t.Errorf("another plan than the one that was shown: %v", err)
	}
	if _, err := s.Apply(t.Context(), shown); err != nil {
		t.Fatal(err)
	}
	asks(t, s, "")
	if err := s.Answer(t.Context(), "create"); err == nil {
		t.Error("an answer is taken where nothing is asked")
	}
	if data, err := os.ReadFile(filepath.Join(shown.Dir, "README.md")); err != nil || string(data) != "eu 8000\n" {
		t.Errorf("%q %v", data, err)
	}
	if jobs := s.HookJobs(shown); len(jobs) != 1 || jobs[0].Name != "mark" {
		t.Errorf("hooks to run: %+v", jobs)
	}
}

func TestGoingBackForgetsTheAnswerAndThePlan(t *testing.T) {
	s := start(t, machine(t), session.Given{Dir: "shop", Template: "./tpl", Ask: true, NoGit: true, Hooks: session.HooksSkipped})
	answer(t, s, "answer:region", "eu")
	asks(t, s, "confirm")
	eu, err := s.Plan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s.Back()
	answer(t, s, "answer:region", "us")
	asks(t, s, "confirm")
	us, err := s.Plan(t.Context())
	if err != nil || eu.Digest() == us.Digest() {
		t.Errorf("the plan of another answer has the same digest: %v", err)
	}
	if want := []string{"scaffold", "new", "shop", "--template", "./tpl", "--set", "region=us", "--no-git", "--no-hooks", "--no-input"}; !slices.Equal(s.Repeat(), want) {
		t.Errorf("repeat: %v", s.Repeat())
	}
	s.Back()
	s.Back() // there is nothing more to drop
	asks(t, s, "answer:region")
}

func TestAnAnswerThatDoesNotFitIsNotTaken(t *testing.T) {
	s := start(t, machine(t), session.Given{Dir: "shop", Template: "./tpl", Ask: true, Hooks: session.HooksSkipped})
	for _, bad := range []any{"mars", 7, true, nil, []string{"eu"}} {
		if err := s.Answer(t.Context(), bad); err == nil {
			t.Errorf("%v is taken for a region", bad)
		}
	}
	answer(t, s, "answer:region", "eu")
	answer(t, s, "confirm", "change")
	answer(t, s, "change", []string{"port"})
	for _, bad := range []any{0, -1, "x", 1.5, nil} {
		if err := s.Answer(t.Context(), bad); err == nil {
			t.Errorf("%v is taken for a port", bad)
		}
	}
	answer(t, s, "answer:port", 9000)
	asks(t, s, "confirm")
}

func TestWhereNobodyIsAskedEverythingIsSaidAtOnce(t *testing.T) {
	m := machine(t)
	m.Environ = append(m.Environ, "SCAFFOLD_ANSWER_PROT=1")
	s := start(t, m, session.Given{Dir: "shop", Template: "./tpl", Set: manifest.Answers{"port": {Text: "0"}}})
	for name, do := range map[string]func() error{
		"Next": func() error { _, err := s.Next(t.Context()); return err },
		"Plan": func() error { _, err := s.Plan(t.Context()); return err },
	} {
		err := do()
		f := fault.Of(err)
		if !fault.Is(err, fault.Answer) || len(f.Lines) != 3 || !strings.Contains(f.Hint, "env -u SCAFFOLD_ANSWER_PROT scaffold new shop") {
			t.Errorf("%s: %+v", name, f)
		}
	}
}

func TestHooksThatNobodyAllowedAreRefused(t *testing.T) {
	given := session.Given{Dir: "shop", Template: "./tpl", Set: manifest.Answers{"region": {Text: "eu"}}, Accept: true}
	if _, err := start(t, machine(t), given).Plan(t.Context()); !fault.Is(err, fault.Untrusted) {
		t.Errorf("%v", err)
	}
	given.DryRun = true
	if _, err := start(t, machine(t), given).Plan(t.Context()); err != nil {
		t.Errorf("a dry run: %v", err)
	}
}

func TestAnotherPlanThanTheExpectedOneIsRefused(t *testing.T) {
	m := machine(t)
	given := session.Given{Dir: "shop", Template: "./tpl", Set: manifest.Answers{"region": {Text: "eu"}}, Hooks: session.HooksOnce}
	plan, err := start(t, m, given).Plan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]func(*session.Given){
		"another directory": func(g *session.Given) { g.Dir = "elsewhere"; g.Name = "shop" },
		"another answer":    func(g *session.Given) { g.Set = manifest.Answers{"region": {Text: "us"}} },
		"no repository":     func(g *session.Given) { g.NoGit = true },
		"another branch":    func(g *session.Given) { g.Branch = "trunk" },
		"another author":    func(g *session.Given) { g.Author = "Eve <eve@example.com>" },
	}
	for name, change := range tests {
		other := given
		other.Expect = plan.Digest()
		if _, err := start(t, m, other).Plan(t.Context()); err != nil {
			t.Errorf("the same plan: %v", err)
		}
		change(&other)
		if _, err := start(t, m, other).Plan(t.Context()); !fault.Is(err, fault.Changed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	other := given
	other.Expect = plan.Digest()
	hook := filepath.Join(m.Dir, "tpl", "template.yaml")
	if err := os.WriteFile(hook, []byte(strings.Replace(tiny, "marked", "marred", 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := start(t, m, other).Plan(t.Context()); !fault.Is(err, fault.Changed) {
		t.Errorf("another command: %v", err)
	}
}

// TestAnUnexpectedPlanIsRefusedEachTime, and before anybody is
// asked whether its commands may run.
func TestAnUnexpectedPlanIsRefusedEachTime(t *testing.T) {
	given := session.Given{Dir: "shop", Template: "./tpl", Set: manifest.Answers{"region": {Text: "eu"}}, Expect: "sha256:0"}
	s := start(t, machine(t), given)
	for range 2 {
		if p, err := s.Plan(t.Context()); p != nil || !fault.Is(err, fault.Changed) {
			t.Errorf("%v %v", p, err)
		}
	}
}
