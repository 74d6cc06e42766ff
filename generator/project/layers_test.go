package project

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"scaffold/generator/fault"
	"scaffold/generator/source"
	"scaffold/internal/testenv"
)

// overlay is a team's template on the built-in one, in two versions.
func overlay(version, text string) map[string]string {
	return map[string]string{
		"ours/template.yaml":  "apiVersion: scaffold/v1\nname: ours\ntitle: Ours\ndescription: ours\nversion: " + version + "\nextends: {template: builtin:web, version: ^1.0}\n",
		"ours/files/ours.txt": text,
	}
}

// chained is a project of an overlay's first version, when the overlay and its
// base have each got a second one.
func chained(t *testing.T) (shop, fstest.MapFS) {
	t.Helper()
	repo := t.TempDir()
	testenv.GitCommit(t, repo, overlay("1.0.0", "one\n"), "v1.0.0")
	v := versions()
	s := newShop(t, v[0].fs(), "git+file://"+filepath.ToSlash(repo)+"@v1.0.0#ours")
	testenv.GitCommit(t, repo, overlay("1.1.0", "two\n"), "v1.1.0")
	s.change(t, "app.txt", func(text string) string { return "mine\n" + text })
	s.commit(t, "mine")
	return s, s.next(t)
}

// TestLayersMoveTogetherOrAlone holds which versions of a chain's layers an
// update takes.
func TestLayersMoveTogetherOrAlone(t *testing.T) {
	tests := map[string]struct {
		move source.Move
		want string
	}{
		"all of them":                   {source.Move{}, "web 1.1.0, ours 1.1.0"},
		"the overlay alone":             {source.Move{Layer: "ours"}, "web 1.0.0, ours 1.1.0"},
		"the base alone":                {source.Move{Layer: "web"}, "web 1.1.0, ours 1.0.0"},
		"the base, to what it was":      {source.Move{Layer: "web", To: "1.0.0"}, "web 1.0.0, ours 1.0.0"},
		"all, the overlay to a version": {source.Move{To: "v1.0.0"}, "web 1.1.0, ours 1.0.0"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, builtin := chained(t)
			u, err := s.move(t.Context(), s.machine(builtin), tt.move, nil)
			must(t, err)
			defer u.Close()
			_, err = u.Apply(t.Context(), Commit{Wanted: true})
			must(t, err)
			p, err := Open(t.Context(), s.dir)
			must(t, err)
			var layers []string
			for _, l := range p.Parts[0].Layers {
				layers = append(layers, l.Name+" "+l.Version)
			}
			if diff := cmp.Diff(tt.want, strings.Join(layers, ", ")); diff != "" {
				t.Error(diff)
			}
			got := s.files(t)
			if text := got["ours.txt"]; strings.HasSuffix(text, "two\n") != strings.HasSuffix(tt.want, "1.1.0") {
				t.Errorf("ours.txt is %q", text)
			}
			if text := got["app.txt"]; strings.Contains(text, "the last") != strings.HasPrefix(tt.want, "web 1.1.0") || !strings.Contains(text, "mine\n") {
				t.Errorf("app.txt is %q", text)
			}
			if u, err := s.move(t.Context(), s.machine(builtin), tt.move, nil); err != nil || !u.Current() {
				t.Errorf("the same again: %v, %v", err, u)
			}
		})
	}
}

// TestACheckSpeaksOfEachLayer holds that a base counts as behind where an update
// would take another one, and not where the overlay names its version.
func TestACheckSpeaksOfEachLayer(t *testing.T) {
	s, builtin := chained(t)
	check := func() string {
		t.Helper()
		p, err := Open(t.Context(), s.dir)
		must(t, err)
		found, err := p.Check(t.Context(), s.machine(builtin))
		must(t, err)
		var lines []string
		for _, f := range found {
			lines = append(lines, f.Kind+" "+f.Detail)
		}
		return strings.Join(lines, ", ")
	}
	if diff := cmp.Diff("behind ours v1.0.0 → v1.1.0, behind web 1.0.0 → 1.1.0", check()); diff != "" {
		t.Error(diff)
	}
	u, err := s.move(t.Context(), s.machine(builtin), source.Move{Layer: "ours"}, nil)
	must(t, err)
	defer u.Close()
	_, err = u.Apply(t.Context(), Commit{Wanted: true})
	must(t, err)
	if diff := cmp.Diff("behind web 1.0.0 → 1.1.0", check()); diff != "" {
		t.Error(diff)
	}

	repo := t.TempDir()
	fixed := func(version string) map[string]string {
		return map[string]string{"base/template.yaml": header(version, ""), "base/files/a": version + "\n"}
	}
	testenv.GitCommit(t, repo, fixed("1.0.0"), "v1.0.0")
	dir := filepath.Join(t.TempDir(), "ours")
	must(t, os.MkdirAll(dir, 0o755))
	must(t, os.WriteFile(filepath.Join(dir, "template.yaml"), []byte("apiVersion: scaffold/v1\nname: ours\ntitle: Ours\ndescription: ours\nversion: 1.0.0\nextends: {template: \"git+file://"+filepath.ToSlash(repo)+"@v1.0.0#base\"}\n"), 0o644))
	builtin = fstest.MapFS{}
	s = newShop(t, builtin, filepath.ToSlash(dir))
	testenv.GitCommit(t, repo, fixed("1.1.0"), "v1.1.0")
	if got := check(); got != "" {
		t.Errorf("an overlay that names the version of its base: %s", got)
	}
	_, err = s.move(t.Context(), s.machine(builtin), source.Move{Layer: "web", To: "v1.1.0"}, nil)
	if !fault.Is(err, fault.Usage, fault.Source) || !strings.Contains(err.Error(), "the overlay names v1.0.0") {
		t.Errorf("%s: %v", fault.KindOf(err), err)
	}
}

func TestLayersThatCannotMove(t *testing.T) {
	tests := map[string]struct {
		move source.Move
		kind fault.Kind
		says string
	}{
		"a layer that is none":    {source.Move{Layer: "wob"}, fault.Usage, "--layer wob: the project has no such layer"},
		"a version that is none":  {source.Move{Layer: "web", To: "9.9.9"}, fault.Source, "no web 9.9.9"},
		"a tag that is not there": {source.Move{Layer: "ours", To: "v9.9.9"}, fault.Source, "v9.9.9"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, builtin := chained(t)
			_, err := s.move(t.Context(), s.machine(builtin), tt.move, nil)
			if !fault.Is(err, tt.kind) || !strings.Contains(err.Error(), tt.says) || fault.Of(err).Hint == "" {
				t.Errorf("%s: %v", fault.KindOf(err), err)
			}
		})
	}
}

// TestABaseInARepository moves a base that an overlay names without a version.
func TestABaseInARepository(t *testing.T) {
	repo := t.TempDir()
	base := func(version, text string) map[string]string {
		return map[string]string{"base/template.yaml": header(version, ""), "base/files/base.txt": text}
	}
	testenv.GitCommit(t, repo, base("1.0.0", "one\n"), "v1.0.0")
	at := "git+file://" + filepath.ToSlash(repo)
	dir := filepath.Join(t.TempDir(), "ours")
	must(t, os.MkdirAll(dir, 0o755))
	must(t, os.WriteFile(filepath.Join(dir, "template.yaml"), []byte("apiVersion: scaffold/v1\nname: ours\ntitle: Ours\ndescription: ours\nversion: 1.0.0\nextends: {template: \""+at+"#base\"}\n"), 0o644))
	s := newShop(t, fstest.MapFS{}, filepath.ToSlash(dir))
	testenv.GitCommit(t, repo, base("1.1.0", "two\n"), "v1.1.0")
	testenv.GitCommit(t, repo, base("1.2.0", "three\n"))
	for _, step := range []struct {
		move source.Move
		want string
	}{{source.Move{Layer: "ours"}, "one\n"}, {source.Move{Layer: "web", To: "v1.1.0"}, "two\n"}, {source.Move{}, "three\n"}} {
		u, err := s.move(t.Context(), s.machine(fstest.MapFS{}), step.move, nil)
		must(t, err)
		_, err = u.Apply(t.Context(), Commit{Wanted: true})
		u.Close()
		must(t, err)
		if got := s.files(t)["base.txt"]; !strings.HasSuffix(got, " "+step.want) {
			t.Errorf("%+v gives %q", step.move, got)
		}
	}
	must(t, os.WriteFile(filepath.Join(dir, "README.md"), []byte("another\n"), 0o644))
	_, err := s.move(t.Context(), s.machine(fstest.MapFS{}), source.Move{Layer: "web"}, nil)
	if !fault.Is(err, fault.Source) || !strings.Contains(err.Error(), "cannot stay as it was") {
		t.Errorf("%s: %v", fault.KindOf(err), err)
	}
}
