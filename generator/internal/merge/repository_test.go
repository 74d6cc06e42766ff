package merge_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"scaffold/generator/fault"
	"scaffold/generator/internal/merge"
	"scaffold/generator/internal/repo"
)

// TestRepositories has one merge in each sort of repository that people keep.
func TestRepositories(t *testing.T) {
	merged := "mine\n" + long + "theirs\n"
	tests := map[string]func(*testing.T) (*world, map[string]string){
		"in a folder of a larger repository": func(t *testing.T) (*world, map[string]string) {
			w := newWorld(t, nil)
			w.dir = filepath.Join(w.top, "services", "a b:c")
			w.put(t, "a", "mine\n"+long)
			w.put(t, "../../other", "x\n")
			w.commit(t)
			w.put(t, "../../other", "not committed\n")
			return w, map[string]string{"a": merged}
		},
		"in a linked work tree": func(t *testing.T) (*world, map[string]string) {
			w := newWorld(t, nil)
			linked := filepath.Join(t.TempDir(), "linked")
			w.git(t, "worktree", "add", "-q", linked)
			w.top, w.dir = linked, linked
			w.put(t, "a", "mine\n"+long)
			w.commit(t)
			return w, map[string]string{"a": merged}
		},
		"in a repository with names of SHA-256": func(t *testing.T) (*world, map[string]string) {
			w := newWorld(t, nil)
			w.remove(t, ".git")
			w.git(t, "init", "-q", "--object-format=sha256")
			w.git(t, "config", "user.name", "Ada")
			w.git(t, "config", "user.email", "ada@example.com")
			w.put(t, "a", "mine\n"+long)
			w.commit(t)
			return w, map[string]string{"a": merged}
		},
		"with core.autocrlf": func(t *testing.T) (*world, map[string]string) {
			w := newWorld(t, nil)
			w.git(t, "config", "core.autocrlf", "true")
			w.put(t, "a", strings.ReplaceAll("mine\n"+long, "\n", "\r\n"))
			w.commit(t)
			return w, map[string]string{"a": strings.ReplaceAll(merged, "\n", "\r\n")}
		},
		"with the owner's own end of lines": func(t *testing.T) (*world, map[string]string) {
			w := newWorld(t, nil)
			w.put(t, ".gitattributes", "* text eol=crlf\n")
			w.put(t, "a", strings.ReplaceAll("mine\n"+long, "\n", "\r\n"))
			w.commit(t)
			return w, map[string]string{"a": strings.ReplaceAll(merged, "\n", "\r\n"), ".gitattributes": "* text eol=crlf\n"}
		},
		"with a merge driver of the owner's": func(t *testing.T) (*world, map[string]string) {
			w := newWorld(t, nil)
			w.git(t, "config", "merge.both.driver", "echo driven >> %A")
			w.put(t, ".gitattributes", "a merge=both\n")
			w.put(t, "a", "mine\n"+long)
			w.commit(t)
			return w, map[string]string{"a": "mine\n" + long + "driven\n", ".gitattributes": "a merge=both\n"}
		},
		"with a detached head": func(t *testing.T) (*world, map[string]string) {
			w := newWorld(t, nil)
			w.put(t, "a", "mine\n"+long)
			w.commit(t)
			w.git(t, "checkout", "-q", "--detach")
			return w, map[string]string{"a": merged}
		},
		"in a shallow clone": func(t *testing.T) (*world, map[string]string) {
			w := newWorld(t, nil)
			w.put(t, "a", "mine\n"+long)
			w.commit(t)
			clone := filepath.Join(t.TempDir(), "clone")
			w.git(t, "clone", "-q", "--depth=1", "file://"+w.top, clone)
			w.top, w.dir = clone, clone
			return w, map[string]string{"a": merged}
		},
		"in a partial clone": func(t *testing.T) (*world, map[string]string) {
			w := newWorld(t, nil)
			w.git(t, "config", "uploadpack.allowFilter", "true")
			w.put(t, "a", "mine\n"+long)
			w.commit(t)
			clone := filepath.Join(t.TempDir(), "clone")
			w.git(t, "clone", "-q", "--filter=blob:none", "file://"+w.top, clone)
			w.top, w.dir = clone, clone
			return w, map[string]string{"a": merged}
		},
		"with a submodule beside it": func(t *testing.T) (*world, map[string]string) {
			w := newWorld(t, nil)
			other := newWorld(t, map[string]string{"lib": "x\n"})
			w.git(t, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", other.top, "lib")
			w.put(t, "a", "mine\n"+long)
			w.commit(t)
			modules, err := os.ReadFile(filepath.Join(w.dir, ".gitmodules"))
			if err != nil {
				t.Fatal(err)
			}
			return w, map[string]string{"a": merged, ".gitmodules": string(modules), "lib/lib": "x\n"}
		},
	}
	for name, make := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, want := make(t)
			w.base, w.theirs = map[string]string{"a": long}, map[string]string{"a": long + "theirs\n"}
			got := w.merge(t)
			if diff := cmp.Diff(want, w.there(t)); diff != "" {
				t.Errorf("work tree (-want +got):\n%s", diff)
			}
			if got["a"].Kind != merge.Merged {
				t.Errorf("a is %s: %s", got["a"].Kind, got["a"].Why)
			}
			if status := w.git(t, "status", "--porcelain", "--untracked-files=no", "--", filepath.Join(w.dir, "a")); !strings.HasPrefix(status, "M  ") {
				t.Errorf("git says %q", status)
			}
			w.git(t, "fsck", "--strict")
		})
	}
}

// TestALossIsAConflict has git lose what the owner added, by a driver of the
// owner's that takes the template's side: the path becomes a conflict, and the
// owner's file stays.
func TestALossIsAConflict(t *testing.T) {
	w := newWorld(t, map[string]string{"a": long})
	w.git(t, "config", "merge.lossy.driver", "cp %B %A")
	w.put(t, ".gitattributes", "a merge=lossy\n")
	w.put(t, "a", "mine\n"+long)
	w.commit(t)
	w.theirs = map[string]string{"a": long + "theirs\n"}
	got := w.merge(t)
	if got["a"].Kind != merge.Conflict || got["a"].Why != "a merge would lose lines that you added" {
		t.Errorf("a is %s: %s", got["a"].Kind, got["a"].Why)
	}
	if text := w.there(t)["a"]; text != "mine\n"+long {
		t.Errorf("a holds %q", text)
	}
	if stages := w.git(t, "ls-files", "-u"); strings.Count(stages, "\ta\n") != 3 {
		t.Errorf("git knows of the stages %q", stages)
	}
}

// TestCRLFThatIsCommitted holds that a file of CRLF lines in the repository is
// no conflict where the machine would convert new ones.
func TestCRLFThatIsCommitted(t *testing.T) {
	crlf := strings.ReplaceAll(long, "\n", "\r\n")
	w := newWorld(t, map[string]string{"run.bat": crlf})
	w.git(t, "config", "core.autocrlf", "true")
	w.put(t, "run.bat", "mine\r\n"+crlf)
	w.git(t, "-c", "core.autocrlf=false", "add", ".")
	w.git(t, "commit", "-q", "-m", "an edit")
	w.theirs = map[string]string{"run.bat": crlf + "theirs\r\n"}
	got := w.merge(t)
	if got["run.bat"].Kind != merge.Merged {
		t.Errorf("run.bat is %s: %s", got["run.bat"].Kind, got["run.bat"].Why)
	}
	if want := "mine\r\n" + crlf + "theirs\r\n"; w.there(t)["run.bat"] != want {
		t.Errorf("run.bat holds %q", w.there(t)["run.bat"])
	}
}

// TestNotReady names what keeps an update from starting. Nothing changes.
func TestNotReady(t *testing.T) {
	tests := map[string]struct {
		make func(*testing.T, *world)
		kind fault.Kind
		says string
	}{
		"no repository": {func(t *testing.T, w *world) { w.remove(t, ".git") }, fault.Git, "not in a git repository"},
		"no commit":     {func(t *testing.T, w *world) { w.remove(t, ".git"); w.git(t, "init", "-q") }, fault.Git, "no commit"},
		"a merge in progress": {func(t *testing.T, w *world) {
			w.git(t, "branch", "other")
			w.put(t, "a", "x\n")
			w.commit(t)
			w.git(t, "checkout", "-q", "other")
			w.put(t, "b", "x\n")
			w.commit(t)
			w.git(t, "merge", "-q", "--no-commit", "main")
		}, fault.Git, "a merge is in progress"},
		"a sparse checkout": {func(t *testing.T, w *world) { w.git(t, "sparse-checkout", "set", "nothing") }, fault.Git, "sparse"},
		"an old git":        {func(t *testing.T, w *world) { w.fakeGit(t, "git version 2.37.9") }, fault.Git, "git 2.37 is too old: an update needs git 2.38"},
		"no git":            {func(t *testing.T, w *world) { w.environ = append(w.environ, "PATH=/nowhere") }, fault.Git, "git is not on the PATH"},
		"an edit":           {func(t *testing.T, w *world) { w.put(t, "a", "edited\n") }, fault.Unclean, "not committed"},
		"a staged file":     {func(t *testing.T, w *world) { w.put(t, "n", "x\n"); w.git(t, "add", "n") }, fault.Unclean, "not committed"},
		"a deleted file":    {func(t *testing.T, w *world) { w.remove(t, "a") }, fault.Unclean, "not committed"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, map[string]string{"a": long})
			tt.make(t, w)
			before := w.there(t)
			r, err := repo.Open(context.Background(), w.dir, w.environ)
			if err == nil {
				err = r.Clean(context.Background(), ".scaffold/answers.yaml")
			}
			if fault.KindOf(err) != tt.kind || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %s: %v", fault.KindOf(err), err)
			}
			if f := fault.Of(err); f != nil && f.Hint == "" {
				t.Error("it does not say what to do")
			}
			if diff := cmp.Diff(before, w.there(t)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// fakeGit puts a program first on the PATH that only says a version.
func (w *world) fakeGit(t *testing.T, version string) {
	bin := t.TempDir()
	if err := os.WriteFile(filepath.Join(bin, "git"), []byte("#!/bin/sh\necho "+version+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	w.environ = append(w.environ, "PATH="+bin+string(filepath.ListSeparator)+os.Getenv("PATH"))
}

// TestNothingOfTheRepositoryChanges holds that a merge alone writes nothing.
func TestNothingOfTheRepositoryChanges(t *testing.T) {
	w := newWorld(t, map[string]string{"a": long})
	w.put(t, "a", "mine\n"+long)
	w.commit(t)
	before := w.git(t, "count-objects", "-v") + w.git(t, "status", "--porcelain=v2", "--branch")
	ctx := context.Background()
	r, err := repo.Open(ctx, w.dir, w.environ)
	if err != nil {
		t.Fatal(err)
	}
	got, err := merge.Trees(ctx, merge.Input{Repo: r, Base: files(w.base), Theirs: files(map[string]string{"a": long + "theirs\n"})})
	if err != nil {
		t.Fatal(err)
	}
	got.Close()
	if after := w.git(t, "count-objects", "-v") + w.git(t, "status", "--porcelain=v2", "--branch"); after != before {
		t.Errorf("before:\n%s\nafter:\n%s", before, after)
	}
}

// TestScratchesOfKilledRunsGo holds that what is a day old is nobody's.
func TestScratchesOfKilledRunsGo(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	yesterday := time.Now().Add(-25 * time.Hour)
	for name, is := range map[string]time.Time{"scaffold-merge-old": yesterday, "scaffold-merge-new": time.Now(), "other": yesterday} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(filepath.Join(dir, name), is, is); err != nil {
			t.Fatal(err)
		}
	}
	w := &world{top: t.TempDir(), environ: os.Environ()}
	w.dir = w.top
	w.git(t, "init", "-q")
	w.git(t, "-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-q", "--allow-empty", "-m", "one")
	r, err := repo.Open(t.Context(), w.dir, w.environ)
	if err != nil {
		t.Fatal(err)
	}
	s, err := r.Scratch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	left, err := filepath.Glob(filepath.Join(dir, "*e*-*"))
	if err != nil || len(left) != 1 || filepath.Base(left[0]) != "scaffold-merge-new" {
		t.Errorf("%v %v", left, err)
	}
}
