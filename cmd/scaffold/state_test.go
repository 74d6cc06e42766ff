//go:build unix

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"scaffold/internal/testenv"
)

// A machine is a home directory on which the real program runs.
type machine struct {
	t       *testing.T
	dir     string
	env     []string
	program string
}

func newMachine(t *testing.T) *machine {
	t.Helper()
	m := &machine{t: t, dir: t.TempDir(), program: testenv.Scaffold(t)}
	m.env = testenv.Env("HOME="+m.dir, "XDG_CONFIG_HOME="+filepath.Join(m.dir, "config"), "XDG_CACHE_HOME="+filepath.Join(m.dir, "cache"),
		"GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1", "GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.com")
	return m
}

func (m *machine) write(name, text string) string {
	m.t.Helper()
	path := filepath.Join(m.dir, name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
		m.t.Fatal(err)
	}
	return path
}

// template writes one with a hook, so that it can be trusted, and gives its
// directory.
func (m *machine) template(name string) string {
	text := fmt.Sprintf("apiVersion: scaffold/v1\nname: %s\ntitle: T\nversion: 1.0.0\nactions: [{id: mark, run: [touch, ran]}]\n", name)
	return filepath.Dir(m.write(filepath.Join("templates", name, "template.yaml"), text))
}

// run gives what the program printed, and its exit code; -1 where it was killed.
func (m *machine) run(ctx context.Context, args ...string) (stdout, stderr string, code int) {
	cmd := exec.CommandContext(ctx, m.program, args...)
	cmd.Dir, cmd.Env, cmd.WaitDelay = m.dir, m.env, time.Second
	var out, talk bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &talk
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil && ctx.Err() == nil {
		m.t.Error(err)
	}
	return out.String(), talk.String(), cmd.ProcessState.ExitCode()
}

func (m *machine) must(args ...string) string {
	m.t.Helper()
	out, talk, code := m.run(m.t.Context(), args...)
	if code != 0 {
		m.t.Errorf("%v: exit %d: %s", args, code, talk)
	}
	return out
}

// names lists what a kind of state holds, by the program's own word.
func (m *machine) names(kind string) []string {
	m.t.Helper()
	var doc struct{ Sources, Trusted []struct{ Name string } }
	if err := json.Unmarshal([]byte(m.must(kind, "list", "--json")), &doc); err != nil {
		m.t.Fatal(err)
	}
	var names []string
	for _, e := range append(doc.Sources, doc.Trusted...) {
		names = append(names, e.Name)
	}
	slices.Sort(names)
	return names
}

// A kept is one kind of state: how a template named n enters it and leaves it.
type kept struct{ kind, name string }

func (k kept) args(verb string, m *machine) []string {
	switch {
	case verb == "remove":
		return []string{k.kind, "remove", k.name}
	case k.kind == "source":
		return []string{"source", "add", k.name, filepath.Join(m.dir, "templates", k.name)}
	default:
		return []string{"trust", "add", filepath.Join(m.dir, "templates", k.name)}
	}
}

// writers is how many processes work on one file at a time.
const writers = 16

// TestSixteenWritersOfSourcesAndTrustLoseNothing lets 16 processes at a time
// work on each of the two files. Each writer adds two and removes one of them.
func TestSixteenWritersOfSourcesAndTrustLoseNothing(t *testing.T) {
	m := newMachine(t)
	var wg sync.WaitGroup
	want := map[string][]string{}
	for i := range writers {
		for _, kind := range []string{"source", "trust"} {
			stays, goes := kept{kind, fmt.Sprintf("stays%02d", i)}, kept{kind, fmt.Sprintf("goes%02d", i)}
			m.template(stays.name)
			m.template(goes.name)
			want[kind] = append(want[kind], stays.name)
			wg.Go(func() {
				m.must(goes.args("add", m)...)
				m.must(stays.args("add", m)...)
				m.must(goes.args("remove", m)...)
			})
		}
	}
	wg.Wait()
	for kind, names := range want {
		if got := m.names(kind); !slices.Equal(got, names) {
			t.Errorf("%s: %v are left, want %v", kind, got, names)
		}
	}
}

// TestKilledWritersLeaveTheOldStateOrTheNew kills 16 writers at random points.
// Each name has one writer, which knows what may be there: what a finished
// command said, or for a killed one what was before or after it.
func TestKilledWritersLeaveTheOldStateOrTheNew(t *testing.T) {
	m := newMachine(t)
	began := time.Now()
	m.must("source", "list") // the time that a whole run takes here
	whole := time.Since(began)
	var (
		wg, reader sync.WaitGroup
		mu         sync.Mutex
		sure       = map[kept]bool{}
		killed     int
	)
	for i := range writers {
		k := kept{[]string{"source", "trust"}[i%2], fmt.Sprintf("t%02d", i)}
		m.template(k.name)
		wg.Go(func() {
			there, known := false, true
			for round := range 8 {
				verb := "add"
				if there {
					verb = "remove"
				}
				ctx, cancel := context.WithTimeout(t.Context(), rand.N(writers*whole))
				if round == 7 { // the last one ends by itself
					ctx = t.Context()
				}
				_, talk, code := m.run(ctx, k.args(verb, m)...)
				cancel()
				mu.Lock()
				switch {
				case code == 0:
					there, known = verb == "add", true
				case code == -1:
					killed++
					known = false
				case known: // a repetition of what a killed one did is refused
					t.Errorf("%v: exit %d: %s", k.args(verb, m), code, talk)
				default:
					there, known = verb == "add", true
				}
				if delete(sure, k); known {
					sure[k] = there
				}
				mu.Unlock()
			}
		})
	}
	done := make(chan struct{})
	reader.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
				m.names("source")
				m.names("trust")
			}
		}
	})
	wg.Wait()
	close(done)
	reader.Wait()
	for _, kind := range []string{"source", "trust"} {
		got := m.names(kind)
		for k, there := range sure {
			if k.kind == kind && slices.Contains(got, k.name) != there {
				t.Errorf("%s %s: there should be %v; left are %v", kind, k.name, there, got)
			}
		}
	}
	t.Logf("%d of %d killed, %d names known for sure", killed, 8*writers, len(sure))
}

// TestSixFirstUsesOfATagAreAllLocked uses six tags of one repository at once,
// then moves one of them.
func TestSixFirstUsesOfATagAreAllLocked(t *testing.T) {
	testenv.Need(t, "git")
	m := newMachine(t)
	repo := filepath.Join(m.dir, "repo")
	tpl := "apiVersion: scaffold/v1\nname: tiny\ntitle: T\nversion: 1.0.0\n"
	var tags []string
	for i := range 6 {
		tags = append(tags, "v"+strconv.Itoa(i))
	}
	testenv.GitCommit(t, repo, map[string]string{"template.yaml": tpl, "files/a": "old\n"}, tags...)
	var wg sync.WaitGroup
	for _, tag := range tags {
		wg.Go(func() { m.must("new", "first-"+tag, "-t", "git+file://"+repo+"@"+tag, "--no-input") })
	}
	wg.Wait()
	testenv.GitCommit(t, repo, map[string]string{"files/a": "new\n"}, tags...)
	for _, tag := range tags {
		_, talk, code := m.run(t.Context(), "new", "again-"+tag, "-t", "git+file://"+repo+"@"+tag, "--no-input")
		if code != 6 || !strings.Contains(talk, "the tag has moved") {
			t.Errorf("%s: exit %d, %s", tag, code, talk)
		}
		if _, err := os.Stat(filepath.Join(m.dir, "again-"+tag)); err == nil {
			t.Errorf("%s: the project was made of the moved tag", tag)
		}
	}
}

// TestStateThatCannotBeUsedIsOneErrorAndStays goes through both files and every
// command that changes or reads them.
func TestStateThatCannotBeUsedIsOneErrorAndStays(t *testing.T) {
	wrong := map[string]struct {
		make func(path string) error
		says string
	}{
		"half written": {func(path string) error {
			data, err := os.ReadFile(path)
			return errors.Join(err, os.WriteFile(path, data[:len(data)-10], 0o600))
		}, "cannot be read"},
		"of a newer scaffold": {func(path string) error {
			data, err := os.ReadFile(path)
			return errors.Join(err, os.WriteFile(path, bytes.Replace(data, []byte("/v2"), []byte("/v99"), 1), 0o600))
		}, "a newer scaffold wrote it"},
		"a directory": {func(path string) error { return errors.Join(os.Remove(path), os.Mkdir(path, 0o700)) }, "it is a directory"},
	}
	for name, tt := range wrong {
		t.Run(name, func(t *testing.T) {
			for i, k := range []kept{{"source", "one"}, {"trust", "one"}} {
				m := newMachine(t)
				m.template(k.name)
				m.must(k.args("add", m)...)
				path := filepath.Join(m.dir, "config", "scaffold", []string{"sources.yaml", "trust.yaml"}[i])
				if err := tt.make(path); err != nil {
					t.Fatal(err)
				}
				before := snapshot(t, filepath.Dir(path))
				for _, args := range [][]string{{k.kind, "list"}, k.args("add", m), k.args("remove", m), {"new", "shop", "-t", filepath.Join(m.dir, "templates", "one"), "--no-input"}} {
					_, talk, code := m.run(t.Context(), args...)
					if code != 5 || strings.Count(talk, "error: ") != 1 || !strings.Contains(talk, tt.says) || !strings.Contains(talk, "at   "+path) || !strings.Contains(talk, "try: ") {
						t.Errorf("%v: exit %d\n%s", args, code, talk)
					}
				}
				if after := snapshot(t, filepath.Dir(path)); !maps.Equal(before, after) {
					t.Errorf("it was changed: %v, %v", before, after)
				}
				if _, err := os.Stat(filepath.Join(m.dir, "shop")); err == nil {
					t.Error("a project was made")
				}
			}
		})
	}
}

// snapshot gives every file below a directory with its content, locks aside.
func snapshot(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(path, ".lock") {
			files[path] = "-"
			return err
		}
		data, err := os.ReadFile(path)
		files[path] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestALockOfALiveProcessIsWaitedForThenNamed holds the lock in this process.
func TestALockOfALiveProcessIsWaitedForThenNamed(t *testing.T) {
	testenv.Long(t)
	m := newMachine(t)
	m.template("one")
	lock, err := os.Create(m.write("config/scaffold/sources.yaml.lock", ""))
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintln(lock, os.Getpid())
	began := time.Now()
	_, talk, code := m.run(t.Context(), kept{"source", "one"}.args("add", m)...)
	if waited := time.Since(began); code != 5 || waited < 10*time.Second || !strings.Contains(talk, "process "+strconv.Itoa(os.Getpid())) {
		t.Errorf("exit %d after %s: %s", code, waited, talk)
	}
	if out, _, code := m.run(t.Context(), "source", "list"); code != 0 {
		t.Errorf("reading waits for the lock: exit %d, %s", code, out)
	}
}

// TestStateOnAReadOnlyDisk puts the configuration on one.
func TestStateOnAReadOnlyDisk(t *testing.T) {
	m := newMachine(t)
	config := filepath.Join(m.dir, "config")
	m.template("one")
	m.must(kept{"source", "one"}.args("add", m)...)
	m.must(kept{"trust", "one"}.args("add", m)...)
	mountReadOnly(t, config)
	before := snapshot(t, config)
	for _, args := range [][]string{
		{"source", "add", "two", filepath.Join(m.dir, "templates", "one")}, {"source", "remove", "one"}, {"trust", "remove", "one"},
	} {
		_, talk, code := m.run(t.Context(), args...)
		if code != 5 || !strings.Contains(talk, "cannot be written: read-only file system") || !strings.Contains(talk, "at   "+config) || !strings.Contains(talk, "try: ") {
			t.Errorf("%v: exit %d: %s", args, code, talk)
		}
	}
	if !slices.Equal(m.names("source"), []string{"one"}) || !maps.Equal(before, snapshot(t, config)) {
		t.Error("what is there cannot be read, or was changed")
	}
	m.must("new", "shop", "-t", filepath.Join(m.dir, "templates", "one"), "--no-input")
}

// mountReadOnly mounts a directory over itself, so that it cannot be written.
func mountReadOnly(t *testing.T, dir string) {
	t.Helper()
	if out, err := exec.Command("mount", "--bind", dir, dir).CombinedOutput(); err != nil {
		t.Skipf("needs the right to mount: %v %s", err, bytes.TrimSpace(out))
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", dir).CombinedOutput(); err != nil {
			t.Errorf("umount: %v %s", err, out)
		}
	})
	if out, err := exec.Command("mount", "-o", "remount,bind,ro", dir).CombinedOutput(); err != nil {
		t.Skipf("needs the right to mount: %v %s", err, bytes.TrimSpace(out))
	}
}
