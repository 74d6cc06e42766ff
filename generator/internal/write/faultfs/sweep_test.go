package faultfs_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/afero"

	"scaffold/generator/fault"
	"scaffold/generator/internal/tree"
	"scaffold/generator/internal/vcs"
	"scaffold/generator/internal/write"
	"scaffold/generator/internal/write/faultfs"
	"scaffold/internal/testenv"
)

// These tests hold one promise of the write step and its git step together:
// whatever fails, and whenever the process dies, there is the old directory or
// the finished project, and the next run works.

var long = flag.Bool("long", os.Getenv("SCAFFOLD_LONG") == "1", "try every error at every operation")

// A scenario is a kind of destination, and what is to be done there.
type scenario struct {
	name    string
	before  map[string]string // a name that ends in ! is of a file that only its owner may read
	job     string
	force   bool
	changes func() ([]write.Change, error) // nil: those that make the project
	clone   bool                           // it holds a repository that waits for its first commit
}

var scenarios = []scenario{
	{name: "a new directory", job: "shop"},
	{name: "missing parents", job: "a/b/shop"},
	{name: "an existing empty directory", job: "shop", before: map[string]string{"shop/": ""}},
	{name: "the root itself", job: "."},
	{name: "beside files", job: "shop", force: true, before: map[string]string{"shop/README.md": "mine\n", "shop/src/b.py": "b = 2\n", "shop/notes": "mine\n"}},
	{name: "an update", job: "shop", force: true, changes: update, before: map[string]string{
		"shop/README.md!": "old\n", "shop/bin/run": "old\n", "shop/LICENSE": "same\n", "shop/notes": "mine\n",
		"shop/src/old/gone.py": "gone\n", "shop/lone/deep/only.py!": "gone\n", "shop/src/name.py!": "moved\n",
		"shop/conf": "a file that becomes a directory\n", "shop/d/x": "a directory that becomes a file\n",
		"shop/.env": "mine\n", "shop/.scaffold/lock.yaml": "old\n", "shop/.scaffold/gone": "gone\n",
		"shop/index": "old\n", "shop/index.next": "new\n",
	}},
	{name: "a fresh clone", job: "clone", clone: true, before: map[string]string{"clone/": ""}},
}

// update has every operation, and of each what is hard about it.
func update() ([]write.Change, error) {
	var failed error
	file := func(name, data string) tree.File {
		rel, err := tree.SafeRel(name)
		failed = errors.Join(failed, err)
		return tree.File{Path: rel, Mode: 0o644, Data: []byte(data)}
	}
	change := func(op write.Op, name, was, now string) write.Change {
		c := write.Change{Op: op, Path: file(name, "").Path, Now: file(name, now)}
		if was != "" {
			c.Was = write.ContentOf(file(name, was))
		}
		return c
	}
	beside := change(write.Create, ".env", "", "ours\n")
	beside.Beside = true
	run := change(write.Replace, "bin/run", "old\n", "#!/bin/sh\n")
	run.Now.Mode = 0o755
	moved := change(write.Move, "lib/name.py", "moved\n", "moved, and changed\n")
	moved.From = file("src/name.py", "").Path
	lock := change(write.Replace, ".scaffold/lock.yaml", "old\n", "new\n")
	gone := change(write.Delete, ".scaffold/gone", "gone\n", "")
	record := change(write.Create, ".scaffold/more", "", "new\n")
	lock.Last, gone.Last, record.Last = true, true, true
	return []write.Change{
		lock, gone, record, beside, run, moved,
		change(write.Replace, "README.md", "old\n", "new\n"),
		change(write.Keep, "LICENSE", "same\n", "same\n"),
		change(write.Delete, "src/old/gone.py", "gone\n", ""),
		change(write.Delete, "lone/deep/only.py", "gone\n", ""),
		change(write.Create, "docs/new/a.md", "", "a\n"),
		change(write.Create, "docs/new/b.md", "", "b\n"),
		change(write.Delete, "conf", "a file that becomes a directory\n", ""),
		change(write.Create, "conf/x", "", "x\n"),
		change(write.Delete, "d/x", "a directory that becomes a file\n", ""),
		change(write.Create, "d", "", "d\n"),
	}, failed
}

// index is a step that puts one file in place of another, as the index of a
// repository is.
func index(disk write.Disk) *write.Step {
	there := func(name string) (bool, error) {
		_, err := disk.Stat("shop/" + name)
		if errors.Is(err, fs.ErrNotExist) {
			return false, nil
		}
		return err == nil, err
	}
	rename := func(from, to string) error {
		is, err := there(from)
		taken, err2 := there(to)
		if err := errors.Join(err, err2); err != nil || !is || taken {
			return err
		}
		return disk.Rename("shop/"+from, "shop/"+to)
	}
	return &write.Step{
		Data: []byte("index"),
		Do: func(_ context.Context, data []byte) error {
			name := string(data)
			if err := rename(name, name+".was"); err != nil {
				return err
			}
			return rename(name+".next", name)
		},
		Undo: func(_ context.Context, data []byte) error {
			name := string(data)
			if done, err := there(name + ".was"); err != nil || !done {
				return err
			}
			if err := rename(name, name+".next"); err != nil {
				return err
			}
			return rename(name+".was", name)
		},
	}
}

var contents = map[string]string{
	"README.md": "# Shop\n", "src/a.py": "a = 1\n", "src/b.py": "b = 2\n", "src/deep/er/c.py": "c = 3\n",
	"bin/run": "#!/bin/sh\n", "data.bin": "\x00\xff", "empty": "",
}

func project(t testing.TB) []tree.File {
	t.Helper()
	files, err := plan()
	must(t, err)
	return files
}

func plan() ([]tree.File, error) {
	var all []tree.File
	for name, data := range contents {
		rel, err := tree.SafeRel(name)
		if err != nil {
			return nil, err
		}
		mode := fs.FileMode(0o644)
		if name == "bin/run" {
			mode = 0o755
		}
		all = append(all, tree.File{Path: rel, Mode: mode, Data: []byte(data)})
	}
	sorted, err := tree.New(all...)
	return sorted.Files(), err
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// run is the whole of what a command does on a disk.
func (s scenario) run(ctx context.Context, disk write.Disk, files []tree.File) (write.Report, error) {
	if s.changes != nil {
		changes, err := s.changes()
		if err != nil {
			return write.Report{}, err
		}
		return write.Apply(ctx, disk, write.Set{Name: s.job, Changes: changes, Step: index(disk)})
	}
	if s.clone {
		step, err := first(disk, files)
		if err != nil {
			return write.Report{}, err
		}
		return write.Apply(ctx, disk, write.Set{Name: s.job, Changes: write.Creating(files, false), Vacant: true, Overlook: []string{".git"}, Step: step})
	}
	return write.Apply(ctx, disk, write.Set{
		Name: s.job, Changes: write.Creating(files, s.force), Vacant: !s.force,
		Finish: func(ctx context.Context, root afero.Fs, files []tree.Written) error {
			_, err := vcs.Create(ctx, root, files, commit)
			return err
		},
	})
}

var commit = vcs.Options{
	Branch: "main", Author: vcs.Identity{Name: "Ada", Email: "ada@example.com"},
	When: time.Unix(1_770_000_000, 0), Message: "Start shop",
}

// first is the step that commits to a clone. Each look before and after git's
// work is an operation that may fail or be the last.
func first(disk write.Disk, files []tree.File) (*write.Step, error) {
	data, err := vcs.NewFirst(files, commit).Data()
	dir := filepath.Join(disk.Name(), "clone")
	look := func() error { _, err := disk.Stat("clone/.git"); return err }
	return &write.Step{
		Data: data,
		Do: func(ctx context.Context, data []byte) error {
			if err := look(); err != nil {
				return err
			}
			if _, err := vcs.Make(ctx, dir, data); err != nil {
				return err
			}
			return look()
		},
		Undo: func(ctx context.Context, _ []byte) error { return vcs.Unmake(ctx, dir) },
	}, err
}

// step is what finishes a run of the scenario that was killed.
func (s scenario) step(t testing.TB, disk write.Disk) *write.Step {
	t.Helper()
	if s.changes != nil {
		return index(disk)
	}
	step, err := first(disk, nil)
	must(t, err)
	return step
}

// dir makes a destination, in memory where the system has such a place: the
// tests wait for it thousands of times.
func (s scenario) dir(t testing.TB) string {
	t.Helper()
	parent := ""
	if info, err := os.Stat("/dev/shm"); err == nil && info.IsDir() {
		parent = "/dev/shm"
	}
	dir, err := os.MkdirTemp(parent, "scaffold-faultfs-")
	must(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	for _, name := range slices.Sorted(maps.Keys(s.before)) {
		data := s.before[name]
		if strings.HasSuffix(name, "/") {
			must(t, os.MkdirAll(filepath.Join(dir, name), 0o755))
			continue
		}
		name, private := strings.CutSuffix(name, "!")
		mode := map[bool]fs.FileMode{true: 0o700, false: 0o755}[private]
		must(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), mode))
		must(t, os.WriteFile(filepath.Join(dir, name), []byte(data), mode&0o666))
	}
	if s.clone {
		out, err := exec.Command("git", "init", "-q", "-b", "trunk", filepath.Join(dir, s.job)).CombinedOutput()
		if err != nil {
			t.Fatalf("git init: %v %s", err, out)
		}
	}
	return dir
}

func disk(t testing.TB, dir string) *write.Dir {
	t.Helper()
	d, err := write.OpenDir(dir)
	must(t, err)
	t.Cleanup(func() { d.Close() })
	return d
}

// state is everything below dir with its modes, except the index, which holds
// times.
func state(t testing.TB, dir string) map[string]string {
	t.Helper()
	got := map[string]string{}
	must(t, filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || name == dir {
			return err
		}
		key, _ := filepath.Rel(dir, name)
		if ofGit(key) {
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		mode := fmt.Sprintf("%o ", info.Mode().Perm())
		if d.IsDir() {
			got[key+"/"] = mode
			return nil
		}
		data, err := os.ReadFile(name)
		if strings.HasSuffix(key, ".git/index") {
			data = nil
		}
		got[key] = mode + string(data)
		return err
	}))
	return got
}

// ofGit says of a name that it is one of those that git leaves in a clone whose
// first commit is taken back: objects that nothing names, and its log.
func ofGit(name string) bool {
	_, name, in := strings.Cut(name, "clone/.git/")
	return in && (len(name) > 9 && name[:8] == "objects/" || strings.HasPrefix(name, "logs") || name == "index")
}

// after is the state that an undisturbed run leaves, and the operations that
// this takes.
func (s scenario) after(t testing.TB) (map[string]string, []string) {
	t.Helper()
	dir, ops := s.dir(t), []string{}
	var mu sync.Mutex
	note := func(op faultfs.Op) error { mu.Lock(); defer mu.Unlock(); ops = append(ops, op.Name); return nil }
	_, err := s.run(t.Context(), faultfs.Wrap(disk(t, dir), note), project(t))
	must(t, err)
	return state(t, dir), ops
}

func TestEveryOperationMayFail(t *testing.T) {
	faults := []struct {
		name  string
		cause error
	}{
		{"no space", syscall.ENOSPC}, {"half a write", faultfs.ErrShort}, {"input/output error", syscall.EIO},
		{"permission denied", syscall.EACCES}, {"too many open files", syscall.EMFILE},
	}
	for _, s := range scenarios {
		for i, fault := range faults {
			t.Run(s.name+", "+fault.name, func(t *testing.T) {
				t.Parallel()
				every := s.stride(len(faults) - 1)
				s.failOnce(t, fault.cause, func(k int, op string) bool {
					if fault.cause == faultfs.ErrShort && !*long {
						return op == "write" // though their order may be another the next time
					}
					return k%every == i%every
				})
			})
		}
		t.Run(s.name+", a disk that stays full", func(t *testing.T) {
			t.Parallel()
			s.failFrom(t)
		})
	}
}

// stride is 1 where everything is to be tried; else the faults share the
// operations, so that each of them meets one fault. A clone has git run many
// times for each.
func (s scenario) stride(n int) int {
	if *long {
		return 1
	}
	if s.clone {
		return 4 * n
	}
	return n
}

// failOnce runs with the k-th operation failing, for every k that is chosen.
func (s scenario) failOnce(t *testing.T, cause error, chosen func(k int, op string) bool) {
	want, ops := s.after(t)
	failures := 0
	for k := 1; k <= len(ops); k++ {
		if !chosen(k, ops[k-1]) {
			continue
		}
		var at faultfs.Op
		dir := s.dir(t)
		_, err := s.run(t.Context(), faultfs.Wrap(disk(t, dir), func(op faultfs.Op) error {
			if op.N != k || errors.Is(cause, faultfs.ErrShort) && op.Name != "write" {
				return nil
			}
			at = op
			return cause
		}), project(t))
		if at.N > 0 {
			failures++
			s.check(t, dir, at, cause, err, want)
		} else if err != nil {
			t.Fatalf("nothing failed, and yet: %v", err)
		}
		must(t, os.RemoveAll(dir))
	}
	if failures == 0 {
		t.Error("no operation failed")
	}
	t.Logf("%d operations failed", failures)
}

// failFrom runs with every operation that needs room failing from the k-th on.
func (s scenario) failFrom(t *testing.T) {
	want, ops := s.after(t)
	for k := 1; k <= len(ops); k += s.stride(4) {
		var at faultfs.Op
		var mu sync.Mutex
		dir := s.dir(t)
		_, err := s.run(t.Context(), faultfs.Wrap(disk(t, dir), func(op faultfs.Op) error {
			mu.Lock()
			defer mu.Unlock()
			if op.N < k || op.Name != "create" && op.Name != "mkdir" && op.Name != "write" {
				return nil
			}
			at = op
			return syscall.ENOSPC
		}), project(t))
		if at.N > 0 {
			s.check(t, dir, at, syscall.ENOSPC, err, want)
		}
		must(t, os.RemoveAll(dir))
	}
}

// check holds a run that met a fault to the promise.
func (s scenario) check(t *testing.T, dir string, at faultfs.Op, cause, err error, want map[string]string) {
	t.Helper()
	where := fmt.Sprintf("operation %d, %s %s", at.N, at.Name, at.Path)
	old := state(t, s.dir(t))
	got := state(t, dir)
	if err != nil && !fault.Is(err, fault.Full, fault.NotWritable, fault.Busy) || errors.Is(cause, syscall.ENOSPC) && !fault.Is(err, fault.Full) && err != nil {
		t.Errorf("%s: the error is %v, of the kind %s", where, err, fault.KindOf(err))
	}
	oneOf := map[bool]map[string]string{true: want, false: old}[err == nil]
	if at.Name != "remove" || !strings.Contains(at.Path, ".scaffold-") { // a stage that cannot be removed is left to the next run
		if diff := cmp.Diff(oneOf, got); diff != "" {
			t.Fatalf("%s: after the error %v (-want +got):\n%s", where, err, diff)
		}
	}
	s.again(t, dir, where, want)
}

// again runs once more, without any fault.
func (s scenario) again(t *testing.T, dir, where string, want map[string]string) {
	t.Helper()
	report, err := s.run(t.Context(), disk(t, dir), project(t))
	if err != nil && !fault.Is(err, fault.NotEmpty, fault.Exists, fault.Changed) { // it is all done
		t.Errorf("%s: the next run: %v", where, err)
	}
	if diff := cmp.Diff(want, state(t, dir)); diff != "" {
		t.Fatalf("%s: after the next run, which recovered %v and got %v (-want +got):\n%s", where, report.Recovered, err, diff)
	}
}

// TestMain is also the process that kills itself: see [TestKilledAtEveryOperation].
func TestMain(m *testing.M) {
	if dir := os.Getenv("FAULTFS_DIR"); dir != "" {
		os.Exit(die(dir, os.Getenv("FAULTFS_SCENARIO"), os.Getenv("FAULTFS_K")))
	}
	flag.Parse()
	os.Exit(m.Run())
}

// die runs a scenario and kills the process before the k-th operation, or,
// where that is a write, in the middle of it.
func die(dir, index, at string) int {
	i, _ := strconv.Atoi(index)
	k, _ := strconv.Atoi(at)
	d, err := write.OpenDir(dir)
	if err != nil {
		return 1
	}
	files, err := plan()
	if err != nil {
		return 1
	}
	var half atomic.Bool
	_, err = scenarios[i].run(context.Background(), faultfs.Wrap(d, func(op faultfs.Op) error {
		if op.N == k && op.Name == "write" {
			half.Store(true)
			return faultfs.ErrShort
		}
		if op.N >= k || half.Load() {
			self, _ := os.FindProcess(os.Getpid())
			_ = self.Kill()
			select {}
		}
		return nil
	}), files)
	if err != nil {
		return 1
	}
	return 0
}

func TestKilledAtEveryOperation(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("needs SIGKILL")
	}
	self, err := os.Executable()
	must(t, err)
	var points sync.Map
	t.Run("sweep", func(t *testing.T) {
		for i, s := range scenarios {
			t.Run(s.name, func(t *testing.T) {
				t.Parallel()
				want, ops := s.after(t)
				for k := 1; k <= len(ops); k++ {
					if k%s.stride(6) != i%s.stride(6) {
						continue
					}
					s.kill(t, self, i, k, want)
					points.Store([2]int{i, k}, true)
				}
			})
		}
	})
	n := 0
	points.Range(func(any, any) bool { n++; return true })
	t.Logf("killed at %d points", n)
	if n < 200 {
		t.Errorf("killed at %d points, want at least 200", n)
	}
}

func (s scenario) kill(t *testing.T, self string, i, k int, want map[string]string) {
	t.Helper()
	dir := s.dir(t)
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), "FAULTFS_DIR="+dir, fmt.Sprintf("FAULTFS_SCENARIO=%d", i), fmt.Sprintf("FAULTFS_K=%d", k))
	out, err := cmd.CombinedOutput()
	exit, ok := errors.AsType[*exec.ExitError](err)
	if !ok || exit.ExitCode() != -1 {
		t.Fatalf("operation %d: the process was not killed: %v\n%s", k, err, out)
	}
	where := fmt.Sprintf("killed at operation %d", k)
	old, now := state(t, s.dir(t)), state(t, dir)
	for name := range old {
		if old[name] == want[name] && now[name] != old[name] {
			t.Errorf("%s: the person's %s is %q", where, name, now[name])
		}
	}
	d := disk(t, dir)
	done, err := write.Recover(t.Context(), d, s.job, s.step(t, d))
	must(t, err)
	if diff := cmp.Diff(want, state(t, dir)); diff != "" && !cmp.Equal(old, state(t, dir)) {
		t.Fatalf("%s: neither old nor new after %v (-want +got):\n%s", where, done, diff)
	}
	s.again(t, dir, where, want)
	must(t, os.RemoveAll(dir))
}

func TestAfterASweepGitIsContent(t *testing.T) {
	for _, s := range scenarios {
		if s.changes != nil {
			continue // no repository
		}
		dir := s.dir(t)
		_, err := s.run(t.Context(), disk(t, dir), project(t))
		must(t, err)
		for _, args := range [][]string{{"fsck", "--strict", "--full"}, {"diff-index", "--quiet", "--cached", "HEAD"}} {
			cmd := exec.Command("git", args...)
			cmd.Dir = filepath.Join(dir, s.job)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%s: git %v: %v\n%s", s.name, args, err, out)
			}
		}
		if s.force {
			continue // there are files of the person's
		}
		cmd := exec.Command("git", "status", "--porcelain")
		cmd.Dir = filepath.Join(dir, s.job)
		if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
			t.Errorf("%s: git status: %v\n%s", s.name, err, out)
		}
	}
}

func TestAFullDisk(t *testing.T) {
	for _, pages := range []int{1, 4, 16, 48} {
		dir := testenv.Mount(t, "tmpfs", fmt.Sprintf("size=%dk", 4*pages))
		rel, err := tree.SafeRel("large")
		must(t, err)
		large := tree.File{Path: rel, Mode: 0o644, Data: bytes.Repeat([]byte("x"), 8<<20)}
		d := disk(t, dir)
		_, err = scenarios[0].run(t.Context(), d, append(project(t), large))
		if !fault.Is(err, fault.Full) || err.Error() != "no room left on the disk for shop" {
			t.Errorf("%d pages: got %v", pages, err)
		}
		if got := state(t, dir); len(got) > 0 {
			t.Errorf("%d pages: left behind %v", pages, got)
		}
		must(t, d.Close())
	}
}

func TestADiskThatIsReadOnly(t *testing.T) {
	dir := testenv.Mount(t, "tmpfs", "ro")
	d := disk(t, dir)
	defer d.Close()
	_, err := scenarios[0].run(t.Context(), d, project(t))
	if !fault.Is(err, fault.NotWritable) || err.Error() != "shop cannot be written: read-only file system" {
		t.Errorf("got %v", err)
	}
}

func TestADirectoryOfSomeoneElse(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("modes mean little there")
	}
	if os.Geteuid() == 0 {
		t.Skip("root may write everywhere")
	}
	dir := t.TempDir()
	must(t, os.Chmod(dir, 0o555))
	_, err := scenarios[0].run(t.Context(), disk(t, dir), project(t))
	if !fault.Is(err, fault.NotWritable) {
		t.Errorf("got %v", err)
	}
}
