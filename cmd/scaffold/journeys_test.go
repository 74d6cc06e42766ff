//go:build unix

package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"scaffold/internal/testenv"
)

var update = flag.Bool("update", false, "write the screens anew, to be read in the diff")

// A journey is what somebody answers on the way to a project: the keys by the
// title of the screen. Enter alone answers all others.
type journey struct {
	keys map[string]string
	ends string // the template
}

const (
	uses = "What will this project do?"
	team = "What does the team know best?"

	up        = "\x1b[A"
	backspace = "\x7f"
)

// mark types a word that one use of the list has, marks it, and shows all again.
func mark(words ...string) string {
	var keys strings.Builder
	for _, w := range words {
		keys.WriteString(w + " " + strings.Repeat(backspace, len(w)))
	}
	return keys.String()
}

var journeys = map[string]journey{
	"chat":              {map[string]string{uses: mark("slack")}, "node-ws"},
	"shop":              {map[string]string{uses: mark("airbnb", "wordpress")}, "django"},
	"model":             {map[string]string{uses: mark("spam", "stripe")}, "flask"},
	"mobile-javascript": {map[string]string{uses: mark("iphone"), team: down + down}, "node-express"},
	"mobile-python":     {map[string]string{uses: mark("iphone"), team: down + down + down}, "flask"},
	"game":              {map[string]string{uses: up + " ", "What will it be?": "a browser game for ten friends"}, "node-ws"},
	"unsure": {map[string]string{
		uses:                                up + up + " ",
		"Will people play with or against":  up,   // no
		"Will a trained model give answers": down, // yes
	}, "flask"},
}

func TestJourneys(t *testing.T) {
	for name, j := range journeys {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := sit(t, 80, 24)
			shots, titles := s.travel(j, "Project name")
			s.press(enter)
			s.sees("Create it?")
			screens := len(titles) + 1
			s.press(enter)
			if code := s.declines(); code != 0 {
				t.Fatalf("exit %d\n%s", code, s.text())
			}
			t.Logf("%s: %d screens", name, screens)
			if screens > 8 {
				t.Errorf("%d screens: %q", screens, titles)
			}
			if got := templateOf(t, s.dir); got != j.ends {
				t.Errorf("it ends at %s, and should at %s", got, j.ends)
			}
			golden(t, "journey-"+name, shots)
		})
	}
}

// TestScreens keeps each kind of screen as it is drawn in narrow and wide
// terminals.
func TestScreens(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, everything)
	for _, width := range []int{40, 60, 80, 120, 200} {
		t.Run(fmt.Sprint(width), func(t *testing.T) {
			t.Parallel()
			var shots []string
			s := sit(t, width, 24)
			all, _ := s.travel(journeys["game"], "Project name")
			shots = append(shots, all...)
			s.press(ctrlC)
			s.ends()

			s = sit(t, width, 24)
			s.shot(&shots, uses, "?")
			s.shot(&shots, uses, "mod")
			s.press(ctrlC)
			s.ends()

			s = sit(t, width, 24, "shop", "--template", dir, "--no-git")
			for _, screen := range []struct{ title, keys string }{
				{"What it is", "A shop" + enter}, {"Region", enter}, {"Parts", enter}, {"Port", "8080" + enter}, {"Sample", enter},
				{"Token", "hunter2" + enter}, {"This template wants to run", enter}, {"Create it?", down + enter}, {"Which answers?", ""},
			} {
				s.shot(&shots, screen.title, "")
				s.press(screen.keys)
			}
			s.press(ctrlC)
			s.ends()
			for _, shot := range shots {
				for line := range strings.Lines(shot) {
					if n := len([]rune(strings.TrimRight(line, "\n"))); n >= width {
						t.Errorf("a line has %d cells: %s", n, line)
					}
				}
			}
			for i := range shots { // where the test put the template is nobody's business, and breaks narrow lines
				if strings.Contains(shots[i], "everything 1.0.0") {
					shots[i] = strings.ReplaceAll(shots[i], dir, "/templates/everything")
				}
				if strings.Contains(shots[i], "everything 1.0.0") && width < 80 {
					shots[i] = "(a path of the machine)"
				}
			}
			golden(t, fmt.Sprintf("screens-%d", width), shots)
		})
	}
}

// everything asks a question of each kind, and has a hook.
var everything = map[string]string{
	"template.yaml": `apiVersion: scaffold/v1
name: everything
title: A question of each kind
version: 1.0.0
questions:
  - {id: about, type: string, title: What it is in one sentence, group: Project, example: A shop for tea}
  - {id: region, type: choice, title: Region, help: where its machines are, group: Project, choices: [{value: eu-central-1, title: Frankfurt}, {value: us-east-1, title: Virginia}]}
  - {id: parts, type: multi, title: Parts, choices: [{value: mail}, {value: search}]}
  - {id: port, type: int, title: Port}
  - {id: sample, type: bool, title: Sample code}
  - {id: token, type: secret, title: Token of the registry}
actions:
  - {id: mark, run: [touch, marked], needs: {net: true}}
`,
	"files/README.md.tmpl": "{{ .about }} {{ .region }} {{ .parts }} {{ .port }} {{ .sample }}\n",
	"files/.gitignore":     ".env\n",
	"files/.env.tmpl":      "TOKEN={{ .token }}\n",
}

// travel answers each screen until one with the title last, and gives the
// screens and their titles.
func (s *sitting) travel(j journey, last string) (shots, titles []string) {
	s.t.Helper()
	for before := ""; ; {
		title := s.next(before)
		shots, titles = append(shots, s.settled()), append(titles, title)
		if strings.HasPrefix(title, last) {
			return shots, titles
		}
		for of, keys := range j.keys {
			if strings.HasPrefix(of, title) || strings.HasPrefix(title, of) {
				s.press(keys)
			}
		}
		s.press(enter)
		before = title
	}
}

// next waits for a screen with another title.
func (s *sitting) next(before string) (title string) {
	s.t.Helper()
	testenv.Eventually(s.t, 2*time.Minute, "a screen after "+before, func() bool {
		title = s.title()
		return title != "" && title != before
	})
	return title
}

// title is the question on the screen, or the first line of it.
func (s *sitting) title() string {
	text := s.text()
	if !strings.Contains(text, "enter next") && !strings.Contains(text, "enter\n") {
		return ""
	}
	title := ""
	for line := range strings.Lines(text) {
		if rest, ok := strings.CutPrefix(line, "? "); ok {
			title, _, _ = strings.Cut(strings.TrimSpace(rest), "   ")
		}
	}
	return title
}

// settled is the screen once nothing more is drawn on it.
func (s *sitting) settled() string {
	s.t.Helper()
	was := ""
	testenv.Eventually(s.t, time.Minute, "the screen comes to rest", func() bool {
		now := s.text()
		still := now == was && strings.Contains(now, "enter")
		was = now
		time.Sleep(50 * time.Millisecond)
		return still
	})
	lines := strings.Split(was, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n")
}

// shot presses keys on the screen with a title, and keeps what it becomes.
func (s *sitting) shot(shots *[]string, title, keys string) {
	s.t.Helper()
	s.sees(title)
	before := s.settled()
	if keys != "" {
		s.press(keys)
		testenv.Eventually(s.t, time.Minute, "the screen changes", func() bool { return s.settled() != before })
	}
	*shots = append(*shots, s.settled())
}

// golden holds screens against those that were reviewed.
func golden(t *testing.T, name string, shots []string) {
	t.Helper()
	got := strings.Join(shots, "\n\n────────\n\n") + "\n"
	file := filepath.Join(testenv.Root(), "cmd", "scaffold", "testdata", "screens", name+".txt")
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); d != "" {
		t.Errorf("other screens than were reviewed (go test -update writes them): %s", d)
	}
}

// templateOf is the template of the one project in a directory.
func templateOf(t *testing.T, dir string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "*", ".scaffold", "answers.yaml"))
	if err != nil || len(found) != 1 {
		t.Fatalf("projects: %q %v", found, err)
	}
	data, err := os.ReadFile(found[0])
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(data), "builtin:")
	name, _, _ := strings.Cut(rest, `"`)
	return name
}
