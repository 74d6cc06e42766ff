package vcs_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/afero"
	"pgregory.net/rapid"

	"scaffold/generator/fault"
	"scaffold/generator/internal/tree"
	"scaffold/generator/internal/vcs"
)

var someday = time.Date(2026, 3, 1, 12, 0, 0, 0, time.FixedZone("", 5400))

func options() vcs.Options {
	return vcs.Options{
		Branch:  "main",
		Author:  vcs.Identity{Name: "Ada Lovelace", Email: "ada@example.com"},
		When:    someday,
		Message: "Start shop\n\nScaffold-Template: django@1.0.0",
	}
}

// A project that has something of everything: names that sort unlike their
// directories, an executable, links, an empty file, twins, bytes that are no
// text, one large file.
func project(t testing.TB) []tree.File {
	large := make([]byte, 3<<20)
	rnd := rand.New(rand.NewPCG(1, 2))
	for i := range large {
		large[i] = byte(rnd.Uint32())
	}
	return files(t, map[string]string{
		"README.md":                  "# Shop\n",
		".gitignore":                 "*.log\nignored.txt\n",
		"ignored.txt":                "rendered, so it is added all the same\n",
		"a/b/c/d.txt":                "deep\n",
		"a-b/x":                      "sorts before a/\n",
		"a.txt":                      "sorts before a/ as well\n",
		"a0":                         "sorts after a/\n",
		"bin/run!x":                  "#!/bin/sh\n",
		"copy/of/README.md":          "# Shop\n",
		"empty":                      "",
		"crlf.txt":                   "one\r\ntwo\r\n",
		"binary":                     "\x00\xff\xfe",
		"large":                      string(large),
		"link@":                      "a/b/c/d.txt",
		"a/up@":                      "../README.md",
		"naïve/ключ.txt":             "names beyond ASCII\n",
		"long/" + nameOf(250) + ".x": "long name\n",
	})
}

func nameOf(n int) string { return strings.Repeat("n", n) }

// files makes a tree of contents by path; a path that ends in !x is
// executable, one in @ a link.
func files(t testing.TB, contents map[string]string) []tree.File {
	t.Helper()
	var all []tree.File
	for path, data := range contents {
		mode := fs.FileMode(0o644)
		if p, ok := strings.CutSuffix(path, "!x"); ok {
			path, mode = p, 0o755
		}
		if p, ok := strings.CutSuffix(path, "@"); ok {
			path, mode = p, fs.ModeSymlink
		}
		rel, err := tree.SafeRel(path)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, tree.File{Path: rel, Mode: mode, Data: []byte(data)})
	}
	sorted, err := tree.New(all...)
	if err != nil {
		t.Fatal(err)
	}
	return sorted.Files()
}

// put writes files below dir.
func put(t testing.TB, dir string, files []tree.File) []tree.Written {
	t.Helper()
	written := make([]tree.Written, len(files))
	for i, f := range files {
		path := filepath.Join(dir, f.Path.String())
		must(t, os.MkdirAll(filepath.Dir(path), 0o755))
		if f.Mode&fs.ModeSymlink != 0 {
			must(t, os.Symlink(string(f.Data), path))
		} else {
			must(t, os.WriteFile(path, f.Data, f.Mode))
		}
		info, err := os.Lstat(path)
		must(t, err)
		written[i] = tree.Written{File: f, Stamp: tree.StampOf(info)}
	}
	return written
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// fastDir is a directory in memory, where the system has such a place.
func fastDir(t testing.TB) string {
	t.Helper()
	parent := ""
	if info, err := os.Stat("/dev/shm"); err == nil && info.IsDir() {
		parent = "/dev/shm"
	}
	dir, err := os.MkdirTemp(parent, "scaffold-vcs-")
	must(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func at(dir string) afero.Fs { return afero.NewBasePathFs(afero.NewOsFs(), dir) }

// git runs the real one, without the machine's settings.
func git(t testing.TB, dir string, args ...string) string {
	t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1", "LC_ALL=C",
		"GIT_AUTHOR_NAME=Ada Lovelace", "GIT_AUTHOR_EMAIL=ada@example.com", "GIT_AUTHOR_DATE=1772361000 +0000",
		"GIT_COMMITTER_NAME=Ada Lovelace", "GIT_COMMITTER_EMAIL=ada@example.com", "GIT_COMMITTER_DATE=1772361000 +0000")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("git %s: %v\n%s%s", strings.Join(args, " "), err, out, stderr.Bytes())
	}
	return strings.TrimSpace(string(out) + stderr.String())
}

// realGit commits what is in dir with the real git, and gives the commit.
func realGit(t testing.TB, dir string) string {
	t.Helper()
	git(t, dir, "init", "-q", "-b", "main")
	git(t, dir, "add", "-A", "-f")
	git(t, dir, "commit", "-q", "--cleanup=verbatim", "-m", options().Message+"\n")
	return git(t, dir, "rev-parse", "HEAD")
}

func TestTheRepositoryIsTheOneThatGitWouldMake(t *testing.T) {
	ours, theirs := fastDir(t), fastDir(t)
	all := project(t)
	id, err := vcs.Create(t.Context(), at(ours), put(t, ours, all), options())
	must(t, err)
	put(t, theirs, all)

	if want := realGit(t, theirs); id != want {
		t.Errorf("the commit is %s, and git's %s", id, want)
	}
	for _, args := range [][]string{
		{"ls-tree", "-r", "-t", "HEAD"},
		{"ls-files", "--stage"},
		{"rev-parse", "--abbrev-ref", "HEAD"},
		{"cat-file", "commit", "HEAD"},
		{"config", "--list", "--local"},
	} {
		if diff := cmp.Diff(git(t, theirs, args...), git(t, ours, args...)); diff != "" {
			t.Errorf("git %s (-git +ours):\n%s", strings.Join(args, " "), diff)
		}
	}
	sound(t, ours)
}

// sound has git check a repository in every way that it knows.
func sound(t *testing.T, dir string) {
	t.Helper()
	if out := git(t, dir, "status", "--porcelain"); out != "" {
		t.Errorf("git status says:\n%s", out)
	}
	if out := git(t, dir, "fsck", "--strict", "--full", "--no-dangling"); out != "" {
		t.Errorf("git fsck says:\n%s", out)
	}
	packs, err := filepath.Glob(filepath.Join(dir, ".git/objects/pack/*.idx"))
	must(t, err)
	for _, idx := range packs {
		git(t, dir, "verify-pack", idx)
		theirs := filepath.Join(t.TempDir(), "theirs.idx")
		git(t, dir, "index-pack", "-o", theirs, strings.TrimSuffix(idx, "idx")+"pack")
		want, err := os.ReadFile(theirs)
		must(t, err)
		got, err := os.ReadFile(idx)
		must(t, err)
		if !bytes.Equal(got, want) {
			t.Error("the pack's index is not the one that git makes of it")
		}
	}
	git(t, dir, "checkout-index", "--all", "--force")
	if out := git(t, dir, "status", "--porcelain"); out != "" {
		t.Errorf("after writing all files anew, git status says:\n%s", out)
	}
}

func TestTheIndexSaysWhatTheDiskSays(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("other systems get zeros, which are correct")
	}
	dir := t.TempDir()
	_, err := vcs.Create(t.Context(), at(dir), put(t, dir, project(t)), options())
	must(t, err)
	before := git(t, dir, "ls-files", "--debug")
	time.Sleep(20 * time.Millisecond)
	git(t, dir, "update-index", "--really-refresh")
	if diff := cmp.Diff(before, git(t, dir, "ls-files", "--debug")); diff != "" {
		t.Errorf("git had to refresh (-ours +git):\n%s", diff)
	}
}

func TestTheIndexHoldsTheTrees(t *testing.T) {
	dir := t.TempDir()
	_, err := vcs.Create(t.Context(), at(dir), put(t, dir, project(t)), options())
	must(t, err)
	must(t, os.RemoveAll(filepath.Join(dir, ".git/objects"))) // write-tree has to do without
	must(t, os.Mkdir(filepath.Join(dir, ".git/objects"), 0o755))
	got := git(t, dir, "write-tree", "--missing-ok")
	theirs := t.TempDir()
	put(t, theirs, project(t))
	realGit(t, theirs)
	if want := git(t, theirs, "rev-parse", "HEAD^{tree}"); got != want {
		t.Errorf("the index's tree is %s, want %s", got, want)
	}
}

func TestAnyTreeGetsTheIdThatGitGivesIt(t *testing.T) {
	segment := rapid.StringMatching(`[a-c]{1,2}[-.0]?[a-c]?`)
	rapid.Check(t, func(r *rapid.T) {
		contents := map[string]string{}
		for range rapid.IntRange(0, 12).Draw(r, "files") {
			parts := rapid.SliceOfN(segment, 1, 3).Draw(r, "path")
			contents[strings.TrimRight(strings.Join(parts, "/"), ".")+rapid.SampledFrom([]string{"", "", "!x"}).Draw(r, "mode")] = rapid.String().Draw(r, "content")
		}
		all, ok := valid(contents)
		if !ok {
			r.Skip("no tree")
		}
		ours, theirs := fastDir(t), fastDir(t)
		id, err := vcs.Create(t.Context(), at(ours), put(t, ours, all), options())
		must(t, err)
		put(t, theirs, all)
		git(t, theirs, "init", "-q", "-b", "main")
		git(t, theirs, "add", "-A", "-f")
		git(t, theirs, "commit", "-q", "--allow-empty", "--cleanup=verbatim", "-m", options().Message+"\n")
		if want := git(t, theirs, "rev-parse", "HEAD"); id != want {
			r.Fatalf("the commit is %s, and git's %s", id, want)
		}
	})
}

func TestLineEndingsAreStoredAsGitStoresThem(t *testing.T) {
	line := rapid.SampledFrom([]string{
		"* text", "* -text", "* text=auto", "* text=auto eol=lf", "*.bat eol=crlf", "*.bat text eol=crlf", "*.bat binary",
		"*.bat !text", "*.bat -eol", "sub/*.bat text", "/a.bat text", "sub/ text", "**/deep/* text", "# * text", "", "*",
	})
	bytes := rapid.SliceOfN(rapid.SampledFrom([]string{
		"\r\n", "\r\n", "\r\n", "\n", "\r", "\x00", "\x01", "\x1a", "\x7f", "\t", "a", strings.Repeat("long ", 40), "\xff",
	}), 0, 6)
	rapid.Check(t, func(r *rapid.T) {
		contents := map[string]string{}
		for _, dir := range []string{"", "sub/", "sub/deep/"} {
			if lines := rapid.SliceOfN(line, 0, 3).Draw(r, dir+".gitattributes"); len(lines) > 0 {
				contents[dir+".gitattributes"] = strings.Join(lines, "\n") + "\n"
			}
			for _, name := range []string{"a.bat", "b.txt"} {
				contents[dir+name] = strings.Join(bytes.Draw(r, dir+name), "")
			}
		}
		ours, theirs := fastDir(t), fastDir(t)
		_, err := vcs.Create(t.Context(), at(ours), put(t, ours, files(t, contents)), options())
		must(t, err)
		put(t, theirs, files(t, contents))
		git(t, theirs, "init", "-q", "-b", "main")
		git(t, theirs, "add", "-A", "-f")
		if diff := cmp.Diff(git(t, theirs, "ls-files", "--stage"), git(t, ours, "ls-files", "--stage")); diff != "" {
			r.Fatalf("(-git +ours):\n%s", diff)
		}
	})
}

func valid(contents map[string]string) ([]tree.File, bool) {
	var all []tree.File
	for path, data := range contents {
		path, exec := strings.CutSuffix(path, "!x")
		rel, err := tree.SafeRel(path)
		if err != nil {
			return nil, false
		}
		mode := fs.FileMode(0o644)
		if exec {
			mode = 0o755
		}
		all = append(all, tree.File{Path: rel, Mode: mode, Data: []byte(data)})
	}
	sorted, err := tree.New(all...)
	return sorted.Files(), err == nil
}

func TestOnlyTheGivenFilesAreAdded(t *testing.T) {
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "mine.txt"), []byte("mine\n"), 0o644))
	_, err := vcs.Create(t.Context(), at(dir), put(t, dir, files(t, map[string]string{"README.md": "# Shop\n"})), options())
	must(t, err)
	if got, want := git(t, dir, "status", "--porcelain"), "?? mine.txt"; got != want {
		t.Errorf("git status says %q, want %q", got, want)
	}
}

func TestWithoutACommitTheFilesAreAdded(t *testing.T) {
	dir := t.TempDir()
	o := options()
	o.NoCommit, o.Author = true, vcs.Identity{}
	id, err := vcs.Create(t.Context(), at(dir), put(t, dir, project(t)), o)
	must(t, err)
	if id != "" {
		t.Errorf("there is a commit %s", id)
	}
	if out := git(t, dir, "fsck", "--strict"); strings.Contains(out, "error") {
		t.Error(out)
	}
	git(t, dir, "commit", "-q", "-m", "mine")
	sound(t, dir)
}

func TestAProjectWithoutFilesHasARepository(t *testing.T) {
	for name, noCommit := range map[string]bool{"committed": false, "not committed": true} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			o := options()
			o.NoCommit = noCommit
			_, err := vcs.Create(t.Context(), at(dir), nil, o)
			must(t, err)
			git(t, dir, "commit", "-q", "--allow-empty", "-m", "second")
			sound(t, dir)
		})
	}
}

func TestManyFilesAndObjectsOfEveryLength(t *testing.T) {
	contents := map[string]string{}
	for i := range 700 {
		contents[fmt.Sprintf("d%d/e%d/f%d.txt", i%7, i%11, i)] = strings.Repeat(fmt.Sprint(i%650), i)
	}
	for shift := range 22 {
		contents[fmt.Sprintf("edge/%d", shift)] = strings.Repeat("e", 1<<shift)
		contents[fmt.Sprintf("edge/%d-", shift)] = strings.Repeat("e", 1<<shift-1)
	}
	dir := t.TempDir()
	_, err := vcs.Create(t.Context(), at(dir), put(t, dir, files(t, contents)), options())
	must(t, err)
	sound(t, dir)
}

func TestTheCommitDoesNotDependOnTheMachine(t *testing.T) {
	want := ""
	for i := range 8 {
		dir := t.TempDir()
		o := options()
		o.When = someday.In(time.FixedZone("", (i-4)*3600))
		procs := runtime.GOMAXPROCS(1 + i%4)
		id, err := vcs.Create(t.Context(), at(dir), put(t, dir, project(t)), o)
		runtime.GOMAXPROCS(procs)
		must(t, err)
		packs, err := filepath.Glob(filepath.Join(dir, ".git/objects/pack/*"))
		must(t, err)
		got := id
		for _, pack := range packs {
			got += " " + filepath.Base(pack)
		}
		if want == "" {
			want = got
		}
		if got != want {
			t.Errorf("run %d: %s, want %s", i, got, want)
		}
	}
}

func TestNothingOfTheMachineRuns(t *testing.T) {
	home, dir := t.TempDir(), t.TempDir()
	trap := filepath.Join(home, "trap")
	hooks := filepath.Join(home, "template/hooks")
	must(t, os.MkdirAll(hooks, 0o755))
	script := []byte("#!/bin/sh\ntouch " + trap + "\n")
	for _, hook := range []string{"pre-commit", "post-commit", "reference-transaction", "gpg"} {
		must(t, os.WriteFile(filepath.Join(hooks, hook), script, 0o755))
	}
	must(t, os.WriteFile(filepath.Join(home, ".gitconfig"), fmt.Appendf(nil,
		"[init]\n\ttemplateDir = %s\n[core]\n\thooksPath = %s\n[commit]\n\tgpgSign = true\n[gpg]\n\tprogram = %s\n",
		filepath.Dir(hooks), hooks, filepath.Join(hooks, "gpg")), 0o644))
	t.Setenv("HOME", home)
	t.Setenv("XDG_CONFIG_HOME", home)

	if s := vcs.Detect(t.Context(), dir, "", os.Getenv); !s.Signing {
		t.Error("that commits are to be signed goes unnoticed")
	}
	_, err := vcs.Create(t.Context(), at(dir), put(t, dir, project(t)), options())
	must(t, err)
	if _, err := os.Stat(trap); err == nil {
		t.Error("something ran")
	}
	if _, err := os.Stat(filepath.Join(dir, ".git/hooks")); err == nil {
		t.Error("hooks were copied from the templates directory")
	}
	if commit := git(t, dir, "cat-file", "commit", "HEAD"); strings.Contains(commit, "gpgsig") {
		t.Error("the commit is signed")
	}
}

func TestBadOptionsAreRefusedBeforeAnythingIsWritten(t *testing.T) {
	tests := map[string]func(*vcs.Options){
		"no branch":                  func(o *vcs.Options) { o.Branch = "" },
		"a branch that git refuses":  func(o *vcs.Options) { o.Branch = "a..b" },
		"no name":                    func(o *vcs.Options) { o.Author.Name = "" },
		"a name of nothing but crud": func(o *vcs.Options) { o.Author.Name = " <>\n." },
		"no mail address":            func(o *vcs.Options) { o.Author.Email = "" },
	}
	for name, spoil := range tests {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			o := options()
			spoil(&o)
			_, err := vcs.Create(t.Context(), at(dir), nil, o)
			if !fault.Is(err, fault.Usage) {
				t.Errorf("got %v, want an error of usage", err)
			}
			if entries, _ := os.ReadDir(dir); len(entries) > 0 {
				t.Errorf("left behind: %v", entries)
			}
		})
	}
}

func TestAnAuthorCannotAddHeadersToTheCommit(t *testing.T) {
	dir := t.TempDir()
	o := options()
	o.Author = vcs.Identity{Name: "Eve\nparent 0000 <x>", Email: "eve@example.com>\nfoo <"}
	_, err := vcs.Create(t.Context(), at(dir), put(t, dir, project(t)), o)
	must(t, err)
	sound(t, dir)
	if got, want := git(t, dir, "log", "-1", "--format=%an|%ae|%P"), "Eveparent 0000 x|eve@example.comfoo|"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestARepositoryThatExistsIsNotTouched(t *testing.T) {
	dir := t.TempDir()
	written := put(t, dir, files(t, map[string]string{"README.md": "# Shop\n"}))
	want := realGit(t, dir)
	if _, err := vcs.Create(t.Context(), at(dir), written, options()); err == nil {
		t.Error("made a repository over another")
	}
	if got := git(t, dir, "rev-parse", "HEAD"); got != want {
		t.Errorf("HEAD is %s, was %s", got, want)
	}
}

func TestACancelledRunEndsWithTheReason(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	dir := t.TempDir()
	_, err := vcs.Create(ctx, at(dir), put(t, dir, project(t)), options())
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
