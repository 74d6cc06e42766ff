package source_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scaffold/generator/fault"
	"scaffold/generator/manifest"
	"scaffold/generator/source"
)

func (w *world) write(files map[string]string) {
	w.t.Helper()
	for name, text := range files {
		path := filepath.Join(w.dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			w.t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			w.t.Fatal(err)
		}
	}
}

func (w *world) list() []string {
	w.t.Helper()
	entries, err := w.catalog().List(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name+" from "+e.Source)
	}
	return names
}

func TestTemplatesOfSourcesJoinTheList(t *testing.T) {
	w := newWorld(t)
	w.write(map[string]string{
		"a/shop/template.yaml":    named("shop"),
		"a/flask/template.yaml":   named("flask"),
		"a/.hidden/template.yaml": named("hidden"),
		"a/README.md":             "no template",
		"b/template.yaml":         named("solo"),
		"c/x/template.yaml":       named("shop"),
	})
	for _, name := range []string{"a", "b"} {
		if _, err := w.catalog().Add(t.Context(), name, "./"+name, ""); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{"flask from builtin", "a/flask from a", "shop from a", "solo from b"}
	if diff := cmp.Diff(want, w.list()); diff != "" {
		t.Fatal(diff)
	}
	if _, err := w.catalog().Add(t.Context(), "c", "./c", ""); err != nil {
		t.Fatal(err)
	}
	want = []string{"flask from builtin", "a/flask from a", "a/shop from a", "c/shop from c", "solo from b"}
	if diff := cmp.Diff(want, w.list()); diff != "" {
		t.Fatal(diff)
	}
	for ref, from := range map[string]string{"flask": "builtin:flask", "a/flask": "/a/flask", "a/shop": "/a/shop", "c/shop": "/c/x", "solo": "/b", "b/solo": "/b", "./c/x": "/c/x"} {
		tpl, err := w.catalog().Load(t.Context(), ref)
		if err != nil {
			t.Fatal(ref, err)
		}
		if !strings.HasSuffix(tpl.Top().Source, from) {
			t.Errorf("%s is from %s", ref, tpl.Top().Source)
		}
	}
	if _, err := w.catalog().Load(t.Context(), "shop"); !fault.Is(err, fault.Usage) {
		t.Fatalf("a name that two share is not guessed: %v", err)
	}
}

func TestABrokenTemplateBreaksNoOther(t *testing.T) {
	w := newWorld(t)
	w.write(map[string]string{
		"a/good/template.yaml":  named("good"),
		"a/bad/template.yaml":   named("bad") + "nonsense: 1\n",
		"a/newer/template.yaml": named("newer") + "requires: {scaffold: '>=99'}\n",
		"b/template.yaml":       named("solo"),
	})
	for _, name := range []string{"a", "b"} {
		if _, err := w.catalog().Add(t.Context(), name, "./"+name, ""); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.RemoveAll(filepath.Join(w.dir, "b")); err != nil {
		t.Fatal(err)
	}
	*w.warnings = nil
	if diff := cmp.Diff([]string{"flask from builtin", "good from a"}, w.list()); diff != "" {
		t.Fatal(diff)
	}
	all := strings.Join(*w.warnings, "\n")
	for _, text := range []string{"a/bad/template.yaml:5:1", `unknown key "nonsense"`, "needs scaffold >=99", "source b"} {
		if !strings.Contains(all, text) {
			t.Errorf("%q is not in:\n%s", text, all)
		}
	}
	// Asked for by name it is an error.
	_, err := w.catalog().Load(t.Context(), "a/bad")
	mustBe(t, err, fault.Template, "nonsense")
	_, err = w.catalog().Load(t.Context(), "a/newer")
	mustBe(t, err, fault.Template, ">=99")
	_, err = w.catalog().Load(t.Context(), "b/solo")
	mustBe(t, err, fault.Source)
}

func TestSourcesAreAddedAndRemoved(t *testing.T) {
	w := newWorld(t)
	w.commit(map[string]string{"template.yaml": tiny}, "v1")
	status, err := w.catalog().Add(t.Context(), "acme", w.file()+"@v1", "")
	if err != nil || status.Ref != "v1" || status.URL != w.file() || status.Lock.Kind != "tag" || !slices.Equal(status.Templates, []string{"tiny"}) {
		t.Fatalf("got %+v, %v", status, err)
	}
	for name, want := range map[string]struct{ name, url, ref string }{
		"a name that is taken":         {"acme", w.file(), ""},
		"a name that is reserved":      {"builtin", w.file(), ""},
		"a name that is a path":        {"../x", w.file(), ""},
		"a ref that is an option":      {"x", w.file(), "--upload-pack=touch"},
		"two refs":                     {"x", w.file() + "@v1", "v2"},
		"a ref for a directory":        {"x", ".", "v1"},
		"an address that is an option": {"x", "--help", ""},
	} {
		_, err := w.catalog().Add(t.Context(), want.name, want.url, want.ref)
		if !fault.Is(err, fault.Usage) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := w.catalog().Add(t.Context(), "x", "./nowhere", ""); !fault.Is(err, fault.Source) {
		t.Error(err)
	}
	if err := os.Mkdir(filepath.Join(w.dir, "empty"), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := w.catalog().Add(t.Context(), "x", "./empty", ""); !fault.Is(err, fault.Source) {
		t.Error(err)
	}
	if _, err := w.catalog().Remove(t.Context(), "acm"); !fault.Is(err, fault.Usage) || !strings.Contains(fault.Of(err).Hint, "acme") {
		t.Error(err)
	}
	if _, err := w.catalog().Remove(t.Context(), "acme"); err != nil {
		t.Fatal(err)
	}
	record, err := os.ReadFile(w.settings.Record)
	if err != nil || strings.Contains(string(record), w.repo) {
		t.Fatalf("%s, %v", record, err)
	}
}

func TestASourceOfTheConfigurationIsNotRewritten(t *testing.T) {
	w := newWorld(t)
	w.commit(map[string]string{"template.yaml": tiny}, "v1")
	w.settings.Sources = []source.Named{{Name: "acme", URL: w.file(), Ref: "v1", Hand: true}}
	if diff := cmp.Diff([]string{"flask from builtin", "tiny from acme"}, w.list()); diff != "" {
		t.Fatal(diff)
	}
	if _, err := w.catalog().Remove(t.Context(), "acme"); !fault.Is(err, fault.Usage) {
		t.Error(err)
	}
	if _, err := w.catalog().Update(t.Context(), "acme", source.UpdateRequest{Ref: "v2"}); !fault.Is(err, fault.Usage) {
		t.Error(err)
	}
	if _, err := w.catalog().Update(t.Context(), "acme", source.UpdateRequest{}); err != nil {
		t.Error(err)
	}
}

func TestUpdateTellsOfNewerVersions(t *testing.T) {
	w := newWorld(t)
	w.commit(map[string]string{"template.yaml": tiny}, "v1.0.0")
	if _, err := w.catalog().Add(t.Context(), "acme", w.file(), "v1.0.0"); err != nil {
		t.Fatal(err)
	}
	w.commit(map[string]string{"files/a": "x"}, "v1.2.0", "v2.0.0-rc.1")
	change, err := w.catalog().Update(t.Context(), "acme", source.UpdateRequest{})
	if err != nil || change.Newer != "v1.2.0" || *change.Was != *change.Lock {
		t.Fatalf("got %+v, %v", change, err)
	}
	change, err = w.catalog().Update(t.Context(), "acme", source.UpdateRequest{Ref: "v1.2.0"})
	if err != nil || change.Newer != "" || change.Ref != "v1.2.0" || change.Was.Commit == change.Lock.Commit {
		t.Fatalf("got %+v, %v", change, err)
	}
	n, err := w.catalog().Named("acme")
	if err != nil || n.Ref != "v1.2.0" {
		t.Fatal(n, err)
	}
	if _, err := w.catalog().Verify(t.Context(), n); err != nil {
		t.Fatal(err)
	}
}

func TestPoliciesComeWithTheirSource(t *testing.T) {
	w := newWorld(t)
	w.write(map[string]string{
		"a/policy.yaml": "apiVersion: scaffold/policy/v1\nboost:\n  - {template: flask, weight: 2, when: '\"team:python\" in signals', text: our runtime}\n",
		"b/policy.yaml": "apiVersion: scaffold/policy/v1\nboost:\n  - {template: flask, weight: 2, text: ours}\n",
	})
	for _, name := range []string{"a", "b"} {
		if _, err := w.catalog().Add(t.Context(), name, "./"+name, ""); err != nil {
			t.Fatal(err)
		}
	}
	w.write(map[string]string{"b/policy.yaml": "apiVersion: scaffold/policy/v1\nboost:\n  - {template: flask, weight: 9999, text: ours}\n"})
	policies, err := w.catalog().Policies(t.Context())
	if err != nil || len(policies) != 1 || policies[0].Source != "a" {
		t.Fatalf("got %+v, %v", policies, err)
	}
	if all := strings.Join(*w.warnings, "\n"); !strings.Contains(all, "b/policy.yaml:3:31: weight 9999") {
		t.Fatal(all)
	}
	_, err = w.catalog().Add(t.Context(), "again", "./b", "")
	var problems manifest.Problems
	if mustBe(t, err, fault.Template); !errors.As(err, &problems) {
		t.Fatal(err)
	}
}

func TestARecordOfAnOlderScaffoldIsRead(t *testing.T) {
	w := newWorld(t)
	w.write(map[string]string{
		"a/template.yaml":     named("shop"),
		"config/sources.yaml": "# Written by `scaffold source`\napiVersion: scaffold/source-record/v1\nsources:\n  a:\n    url: " + w.dir + "/a\n",
	})
	if diff := cmp.Diff([]string{"flask from builtin", "shop from a"}, w.list()); diff != "" {
		t.Fatal(diff)
	}
	if _, err := w.catalog().Add(t.Context(), "b", "./a", ""); err != nil {
		t.Fatal(err)
	}
	if sources, err := w.catalog().Sources(); len(sources) != 2 {
		t.Fatal(sources, err)
	}
}

func TestABrokenRecordIsTheUsersToMend(t *testing.T) {
	w := newWorld(t)
	w.write(map[string]string{"config/sources.yaml": "apiVersion: scaffold/source-record/v1\nsauces: {}\n"})
	_, err := w.catalog().List(t.Context())
	mustBe(t, err, fault.State, "sauces")
}

func TestAPolicyThatNamesNothingIsAnError(t *testing.T) {
	w := newWorld(t)
	w.write(map[string]string{
		"a/shop/template.yaml": named("shop") + "signals: [{id: 'x-acme/use:pay', title: Pay}]\n",
		"a/policy.yaml":        "apiVersion: scaffold/policy/v1\ndeny:\n  - {template: flsk, text: old}\n",
	})
	_, err := w.catalog().Add(t.Context(), "a", "./a", "")
	mustBe(t, err, fault.Template, "flsk")
	if f := fault.Of(err); f.Hint != "did you mean flask?" || f.Place.String() != "a/policy.yaml:3:16" {
		t.Errorf("%+v", f)
	}
	good := "apiVersion: scaffold/policy/v1\nboost:\n  - {template: a/shop, weight: 1, when: '\"x-acme/use:pay\" in signals', text: ours}\ndeny:\n  - {template: 'builtin:flask', text: old}\n"
	w.write(map[string]string{"a/policy.yaml": good})
	if _, err := w.catalog().Add(t.Context(), "a", "./a", ""); err != nil {
		t.Fatal(err)
	}
	w.write(map[string]string{"a/policy.yaml": strings.Replace(good, "use:pay", "use:pya", 1)})
	if policies, err := w.catalog().Policies(t.Context()); err != nil || len(policies) != 0 {
		t.Errorf("it is used: %v, %v", policies, err)
	}
	if all := strings.Join(*w.warnings, "\n"); !strings.Contains(all, "x-acme/use:pya") {
		t.Error(all)
	}
	n, _ := w.catalog().Named("a")
	_, err = w.catalog().Verify(t.Context(), n)
	mustBe(t, err, fault.Template, "x-acme/use:pya")
}
