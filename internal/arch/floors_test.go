package arch

import (
	"debug/buildinfo"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/Masterminds/semver/v3"

	"scaffold/internal/testenv"
)

// TestFloors holds versions in which published advisories are fixed, in what the
// program says it was built from.
func TestFloors(t *testing.T) {
	info, err := buildinfo.ReadFile(testenv.Scaffold(t))
	if err != nil {
		t.Fatal(err)
	}
	built := map[string]string{"go": strings.TrimPrefix(info.GoVersion, "go")}
	for _, m := range info.Deps {
		for m.Replace != nil {
			m = m.Replace
		}
		built[m.Path] = m.Version
	}
	for module, floor := range map[string]string{
		"go":                            "1.26.5",
		"github.com/go-git/go-git/v5":   "5.19.3",
		"github.com/go-git/go-billy/v5": "5.9.2",
	} {
		got, err := semver.NewVersion(built[module])
		if err != nil || got.LessThan(semver.MustParse(floor)) {
			t.Errorf("%s is %q, older than %s", module, built[module], floor)
		}
	}
}

// TestActionsArePinned holds the project's workflows to commits: a tag can be
// moved to other code.
func TestActionsArePinned(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(testenv.Root(), ".github/workflows/*.yml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%d workflows, %v", len(files), err)
	}
	uses, pinned := regexp.MustCompile(`uses:\s*(\S+)`), regexp.MustCompile(`@[0-9a-f]{40}$`)
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, action := range uses.FindAllStringSubmatch(string(data), -1) {
			if !pinned.MatchString(action[1]) {
				t.Errorf("%s uses %s", filepath.Base(file), action[1])
			}
		}
	}
}
