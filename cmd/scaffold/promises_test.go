package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"scaffold/internal/testenv"
)

var (
	testNamed   = regexp.MustCompile("`((?:Test|Fuzz)[A-Za-z0-9]+)[^`]*`")
	scriptNamed = regexp.MustCompile("`([a-z0-9_]+)\\.txtar`")
	anyTest     = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)[A-Za-z0-9]+)\(`)
)

// TestWhatThePagesNameIsThere holds the tables of promises against the tests: one
// that has another name now holds nothing.
func TestWhatThePagesNameIsThere(t *testing.T) {
	known := testNames(t)
	for page, least := range map[string]int{"security.md": 25, "platform-teams.md": 25} {
		data, err := os.ReadFile(filepath.Join(testenv.Root(), "docs", page))
		if err != nil {
			t.Fatal(err)
		}
		seen := 0
		for _, m := range testNamed.FindAllStringSubmatch(string(data), -1) {
			if seen++; !known[m[1]] {
				t.Errorf("%s names %s, and there is no such test", page, m[1])
			}
		}
		for _, m := range scriptNamed.FindAllStringSubmatch(string(data), -1) {
			if seen++; !known[m[1]+".txtar"] {
				t.Errorf("%s names %s.txtar, and there is no such script", page, m[1])
			}
		}
		if seen < least {
			t.Errorf("%s names %d tests only", page, seen)
		}
	}
}

func testNames(t *testing.T) map[string]bool {
	t.Helper()
	known := map[string]bool{}
	for _, below := range []string{"cmd", "generator", "internal", "templates", "testdata/script"} {
		err := filepath.WalkDir(filepath.Join(testenv.Root(), filepath.FromSlash(below)), func(path string, d os.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			if strings.HasSuffix(path, ".txtar") {
				known[filepath.Base(path)] = true
			}
			if !strings.HasSuffix(path, "_test.go") {
				return nil
			}
			data, err := os.ReadFile(path)
			for _, m := range anyTest.FindAllStringSubmatch(string(data), -1) {
				known[m[1]] = true
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return known
}
