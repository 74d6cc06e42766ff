package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"scaffold/internal/testenv"
)

func page(t *testing.T, path ...string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(append([]string{testenv.Root()}, path...)...))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestTheReadmeShowsWhatTheProgramDraws: its sample is a screen of a journey that
// TestJourneys drives.
func TestTheReadmeShowsWhatTheProgramDraws(t *testing.T) {
	_, sample, _ := strings.Cut(page(t, "README.md"), "```text\n")
	sample, _, _ = strings.Cut(sample, "\n```")
	screens := page(t, "cmd", "scaffold", "testdata", "screens", "journey-shop.txt")
	if sample == "" || !strings.Contains(screens, "\n\n"+sample+"\n\n") {
		t.Errorf("no screen of journey-shop.txt is\n%s", sample)
	}
}

// TestTheTour runs every command of docs/tour.md, in order.
func TestTheTour(t *testing.T) {
	testenv.Need(t, "sh", "git")
	var script strings.Builder
	script.WriteString("set -eu\n")
	for _, block := range shellBlock.FindAllStringSubmatch(page(t, "docs", "tour.md"), -1) {
		script.WriteString(block[1])
	}
	home := t.TempDir()
	env := testenv.Env("HOME="+home, "GIT_AUTHOR_NAME=Ada", "GIT_AUTHOR_EMAIL=ada@example.com", "GIT_COMMITTER_NAME=Ada", "GIT_COMMITTER_EMAIL=ada@example.com",
		"PATH="+filepath.Dir(testenv.Scaffold(t))+":"+os.Getenv("PATH"))
	out := testenv.Run(t, 5*time.Minute, t.TempDir(), env, "sh", "-c", script.String())
	for _, want := range []string{"flask", "Created scores"} {
		if !strings.Contains(out, want) {
			t.Errorf("the tour never says %q:\n%s", want, out)
		}
	}
}

var link = regexp.MustCompile(`\]\(([^)\s]+)\)`)

// TestTheLinksOfTheDocsLeadSomewhere follows those within the repository, to the
// heading.
func TestTheLinksOfTheDocsLeadSomewhere(t *testing.T) {
	pages, err := filepath.Glob(filepath.Join(testenv.Root(), "docs", "*.md"))
	if err != nil || len(pages) < 10 {
		t.Fatalf("%d pages, %v", len(pages), err)
	}
	for _, name := range []string{"README.md", "CONTRIBUTING.md", "SECURITY.md"} {
		pages = append(pages, filepath.Join(testenv.Root(), name))
	}
	for _, path := range pages {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(string(data), -1) {
			target, heading, _ := strings.Cut(m[1], "#")
			if strings.Contains(m[1], "://") || strings.HasPrefix(m[1], "mailto:") {
				continue
			}
			to := path
			if target != "" {
				to = filepath.Join(filepath.Dir(path), target)
			}
			if _, err := os.Stat(to); err != nil {
				t.Errorf("%s: %s leads nowhere", filepath.Base(path), m[1])
			} else if heading != "" && !hasHeading(t, to, heading) {
				t.Errorf("%s: %s has no such heading", filepath.Base(path), m[1])
			}
		}
	}
}

var notInAnchor = regexp.MustCompile(`[^a-z0-9 _-]`)

func hasHeading(t *testing.T, path, anchor string) bool {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		if text := strings.TrimLeft(line, "#"); text != line {
			text = notInAnchor.ReplaceAllString(strings.ToLower(strings.TrimSpace(text)), "")
			if strings.ReplaceAll(text, " ", "-") == anchor {
				return true
			}
		}
	}
	return false
}
