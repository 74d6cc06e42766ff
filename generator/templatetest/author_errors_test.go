package templatetest_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scaffold/generator/fault"
	"scaffold/generator/quote"
	"scaffold/generator/source"
	"scaffold/generator/templatetest"
	"scaffold/templates"
)

var update = flag.Bool("update", false, "write the golden files")

const authorBase = `apiVersion: scaffold/v1
name: t
title: T
description: d
version: 1.0.0
questions:
  - {id: database, type: choice, title: DB, choices: [{value: sqlite}, {value: postgres}], default: sqlite}
  - {id: docker, type: bool, default: true}
  - {id: extras, type: multi, choices: [{value: mail}, {value: cache}], default: []}
computed:
  pkg: 'snake(name)'
files:
  - {glob: "Dockerfile.tmpl", when: docker}
`

var authorFiles = map[string]string{
	"files/README.md.tmpl":  "# {{ .name }} {{ .pkg }} {{ .database }}{{ if eq .database \"sqlite\" }}S{{ end }}{{ if has \"mail\" .extras }}M{{ end }}{{ if has \"cache\" .extras }}C{{ end }}\n",
	"files/Dockerfile.tmpl": "FROM {{ .name }}\n",
	"README.md":             "# t\n",
}

// An authorError is one mistake in a template that is right else.
type authorError struct {
	name   string
	edits  []string // old, new; "+" for old adds at the end
	whole  string   // the manifest instead
	files  []string // path, content
	under  string   // the manifest's name, where it has another
	faults int      // 0 means one
}

var authorErrors = []authorError{
	{name: "clean"},
	{name: "typo key", edits: []string{"questions:", "qestions:"}},
	{name: "typo type", edits: []string{"type: bool", "type: boolean"}},
	{name: "typo var in when", edits: []string{"when: docker", "when: dokcer"}},
	{name: "undefined var in text", files: []string{"files/a.txt.tmpl", "x\n{{ .databse }}\n"}},
	{name: "undefined func", files: []string{"files/a.txt.tmpl", "x\n{{ .name | upcase }}\n"}},
	{name: "bad glob syntax", edits: []string{"Dockerfile.tmpl", "Dockerfile[.tmpl"}},
	{name: "glob without .tmpl", edits: []string{`"Dockerfile.tmpl"`, `"Dockerfile"`}},
	{name: "unreachable cond", faults: 2, edits: []string{"when: docker", `when: 'database == "mysql"'`}},
	{name: "always true", edits: []string{"when: docker", "when: 'docker || !docker'"}},
	{name: "delim clash", files: []string{"files/.github/ci.yml.tmpl", "a: ${{ matrix.os }}\n"}},
	{name: "windows name CON", files: []string{"files/con.txt", "x\n"}},
	{name: "windows trailing dot", files: []string{"files/foo.", "x\n"}},
	{name: "windows colon", files: []string{"files/a:b.txt", "x\n"}},
	{name: "case collision", files: []string{"files/readme.md", "x\n"}},
	{name: "tab yaml", edits: []string{"  - {id: docker", "\t- {id: docker"}},
	{name: "dup key", edits: []string{"+", "title: X\n"}},
	{name: "unclosed quote", edits: []string{"title: T", `title: "T`}},
	{name: "unclosed flow", edits: []string{"default: true}", "default: true"}},
	{name: "anchors/alias undefined", edits: []string{"title: T", "title: *foo"}},
	{name: "NO norway", edits: []string{"{value: sqlite}, {value: postgres}", "{value: no}, {value: yes}", "default: sqlite", "default: no"}},
	{name: "default not in choices", edits: []string{"default: sqlite", "default: sqllite"}},
	{name: "dup id", edits: []string{"id: docker", "id: database"}},
	{name: "reserved id", edits: []string{"id: docker", "id: name"}},
	{name: "id with dash", edits: []string{"id: docker", "id: use-docker"}},
	{name: "when refers later q", edits: []string{"- {id: database,", "- {id: database, when: docker,"}},
	{name: "cycle computed", edits: []string{"pkg: 'snake(name)'", "pkg: 'snake(b)'\n  b: 'pkg'"}},
	{name: "default wrong type", edits: []string{"default: true", `default: "yes"`}},
	{name: "wrong type in expr", edits: []string{"when: docker", `when: 'docker == "x"'`}},
	{name: "unclosed template", files: []string{"files/a.txt.tmpl", "{{ if .docker }}\nx\n"}},
	{name: "bad semver", edits: []string{"version: 1.0.0", `version: "1.0"`}},
	{name: "bad regex validate", edits: []string{"type: bool, default: true", `type: string, default: a, validate: [{pattern: "([a", message: m}]`}},
	{name: "weight >6", edits: []string{"+", "recommend: {fit: {use:rest-api: {weight: 9, reason: x}}}\n"}},
	{name: "unknown signal", edits: []string{"+", "recommend: {fit: {use:rest-apis: {weight: 3, reason: x}}}\n"}},
	{name: "signal own namespace undeclared", edits: []string{"+", "recommend: {fit: {x-acme/use:pay: {weight: 3, reason: x}}}\n"}},
	{name: "include missing partial", files: []string{"files/a.txt.tmpl", "{{ include \"nope\" . }}\n"}},
	{name: "unused partial", files: []string{"partials/u.tmpl", "x\n"}},
	{name: "include cycle", files: []string{"files/a.txt.tmpl", "{{ include \"a\" . }}\n", "partials/a.tmpl", `{{ include "b" . }}`, "partials/b.tmpl", `{{ include "a" . }}`}},
	{name: "traversal filename var", edits: []string{"type: bool, default: true", "type: path, default: src", ", when: docker", ""}, files: []string{"files/{{ .docker }}/a.txt", "x\n"}},
	{name: "filename pipe", files: []string{"files/{{ .name | upper }}.txt", "x\n"}},
	{name: "var in non tmpl", files: []string{"files/a.txt", "{{ .name }}\n"}},
	{name: "bad mode", edits: []string{"when: docker", "mode: 0755"}},
	{name: "mode 0777", edits: []string{"when: docker", `mode: "0777"`}},
	{name: "each not list", edits: []string{"when: docker", "each: database, as: d"}},
	{name: "each as missing", edits: []string{"when: docker", "each: extras"}},
	{name: "action string", edits: []string{"+", "actions: [{id: a, run: \"npm install\"}]\n"}},
	{name: "next with var", edits: []string{"+", "next: |\n  run {{ .name }}\n"}},
	{name: "verify ready w/o slash", edits: []string{"+", "verify: {run: {run: [a], ready: {http: healthz}}}\n"}},
	{name: "bad duration", edits: []string{"+", "actions: [{id: a, run: [x], timeout: 5 minutes}]\n"}},
	{name: "preset unknown", edits: []string{"+", "presets: {m: {dokcer: false}}\n"}},
	{name: "preset bad value", edits: []string{"+", "presets: {m: {database: mysql}}\n"}},
	{name: "raw gitignore", files: []string{"files/.gitignore", "x\n"}},
	{name: "empty file template.yaml", whole: ""},
	{name: "list manifest", whole: "- a\n- b\n"},
	{name: "two docs", edits: []string{"+", "---\nname: x\n"}},
	{name: "CRLF manifest", edits: []string{"\n", "\r\n"}},
	{name: "BOM", whole: "\ufeff" + authorBase},
	{name: "name upper", edits: []string{"name: t\n", "name: My Template\n"}},
	{name: "apiVersion v2", edits: []string{"scaffold/v1", "scaffold/v2"}},
	{name: "requires too new", edits: []string{"+", "requires: {scaffold: \">=9\"}\n"}},
	{name: "jinja in tmpl", files: []string{"files/a.txt.tmpl", "{% if docker %}x{% endif %} {{ docker }}\n"}},
	{name: "alternatives bad when", edits: []string{"+", "alternatives: [{when: \"rest-api in signals\", text: x}]\n"}},
	{name: "wrong indent of list", edits: []string{"  - {id: docker", " - {id: docker"}},
	{name: "duplicate choice", edits: []string{"{value: postgres}", "{value: sqlite}"}},
	{name: "secret default", edits: []string{"type: bool, default: true", "type: secret, default: x"}},
	{name: "file > symlink", files: []string{"files/l", "SYMLINK"}},
	{name: "question unused", edits: []string{"computed:", "  - {id: foo, type: string, default: a}\ncomputed:"}},
	{name: "test txtar bad answers", files: []string{"tests/a.txtar", "-- answers.yaml --\nname: x\nanswers: {databse: sqlite}\n"}},
	{name: "test txtar no answers", files: []string{"tests/a.txtar", "-- want/README.md --\nx\n"}},
	{name: "test txtar want unknown", files: []string{"tests/a.txtar", "-- answers.yaml --\nname: x\n-- want/NOPE.md --\nx\n"}},
	{name: "txtar typo section", files: []string{"tests/a.txtar", "-- answer.yaml --\nname: x\n"}},
	{name: "delimiters same as", edits: []string{"+", "render: {delimiters: [{glob: \"nope/**\", use: [\"[[\", \"]]\"]}]}\n"}},
	{name: "delimiters one", edits: []string{"+", "render: {delimiters: [{glob: \"README*\", use: [\"[[\"]}]}\n"}},
	{name: "rule shadowed", edits: []string{"  - {glob: \"Dockerfile.tmpl\", when: docker}\n", "  - {glob: \"**\", managed: once}\n  - {glob: \"Dockerfile.tmpl\", when: docker}\n"}},
	{name: "long line / control char", files: []string{"files/a\u0007b", "x"}},
	{name: "question choice no title empty choices", edits: []string{"[{value: sqlite}, {value: postgres}]", "[]"}},
	{name: "runtime type err", files: []string{"files/a.txt.tmpl", "{{ index .extras 5 }}\n"}},
	{name: "runtime div0", files: []string{"files/a.txt.tmpl", "{{ div 1 0 }}\n"}},
	{name: "infinite loop", files: []string{"files/a.txt.tmpl", "{{ range until 100000000 }}x{{ end }}\n"}},
	{name: "extends and unknown", edits: []string{"+", "extends: {template: builtin:djnago}\n"}},
	{name: "extends self", edits: []string{"+", "extends: {template: ../t}\n"}},

	// more of their kinds
	{name: "a misspelt name in each", edits: []string{"when: docker", "each: exras, as: x"}},
	{name: "a misspelt name in a default", edits: []string{"default: true}", "default: {expr: 'datbase == \"sqlite\"'}}"}},
	{name: "a misspelt name in validate", edits: []string{"type: bool, default: true", "type: string, default: a, validate: [{expr: 'len(valeu) > 1', message: m}]"}},
	{name: "a misspelt argument", edits: []string{"snake(name)", "upper(nmae)"}},
	{name: "a misspelt signal in a default", edits: []string{"default: true}", "default: {expr: '\"use:rest-apis\" in signals'}}"}},
	{name: "a misspelt signal in alternatives", edits: []string{"+", "alternatives: [{when: '\"use:ml-servin\" in signals', text: x}]\n"}},
	{name: "a misspelt part of template", edits: []string{"snake(name)", "template.nme"}},
	{name: "the order of text", edits: []string{"snake(name)", "replace(\"-\", name)"}},
	{name: "an unknown function in an expression", edits: []string{"snake(name)", "slugify(name)"}},
	{name: "a lone equals sign", edits: []string{"when: docker", "when: 'database = \"sqlite\"'"}},
	{name: "a text without quotation marks", edits: []string{"when: docker", "when: database == sqlite"}},
	{name: "a list held against a text", edits: []string{"when: docker", "when: 'extras == \"mail\"'"}},
	{name: "in a text", edits: []string{"when: docker", "when: '\"lite\" in database'"}},
	{name: "a comment inside an expression", edits: []string{"'snake(name)'", "filter(extras, # != \"\")"}},
	{name: "braces in an expression", edits: []string{"when: docker", "when: '{{ docker }}'"}},
	{name: "a misspelt choice in a text", files: []string{"files/a.txt.tmpl", "{{ if eq .database \"postgress\" }}x{{ end }}\n"}},
	{name: "a misspelt choice in a condition", edits: []string{"when: docker", "when: 'docker && database == \"postgress\"'"}},
	{name: "a number for a text question", edits: []string{"type: bool, default: true", "type: int, default: many"}, faults: 1},
	{name: "choices as words", edits: []string{"[{value: sqlite}, {value: postgres}]", "[sqlite, postgres]"}, faults: 2},
	{name: "choices of a bool", edits: []string{"type: bool, default: true", "type: bool, choices: [{value: a}]"}},
	{name: "a colon in a text", edits: []string{"title: T", "title: a: b"}},
	{name: "an apostrophe", edits: []string{"title: T", "title: 'it's'"}},
	{name: "a variable at the start of a text", edits: []string{"title: T", "title: {{ .name }}"}},
	{name: "an indented key", edits: []string{"title: T", " title: T"}},
	{name: "no blank behind a colon", edits: []string{"title: T", "title:T"}},
	{name: "a single file rule", edits: []string{"  - {glob: \"Dockerfile.tmpl\", when: docker}\n", "  glob: Dockerfile.tmpl\n"}},
	{name: "extends as a text", edits: []string{"+", "extends: builtin:django\n"}},
	{name: "yes for true", edits: []string{"+", "tests: {pairwise: yes}\n"}},
	{name: "a word for a number", edits: []string{"+", "tests: {minCoverage: high}\n"}},
	{name: "a duration in words", edits: []string{"+", "verify: {test: {run: [x], timeout: 300}}\n"}},
	{name: "an end too many", files: []string{"files/a.txt.tmpl", "{{ if .docker }}x{{ end }}\n{{ end }}\n"}},
	{name: "an action that is not closed", files: []string{"files/a.txt.tmpl", "x {{ .name \n y\n"}},
	{name: "the equals sign in a text", files: []string{"files/a.txt.tmpl", "{{ if .database == \"sqlite\" }}x{{ end }}\n"}},
	{name: "a partial that is misspelt", files: []string{"files/a.txt.tmpl", "{{ include \"haed\" . }}{{ include \"head\" . }}", "partials/head.tmpl", "x"}},
	{name: "an undefined variable in a partial", files: []string{"files/a.txt.tmpl", "{{ include \"head\" . }}", "partials/head.tmpl", "{{ .nmae }}"}},
	{name: "Jinja without a variable", files: []string{"files/a.txt.tmpl", "a\n  {% if docker %}x{% endif %}\n"}},
	{name: "a case of an unknown key", files: []string{"tests/a.txtar", "-- answers.yaml --\nnmae: x\n"}},
	{name: "a case that is no YAML", files: []string{"tests/a.txtar", "-- answers.yaml --\nname: \"x\n"}},
	{name: "a case of a wrong value", files: []string{"tests/a.txtar", "-- answers.yaml --\nname: x\nanswers:\n  database: postgress\n"}},
	{name: "a migration of no question", edits: []string{"+", "migrations: [{to: 2.0.0, renameAnswer: {db: databse}}]\n"}},
	{name: "latin1", edits: []string{"title: T", "title: T\xe9"}},
	{name: "template.yml", under: "template.yml"},
}

// TestAuthorErrorsAreExemplary makes each mistake, and holds what is said of it
// against a file that people have read: the place, the nearest name, the remedy,
// one finding for one fault.
func TestAuthorErrorsAreExemplary(t *testing.T) {
	const golden = "testdata/author-errors.golden"
	var b strings.Builder
	for _, c := range authorErrors {
		findings := c.findings(t)
		fmt.Fprintf(&b, "### %s\n", c.name)
		for _, f := range findings {
			if f.File = quote.Text(f.File); !strings.HasPrefix(f.File, "./t/") {
				f.File = "./t/" + f.File
			}
			fmt.Fprintf(&b, "%s: %s (%s)\n  try: %s\n", f.Place(), f.Message, f.Rule, f.Try)
			if f.Try == "" || f.File == "" || strings.Contains(f.Message, "\n") {
				t.Errorf("%s: no remedy, no place, or more than a line: %+v", c.name, f)
			}
			if about := f.Rule == templatetest.RuleName || f.Rule == templatetest.RulePackaging || f.Rule == templatetest.RuleUnused || strings.Contains(f.Message, "differ only in case"); f.Line == 0 && !about {
				t.Errorf("%s: no line: %+v", c.name, f)
			}
		}
		if most := max(1, c.faults); len(findings) > most {
			t.Errorf("%s: %d findings for %d", c.name, len(findings), most)
		}
	}
	if *update {
		if err := errors.Join(os.MkdirAll("testdata", 0o755), os.WriteFile(golden, []byte(b.String()), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("if by intent, run the test with -update and read the file (-want +got)\n%s", diff)
	}
}

// findings are those of lint; where it has none, what a test of the template
// says.
func (c authorError) findings(t *testing.T) []templatetest.Finding {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "t")
	c.write(t, dir)
	loaded, err := source.New(templates.FS, filepath.Dir(dir)).Load(t.Context(), "./t")
	if err != nil {
		return c.refused(t, err)
	}
	findings, err := templatetest.Lint(t.Context(), loaded)
	if err != nil {
		return c.refused(t, err)
	}
	if len(findings) > 0 {
		return findings
	}
	report, err := templatetest.Test(t.Context(), loaded, templatetest.Options{Cases: os.DirFS(dir)})
	if err != nil {
		return c.refused(t, err)
	}
	for _, check := range report.Checks {
		for _, p := range check.Problems {
			findings = append(findings, templatetest.Finding{Rule: "test", File: p.File, Line: p.Line, Column: p.Column, Message: p.Message, Try: "--update writes the cases anew"})
		}
	}
	return findings
}

// refused is an error as the command line shows it: as findings, or by itself.
func (c authorError) refused(t *testing.T, err error) []templatetest.Finding {
	t.Helper()
	if findings, ok := templatetest.Refused(err); ok {
		return findings
	}
	f := fault.Of(err)
	if f == nil {
		t.Fatalf("%s: %v", c.name, err)
	}
	return []templatetest.Finding{{Rule: string(f.Kind), File: f.Place.File, Line: f.Place.Line, Column: f.Place.Column, Message: f.Message, Try: f.Hint}}
}

func (c authorError) write(t *testing.T, dir string) {
	t.Helper()
	files := map[string]string{}
	for name, text := range authorFiles {
		files[name] = text
	}
	for i := 0; i < len(c.files); i += 2 {
		files[c.files[i]] = c.files[i+1]
	}
	under := c.under
	if under == "" {
		under = "template.yaml"
	}
	files[under] = c.manifest(t)
	for name, text := range files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		err := os.MkdirAll(filepath.Dir(file), 0o755)
		if text == "SYMLINK" {
			err = errors.Join(err, os.Symlink("/etc/passwd", file))
		} else {
			err = errors.Join(err, os.WriteFile(file, []byte(text), 0o644))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func (c authorError) manifest(t *testing.T) string {
	t.Helper()
	text := authorBase
	if c.whole != "" || c.name == "empty file template.yaml" {
		text = c.whole
	}
	for i := 0; i < len(c.edits); i += 2 {
		old, now := c.edits[i], c.edits[i+1]
		switch {
		case old == "+":
			text += now
		case !strings.Contains(text, old):
			t.Fatalf("%s: %q is not in the manifest", c.name, old)
		default:
			text = strings.ReplaceAll(text, old, now)
		}
	}
	return text
}
