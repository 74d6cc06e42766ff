package trust_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scaffold/generator"
	"scaffold/generator/manifest"
	"scaffold/generator/trust"
)

func template(layers ...generator.Layer) *generator.Template {
	return &generator.Template{Layers: layers}
}

var (
	base = generator.Layer{Name: "base", Version: "1.0.0", Source: "builtin:base", SHA256: "sha256:b"}
	top  = generator.Layer{Name: "acme", Version: "2.0.0", Source: "git+https://example.com/t#acme", SHA256: "sha256:a"}
)

func TestTrustIsForOneSourceAndContent(t *testing.T) {
	store := open(t, filepath.Join(t.TempDir(), "scaffold", "trust.yaml"))
	if err := store.Add(template(base, top)); err != nil {
		t.Fatal(err)
	}
	with := func(l generator.Layer, change func(*generator.Layer)) generator.Layer { change(&l); return l }
	tests := map[string]struct {
		template *generator.Template
		want     bool
	}{
		"the same is trusted":           {template(base, top), true},
		"another commit's same content": {template(base, with(top, func(l *generator.Layer) { l.Commit = "c0ffee" })), true},
		"another content is not":        {template(base, with(top, func(l *generator.Layer) { l.SHA256 = "sha256:c" })), false},
		"another source is not":         {template(base, with(top, func(l *generator.Layer) { l.Source = "git+https://evil.example/t#acme" })), false},
		"nor another base below it":     {template(with(base, func(l *generator.Layer) { l.SHA256 = "sha256:d" }), top), false},
		"nor one layer of it alone":     {template(top), false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := store.Has(test.template); got != test.want {
				t.Errorf("trusted: %v", got)
			}
		})
	}
}

func open(t *testing.T, file string) *trust.Store {
	t.Helper()
	store, err := trust.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	return store
}

func TestTheStoreIsKeptAndForgotten(t *testing.T) {
	file := filepath.Join(t.TempDir(), "scaffold", "trust.yaml")
	store := open(t, file)
	for range 2 { // twice is once
		if err := store.Add(template(base, top)); err != nil {
			t.Fatal(err)
		}
	}
	if err := store.Add(template(base)); err != nil {
		t.Fatal(err)
	}
	again := open(t, file)
	want := []trust.Entry{trust.EntryFor(template(base, top)), trust.EntryFor(template(base))}
	if diff := cmp.Diff(want, again.Entries()); diff != "" {
		t.Error(diff)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	for what, hits := range map[string]int{"nobody": 0, "sha256:": 0, want[0].SHA256[:12]: 0, want[0].SHA256[:15]: 1, "base": 1} {
		t.Run("remove "+what, func(t *testing.T) {
			removed, err := open(t, file).Remove(what)
			if err != nil || len(removed) != hits {
				t.Errorf("removed %v, %v", removed, err)
			}
		})
	}
	if left := open(t, file).Entries(); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
	if litter, _ := filepath.Glob(filepath.Join(filepath.Dir(file), ".scaffold-*")); len(litter) > 0 {
		t.Error(litter)
	}
}

func TestAStoreThatCannotBeReadTrustsNothing(t *testing.T) {
	tests := map[string]string{
		"unknown key":     "apiVersion: scaffold/trust/v1\neverything: true\n",
		"another version": "apiVersion: scaffold/trust/v9\ntemplates: []\n",
		"no YAML":         "{{{",
	}
	for name, text := range tests {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "trust.yaml")
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			store, err := trust.Open(file)
			var e *trust.StoreError
			if store != nil || !errors.As(err, &e) || e.ExitCode() != 2 || !strings.Contains(e.Hint(), "remove it") {
				t.Fatalf("%v %v", store, err)
			}
			if at, _, _ := e.At(); at != file || strings.Contains(e.Error(), file) {
				t.Errorf("%v, at %q", e, at)
			}
			if hidden := (manifest.Problems)(nil); errors.As(err, &hidden) {
				t.Error("the reason takes the place of the error, and its remedy with it")
			}
		})
	}
}

func TestAStoreThatCannotBeWrittenIsAPlaceToChange(t *testing.T) {
	file := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	err := open(t, filepath.Join(file, "trust.yaml")).Add(template(base)) // below a file
	var e *trust.WriteError
	if !errors.As(err, &e) || e.ExitCode() != 5 || !strings.Contains(e.Error(), "cannot be written") || strings.Contains(e.Hint(), "correct") {
		t.Errorf("%v", err)
	}
}

func TestWithoutAHomeNothingIsTrusted(t *testing.T) {
	store := open(t, "")
	if store.Has(template(base)) || store.Add(template(base)) == nil {
		t.Error("it was trusted")
	}
}
