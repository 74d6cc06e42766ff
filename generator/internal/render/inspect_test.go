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
			Variables: []render.Name{{Name: "second", Line: 1, Column: 20}, {Name: "third", Line: 1, Column: 49}, {Name: "fourth", Line: 1, Column: 61}},
		},
		{
			File: "files/{{ .app }}/a.tmpl", Functions: []string{"upper"},
			Variables: []render.Name{
				{Name: "app"}, {Name: "name", Line: 1, Column: 4}, {Name: "apps", Line: 2, Column: 10},
				{Name: "where", Line: 2, Column: 31}, {Name: "template", Line: 2, Column: 64},
			},
		},
		{File: "partials/p.tmpl", Partial: true, Functions: []string{"include"}, Variables: []render.Name{{Name: "data", Line: 1, Column: 16}}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}
