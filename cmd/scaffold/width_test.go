//go:build unix

package main

import (
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"

	"scaffold/generator/quote"
	"scaffold/internal/testenv"
)

// talked are commands whose lists, messages, errors and help people read, in the
// order in which they run.
var talked = []string{
	"scaffold", "scaffold new --help", "scaffold verify --help", "scaffold help exit-codes", "scaffold help environment",
	"scaffold recommend --list", "scaffold recommend --use rest-api,ml-serving --team python",
	"scaffold template list", "scaffold template show flask", "scaffold source list", "scaffold trust list",
	"scaffold new shop -t ./tpl --no-git --no-hooks", "scaffold new shop -t ./tpl", "scaffold new other -t ./tpl", "scaffold why shop", "scaffold check shop",
	"scaffold new shop2 -t flask --set databse=postgres --set prt=1 --no-input",
	"scaffold template lint ./nowhere", "scaffold new x --use chat", "scaffold new --bogus",
}

// command is a line that a person copies: the terminal itself breaks it.
var command = regexp.MustCompile(`^( {2,}([0-9]+\. |try: )?)(scaffold|python3|git|cd) `)

// TestWhatCommandsSayFits holds what commands print on narrow and wide terminals
// against what was reviewed. No line is wider than the terminal.
func TestWhatCommandsSayFits(t *testing.T) {
	for _, width := range []int{40, 80, 200} {
		t.Run(fmt.Sprint(width), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			put(t, filepath.Join(dir, "tpl"), shown)
			var all []string
			for _, line := range talked {
				text := onTerminal(t, dir, width, line)
				for l := range strings.Lines(text) {
					if l = strings.TrimRight(l, "\n"); quote.Columns(l) > width && !(command.MatchString(l) && !strings.Contains(strings.TrimLeft(l, " "), "  ")) {
						t.Errorf("%s: a line has %d cells: %s", line, quote.Columns(l), l)
					}
				}
				if line != "scaffold" && !strings.HasSuffix(line, " --help") { // help has other tests, and changes more often
					all = append(all, "$ "+line+"\n"+took.ReplaceAllString(text, "in 0.0 s\n"))
				}
			}
			golden(t, fmt.Sprintf("commands-%d", width), all)
		})
	}
}

var took = regexp.MustCompile(`in\s+\d+\.\d\s+s\n`)

// TestWhatProgramsReadIsNotBroken: JSON, schemas and scripts stay as they are on a
// terminal, too.
func TestWhatProgramsReadIsNotBroken(t *testing.T) {
	dir := t.TempDir()
	for _, line := range []string{"scaffold schema manifest", "scaffold template list --json", "scaffold completion bash", "scaffold schema output", "scaffold template docs flask"} {
		out, _, code := scaffoldIn(t, dir, strings.Fields(line)[1:]...)
		if got := onTerminal(t, dir, 40, line); code != 0 || got != out {
			t.Errorf("%s differs on a terminal", line)
		}
	}
}

// onTerminal is what a command prints on a terminal, without colour.
func onTerminal(t *testing.T, dir string, width int, line string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), testenv.Scaffold(t), strings.Fields(line)[1:]...)
	cmd.Dir = dir
	cmd.Env = testenv.Env("TERM=xterm-256color", "NO_COLOR=1", "SCAFFOLD_NO_INPUT=1", "HOME="+dir, "XDG_CONFIG_HOME="+dir, "SOURCE_DATE_EPOCH=1767225600")
	screen, err := pty.StartWithSize(cmd, &pty.Winsize{Cols: uint16(width), Rows: 24})
	if err != nil {
		testenv.Missing(t, "no pseudo-terminal: "+err.Error())
	}
	stop := time.AfterFunc(2*time.Minute, func() { _ = cmd.Process.Kill() })
	defer stop.Stop()
	data, _ := io.ReadAll(screen) // ends with an error where the program does
	_ = cmd.Wait()
	path := testenv.Scaffold(t)
	return strings.ReplaceAll(strings.ReplaceAll(string(data), "\r\n", "\n"), path, "scaffold")
}
