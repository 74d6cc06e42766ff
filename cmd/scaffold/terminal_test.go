//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/hinshun/vt10x"

	"scaffold/internal/testenv"
)

// A sitting is `scaffold new` on a terminal of its own.
type sitting struct {
	t        *testing.T
	dir      string
	cmd      *exec.Cmd
	keyboard *os.File
	mu       sync.Mutex
	screen   vt10x.Terminal
	history  strings.Builder // all bytes that were written; see wrote
	drained  chan struct{}   // closed when there is nothing more to read
}

func sit(t *testing.T, width, height int, args ...string) *sitting {
	t.Helper()
	return sitWith(t, testenv.Scaffold(t), width, height, args...)
}

// sitWith takes a program of its own.
func sitWith(t *testing.T, program string, width, height int, args ...string) *sitting {
	t.Helper()
	return sitAs(t, "SCAFFOLD_NO_INPUT=0", program, width, height, args...)
}

// sitAs has a variable that says who sits there.
func sitAs(t *testing.T, who, program string, width, height int, args ...string) *sitting {
	t.Helper()
	dir := t.TempDir()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	t.Cleanup(cancel)
	s := &sitting{t: t, dir: dir, screen: vt10x.New(vt10x.WithSize(width, height)), drained: make(chan struct{})}
	s.cmd = exec.CommandContext(ctx, program, append([]string{"new"}, args...)...)
	s.cmd.Dir = dir
	s.cmd.Env = testenv.Env("TERM=xterm-256color", who, "HOME="+dir, "XDG_CONFIG_HOME="+dir, "GIT_AUTHOR_NAME=Ada", "GIT_AUTHOR_EMAIL=ada@example.com")
	var err error
	s.keyboard, err = pty.StartWithSize(s.cmd, &pty.Winsize{Cols: uint16(width), Rows: uint16(height)})
	if err != nil {
		testenv.Missing(t, "no pseudo-terminal: "+err.Error())
	}
	go func() {
		defer close(s.drained)
		buf := make([]byte, 4096)
		for {
			n, err := s.keyboard.Read(buf)
			if err != nil {
				return
			}
			s.mu.Lock()
			s.history.Write(buf[:n])
			_, _ = s.screen.Write(buf[:n])
			s.mu.Unlock()
		}
	}()
	return s
}

func (s *sitting) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.screen.String()
}

// sees waits for a text, wherever the lines break.
func (s *sitting) sees(text string) {
	s.t.Helper()
	want := strings.Join(strings.Fields(text), "")
	testenv.Eventually(s.t, 2*time.Minute, "the screen shows "+text, func() bool {
		return strings.Contains(strings.Join(strings.Fields(s.text()), ""), want)
	})
}

func (s *sitting) press(keys string) {
	s.t.Helper()
	if _, err := s.keyboard.WriteString(keys); err != nil {
		s.t.Fatal(err)
	}
}

// ends waits for the program and gives its exit code.
func (s *sitting) ends() int {
	s.t.Helper()
	err := s.cmd.Wait()
	select {
	case <-s.drained:
	case <-time.After(time.Minute): // what the program started has the terminal still
	}
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return exit.ExitCode()
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return 0
}

// declines is [sitting.ends], with a no where it is asked whether to start the
// project: that depends on the tools of this machine.
func (s *sitting) declines() int {
	s.t.Helper()
	testenv.Eventually(s.t, 2*time.Minute, "the end, or the last question", func() bool {
		select {
		case <-s.drained:
			return true
		default:
			return strings.Contains(s.text(), launch)
		}
	})
	_, _ = s.keyboard.WriteString(enter) // nobody reads it after the end
	return s.ends()
}

// wrote is all that was written until now.
func (s *sitting) wrote() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.history.String()
}

const (
	enter  = "\r"
	escape = "\x1b"
	ctrlC  = "\x03"
	down   = "\x1b[B"

	launch = "Install and start it now?"
)

// walk is the default path: what each screen is called, and the keys that
// answer it.
var walk = []struct{ title, keys string }{
	{"What will this project do?", " " + down + down + down + " " + enter},
	{"What matters most?", enter},
	{"What does the team know best?", enter},
	{"Recommended: node-ws", enter},
	{"Project name", "my-chat" + enter},
	{"Create it?", enter},
}

func TestTheWizardMakesAProject(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {40, 24}} {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			s := sit(t, size[0], size[1])
			for i, screen := range walk {
				s.sees(screen.title)
				if i == 3 { // back, and forth again
					s.press(escape)
					s.sees(walk[2].title)
					s.press(enter)
					s.sees(screen.title)
				}
				s.press(screen.keys)
			}
			if code := s.declines(); code != 0 {
				t.Fatalf("exit %d\n%s", code, s.text())
			}
			if !strings.Contains(s.wrote(), "without questions") { // it may have gone up and out
				t.Error("the command that repeats it is not told")
			}
			if _, err := os.Stat(filepath.Join(s.dir, "my-chat", "README.md")); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestCtrlCAtEveryScreenLeavesNothing(t *testing.T) {
	for n := range walk {
		t.Run(walk[n].title, func(t *testing.T) {
			t.Parallel()
			s := sit(t, 80, 24)
			for _, screen := range walk[:n] {
				s.sees(screen.title)
				s.press(screen.keys)
			}
			s.sees(walk[n].title)
			s.press(ctrlC)
			if code := s.ends(); code != 130 {
				t.Errorf("exit %d", code)
			}
			s.sees("Cancelled. Nothing was written.")
			if strings.Contains(s.text(), "❯") {
				t.Errorf("the frame is still there:\n%s", s.text())
			}
			leftovers(t, s.dir)
		})
	}
}

func TestSIGTERMLeavesNothing(t *testing.T) {
	s := sit(t, 80, 24)
	s.sees(walk[0].title)
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if code := s.ends(); code != 143 {
		t.Errorf("exit %d", code)
	}
	leftovers(t, s.dir)
}

func leftovers(t *testing.T, dir string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		t.Errorf("left behind: %s", e.Name())
	}
}

func TestAnEscapeInATitleIsShownEscaped(t *testing.T) {
	s := sit(t, 80, 24, "shop", "--template", evilTemplate(t))
	s.sees(`Evil\x1b[2J`)
	s.press(ctrlC)
	s.ends()
	if strings.Contains(s.wrote(), "Evil\x1b") {
		t.Error("the terminal got the template's escape character")
	}
}

// evilTemplate asks a question whose title tries to clear the screen.
func evilTemplate(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	manifest := "apiVersion: scaffold/v1\nname: evil\ntitle: Evil\nversion: 1.0.0\nquestions:\n  - {id: a, type: string, title: \"Evil\\e[2J\"}\n"
	if err := os.WriteFile(filepath.Join(dir, "template.yaml"), []byte(manifest), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "files"), 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// shown is a template with a hook that copies what the project was told.
var shown = map[string]string{
	"template.yaml": `apiVersion: scaffold/v1
name: shown
title: Shown
version: 1.0.0
actions:
  - {id: mark, run: [sh, mark.sh]}
`,
	"files/README.md": "as shown\n",
	"files/mark.sh":   "echo shown >marked\n",
}

// edited is the same template after somebody has been at it.
var edited = map[string]string{
	"template.yaml":   strings.Replace(shown["template.yaml"], "[sh, mark.sh]", "[sh, -c, echo edited >marked]", 1),
	"files/README.md": "as edited\n",
	"files/mark.sh":   "echo edited >marked\n",
	"files/more.txt":  "more\n",
}

func put(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, data := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestWhatWasConfirmedIsWhatIsTrustedWrittenAndRun(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, shown)
	overlay := t.TempDir()
	put(t, overlay, map[string]string{"template.yaml": "apiVersion: scaffold/v1\nname: over\ntitle: Over\nversion: 1.0.0\nextends: {template: " + dir + "}\n"})
	repo := t.TempDir()
	put(t, repo, shown)
	commit := func() {
		for _, args := range [][]string{{"init", "-q", "-b", "main"}, {"add", "."}, {"-c", "user.name=A", "-c", "user.email=a@b.c", "commit", "-qm", "x"}} {
			testenv.Run(t, time.Minute, repo, testenv.Env(), append([]string{"git"}, args...)...)
		}
	}
	tests := map[string]struct {
		template   string
		edit, undo func(*sitting)
	}{
		"a directory":          {dir, func(*sitting) { put(t, dir, edited) }, func(*sitting) { put(t, dir, shown); _ = os.Remove(filepath.Join(dir, "files/more.txt")) }},
		"the base of a chain":  {overlay, func(*sitting) { put(t, dir, edited) }, func(*sitting) { put(t, dir, shown); _ = os.Remove(filepath.Join(dir, "files/more.txt")) }},
		"a repository, cached": {"git+file://" + repo + "@main", func(s *sitting) { put(t, repo, edited); commit(); spoil(t, s.dir) }, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			testenv.Need(t, "git", "sh")
			if test.template != overlay && test.template != dir {
				commit()
			}
			s := sit(t, 80, 24, "shop", "--template", test.template)
			s.sees("This template wants to run commands")
			s.press("\x1b[B\x1b[B" + enter) // trust it
			s.sees("Create it?")
			test.edit(s)
			s.press(enter)
			if code := s.ends(); code != 0 {
				t.Fatalf("exit %d\n%s", code, s.text())
			}
			for file, want := range map[string]string{"README.md": "as shown\n", "marked": "shown\n"} {
				if got, err := os.ReadFile(filepath.Join(s.dir, "shop", file)); err != nil || string(got) != want {
					t.Errorf("%s: %q %v", file, got, err)
				}
			}
			if _, err := os.Stat(filepath.Join(s.dir, "shop", "more.txt")); err == nil {
				t.Error("a file is written that was not shown")
			}
			if err := s.again(t, "edited", test.template); err == nil {
				t.Error("the edited template is trusted")
			}
			if test.undo == nil {
				return
			}
			test.undo(s)
			if err := s.again(t, "restored", test.template); err != nil {
				t.Errorf("the template that was shown is not trusted: %v", err)
			}
		})
	}
}

// again makes another project of a template, with nobody to ask.
func (s *sitting) again(t *testing.T, name, template string) error {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), testenv.Scaffold(t), "new", name, "--template", template)
	cmd.Dir, cmd.Env = s.dir, s.cmd.Env
	return cmd.Run()
}

// spoil writes into every file of the cache below a home.
func spoil(t *testing.T, home string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(home, ".cache", "scaffold", "sources", "*.zip"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no cache: %v", err)
	}
	for _, file := range files {
		if err := os.WriteFile(file, []byte("spoilt"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestAnAgentOnATerminalIsNotAsked: it would wait for ever.
func TestAnAgentOnATerminalIsNotAsked(t *testing.T) {
	for _, who := range []string{"CLAUDECODE=1", "AI_AGENT=some", "CI=true"} {
		name, _, _ := strings.Cut(who, "=")
		s := sitAs(t, who, testenv.Scaffold(t), 80, 24, "shop", "--template", "flask")
		if code := s.ends(); code != 0 {
			t.Fatalf("%s: exit %d\n%s", who, code, s.text())
		}
		s.sees("nothing is asked, since " + name + " is set; SCAFFOLD_NO_INPUT=0 asks")
		s.sees("Created shop")
		if n := strings.Count(s.wrote(), "nothing is asked"); n != 1 {
			t.Errorf("%s: it is said %d times", who, n)
		}
	}
	quiet := sitAs(t, "CLAUDECODE=1", testenv.Scaffold(t), 80, 24, "shop", "--template", "flask", "--no-input")
	if code := quiet.ends(); code != 0 || strings.Contains(quiet.wrote(), "nothing is asked") {
		t.Errorf("exit %d: %s", code, quiet.text())
	}
}
