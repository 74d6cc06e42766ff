package trust_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"scaffold/generator"
	"scaffold/generator/fault"
	"scaffold/generator/manifest"
	"scaffold/generator/trust"
)

func template(layers ...generator.Layer) *generator.Template {
	return &generator.Template{FS: fstest.MapFS{}, Manifest: &manifest.Manifest{}, Layers: layers}
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
	if diff := cmp.Diff(want, again.Entries(), cmpopts.IgnoreFields(trust.Entry{}, "Seen")); diff != "" {
		t.Error(diff)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	for what, hits := range map[string]int{"nobody": 0, "sha256:": 0, want[0].SHA256[:12]: 0, want[0].SHA256[:15]: 1, "base": 1} {
		t.Run("remove "+what, func(t *testing.T) {
			removed, _, err := open(t, file).Remove(t.Context(), what)
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

func TestAPublisherIsTrustedWithItsReleases(t *testing.T) {
	layer := func(source string) generator.Layer {
		return generator.Layer{Name: "x", Version: "1.0.0", Source: source, SHA256: "sha256:x", Commit: "c"}
	}
	signed := func(_ context.Context, l generator.Layer, signers string) error {
		if l.Ref != "by "+signers {
			return errors.New("it is not signed")
		}
		return nil
	}
	const keys = "ada@example.com ssh-ed25519 AAAA"
	repo, folder := trust.Publisher{Source: "git+https://h/r"}, trust.Publisher{Source: "git+https://h/r#a"}
	dir := trust.Publisher{Source: "/srv/t"}
	bySigners := trust.Publisher{Source: "git+https://h/r", Signers: keys}
	good := layer("git+https://h/r#a")
	good.Ref = "by " + keys
	tests := map[string]struct {
		publishers []trust.Publisher
		template   *generator.Template
		want       bool
	}{
		"the repository":                     {[]trust.Publisher{repo}, template(layer("git+https://h/r")), true},
		"a folder of it":                     {[]trust.Publisher{repo}, template(layer("git+https://h/r#a")), true},
		"a folder of a folder":               {[]trust.Publisher{folder}, template(layer("git+https://h/r#a/b")), true},
		"a directory":                        {[]trust.Publisher{dir}, template(layer("/srv/t/web")), true},
		"on a built-in one":                  {[]trust.Publisher{repo}, template(base, layer("git+https://h/r")), true},
		"on another publisher's":             {[]trust.Publisher{repo}, template(layer("git+https://h/other"), layer("git+https://h/r")), false},
		"with both of them":                  {[]trust.Publisher{repo, {Source: "git+https://h/other"}}, template(layer("git+https://h/other"), layer("git+https://h/r")), true},
		"a name that begins alike":           {[]trust.Publisher{repo}, template(layer("git+https://h/rest")), false},
		"a repository below it":              {[]trust.Publisher{repo}, template(layer("git+https://h/r/x")), false},
		"another folder":                     {[]trust.Publisher{folder}, template(layer("git+https://h/r#ab")), false},
		"the repository of a folder":         {[]trust.Publisher{folder}, template(layer("git+https://h/r")), false},
		"a directory that begins alike":      {[]trust.Publisher{dir}, template(layer("/srv/tt")), false},
		"a built-in one alone":               {[]trust.Publisher{repo}, template(base), false},
		"signed":                             {[]trust.Publisher{bySigners}, template(good), true},
		"not signed":                         {[]trust.Publisher{bySigners}, template(layer("git+https://h/r#a")), false},
		"not signed, and no signature asked": {[]trust.Publisher{bySigners, folder}, template(layer("git+https://h/r#a")), true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "trust.yaml")
			for _, store := range []func() *trust.Store{
				func() *trust.Store { // the machine's
					s, err := trust.Open("", tt.publishers...)
					if err != nil {
						t.Fatal(err)
					}
					return s
				},
				func() *trust.Store { // the person's
					for _, p := range tt.publishers {
						if err := open(t, file).AddPublisher(t.Context(), p); err != nil {
							t.Fatal(err)
						}
					}
					return open(t, file)
				},
			} {
				s := store()
				if s.Has(tt.template) {
					t.Error("it is trusted before it was looked at")
				}
				if err := s.Judge(t.Context(), tt.template, signed); err != nil {
					t.Fatal(err)
				}
				if s.Has(tt.template) != tt.want {
					t.Errorf("trusted: %v", !tt.want)
				}
				if all := strings.Join(s.Why(tt.template), "\n"); name == "not signed" && !strings.Contains(all, "it is not signed") {
					t.Errorf("why: %s", all)
				}
			}
		})
	}
}

func TestWhatChangedSinceItWasTrustedIsSaid(t *testing.T) {
	file := filepath.Join(t.TempDir(), "trust.yaml")
	release := func(sum, version, hook string, files map[string]string) *generator.Template {
		l := top
		l.SHA256, l.Version = sum, version
		fsys := fstest.MapFS{}
		for name, text := range files {
			fsys[name] = &fstest.MapFile{Data: []byte(text)}
		}
		m := &manifest.Manifest{Actions: []manifest.Action{{ID: "lock", Run: []string{"npm", hook}}}}
		return &generator.Template{FS: fsys, Manifest: m, Layers: []generator.Layer{l}}
	}
	if err := open(t, file).Add(t.Context(), release("sha256:1", "1.0.0", "install", map[string]string{"a": "1", "gone": "x"})); err != nil {
		t.Fatal(err)
	}
	next := release("sha256:2", "1.1.0", "ci", map[string]string{"a": "2", "new": "y"})
	want := []string{
		"acme 1.0.0 was trusted; since then:", "  - hook lock: npm install", "  + hook lock: npm ci", "  ~ a", "  - gone", "  + new",
	}
	if diff := cmp.Diff(want, open(t, file).Why(next)); diff != "" {
		t.Error(diff)
	}
	if err := open(t, file).Add(t.Context(), next); err != nil {
		t.Fatal(err)
	}
	if why := open(t, file).Why(next); len(why) > 0 {
		t.Error(why)
	}
}

func TestSignersThatAreNoneAreRefused(t *testing.T) {
	for name, text := range map[string]string{"nothing": "\n# nobody\n", "a key without a name": "ssh-ed25519 AAAA\n", "prose": "trust everybody please\n"} {
		err := open(t, filepath.Join(t.TempDir(), "trust.yaml")).AddPublisher(t.Context(), trust.Publisher{Source: "git+https://h/r", Signers: text})
		if !fault.Is(err, fault.Usage) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
