package project

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"scaffold/generator/fault"
	"scaffold/generator/internal/record"
)

// next is the second version, for a project of the first.
func (s shop) next(t testing.TB) fstest.MapFS {
	v := versions()
	return with(t, v[1].fs(), "web", v[0].fs())
}

func (s shop) put(t testing.TB, name, data string) {
	t.Helper()
	at := filepath.Join(s.dir, name)
	must(t, os.MkdirAll(filepath.Dir(at), 0o755))
	must(t, os.WriteFile(at, []byte(data), 0o644))
}

func (s shop) commit(t testing.TB, message string) {
	t.Helper()
	git(t, s, "add", "-A")
	git(t, s, "commit", "-q", "--allow-empty", "-m", message)
}

// TestPlaces updates a project whose owner has edited it in each sort of place
// that people keep one: the edit and the new version are both there, git finds
// nothing wrong, and the update can be taken back.
func TestPlaces(t *testing.T) {
	tests := map[string]func(*testing.T, shop) shop{
		"a repository of its own": func(_ *testing.T, s shop) shop { return s },
		"a clone": func(t *testing.T, s shop) shop {
			return s.clone(t)
		},
		"a shallow clone": func(t *testing.T, s shop) shop {
			return s.clone(t, "--depth=1")
		},
		"a partial clone": func(t *testing.T, s shop) shop {
			git(t, s, "config", "uploadpack.allowFilter", "true")
			return s.clone(t, "--filter=blob:none")
		},
		"a history that was squashed": func(t *testing.T, s shop) shop {
			git(t, s, "checkout", "-q", "--orphan", "squashed")
			git(t, s, "commit", "-q", "-m", "one commit")
			return s
		},
		"a linked work tree": func(t *testing.T, s shop) shop {
			at := filepath.Join(filepath.Dir(s.dir), "linked")
			git(t, s, "worktree", "add", "-q", "-b", "linked", at)
			s.dir = at
			return s
		},
		"a detached head": func(t *testing.T, s shop) shop {
			git(t, s, "checkout", "-q", "--detach")
			return s
		},
		"a folder of a larger repository": func(t *testing.T, s shop) shop {
			top := filepath.Join(filepath.Dir(s.dir), "mono")
			must(t, os.MkdirAll(filepath.Join(top, "services"), 0o755))
			must(t, os.RemoveAll(filepath.Join(s.dir, ".git")))
			at := filepath.Join(top, "services", "a b")
			must(t, os.Rename(s.dir, at))
			s.dir = top
			git(t, s, "init", "-q")
			s.put(t, "other.txt", "other\n")
			s.commit(t, "all of it")
			s.put(t, "other.txt", "changed, and not committed\n")
			s.dir = at
			return s
		},
		"core.autocrlf": func(t *testing.T, s shop) shop {
			git(t, s, "config", "core.autocrlf", "true")
			git(t, s, "rm", "-q", "-r", "--cached", ".")
			git(t, s, "reset", "-q", "--hard")
			return s
		},
		"a merge driver of the owner's": func(t *testing.T, s shop) shop {
			git(t, s, "config", "merge.ours-then-theirs.driver", "git merge-file --union %A %O %B")
			s.put(t, ".gitattributes", "app.txt merge=ours-then-theirs\n")
			s.commit(t, "a driver")
			return s
		},
		"a submodule beside it": func(t *testing.T, s shop) shop {
			lib := shop{dir: filepath.Join(filepath.Dir(s.dir), "lib"), environ: s.environ}
			lib.put(t, "lib.txt", "lib\n")
			git(t, lib, "init", "-q")
			lib.commit(t, "lib")
			git(t, s, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", lib.dir, "vendor/lib")
			s.commit(t, "a submodule")
			s.put(t, "vendor/lib/lib.txt", "changed in the submodule\n")
			return s
		},
	}
	for name, place := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t, versions()[0].fs(), "web")
			s.change(t, "app.txt", func(text string) string { return "mine\n" + text })
			s.commit(t, "mine")
			s = place(t, s)
			before := s.state(t)
			u, err := s.update(t.Context(), s.machine(s.next(t)), nil)
			must(t, err)
			defer u.Close()
			_, err = u.Apply(t.Context(), Commit{})
			must(t, err)
			if n := len(u.Conflicts()); n > 0 {
				t.Errorf("%v", u.Conflicts())
			}
			app, err := os.ReadFile(filepath.Join(s.dir, "app.txt"))
			must(t, err)
			if text := strings.ReplaceAll(string(app), "\r", ""); !strings.HasPrefix(text, "mine\n") || !strings.HasSuffix(text, "the last, red\n") {
				t.Errorf("app.txt holds %q", text)
			}
			if status := git(t, s, "status", "--porcelain", "--ignore-submodules=dirty", "--", "."); strings.Contains("\n"+status, "\n ") || strings.Contains(status, "??") {
				t.Errorf("git status:\n%s", status)
			}
			git(t, s, "fsck", "--strict")
			p, err := Open(t.Context(), s.dir)
			must(t, err)
			_, err = p.Abort(t.Context(), s.machine(s.next(t)))
			must(t, err)
			if diff := cmp.Diff(before, s.state(t)); diff != "" {
				t.Errorf("before and after it was taken back (-before +after):\n%s", diff)
			}
		})
	}
}

// TestWhatStandsForAFolderStays: below a link or a submodule of the owner's git
// can add nothing, so the template's files there are none of the update's; what
// is new is told.
func TestWhatStandsForAFolderStays(t *testing.T) {
	tests := map[string]struct {
		replace func(*testing.T, shop)
		why     string
	}{
		"a link": {func(t *testing.T, s shop) {
			must(t, os.Rename(filepath.Join(s.dir, "dir"), filepath.Join(s.dir, "real")))
			must(t, os.Symlink("real", filepath.Join(s.dir, "dir")))
		}, "dir is a link"},
		"a submodule": {func(t *testing.T, s shop) {
			git(t, s, "rm", "-q", "-r", "dir")
			lib := shop{dir: filepath.Join(filepath.Dir(s.dir), "lib"), environ: s.environ}
			lib.put(t, "deep.txt", "lib\n")
			git(t, lib, "init", "-q")
			lib.commit(t, "lib")
			git(t, s, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", lib.dir, "dir")
		}, "dir is a submodule"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, versions()[0].fs(), "web")
			test.replace(t, s)
			s.commit(t, "mine")
			u := s.apply(t, s.next(t))
			kept := map[string]string{}
			for _, f := range u.Files {
				if f.Kind == Kept {
					kept[f.Path] = f.Why
				}
			}
			want := map[string]string{"dir/deep.txt": "", "dir/moved.txt": test.why + ", and the template has something new below it"}
			if diff := cmp.Diff(want, kept); diff != "" {
				t.Errorf("kept (-want +got):\n%s", diff)
			}
			if status := git(t, s, "status", "--porcelain", "--", "dir", "real"); status != "" {
				t.Errorf("git status:\n%s", status)
			}
			if data, err := os.ReadFile(filepath.Join(s.dir, "new.txt")); string(data) != "new\n" {
				t.Errorf("the rest of the update is not there: %v", err)
			}
		})
	}
}

// clone makes one, in which the owner's name is known.
func (s shop) clone(t testing.TB, args ...string) shop {
	t.Helper()
	at := filepath.Join(filepath.Dir(s.dir), "clone")
	git(t, s, append(append([]string{"clone", "-q"}, args...), "file://"+s.dir, at)...)
	s.dir = at
	return s
}

// TestRefusals has what keeps an update from starting, or from being applied:
// one error of its kind with a remedy, and the project byte for byte as before.
func TestRefusals(t *testing.T) {
	lock := func(old, new string) func(*testing.T, shop) {
		return func(t *testing.T, s shop) {
			s.edit(t, record.LockFile, old, new)
			s.commit(t, "an edit of the lock")
		}
	}
	tests := map[string]struct {
		make func(*testing.T, shop)
		kind fault.Kind
		says string
	}{
		"an edit that is not committed": {func(t *testing.T, s shop) { s.put(t, "README.md", "mine\n") }, fault.Unclean, "not committed"},
		"a staged file":                 {func(t *testing.T, s shop) { s.put(t, "own", "mine\n"); git(t, s, "add", "own") }, fault.Unclean, "not committed"},
		"an edit that git was told not to see": {func(t *testing.T, s shop) {
			git(t, s, "update-index", "--skip-worktree", "app.txt")
			s.put(t, "app.txt", "mine\n")
		}, fault.Unclean, "told not to look at"},
		"an edit that git takes for none": {func(t *testing.T, s shop) {
			git(t, s, "update-index", "--assume-unchanged", "app.txt")
			s.put(t, "app.txt", "mine\n")
		}, fault.Unclean, "told not to look at"},
		"a deletion that git was told not to see": {func(t *testing.T, s shop) {
			git(t, s, "update-index", "--skip-worktree", "app.txt")
			must(t, os.Remove(filepath.Join(s.dir, "app.txt")))
		}, fault.Unclean, "told not to look at"},
		"an index that another git holds": {func(t *testing.T, s shop) { s.put(t, ".git/index.lock", "") }, fault.Busy, "index.lock"},
		"stages that are not resolved": {func(t *testing.T, s shop) {
			s.diverge(t)
			s.fails(t, "merge", "other")
			must(t, os.Remove(filepath.Join(s.dir, ".git", "MERGE_HEAD")))
		}, fault.Unclean, "conflicts that are not resolved"},
		"markers of an update, committed": {func(t *testing.T, s shop) {
			s.put(t, "app.txt", "<<<<<<< yours\nmine\n||||||| web 1.0.0\nport 8000\n=======\ntheirs\n>>>>>>> web 1.1.0\n")
			s.commit(t, "settled, or not")
		}, fault.Unclean, "app.txt"},
		"a merge":             {func(t *testing.T, s shop) { s.diverge(t); s.fails(t, "merge", "other") }, fault.Git, "a merge is in progress"},
		"a rebase":            {func(t *testing.T, s shop) { s.diverge(t); s.fails(t, "rebase", "other") }, fault.Git, "a rebase is in progress"},
		"a rebase by patches": {func(t *testing.T, s shop) { s.diverge(t); s.fails(t, "rebase", "--apply", "other") }, fault.Git, "a rebase is in progress"},
		"a cherry-pick":       {func(t *testing.T, s shop) { s.diverge(t); s.fails(t, "cherry-pick", "other") }, fault.Git, "a cherry-pick is in progress"},
		"a revert":            {func(t *testing.T, s shop) { s.diverge(t); s.fails(t, "revert", "HEAD~1") }, fault.Git, "a revert is in progress"},
		"a bisect":            {func(t *testing.T, s shop) { git(t, s, "bisect", "start") }, fault.Git, "a bisect is in progress"},
		"a directory where the template adds a file": {func(t *testing.T, s shop) { s.put(t, "new.txt/own", "mine\n") }, fault.Exists, "new.txt is already there"},
		"a file where the template adds a directory": {func(t *testing.T, s shop) {
			git(t, s, "rm", "-q", "-r", "dir")
			s.commit(t, "without it")
			s.put(t, "dir", "mine\n")
		}, fault.Exists, "dir is already there"},
		"a lock that leads outside":      {lock("README.md:", "../README.md:"), fault.Destination, "lock.yaml cannot be read"},
		"a lock with a part outside":     {lock(`path: "."`, `path: "../other"`), fault.Destination, "lock.yaml cannot be read"},
		"a lock of a newer scaffold":     {lock("scaffold/lock/v1", "scaffold/lock/v9"), fault.Destination, `is of version "scaffold/lock/v9"`},
		"a file of a layer that is none": {lock("layer: web", "layer: other"), fault.Destination, "which is no layer"},
		"a layer that nobody knows":      {lock("builtin:web", "builtin:wob"), fault.Destination, "builtin:wob"},
		"a digest of somebody's":         {lock(`README.md: {sha256: "`, `README.md: {sha256: "00`), fault.Destination, "the sha256 of README.md is none"},
		"a lock that is no YAML":         {lock("parts:", "parts: ["), fault.Destination, "lock.yaml cannot be read"},
		"answers that cannot be": {func(t *testing.T, s shop) {
			s.edit(t, record.AnswersFile, "port: 8000", "port: many")
		}, fault.Answer, "port"},
		"answers that hold another part": {func(t *testing.T, s shop) {
			s.edit(t, record.AnswersFile, `path: "."`, "path: api")
		}, fault.Destination, "the same parts"},
		"answers of another template": {func(t *testing.T, s shop) {
			s.change(t, record.AnswersFile, func(text string) string { return strings.Replace(text, "builtin:web", "builtin:other", 1) })
		}, fault.Destination, "another template"},
		"no repository": {func(t *testing.T, s shop) { must(t, os.RemoveAll(filepath.Join(s.dir, ".git"))) }, fault.Git, "not in a git repository"},
		"a repository without a commit": {func(t *testing.T, s shop) {
			must(t, os.RemoveAll(filepath.Join(s.dir, ".git")))
			git(t, s, "init", "-q")
		}, fault.Git, "no commit"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t, versions()[0].fs(), "web")
			tt.make(t, s)
			before, index := s.files(t), s.index()
			u, err := s.update(t.Context(), s.machine(s.next(t)), nil)
			if err == nil {
				_, err = u.Apply(t.Context(), Commit{})
				u.Close()
			}
			switch f := fault.Of(err); {
			case f == nil:
				t.Fatalf("%v", err)
			case f.Kind != tt.kind || !strings.Contains(strings.Join(append(f.Lines, f.Error()), "\n"), tt.says):
				t.Errorf("%s: %v", f.Kind, err)
			case f.Hint == "":
				t.Errorf("it does not say what to do: %v", err)
			}
			if diff := cmp.Diff(before, s.files(t)); diff != "" {
				t.Errorf("before and after (-before +after):\n%s", diff)
			}
			if s.index() != index {
				t.Error("git's index is another one")
			}
		})
	}
}

// index is git's, byte for byte; "" where there is none.
func (s shop) index() string {
	data, _ := os.ReadFile(filepath.Join(s.dir, ".git", "index"))
	return string(data)
}

// edit puts one text in the place of another that is there.
func (s shop) edit(t testing.TB, name, old, new string) {
	t.Helper()
	s.change(t, name, func(text string) string {
		if !strings.Contains(text, old) {
			t.Fatalf("%s does not hold %q:\n%s", name, old, text)
		}
		return strings.Replace(text, old, new, 1)
	})
}

// diverge gives the project two branches that change the same line.
func (s shop) diverge(t testing.TB) {
	t.Helper()
	git(t, s, "branch", "other")
	s.put(t, "README.md", "one\n")
	s.commit(t, "one")
	s.put(t, "README.md", "one more\n")
	s.commit(t, "one more")
	git(t, s, "checkout", "-q", "other")
	s.put(t, "README.md", "two\n")
	s.commit(t, "two")
	git(t, s, "checkout", "-q", "-")
}

// fails runs a git that is to stop halfway.
func (s shop) fails(t testing.TB, args ...string) {
	t.Helper()
	if out, err := s.git(args...); err == nil {
		t.Fatalf("git %v did not stop:\n%s", args, out)
	}
}

// TestFilesAndDirectoriesChangePlaces has the template make a directory of a
// file, and a file of a directory.
func TestFilesAndDirectoriesChangePlaces(t *testing.T) {
	file := release{"template.yaml": header("1.0.0", ""), "files/a": "a\n", "files/b/c": lines(1, 9), "files/k": "k\n"}
	dir := release{"template.yaml": header("1.1.0", ""), "files/a/x": "x\n", "files/b": "b\n", "files/k": "k\n"}
	s := newShop(t, file.fs(), "web")
	before := s.state(t)
	u, err := s.update(t.Context(), s.machine(with(t, dir.fs(), "web", file.fs())), nil)
	must(t, err)
	defer u.Close()
	_, err = u.Apply(t.Context(), Commit{})
	must(t, err)
	if n := len(u.Conflicts()); n > 0 {
		t.Errorf("%v", u.Conflicts())
	}
	got := s.files(t)
	if !strings.HasSuffix(got["a/x"], " x\n") || !strings.HasSuffix(got["b"], " b\n") {
		t.Errorf("%v", got)
	}
	git(t, s, "fsck", "--strict")
	if status := git(t, s, "status", "--porcelain"); strings.Contains("\n"+status, "\n ") || strings.Contains(status, "??") {
		t.Errorf("git status:\n%s", status)
	}
	p, err := Open(t.Context(), s.dir)
	must(t, err)
	_, err = p.Abort(t.Context(), s.machine(dir.fs()))
	must(t, err)
	if diff := cmp.Diff(before, s.state(t)); diff != "" {
		t.Errorf("before and after it was taken back (-before +after):\n%s", diff)
	}
}
