//go:build unix

package guard_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"

	_ "scaffold/cmd/internal/cli" // what the built command holds: the test cache sees its changes
	"scaffold/cmd/internal/guard"
	"scaffold/internal/testenv"
)

// main.go is what the other half of the guard stands in; opening it lets the
// test cache see its changes too.
const main = "../../scaffold/main.go"

func TestVersionDoesNotWaitForASilentTerminal(t *testing.T) {
	if _, err := os.ReadFile(main); err != nil {
		t.Fatal(err)
	}
	command := filepath.Join(t.TempDir(), "scaffold")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", command, "scaffold/cmd/scaffold").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	// A busy machine may slow one run; a terminal that is waited for slows all,
	// by seconds.
	best, said := time.Hour, ""
	for range 3 {
		took, text := run(t, command, "version")
		best, said = min(best, took), text
	}
	t.Logf("%v", best)
	if best > 200*time.Millisecond {
		t.Errorf("scaffold version took %v on a terminal that answers nothing", best)
	}
	if strings.Contains(said, "\x1b") {
		t.Errorf("it wrote an escape sequence: %q", said)
	}
}

// run starts a command on a terminal of its own that answers nothing, and gives
// the time to its end and what it wrote.
func run(t *testing.T, command string, args ...string) (time.Duration, string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, command, args...)
	cmd.Env = append(os.Environ(), "TERM=xterm-256color")
	start := time.Now()
	terminal, err := pty.StartWithSize(cmd, &pty.Winsize{Cols: 80, Rows: 24})
	if err != nil {
		testenv.Missing(t, "no pseudo-terminal: "+err.Error())
	}
	defer func() { _ = terminal.Close() }()
	var said bytes.Buffer
	_, _ = said.ReadFrom(terminal) // ends with an error, which is how a terminal hangs up
	if err := cmd.Wait(); err != nil {
		t.Errorf("scaffold %s: %v\n%s", strings.Join(args, " "), err, said.String())
	}
	return time.Since(start), said.String()
}

func TestRestoreGivesTermBack(t *testing.T) {
	if os.Getenv("GUARD_TEST_CHILD") != "" {
		before := os.Getenv("TERM")
		guard.Restore()
		after, isSet := os.LookupEnv("TERM")
		fmt.Printf("%s %s %t\n", before, after, isSet)
		return
	}
	for name, test := range map[string]struct{ term, want string }{
		"as it was":         {"TERM=xterm-256color", "dumb xterm-256color true"},
		"empty as it was":   {"TERM=", "dumb  true"},
		"unset as it was":   {"OTHER=", "dumb  false"},
		"dumb where it was": {"TERM=dumb", "dumb dumb true"},
	} {
		t.Run(name, func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestRestoreGivesTermBack$")
			cmd.Env = []string{"GUARD_TEST_CHILD=1", test.term}
			out, err := cmd.Output()
			if got, _, _ := strings.Cut(string(out), "\n"); got != test.want || err != nil {
				t.Errorf("got %q, %v; want %q", got, err, test.want)
			}
		})
	}
}
