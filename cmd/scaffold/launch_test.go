//go:build unix

package main

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"scaffold/internal/testenv"
)

// startable is a template whose project is a server of files: it says when it is
// installed and when it has stopped. The file slow keeps the installation waiting.
var startable = map[string]string{
	"template.yaml": `apiVersion: scaffold/v1
name: startable
title: Startable
version: 1.0.0
questions:
  - {id: install, type: choice, choices: [{value: works}, {value: fails}, {value: hangs}], default: works}
verify:
  install: {run: [sh, dev, install]}
  test: {run: [touch, tested]}
  run: {run: [sh, dev, run], ready: {http: /README.md, within: 60s}}
`,
	"files/README.md": "served\n",
	"files/dev.tmpl": `case $1 in
install)
  echo it installs; touch installed
  {{ if eq .install "fails" }}echo no luck; exit 3{{ else if eq .install "hangs" }}echo $$ >pid; exec sleep 300{{ end }} ;;
run)
  trap 'echo it stops; kill $server; touch stopped; exit 0' TERM
  python3 -m http.server --bind 127.0.0.1 $PORT & server=$!
  echo $server >pid; echo it starts; wait $server ;;
esac
`,
}

// made is a sitting whose project is there.
func made(t *testing.T, args ...string) *sitting {
	t.Helper()
	testenv.Need(t, "python3")
	dir := t.TempDir()
	put(t, dir, startable)
	s := sit(t, 80, 24, append([]string{"shop", "--template", dir, "--no-git"}, args...)...)
	s.sees("Create it?")
	s.press(enter)
	s.sees("Created shop")
	return s
}

func (s *sitting) has(file string) bool {
	_, err := os.Stat(filepath.Join(s.dir, "shop", file))
	return err == nil
}

var address = regexp.MustCompile(`It answers at (http://127\.0\.0\.1:[0-9]+/)`)

// TestAProjectIsStartedWhereItWasMade: its commands and where they come from are
// shown, what they print, too, and Ctrl-C is how it ends.
func TestAProjectIsStartedWhereItWasMade(t *testing.T) {
	for name, test := range map[string]struct {
		end  func(*sitting)
		exit int
	}{
		"Ctrl-C":  {func(s *sitting) { s.press(ctrlC) }, 0},
		"SIGTERM": {func(s *sitting) { _ = s.cmd.Process.Signal(syscall.SIGTERM) }, 143},
	} {
		t.Run(name, func(t *testing.T) {
			s := made(t)
			s.sees(launch)
			for _, text := range []string{"install  sh dev install", "start    sh dev run", "from startable 1.0.0", "sha256:"} {
				s.sees(text)
			}
			s.press("y")
			s.sees("| it installs")
			s.sees("✓ install")
			s.sees("It answers at http:")
			url := address.FindStringSubmatch(s.text())
			if url == nil {
				t.Fatalf("no address:\n%s", s.text())
			}
			resp, err := http.Get(url[1] + "README.md")
			if err != nil || resp.StatusCode != http.StatusOK {
				t.Fatalf("%s: %v %v", url[1], resp, err)
			}
			resp.Body.Close()
			pid, err := os.ReadFile(filepath.Join(s.dir, "shop", "pid"))
			if err != nil {
				t.Fatal(err)
			}
			test.end(s)
			if code := s.ends(); code != test.exit {
				t.Errorf("exit %d\n%s", code, s.text())
			}
			if !strings.Contains(s.text(), "it stops") || !s.has("stopped") || s.has("tested") {
				t.Errorf("stopped %v, tested %v\n%s", s.has("stopped"), s.has("tested"), s.text())
			}
			if test.exit == 0 {
				s.sees("Again: cd shop && sh dev run")
			}
			testenv.Eventually(t, time.Minute, "the server is gone", func() bool { return ended(t, strings.TrimSpace(string(pid))) })
		})
	}
}

// TestNothingIsStartedByEnter, and to leave is to have the project.
func TestNothingIsStartedByEnter(t *testing.T) {
	for name, test := range map[string]struct {
		keys string
		exit int
		says string
	}{
		"Enter":  {enter, 0, "without questions"},
		"n":      {"n", 0, "without questions"},
		"Ctrl-C": {ctrlC, 130, "Cancelled. The project in shop is complete."},
	} {
		s := made(t)
		s.sees(launch)
		s.press(test.keys)
		if code := s.ends(); code != test.exit {
			t.Errorf("%s: exit %d\n%s", name, code, s.text())
		}
		s.sees(test.says)
		if s.has("installed") || !s.has("README.md") || strings.Contains(s.text(), "Nothing was written") {
			t.Errorf("%s: installed %v\n%s", name, s.has("installed"), s.text())
		}
	}
}

// TestWhatGoesWrongAtTheStart leaves the project, and says how to go on.
func TestWhatGoesWrongAtTheStart(t *testing.T) {
	s := made(t, "--set", "install=fails")
	s.sees(launch)
	s.press("y")
	if code := s.ends(); code != 8 {
		t.Errorf("exit %d\n%s", code, s.text())
	}
	s.sees("error: install: `sh dev install` ended with exit code 3; the project in shop is complete")
	s.sees("no luck")

	s = made(t, "--set", "install=hangs")
	s.sees(launch)
	s.press("y")
	s.sees("| it installs")
	testenv.Eventually(t, time.Minute, "it hangs", func() bool { return s.has("pid") })
	s.press(ctrlC)
	if code := s.ends(); code != 130 {
		t.Errorf("exit %d\n%s", code, s.text())
	}
	s.sees("install was interrupted; the project in shop is complete")
}

// TestNobodyIsAskedToStart where it could not be, or was said already.
func TestNobodyIsAskedToStart(t *testing.T) {
	for name, args := range map[string][]string{
		"by flag":            {"--no-start"},
		"quiet":              {"--quiet"},
		"without a terminal": nil,
	} {
		var said string
		if args == nil {
			dir := t.TempDir()
			put(t, filepath.Join(dir, "tpl"), startable)
			_, errs, code := scaffoldIn(t, dir, "new", "shop", "--template", "./tpl", "--no-git")
			if said = errs; code != 0 {
				t.Errorf("%s: exit %d", name, code)
			}
		} else {
			dir := t.TempDir()
			put(t, dir, startable)
			s := sit(t, 80, 24, append([]string{"shop", "--template", dir, "--no-git"}, args...)...)
			s.sees("Create it?")
			s.press(enter)
			if code := s.ends(); code != 0 {
				t.Errorf("%s: exit %d", name, code)
			}
			said = s.wrote()
		}
		if strings.Contains(said, "now?") {
			t.Errorf("%s: asked\n%s", name, said)
		}
	}
}

// TestWhatCannotStartIsNotOffered: no step to run it, a tool that is missing, or
// commands that the person has refused a moment ago.
func TestWhatCannotStartIsNotOffered(t *testing.T) {
	for name, change := range map[string]func(string) string{
		"no run":    func(m string) string { return m[:strings.Index(m, "  run:")] },
		"no tool":   func(m string) string { return m + "requires: {tools: [{name: no-such-tool}]}\n" },
		"no, hooks": func(m string) string { return m + "actions: [{id: mark, run: [touch, marked]}]\n" },
	} {
		dir, files := t.TempDir(), map[string]string{}
		for file, data := range startable {
			files[file] = data
		}
		files["template.yaml"] = change(startable["template.yaml"])
		put(t, dir, files)
		s := sit(t, 80, 24, "shop", "--template", dir, "--no-git")
		if name == "no, hooks" {
			s.sees("This template wants to run")
			s.press(enter)
		}
		s.sees("Create it?")
		s.press(enter)
		if code := s.ends(); code != 0 || strings.Contains(s.wrote(), "now?") {
			t.Errorf("%s: exit %d\n%s", name, code, s.text())
		}
	}
}

// TestWhatWasSaidStaysAboveTheQuestion, on a narrow terminal as on a wide one.
func TestWhatWasSaidStaysAboveTheQuestion(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, startable)
	s := sit(t, 40, 60, "shop", "--template", dir, "--no-git")
	s.sees("Create it?")
	s.press(enter)
	s.sees(launch)
	if text := s.settled(); !strings.Contains(text, "Created shop") || !strings.Contains(text, "1. cd shop") {
		t.Errorf("what was said is gone:\n%s", text)
	}
	s.press(enter)
	s.ends()
}

// TestTheStartIsAskedInPlainLines, too.
func TestTheStartIsAskedInPlainLines(t *testing.T) {
	testenv.Need(t, "python3")
	dir := t.TempDir()
	put(t, dir, startable)
	s := sit(t, 80, 24, "shop", "--template", dir, "--no-git", "--plain")
	s.sees("Create it?")
	s.press(enter)
	s.sees("yes or no [no]:")
	s.press("yes" + enter)
	s.sees("It answers at http:")
	s.press(ctrlC)
	if code := s.ends(); code != 0 || !s.has("stopped") {
		t.Errorf("exit %d\n%s", code, s.text())
	}
}
