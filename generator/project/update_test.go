package project

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"scaffold/generator"
	"scaffold/generator/fault"
	"scaffold/generator/internal/record"
	"scaffold/generator/internal/write"
	"scaffold/generator/internal/write/faultfs"
	"scaffold/generator/manifest"
	"scaffold/generator/session"
	"scaffold/generator/source"
	"scaffold/templates"
)

// environ is that of a machine whose git is called Ada.
func environ(dir string) []string {
	return append(os.Environ(), "HOME="+dir, "XDG_CONFIG_HOME="+dir, "GIT_CONFIG_NOSYSTEM=1",
		"GIT_AUTHOR_NAME=Ada", "GIT_AUTHOR_EMAIL=ada@example.com", "GIT_COMMITTER_NAME=Ada", "GIT_COMMITTER_EMAIL=ada@example.com")
}

// A shop is a project, and the machine that it is on.
type shop struct {
	dir     string
	environ []string
	now     time.Time
}

func git(t testing.TB, s shop, args ...string) string {
	t.Helper()
	out, err := s.git(args...)
	if err != nil {
		t.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return out
}

func (s shop) git(args ...string) (string, error) {
	cmd := exec.Command("git", args...)
	cmd.Dir, cmd.Env = s.dir, s.environ
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func (s shop) machine(builtin fs.FS) Machine {
	return Machine{
		Templates: source.New(builtin, s.dir).With(source.Settings{Environ: func() []string { return s.environ }}),
		Generator: generator.New(generator.Options{Now: s.now}), Environ: s.environ,
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// newShop makes a project of a built-in template.
func newShop(t testing.TB, builtin fs.FS, template string) shop {
	t.Helper()
	return newShopWith(t, builtin, template, nil)
}

// newShopWith makes one with answers.
func newShopWith(t testing.TB, builtin fs.FS, template string, set manifest.Answers) shop {
	t.Helper()
	home := t.TempDir()
	s := shop{dir: filepath.Join(home, "shop"), environ: environ(home), now: time.Unix(1767225600, 0).UTC()}
	m := session.Machine{Templates: s.machine(builtin).Templates, Dir: home, Now: s.now, Environ: s.environ}
	made, err := session.Start(t.Context(), m, session.Given{Dir: s.dir, Template: template, Author: "Ada <ada@example.com>", Set: set})
	must(t, err)
	plan, err := made.Plan(t.Context())
	must(t, err)
	_, err = made.Apply(t.Context(), plan)
	must(t, err)
	return s
}

// update plans an update, with answers that are set.
func (s shop) update(ctx context.Context, m Machine, set manifest.Answers) (*Update, error) {
	return s.move(ctx, m, source.Move{}, set)
}

// move is update, of some of the layers.
func (s shop) move(ctx context.Context, m Machine, which source.Move, set manifest.Answers) (*Update, error) {
	p, err := Open(ctx, s.dir)
	if err != nil {
		return nil, err
	}
	var ref string
	if m.Templates, ref, err = p.Next(ctx, m.Templates, 0, which); err != nil {
		return nil, err
	}
	tpl, err := m.Templates.Load(ctx, ref)
	if err != nil {
		return nil, err
	}
	recorded, edited, err := p.Answers(ctx, 0, tpl)
	if err != nil {
		return nil, err
	}
	maps.Copy(edited, set)
	part := p.Parts[0]
	made, err := session.Start(ctx, session.Machine{Templates: m.Templates, Dir: s.dir, Now: s.now, Environ: s.environ}, session.Given{
		Dir: s.dir, Name: Name(part), Template: ref, Set: edited, Hooks: session.HooksSkipped,
		Made: &session.Made{Signals: part.Signals, Answers: recorded, Date: part.Date, Recommendation: part.Recommendation},
	})
	if err != nil {
		return nil, err
	}
	next, err := made.Part(ctx)
	if err != nil {
		return nil, err
	}
	return p.Update(ctx, m, []generator.Part{next})
}

// apply updates, and commits where there are no conflicts.
func (s shop) apply(t testing.TB, builtin fs.FS) *Update {
	t.Helper()
	u, err := s.update(t.Context(), s.machine(builtin), nil)
	must(t, err)
	defer u.Close()
	_, err = u.Apply(t.Context(), Commit{Wanted: len(u.Conflicts()) == 0 && !u.Current()})
	must(t, err)
	return u
}

// state is what stands in the project, with what git's index holds.
func (s shop) state(t testing.TB) map[string]string {
	t.Helper()
	found := s.files(t)
	found["index"] = git(t, s, "ls-files", "--stage")
	return found
}

// files is what stands in the project.
func (s shop) files(t testing.TB) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(s.dir, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && d.Name() == ".git":
			return fs.SkipDir
		case d.IsDir() || d.Name() == ".git":
			return nil
		}
		rel, _ := filepath.Rel(s.dir, name)
		data, err := os.ReadFile(name)
		info, _ := d.Info()
		found[rel] = info.Mode().String() + " " + string(data)
		return err
	})
	must(t, err)
	return found
}

// A release is a template, and what is in it.
type release map[string]string

func (r release) fs() fstest.MapFS {
	out := fstest.MapFS{}
	for name, data := range r {
		out["web/"+name] = &fstest.MapFile{Data: []byte(data), Mode: 0o644}
	}
	return out
}

// with adds the older versions that a newer scaffold holds.
func with(t testing.TB, now fstest.MapFS, name string, older ...fs.FS) fstest.MapFS {
	t.Helper()
	out := maps.Clone(now)
	for _, fsys := range older {
		sub, err := fs.Sub(fsys, name)
		must(t, err)
		data, err := source.Pack(sub)
		must(t, err)
		packed, version, _, err := source.Digests(data)
		must(t, err)
		out[source.ReleaseFile(packed, version)] = &fstest.MapFile{Data: data}
	}
	return out
}

func header(version, rest string) string {
	return "apiVersion: scaffold/v1\nname: web\ntitle: Web\ndescription: a web\nversion: " + version + "\n" + rest
}

func lines(from, to int) string {
	var b strings.Builder
	for i := from; i <= to; i++ {
		fmt.Fprintf(&b, "line %d\n", i)
	}
	return b.String()
}

// versions are three of one template: edits, a deletion, a move, a new file, a
// new question.
func versions() []release {
	v1 := release{
		"template.yaml":         header("1.0.0", "questions:\n  - {id: port, type: int, default: 8000}\n"),
		"files/README.md":       "# web\n",
		"files/app.txt.tmpl":    "port {{ .port }}\n" + lines(1, 30),
		"files/old.txt":         lines(100, 130),
		"files/gone.txt":        lines(200, 210),
		"files/run.sh":          "#!/bin/sh\n",
		"files/dir/deep.txt":    lines(300, 310),
		"files/.gitignore.tmpl": "*.log\n",
	}
	v2 := maps.Clone(v1)
	v2["template.yaml"] = header("1.1.0", "questions:\n  - {id: port, type: int, default: 8000}\n  - {id: color, type: string, default: red}\n")
	v2["files/app.txt.tmpl"] = "port {{ .port }}\n" + lines(1, 29) + "the last, {{ .color }}\n"
	v2["files/new.txt"] = "new\n"
	delete(v2, "files/old.txt")
	v2["files/dir/moved.txt"] = lines(100, 130)
	delete(v2, "files/gone.txt")
	v3 := maps.Clone(v2)
	v3["template.yaml"] = header("2.0.0", "questions:\n  - {id: port, type: int, default: 8000}\n  - {id: color, type: string, default: red}\nfiles:\n  - {glob: run.sh, mode: \"0755\"}\n")
	v3["files/README.md"] = "# web\n\nmore\n"
	delete(v3, "files/dir/deep.txt")
	v3["files/new.txt"] = "newer\n"
	return []release{v1, v2, v3}
}

func TestAnUneditedProjectBecomesTheNewVersion(t *testing.T) {
	v := versions()
	s := newShop(t, v[0].fs(), "web")
	s.apply(t, with(t, v[1].fs(), "web", v[0].fs()))
	u := s.apply(t, with(t, v[2].fs(), "web", v[0].fs(), v[1].fs()))
	if n := len(u.Conflicts()); n > 0 {
		t.Errorf("%d conflicts", n)
	}
	fresh := newShop(t, v[2].fs(), "web")
	if diff := cmp.Diff(fresh.state(t), s.state(t)); diff != "" {
		t.Errorf("a fresh project and an updated one differ (-fresh +updated):\n%s", diff)
	}
	if again := s.apply(t, v[2].fs()); !again.Current() {
		t.Errorf("a second update has %d changes", len(again.Plan.Files))
	}
}

func TestTheSameVersionChangesNothing(t *testing.T) {
	v := versions()
	s := newShop(t, v[0].fs(), "web")
	must(t, os.WriteFile(filepath.Join(s.dir, "app.txt"), []byte("mine\n"), 0o644))
	git(t, s, "commit", "-qam", "mine")
	before := s.state(t)
	if u := s.apply(t, v[0].fs()); !u.Current() {
		t.Error("it would change something")
	}
	if diff := cmp.Diff(before, s.state(t)); diff != "" {
		t.Error(diff)
	}
}

// edited is a project whose owner has done what owners do, and a newer scaffold.
func edited(t testing.TB) (shop, fstest.MapFS) {
	t.Helper()
	v := versions()
	s := newShop(t, v[0].fs(), "web")
	edit := func(name, data string) { must(t, os.WriteFile(filepath.Join(s.dir, name), []byte(data), 0o644)) }
	edit("app.txt", "mine\nport 8000\n"+lines(1, 30))
	edit("old.txt", "mine\n"+lines(100, 130))
	edit("own.txt", "mine\n")
	edit("gone.txt", "mine\n"+lines(200, 210))
	edit("new.txt", "an own new one\n")
	git(t, s, "add", "-A", ":!new.txt")
	git(t, s, "commit", "-qm", "mine")
	edit("a.log", "mine\n")
	return s, with(t, v[1].fs(), "web", v[0].fs())
}

// after is what an update makes of an edited project.
func after(t *testing.T) map[string]string {
	t.Helper()
	s, builtin := edited(t)
	u, err := s.update(t.Context(), s.machine(builtin), nil)
	must(t, err)
	defer u.Close()
	_, err = u.Apply(t.Context(), Commit{})
	must(t, err)
	if n := len(u.Conflicts()); n != 2 { // gone.txt, and new.txt beside the owner's
		t.Errorf("%d conflicts", n)
	}
	return s.state(t)
}

func TestAbortTakesBackWhatIsStillAsTheUpdateWroteIt(t *testing.T) {
	s, builtin := edited(t)
	before := s.state(t)
	u := s.apply(t, builtin)
	u.Close()
	p, err := Open(t.Context(), s.dir)
	must(t, err)
	must(t, os.WriteFile(filepath.Join(s.dir, "app.txt"), []byte("settled\n"), 0o644))
	done, err := p.Abort(t.Context(), s.machine(builtin))
	must(t, err)
	if diff := cmp.Diff([]string{"app.txt"}, done.Kept); diff != "" {
		t.Error(diff)
	}
	now := s.state(t)
	if now["app.txt"] != "-rw-r--r-- settled\n" {
		t.Errorf("app.txt is %q", now["app.txt"])
	}
	delete(before, "app.txt")
	delete(now, "app.txt")
	if diff := cmp.Diff(before, now); diff != "" {
		t.Errorf("before and after (-before +after):\n%s", diff)
	}
}

// TestAbortGivesBackWhatNoCommitHolds has an update replace, take away and add
// files that git ignores, of a project whose answers.yaml was edited.
func TestAbortGivesBackWhatNoCommitHolds(t *testing.T) {
	v1 := release{
		"template.yaml": header("1.0.0", "questions:\n  - {id: port, type: int, default: 8000}\n"), "files/a": "{{ .port }}\n",
		"files/.gitignore": "*.local\n", "files/one.local.tmpl": "one {{ .port }}\n", "files/two.local": "two\n",
	}
	v2 := maps.Clone(v1)
	v2["template.yaml"] = header("1.1.0", "questions:\n  - {id: port, type: int, default: 8000}\n")
	delete(v2, "files/two.local")
	v2["files/three.local"] = "three\n"
	s := newShop(t, v1.fs(), "web")
	s.edit(t, record.AnswersFile, "port: 8000", "port: 9000 # mine")
	before := s.state(t)
	builtin := with(t, v2.fs(), "web", v1.fs())
	u := s.apply(t, builtin)
	if got := s.files(t); !strings.HasSuffix(got["one.local"], "one 9000\n") || got["two.local"] != "" || got["three.local"] == "" {
		t.Fatalf("the update gives %v", u.Files)
	}
	git(t, s, "reset", "-q", "--soft", "HEAD~1") // as if it had not been committed
	p, err := Open(t.Context(), s.dir)
	must(t, err)
	_, err = p.Abort(t.Context(), s.machine(builtin))
	must(t, err)
	if diff := cmp.Diff(before, s.state(t)); diff != "" {
		t.Errorf("(-before +after):\n%s", diff)
	}
}

// faulty is the machine with a hook before each operation on its disk, and
// before and after the step on git's index.
func (s shop) faulty(builtin fs.FS, hook func(faultfs.Op) error) Machine {
	m := s.machine(builtin)
	m.disk = func(dir string) (write.Disk, string, error) {
		d, name, err := write.OpenAbove(dir)
		if err != nil {
			return nil, "", err
		}
		return faultfs.Wrap(d, hook), name, nil
	}
	return m
}

// TestEveryFaultOfTheDisk has each operation of an update fail: the project is
// as it was or as it is to be, and the next run ends well.
func TestEveryFaultOfTheDisk(t *testing.T) {
	want := after(t)
	errs := []error{syscall.ENOSPC, syscall.EIO, syscall.EACCES, syscall.EMFILE, faultfs.ErrShort}
	s, builtin := edited(t)
	before := s.state(t)
	k, points := 1, 0
	step := 1
	if testing.Short() {
		step = 7
	}
	for ; ; k += step {
		failed := atomic.Bool{}
		m := s.faulty(builtin, func(op faultfs.Op) error {
			if op.N == k {
				failed.Store(true)
				if err := errs[k%len(errs)]; err != faultfs.ErrShort || op.Name == "write" {
					return err
				}
				return syscall.EIO
			}
			return nil
		})
		u, err := s.update(t.Context(), m, nil)
		if err == nil {
			_, err = u.Apply(t.Context(), Commit{})
			u.Close()
		}
		if err != nil && fault.KindOf(err) == fault.Bug {
			t.Errorf("operation %d: %v is nobody's fault", k, err)
		}
		_, recovered := Recover(t.Context(), s.dir, s.environ)
		must(t, recovered)
		now := s.state(t)
		points++
		switch {
		case cmp.Equal(now, before):
			if err == nil {
				t.Fatalf("operation %d: no error, and nothing changed", k)
			}
			continue
		case !cmp.Equal(now, want):
			t.Fatalf("operation %d, %v: neither old nor new (-new +now):\n%s", k, err, cmp.Diff(want, now))
		}
		if !failed.Load() {
			break
		}
		s, builtin = edited(t) // it went through
	}
	t.Logf("failed at %d points", points)
}

// TestAFailureAfterTheIndexGivesItBack has the last file fail, when git's index is
// done already.
func TestAFailureAfterTheIndexGivesItBack(t *testing.T) {
	s, builtin := edited(t)
	before := s.state(t)
	failed := false
	u, err := s.update(t.Context(), s.faulty(builtin, func(op faultfs.Op) error {
		if op.Name == "rename" && op.Path == record.LockFile && !failed {
			failed = true
			return syscall.EIO
		}
		return nil
	}), nil)
	must(t, err)
	defer u.Close()
	if _, err := u.Apply(t.Context(), Commit{}); err == nil || !failed {
		t.Errorf("it did not fail: %v", err)
	}
	if diff := cmp.Diff(before, s.state(t)); diff != "" {
		t.Errorf("(-before +after):\n%s", diff)
	}
}

// TestMain runs a killed update where the test has asked for one.
func TestMain(m *testing.M) {
	if dir := os.Getenv("UPDATE_DIR"); dir != "" {
		os.Exit(killed(dir))
	}
	os.Exit(m.Run())
}

// killed updates, and is killed at the operation UPDATE_K on the disk; 0 is none.
func killed(dir string) int {
	k, err := strconv.Atoi(os.Getenv("UPDATE_K"))
	if err != nil {
		return 2
	}
	home := filepath.Dir(dir)
	s := shop{dir: dir, environ: environ(home), now: time.Unix(1767225600, 0).UTC()}
	half := atomic.Bool{}
	m := s.faulty(s.next(&testing.T{}), func(op faultfs.Op) error {
		if op.N == k && op.Name == "write" {
			half.Store(true)
			return faultfs.ErrShort
		}
		if k > 0 && op.N >= k || half.Load() {
			self, _ := os.FindProcess(os.Getpid())
			_ = self.Kill()
			select {}
		}
		return nil
	})
	u, err := s.update(context.Background(), m, nil)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	defer u.Close()
	if _, err := u.Apply(context.Background(), Commit{}); err != nil {
		return 1
	}
	return 0
}

// A killing has one project after another updated by processes that are killed.
type killing struct {
	s             shop
	builtin       fs.FS
	before, after map[string]string
	points        int
}

func newKilling(t *testing.T) *killing {
	if runtime.GOOS == "windows" {
		t.Skip("needs SIGKILL")
	}
	k := &killing{after: after(t)}
	k.fresh(t)
	return k
}

func (k *killing) fresh(t *testing.T) {
	k.s, k.builtin = edited(t)
	k.before = k.s.state(t)
}

// run has an update killed, with an environment that says where, and the next
// command end what it left: finished or cleared away, with every line of the
// owner's. It is false where the update came to its end.
func (k *killing) run(t *testing.T, at string, env ...string) bool {
	t.Helper()
	self, err := os.Executable()
	must(t, err)
	cmd := exec.Command(self)
	cmd.Env = append(append(os.Environ(), "UPDATE_DIR="+k.s.dir, "UPDATE_K=0"), env...)
	out, err := cmd.CombinedOutput()
	if err == nil {
		return false
	}
	if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.ExitCode() != -1 {
		t.Fatalf("%s: the process was not killed: %v\n%s", at, err, out)
	}
	k.points++
	done, err := Recover(t.Context(), k.s.dir, k.s.environ)
	if err != nil {
		t.Fatalf("%s: %v", at, err)
	}
	now := k.s.state(t)
	if cmp.Equal(now, k.before) {
		return true
	}
	if !cmp.Equal(now, k.after) {
		t.Fatalf("%s: neither old nor new after %v (-new +now):\n%s", at, done, cmp.Diff(k.after, now))
	}
	git(t, k.s, "fsck", "--strict")
	again, err := k.s.update(t.Context(), k.s.machine(k.builtin), nil)
	must(t, err)
	if !again.Current() {
		t.Fatalf("%s: the next update has something to do", at)
	}
	p, err := Open(t.Context(), k.s.dir)
	must(t, err)
	if _, err := p.Abort(t.Context(), k.s.machine(k.builtin)); err != nil {
		t.Fatalf("%s: it cannot be taken back: %v", at, err)
	}
	if now := k.s.state(t); !cmp.Equal(now, k.before) {
		t.Fatalf("%s: taken back, it is not the old one (-old +now):\n%s", at, cmp.Diff(k.before, now))
	}
	k.fresh(t)
	return true
}

// TestKilledAtEveryOperation kills an update at each operation on the disk.
func TestKilledAtEveryOperation(t *testing.T) {
	k := newKilling(t)
	step := 1
	if testing.Short() {
		step = 9
	}
	for n := 1; k.run(t, fmt.Sprintf("operation %d", n), fmt.Sprintf("UPDATE_K=%d", n)); n += step {
	}
	t.Logf("killed at %d points", k.points)
}

// killer is a git that has whoever runs it killed before or after its nth run.
const killer = `#!/bin/sh
n=$(($(cat "$KILL_COUNT") + 1))
echo $n >"$KILL_COUNT"
[ "$n $KILL_WHEN" != "$KILL_AT before" ] || { kill -9 $PPID; exit 1; }
"$KILL_GIT" "$@"
code=$?
[ "$n $KILL_WHEN" != "$KILL_AT after" ] || kill -9 $PPID
exit $code
`

// TestKilledAroundEveryGit kills an update before and after each git that it
// runs: between the index and the record for --abort, too.
func TestKilledAroundEveryGit(t *testing.T) {
	k := newKilling(t)
	real, err := exec.LookPath("git")
	must(t, err)
	bin := t.TempDir()
	must(t, os.WriteFile(filepath.Join(bin, "git"), []byte(killer), 0o755))
	count := filepath.Join(bin, "count")
	step := 1
	if testing.Short() {
		step = 5
	}
	for n := 1; ; n += step {
		for _, when := range []string{"before", "after"} {
			must(t, os.WriteFile(count, []byte("0"), 0o644))
			if !k.run(t, fmt.Sprintf("%s git %d", when, n), "PATH="+bin+string(filepath.ListSeparator)+os.Getenv("PATH"),
				"KILL_GIT="+real, "KILL_COUNT="+count, fmt.Sprintf("KILL_AT=%d", n), "KILL_WHEN="+when) {
				t.Logf("killed at %d points", k.points)
				return
			}
		}
	}
}

func TestTwoUpdatesAtOnce(t *testing.T) {
	s, builtin := edited(t)
	want := after(t)
	var done sync.WaitGroup
	errs := make([]error, 4)
	for i := range errs {
		done.Go(func() {
			u, err := s.update(context.Background(), s.machine(builtin), nil)
			if err == nil {
				defer u.Close()
				_, err = u.Apply(context.Background(), Commit{})
			}
			errs[i] = err
		})
	}
	done.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
		} else if !fault.Is(err, fault.Busy, fault.Changed, fault.Unclean, fault.Destination) {
			t.Errorf("%s: %v", fault.KindOf(err), err)
		}
	}
	if won == 0 {
		t.Error("none of them came through")
	}
	if diff := cmp.Diff(want, s.state(t)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A file that goes away between git's list of it and a look at it is no bug of
// ours.
func TestAFileThatGoesMeanwhileIsAChange(t *testing.T) {
	u := &Update{project: &Project{Dir: t.TempDir()}}
	_, err := u.content("old.txt")
	if !fault.Is(err, fault.Changed) || !errors.Is(err, fs.ErrNotExist) || fault.Of(err).Hint == "" {
		t.Errorf("%s: %v", fault.KindOf(err), err)
	}
}

// current is a built-in template as it is.
func current(t testing.TB, name string) fstest.MapFS {
	t.Helper()
	out := fstest.MapFS{}
	err := fs.WalkDir(templates.FS, name, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(templates.FS, path)
		out[path] = &fstest.MapFile{Data: data, Mode: 0o644}
		return err
	})
	must(t, err)
	return out
}

// TestBuiltInTemplates takes a project of each built-in template to a next
// version of it, with changes that a next version has, past what owners do.
func TestBuiltInTemplates(t *testing.T) {
	dirs, err := fs.Glob(templates.FS, "*/"+manifest.FileName)
	must(t, err)
	for _, file := range dirs {
		name := filepath.Dir(file)
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			was := current(t, name)
			now := next(t, was, name)
			s := newShop(t, was, name)
			s.change(t, "README.md", func(text string) string { return text + "\nOur own last line.\n" })
			s.change(t, ".editorconfig", func(text string) string { return text + "\n[*.own]\nindent_size = 8\n" })
			must(t, os.WriteFile(filepath.Join(s.dir, "own.txt"), []byte("mine\n"), 0o644))
			git(t, s, "add", "-A")
			git(t, s, "commit", "-qm", "mine")
			u := s.apply(t, now)
			kinds := map[Kind]int{}
			for _, f := range u.Files {
				kinds[f.Kind]++
				if f.Kind != Same {
					t.Logf("%-8s  %s %s", f.Kind, f.Path, f.Why)
				}
			}
			t.Logf("%v", kinds)
			if kinds[Conflict] > 0 || kinds[Merged] == 0 || kinds[Added] == 0 || kinds[Kept] == 0 {
				t.Errorf("an update gives %v", kinds)
			}
			readme, err := os.ReadFile(filepath.Join(s.dir, "README.md"))
			must(t, err)
			if text := string(readme); !strings.Contains(text, "Of the next version") || !strings.HasSuffix(text, "Our own last line.\n") {
				t.Errorf("README.md holds\n%s", text)
			}
			if status := git(t, s, "status", "--porcelain"); status != "" {
				t.Errorf("git status:\n%s", status)
			}
			if again := s.apply(t, now); !again.Current() {
				t.Error("a second update has something to do")
			}
			git(t, s, "reset", "-q", "--hard", "HEAD~2") // unedited, it is a fresh one of the next version
			s.apply(t, now)
			fresh := newShop(t, now, name)
			if diff := cmp.Diff(withoutOnce(fresh.state(t)), withoutOnce(s.state(t))); diff != "" {
				t.Errorf("a fresh project and an updated one differ (-fresh +updated):\n%s", diff)
			}
		})
	}
}

// withoutOnce leaves out the decision for the template, which is written once and
// names the version of then.
func withoutOnce(state map[string]string) map[string]string {
	const decision = "docs/decisions/0001-backend.md"
	delete(state, decision)
	var index strings.Builder
	for line := range strings.Lines(state["index"]) {
		if !strings.Contains(line, decision) && !strings.Contains(line, ".scaffold/lock.yaml") {
			index.WriteString(line)
		}
	}
	state["index"] = index.String()
	return state
}

func (s shop) change(t testing.TB, name string, change func(string) string) {
	t.Helper()
	at := filepath.Join(s.dir, name)
	data, err := os.ReadFile(at)
	must(t, err)
	must(t, os.WriteFile(at, []byte(change(string(data))), 0o644))
}

// next is a template's next version: another number, a line at the top of the
// README, and one file more.
func next(t testing.TB, was fstest.MapFS, name string) fstest.MapFS {
	t.Helper()
	out := maps.Clone(was)
	edit := func(file string, change func(string) string) {
		out[file] = &fstest.MapFile{Data: []byte(change(string(was[file].Data))), Mode: 0o644}
	}
	edit(name+"/"+manifest.FileName, func(text string) string {
		return strings.Replace(text, "\nversion: 1.0.0\n", "\nversion: 1.1.0\n", 1)
	})
	edit(name+"/files/README.md.tmpl", func(text string) string {
		title, rest, _ := strings.Cut(text, "\n")
		return title + "\n\nOf the next version.\n" + rest
	})
	out[name+"/files/docs/next.md"] = &fstest.MapFile{Data: []byte("# Next\n"), Mode: 0o644}
	return with(t, out, name, was)
}

// TestTwoParts updates a project of two services of one template, each with
// answers of its own.
func TestTwoParts(t *testing.T) {
	v := versions()
	home := t.TempDir()
	s := shop{dir: filepath.Join(home, "shop"), environ: environ(home), now: time.Unix(1767225600, 0).UTC()}
	parts := func(builtin fs.FS) []generator.Part {
		var list []generator.Part
		for i, name := range []string{"api", "jobs"} {
			tpl, err := s.machine(builtin).Templates.Load(t.Context(), "web")
			must(t, err)
			made := session.Made{Date: "2026-01-01"}
			answers, err := tpl.Manifest.Resolve(made.Variables(tpl.Manifest, name), manifest.Answers{"port": {Text: strconv.Itoa(8000 + i)}})
			must(t, err)
			list = append(list, generator.Part{Path: name, Template: tpl, Answers: answers})
		}
		return list
	}
	m := s.machine(v[0].fs())
	plan, err := m.Generator.Plan(t.Context(), generator.Request{Dir: s.dir, Name: "shop", Parts: parts(v[0].fs()), Git: generator.GitRequest{Skip: true}})
	must(t, err)
	_, err = m.Generator.Apply(t.Context(), plan)
	must(t, err)
	git(t, s, "init", "-q")
	s.put(t, "jobs/app.txt", "mine\nport 8001\n"+lines(1, 30))
	s.commit(t, "mine")
	builtin := s.next(t)
	p, err := Open(t.Context(), s.dir)
	must(t, err)
	if p.Name() != "api, jobs" {
		t.Errorf("it is called %q", p.Name())
	}
	u, err := p.Update(t.Context(), s.machine(builtin), parts(builtin))
	must(t, err)
	defer u.Close()
	_, err = u.Apply(t.Context(), Commit{Wanted: true})
	must(t, err)
	got := s.files(t)
	for name, want := range map[string]string{
		"api/app.txt":       "port 8000\n" + lines(1, 29) + "the last, red\n",
		"jobs/app.txt":      "mine\nport 8001\n" + lines(1, 29) + "the last, red\n",
		"jobs/new.txt":      "new\n",
		"api/dir/moved.txt": lines(100, 130),
	} {
		if _, text, _ := strings.Cut(got[name], " "); text != want {
			t.Errorf("%s holds %q", name, text)
		}
	}
	if log := git(t, s, "log", "-1", "--format=%B"); !strings.HasPrefix(log, "Update api, jobs with scaffold\n") || strings.Count(log, "Scaffold-Tree: ") != 2 {
		t.Errorf("the commit says\n%s", log)
	}
}
