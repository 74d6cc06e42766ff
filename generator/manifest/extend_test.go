package manifest_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scaffold/generator/manifest"
)

const ground = `apiVersion: scaffold/v1
name: ground
title: Ground
version: 1.4.0
description: What the base says
tags: [web]
maturity: stable
requires:
  tools: [{name: node, version: ">=20"}, {name: git}]
recommend:
  role: [primary, companion]
  fit:
    use:rest-api: {weight: 2, reason: it serves}
    use:admin-cms: {weight: 3, reason: it has an admin}
alternatives: [{when: '"use:rest-api" in signals', text: base text}]
questions:
  - {id: database, type: choice, choices: [{value: sqlite}, {value: postgres}], default: sqlite}
  - {id: port, type: int, default: 8000, validate: [{expr: 'value > 1000', message: from 1001}]}
  - {id: size, type: int, default: 1, validate: [{expr: 'value < port', message: below the port}]}
  - {id: pool, type: int, default: {expr: 'port / 1000'}, when: 'database == "postgres"'}
  - {id: key, type: secret, when: 'false'}
computed:
  url: 'database + ":" + string(port)'
presets:
  small: {database: sqlite, port: 2000}
files:
  - {glob: a, when: 'database == "postgres"'}
actions:
  - {id: lock, run: [npm, install], when: 'port > 1'}
  - {id: fmt, run: [npm, fmt]}
verify:
  install: {run: [make]}
  test: {run: [make, test]}
next: |
  make
tests: {minCoverage: 90}
`

const cover = `apiVersion: scaffold/v1
name: cover
title: Cover
version: 2.0.0
extends: {template: builtin:ground}
`

func parseWhole(t *testing.T, text string) *manifest.Manifest {
	t.Helper()
	m, err := manifest.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func extend(t *testing.T, base *manifest.Manifest, body string) *manifest.Manifest {
	t.Helper()
	m, err := parseWhole(t, cover+body).Extend(base)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestExtendMergesEachPart(t *testing.T) {
	m := extend(t, parseWhole(t, ground), `requires:
  tools: [{name: node, version: ">=22"}, {name: uv}]
recommend:
  fit:
    use:rest-api: {weight: 5, reason: ours}
    team:python: {weight: 1, reason: ours too}
alternatives: [{when: 'true', text: own text}]
questions:
  - {id: team, type: string, default: {expr: 'database + "-team"'}}
computed:
  contact: 'team + "@" + url'
presets:
  small: {port: 3000}
  big: {database: postgres}
files:
  - {glob: b, when: 'team == "x"'}
  - {glob: a, when: 'false'}
actions:
  - {id: lock, run: [npm, ci], when: 'port > 9000'}
  - {id: own, run: [true]}
verify:
  test: {run: [make, check]}
`)
	var got []string
	say := func(format string, args ...any) { got = append(got, fmt.Sprintf(format, args...)) }
	say("%s %s %s %v %s %s", m.Name, m.Version, m.Description, m.Tags, m.Maturity, strings.TrimSpace(m.Next))
	say("%v %v %d", m.Requires.Tools, m.Recommend.Role, m.Tests.MinCoverage)
	for _, s := range []string{"use:rest-api", "use:admin-cms", "team:python"} {
		say("%s %d %s", s, m.Recommend.Fit[s].Weight, m.Recommend.Fit[s].Reason)
	}
	say("%v", m.AlternativesFor([]string{"use:rest-api"}))
	for _, q := range m.Questions {
		say("question %s", q.ID)
	}
	say("%v %v", m.Presets["small"], m.Presets["big"])
	for _, f := range m.Files {
		wanted, err := f.Wanted(map[string]any{"team": "x", "database": "postgres"})
		say("%s %v %v", f.Glob, wanted, err)
	}
	for _, a := range m.Actions {
		say("%s %v %s", a.ID, a.Run, a.When)
	}
	say("%v %v", m.Verify.Install.Run, m.Verify.Test.Run)
	want := []string{
		"cover 2.0.0 What the base says [web] stable make",
		"[{node >=22 []} {git  []} {uv  []}] [primary companion] 90",
		"use:rest-api 5 ours", "use:admin-cms 3 it has an admin", "team:python 1 ours too",
		"[base text own text]",
		"question database", "question port", "question size", "question pool", "question key", "question team",
		"map[database:sqlite port:3000] map[database:postgres]",
		"b true <nil>", "a false <nil>", "a true <nil>",
		"lock [npm ci] port > 9000", "fmt [npm fmt] ", "own [true] ",
		"[make] [make check]",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	r, err := m.Resolve(manifest.Given{Name: "shop"}, answers("port", "9001"))
	if err != nil {
		t.Fatal(err)
	}
	if got := r.Vars["contact"]; got != "sqlite-team@sqlite:9001" {
		t.Errorf("contact is %v", got)
	}
}

func TestAFixedAnswerIsSetAndHidden(t *testing.T) {
	m := extend(t, parseWhole(t, ground), "answers: {fix: {database: postgres}, default: {port: 9000}}\n")
	r, err := m.Resolve(manifest.Given{Name: "shop"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if r.Vars["database"] != "postgres" || r.Vars["port"] != 9000 || r.Vars["pool"] != 9 {
		t.Errorf("got %v", r.Vars)
	}
	if a := r.Asked[0]; a.Active || a.Open || a.Missing {
		t.Errorf("the fixed question is asked: %+v", a)
	}
	if _, ok := m.Presets["small"]["database"]; ok {
		t.Error("the base's preset still sets what is fixed")
	}
	if strings.Contains(string(m.AnswersSchema()), `"database"`) {
		t.Error("the answers' schema takes what is fixed")
	}
	r, _ = m.Resolve(manifest.Given{Name: "shop"}, answers("database", "postgres"))
	if len(r.Problems) != 1 || r.Problems[0].Kind != manifest.Invalid || !strings.Contains(r.Problems[0].Detail, "is fixed to postgres by cover") {
		t.Errorf("got %v", r.Problems)
	}
}

func TestAFixedAnswerWaitsForItsCondition(t *testing.T) {
	m := extend(t, parseWhole(t, ground), "answers: {fix: {pool: 7}}\n")
	for database, want := range map[string]int{"sqlite": 0, "postgres": 7} {
		r, err := m.Resolve(manifest.Given{Name: "shop"}, answers("database", database))
		if err != nil || r.Vars["pool"] != want {
			t.Errorf("%s: pool is %v, want %d (%v)", database, r.Vars["pool"], want, err)
		}
	}
}

func TestAFixedAnswerThatOtherAnswersRefuseIsReported(t *testing.T) {
	m := extend(t, parseWhole(t, ground), "answers: {fix: {size: 5000}}\n")
	r, err := m.Resolve(manifest.Given{Name: "shop"}, answers("port", "2000"))
	if err != nil || len(r.Problems) != 1 || !strings.Contains(r.Problems[0].Detail, "is fixed by cover: below the port") {
		t.Errorf("got %v, %v", r.Problems, err)
	}
}

// TestAChangedDefaultReplacesAnExpression: the base works its default out, and
// the overlay names one.
func TestAChangedDefaultReplacesAnExpression(t *testing.T) {
	m := extend(t, parseWhole(t, ground), "answers: {default: {pool: 5}}\n")
	r, err := m.Resolve(manifest.Given{Name: "demo"}, manifest.Answers{"database": {Text: "postgres"}})
	if err != nil || r.Vars["pool"] != 5 {
		t.Errorf("pool is %v, %v", r.Vars["pool"], err)
	}
}

func TestExtendLeavesTheBaseAlone(t *testing.T) {
	base := parseWhole(t, ground)
	extend(t, base, "answers: {fix: {database: postgres}, default: {pool: 3, port: 9000}}\npresets: {small: {pool: 4}}\nactions: [{id: lock, run: [x]}]\n")
	r, err := base.Resolve(manifest.Given{Name: "shop"}, answers("database", "postgres"))
	if err != nil || len(r.Problems) > 0 || r.Vars["port"] != 8000 || r.Vars["pool"] != 8 || len(base.Presets["small"]) != 2 || base.Actions[0].Run[0] != "npm" {
		t.Errorf("the base has changed: %v %v %v", r.Vars, r.Problems, err)
	}
}

func TestAChainFixesFromTheTop(t *testing.T) {
	middle := extend(t, parseWhole(t, ground), "answers: {fix: {database: postgres}}\nquestions: [{id: team, type: string, default: a}]\n")
	top := strings.Replace(cover, "name: cover", "name: top", 1)
	m, err := parseWhole(t, top+"answers: {fix: {database: sqlite, team: b}}\n").Extend(middle)
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]manifest.Fix{"database": {Value: manifest.Scalar{Text: "sqlite"}, By: "top"}, "team": {Value: manifest.Scalar{Text: "b"}, By: "top"}} {
		if got, _ := m.Fixed(id); !cmp.Equal(got, want) {
			t.Errorf("%s: got %v", id, got)
		}
	}
}

func TestParseLeavesAnOverlaysExpressionsToExtend(t *testing.T) {
	body := "files:\n  - {glob: a, when: 'databse == \"x\"'}\n"
	m := parseWhole(t, cover+body)
	_, err := m.Extend(parseWhole(t, ground))
	if err == nil || !strings.Contains(err.Error(), "template.yaml:7:22: expression \"databse == \\\"x\\\"\": unknown variable databse") {
		t.Errorf("got %v", err)
	}
}

func TestExtendReportsWhatMatchesNothing(t *testing.T) {
	tests := map[string]struct{ body, want string }{
		"a fix of no question":           {"answers:\n  fix: {databse: x}\n", `template.yaml:7:9: unknown question "databse" | did you mean database?`},
		"a fix that is no choice":        {"answers:\n  fix: {database: oracle}\n", "database: must be one of sqlite, postgres"},
		"a fix against a rule":           {"answers:\n  fix: {port: 80}\n", "port: from 1001"},
		"a default against a rule":       {"answers:\n  default: {port: 80}\n", "port: from 1001"},
		"a default of no question":       {"answers:\n  default: {nope: 1}\n", `unknown question "nope"`},
		"a default and a fix":            {"answers:\n  default: {port: 9000}\n  fix: {port: 9001}\n", "port has a default and is fixed"},
		"a fix of a secret":              {"answers:\n  fix: {key: x}\n", "question key is a secret"},
		"a fix of an own question":       {"questions: [{id: a, type: string}]\nanswers:\n  fix: {a: x}\n", "a is the overlay's own question"},
		"a preset of a fixed answer":     {"answers: {fix: {port: 9000}}\npresets:\n  big: {port: 9001}\n", "port is fixed to 9000 by cover"},
		"a preset of no question":        {"presets:\n  big: {nope: 1}\n", `unknown question "nope"`},
		"a question of the base":         {"questions: [{id: port, type: int}]\n", `"port" is a name of the base ground`},
		"a computed name of the base":    {"questions: [{id: url, type: string}]\n", `"url" is a name of the base ground`},
		"a computed name twice":          {"computed: {url: '1'}\n", `computed name "url"`},
		"an unknown name in a condition": {"questions: [{id: a, type: bool, when: nope}]\n", "unknown variable nope"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := parseWhole(t, cover+test.body).Extend(parseWhole(t, ground))
			var problems manifest.Problems
			if !errors.As(err, &problems) {
				t.Fatalf("got %v, want problems", err)
			}
			p := problems[0]
			if got := fmt.Sprintf("%s: %s | %s", p.Place, p.Message, p.Hint); !strings.Contains(got, test.want) {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
	middle := extend(t, parseWhole(t, ground), "answers: {fix: {port: 9000}}\n")
	_, err := parseWhole(t, cover+"answers: {default: {port: 9001}}\n").Extend(middle)
	if err == nil || !strings.Contains(err.Error(), "port is fixed to 9000 by cover: a default has no effect") {
		t.Errorf("got %v", err)
	}
}

func TestMayGive(t *testing.T) {
	tests := []struct {
		source, named string
		want          bool
	}{
		{"README.md.tmpl", "README.md", true},
		{"README.md", "README.txt", false},
		{"docs/a.md", "docs/*", true},
		{"docs/a.md", "docs/{a,b}.md", true},
		{"{{ .app }}/models.py", "{{ .app }}/models.py", true},
		{"{{ .app }}/models.py", "catalog/models.py", true},
		{"{{ .app }}/models.py", "catalog/views.py", false},
		{"src/{{ .app }}/a.py", "src/*/a.py", true},
		{"src/{{ .app }}/a.py", "docs/*", false},
		{"catalog/models.py", "{{ .app }}/models.py", false},
	}
	for _, test := range tests {
		if got := manifest.MayGive(test.source, test.named); got != test.want {
			t.Errorf("%s, %s: got %v", test.source, test.named, got)
		}
	}
}
