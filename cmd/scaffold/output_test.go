//go:build unix

package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"scaffold/internal/testenv"
)

// What cannot be printed was not said: that is exit 5 with one line, for every
// kind of output.
func TestOutputThatCannotBeWritten(t *testing.T) {
	sinks := map[string]struct {
		open func(t *testing.T) *os.File
		says string
	}{
		"a full disk":              {fullDisk, "no space left on device"},
		"closed for writing":       {closedForWriting, "bad file descriptor"},
		"a pipe that nobody reads": {unreadPipe, "broken pipe"},
	}
	for name, sink := range sinks {
		t.Run(name, func(t *testing.T) {
			for _, args := range []string{
				"--help", "version", "version --json", "help exit-codes", "new --help", "man", "completion zsh", "__complete new --team ",
				"recommend --list", "recommend --use rest-api", "recommend --use rest-api --json", "template list", "template list --json",
				"template show django", "template docs flask", "template lint django --json", "source list --json", "trust list --json", "schema output",
				"schema answers --template flask", "new a -t flask --dry-run",
			} {
				code, said := runInto(t, sink.open(t), t.TempDir(), strings.Split(args, " ")...)
				if want := "error: standard output cannot be written: " + sink.says + "\n"; code != 5 || said != want && !strings.HasSuffix(said, "\n"+want) {
					t.Errorf("scaffold %s: exit %d, %q", args, code, said)
				}
			}
		})
	}
}

// A project that exists is not spoken of as one that does not.
func TestNewWithoutOutputSaysThatTheProjectIsThere(t *testing.T) {
	dir := t.TempDir()
	code, said := runInto(t, fullDisk(t), dir, "new", "shop", "-t", "flask", "--json", "--no-input")
	if code != 5 || said != "error: standard output cannot be written: no space left on device; the project in shop is complete\n" {
		t.Errorf("exit %d, %q", code, said)
	}
	if _, err := os.Stat(filepath.Join(dir, "shop", ".scaffold", "lock.yaml")); err != nil {
		t.Error(err)
	}
	// What has nothing to print is not disturbed.
	if code, said := runInto(t, fullDisk(t), dir, "new", "two", "-t", "flask", "--no-input"); code != 0 {
		t.Errorf("exit %d, %q", code, said)
	}
	// An error that cannot be told in JSON is told in words, with its own code.
	if code, said := runInto(t, fullDisk(t), dir, "new", "shop", "-t", "flask", "--json", "--no-input"); code != 5 || !strings.HasPrefix(said, "error: shop is not empty") {
		t.Errorf("exit %d, %q", code, said)
	}
	if code, said := runInto(t, fullDisk(t), dir, "new", "--bakcend", "--json"); code != 2 || !strings.HasPrefix(said, "error: unknown flag --bakcend\n") {
		t.Errorf("exit %d, %q", code, said)
	}
}

// runInto runs scaffold with its output going to a file, and gives the exit code
// and what it said on stderr.
func runInto(t *testing.T, out *os.File, dir string, args ...string) (int, string) {
	t.Helper()
	var said bytes.Buffer
	cmd := exec.CommandContext(t.Context(), testenv.Scaffold(t), args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, out, &said
	cmd.Env = testenv.Env("HOME="+dir, "XDG_CONFIG_HOME="+filepath.Join(dir, "config"), "GIT_AUTHOR_NAME=Ada", "GIT_AUTHOR_EMAIL=ada@example.com")
	err := cmd.Run()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), said.String()
}

func fullDisk(t *testing.T) *os.File {
	t.Helper()
	f, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skipf("no /dev/full: %v", err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func closedForWriting(t *testing.T) *os.File {
	t.Helper()
	f, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func unreadPipe(t *testing.T) *os.File {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	t.Cleanup(func() { w.Close() })
	return w
}
