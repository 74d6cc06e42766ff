package render_test

import (
	"errors"
	"testing"
	"testing/fstest"
	"time"

	"scaffold/generator/fault"
	"scaffold/generator/internal/render"
	"scaffold/generator/manifest"
)

func TestTextsUseVariablesAndPartials(t *testing.T) {
	fsys := fstest.MapFS{"partials/hi.tmpl": {Data: []byte("hi {{ .name }}")}}
	texts, err := render.NewTexts(t.Context(), render.Template{FS: fsys, Manifest: &manifest.Manifest{}}, map[string]any{"name": "shop"}, render.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct{ text, left, right, want string }{
		"a variable":       {"a {{ .name }}", "{{", "}}", "a shop"},
		"a partial":        {`{{ template "hi" . }}!`, "{{", "}}", "hi shop!"},
		"other delimiters": {"${{ x }} [[ .name ]]", "[[", "]]", "${{ x }} shop"},
		"no delimiters":    {"}} plain", "{{", "}}", "}} plain"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got, err := texts.Fill(test.text, test.left, test.right); err != nil || got != test.want {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
	if _, err := texts.Fill("{{ .nmae }}", "{{", "}}"); err == nil {
		t.Error("an unknown variable is taken")
	}
}

func TestTextsShareOneTimeLimit(t *testing.T) {
	texts, err := render.NewTexts(t.Context(), render.Template{FS: fstest.MapFS{}, Manifest: &manifest.Manifest{}}, nil, render.Limits{Time: time.Nanosecond})
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Millisecond)
	var limited *render.Error
	if _, err := texts.Fill("plain", "{{", "}}"); !errors.As(err, &limited) || !fault.Is(err, fault.Limit) {
		t.Errorf("got %v, want a limit", err)
	}
}
