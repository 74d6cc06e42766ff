package templatetest_test

import (
	"bytes"
	"context"
	"encoding/xml"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"scaffold/generator"
	"scaffold/generator/fault"
	"scaffold/generator/manifest"
	"scaffold/generator/templatetest"
)

// cases makes a directory of test cases, name and text in turn.
func cases(pairs ...string) fstest.MapFS {
	m := fstest.MapFS{}
	for i := 0; i < len(pairs); i += 2 {
		m["tests/"+pairs[i]+".txtar"] = &fstest.MapFile{Data: []byte(pairs[i+1])}
	}
	return m
}

func run(t *testing.T, tpl *generator.Template, o templatetest.Options) *templatetest.Report {
	t.Helper()
	report, err := templatetest.Test(t.Context(), tpl, o)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func failures(r *templatetest.Report) []string {
	var list []string
	for _, c := range r.Checks {
		for _, p := range c.Problems {
			list = append(list, c.Group+" "+c.Name+": "+strings.Join(append([]string{p.String()}, p.Lines...), "\n"))
		}
	}
	return list
}

const shop = `questions:
  - {id: docker, type: bool, default: true}
  - {id: where, type: string, default: src}
files:
  - {glob: Dockerfile, when: docker}
  - {glob: "*.sh", mode: "0755"}
`

func shopTemplate(t *testing.T) *generator.Template {
	return template(t, shop,
		"files/README.md.tmpl", "# {{ .name }}\n{{ if .docker }}docker\n{{ end }}", "files/Dockerfile", "FROM x\n",
		"files/{{ .where }}/run.sh", "#!/bin/sh\n", "files/logo.png", "\x89PNG\x00", "files/odd.txt", "-- x --\n", "files/end.txt", "no newline")
}

func TestCases(t *testing.T) {
	const list = "Dockerfile\nREADME.md\nend.txt\nlogo.png\nodd.txt\nsrc/run.sh\n"
	tests := map[string]struct {
		text string
		want []string
	}{
		"what is listed is compared, byte for byte": {"-- answers.yaml --\nname: shop\n-- files --\n" + list + "-- want/README.md --\n# shop\ndocker\n", nil},
		"a case need not list anything":             {"-- answers.yaml --\nanswers: {docker: false}\n", nil},
		"a byte that differs is named with its line": {
			"-- answers.yaml --\nname: shop\n-- want/README.md --\n# shop\ndacker\n",
			[]string{`case c: tests/c.txtar:3:1: README.md:2 is "docker", wanted "dacker"`},
		},
		"a line that is missing": {
			"-- answers.yaml --\nname: shop\n-- want/README.md --\n# shop\ndocker\nmore\n",
			[]string{`case c: tests/c.txtar:3:1: README.md:3 is "", wanted "more"`},
		},
		"a file too many and one too few": {
			"-- answers.yaml --\nanswers: {docker: false, where: app}\n-- files --\n" + list,
			[]string{
				"case c: tests/c.txtar:3:1: Dockerfile is not generated", "case c: tests/c.txtar:3:1: src/run.sh is not generated",
				"case c: tests/c.txtar:3:1: app/run.sh is generated, and not in the list",
			},
		},
		"a wanted file that is not generated": {
			"-- answers.yaml --\n-- want/nothing --\n", []string{"case c: tests/c.txtar:2:1: nothing is not generated"},
		},
		"an answer that is wrong": {
			"-- answers.yaml --\nanswers: {docker: perhaps, wher: x}\n",
			[]string{"case c: tests/c.txtar:2:28: unknown answer wher: did you mean where?", "case c: tests/c.txtar:2:11: invalid answer docker=perhaps: must be true or false"},
		},
		"a signal that nobody knows": {
			"-- answers.yaml --\nsignals: [use:rest-apj, x-acme/use:pay]\n", []string{`case c: tests/c.txtar:2:1: unknown signal "use:rest-apj"; did you mean use:rest-api?`},
		},
		"a path that leaves the project": {
			"-- answers.yaml --\nanswers: {where: ..}\n",
			[]string{`case c: template.yaml: files/{{ .where }}/run.sh: the path "../run.sh" has the part ".."`},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			report := run(t, shopTemplate(t), templatetest.Options{Cases: cases("c", test.text)})
			if diff := cmp.Diff(test.want, failures(report)); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

func TestACaseThatCannotBeRead(t *testing.T) {
	tests := map[string]struct{ text, want string }{
		"an unknown section": {"-- anwsers.yaml --\n", `unknown section "anwsers.yaml"`},
		"no answers":         {"-- files --\n", "no section answers.yaml"},
		"an unknown key":     {"-- answers.yaml --\nanwsers: {}\n", `unknown key "anwsers"`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := templatetest.Test(t.Context(), shopTemplate(t), templatetest.Options{Cases: cases("c", test.text)})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("got %v, want %q", err, test.want)
			}
			if !fault.Is(err, fault.Template, fault.Answer) {
				t.Errorf("%T does not say that the template is wrong", err)
			}
		})
	}
}

// TestUpdateWritesWhatTheNextRunAccepts goes over every kind of content that
// txtar would change: binary, no final newline, a line that looks like a marker.
func TestUpdateWritesWhatTheNextRunAccepts(t *testing.T) {
	const before = "A comment stays.\n-- answers.yaml --\nname: shop # as written\n-- files --\n" +
		"-- want/README.md --\n-- want/logo.png --\n-- want/odd.txt --\n-- want/end.txt --\n-- want/gone --\nx\n"
	updated := run(t, shopTemplate(t), templatetest.Options{Cases: cases("c", before), Update: true}).Updated["tests/c.txtar"]
	const want = `A comment stays.
-- answers.yaml --
name: shop # as written
-- files --
Dockerfile
README.md
end.txt
logo.png
odd.txt
src/run.sh
-- want/README.md --
# shop
docker
-- want/logo.png --
sha256:ad91235e882292469812e16da0b8fc77075a7c6d6f8760c24be14a5c792508cf 5 bytes
-- want/odd.txt --
sha256:011da41b9760176070d349c8e6d1ce0c27218bde9be2d13ba94e4fbb3b1fffe2 8 bytes
-- want/end.txt --
sha256:84629f9a7125f5b50e9767df4fea1e93b34462b57bd35a12ebca2b52520f5c84 10 bytes
`
	if diff := cmp.Diff(want, string(updated)); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if f := failures(run(t, shopTemplate(t), templatetest.Options{Cases: cases("c", string(updated))})); f != nil {
		t.Errorf("the updated case fails: %q", f)
	}
}

func TestAVariableThatIsNotRenderedFails(t *testing.T) {
	tpl := template(t, "", "files/a.tmpl", `{{ "{{" }} .name }}`, "files/b", "{{ .other }}")
	const problem = ": files/a.tmpl:1: a:1: .name is not rendered"
	want := []string{"defaults nothing answered" + problem, "case c" + problem}
	if diff := cmp.Diff(want, failures(run(t, tpl, templatetest.Options{Cases: cases("c", "-- answers.yaml --\n")}))); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestWithoutCasesTheDefaultsAreRendered(t *testing.T) {
	const ask = "questions:\n  - {id: region, type: string}\n"
	for name, test := range map[string]struct {
		text, dir string
		want      []string
	}{
		"what has no default takes a sample": {"{{ .region }}", "", nil},
		"a text that cannot be parsed":       {"{{ if }}", "", []string{"defaults nothing answered: files/a.tmpl:1:1: {{ if }} has no end"}},
		"a place is below the directory":     {"{{ if }}", "./tiny/", []string{"defaults nothing answered: ./tiny/files/a.tmpl:1:1: {{ if }} has no end"}},
	} {
		t.Run(name, func(t *testing.T) {
			report := run(t, template(t, ask, "files/a.tmpl", test.text), templatetest.Options{Dir: test.dir})
			if diff := cmp.Diff(test.want, failures(report)); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
			if c := report.Checks[0]; c.Group != "defaults" || c.OK() && c.Files != 1 {
				t.Errorf("%+v", c)
			}
		})
	}
}

func TestPairwiseFindsWhatOnlyTwoAnswersBreak(t *testing.T) {
	tpl := template(t, "questions:\n  - {id: a, type: bool, default: false}\n  - {id: b, type: bool, default: false}\n  - {id: c, type: bool, default: false}\ntests: {pairwise: true}\n",
		"files/x.tmpl", "{{ if and .a .c }}{{ .undefined }}{{ end }}")
	got := failures(run(t, tpl, templatetest.Options{}))
	if len(got) == 0 || !strings.Contains(got[0], "unknown variable .undefined") || !strings.Contains(got[0], "a=true") || !strings.Contains(got[0], "c=true") {
		t.Errorf("got %q", got)
	}
	collide := template(t, "questions:\n  - {id: a, type: choice, choices: [{value: x}, {value: y}], default: x}\n", "files/{{ .a }}", "1", "files/y", "2")
	got = failures(run(t, collide, templatetest.Options{Pairwise: true}))
	if len(got) != 1 || !strings.Contains(got[0], "are one path") {
		t.Errorf("got %q", got)
	}
}

// What to type next is rendered in every project that a test makes.
func TestPairwiseRendersWhatToTypeNext(t *testing.T) {
	tpl := template(t, "questions:\n  - {id: a, type: bool, default: false}\nnext: |\n  make\n  {{ if .a }}{{ fail \"none\" }}{{ end }}\n", "files/x.tmpl", "{{ .a }}")
	want := []string{"pairwise a=true: template.yaml:9:17: fail: none"}
	if diff := cmp.Diff(want, failures(run(t, tpl, templatetest.Options{Pairwise: true}))); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestDocsSayWhatIsFixed(t *testing.T) {
	base := template(t, "questions:\n  - {id: db, type: choice, choices: [{value: a}, {value: b}], default: a}\n", "files/a.tmpl", "{{ .db }}")
	over, err := manifest.Parse([]byte(head + "extends: {template: ../base}\nanswers: {fix: {db: b}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if base.Manifest, err = over.Extend(base.Manifest); err != nil {
		t.Fatal(err)
	}
	got, err := templatetest.Docs(base)
	if want := "| `db` | db | one of `a`, `b` | fixed to `b` by tiny, and not asked |"; err != nil || !strings.Contains(got, want) {
		t.Errorf("%v, no %q in\n%s", err, want, got)
	}
}

func TestAQuestionThatPairwiseCannotAnswer(t *testing.T) {
	tpl := template(t, "questions:\n  - {id: centre, type: string, validate: [{pattern: '^cc-[0-9]+$', message: like cc-1}]}\n", "files/a.tmpl", "{{ .centre }}")
	got := failures(run(t, tpl, templatetest.Options{Pairwise: true}))
	if len(got) != 1 || !strings.Contains(got[0], "defaults nothing answered: template.yaml:6:10: invalid answer centre=TEXT: like cc-1") {
		t.Errorf("got %q", got)
	}
}

func TestCoverage(t *testing.T) {
	tpl := template(t, "questions:\n  - {id: db, type: choice, choices: [{value: a}, {value: b}], default: a}\ntests: {minCoverage: 80}\nfiles:\n  - {glob: only-b, when: 'db == \"b\"'}\n",
		"files/only-b", "x", "files/t.tmpl", "{{ if eq .db \"b\" }}b{{ else }}a{{ end }}\n{{ range .signals }}s{{ end }}")
	report := run(t, tpl, templatetest.Options{Cases: cases("a", "-- answers.yaml --\n")})
	want := templatetest.Coverage{
		Percent: 42, Minimum: 80,
		Files: templatetest.Share{Reached: 1, All: 2}, Branches: templatetest.Share{Reached: 1, All: 3}, Choices: templatetest.Share{Reached: 1, All: 2},
		Missed: []templatetest.Miss{
			{What: "file", File: "files/only-b", Detail: "never generated"},
			{What: "branch", File: "files/t.tmpl", Line: 1, Column: 7, Detail: "never true"},
			{What: "branch", File: "files/t.tmpl", Line: 2, Column: 10, Detail: "never true"},
			{What: "choice", File: "template.yaml", Line: 6, Column: 10, Detail: "db=b is never chosen"},
		},
	}
	if diff := cmp.Diff(want, report.Coverage); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if diff := cmp.Diff([]string{"coverage 42 %: template.yaml:7:22: 42 % is less than minCoverage, 80 %"}, failures(report)); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	for minimum, ok := range map[int]bool{42: true, 43: false} {
		tpl.Manifest.Tests.MinCoverage = minimum
		if got := failures(run(t, tpl, templatetest.Options{Cases: cases("a", "-- answers.yaml --\n")})); (got == nil) != ok {
			t.Errorf("42 %% of at least %d %%: %q", minimum, got)
		}
	}
	tpl.Manifest.Tests.MinCoverage = 80
	all := run(t, tpl, templatetest.Options{Pairwise: true, Cases: cases("a", "-- answers.yaml --\nsignals: [use:rest-api]\n")})
	if all.Coverage.Percent != 100 || all.Failed() != 0 {
		t.Errorf("%+v\n%q", all.Coverage, failures(all))
	}
}

func TestACaseSeesTheRecommendationOfItsSignals(t *testing.T) {
	tpl := template(t, "files:\n  - {glob: '*', managed: once}\n", "files/a.tmpl", "{{ with .scaffold.recommendation }}{{ .primary }}{{ else }}none{{ end }}\n")
	o := templatetest.Options{
		Recommend: func(signals []string) any { return map[string]any{"primary": strings.Join(signals, "+")} },
		Cases: cases("with", "-- answers.yaml --\nsignals: [use:rest-api]\n-- want/a --\nuse:rest-api\n",
			"without", "-- answers.yaml --\n-- want/a --\nnone\n"),
	}
	if f := failures(run(t, tpl, o)); f != nil {
		t.Errorf("%q", f)
	}
}

func TestJUnitSaysWhatTheReportSays(t *testing.T) {
	report := run(t, shopTemplate(t), templatetest.Options{
		Dir:   "./tpl",
		Cases: cases("good", "-- answers.yaml --\n", "bad", "-- answers.yaml --\n-- want/README.md --\n<no>\n"),
		Verify: func(context.Context) []templatetest.VerifyStep {
			return []templatetest.VerifyStep{{Name: "install", Duration: 1500 * time.Millisecond}, {Name: "test", Problem: "ended with exit code 1"}}
		},
	})
	var out bytes.Buffer
	if err := templatetest.WriteJUnit(&out, report); err != nil {
		t.Fatal(err)
	}
	var read struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
		Cases    []struct {
			Name    string `xml:"name,attr"`
			File    string `xml:"file,attr"`
			Line    string `xml:"line,attr"`
			Failure *struct {
				Message string `xml:"message,attr"`
			} `xml:"failure"`
		} `xml:"testsuite>testcase"`
	}
	if err := xml.Unmarshal(out.Bytes(), &read); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, c := range read.Cases {
		got[c.Name] = "ok " + c.File
		if c.Failure != nil {
			got[c.Name] = c.Failure.Message + " at " + c.File + " " + c.Line
		}
	}
	want := map[string]string{
		"nothing answered": "ok tpl/template.yaml", "good": "ok tpl/tests/good.txtar", "install": "ok tpl/template.yaml",
		"bad":  `./tpl/tests/bad.txtar:2:1: README.md:1 is "# demo", wanted "<no>" at tpl/tests/bad.txtar 2`,
		"test": "./tpl/template.yaml:1:11: ended with exit code 1 at tpl/template.yaml 1",
		fmt.Sprintf("%d %%", report.Coverage.Percent): "ok tpl/template.yaml",
	}
	if diff := cmp.Diff(want, got); diff != "" || read.Tests != 6 || read.Failures != 2 {
		t.Errorf("%d tests, %d failures\n%s", read.Tests, read.Failures, diff)
	}
}

func TestTheStarterIsCleanAndTested(t *testing.T) {
	files, err := templatetest.Starter("our-api")
	if err != nil {
		t.Fatal(err)
	}
	fsys := fstest.MapFS{}
	for name, data := range files {
		fsys[name] = &fstest.MapFile{Data: data, Mode: 0o644}
		if bytes.Contains(data, []byte("starter")) {
			t.Errorf("%s still has the name that the template is stored under", name)
		}
	}
	if first, _, _ := strings.Cut(string(files[manifest.FileName]), "\n"); !strings.HasPrefix(first, "# yaml-language-server: $schema=") {
		t.Errorf("the first line is %q", first)
	}
	m, err := manifest.Parse(files[manifest.FileName])
	if err != nil {
		t.Fatal(err)
	}
	tpl := &generator.Template{FS: fsys, Manifest: m, Layers: []generator.Layer{{Name: m.Name}}}
	if m.Name != "our-api" {
		t.Errorf("its name is %q", m.Name)
	}
	findings, err := templatetest.Lint(t.Context(), tpl)
	if err != nil || len(findings) > 0 {
		t.Errorf("%v %q", err, written(findings))
	}
	report := run(t, tpl, templatetest.Options{Cases: fsys})
	if f := failures(report); f != nil || report.Coverage.Percent != 100 || len(report.Checks) < 5 {
		t.Errorf("coverage %d %%, %q", report.Coverage.Percent, f)
	}
}

func TestDocs(t *testing.T) {
	tpl := template(t, `description: Small things
questions:
  - {id: db, type: choice, title: "A | B", help: which, choices: [{value: a, title: First}, {value: b}], default: a}
  - {id: port, type: int, when: 'db == "a"', default: {expr: '8000 + 1'}}
  - {id: token, type: secret}
presets:
  small: {db: b}
requires: {tools: [{name: python3, version: ">=3.11"}]}
recommend:
  fit:
    use:rest-api: {weight: 3, reason: small}
files:
  - {glob: "only/*", when: 'db == "b"'}
  - {glob: "each/*", each: '["x"]', as: e}
`, "files/only/b.tmpl", "x", "files/each/{{ .e }}", "x", "files/a", "x")
	got, err := templatetest.Docs(tpl)
	if err != nil {
		t.Fatal(err)
	}
	const want = "# A tiny template\n\nSmall things.\n\nTemplate `tiny`, version 1.0.0, stable.\n\n" +
		"## Questions\n\n| answer | asks | takes | default |\n|---|---|---|---|\n" +
		"| `db` | A \\| B: which | one of `a` First, `b` | `a` |\n" +
		"| `port` | port (only when `db == \"a\"`) | int | `8000 + 1` |\n" +
		"| `token` | token | secret | none: it must be answered |\n\n" +
		"## Presets\n\n| preset | answers |\n|---|---|\n| `small` | db=b |\n\n" +
		"## Tools that the project needs\n\n- python3 >=3.11\n\n" +
		"## Files\n\n1 of 3 files are always there. The others:\n\n| when | files |\n|---|---|\n" +
		"| `db == \"b\"` | `only/b` |\n| for each of `[\"x\"]` | `each/{{ .e }}` |\n\n" +
		"## When it is recommended\n\n| for | weight | reason |\n|---|---|---|\n| `use:rest-api` | +3 | small |\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

// An upgrade is tried of the defaults and of each case, with the answers that the
// older version knows and with the case's edits; what is left to the owner fails.
func TestUpgrades(t *testing.T) {
	old := template(t, "questions:\n  - {id: where, type: string, default: lib}\n", "files/{{ .where }}/a", "a\n")
	tpl := shopTemplate(t)
	var tried []string
	report := run(t, tpl, templatetest.Options{
		Cases: cases("edited", "-- answers.yaml --\nsignals: [use:rest-api]\nanswers: {docker: false, where: app}\n-- edits.patch --\nthe edits\n"),
		Upgrade: &templatetest.Upgrade{From: old, Try: func(_ context.Context, a templatetest.Attempt) ([]string, error) {
			tried = append(tried, fmt.Sprint(a.Answers.Vars["where"], a.Signals, string(a.Edits)))
			if a.Edits != nil {
				return []string{"a: both changed it"}, nil
			}
			return nil, &fault.Fault{Message: "it does not apply", Lines: []string{"line 1"}}
		}},
	})
	if diff := cmp.Diff([]string{"lib[]", "app[use:rest-api]the edits\n"}, tried); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"upgrade nothing answered: template.yaml: it does not apply\nline 1", "upgrade edited: tests/edited.txtar:4: a: both changed it"}, failures(report)); diff != "" {
		t.Error(diff)
	}
}
