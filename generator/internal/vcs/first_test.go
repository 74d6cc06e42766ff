package vcs_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scaffold/generator/internal/vcs"
)

// empty makes repositories that wait for their first commit, each on a branch
// of its own kind.
var empty = map[string]func(t *testing.T, top string) (dir, branch string){
	"a clone of an empty repository": func(t *testing.T, top string) (string, string) {
		git(t, top, "init", "-q", "--bare", "-b", "trunk", "remote.git")
		git(t, top, "clone", "-q", "remote.git", "shop")
		return filepath.Join(top, "shop"), "trunk"
	},
	"a new repository on a branch with slashes": func(t *testing.T, top string) (string, string) {
		git(t, top, "init", "-q", "-b", "team/first", "shop")
		return filepath.Join(top, "shop"), "team/first"
	},
	"a repository of SHA-256": func(t *testing.T, top string) (string, string) {
		git(t, top, "init", "-q", "-b", "main", "--object-format=sha256", "shop")
		return filepath.Join(top, "shop"), "main"
	},
	"a linked work tree on a branch of its own": func(t *testing.T, top string) (string, string) {
		git(t, top, "init", "-q", "-b", "main", "home")
		git(t, filepath.Join(top, "home"), "commit", "-q", "--allow-empty", "-m", "x")
		git(t, filepath.Join(top, "home"), "worktree", "add", "-q", "--detach", "../shop")
		git(t, filepath.Join(top, "shop"), "symbolic-ref", "HEAD", "refs/heads/side")
		return filepath.Join(top, "shop"), "side"
	},
	"hooks and settings that are in the way": func(t *testing.T, top string) (string, string) {
		git(t, top, "init", "-q", "-b", "main", "shop")
		dir := filepath.Join(top, "shop")
		for _, hook := range []string{"pre-commit", "commit-msg", "reference-transaction", "post-index-change"} {
			must(t, os.WriteFile(filepath.Join(dir, ".git/hooks", hook), []byte("#!/bin/sh\ntouch ran\nexit 1\n"), 0o755))
		}
		for _, setting := range [][2]string{{"commit.gpgsign", "true"}, {"core.safecrlf", "true"}, {"core.autocrlf", "input"}, {"core.filemode", "false"}, {"i18n.commitencoding", "latin1"}} {
			git(t, dir, "config", setting[0], setting[1])
		}
		return dir, "main"
	},
}

func TestTheFirstCommitOfARepositoryThatIsThere(t *testing.T) {
	for name, start := range empty {
		t.Run(name, func(t *testing.T) {
			dir, branch := start(t, fastDir(t))
			config := git(t, dir, "config", "--list", "--local")
			if got, ok := vcs.Unborn(t.Context(), dir); got != branch || !ok {
				t.Fatalf("waits: %v, on %q, want %q", ok, got, branch)
			}
			all := project(t)
			put(t, dir, all)
			data, err := vcs.NewFirst(all, options()).Data()
			must(t, err)
			id, err := vcs.Make(t.Context(), dir, data)
			must(t, err)
			if _, err := os.Stat(filepath.Join(dir, "ran")); err == nil {
				t.Error("a hook ran")
			}

			if got := git(t, dir, "rev-parse", "HEAD", "refs/heads/"+branch); got != id+"\n"+id {
				t.Errorf("HEAD and %s are %s, want %s", branch, got, id)
			}
			if got := git(t, dir, "status", "--porcelain"); got != "" {
				t.Errorf("git status says:\n%s", got)
			}
			if got := git(t, dir, "ls-tree", "-r", "--name-only", "-z", "HEAD"); len(got) == 0 {
				t.Error("the commit is empty")
			}
			want := "Ada Lovelace <ada@example.com> 1772361000 +0000\n" + options().Message
			if diff := cmp.Diff(want, git(t, dir, "log", "-1", "--format=%an <%ae> %ad%n%B", "--date=raw", "--encoding=UTF-8")); diff != "" {
				t.Errorf("the commit (-want +got):\n%s", diff)
			}
			if got := git(t, dir, "ls-files", "--stage", "bin/run"); got[:6] != "100755" {
				t.Errorf("bin/run is %s", got)
			}
			if diff := cmp.Diff(config, git(t, dir, "config", "--list", "--local")); diff != "" {
				t.Errorf("the settings changed (-before +after):\n%s", diff)
			}

			again, err := vcs.Make(t.Context(), dir, data)
			if again != id || err != nil {
				t.Errorf("made again it is %s, %v", again, err)
			}
			must(t, vcs.Unmake(t.Context(), dir))
			must(t, vcs.Unmake(t.Context(), dir))
			if got, ok := vcs.Unborn(t.Context(), dir); got != branch || !ok {
				t.Errorf("taken back it waits: %v, on %q", ok, got)
			}
		})
	}
}

// The oracle is the commit that [vcs.Create] makes, which is held to git's own.
func TestTheFirstCommitIsTheOneOfANewRepository(t *testing.T) {
	all, there, fresh := project(t), fastDir(t), fastDir(t)
	git(t, there, "init", "-q", "-b", "main")
	put(t, there, all)
	data, err := vcs.NewFirst(all, options()).Data()
	must(t, err)
	got, err := vcs.Make(t.Context(), there, data)
	must(t, err)
	want, err := vcs.Create(t.Context(), at(fresh), put(t, fresh, all), options())
	must(t, err)
	if got != want {
		t.Errorf("the commit is %s, and in a new repository %s", got, want)
	}
}

func TestWithoutAFirstCommitTheFilesAreAdded(t *testing.T) {
	dir := fastDir(t)
	git(t, dir, "init", "-q", "-b", "main")
	all := files(t, map[string]string{"a": "a\n", "run!x": "#!/bin/sh\n"})
	put(t, dir, all)
	o := options()
	o.NoCommit, o.Author = true, vcs.Identity{}
	data, err := vcs.NewFirst(all, o).Data()
	must(t, err)
	id, err := vcs.Make(t.Context(), dir, data)
	must(t, err)
	if got := git(t, dir, "status", "--porcelain"); id != "" || got != "A  a\nA  run" {
		t.Errorf("the commit is %q, and git status says:\n%s", id, got)
	}
}

func TestRepositoriesThatDoNotWait(t *testing.T) {
	tests := map[string]func(t *testing.T, dir string){
		"no repository":                 func(*testing.T, string) {},
		"a .git that is none":           func(t *testing.T, dir string) { must(t, os.Mkdir(filepath.Join(dir, ".git"), 0o755)) },
		"a directory of another's tree": func(t *testing.T, dir string) { git(t, filepath.Dir(dir), "init", "-q") },
		"one with a commit": func(t *testing.T, dir string) {
			git(t, dir, "init", "-q")
			git(t, dir, "commit", "-q", "--allow-empty", "-m", "x")
		},
		"one whose HEAD leads to nothing": func(t *testing.T, dir string) {
			git(t, dir, "init", "-q", "-b", "develop")
			git(t, dir, "commit", "-q", "--allow-empty", "-m", "x")
			git(t, dir, "symbolic-ref", "HEAD", "refs/heads/main")
		},
		"one to which something was added": func(t *testing.T, dir string) {
			git(t, dir, "init", "-q")
			put(t, dir, files(t, map[string]string{"a": "a\n"}))
			git(t, dir, "add", "a")
			must(t, os.Remove(filepath.Join(dir, "a")))
		},
		"a bare one": func(t *testing.T, dir string) { git(t, dir, "init", "-q", "--bare") },
	}
	for name, start := range tests {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(fastDir(t), "shop")
			must(t, os.Mkdir(dir, 0o755))
			start(t, dir)
			if branch, ok := vcs.Unborn(t.Context(), dir); ok {
				t.Errorf("it waits on %q", branch)
			}
		})
	}
}

func TestAJournalOfAStrangerAddsNothingOutside(t *testing.T) {
	for _, data := range []string{`{"paths":["../pwn"]}`, `{"executables":["/etc/passwd"]}`, `{"paths":[".git/config"]}`, `[]`, ``} {
		dir := fastDir(t)
		git(t, dir, "init", "-q")
		if _, err := vcs.Make(t.Context(), dir, []byte(data)); err == nil {
			t.Errorf("%s: no error", data)
		}
		if got := git(t, dir, "ls-files"); got != "" {
			t.Errorf("%s: added %s", data, got)
		}
	}
}
