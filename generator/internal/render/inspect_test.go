package render_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"scaffold/generator/internal/render"
)

func TestInspect(t *testing.T) {
	fsys := files(
		"files/{{ .app }}/a.tmpl", "{{ .name | upper }}\n{{ range .apps }}{{ .own }}{{ $.where }}{{ end }}{{ with $x := .template.name }}{{ $x }}{{ end }}",
		"files/b.tmpl", "{{ .name",
		"files/c", "{{ .plain }}",
		"files/d.tmpl", `{{ define "x" }}{{ .second }}{{ end }}{{ if (eq .third (len .fourth)) }}{{ end }}`,
		"partials/p.tmpl", "{{ include \"p\" .data }}",
	)
	got, err := render.Inspect(fsys, parse(t, ""))
	if err != nil {
		t.Fatal(err)
	}
	for i := range got {
		if got[i].Err != nil {
			got[i].Functions = []string{got[i].Err.Error()}
			got[i].Err = nil
		}
	}
	want := []render.Uses{
		{File: "files/b.tmpl", Functions: []string{"{{ is not closed"}},
		{File: "files/c"},
		{
			File: "files/d.tmpl", Functions: []string{"eq", "len"},
			Branches:  []render.Branch{{File: "files/d.tmpl", Line: 1, Column: 45, Offset: 44}, {File: "files/d.tmpl", Line: 1, Column: 45, Offset: 44, Else: true}},
			Variables: []render.Name{{Name: "second", Line: 1, Column: 20}, {Name: "third", Line: 1, Column: 49}, {Name: "fourth", Line: 1, Column: 61}},
		},
		{
			File: "files/{{ .app }}/a.tmpl", Functions: []string{"upper"},
			Branches: []render.Branch{
				{File: "files/{{ .app }}/a.tmpl", Line: 2, Column: 10, Offset: 29},
				{File: "files/{{ .app }}/a.tmpl", Line: 2, Column: 58, Offset: 77},
				{File: "files/{{ .app }}/a.tmpl", Line: 2, Column: 58, Offset: 77, Else: true},
			},
			Variables: []render.Name{
				{Name: "app"}, {Name: "name", Line: 1, Column: 4}, {Name: "apps", Line: 2, Column: 10},
				{Name: "where", Line: 2, Column: 31}, {Name: "template", Line: 2, Column: 64},
			},
		},
		{File: "partials/p.tmpl", Partial: true, Functions: []string{"include"}, Variables: []render.Name{{Name: "data", Line: 1, Column: 16}}, Includes: []render.Include{{Partial: "p", Always: true, Line: 1, Column: 12}}},
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(render.Uses{}, render.Include{})); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestInspectTellsComparisonsFromOtherUses(t *testing.T) {
	fsys := files("files/a.tmpl", `{{ if eq .db "a" "b" }}{{ end }}{{ if has "x" $.extras }}{{ end }}{{ if eq .port 1 }}{{ end }}{{ eq "c" (lower .db) }}{{ include "p" . }}`, "partials/p.tmpl", "x")
	got, err := render.Inspect(fsys, parse(t, ""))
	if err != nil {
		t.Fatal(err)
	}
	want := []render.Name{
		{Name: "db", Line: 1, Column: 10, With: []string{"a", "b"}},
		{Name: "extras", Line: 1, Column: 47, With: []string{"x"}},
		{Name: "port", Line: 1, Column: 76},
		{Name: "db", Line: 1, Column: 112},
	}
	if diff := cmp.Diff(want, got[0].Variables); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if diff := cmp.Diff([]render.Include{{Partial: "p", All: true, Always: true, Line: 1, Column: 130}}, got[0].Includes, cmpopts.IgnoreUnexported(render.Include{})); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestCoveredNotesTheBranchesThatWereTaken(t *testing.T) {
	fsys := files(
		"files/a.tmpl", `{{ if .docker }}d{{ end }}{{ if eq .app "x" }}x{{ else if .docker }}y{{ end }}{{ range .none }}n{{ else }}e{{ end }}`,
		"files/b.tmpl", `{{ range .apps }}n{{ end }}{{ include "p" . }}`,
		"partials/p.tmpl", `{{ with .none }}w{{ end }}`,
	)
	vars := variables()
	vars["none"] = []string{}
	m := parse(t, "")
	var c render.Coverage
	got, err := render.Covered(t.Context(), render.Template{FS: fsys, Manifest: m}, vars, render.Limits{}, &c)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := render.Tree(t.Context(), render.Template{FS: fsys, Manifest: m}, vars, render.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if got.Digest() != plain.Digest() {
		t.Errorf("coverage changes what is rendered: %v", show(got))
	}
	uses, err := render.Inspect(fsys, m)
	if err != nil {
		t.Fatal(err)
	}
	taken := map[string][]bool{}
	for _, u := range uses {
		for _, b := range u.Branches {
			taken[u.File] = append(taken[u.File], c.Taken(b))
		}
	}
	want := map[string][]bool{ // body, else, from the inside out
		"files/a.tmpl":    {true, false, true, false, false, true, false, true},
		"files/b.tmpl":    {true},
		"partials/p.tmpl": {false, true},
	}
	if diff := cmp.Diff(want, taken); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestInspectFindsAPartialThatIsNotThere(t *testing.T) {
	fsys := files(
		"files/a.tmpl", `x {{ include "nope" . }}`,
		"files/b.tmpl", `{{ define "own" }}x{{ end }}{{ template "own" }}{{ include "p" . }}{{ include "shared" . }}`,
		"partials/p.tmpl", `{{ define "shared" }}x{{ end }}{{ if .name }}{{ include "p" . }}{{ end }}`,
	)
	got, err := render.Inspect(fsys, parse(t, ""))
	if err != nil {
		t.Fatal(err)
	}
	var e *render.Error
	if !errors.As(got[0].Err, &e) || e.Line != 1 || e.Column != 14 || e.Message != `unknown partial "nope"` {
		t.Errorf("got %+v", got[0].Err)
	}
	if got[1].Err != nil || got[2].Err != nil || got[2].Includes[0].Always {
		t.Errorf("got %v, %v, %v", got[1].Err, got[2].Err, got[2].Includes)
	}
}

// TestSyntaxIsReportedWhereItStarts: text/template gives a line, and often that
// of the file's end.
func TestSyntaxIsReportedWhereItStarts(t *testing.T) {
	tests := map[string]string{
		"a\n {{ if .docker }}\nx\n":                "2:2 {{ if .docker }} has no end | write {{ end }} where it stops",
		"{{ if .a }}\n{{ range .b }}\n{{ end }}\n": "1:1 {{ if .a }} has no end | write {{ end }} where it stops",
		"x {{ end }}":   "1:3 {{ end }} closes nothing | remove it, or write the if, range or with that it ends",
		"{{ else }}":    "1:1 {{ else }} belongs to nothing | remove it, or write the if, range or with before it",
		"a\n{{ .name\n": "2:1 {{ is not closed | write }} behind it",
		"{{/* a }} comment */}}{{ .name }}{{ \"x }}\n": "1:34 a quotation mark is not closed | write \" on both sides of a text, and \\\" inside it",
		"{{ .a }} {{ if .a == 1 }}{{ end }}":           `1:10 unexpected "=" in operand | equality is written eq: {{ if eq .database "sqlite" }}`,
		"{{ .a }} {{ if !.a }}{{ end }}":               `1:10 unexpected "!" in if | not is written {{ if not .docker }}`,
		"é {{ 'abc' }}":                                `1:3 malformed character constant: 'abc' | a text is written between " "`,
		"{{ \"}}\" }}{{ end }}":                        "1:11 {{ end }} closes nothing | remove it, or write the if, range or with that it ends",
	}
	for text, want := range tests {
		got, err := render.Inspect(files("files/a.tmpl", text), parse(t, ""))
		if err != nil {
			t.Fatal(err)
		}
		var e *render.Error
		if !errors.As(got[0].Err, &e) {
			t.Errorf("%q is taken", text)
		} else if said := fmt.Sprintf("%d:%d %s | %s", e.Line, e.Column, e.Message, e.Remedy); said != want {
			t.Errorf("%q\ngot  %s\nwant %s", text, said, want)
		}
	}
}

// TestDelimitersReachPartials: by their path from the template's own folder.
func TestDelimitersReachPartials(t *testing.T) {
	m := parse(t, "render:\n  delimiters: [{glob: 'partials/**', use: ['[[', ']]']}]\n")
	fsys := files("files/a.tmpl", `{{ include "p" . }}`, "partials/p.tmpl", "[[ .name ]] {{ raw }}")
	got, err := render.Tree(t.Context(), render.Template{FS: fsys, Manifest: m}, map[string]any{"name": "shop"}, render.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if f, _ := got.Lookup("a"); string(f.Data) != "shop {{ raw }}" {
		t.Errorf("got %q", f.Data)
	}
}
