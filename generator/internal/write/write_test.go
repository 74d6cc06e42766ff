package write_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/afero"

	"scaffold/generator/fault"
	"scaffold/generator/internal/tree"
	"scaffold/generator/internal/write"
)

// shop is a small project: an executable is marked by !x, a link by @.
var shop = map[string]string{
	"README.md":     "# Shop\n",
	"bin/run!x":     "#!/bin/sh\n",
	"src/app/a.py":  "a = 1\n",
	"src/app/b.py":  "b = 2\n",
	"src/readme@":   "../README.md",
	"static/logo":   "\x00\xff",
	".gitignore":    "*.log\n",
	"empty/keep.me": "",
}

func files(t testing.TB, contents map[string]string) []tree.File {
	t.Helper()
	var all []tree.File
	for name, data := range contents {
		mode := fs.FileMode(0o644)
		if p, ok := strings.CutSuffix(name, "!x"); ok {
			name, mode = p, 0o755
		}
		if p, ok := strings.CutSuffix(name, "@"); ok {
			name, mode = p, fs.ModeSymlink
		}
		all = append(all, tree.File{Path: rel(t, name), Mode: mode, Data: []byte(data)})
	}
	sorted, err := tree.New(all...)
	must(t, err)
	return sorted.Files()
}

func rel(t testing.TB, name string) tree.Rel {
	t.Helper()
	r, err := tree.SafeRel(name)
	must(t, err)
	return r
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// content reads everything below dir, in the form of shop, with directories
// as names that end in a slash.
func content(t testing.TB, dir string) map[string]string {
	t.Helper()
	got := map[string]string{}
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || name == dir {
			return err
		}
		key, _ := filepath.Rel(dir, name)
		info, err := d.Info()
		if err != nil {
			return err
		}
		switch {
		case d.IsDir():
			if entries, _ := os.ReadDir(name); len(entries) == 0 {
				got[key+"/"] = ""
			}
			return nil
		case info.Mode()&fs.ModeSymlink != 0:
			got[key+"@"], err = os.Readlink(name)
			return err
		case info.Mode()&0o100 != 0:
			key += "!x"
		}
		data, err := os.ReadFile(name)
		got[key] = string(data)
		return err
	})
	must(t, err)
	return got
}

// below puts a project into a directory.
func below(dir string, contents ...map[string]string) map[string]string {
	got := map[string]string{}
	for _, c := range contents {
		for name, data := range c {
			got[path.Join(dir, name)] = data
		}
	}
	return got
}

func fill(t testing.TB, dir string, contents map[string]string) {
	t.Helper()
	for name, data := range contents {
		full := filepath.Join(dir, name)
		if strings.HasSuffix(name, "/") {
			must(t, os.MkdirAll(full, 0o755))
			continue
		}
		must(t, os.MkdirAll(filepath.Dir(full), 0o755))
		if link, ok := strings.CutSuffix(full, "@"); ok {
			must(t, os.Symlink(data, link))
			continue
		}
		must(t, os.WriteFile(full, []byte(data), 0o644))
	}
}

func open(t testing.TB, dir string) *write.Dir {
	t.Helper()
	disk, err := write.OpenDir(dir)
	must(t, err)
	t.Cleanup(func() { disk.Close() })
	return disk
}

// fastDir is a directory in memory, where the system has such a place, for the
// tests that write hundreds of projects.
func fastDir(t testing.TB) string {
	t.Helper()
	parent := ""
	if info, err := os.Stat("/dev/shm"); err == nil && info.IsDir() {
		parent = "/dev/shm"
	}
	dir, err := os.MkdirTemp(parent, "scaffold-write-")
	must(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// commit stands for the git step: it leaves a .git with a file in it.
func commit(_ context.Context, root afero.Fs, _ []tree.Written) error {
	if err := root.Mkdir(".git", 0o777); err != nil {
		return err
	}
	return afero.WriteFile(root, ".git/HEAD", []byte("ref\n"), 0o666)
}

var withGit = map[string]string{".git/HEAD": "ref\n"}

func TestProject(t *testing.T) {
	kept := map[string]string{"README.md": "mine\n", "src/app/a.py": "a = 1\n", "notes.txt": "mine\n"}
	tests := map[string]struct {
		before map[string]string
		name   string
		force  bool
		want   map[string]string
		report write.Report
	}{
		"a new directory": {
			name: "shop", want: below("shop", shop, withGit),
		},
		"missing parents are made": {
			name: "a/b/shop", want: below("a/b/shop", shop, withGit),
		},
		"what is beside it stays": {
			before: map[string]string{"other/file": "x", "shop.txt": "y"},
			name:   "shop",
			want:   merged(below("shop", shop, withGit), map[string]string{"other/file": "x", "shop.txt": "y"}),
		},
		"an existing empty directory": {
			before: map[string]string{"shop/": ""}, name: "shop", want: below("shop", shop, withGit),
		},
		"an empty directory in others": {
			before: map[string]string{"a/b/shop/": ""}, name: "a/b/shop", want: below("a/b/shop", shop, withGit),
		},
		"the root itself": {
			name: ".", want: merged(shop, withGit),
		},
		"a name with blanks and letters beyond ASCII": {
			name: "mein Lädchen", want: below("mein Lädchen", shop, withGit),
		},
		"a long name": {
			name: strings.Repeat("ö", 127), want: below(strings.Repeat("ö", 127), shop, withGit),
		},
		"force keeps what is there": {
			before: below("shop", kept), name: "shop", force: true,
			want: merged(below("shop", shop, withGit), below("shop", kept), map[string]string{"shop/README.md.scaffold-new": "# Shop\n"}),
			report: write.Report{
				Created: []string{".gitignore", "README.md.scaffold-new", "bin/run", "empty/keep.me", "src/app/b.py", "src/readme", "static/logo"},
				Skipped: []string{"src/app/a.py"},
				Kept:    []string{"README.md"},
			},
		},
		"force in a directory that is not there": {
			name: "shop", force: true, want: below("shop", shop, withGit),
		},
		"a second force changes nothing": {
			before: merged(below("shop", plain(shop)), map[string]string{"shop/README.md": "mine\n", "shop/README.md.scaffold-new": "# Shop\n"}),
			name:   "shop", force: true,
			want: merged(below("shop", plain(shop)), map[string]string{"shop/README.md": "mine\n", "shop/README.md.scaffold-new": "# Shop\n", "shop/.git/HEAD": "ref\n"}),
			report: write.Report{
				Skipped: []string{".gitignore", "bin/run", "empty/keep.me", "src/app/a.py", "src/app/b.py", "static/logo"},
				Kept:    []string{"README.md"},
			},
		},
		"what killed runs left on the way is removed": {
			before: map[string]string{".a.scaffold-1/scaffold.lock": "", "a/.b.scaffold-2/scaffold.lock": "", "a/.b.scaffold-2/tree/x": ""},
			name:   "a/b/shop", want: below("a/b/shop", shop, withGit),
			report: write.Report{Recovered: []write.Recovery{{Dir: "."}, {Dir: "a"}}},
		},
		"what a killed run left is removed": {
			before: map[string]string{".old.scaffold-1/scaffold.lock": "", ".old.scaffold-1/tree/x": "x", ".new.scaffold-2/": ""},
			name:   "shop", want: below("shop", shop, withGit),
			report: write.Report{Recovered: []write.Recovery{{Dir: "."}}},
		},
		"directories that only look like ours stay": {
			before: map[string]string{".x.scaffold-1/mine": "m", ".y.scaffold-2": "file", "z.scaffold-3/scaffold.lock": ""},
			name:   "shop",
			want:   merged(below("shop", shop, withGit), map[string]string{".x.scaffold-1/mine": "m", ".y.scaffold-2": "file", "z.scaffold-3/scaffold.lock": ""}),
		},
		"a killed run that was moving its files is finished": {
			before: map[string]string{
				"shop/a": "moved", "shop/taken": "mine",
				"shop/.in-place.scaffold-0/scaffold.lock": "",
				"shop/.in-place.scaffold-0/tree/b/c":      "not yet", "shop/.in-place.scaffold-0/tree/taken": "ours",
				"shop/.in-place.scaffold-0/journal.json": `{"changes":[]}`,
			},
			name: "shop", force: true,
			want: merged(below("shop", shop, withGit), map[string]string{
				"shop/a": "moved", "shop/b/c": "not yet", "shop/taken": "mine", "shop/taken.scaffold-new": "ours",
			}),
			report: write.Report{Recovered: []write.Recovery{{Dir: "shop", Finished: true, Kept: []string{"taken"}}}},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if test.report.Created == nil && test.report.Kept == nil {
				test.report.Created = []string{".gitignore", "README.md", "bin/run", "empty/keep.me", "src/app/a.py", "src/app/b.py", "src/readme", "static/logo"}
			}
			dir := t.TempDir()
			fill(t, dir, test.before)
			planned := shop
			if strings.HasPrefix(name, "a second") {
				planned = plain(shop)
			}
			report, err := write.Apply(t.Context(), open(t, dir), write.Set{Name: test.name, Changes: write.Creating(files(t, planned), test.force), Vacant: !test.force, Finish: commit})
			must(t, err)
			if diff := cmp.Diff(test.want, content(t, dir)); diff != "" {
				t.Errorf("the disk (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.report, report); diff != "" {
				t.Errorf("the report (-want +got):\n%s", diff)
			}
		})
	}
}

// plain is a project without the executables' and the links' marks.
func plain(contents map[string]string) map[string]string {
	got := map[string]string{}
	for name, data := range contents {
		if !strings.HasSuffix(name, "@") {
			got[strings.TrimSuffix(name, "!x")] = data
		}
	}
	return got
}

func merged(contents ...map[string]string) map[string]string { return below("", contents...) }

func TestRefusals(t *testing.T) {
	tests := map[string]struct {
		before map[string]string
		name   string
		force  bool
		files  map[string]string
		want   fault.Kind
		says   string
	}{
		"a directory that holds something": {
			before: map[string]string{"shop/notes.txt": "mine", "shop/a/": ""},
			want:   fault.NotEmpty, says: "shop is not empty: it holds a",
		},
		"the root, when it holds something": {
			before: map[string]string{".hidden": "mine"}, name: ".",
			want: fault.NotEmpty, says: ". is not empty: it holds .hidden",
		},
		"a file of that name":    {before: map[string]string{"shop": "mine"}, want: fault.Exists, says: "shop is already there"},
		"a file on the way":      {before: map[string]string{"a": "mine"}, name: "a/shop", want: fault.Exists, says: "a is already there"},
		"a link of that name":    {before: map[string]string{"shop@": "other", "other/": ""}, want: fault.Unsafe, says: "shop is a link, and links are not followed"},
		"a link, even to naught": {before: map[string]string{"shop@": "naught"}, want: fault.Unsafe, says: "shop is a link, and links are not followed"},
		"a link on the way":      {before: map[string]string{"a@": "other", "other/": ""}, name: "a/shop", want: fault.Unsafe, says: "a is a link, and links are not followed"},
		"a link in the project's way": {
			before: map[string]string{"shop/src@": "../other", "other/": ""}, force: true,
			want: fault.Unsafe, says: "src is a link, and links are not followed",
		},
		"a link where a file goes": {
			before: map[string]string{"shop/README.md@": "../other", "other": "x"}, force: true,
			want: fault.Unsafe, says: "README.md is a link, and links are not followed",
		},
		"a directory where a file goes": {
			before: map[string]string{"shop/README.md/": ""}, force: true, want: fault.Exists, says: "README.md is already there",
		},
		"a file where a directory goes": {
			before: map[string]string{"shop/src": "mine"}, force: true, want: fault.Exists, says: "src is already there",
		},
		"a file that someone edited beside a kept one": {
			before: map[string]string{"shop/README.md": "mine", "shop/README.md.scaffold-new": "mine too"}, force: true,
			want: fault.Exists, says: "README.md.scaffold-new is already there",
		},
		"a repository over another": {
			before: map[string]string{"shop/.git/HEAD": "mine"}, force: true, want: fault.Exists, says: ".git is already there",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			fill(t, dir, test.before)
			before := content(t, dir)
			job := write.Set{Name: "shop", Changes: write.Creating(files(t, shop), test.force), Vacant: !test.force, Finish: commit}
			if test.name != "" {
				job.Name = test.name
			}
			_, err := write.Apply(t.Context(), open(t, dir), job)
			refused(t, err, test.want, test.says)
			if diff := cmp.Diff(before, content(t, dir)); diff != "" {
				t.Errorf("the disk changed (-before +after):\n%s", diff)
			}
		})
	}
}

func TestNamesThatLeaveTheRootAreRefused(t *testing.T) {
	for _, name := range []string{"", "..", "../pwn", "/tmp/pwn", "a/../../pwn", "a//b", ".git", "a/.GIT/b", "a\\b", "a\x00b", "x:y", "con"} {
		dir := t.TempDir()
		inner := filepath.Join(dir, "inner")
		must(t, os.Mkdir(inner, 0o755))
		_, err := write.Apply(t.Context(), open(t, inner), write.Set{Name: name, Changes: write.Creating(files(t, shop), false), Vacant: true})
		if !fault.Is(err, fault.Unsafe) {
			t.Errorf("%q: got %v, want a refusal", name, err)
		}
		if diff := cmp.Diff(map[string]string{"inner/": ""}, content(t, dir)); diff != "" {
			t.Errorf("%q wrote (-want +got):\n%s", name, diff)
		}
	}
}

func TestALinkThatLeavesTheProjectIsRefused(t *testing.T) {
	for _, target := range []string{"../../etc/passwd", "/etc/passwd", "..", "a/../../b", ".git/config"} {
		dir := t.TempDir()
		all := append(files(t, shop), tree.File{Path: rel(t, "z"), Mode: fs.ModeSymlink, Data: []byte(target)})
		_, err := write.Apply(t.Context(), open(t, dir), write.Set{Name: "shop", Changes: write.Creating(all, false), Vacant: true})
		if _, ok := errors.AsType[*tree.PathError](err); !ok {
			t.Errorf("%s: got %v", target, err)
		}
		if got := content(t, dir); len(got) > 0 {
			t.Errorf("%s: left behind %v", target, got)
		}
	}
}

func TestAHostileJournalReachesNothingOutside(t *testing.T) {
	for _, name := range []string{"../pwn", "/tmp/pwn", "a/../../pwn", ".git/hooks/pre-commit", ".GIT", ".git", ""} {
		for what, journal := range map[string]string{
			"takes away": `{"changes":[{"op":"delete","path":"` + name + `","was":{"sha256":"00"}}]}`,
			"removes":    `{"dirs":["` + name + `"]}`,
		} {
			dir := t.TempDir()
			before := map[string]string{
				"pwn": "x", "shop/pwn": "x", "shop/.git/hooks/pre-commit": "x",
				"shop/.in-place.scaffold-0/scaffold.lock": "", "shop/.in-place.scaffold-0/tree/pwn": "x",
				"shop/.in-place.scaffold-0/journal.json": journal,
			}
			fill(t, dir, before)
			if _, err := write.Apply(t.Context(), open(t, dir), write.Set{Name: "shop", Changes: write.Creating(files(t, shop), true)}); err == nil {
				t.Errorf("%s %s: no error", what, name)
			}
			delete(before, "shop/.in-place.scaffold-0/scaffold.lock")
			got := content(t, dir)
			delete(got, "shop/.in-place.scaffold-0/scaffold.lock")
			if diff := cmp.Diff(before, got); diff != "" {
				t.Errorf("%s %s: the disk changed (-before +after):\n%s", what, name, diff)
			}
		}
	}
}

func TestFinishSeesTheProjectAndCanStopIt(t *testing.T) {
	for _, name := range []string{"shop", "a/shop", "empty", "."} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if name == "empty" {
				must(t, os.Mkdir(filepath.Join(dir, name), 0o755))
			}
			before := content(t, dir)
			stop := errors.New("stop")
			_, err := write.Apply(t.Context(), open(t, dir), write.Set{
				Name: name, Changes: write.Creating(files(t, shop), false), Vacant: true,
				Finish: func(_ context.Context, root afero.Fs, written []tree.Written) error {
					got, err := afero.ReadFile(root, "src/app/a.py")
					if string(got) != "a = 1\n" || err != nil {
						t.Errorf("read %q, %v", got, err)
					}
					if len(written) != len(shop) || int(written[0].Stamp.Size) != len(written[0].Data) {
						t.Errorf("got %d files, the first %v", len(written), written[0].Stamp)
					}
					return stop
				},
			})
			if !errors.Is(err, stop) {
				t.Errorf("got %v", err)
			}
			if diff := cmp.Diff(before, content(t, dir)); diff != "" {
				t.Errorf("left behind (-before +after):\n%s", diff)
			}
		})
	}
}

func TestFinishGetsOnlyFilesWithThePlannedBytes(t *testing.T) {
	dir := t.TempDir()
	fill(t, dir, map[string]string{"README.md": "mine\n", "src/app/b.py": "b = 2\n"})
	var got []string
	_, err := write.Apply(t.Context(), open(t, dir), write.Set{
		Name: ".", Changes: write.Creating(files(t, shop), true),
		Finish: func(_ context.Context, _ afero.Fs, written []tree.Written) error {
			for _, w := range written {
				got = append(got, w.Path.String())
			}
			return nil
		},
	})
	must(t, err)
	want := []string{".gitignore", "bin/run", "empty/keep.me", "src/app/a.py", "src/app/b.py", "src/readme", "static/logo"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestACancelledRunLeavesNothing(t *testing.T) {
	reason := errors.New("interrupted")
	for _, name := range []string{"shop", "a/b/shop", "."} {
		dir := t.TempDir()
		ctx, cancel := context.WithCancelCause(t.Context())
		_, err := write.Apply(ctx, open(t, dir), write.Set{
			Name: name, Changes: write.Creating(files(t, shop), false), Vacant: true,
			Finish: func(context.Context, afero.Fs, []tree.Written) error { cancel(reason); return nil },
		})
		if !errors.Is(err, reason) {
			t.Errorf("%s, while it finishes: got %v", name, err)
		}
		if _, err := write.Apply(ctx, open(t, dir), write.Set{Name: name, Changes: write.Creating(files(t, shop), false), Vacant: true}); !errors.Is(err, reason) {
			t.Errorf("%s, before it starts: got %v", name, err)
		}
		if got := content(t, dir); len(got) > 0 {
			t.Errorf("%s left behind %v", name, got)
		}
	}
}

func TestOfTwoRunsOneWins(t *testing.T) {
	tests := map[string]struct {
		before map[string]string
		name   string
	}{
		"in a new directory":           {name: "shop"},
		"below the same missing one":   {name: "a/shop"},
		"in an existing one":           {name: "shop", before: map[string]string{"shop/": ""}},
		"in the working directory":     {name: "."},
		"while a killed one is around": {name: "shop", before: map[string]string{"shop/.in-place.scaffold-0/scaffold.lock": ""}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			for range 40 {
				dir := fastDir(t)
				fill(t, dir, test.before)
				errs := make([]error, 3)
				var runs sync.WaitGroup
				start := make(chan struct{})
				for i := range errs {
					disk := open(t, dir)
					project := files(t, below("", shop, map[string]string{"who": string(rune('0' + i)), string(rune('0' + i)): ""}))
					runs.Go(func() {
						<-start
						_, errs[i] = write.Apply(t.Context(), disk, write.Set{Name: test.name, Changes: write.Creating(project, false), Vacant: true, Finish: commit})
					})
				}
				close(start)
				runs.Wait()
				oneWinner(t, filepath.Join(dir, test.name), dir, errs)
			}
		})
	}
}

func oneWinner(t *testing.T, target, dir string, errs []error) {
	t.Helper()
	winner := -1
	for i, err := range errs {
		switch {
		case err == nil && winner >= 0:
			t.Fatalf("both %d and %d won", winner, i)
		case err == nil:
			winner = i
		case !fault.Is(err, fault.NotEmpty, fault.Exists, fault.Busy):
			t.Fatalf("a loser got %v", err)
		}
	}
	if winner < 0 {
		t.Fatalf("nobody won: %v", errs)
	}
	who := string(rune('0' + winner))
	if diff := cmp.Diff(merged(shop, withGit, map[string]string{"who": who, who: ""}), content(t, target)); diff != "" {
		t.Fatalf("not the winner's project (-want +got):\n%s", diff)
	}
	entries, err := os.ReadDir(dir)
	must(t, err)
	if target != dir && len(entries) != 1 {
		t.Fatalf("left behind: %v", entries)
	}
}

func TestTwoProjectsBelowOneMissingDirectory(t *testing.T) {
	for range 40 {
		dir := fastDir(t)
		var runs sync.WaitGroup
		for _, name := range []string{"a/b/shop", "a/b/blog", "a/c"} {
			disk := open(t, dir)
			project := files(t, shop)
			runs.Go(func() {
				if _, err := write.Apply(t.Context(), disk, write.Set{Name: name, Changes: write.Creating(project, false), Vacant: true}); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			})
		}
		runs.Wait()
		if diff := cmp.Diff(merged(below("a/b/shop", shop), below("a/b/blog", shop), below("a/c", shop)), content(t, dir)); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
	}
}

func TestALiveRunIsLeftAlone(t *testing.T) {
	dir := t.TempDir()
	must(t, os.Mkdir(filepath.Join(dir, "empty"), 0o755))
	_, err := write.Apply(t.Context(), open(t, dir), write.Set{
		Name: "shop", Changes: write.Creating(files(t, shop), false), Vacant: true,
		Finish: func(ctx context.Context, _ afero.Fs, _ []tree.Written) error {
			report, err := write.Apply(ctx, open(t, dir), write.Set{Name: "blog", Changes: write.Creating(files(t, shop), false), Vacant: true})
			if len(report.Recovered) > 0 {
				t.Errorf("it was taken for dead: %v", report.Recovered)
			}
			return err
		},
	})
	must(t, err)
	_, err = write.Apply(t.Context(), open(t, dir), write.Set{
		Name: "empty", Changes: write.Creating(files(t, shop), false), Vacant: true,
		Finish: func(ctx context.Context, _ afero.Fs, _ []tree.Written) error {
			_, err := write.Apply(ctx, open(t, dir), write.Set{Name: "empty", Changes: write.Creating(files(t, shop), false), Vacant: true})
			refused(t, err, fault.Busy, fmt.Sprintf("process %d is writing into empty", os.Getpid()))
			return nil
		},
	})
	must(t, err)
	if diff := cmp.Diff(merged(below("shop", shop), below("blog", shop), below("empty", shop)), content(t, dir)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestOpenAbove(t *testing.T) {
	top := t.TempDir()
	fill(t, top, map[string]string{"here/sub/": "", "file": "", "link@": "here", "naught@": "nowhere"})
	t.Chdir(filepath.Join(top, "here"))
	tests := map[string]struct{ target, dir, name string }{
		"a new name":                      {"shop", ".", "shop"},
		"an existing directory":           {"sub", ".", "sub"},
		"missing parents":                 {"a/b/shop", ".", "a/b/shop"},
		"below an existing one":           {"sub/b/shop/", "sub", "b/shop"},
		"the working directory":           {".", ".", "."},
		"the one above":                   {"..", "..", "."},
		"beside the working directory":    {"../other/shop", "..", "other/shop"},
		"an absolute path":                {filepath.Join(top, "x/y"), top, "x/y"},
		"the top of the disk":             {"/", "/", "."},
		"a link is named, not opened":     {"../link", "..", "link"},
		"a link on the way is the user's": {"../link/shop", "../link", "shop"},
		"a link to nothing is named":      {"../naught/shop", "..", "naught/shop"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			dir, rest, err := write.OpenAbove(test.target)
			must(t, err)
			defer dir.Close()
			if dir.Name() != test.dir || rest != test.name {
				t.Errorf("got %q below %q, want %q below %q", rest, dir.Name(), test.name, test.dir)
			}
		})
	}
	_, _, err := write.OpenAbove("../file/shop")
	refused(t, err, fault.NotWritable, "../file cannot be written: not a directory")
}

func TestAFileSystemInMemory(t *testing.T) {
	mem := afero.NewMemMapFs()
	disk := write.Over(mem)
	job := write.Set{Name: "a/shop", Changes: write.Creating(files(t, plain(shop)), false), Vacant: true, Finish: commit}
	_, err := write.Apply(t.Context(), disk, job)
	must(t, err)
	got := map[string]string{}
	must(t, afero.Walk(mem, ".", func(name string, info fs.FileInfo, err error) error {
		if err == nil && !info.IsDir() {
			var data []byte
			data, err = afero.ReadFile(mem, name)
			got[name] = string(data)
		}
		return err
	}))
	if diff := cmp.Diff(below("a/shop", plain(shop), withGit), got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	_, err = write.Apply(t.Context(), disk, job)
	refused(t, err, fault.NotEmpty, "a/shop is not empty: it holds .git")
}

// refused holds an error to its kind and its words; every one has a remedy.
func refused(t *testing.T, err error, kind fault.Kind, message string) {
	t.Helper()
	f := fault.Of(err)
	if f == nil || f.Kind != kind || f.Message != message || f.Hint == "" {
		t.Errorf("the error is %#v, want the kind %s and %q, and a hint", err, kind, message)
	}
}

func TestALockWhoseFileIsRemovedIsHeldByOne(t *testing.T) {
	disk := open(t, fastDir(t))
	var held atomic.Int32
	var workers sync.WaitGroup
	for range 8 {
		workers.Go(func() {
			for range 3000 {
				lock, err := disk.Lock("lock")
				if err != nil {
					continue
				}
				if n := held.Add(1); n > 1 {
					t.Errorf("%d hold it", n)
				}
				runtime.Gosched()
				held.Add(-1)
				_ = disk.Remove("lock")
				lock.Close()
			}
		})
	}
	workers.Wait()
}

func TestALockEndsAlsoForAChildThatIsBeingStarted(t *testing.T) {
	disk := open(t, fastDir(t))
	done := make(chan struct{})
	var children sync.WaitGroup
	for range 4 {
		children.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
					_ = exec.Command("true").Run()
				}
			}
		})
	}
	for range 2000 {
		lock, err := disk.Lock("lock")
		if err != nil {
			t.Errorf("it is held by nobody, and yet: %v", err)
			break
		}
		must(t, lock.Close())
	}
	close(done)
	children.Wait()
}
