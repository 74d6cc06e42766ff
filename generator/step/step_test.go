//go:build unix

package step_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"scaffold/generator/fault"
	"scaffold/generator/manifest"
	"scaffold/generator/step"
	"scaffold/internal/testenv"
)

// sh is a command whose last argument is a script.
func sh(t *testing.T, script string) step.Command {
	t.Helper()
	return step.Command{Name: "hook", Run: []string{"sh", "-c", script}, Dir: t.TempDir(), Env: step.Environ(os.Environ()), Timeout: 2 * time.Minute}
}

func TestWhatACommandEndsAs(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		script string
		what   string // "" is a clean end
		tail   []string
	}{
		"a clean end is no error":                       {"echo fine", "", nil},
		"an exit code is said, with the last lines":     {"echo one; echo two >&2; exit 3", "ended with exit code 3", []string{"one", "two"}},
		"a signal is said":                              {"kill -9 $$", "ended: signal: killed", nil},
		"control characters of the output are written":  {`printf 'a\033[2Jb\n'; exit 1`, "ended with exit code 1", []string{`a\x1b[2Jb`}},
		"a last line without a newline counts":          {"printf last; exit 1", "ended with exit code 1", []string{"last"}},
		"there is nothing to read on standard input":    {"read x && echo got $x; test -z \"$x\"", "", nil},
		"there is no terminal to ask on":                {"(: </dev/tty) 2>/dev/null && exit 9; exit 0", "", nil},
		"what is left running with the output is ended": {"sleep 300 & exit 0", "left processes running, which were ended", nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := sh(t, test.script).Do(t.Context())
			if test.what == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			var e *step.Error
			if !errors.As(err, &e) {
				t.Fatalf("%v is no *step.Error", err)
			}
			if e.What != test.what || !fault.Is(err, fault.Step) {
				t.Errorf("%q, kind %s", e.What, fault.KindOf(err))
			}
			if diff := cmp.Diff(test.tail, fault.Of(err).Lines); diff != "" && len(test.tail)+len(e.Tail) > 0 {
				t.Error(diff)
			}
		})
	}
}

func TestOnlyTheLastLinesAreKept(t *testing.T) {
	err := sh(t, `i=0; while [ $i -lt 5000 ]; do echo line $i; i=$((i+1)); done; head -c 3000000 /dev/zero | tr '\0' x; exit 1`).Do(t.Context())
	var e *step.Error
	if !errors.As(err, &e) {
		t.Fatal(err)
	}
	if len(e.Tail) != 20 || e.Tail[18] != "line 4999" || len(e.Tail[19]) > 500 {
		t.Errorf("%d lines, the last of %d bytes", len(e.Tail), len(e.Tail[len(e.Tail)-1]))
	}
}

func TestAMissingProgramIsNamed(t *testing.T) {
	c := sh(t, "")
	c.Run = []string{"no-such-program-of-mine"}
	var e *step.Error
	if err := c.Do(t.Context()); !errors.As(err, &e) || !e.NotFound || !strings.Contains(e.Error(), "not installed") {
		t.Error(err)
	}
}

func TestAProgramOfTheProjectIsFoundInIt(t *testing.T) {
	c := sh(t, "")
	c.Run = []string{"./run"}
	if err := os.WriteFile(filepath.Join(c.Dir, "run"), []byte("#!/bin/sh\npwd > where\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := c.Do(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(c.Dir, "where")); err != nil {
		t.Error(err)
	}
}

// forker starts children of its own, one of which ignores being asked to end,
// and writes their ids to the file pids.
const forker = `
sh -c 'trap "" TERM; echo $$ >> pids; while :; do sleep 1; done' &
sh -c 'echo $$ >> pids; exec sleep 300' >/dev/null 2>&1 &
echo $$ >> pids
wait`

func TestATimeoutEndsTheWholeGroup(t *testing.T) {
	t.Parallel()
	c := sh(t, forker)
	c.Timeout = 5 * time.Second // until then all three have written their ids
	started := time.Now()
	var e *step.Error
	if err := c.Do(t.Context()); !errors.As(err, &e) || !strings.Contains(e.What, "took longer than 5s") {
		t.Error(err)
	}
	if took := time.Since(started); took > time.Minute {
		t.Errorf("it took %s", took)
	}
	gone(t, c.Dir, 3)
}

func TestAnInterruptionEndsTheWholeGroup(t *testing.T) {
	t.Parallel()
	cause := errors.New("ctrl-c")
	c := sh(t, forker)
	ctx, cancel := context.WithCancelCause(t.Context())
	go whenRunning(c.Dir, func() { cancel(cause) })
	if err := c.Do(ctx); !errors.Is(err, cause) {
		t.Error(err)
	}
	gone(t, c.Dir, 3)
}

// whenRunning waits until forker's processes have written their ids.
func whenRunning(dir string, then func()) {
	for {
		data, err := os.ReadFile(filepath.Join(dir, "pids"))
		if err == nil && len(strings.Fields(string(data))) == 3 {
			then()
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// gone holds that no process whose id was written down is left.
func gone(t *testing.T, dir string, want int) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "pids"))
	if err != nil {
		t.Fatal(err)
	}
	ids := strings.Fields(string(data))
	if len(ids) != want {
		t.Fatalf("%d processes wrote their ids, want %d", len(ids), want)
	}
	for _, id := range ids {
		n, err := strconv.Atoi(id)
		if err != nil {
			t.Fatal(err)
		}
		testenv.Eventually(t, 2*time.Minute, "process "+id+" is gone", func() bool { return dead(n) })
	}
}

// dead reports whether a process is gone, or waits to be collected.
func dead(id int) bool {
	if syscall.Kill(id, 0) != nil {
		return true
	}
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(id) + "/stat")
	return err == nil && strings.Contains(string(stat), ") Z ")
}

func TestASecretIsNotShown(t *testing.T) {
	c := sh(t, `echo "token is $TOKEN."; echo "$TOKEN" | cut -c1-4; exit 1`)
	c.Env = append(c.Env, "TOKEN=hunter2hunter2")
	c.Hide = []string{"hunter2hunter2", "", "hunter2"}
	var lines []string
	c.Line = func(s string) { lines = append(lines, s) }
	var e *step.Error
	if err := c.Do(t.Context()); !errors.As(err, &e) {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"token is ***.", "hunt"}, e.Tail); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(e.Tail, lines); diff != "" {
		t.Error(diff)
	}
}

func TestEnvironKeepsWhatToolsNeedAndNothingElse(t *testing.T) {
	got := step.Environ([]string{
		"PATH=/bin", "HOME=/h", "GITHUB_TOKEN=x", "AWS_SECRET_ACCESS_KEY=x", "DATABASE_URL=x", "https_proxy=p", "LC_ALL=C",
		"PIP_INDEX_URL=i", "npm_config_registry=r", "NPM_CONFIG__AUTHTOKEN=x", "NPM_CONFIG__AUTH=x", "PIP_SECRET=x", "XDG_PASSWORD=x", "pip_token=x", "XDG_api_Auth=x", "UV_PUBLISH_TOKEN=x", "SCAFFOLD_ANSWER_TOKEN=x", "PORT=1", "LD_PRELOAD=x", "nonsense",
	}, "SCAFFOLD_ANSWER_NAME=shop")
	want := []string{"HOME=/h", "LC_ALL=C", "PATH=/bin", "PIP_INDEX_URL=i", "https_proxy=p", "npm_config_registry=r", "SCAFFOLD_ANSWER_NAME=shop"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// server answers /ok from a directory; what it does on SIGTERM is up to term.
func server(t *testing.T, term string) (step.Command, step.Ready) {
	t.Helper()
	testenv.Need(t, "python3")
	port := strconv.Itoa(testenv.FreePort(t))
	c := sh(t, "python3 -m http.server --bind 127.0.0.1 "+port+" & child=$!\ntrap '"+term+"' TERM\nwait $child")
	if err := os.WriteFile(filepath.Join(c.Dir, "ok"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	return c, step.Ready{URL: "http://127.0.0.1:" + port + "/ok", Within: 2 * time.Minute}
}

func TestServe(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ term, what string }{
		"a server that answers and stops well passes": {"kill $child; exit 0", ""},
		"another exit code is said":                   {"kill $child; exit 7", "answered, and after SIGTERM ended with exit code 7"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			c, ready := server(t, test.term)
			err := c.Serve(t.Context(), ready)
			var e *step.Error
			switch {
			case test.what == "" && err != nil:
				t.Error(err)
			case test.what != "" && (!errors.As(err, &e) || e.What != test.what):
				t.Error(err)
			}
		})
	}
}

// TestOnlyAGoodAnswerIsReady: the server that is asked is up before the command
// starts, so that no slow start is taken for its answer.
func TestOnlyAGoodAnswerIsReady(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	mux.Handle("/elsewhere", http.RedirectHandler("/ok", http.StatusMovedPermanently))
	mux.HandleFunc("/ok", func(http.ResponseWriter, *http.Request) {})
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	for path, status := range map[string]string{"/elsewhere": "status 301", "/missing": "status 404"} {
		t.Run(status, func(t *testing.T) {
			t.Parallel()
			err := sh(t, "exec sleep 600").Serve(t.Context(), step.Ready{URL: srv.URL + path, Within: 2 * time.Second})
			var e *step.Error
			if !errors.As(err, &e) || !strings.Contains(e.What, "was not ready within 2s: "+status) {
				t.Error(err)
			}
		})
	}
}

func TestAServerThatEndsEarlyIsNotWaitedFor(t *testing.T) {
	started := time.Now()
	err := sh(t, "echo no database; exit 4").Serve(t.Context(), step.Ready{URL: "http://127.0.0.1:1/", Within: time.Hour})
	var e *step.Error
	if !errors.As(err, &e) || e.What != "ended with exit code 4" || len(e.Tail) != 1 {
		t.Error(err)
	}
	if time.Since(started) > time.Minute {
		t.Error("it was waited for")
	}
}

func TestAnInterruptedServerIsEnded(t *testing.T) {
	t.Parallel()
	cause := errors.New("ctrl-c")
	c := sh(t, forker)
	ctx, cancel := context.WithCancelCause(t.Context())
	go whenRunning(c.Dir, func() { cancel(cause) })
	if err := c.Serve(ctx, step.Ready{URL: "http://127.0.0.1:1/"}); !errors.Is(err, cause) {
		t.Error(err)
	}
	gone(t, c.Dir, 3)
}

// TestHoldLetsAServerStopInItsOwnTime: more than what it started is given when it
// is only cancelled.
func TestHoldLetsAServerStopInItsOwnTime(t *testing.T) {
	t.Parallel()
	c, ready := server(t, "sleep 4; touch stopped; kill $child; exit 7")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	if err := c.Hold(ctx, ready, cancel); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(c.Dir, "stopped")); err != nil {
		t.Error("it could not stop in its own time")
	}
}

// program writes a program that the tests put on the PATH.
func program(t *testing.T, dir, name, script string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
}

func TestCheckTools(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	program(t, dir, "t-new", "echo t-new version 3.12.1")
	program(t, dir, "t-err", "echo v22.9.0-rc1 >&2")
	program(t, dir, "t-one", "echo 'openjdk 21'")
	program(t, dir, "t-mute", "exit 0")
	program(t, dir, "t-hangs", "sleep 60")
	program(t, dir, "t-evil", "touch "+dir+"/ran; echo 9.9.9")
	check := func(argv ...string) []string { return argv }
	tests := map[string]struct {
		tool    manifest.Tool
		trusted bool
		state   step.State
		found   string
	}{
		"a version in the range fits":            {manifest.Tool{Name: "t-new", Version: ">=3.11"}, false, step.Fits, "3.12.1"},
		"an old one does not":                    {manifest.Tool{Name: "t-new", Version: ">=4"}, false, step.Unfit, "3.12.1"},
		"a version on standard error is read":    {manifest.Tool{Name: "t-err", Version: ">=22", Check: check("t-err", "--version")}, false, step.Fits, "22.9.0"},
		"one number is a version":                {manifest.Tool{Name: "t-one", Version: ">=17"}, false, step.Fits, "21.0.0"},
		"a tool that is not there is missing":    {manifest.Tool{Name: "t-none", Version: ">=1"}, false, step.NotThere, ""},
		"one without a range needs to be there":  {manifest.Tool{Name: "t-mute"}, false, step.Fits, ""},
		"one that says nothing is unsure":        {manifest.Tool{Name: "t-mute", Version: ">=1"}, false, step.Unsure, ""},
		"one that hangs is unsure":               {manifest.Tool{Name: "t-hangs", Version: ">=1"}, false, step.Unsure, ""},
		"a stranger's other commands do not run": {manifest.Tool{Name: "t-new", Version: ">=1", Check: check("t-evil", "--version")}, false, step.Unchecked, ""},
		"nor with other words":                   {manifest.Tool{Name: "t-new", Version: ">=1", Check: check("t-new", "-c", "id")}, false, step.Unchecked, ""},
		"a trusted one's do":                     {manifest.Tool{Name: "t-new", Version: ">=1", Check: check("t-one", "x")}, true, step.Fits, "21.0.0"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := step.CheckTools(t.Context(), []manifest.Tool{test.tool}, []string{"PATH=" + os.Getenv("PATH")}, test.trusted)[0]
			if f.State != test.state || f.Found != test.found {
				t.Errorf("%s %q, want %s %q", f.State, f.Found, test.state, test.found)
			}
		})
	}
	t.Cleanup(func() {
		if _, err := os.Stat(filepath.Join(dir, "ran")); err == nil {
			t.Error("a stranger's command ran")
		}
	})
}
