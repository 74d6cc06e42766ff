package trust_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scaffold/generator"
	"scaffold/generator/fault"
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
	if err := store.Add(t.Context(), template(base, top)); err != nil {
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
		if err := store.Add(t.Context(), template(base, top)); err != nil {
			t.Fatal(err)
		}
	}
	if err := store.Add(t.Context(), template(base)); err != nil {
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
			removed, err := open(t, file).Remove(t.Context(), what)
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
			if f := fault.Of(err); store != nil || f == nil || f.Kind != fault.State || f.Place.File != file || f.Hint == "" {
				t.Fatalf("%v %#v", store, err)
			}
			if err := os.Remove(file); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestAStoreOfAnOlderScaffoldIsRead(t *testing.T) {
	file := filepath.Join(t.TempDir(), "trust.yaml")
	digest := trust.Digest([]generator.Layer{top})
	text := "# The templates whose hooks may run. Written by `scaffold trust`.\napiVersion: scaffold/trust/v1\ntemplates:\n" +
		"- sha256: " + digest + "\n  name: acme\n  version: 2.0.0\n  source: git+https://example.com/t#acme\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if !open(t, file).Has(template(top)) {
		t.Fatal("what it trusted is trusted no longer")
	}
	if err := open(t, file).Add(t.Context(), template(base)); err != nil {
		t.Fatal(err)
	}
	if again := open(t, file); !again.Has(template(top)) || !again.Has(template(base)) {
		t.Error(again.Entries())
	}
}

func TestAStoreThatCannotBeWrittenIsAPlaceToChange(t *testing.T) {
	file := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	err := open(t, filepath.Join(file, "trust.yaml")).Add(t.Context(), template(base)) // below a file
	if f := fault.Of(err); f == nil || f.Kind != fault.State || !strings.Contains(f.Message, "cannot be written") || strings.Contains(f.Hint, "correct") {
		t.Errorf("%v", err)
	}
}

func TestWithoutAHomeNothingIsTrusted(t *testing.T) {
	store := open(t, "")
	if store.Has(template(base)) || store.Add(t.Context(), template(base)) == nil {
		t.Error("it was trusted")
	}
}
