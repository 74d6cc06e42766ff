// Package testenv gives tests the real things that they need: programs, a
// scaffold binary, PostgreSQL, Redis.
//
// Where a program is missing a test skips and says so; with CI=true it fails.
// Every server binds 127.0.0.1 on a free port and is stopped, by process id, by
// the test that started it.
package testenv

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Need skips the test, or fails it in CI, where a program is missing. It gives
// the programs' paths in the order of the names; "a|b" means whichever is there.
func Need(t *testing.T, names ...string) []string {
	t.Helper()
	paths := make([]string, len(names))
	for i, name := range names {
		path, ok := find(name)
		if !ok {
			Missing(t, name+" is not installed; `make setup` as root installs it")
		}
		paths[i] = path
	}
	return paths
}

// Missing skips the test with the reason, or fails it in CI.
func Missing(t *testing.T, reason string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(reason)
	}
	t.Skip(reason)
}

func find(names string) (string, bool) {
	for _, name := range strings.Split(names, "|") {
		if path, err := exec.LookPath(name); err == nil {
			return path, true
		}
		// Debian keeps PostgreSQL's programs out of the PATH.
		found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/" + name)
		if len(found) > 0 {
			return found[len(found)-1], true
		}
	}
	return "", false
}

// Each test is of one level. Those that install nothing are of the lowest and
// call nothing; -short runs them alone.
const all = "SCAFFOLD_ALL"

// Long is for a test of `make test-projects`: it installs things, or runs for minutes.
func Long(t *testing.T) {
	t.Helper()
	if testing.Short() || os.Getenv(all) != "" {
		t.Skip("make test-projects runs this")
	}
}

// All is for a test of `make test-all`: one more of a kind of which
// `make test-projects` has an example.
func All(t *testing.T) {
	t.Helper()
	if testing.Short() || os.Getenv(all) == "" {
		t.Skip("make test-all runs this")
	}
}

// Root is the directory of the module. A test runs in its package's directory,
// and a binary that was built with -trimpath does not know where its source is.
func Root() string {
	if root == "" {
		panic("testenv: the test was started where no go.mod is above")
	}
	return root
}

// root is found before any test changes the working directory. A test's binary
// that runs as scaffold itself, in some other directory, has none.
var root = moduleRoot()

func moduleRoot() string {
	dir, err := os.Getwd()
	for err == nil {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if filepath.Dir(dir) == dir {
			break
		}
		dir = filepath.Dir(dir)
	}
	return ""
}

var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "scaffold-test-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "scaffold")
	cmd := exec.Command("go", "build", "-o", path, "./cmd/scaffold")
	cmd.Dir = Root()
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("building scaffold: %w\n%s", err, out)
	}
	return path, nil
})

// Scaffold builds the scaffold binary, once for all tests of a package.
func Scaffold(t *testing.T) string {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// FreePort is a port of 127.0.0.1 that was free a moment ago.
func FreePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// Env is this process's environment without what would change a generated
// project's behaviour, and with the given settings on top.
func Env(settings ...string) []string {
	var env []string
	for _, kv := range os.Environ() {
		name, _, _ := strings.Cut(kv, "=")
		switch name {
		case "DATABASE_URL", "REDIS_URL", "SECRET_KEY", "PORT", "HOST", "CI", "VIRTUAL_ENV", "NODE_ENV", "GIT_DIR", "GIT_WORK_TREE", "GIT_SSL_CAINFO":
		default:
			env = append(env, kv)
		}
	}
	return append(env, settings...)
}

// Run runs a command to its end in a directory, within the time, and gives what
// it printed. A failure ends the test with the last lines.
func Run(t *testing.T, within time.Duration, dir string, env []string, argv ...string) string {
	t.Helper()
	out, err := Try(t, within, dir, env, argv...)
	if err != nil {
		t.Fatalf("%s: %v\n%s\n…\n%s", strings.Join(argv, " "), err, failures(out), Tail(out, 60))
	}
	return out
}

// failures are the lines by which a TAP report says what failed, each with what
// follows it; the end of a long report does not show them.
func failures(out string) string {
	var found []string
	lines := strings.Split(out, "\n")
	for i, line := range lines {
		if strings.HasPrefix(strings.TrimSpace(line), "not ok ") {
			found = append(found, lines[i:min(i+20, len(lines))]...)
		}
	}
	return strings.Join(found, "\n")
}

// Try is Run for a command that may fail.
func Try(t *testing.T, within time.Duration, dir string, env []string, argv ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	cmd := command(ctx, dir, env, argv...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	if ctx.Err() == context.DeadlineExceeded {
		err = fmt.Errorf("took longer than %s", within)
	}
	return out.String(), err
}

// command runs in a process group of its own, which is killed as a whole.
func command(ctx context.Context, dir string, env []string, argv ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Dir, cmd.Env = dir, env
	ownGroup(cmd)
	cmd.Cancel = func() error { return killGroup(cmd) }
	cmd.WaitDelay = 5 * time.Second
	return cmd
}

// Tail is the last n lines of a text.
func Tail(text string, n int) string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

// A Server is a running program.
type Server struct {
	cmd  *exec.Cmd
	out  lockedBuffer
	done chan struct{}
	err  error
}

// Start starts a program in the background. The test kills it at its end if
// nothing stopped it before.
func Start(t *testing.T, dir string, env []string, argv ...string) *Server {
	t.Helper()
	s := &Server{cmd: command(context.Background(), dir, env, argv...), done: make(chan struct{})}
	s.cmd.Stdout, s.cmd.Stderr = &s.out, &s.out
	s.run(t)
	return s
}

func (s *Server) run(t *testing.T) {
	t.Helper()
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { s.err = s.cmd.Wait(); close(s.done) }()
	t.Cleanup(func() {
		s.Stop(10 * time.Second) // a supervisor ends what it started elsewhere
		_ = killGroup(s.cmd)
		<-s.done
	})
}

// Output is what the program has printed so far.
func (s *Server) Output() string { return s.out.String() }

// Exited reports whether the program has ended.
func (s *Server) Exited() bool {
	select {
	case <-s.done:
		return true
	default:
		return false
	}
}

// Stop sends SIGTERM to the program itself, as a supervisor does, and gives its
// exit code; -1 when it did not end in time.
func (s *Server) Stop(within time.Duration) int {
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-s.done:
		return s.cmd.ProcessState.ExitCode()
	case <-time.After(within):
		return -1
	}
}

// lockedBuffer collects output while it is read.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// CPU is the processor time that the program and its children have used so
// far, where /proc tells.
func (s *Server) CPU() time.Duration {
	var ticks int64
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range stats {
		data, err := os.ReadFile(path)
		if err != nil {
			continue // it ended
		}
		// After the name in brackets: state, parent, group, …; see proc(5).
		fields := strings.Fields(string(data[bytes.LastIndexByte(data, ')')+1:]))
		if len(fields) < 13 || fields[2] != strconv.Itoa(s.cmd.Process.Pid) {
			continue
		}
		for _, f := range fields[11:13] { // utime, stime
			n, _ := strconv.ParseInt(f, 10, 64)
			ticks += n
		}
	}
	return time.Duration(ticks) * time.Second / 100 // USER_HZ is 100 on Linux
}

// Eventually calls ok until it holds, or ends the test.
func Eventually(t *testing.T, within time.Duration, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(within); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("not within %s: %s", within, what)
}
