package render_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"scaffold/generator/fault"
	"scaffold/generator/internal/render"
	"scaffold/generator/internal/tree"
	"scaffold/generator/manifest"
)

const header = `apiVersion: scaffold/v1
name: demo
title: Demo
description: A template for tests
version: 1.0.0
questions:
  - {id: app, type: string, title: App, default: shop}
  - {id: docker, type: bool, title: Docker, default: true}
  - {id: apps, type: multi, title: Apps, choices: [{value: a}, {value: b}], default: [a, b]}
  - {id: where, type: path, title: Where, default: src/main}
  - {id: token, type: secret, title: Token}
`

func parse(t testing.TB, more string) *manifest.Manifest {
	t.Helper()
	m, err := manifest.Parse([]byte(header + more))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func variables() map[string]any {
	return map[string]any{
		"name": "my-shop", "app": "shop", "docker": true, "apps": []string{"a", "b"}, "where": "src/main", "token": "s3cr3t",
		"template": map[string]any{"name": "demo", "version": "1.0.0"},
		"scaffold": map[string]any{"version": "1.0.0", "date": "2026-11-22", "recommendation": nil},
	}
}

func files(pairs ...string) fstest.MapFS {
	m := make(fstest.MapFS)
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = &fstest.MapFile{Data: []byte(pairs[i+1]), Mode: 0o644}
	}
	return m
}

func show(t tree.Tree) map[string]string {
	m := make(map[string]string)
	for _, f := range t.Files() {
		m[f.GitMode()+" "+f.Path.String()] = string(f.Data)
	}
	return m
}

func TestTree(t *testing.T) {
	tests := map[string]struct {
		manifest string
		files    fstest.MapFS
		want     map[string]string
	}{
		"a template without files gives an empty project": {"", files(), map[string]string{}},
		"the suffix is dropped and the text rendered": {
			"", files("files/README.md.tmpl", "# {{ .name }}\n"),
			map[string]string{"100644 README.md": "# my-shop\n"},
		},
		"what has no suffix is copied, delimiters and all": {
			"", files("files/a.html", "{{ .nothing }}"),
			map[string]string{"100644 a.html": "{{ .nothing }}"},
		},
		"CRLF, NUL and bytes that are no UTF-8 survive copying": {
			"", files("files/a.bin", "a\r\n\x00\xff\xfe"),
			map[string]string{"100644 a.bin": "a\r\n\x00\xff\xfe"},
		},
		"CRLF, NUL and bytes that are no UTF-8 survive rendering": {
			"", files("files/a.tmpl", "\ufeff{{ .app }}\r\n\x00\xff\xfe\r\n"),
			map[string]string{"100644 a": "\ufeffshop\r\n\x00\xff\xfe\r\n"},
		},
		"a missing final newline stays missing": {
			"", files("files/a.tmpl", "{{ .app }}", "files/b.tmpl", ""),
			map[string]string{"100644 a": "shop", "100644 b": ""},
		},
		"a null value may be asked for": {
			"", files("files/a.tmpl", "{{ with .scaffold.recommendation }}yes{{ else }}no{{ end }}"),
			map[string]string{"100644 a": "no"},
		},
		"names hold bare fields": {
			"", files("files/{{ .app }}/{{.app}}_{{ .docker }}.py", "x"),
			map[string]string{"100644 shop/shop_true.py": "x"},
		},
		"a path answer brings slashes": {
			"", files("files/{{ .where }}/a", "x"), map[string]string{"100644 src/main/a": "x"},
		},
		"the first rule that matches decides": {
			`files:
  - {glob: "a/*", when: docker}
  - {glob: "a/**", when: 'false'}
`, files("files/a/x", "1", "files/a/b/y", "2", "files/c", "3"),
			map[string]string{"100644 a/x": "1", "100644 c": "3"},
		},
		"a file is repeated for each element": {
			`files: [{glob: "{{ .it }}/**", each: apps, as: it}]
`, files("files/{{ .it }}/app.py.tmpl", "{{ .it }} of {{ .app }}"),
			map[string]string{"100644 a/app.py": "a of shop", "100644 b/app.py": "b of shop"},
		},
		"a rule gives the mode": {
			`files: [{glob: "bin/*", mode: "0755"}]
`, fstest.MapFS{
				"files/bin/run.tmpl": {Data: []byte("{{ .app }}"), Mode: 0o644},
				"files/setuid":       {Data: []byte("x"), Mode: 0o755 | fs.ModeSetuid},
			},
			map[string]string{"100755 bin/run": "shop", "100644 setuid": "x"},
		},
		"globs set delimiters": {
			`render: {delimiters: [{glob: ".github/**", use: ["[[", "]]"]}]}
`, files("files/.github/ci.yml.tmpl", "${{ x.y }} [[ .app ]]", "files/a.tmpl", "[[ {{ .app }}"),
			map[string]string{"100644 .github/ci.yml": "${{ x.y }} shop", "100644 a": "[[ shop"},
		},
		"partials are called by template and by include": {
			"", files("partials/head.tmpl", "# {{ .app }}", "partials/py/doc.tmpl", "a\nb",
				"files/a.tmpl", "{{ template \"head\" . }}\n{{ include \"py/doc\" . | indent 2 }}"),
			map[string]string{"100644 a": "# shop\n  a\n  b"},
		},
		"partials call partials and define more": {
			"", files("partials/a.tmpl", `{{ include "b" . }}{{ template "in b" }}`, "partials/b.tmpl", `B{{ define "in b" }}!{{ end }}`,
				"files/a.tmpl", `{{ include "a" . }}`),
			map[string]string{"100644 a": "B!"},
		},
		"what a file defines stays in it": {
			"", files("partials/p.tmpl", "shared",
				"files/a.tmpl", `{{ define "p" }}own{{ end }}{{ template "p" }}`, "files/b.tmpl", `{{ template "p" }}`,
				"files/c.tmpl", `{{ block "q" . }}{{ .app }}{{ end }}`),
			map[string]string{"100644 a": "own", "100644 b": "shared", "100644 c": "shop"},
		},
		"a file with nothing but a comment is empty, whatever came before": {
			"", files("files/a.tmpl", "{{ .app }}", "files/b.tmpl", "{{/* nothing */}}", "files/c.tmpl", " {{- /* nothing */ -}} "),
			map[string]string{"100644 a": "shop", "100644 b": "", "100644 c": ""},
		},
		"an answer is text, not a template": {
			"", files("files/a.tmpl", `{{ .app | replace "shop" "{{ .token }}" }}`),
			map[string]string{"100644 a": "{{ .token }}"},
		},
		"break and continue work": {
			"", files("files/a.tmpl", `{{ range $i, $x := until 9 }}{{ if eq $i 1 }}{{ continue }}{{ end }}{{ if eq $i 3 }}{{ break }}{{ end }}{{ $i }}{{ end }}`),
			map[string]string{"100644 a": "02"},
		},
		"a variable may be set and given on": {
			"", files("files/a.tmpl", `{{ $x := "1" }}{{ range .apps }}{{ $x = print $x . }}{{ end }}{{ $x }}{{ with $x }}{{ $.app }}{{ . }}{{ end }}`),
			map[string]string{"100644 a": "1abshop1ab"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := render.Tree(t.Context(), render.Template{FS: tt.files, Manifest: parse(t, tt.manifest)}, variables(), render.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, show(got)); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

func TestSourceNamesTheTemplatesFile(t *testing.T) {
	got, err := render.Tree(t.Context(), render.Template{FS: files("files/{{ .app }}/a.md.tmpl", "x"), Manifest: parse(t, "")}, variables(), render.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if f, _ := got.Lookup("shop/a.md"); f.Source != "files/{{ .app }}/a.md.tmpl" {
		t.Errorf("source %q", f.Source)
	}
}

func TestErrorsShowPlaceAndRemedy(t *testing.T) {
	tests := map[string]struct {
		files fstest.MapFS
		want  render.Error
	}{
		"an unknown variable": {
			files("files/a.tmpl", "one\ntwo {{ .ap }}\r\n"),
			render.Error{File: "files/a.tmpl", Line: 2, Column: 8, Source: "two {{ .ap }}", Message: "unknown variable .ap", Remedy: "did you mean .app?"},
		},
		"an unknown variable below another": {
			files("files/a.tmpl", "{{ .template.nmae }}"),
			render.Error{File: "files/a.tmpl", Line: 1, Column: 4, Source: "{{ .template.nmae }}", Message: "unknown variable .template.nmae", Remedy: "did you mean .template.name?"},
		},
		"an unknown variable in a loop": {
			files("files/a.tmpl", "ä {{ range .apps }}{{ $.dokcer }}{{ end }}"),
			render.Error{File: "files/a.tmpl", Line: 1, Column: 23, Source: "ä {{ range .apps }}{{ $.dokcer }}{{ end }}", Message: "unknown variable .dokcer", Remedy: "did you mean .docker?"},
		},
		"an unknown variable like no other": {
			files("files/a.tmpl", "{{ if .xyzzyxyz }}{{ end }}"),
			render.Error{File: "files/a.tmpl", Line: 1, Column: 7, Source: "{{ if .xyzzyxyz }}{{ end }}", Message: "unknown variable .xyzzyxyz", Remedy: "declare xyzzyxyz under questions or computed"},
		},
		"an unknown variable in a partial": {
			files("files/a.tmpl", `{{ include "p" . }}`, "partials/p.tmpl", "\n{{ .ap }}"),
			render.Error{File: "partials/p.tmpl", Line: 2, Column: 4, Source: "{{ .ap }}", Message: "unknown variable .ap", Remedy: "did you mean .app?"},
		},
		"an unknown variable in a partial of a partial": {
			files("files/a.tmpl", `{{ template "q" . }}`, "partials/q.tmpl", `{{ include "p" . }}`, "partials/p.tmpl", "{{ .ap }}"),
			render.Error{File: "partials/p.tmpl", Line: 1, Column: 4, Source: "{{ .ap }}", Message: "unknown variable .ap", Remedy: "did you mean .app?"},
		},
		"an unknown function": {
			files("files/a.tmpl", "x\n{{ .app | uper }}"),
			render.Error{File: "files/a.tmpl", Line: 2, Column: 11, Source: "{{ .app | uper }}", Message: "unknown function uper", Remedy: "did you mean upper?"},
		},
		"a function that is not repeatable": {
			files("files/a.tmpl", "{{ randAlphaNum 3 }}"),
			render.Error{File: "files/a.tmpl", Line: 1, Column: 4, Source: "{{ randAlphaNum 3 }}", Message: "unknown function randAlphaNum", Remedy: "a variable is written .randAlphaNum; docs/functions.md lists the functions; text of another language needs other render.delimiters"},
		},
		"a function of the limits": {
			files("files/a.tmpl", "{{ _leave }}"),
			render.Error{File: "files/a.tmpl", Line: 1, Column: 4, Source: "{{ _leave }}", Message: "unknown function _leave", Remedy: "a variable is written ._leave; docs/functions.md lists the functions; text of another language needs other render.delimiters"},
		},
		"delimiters of another language": {
			files("files/ci.yml.tmpl", "env: ${{ secrets.TOKEN }}"),
			render.Error{File: "files/ci.yml.tmpl", Line: 1, Column: 10, Source: "env: ${{ secrets.TOKEN }}", Message: "unknown function secrets", Remedy: `this file holds ${{ }} of another language: give it other delimiters under render.delimiters, such as use: ["[[", "]]"]`},
		},
		"a syntax error": {
			files("files/a.tmpl", "x\n{{ if .app }}\ny\n"),
			render.Error{File: "files/a.tmpl", Line: 2, Column: 1, Source: "{{ if .app }}", Message: "{{ if .app }} has no end", Remedy: "write {{ end }} where it stops"},
		},
		"an unclosed action": {
			files("files/a.tmpl", "x\n{{ .app \ny\n"),
			render.Error{File: "files/a.tmpl", Line: 2, Column: 1, Source: "{{ .app ", Message: "{{ is not closed", Remedy: "write }} behind it"},
		},
		"an unknown partial": {
			files("files/a.tmpl", `{{ template "haed" . }}`, "partials/head.tmpl", ""),
			render.Error{File: "files/a.tmpl", Line: 1, Column: 13, Source: `{{ template "haed" . }}`, Message: `unknown partial "haed"`, Remedy: "did you mean head?"},
		},
		"an unknown partial, included": {
			files("files/a.tmpl", `{{ include "haed" . }}`),
			render.Error{File: "files/a.tmpl", Line: 1, Column: 12, Source: `{{ include "haed" . }}`, Message: `unknown partial "haed"`, Remedy: "write it to partials/haed.tmpl"},
		},
		"an unknown partial in a partial": {
			files("files/a.tmpl", `{{ include "head" . }}`, "partials/head.tmpl", `{{ if .docker }}{{ include "haed" . }}{{ end }}`),
			render.Error{File: "partials/head.tmpl", Line: 1, Column: 28, Source: `{{ if .docker }}{{ include "haed" . }}{{ end }}`, Message: `unknown partial "haed"`, Remedy: "did you mean head?"},
		},
		"an unknown partial in a partial that nothing calls": {
			files("files/a.tmpl", "", "partials/head.tmpl", `{{ include "haed" . }}`),
			render.Error{File: "partials/head.tmpl", Line: 1, Column: 12, Source: `{{ include "haed" . }}`, Message: `unknown partial "haed"`, Remedy: "did you mean head?"},
		},
		"an unknown partial, worked out": {
			files("files/a.tmpl", `{{ include (print "ha" "ed") . }}`, "partials/head.tmpl", ""),
			render.Error{File: "files/a.tmpl", Line: 1, Column: 4, Source: `{{ include (print "ha" "ed") . }}`, Message: `unknown partial "haed"`, Remedy: "did you mean head?"},
		},
		"a null value": {
			files("files/a.tmpl", "{{ .scaffold.recommendation }}"),
			render.Error{File: "files/a.tmpl", Line: 1, Column: 4, Source: "{{ .scaffold.recommendation }}", Message: "the value to print is null", Remedy: "print it inside {{ with }}, or give it a default"},
		},
		"a null value under the name of another": {
			files("files/a.tmpl", `{{ range list (dict "name" .scaffold.recommendation) }}{{ .name }}{{ end }}`),
			render.Error{File: "files/a.tmpl", Line: 1, Column: 59, Source: `{{ range list (dict "name" .scaffold.recommendation) }}{{ .name }}{{ end }}`, Message: "the value to print is null", Remedy: "print it inside {{ with }}, or give it a default"},
		},
		"a null value that a definition is given": {
			files("files/a.tmpl", `{{ define "b" }}{{ .name }}{{ end }}{{ template "b" (dict "name" .scaffold.recommendation) }}`),
			render.Error{File: "files/a.tmpl", Line: 1, Column: 20, Source: `{{ define "b" }}{{ .name }}{{ end }}{{ template "b" (dict "name" .scaffold.recommendation) }}`, Message: "the value to print is null", Remedy: "print it inside {{ with }}, or give it a default"},
		},
		"a null value that a partial is given": {
			files("files/a.tmpl", `{{ include "b" (dict "name" .scaffold.recommendation) }}`, "partials/b.tmpl", `{{ .name }}`),
			render.Error{File: "partials/b.tmpl", Line: 1, Column: 4, Source: `{{ .name }}`, Message: "the value to print is null", Remedy: "print it inside {{ with }}, or give it a default"},
		},
		"an element that is not there": {
			files("files/a.tmpl", `{{ index .template "nmae" }}`),
			render.Error{File: "files/a.tmpl", Line: 1, Column: 4, Source: `{{ index .template "nmae" }}`, Message: "the value to print is null", Remedy: "print it inside {{ with }}, or give it a default"},
		},
		"the author's own words": {
			files("files/a.tmpl", `{{ fail "no such region" }}`),
			render.Error{File: "files/a.tmpl", Line: 1, Column: 4, Source: `{{ fail "no such region" }}`, Message: "fail: no such region", Remedy: "the template says so itself: a rule under validate refuses such an answer while it is typed"},
		},
		"a secret in a message": {
			files("files/a.tmpl", `{{ int .token }}`),
			render.Error{File: "files/a.tmpl", Line: 1, Column: 4, Source: `{{ int .token }}`, Message: `int: "***" is not a whole number`, Remedy: "it is called int VALUE: a whole number"},
		},
		"two partials of one name": {
			files("partials/a.tmpl", `{{ define "b" }}{{ end }}`, "partials/b.tmpl", ""),
			render.Error{File: "partials/b.tmpl", Message: `a second partial is named "b"`, Remedy: "rename one of the two"},
		},
		"a name with more than a field": {
			files("files/{{ .app | upper }}.py", ""),
			render.Error{File: "files/{{ .app | upper }}.py", Message: "the name {{ .app | upper }}.py holds more than a bare {{ .field }}", Remedy: "work the name out under computed, and use that field"},
		},
		"a name with half a field": {
			files("files/a}}", ""),
			render.Error{File: "files/a}}", Message: "the name a}} holds more than a bare {{ .field }}", Remedy: "work the name out under computed, and use that field"},
		},
		"a name with an unknown variable": {
			files("files/{{ .ap }}.py", ""),
			render.Error{File: "files/{{ .ap }}.py", Message: "unknown variable .ap", Remedy: "did you mean .app?"},
		},
		"a name with a list": {
			files("files/{{ .apps }}.py", ""),
			render.Error{File: "files/{{ .apps }}.py", Message: "apps is a []string and cannot be part of a name", Remedy: "work a text out under computed, or repeat the file for each element: each: apps, as: app"},
		},
		"a name with a secret": {
			files("files/{{ .token }}.py", ""),
			render.Error{File: "files/{{ .token }}.py", Message: "token is a secret and cannot be part of a name", Remedy: "use another answer in the name"},
		},
		"the first of several errors, in path order": {
			files("files/b.tmpl", "{{ .xb }}", "files/a.tmpl", "{{ .xa }}{{ until 10000 }}", "files/c.tmpl", "{{ .xc }}", "files/0.tmpl", "{{ .app }}"),
			render.Error{File: "files/a.tmpl", Line: 1, Column: 4, Source: "{{ .xa }}{{ until 10000 }}", Message: "unknown variable .xa", Remedy: "declare xa under questions or computed"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := render.Tree(t.Context(), render.Template{FS: tt.files, Manifest: parse(t, "")}, variables(), render.Limits{})
			var got *render.Error
			if !errors.As(err, &got) {
				t.Fatalf("got %v", err)
			}
			if diff := cmp.Diff(tt.want, *got); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
			if !fault.Is(err, fault.Template) {
				t.Errorf("the kind is %s", fault.KindOf(err))
			}
		})
	}
}

func TestErrorMarksTheColumn(t *testing.T) {
	_, err := render.Tree(t.Context(), render.Template{FS: files("files/a.tmpl", "one\n\tö {{ .ap }}\n"), Manifest: parse(t, "")}, variables(), render.Limits{})
	var got *render.Error
	if !errors.As(err, &got) {
		t.Fatal(err)
	}
	want := []string{"   2 |  ö {{ .ap }}", "     |       ^"}
	if diff := cmp.Diff(want, fault.Of(err).Lines); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if at := fault.Of(err).Place.String(); at != "files/a.tmpl:2:7" {
		t.Errorf("at %s", at)
	}
}

func TestAnswersCannotLeaveTheProject(t *testing.T) {
	tests := map[string]struct{ file, variable, value string }{
		"a way up":                          {"files/{{ .app }}/x", "app", ".."},
		"a way up with a slash":             {"files/{{ .app }}/x", "app", "../../pwn"},
		"a slash":                           {"files/{{ .app }}/x", "app", "a/b"},
		"a path answer with a way up":       {"files/{{ .where }}/x", "where", "../../pwn"},
		"a path answer that is absolute":    {"files/{{ .where }}/x", "where", "/etc"},
		"an empty answer":                   {"files/{{ .app }}/x", "app", ""},
		"the repository's own directory":    {"files/{{ .where }}/x", "where", ".git/hooks"},
		"the repository, in two halves":     {"files/.g{{ .app }}/x", "app", "it"},
		"a way up, in two halves":           {"files/.{{ .app }}/x", "app", "."},
		"a device of Windows":               {"files/{{ .app }}.txt", "app", "con"},
		"an escape sequence":                {"files/{{ .app }}", "app", "\x1b[2J"},
		"a backslash":                       {"files/{{ .app }}", "app", `..\..\pwn`},
		"a newline":                         {"files/{{ .app }}", "app", "a\nb"},
		"a name that is too long":           {"files/{{ .app }}", "app", strings.Repeat("a", 256)},
		"a blank at the end":                {"files/{{ .app }}", "app", "a "},
		"a field inside an answer, a slash": {"files/{{ .app }}", "app", "{{ .where }}/"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			vars := variables()
			vars[tt.variable] = tt.value
			_, err := render.Tree(t.Context(), render.Template{FS: files(tt.file, "x"), Manifest: parse(t, "")}, vars, render.Limits{})
			var refused *tree.PathError
			if !errors.As(err, &refused) || !fault.Is(err, fault.Unsafe) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestTwoSourcesOfOnePathAreRefused(t *testing.T) {
	tests := map[string]fstest.MapFS{
		"a text and a copy":        files("files/a.tmpl", "", "files/a", ""),
		"a field and a name":       files("files/{{ .app }}", "", "files/shop", ""),
		"case":                     files("files/Shop", "", "files/{{ .app }}", ""),
		"a directory and a file":   files("files/shop/x", "", "files/{{ .app }}", ""),
		"a loop that changes none": files("files/each", ""),
	}
	for name, fsys := range tests {
		t.Run(name, func(t *testing.T) {
			m := parse(t, "files: [{glob: each, each: apps, as: it}]\n")
			_, err := render.Tree(t.Context(), render.Template{FS: fsys, Manifest: m}, variables(), render.Limits{})
			var twins *tree.CollisionError
			if !errors.As(err, &twins) {
				t.Fatalf("got %v", err)
			}
			for _, s := range twins.Sources {
				if _, err := fs.Stat(fsys, s); err != nil {
					t.Errorf("source %q: %v", s, err)
				}
			}
		})
	}
}

func TestLinks(t *testing.T) {
	tests := map[string]struct {
		name, target string
		want         string // "": refused
	}{
		"a neighbour":                     {"files/d/link", "a", "d/link -> a"},
		"a file above":                    {"files/d/link", "../a", "d/link -> ../a"},
		"a template's file, as generated": {"files/link", "README.md.tmpl", "link -> README.md"},
		"a template's link":               {"files/link.md.tmpl", "README.md.tmpl", "link.md -> README.md"},
		"fields in name and target":       {"files/{{ .app }}", "{{ .where }}/x", "shop -> src/main/x"},
		"outside":                         {"files/link", "../secret", ""},
		"outside, far":                    {"files/d/link", "../../../etc/passwd", ""},
		"outside by an answer":            {"files/link", "{{ .up }}/secret", ""},
		"absolute":                        {"files/link", "/etc/passwd", ""},
		"the repository's own directory":  {"files/link", ".git/config", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			fsys := files("files/a", "x")
			fsys[tt.name] = &fstest.MapFile{Data: []byte(tt.target), Mode: fs.ModeSymlink | 0o777}
			vars := variables()
			vars["up"] = ".."
			got, err := render.Tree(t.Context(), render.Template{FS: fsys, Manifest: parse(t, "")}, vars, render.Limits{})
			if tt.want == "" {
				var refused *tree.PathError
				if !errors.As(err, &refused) {
					t.Errorf("got %v, %v", show(got), err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			path, target, _ := strings.Cut(tt.want, " -> ")
			if f, ok := got.Lookup(path); !ok || f.GitMode() != "120000" || string(f.Data) != target {
				t.Errorf("got %v", show(got))
			}
		})
	}
}

// A link is never followed, wherever it is: neither as a directory of the
// template nor as a partial.
func TestLinksOnDiskAreNotFollowed(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.MkdirAll(secret, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(secret, "key.tmpl"), []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, place := range []string{"files", "partials", "files/dir", "partials/dir", "files/key.tmpl", "partials/key.tmpl"} {
		t.Run(place, func(t *testing.T) {
			dir := t.TempDir()
			target := secret
			if strings.HasSuffix(place, ".tmpl") {
				target = filepath.Join(secret, "key.tmpl")
			}
			if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, place)), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink(target, filepath.Join(dir, place)); err != nil {
				t.Skip(err)
			}
			got, err := render.Tree(t.Context(), render.Template{FS: os.DirFS(dir), Manifest: parse(t, "")}, variables(), render.Limits{})
			var refused *tree.PathError
			if !errors.As(err, &refused) {
				t.Errorf("got %v, %v", show(got), err)
			}
		})
	}
}

// The same project comes out whatever the machine and the number of workers.
func TestTreeIsRepeatable(t *testing.T) {
	fsys := files("partials/p.tmpl", `{{ range keys .template }}{{ . }}{{ end }}`)
	for i := range 200 {
		text := `{{ define "x" }}{{ .app }}{{ end }}{{ range $k, $v := .template }}{{ $k }}={{ $v }}{{ end }}{{ include "p" . }}{{ template "x" . }}{{ toJson . }}{{ uniq .apps }}`
		if i%2 == 0 {
			text = text[strings.Index(text, "{{ range"):]
			text = strings.Replace(text, `{{ template "x" . }}`, "", 1)
		}
		fsys[fmt.Sprintf("files/%d/{{ .app }}-%d.tmpl", i%7, i)] = &fstest.MapFile{Data: []byte(text)}
	}
	m := parse(t, "")
	digests := map[string]bool{}
	for i := range 20 {
		before := runtime.GOMAXPROCS(1 + i%4)
		t.Setenv("TZ", []string{"UTC", "Asia/Tokyo", ""}[i%3])
		t.Setenv("LC_ALL", []string{"C", "tr_TR.UTF-8", ""}[i%3])
		got, err := render.Tree(t.Context(), render.Template{FS: fsys, Manifest: m}, variables(), render.Limits{})
		runtime.GOMAXPROCS(before)
		if err != nil {
			t.Fatal(err)
		}
		digests[got.Digest()] = true
	}
	if len(digests) != 1 {
		t.Errorf("%d digests", len(digests))
	}
}

func TestCancelledRunsEndWithTheContextsError(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, cancel)
	fsys := files("files/a.tmpl", `{{ range until 60000 }}{{ range until 60000 }}{{ end }}{{ end }}`)
	_, err := render.Tree(ctx, render.Template{FS: fsys, Manifest: parse(t, "")}, variables(), render.Limits{Ticks: 1 << 60})
	if err != context.Canceled { // itself, not the error of the file that was in hand
		t.Errorf("got %v", err)
	}
}
