package project

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"scaffold/generator/fault"
	"scaffold/generator/internal/record"
)

// fromDirectory is a project of a template in a directory, which has become
// another one since.
func fromDirectory(t *testing.T) (shop, fstest.MapFS) {
	t.Helper()
	dir := t.TempDir()
	write := func(r release) {
		for name, data := range r {
			at := filepath.Join(dir, name)
			must(t, os.MkdirAll(filepath.Dir(at), 0o755))
			must(t, os.WriteFile(at, []byte(data), 0o644))
		}
	}
	v := versions()
	write(v[0])
	s := newShop(t, fstest.MapFS{}, filepath.ToSlash(dir))
	write(v[1])
	s.change(t, "app.txt", func(text string) string { return "mine\n" + text })
	s.commit(t, "mine")
	return s, fstest.MapFS{}
}

// TestTheHistoryIsTheBase has the old template gone: what it gave is in the
// commit with the trailer.
func TestTheHistoryIsTheBase(t *testing.T) {
	s, builtin := fromDirectory(t)
	u := s.apply(t, builtin)
	if n := len(u.Conflicts()); n > 0 {
		t.Errorf("%v", u.Conflicts())
	}
	if got := s.files(t)["app.txt"]; !strings.Contains(got, "mine\n") || !strings.HasSuffix(got, "the last, red\n") {
		t.Errorf("app.txt holds %q", got)
	}
}

// TestTheHistoryIsProven has a commit whose trailer says what its files are not,
// and no other: there is no base, and the update says what was tried.
func TestTheHistoryIsProven(t *testing.T) {
	s, builtin := fromDirectory(t)
	message := git(t, s, "log", "--format=%B", "--reverse")
	git(t, s, "checkout", "-q", "--orphan", "another")
	git(t, s, "commit", "-q", "-m", message)
	s.refused(t, builtin, fault.Source, "cannot be had again")
}

// TestTheTemplateIsProven has a lock with the digest of another file: what the
// template gives today is not what it says.
func TestTheTemplateIsProven(t *testing.T) {
	s := newShop(t, versions()[0].fs(), "web")
	s.change(t, record.LockFile, func(text string) string {
		before, digest, ok := strings.Cut(text, `README.md: {sha256: "`)
		if !ok {
			t.Fatal(text)
		}
		return before + `README.md: {sha256: "` + strings.Repeat("0", 64) + digest[64:]
	})
	s.commit(t, "a digest of somebody's")
	s.refused(t, s.next(t), fault.Source, "cannot be had again")
}

// TestATemplateThatIsAnotherIsNotTheBase has neither.
func TestATemplateThatIsAnotherIsNotTheBase(t *testing.T) {
	s, builtin := fromDirectory(t)
	git(t, s, "checkout", "-q", "--orphan", "another")
	git(t, s, "commit", "-q", "-m", "one")
	s.refused(t, builtin, fault.Source, "cannot be had again")
	p, err := Open(t.Context(), s.dir)
	must(t, err)
	if _, err := s.machine(builtin).Templates.Made(t.Context(), p.Parts[0].Layers); !fault.Is(err, fault.Moved, fault.Source) {
		t.Errorf("%s: %v", fault.KindOf(err), err)
	}
}

// TestAPartialCloneThatCannotFetch lacks the files of the history, and the place
// that it could have them from.
func TestAPartialCloneThatCannotFetch(t *testing.T) {
	s, builtin := fromDirectory(t)
	git(t, s, "config", "uploadpack.allowFilter", "true")
	far := s.dir
	s = s.clone(t, "--filter=blob:none")
	must(t, os.Rename(far, far+"-gone"))
	s.refused(t, builtin, fault.Source, "partial clone")
}

// refused has an update end with an error that has a remedy, and change nothing.
func (s shop) refused(t *testing.T, builtin fstest.MapFS, kind fault.Kind, says string) {
	t.Helper()
	before := s.state(t)
	_, err := s.update(t.Context(), s.machine(builtin), nil)
	if f := fault.Of(err); f == nil || f.Kind != kind || !strings.Contains(f.Message, says) || f.Hint == "" {
		t.Errorf("%s: %v", fault.KindOf(err), err)
	}
	for name, now := range s.state(t) {
		if before[name] != now {
			t.Errorf("%s has changed", name)
		}
	}
}

// TestACommitHasNoConflicts asks for one where there are conflicts: nothing is
// changed.
func TestACommitHasNoConflicts(t *testing.T) {
	s, builtin := edited(t)
	before := s.state(t)
	u, err := s.update(t.Context(), s.machine(builtin), nil)
	must(t, err)
	defer u.Close()
	if _, err := u.Apply(t.Context(), Commit{Wanted: true}); !fault.Is(err, fault.Conflicts) {
		t.Errorf("%v", err)
	}
	for name, now := range s.state(t) {
		if before[name] != now {
			t.Errorf("%s has changed", name)
		}
	}
}

// TestADryRunFindsWhatIsInTheWay holds that a plan is refused for what Apply
// would be refused for.
func TestADryRunFindsWhatIsInTheWay(t *testing.T) {
	s := newShop(t, versions()[0].fs(), "web")
	s.put(t, "new.txt/own", "mine\n")
	s.refused(t, s.next(t), fault.Exists, "new.txt is already there")
}
