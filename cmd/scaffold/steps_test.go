//go:build unix

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"scaffold/internal/testenv"
)

// waiting is a template whose hook is quick and whose installation waits, with a
// child that ignores being asked to end, until the file go is there.
func waiting(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, data := range map[string]string{
		"template.yaml": `apiVersion: scaffold/v1
name: waiting
title: Waiting
version: 1.0.0
actions:
  - {id: quick, run: [touch, hooked], needs: {net: true}}
  - {id: no-terminal, run: [sh, -c, "(: </dev/tty) 2>/dev/null && exit 9; exit 0"]}
verify:
  install: {run: [sh, install], timeout: 60s}
`,
		"files/install": `sh -c 'trap "" TERM; echo $$ >> pids; while :; do sleep 1; done' &
echo $$ >> pids
while [ ! -e go ]; do sleep 0.1; done
kill -9 $!
`,
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestHooksAndStepsOnATerminal(t *testing.T) {
	s := sit(t, 80, 24, "shop", "--template", waiting(t), "--verify")
	s.sees("This template wants to run commands")
	s.sees("touch hooked   (hook quick; reaches the network; at most 10m0s)")
	s.sees("sh install   (verify install)")
	s.press("\x1b[B" + enter) // once
	s.sees("Create it?")
	s.sees("runs  touch hooked")
	s.sees("runs  sh install")
	s.press(enter)
	s.sees("✓ quick")
	s.sees("… install")
	time.Sleep(1500 * time.Millisecond)
	if err := os.WriteFile(filepath.Join(s.dir, "shop", "go"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if code := s.ends(); code != 0 {
		t.Fatalf("exit %d\n%s", code, s.text())
	}
	s.sees("✓ install")
	s.sees("--run-hooks")
	s.mu.Lock()
	defer s.mu.Unlock()
	drawn := strings.Count(s.history.String(), "… install")
	if drawn < 3 || drawn > 150 {
		t.Errorf("the progress was drawn %d times", drawn)
	}
	if strings.Contains(s.history.String(), "… quick") {
		t.Error("a quick hook has a progress line")
	}
	if strings.Contains(s.screen.String(), "… install") {
		t.Errorf("the progress line is still there:\n%s", s.screen.String())
	}
}

// TestStepsThatSomebodyRefusedDoNotRun: a template that brings no hooks is asked
// about, too, and Enter alone runs nothing.
func TestStepsThatSomebodyRefusedDoNotRun(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, map[string]string{"template.yaml": "apiVersion: scaffold/v1\nname: stepping\ntitle: Stepping\nversion: 1.0.0\n" +
		"verify:\n  install: {run: [touch, stepped]}\n", "files/README.md": "x\n"})
	s := sit(t, 80, 24, "shop", "--template", dir, "--verify=install", "--no-git")
	s.sees("This template wants to run commands")
	s.sees("touch stepped   (verify install)")
	s.press(enter)
	s.sees("Create it?")
	s.sees("does not run  touch stepped")
	s.press(enter)
	if code := s.ends(); code != 0 {
		t.Fatalf("exit %d\n%s", code, s.text())
	}
	s.sees("! not run: touch stepped   (verify install)")
	if strings.Contains(s.text(), "--verify") {
		t.Errorf("the command repeats what was refused:\n%s", s.text())
	}
	if _, err := os.Stat(filepath.Join(s.dir, "shop", "stepped")); err == nil {
		t.Error("it ran")
	}
}

func TestAnInterruptedStepIsEndedAndTheFilesStay(t *testing.T) {
	for name, test := range map[string]struct {
		interrupt func(*sitting)
		exit      int
	}{
		"Ctrl-C":  {func(s *sitting) { s.press(ctrlC) }, 130},
		"SIGTERM": {func(s *sitting) { _ = s.cmd.Process.Signal(syscall.SIGTERM) }, 143},
	} {
		t.Run(name, func(t *testing.T) {
			s := sit(t, 80, 24, "shop", "--template", waiting(t), "--verify", "--run-hooks", "--yes")
			pids := filepath.Join(s.dir, "shop", "pids")
			var ids []string
			testenv.Eventually(t, 2*time.Minute, "the step runs", func() bool {
				data, _ := os.ReadFile(pids)
				ids = strings.Fields(string(data))
				return len(ids) == 2
			})
			test.interrupt(s)
			if code := s.ends(); code != test.exit {
				t.Errorf("exit %d\n%s", code, s.text())
			}
			s.sees("install was interrupted; the project in shop is complete")
			if strings.Contains(s.text(), "Nothing was written") {
				t.Error("it says that nothing was written")
			}
			if _, err := os.Stat(filepath.Join(s.dir, "shop", ".scaffold", "lock.yaml")); err != nil {
				t.Error(err)
			}
			for _, id := range ids {
				testenv.Eventually(t, 2*time.Minute, "process "+id+" is gone", func() bool { return ended(t, id) })
			}
		})
	}
}

// ended reports whether a process is gone, or waits to be collected.
func ended(t *testing.T, id string) bool {
	t.Helper()
	n, err := strconv.Atoi(id)
	if err != nil {
		t.Fatal(err)
	}
	if syscall.Kill(n, 0) != nil {
		return true
	}
	stat, err := os.ReadFile(filepath.Join("/proc", id, "stat"))
	if os.IsNotExist(err) {
		return true
	}
	// After the name in brackets comes the state; see proc(5).
	return err == nil && strings.HasPrefix(string(stat[bytes.LastIndexByte(stat, ')')+1:]), " Z")
}
