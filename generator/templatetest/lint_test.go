package templatetest_test

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"scaffold/generator"
	"scaffold/generator/manifest"
	"scaffold/generator/templatetest"
)

const head = `apiVersion: scaffold/v1
name: tiny
title: A tiny template
version: 1.0.0
`

// template makes a template of a manifest's body and files, path and content in
// turn.
func template(t testing.TB, body string, pairs ...string) *generator.Template {
	t.Helper()
	fsys := fstest.MapFS{manifest.FileName: {Data: []byte(head + body)}}
	for i := 0; i < len(pairs); i += 2 {
		mode := fs.FileMode(0o644)
		if pairs[i+1] == "->" {
			mode |= fs.ModeSymlink
		} else if strings.HasPrefix(pairs[i+1], "#!") {
			mode |= 0o111
		}
		fsys[pairs[i]] = &fstest.MapFile{Data: []byte(pairs[i+1]), Mode: mode}
	}
	m, err := manifest.Parse(fsys[manifest.FileName].Data)
	if err != nil {
		t.Fatal(err)
	}
	return &generator.Template{FS: fsys, Manifest: m, Layers: []generator.Layer{{Name: m.Name, SHA256: fmt.Sprint(body, pairs)}}}
}

func TestLint(t *testing.T) {
	const (
		db     = "questions:\n  - {id: db, type: choice, choices: [{value: a}, {value: b}, {value: c}], default: a}\n"
		docker = "questions:\n  - {id: docker, type: bool, default: true}\n"
		usesDB = "{{ .db }}"
	)
	tests := map[string]struct {
		body  string
		files []string
		want  []string
	}{
		"a clean template has no findings": {
			docker + "files:\n  - {glob: Dockerfile, when: docker}\n", []string{"files/a.tmpl", "{{ .name }}", "files/Dockerfile", "FROM x"}, nil,
		},
		"an undefined variable, with the nearest name": {
			docker, []string{"files/a.tmpl", "{{ .docker }}\nx {{ if .dokcer }}{{ end }}"},
			[]string{"files/a.tmpl:2:9: variable: unknown variable .dokcer | did you mean .docker?"},
		},
		"an undefined variable in a file's name": {
			"", []string{"files/{{ .pakage }}.py", "x"},
			[]string{"files/{{ .pakage }}.py: variable: unknown variable .pakage | declare pakage under questions or computed"},
		},
		"an undefined variable in a partial that is given everything": {
			"", []string{"files/a.tmpl", `{{ include "p" . }}`, "partials/p.tmpl", "{{ .nmae }}"},
			[]string{"partials/p.tmpl:1:4: variable: unknown variable .nmae | did you mean .name?"},
		},
		"a partial that is given one value has names of its own": {
			"", []string{"files/a.tmpl", `{{ include "p" (dict "own" .name) }}`, "partials/p.tmpl", "{{ .own }}"}, nil,
		},
		"the element of an each is a variable of its files only": {
			"files:\n  - {glob: 'x/**', each: '[\"a\"]', as: app}\n",
			[]string{"files/x/{{ .app }}.tmpl", "{{ .app }}", "files/y.tmpl", "{{ .app }}"},
			[]string{"files/y.tmpl:1:4: variable: unknown variable .app | declare app under questions or computed"},
		},
		"a question that nothing uses": {
			docker, []string{"files/a", "x"},
			[]string{"template.yaml:6:10: unused: nothing uses the question docker | use .docker in a file, a name or a condition, or remove it"},
		},
		"a question that only an unused computed name reads": {
			docker + "computed:\n  image: 'docker'\n", []string{"files/a", "x"},
			[]string{
				"template.yaml:6:10: unused: nothing uses the question docker | use .docker in a file, a name or a condition, or remove it",
				"template.yaml:8:10: unused: nothing uses the computed image | remove it",
			},
		},
		"a partial that nothing includes": {
			"", []string{"files/a", "x", "partials/p.tmpl", "x"},
			[]string{"partials/p.tmpl: unused: nothing includes this partial | remove it"},
		},
		"choices that nothing tells apart": {
			db, []string{"files/a.tmpl", `{{ if eq .db "a" }}x{{ end }}`},
			[]string{
				"template.yaml:6:51: choice: the choices b and c of db make the same project | use them in a file or a condition, or keep one",
			},
		},
		"one choice may be what is left":        {db, []string{"files/a.tmpl", `{{ if eq .db "a" "b" }}x{{ end }}`}, nil},
		"a choice that is printed tells itself": {db, []string{"files/a.tmpl", usesDB}, nil},
		"a multi's choice that changes nothing": {
			"questions:\n  - {id: m, type: multi, choices: [{value: x}, {value: y}], default: []}\ncomputed:\n  has_x: '\"x\" in m'\n", []string{"files/a.tmpl", "{{ .has_x }}"},
			[]string{"template.yaml:6:49: choice: the choice y of m changes nothing | use it in a file or a condition, or remove it"},
		},
		"a glob that matches nothing, with the nearest path": {
			"files:\n  - {glob: Dockerfile, mode: '0755'}\n", []string{"files/Dockerfile.tmpl", "x"},
			[]string{`template.yaml:6:12: glob: the glob "Dockerfile" matches no file | write Dockerfile.tmpl: globs match the names below files/, with .tmpl`},
		},
		"delimiters for no file": {
			"render:\n  delimiters: [{glob: '.gihtub/**', use: ['[[', ']]']}]\n", []string{"files/.github/ci.yml", "x"},
			[]string{`template.yaml:6:23: glob: the glob ".gihtub/**" matches no file | globs match paths below files/, with .tmpl; correct it, or remove the rule`},
		},
		"a rule below one that takes all its files": {
			"files:\n  - {glob: '**', managed: free}\n  - {glob: a, managed: once}\n", []string{"files/a", "x"},
			[]string{`template.yaml:7:12: glob: every file of the glob "a" is decided by a rule above it, first "**" | the first rule that matches decides: move this one up, or remove it`},
		},
		"a workflow whose delimiters clash": {
			"", []string{"files/ci.yml.tmpl", "a: ${{ github.ref }}"},
			[]string{`files/ci.yml.tmpl:1:8: delimiters: unknown function github | this file holds ${{ }} of another language: give it other delimiters under render.delimiters, such as use: ["[[", "]]"]`},
		},
		"a clash that happens to parse": {
			"", []string{"files/ci.yml.tmpl", "a: ${{ .name }}"},
			[]string{`files/ci.yml.tmpl:1:4: delimiters: ${{ of another language starts an action here | give the file other delimiters under render.delimiters, such as use: ["[[", "]]"]`},
		},
		"text that does not parse": {
			"", []string{"files/a.tmpl", "x\n{{ .name"}, []string{"files/a.tmpl:2:1: refused: {{ is not closed | write }} behind it"},
		},
		"a condition that is not closed": {
			"", []string{"files/a.tmpl", "x\n{{ if .name }}\nx\n"}, []string{"files/a.tmpl:2:1: refused: {{ if .name }} has no end | write {{ end }} where it stops"},
		},
		"a partial that is not there": {
			"", []string{"files/a.tmpl", `{{ include "nope" . }}`},
			[]string{`files/a.tmpl:1:12: refused: unknown partial "nope" | write it to partials/nope.tmpl`},
		},
		"partials that include each other": {
			"", []string{"files/a.tmpl", `{{ include "a" . }}`, "partials/a.tmpl", `{{ include "b" . }}`, "partials/b.tmpl", `x {{ include "a" . }}`},
			[]string{"partials/a.tmpl:1:12: cycle: the partials include each other: a → b → a | take one of the calls out, or put a condition before it"},
		},
		"a partial that includes itself behind a condition": {
			"", []string{"files/a.tmpl", `{{ include "a" . }}`, "partials/a.tmpl", `{{ if ne .name "demo" }}{{ include "a" . }}{{ end }}`}, nil,
		},
		"Jinja": {
			"", []string{"files/a.tmpl", "x\n{% if docker %}[[x]]{% endif %}", "files/b", "{% if docker %}"},
			[]string{`files/a.tmpl:2:1: delimiters: {% %} is not rendered: this is text of Jinja or Django | a condition is written {{ if .docker }} … {{ end }}; to keep the text as it is, give the file other delimiters: use: ["<%", "%>"]`},
		},
		"a clash in a file that has links of Markdown, too": {
			"", []string{"files/a.md.tmpl", "[[x]] ${{ .name }}"},
			[]string{`files/a.md.tmpl:1:7: delimiters: ${{ of another language starts an action here | give the file other delimiters under render.delimiters, such as use: ["<%", "%>"]`},
		},
		"a value that the text cannot do without": {
			"questions:\n  - {id: m, type: multi, choices: [{value: x}, {value: y}], default: []}\n", []string{"files/a.tmpl", "{{ index .m 5 }}", "files/b.tmpl", "{{ div 1 0 }}"},
			[]string{"files/a.tmpl:1:4: refused: index: index out of range: 5 | ask how many there are before: {{ if gt (len .extras) 5 }}"},
		},
		"two names that differ only in case": {
			"", []string{"files/README.md", "x", "files/readme.md.tmpl", "x"},
			[]string{`files/readme.md.tmpl: refused: "README.md" (from files/README.md) and "readme.md" (from files/readme.md.tmpl) differ only in case or Unicode form | rename one of the two, or give them a ` + "`when` of which only one can be true"},
		},
		"a glob from the template's own folder": {
			"files:\n  - {glob: files/a, mode: '0755'}\n", []string{"files/a", "x"},
			[]string{`template.yaml:6:12: glob: the glob "files/a" matches no file | write a: globs match paths below files/`},
		},
		"cases": {
			docker, []string{
				"files/a.tmpl", "{{ .docker }}", "tests/a.txtar", "-- answers.yaml --\nname: x\nanswers:\n  dokcer: true\n", "tests/b.txtar", "-- want/a --\nx\n",
				"tests/c.txtar", "a comment\n-- answer.yaml --\nname: x\n", "tests/d.txtar", "-- answers.yaml --\nnmae: x\n", "tests/e.txtar", "-- answers.yaml --\nsignals: [use:rest-apis]\n",
				"tests/f.txtar", "-- answers.yaml --\nname: My Shop\n",
			},
			[]string{
				"tests/a.txtar:4:3: case: unknown answer dokcer: did you mean docker? | correct it, or remove it: `scaffold template show` lists the questions",
				"tests/b.txtar:1:1: case: the case has no section answers.yaml | start it with -- answers.yaml --",
				`tests/c.txtar:2:1: case: unknown section "answer.yaml" | did you mean answers.yaml?`,
				`tests/d.txtar:2:1: case: unknown key "nmae" | did you mean name?`,
				`tests/e.txtar:2:1: case: unknown signal "use:rest-apis" | did you mean use:rest-api?`,
				`tests/f.txtar:2:1: case: "My Shop" is not a project name: a to z, 0 to 9 and -, a letter first, at most 63, no reserved device name | use my-shop`,
			},
		},
		"a function that is not repeatable": {
			"", []string{"files/a.tmpl", "{{ now }}"},
			[]string{"files/a.tmpl:1:4: refused: unknown function now | did you mean not?"},
		},
		"a variable in a file that is copied": {
			"", []string{"files/a.md", "# {{ .name }}"},
			[]string{"files/a.md:1:3: not-rendered: .name is not rendered here | add .tmpl to the file's name"},
		},
		"a variable between the wrong delimiters": {
			"render:\n  delimiters: [{glob: '*', use: ['[[', ']]']}]\n", []string{"files/a.tmpl", "[[ .name ]]\n{{ .name }}"},
			[]string{"files/a.tmpl:2:1: not-rendered: .name is not rendered here | write it between the file's own delimiters, see render.delimiters"},
		},
		"another language's braces are not ours": {"", []string{"files/a.html", "{{ form.name }} {{ .Values }}"}, nil},
		"a choice that is none, in a condition and in a text": {
			db + "files:\n  - {glob: x, when: 'db == \"d\"'}\n", []string{"files/x", "", "files/a.tmpl", usesDB + `{{ if eq .db "a" "bb" }}x{{ end }}`},
			[]string{`files/a.tmpl:1:19: choice: db is never "bb" | did you mean b?`, `template.yaml:8:21: choice: db is never "d" | its choices are a, b, c`},
		},
		"a condition that cannot be true": {
			db + docker[len("questions:\n"):] + "files:\n  - {glob: x, when: 'docker && !docker'}\n", []string{"files/x", "", "files/a.tmpl", usesDB},
			[]string{`template.yaml:9:21: condition: the condition "docker && !docker" is never true | correct it, or remove what it guards`},
		},
		"a condition that is always true": {
			docker + "files:\n  - {glob: x, when: 'docker || !docker'}\n", []string{"files/x", ""},
			[]string{`template.yaml:8:21: condition: the condition "docker || !docker" is always true | remove it`},
		},
		"a condition behind that of a question": {
			db + "  - {id: pool, type: bool, default: true, when: 'db == \"a\"'}\nfiles:\n  - {glob: x, when: 'pool && db == \"b\"'}\n", []string{"files/x", "", "files/a.tmpl", usesDB},
			[]string{`template.yaml:9:21: condition: the condition "pool && db == \"b\"" is never true | correct it, or remove what it guards`},
		},
		"a condition over a computed name is tried with every answer behind it": {
			db + "computed:\n  on: 'db == \"b\"'\nfiles:\n  - {glob: x, when: on}\n", []string{"files/x", "", "files/a.tmpl", usesDB}, nil,
		},
		"a condition over text or signals is let be": {
			"questions:\n  - {id: s, type: string, default: x}\nfiles:\n  - {glob: x, when: 's == \"y\" || \"use:rest-api\" in signals'}\n", []string{"files/x", "y"}, nil,
		},
		"an answer that would leave the project": {
			"questions:\n  - {id: where, type: path, default: src}\n", []string{"files/{{ .where }}/a", "x"},
			[]string{`template.yaml:6:10: path: the answer where=../x is accepted, and gives files/{{ .where }}/a the path "../x/a" | add a validate rule, such as pattern: '^[a-z][a-z0-9_]*$'`},
		},
		"an answer that is validated stays inside": {
			"questions:\n  - {id: where, type: path, default: src, validate: [{pattern: '^[a-z]+$', message: letters}]}\n", []string{"files/{{ .where }}/a", "x"}, nil,
		},
		"an answer that reaches a name through a computed one": {
			"questions:\n  - {id: app, type: string, default: x}\ncomputed:\n  dir: 'app + \"/y\"'\n", []string{"files/{{ .dir }}", "x"},
			[]string{`template.yaml:6:10: path: the answer app=../x is accepted, and gives files/{{ .dir }} the path "../x/y" | add a validate rule, such as pattern: '^[a-z][a-z0-9_]*$'`},
		},
		"names that Windows cannot have": {
			"", []string{"files/aux.py", "x", "files/what?", "x", "files/a:b", "x", "files/{{ name }}", "x"},
			[]string{
				`files/a:b: name: the path "a:b" has a colon, which names a drive or a stream on Windows | rename it`,
				`files/aux.py: name: the path "aux.py" has the part "aux.py", which is a device on Windows | rename it`,
				`files/what?: name: the name has the character '?', which Windows cannot have or which is half a {{ .field }} | rename it, or work the name out under computed`,
				`files/{{ name }}: name: the name has the character '{', which Windows cannot have or which is half a {{ .field }} | rename it, or work the name out under computed`,
			},
		},
		"what git or a package drops": {
			"", []string{"files/.gitignore", "x", "files/sub/.gitattributes", "x", "files/go.mod", "x", "files/vendor/a", "x", "files/link", "->"},
			[]string{
				"files/.gitignore: packaging: a raw .gitignore acts on the template's own repository: git would skip or change its siblings | store it as .gitignore.tmpl",
				"files/go.mod: packaging: a directory with a go.mod is a module of its own, and left out of packages | store it as go.mod.tmpl",
				"files/link: packaging: a link is lost where a template is packed | make it a file",
				"files/sub/.gitattributes: packaging: a raw .gitattributes acts on the template's own repository: git would skip or change its siblings | store it as .gitattributes.tmpl",
				"files/vendor/a: packaging: a directory named vendor is left out of packages | rename it",
			},
		},
		"a file that is executable without a rule": {
			"files:\n  - {glob: b.sh, mode: '0755'}\n", []string{"files/a.sh", "#!/bin/sh\n", "files/b.sh", "#!/bin/sh\n"},
			[]string{`files/a.sh: packaging: it is executable here, and will not be in a project: modes come from rules | add {glob: "a.sh", mode: "0755"} to files:, or chmod -x`},
		},
		"scaffold's own records": {
			"", []string{"files/.scaffold/answers.yaml", "x"},
			[]string{"files/.scaffold/answers.yaml: name: .scaffold/ is where scaffold keeps its own records | rename it"},
		},
		"what to type next uses a question, and a name that nothing declares, in a branch that is not taken": {
			docker + "next: |\n  make\n  {{ if not .docker }}run {{ .dokcer }}{{ end }}\n", []string{"files/a", "x"},
			[]string{"template.yaml:9:30: variable: unknown variable .dokcer | did you mean .docker?"},
		},
		"what to type next does not parse": {
			"next: make {{ if .name }}\n", []string{"files/a", "x"},
			[]string{"template.yaml:5:12: refused: {{ if .name }} has no end | write {{ end }} where it stops"},
		},
		"commands, in which nothing is rendered": {
			"verify:\n  test: {run: [make, '-C={{ .name }}', '{{.Names}}']}\nactions: [{id: a, run: [git, '{{ .name }}']}]\n", []string{"files/a", "x"},
			[]string{
				"template.yaml:6:22: not-rendered: nothing in a command is rendered: -C={{ .name }} | it is an argument as it stands; answers reach a command through files of the project",
				"template.yaml:7:30: not-rendered: nothing in a command is rendered: {{ .name }} | it is an argument as it stands; a hook has the answers in SCAFFOLD_ANSWER_<ID>",
			},
		},
		"the day, in a file that updates touch": {
			"", []string{"files/a.tmpl", "on {{ .scaffold.date }}"},
			[]string{"files/a.tmpl:1:7: not-repeatable: .scaffold.date differs from run to run | make the file managed: once, so that no update sees a change in it"},
		},
		"the day, in a partial of a file that is written once": {
			"files:\n  - {glob: '*', managed: once}\n", []string{"files/a.tmpl", `{{ include "p" . }}`, "partials/p.tmpl", "on {{ .scaffold.date }}"}, nil,
		},
		"the day, in a file that is written once": {
			"files:\n  - {glob: '*', managed: once}\n", []string{"files/a.tmpl", "on {{ .scaffold.date }}"}, nil,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			findings, err := templatetest.Lint(t.Context(), template(t, test.body, test.files...))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, written(findings)); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

func written(findings []templatetest.Finding) []string {
	var lines []string
	for _, f := range findings {
		lines = append(lines, f.Place()+": "+f.Rule+": "+f.Message+" | "+f.Try)
	}
	return lines
}

func TestRefusedTellsATemplateThatDoesNotLoad(t *testing.T) {
	_, err := manifest.Parse([]byte(head + "recommend:\n  fit:\n    use:rest-api: {weight: 3}\ncomputed:\n  a: 'now()'\n"))
	findings, ok := templatetest.Refused(err)
	if !ok {
		t.Fatalf("%v is not refused", err)
	}
	text := strings.Join(written(findings), "\n")
	for _, want := range []string{"template.yaml:7:5: refused: the reason of use:rest-api has 0 characters", "refused: expression \"now()\""} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	if _, ok := templatetest.Refused(fs.ErrNotExist); ok {
		t.Error("a template that is not there is not a wrong one")
	}
}

func TestLintSaysNothingAboutABase(t *testing.T) {
	loaded := template(t, "questions:\n  - {id: own, type: bool, default: true}\n", "files/base.tmpl", "{{ .nmae }}", "files/own.tmpl", "{{ .nmae }}")
	loaded.Layers = []generator.Layer{{Name: "base"}, {Name: "tiny"}}
	loaded.Origins = map[string][]int{"files/base.tmpl": {0}, "files/own.tmpl": {0, 1}}
	base := *loaded.Manifest
	base.Questions = nil
	loaded.Overlays = []generator.Overlay{{Layer: 1, Manifest: &base}}
	findings, err := templatetest.Lint(t.Context(), loaded)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"files/own.tmpl:1:4: variable: unknown variable .nmae | did you mean .name?"}
	if diff := cmp.Diff(want, written(findings)); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}
