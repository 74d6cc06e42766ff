package vcs_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"scaffold/generator/internal/vcs"
)

func TestDetect(t *testing.T) {
	ada := vcs.Identity{Name: "Ada", Email: "ada@example.com"}
	const asAda = "[user]\n\tname = Ada\n\temail = ada@example.com\n"
	tests := map[string]struct {
		config string            // of the person
		extra  map[string]string // more files of theirs
		env    map[string]string
		want   vcs.Settings
	}{
		"a machine that knows nothing": {want: vcs.Settings{Branch: "main"}},
		"the person's settings are taken": {
			config: asAda + "[init]\n\tdefaultBranch = trunk\n[commit]\n\tgpgsign = true\n",
			want:   vcs.Settings{Author: ada, Branch: "trunk", Signing: true},
		},
		"the environment goes before the settings": {
			config: "[user]\n\tname = Bob\n\temail = bob@example.com\n",
			env:    map[string]string{"GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.com"},
			want:   vcs.Settings{Author: ada, Branch: "main"},
		},
		"each half may come from elsewhere": {
			config: "[user]\n\temail = ada@example.com\n",
			env:    map[string]string{"GIT_AUTHOR_NAME": "Ada"},
			want:   vcs.Settings{Author: ada, Branch: "main"},
		},
		"half an identity is none": {
			config: "[user]\n\tname = Ada\n",
			want:   vcs.Settings{Branch: "main"},
		},
		"an author goes before a user": {
			config: "[user]\n\tname = Bob\n\temail = ada@example.com\n[author]\n\tname = Ada\n",
			want:   vcs.Settings{Author: ada, Branch: "main"},
		},
		"a branch that git refuses is main": {
			config: "[init]\n\tdefaultBranch = a..b\n",
			want:   vcs.Settings{Branch: "main"},
		},
		"a switch without a value is on, and off is off": {
			config: "[commit]\n\tgpgsign\n",
			want:   vcs.Settings{Branch: "main", Signing: true},
		},
		"the last value counts": {
			config: "[commit]\n\tgpgsign = true\n\tgpgsign = off\n",
			want:   vcs.Settings{Branch: "main"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			for _, how := range []string{"git", "go-git"} {
				t.Run("read by "+how, func(t *testing.T) {
					getenv := person(t, how == "git", test.config, test.env)
					if diff := cmp.Diff(test.want, vcs.Detect(t.Context(), t.TempDir(), "", getenv)); diff != "" {
						t.Errorf("(-want +got):\n%s", diff)
					}
				})
			}
		})
	}
}

// person sets up a home directory, with or without git on the PATH.
func person(t *testing.T, hasGit bool, config string, env map[string]string) func(string) string {
	t.Helper()
	home := t.TempDir()
	must(t, os.WriteFile(filepath.Join(home, ".gitconfig"), []byte(config), 0o644))
	t.Setenv("HOME", home)
	t.Setenv("XDG_CONFIG_HOME", filepath.Join(home, "none"))
	t.Setenv("GIT_CONFIG_NOSYSTEM", "1")
	for _, key := range []string{"GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_CONFIG_GLOBAL"} {
		t.Setenv(key, env[key])
		if env[key] == "" {
			os.Unsetenv(key)
		}
	}
	if !hasGit {
		t.Setenv("PATH", home)
	}
	return os.Getenv
}

func TestDetectFollowsIncludes(t *testing.T) {
	getenv := person(t, true, "[include]\n\tpath = more\n", nil)
	must(t, os.WriteFile(filepath.Join(os.Getenv("HOME"), "more"), []byte("[user]\n\tname = Ada\n\temail = ada@example.com\n"), 0o644))
	if got := vcs.Detect(t.Context(), t.TempDir(), "", getenv).Author.Name; got != "Ada" {
		t.Errorf("the author is %q", got)
	}
}

func TestDetectNeedsNoHome(t *testing.T) {
	for _, hasGit := range []bool{true, false} {
		getenv := person(t, hasGit, "", nil)
		os.Unsetenv("HOME")
		os.Unsetenv("XDG_CONFIG_HOME")
		if diff := cmp.Diff(vcs.Settings{Branch: "main"}, vcs.Detect(t.Context(), t.TempDir(), "", getenv)); diff != "" {
			t.Errorf("with git %v (-want +got):\n%s", hasGit, diff)
		}
	}
}

func TestDetectWorksForADirectoryThatIsNotThere(t *testing.T) {
	getenv := person(t, true, "[init]\n\tdefaultBranch = trunk\n", nil)
	if got := vcs.Detect(t.Context(), filepath.Join(t.TempDir(), "a/b"), "", getenv).Branch; got != "trunk" {
		t.Errorf("the branch is %q", got)
	}
}

func TestDetectDoesNotWaitForAGitThatHangs(t *testing.T) {
	bin := t.TempDir()
	getenv := person(t, true, "[init]\n\tdefaultBranch = trunk\n", nil)
	must(t, os.WriteFile(filepath.Join(bin, "git"), []byte("#!/bin/sh\nexec /bin/sleep 60\n"), 0o755))
	t.Setenv("PATH", bin)
	if got := vcs.Detect(t.Context(), t.TempDir(), "", getenv).Branch; got != "trunk" {
		t.Errorf("the branch is %q", got)
	}
}

func TestValidBranchAgreesWithGit(t *testing.T) {
	names := []string{
		"main", "feature/x", "a.b", "ü", "HEAD", "@", "a@b", "-a", "a-", "a/-b", "", ".", "..", "a..b", ".a", "a/.b", "a.", "a./b",
		"a.lock", "a.lock/b", "a//b", "/a", "a/", "a b", "a~", "a^", "a:b", "a?", "a*", "a[", `a\b`, "a@{b", "a\x7f", "a\tb", "a\nb",
		"@/a", "a/@", "heads/x", "refs/heads/x", "a}", "a'b", `a"b`, "a\u202eb",
	}
	for _, name := range names {
		agree(t, name)
	}
}

func TestValidBranchNeverAllowsWhatGitRefuses(t *testing.T) {
	name := rapid.StringMatching(`[a.@{/~\-\\ l]{1,4}(\.lock)?`)
	rapid.Check(t, func(r *rapid.T) { agree(t, name.Draw(r, "name")) })
}

// agree compares with git. go-git is stricter with a part that is "@".
func agree(t *testing.T, name string) {
	t.Helper()
	cmd := exec.Command("git", "check-ref-format", "refs/heads/"+name)
	git := cmd.Run() == nil && name != "HEAD" && name[0] != '-'
	ours := vcs.ValidBranch(name)
	if ours && !git {
		t.Errorf("%q is allowed, and git refuses it", name)
	}
	if git && !ours && !slices.Contains(strings.Split(name, "/"), "@") {
		t.Errorf("%q is refused, and git allows it", name)
	}
}

func TestWorkTree(t *testing.T) {
	top := t.TempDir()
	top, err := filepath.EvalSymlinks(top)
	must(t, err)
	repo, linked := filepath.Join(top, "repo"), filepath.Join(top, "linked")
	must(t, os.MkdirAll(filepath.Join(repo, "sub/dir"), 0o755))
	git(t, repo, "init", "-q")
	git(t, repo, "commit", "-q", "--allow-empty", "-m", "x")
	git(t, repo, "worktree", "add", "-q", linked)
	must(t, os.MkdirAll(filepath.Join(top, "decoy/.git"), 0o755))
	must(t, os.Symlink(filepath.Join(repo, "sub"), filepath.Join(top, "shortcut")))
	for name, content := range map[string]string{"notes": "not git's\n", "empty": "", "huge": "gitdir: " + strings.Repeat("x", 5000)} {
		must(t, os.MkdirAll(filepath.Join(top, name), 0o755))
		must(t, os.WriteFile(filepath.Join(top, name, ".git"), []byte(content), 0o644))
	}

	tests := map[string]struct{ dir, root string }{
		"a repository's root":                      {repo, repo},
		"a directory in it":                        {filepath.Join(repo, "sub/dir"), repo},
		"one that is not there yet":                {filepath.Join(repo, "sub/new/shop"), repo},
		"a linked work tree, whose .git is a file": {filepath.Join(linked, "x"), linked},
		"through a link":                           {filepath.Join(top, "shortcut/shop"), repo},
		"an empty .git is no repository":           {filepath.Join(top, "decoy"), ""},
		"a .git file that says nothing of git":     {filepath.Join(top, "notes"), ""},
		"an empty .git file":                       {filepath.Join(top, "empty"), ""},
		"a .git file that is far too large":        {filepath.Join(top, "huge"), ""},
		"nowhere":                                  {top, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			root, inside := vcs.WorkTree(test.dir)
			if root != test.root || inside != (test.root != "") {
				t.Errorf("got %q, %v, want %q", root, inside, test.root)
			}
		})
	}
}
