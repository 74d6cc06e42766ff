//go:build unix

package faultfs_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scaffold/generator/fault"
	"scaffold/generator/internal/tree"
	"scaffold/generator/internal/write"
	"scaffold/generator/internal/write/faultfs"
)

// updated is the scenario that has every operation.
var updated = scenarios[5]

// spoil puts something else in place of a file.
func spoil(t *testing.T, file, how string) {
	t.Helper()
	if how != "edited" {
		must(t, os.RemoveAll(file))
	}
	switch how {
	case "edited":
		must(t, os.WriteFile(file, []byte("edited\n"), 0o644))
	case "a link":
		must(t, os.Symlink("notes", file))
	case "a directory":
		must(t, os.Mkdir(file, 0o755))
	case "a pipe": // reading it would wait for ever
		must(t, syscall.Mkfifo(file, 0o644))
	}
}

func TestAFileThatIsNotWhatThePlanSawStopsEverything(t *testing.T) {
	targets := map[string]string{
		"replace": "README.md", "delete": "lone/deep/only.py", "move": "src/name.py",
		"keep": "LICENSE", "replace, last": ".scaffold/lock.yaml", "delete, last": ".scaffold/gone",
	}
	for op, name := range targets {
		for _, how := range []string{"edited", "gone", "a link", "a directory", "a pipe"} {
			t.Run(op+", "+how, func(t *testing.T) {
				dir := updated.dir(t)
				spoil(t, filepath.Join(dir, "shop", name), how)
				before := lines(t, dir)
				_, err := updated.run(t.Context(), disk(t, dir), nil)
				if !fault.Is(err, fault.Changed) || !strings.Contains(err.Error(), name) || fault.Of(err).Hint == "" {
					t.Errorf("got %v, of the kind %s", err, fault.KindOf(err))
				}
				if diff := cmp.Diff(before, lines(t, dir)); diff != "" {
					t.Errorf("the disk changed (-before +after):\n%s", diff)
				}
			})
		}
	}
}

// lines says what is below dir by kinds and modes, without reading pipes.
func lines(t *testing.T, dir string) (all []string) {
	t.Helper()
	must(t, filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		content := ""
		if d.Type().IsRegular() {
			data, err := os.ReadFile(name)
			must(t, err)
			content = string(data)
		}
		info, err := d.Info()
		all = append(all, name+" "+info.Mode().String()+" "+content)
		return err
	}))
	return all
}

func TestAFileWhereOneIsToBeStopsEverything(t *testing.T) {
	for name, want := range map[string]fault.Kind{
		"docs/new/a.md": fault.Exists, "lib/name.py": fault.Exists, ".scaffold/more": fault.Exists,
		"docs": fault.Exists, "docs -> src": fault.Unsafe, "src -> elsewhere": fault.Unsafe, ".env.scaffold-new": fault.Exists,
	} {
		t.Run(name, func(t *testing.T) {
			dir := updated.dir(t)
			name, target, isLink := strings.Cut(name, " -> ")
			file := filepath.Join(dir, "shop", name)
			if isLink {
				_ = os.Rename(file, filepath.Join(dir, "shop", target))
				must(t, os.Symlink(target, file))
			} else {
				must(t, os.MkdirAll(filepath.Dir(file), 0o755))
				must(t, os.WriteFile(file, []byte("mine\n"), 0o644))
			}
			before := lines(t, dir)
			_, err := updated.run(t.Context(), disk(t, dir), nil)
			if !fault.Is(err, want) {
				t.Errorf("got %v, of the kind %s, want %s", err, fault.KindOf(err), want)
			}
			if diff := cmp.Diff(before, lines(t, dir)); diff != "" {
				t.Errorf("the disk changed (-before +after):\n%s", diff)
			}
		})
	}
}

// TestAFileSavedAtTheLastMomentStays saves a file after it was looked at, and
// before it is taken away.
func TestAFileSavedAtTheLastMomentStays(t *testing.T) {
	for _, name := range []string{"README.md", "lone/deep/only.py", "src/name.py", ".scaffold/lock.yaml"} {
		for how, save := range map[string]func(file string) error{
			"in place": func(file string) error { return os.WriteFile(file, []byte("edited\n"), 0o644) },
			"by a rename": func(file string) error {
				return errors.Join(os.WriteFile(file+"~", []byte("edited\n"), 0o644), os.Rename(file+"~", file))
			},
		} {
			t.Run(name+", "+how, func(t *testing.T) {
				dir := updated.dir(t)
				file := filepath.Join(dir, "shop", name)
				want := map[string]string{}
				_, err := updated.run(t.Context(), faultfs.Wrap(disk(t, dir), func(op faultfs.Op) error {
					if op.Name == "rename" && strings.HasSuffix(op.Path, "was/"+name) {
						must(t, save(file))
						want = state(t, updated.dir(t))
						want["shop/"+name] = state(t, dir)["shop/"+name]
					}
					return nil
				}), nil)
				if !fault.Is(err, fault.Changed) {
					t.Errorf("got %v, of the kind %s", err, fault.KindOf(err))
				}
				if diff := cmp.Diff(want, state(t, dir)); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			})
		}
	}
}

// stopped is an update that ended, as if killed, before something was renamed to
// at.
func stopped(t *testing.T, at string) string {
	t.Helper()
	dir := updated.dir(t)
	var dead atomic.Bool // files are written by several at once
	_, err := updated.run(t.Context(), faultfs.Wrap(disk(t, dir), func(op faultfs.Op) error {
		if op.Name == "rename" && op.Path == at {
			dead.Store(true)
		}
		if dead.Load() {
			return syscall.EIO
		}
		return nil
	}), nil)
	if err == nil || !dead.Load() {
		t.Fatalf("it ended with %v", err)
	}
	return dir
}

// taken is where files go that are taken away.
const taken = ".in-place.scaffold-0/was/"

// TestWhatSomebodyDidMeanwhileStays has a person at work between a kill and the
// next run.
func TestWhatSomebodyDidMeanwhileStays(t *testing.T) {
	tests := map[string]struct {
		killed string // before this was renamed
		edits  map[string]string
		want   map[string]string
		kept   []string
	}{
		"a file that was to be replaced": {
			killed: taken + "README.md", edits: map[string]string{"README.md": "edited\n"}, kept: []string{"README.md"},
			want: map[string]string{"README.md": "edited\n", "README.md.scaffold-new": "new\n"},
		},
		"a file that had been taken to be replaced": {
			killed: "README.md", edits: map[string]string{"README.md": "edited\n"}, kept: []string{"README.md"},
			want: map[string]string{"README.md": "edited\n", "README.md.scaffold-new": "new\n"},
		},
		"a file that was to go": {
			killed: taken + "src/old/gone.py", edits: map[string]string{"src/old/gone.py": "edited\n"}, kept: []string{"src/old/gone.py"},
			want: map[string]string{"src/old/gone.py": "edited\n"},
		},
		"a file in a directory that was to go": {
			killed: taken + "src/old/gone.py", edits: map[string]string{"src/old/mine.py": "mine\n"},
			want: map[string]string{"src/old/mine.py": "mine\n"},
		},
		"a file where one was to be": {
			killed: "docs", edits: map[string]string{"docs/new/a.md": "mine\n"}, kept: []string{"docs/new/a.md"},
			want: map[string]string{"docs/new/a.md": "mine\n", "docs/new/a.md.scaffold-new": "a\n", "docs/new/b.md": "b\n"},
		},
		"a file where a directory was to be": {
			killed: "docs", edits: map[string]string{"docs": "mine\n"}, kept: []string{"docs"},
			want: map[string]string{"docs": "mine\n", "docs.scaffold-new/new/a.md": "a\n"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			dir := stopped(t, test.killed)
			for name, data := range test.edits {
				must(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, "shop", name)), 0o755))
				must(t, os.WriteFile(filepath.Join(dir, "shop", name), []byte(data), 0o644))
			}
			d := disk(t, dir)
			got, err := write.Recover(t.Context(), d, "shop", index(d))
			must(t, err)
			if diff := cmp.Diff([]write.Recovery{{Dir: "shop", Finished: true, Kept: test.kept}}, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			for name, want := range test.want {
				if data, err := os.ReadFile(filepath.Join(dir, "shop", name)); string(data) != want {
					t.Errorf("%s is %q, %v", name, data, err)
				}
			}
			if data, _ := os.ReadFile(filepath.Join(dir, "shop/.scaffold/lock.yaml")); string(data) != "new\n" {
				t.Errorf("the rest was not finished: the lock is %q", data)
			}
		})
	}
}

func TestAnUpdateIsFinishedByOneThatKnowsItsStep(t *testing.T) {
	dir := stopped(t, "shop/index")
	before := lines(t, dir)
	_, err := write.Recover(t.Context(), disk(t, dir), "shop", nil)
	if !fault.Is(err, fault.Busy) || fault.Of(err).Hint == "" {
		t.Errorf("got %v, of the kind %s", err, fault.KindOf(err))
	}
	if diff := cmp.Diff(len(before), len(lines(t, dir))); diff != "" {
		t.Errorf("the disk changed (-before +after):\n%s", diff)
	}
	updated.again(t, dir, "at its step", func() map[string]string { want, _ := updated.after(t); return want }())
}

func TestAStepThatFailsTakesEverythingBack(t *testing.T) {
	dir := updated.dir(t)
	changes, err := update()
	must(t, err)
	stop := errors.New("stop")
	undone := false
	_, err = write.Apply(t.Context(), disk(t, dir), write.Set{Name: "shop", Changes: changes, Step: &write.Step{
		Do: func(context.Context, []byte) error {
			if data, _ := os.ReadFile(filepath.Join(dir, "shop/README.md")); string(data) != "new\n" {
				t.Errorf("before the step README.md is %q", data)
			}
			if data, _ := os.ReadFile(filepath.Join(dir, "shop/.scaffold/lock.yaml")); string(data) != "old\n" {
				t.Errorf("before the step the lock is %q", data)
			}
			return stop
		},
		Undo: func(context.Context, []byte) error { undone = true; return nil },
	}})
	if !errors.Is(err, stop) || !undone {
		t.Errorf("got %v, undone: %v", err, undone)
	}
	if diff := cmp.Diff(state(t, updated.dir(t)), state(t, dir)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestWhatAnUpdateLeaves(t *testing.T) {
	dir := updated.dir(t)
	report, err := updated.run(t.Context(), disk(t, dir), nil)
	must(t, err)
	want := write.Report{
		Created:  []string{".env.scaffold-new", ".scaffold/more", "conf/x", "d", "docs/new/a.md", "docs/new/b.md"},
		Replaced: []string{".scaffold/lock.yaml", "README.md", "bin/run"},
		Deleted:  []string{".scaffold/gone", "conf", "d/x", "lone/deep/only.py", "src/old/gone.py"},
		Moved:    []string{"lib/name.py"},
		Skipped:  []string{"LICENSE"},
		Kept:     []string{".env"},
	}
	if diff := cmp.Diff(want, report); diff != "" {
		t.Errorf("the report (-want +got):\n%s", diff)
	}
	left := map[string]string{
		"shop/": "755 ", "shop/.env": "644 mine\n", "shop/.env.scaffold-new": "644 ours\n",
		"shop/.scaffold/": "755 ", "shop/.scaffold/lock.yaml": "644 new\n", "shop/.scaffold/more": "644 new\n",
		"shop/LICENSE": "644 same\n", "shop/README.md": "600 new\n", "shop/notes": "644 mine\n", // README.md was its owner's alone
		"shop/bin/": "755 ", "shop/bin/run": "755 #!/bin/sh\n", "shop/conf/": "755 ", "shop/conf/x": "644 x\n", "shop/d": "644 d\n",
		"shop/docs/": "755 ", "shop/docs/new/": "755 ", "shop/docs/new/a.md": "644 a\n", "shop/docs/new/b.md": "644 b\n",
		"shop/index": "644 new\n", "shop/index.was": "644 old\n", "shop/lib/": "755 ", "shop/lib/name.py": "600 moved, and changed\n",
	}
	if diff := cmp.Diff(left, state(t, dir)); diff != "" {
		t.Errorf("the disk (-want +got):\n%s", diff)
	}
}

func TestTwoChangesOfOneFileAreRefused(t *testing.T) {
	rel, err := tree.SafeRel("README.md")
	must(t, err)
	c := write.Change{Op: write.Delete, Path: rel, Was: write.ContentOf(tree.File{Data: []byte("old\n")})}
	dir := updated.dir(t)
	if _, err := write.Apply(t.Context(), disk(t, dir), write.Set{Name: "shop", Changes: []write.Change{c, c}}); err == nil {
		t.Error("no error")
	}
	if diff := cmp.Diff(state(t, updated.dir(t)), state(t, dir)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestAFileMadeInADirectoryThatGoesStays makes it after the directory was found
// empty, and before it is taken away.
func TestAFileMadeInADirectoryThatGoesStays(t *testing.T) {
	dir := updated.dir(t)
	_, err := updated.run(t.Context(), faultfs.Wrap(disk(t, dir), func(op faultfs.Op) error {
		if op.Name == "rename" && strings.Contains(op.Path, "/gone/") {
			_ = os.WriteFile(filepath.Join(dir, "shop/lone/deep/mine"), []byte("mine\n"), 0o644)
		}
		return nil
	}), nil)
	must(t, err)
	if data, err := os.ReadFile(filepath.Join(dir, "shop/lone/deep/mine")); string(data) != "mine\n" {
		t.Errorf("it is %q, %v", data, err)
	}
}

func TestAStagedRepositoryIsNotMergedIntoAnother(t *testing.T) {
	dir := t.TempDir()
	for name, data := range map[string]string{
		"scaffold.lock": "", "journal.json": "{}", "tree/.git/hooks/pre-commit": "theirs\n", "tree/README.md": "# Shop\n",
	} {
		file := filepath.Join(dir, ".in-place.scaffold-0", name)
		must(t, os.MkdirAll(filepath.Dir(file), 0o755))
		must(t, os.WriteFile(file, []byte(data), 0o644))
	}
	must(t, os.MkdirAll(filepath.Join(dir, ".git/hooks"), 0o755))
	done, err := write.Recover(t.Context(), disk(t, dir), ".", nil)
	must(t, err)
	if diff := cmp.Diff([]write.Recovery{{Dir: ".", Finished: true, Kept: []string{".git"}}}, done); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, err := os.Lstat(filepath.Join(dir, ".git/hooks/pre-commit")); err == nil {
		t.Error("a hook was added to the repository that was there")
	}
}

// TestNothingIsSeenBeforeItIsWrittenOut holds the order that a power cut needs:
// each staged file is written out before the first of them is moved into place.
// A large set is written out by one call for all.
func TestNothingIsSeenBeforeItIsWrittenOut(t *testing.T) {
	many, err := tree.New(large(t, 300)...)
	must(t, err)
	for name, run := range map[string]func(write.Disk) error{
		"a new directory": func(d write.Disk) error { _, err := scenarios[0].run(t.Context(), d, project(t)); return err },
		"an update":       func(d write.Disk) error { _, err := updated.run(t.Context(), d, nil); return err },
		"many files":      func(d write.Disk) error { _, err := scenarios[0].run(t.Context(), d, many.Files()); return err },
	} {
		t.Run(name, func(t *testing.T) {
			dir := updated.dir(t)
			if name != "an update" {
				must(t, os.RemoveAll(filepath.Join(dir, "shop")))
			}
			var mu sync.Mutex
			written, pending, seen := 0, map[string]bool{}, false
			must(t, run(faultfs.Wrap(disk(t, dir), func(op faultfs.Op) error {
				mu.Lock()
				defer mu.Unlock()
				name := path.Clean(strings.TrimPrefix(op.Path, dir+"/"))
				switch {
				case op.Name == "write" && !seen:
					written++
					pending[name] = true
				case op.Name == "sync" && op.Path == ".":
					clear(pending)
				case op.Name == "sync":
					delete(pending, name)
				case op.Name == "rename" && !strings.Contains(op.Path, ".scaffold-") && !strings.Contains(op.Path, ".git/"):
					seen = true
					for name := range pending {
						if !strings.Contains(name, "tmp_") && !strings.Contains(name, ".draft") {
							t.Errorf("%s is renamed, and %s is not written out", op.Path, name)
						}
					}
				}
				return nil
			})))
			if written == 0 || !seen {
				t.Error("nothing was written")
			}
		})
	}
}
