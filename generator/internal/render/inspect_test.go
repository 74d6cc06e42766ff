package render_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

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
		{File: "files/b.tmpl", Functions: []string{"unclosed action"}},
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
		{File: "partials/p.tmpl", Partial: true, Functions: []string{"include"}, Variables: []render.Name{{Name: "data", Line: 1, Column: 16}}, Includes: []render.Include{{Partial: "p"}}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestInspectTellsComparisonsFromOtherUses(t *testing.T) {
	fsys := files("files/a.tmpl", `{{ if eq .db "a" "b" }}{{ end }}{{ if has "x" $.extras }}{{ end }}{{ if eq .port 1 }}{{ end }}{{ eq "c" (lower .db) }}{{ include "p" . }}`)
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
	if diff := cmp.Diff([]render.Include{{Partial: "p", All: true}}, got[0].Includes); diff != "" {
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
	got, err := render.Covered(t.Context(), fsys, m, vars, render.Limits{}, &c)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := render.Tree(t.Context(), fsys, m, vars, render.Limits{})
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
