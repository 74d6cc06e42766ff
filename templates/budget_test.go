package templates_test

import (
	"bufio"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"scaffold/internal/projecttest"
)

// TestBudget holds a default project to what a newcomer can read: fewer than 60
// files of code, and fewer than 2,000 lines in those that are not tests, 2,400
// in node-express (docs/decisions/0017-the-node-launcher.md), 2,400 in django
// (docs/decisions/0010-django-has-a-larger-budget.md) and 2,900 in node-ws
// (docs/decisions/0021-node-ws-is-larger.md). Blank lines, documents, locks and
// settings do not count.
func TestBudget(t *testing.T) {
	budgets := map[string]int{"django": 2400, "flask": 2000, "node-express": 2400, "node-ws": 2900}
	for template, budget := range budgets {
		dir := projecttest.Template{Name: template}.New(t).Dir
		all, files, lines := 0, 0, 0
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				if d != nil && d.Name() == ".git" {
					return fs.SkipDir
				}
				return err
			}
			all++
			rel, _ := filepath.Rel(dir, path)
			if !isCode(rel) {
				return nil
			}
			files++
			lines += textLines(t, path)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %d files in all; code: %d files, %d lines", template, all, files, lines)
		if files >= 60 || lines >= budget {
			t.Errorf("%s is over the budget: %d files of code, %d lines", template, files, lines)
		}
	}
}

func isCode(path string) bool {
	if strings.Contains(path, "test") {
		return false
	}
	return slices.Contains([]string{".py", ".ts", ".js", ".mjs", ".html", ".css", ".sql"}, filepath.Ext(path))
}

func textLines(t *testing.T, path string) int {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	n := 0
	for s := bufio.NewScanner(f); s.Scan(); {
		if strings.TrimSpace(s.Text()) != "" {
			n++
		}
	}
	return n
}
