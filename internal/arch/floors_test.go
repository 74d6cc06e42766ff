package arch

import (
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"testing"

	"github.com/Masterminds/semver/v3"

	"scaffold/internal/testenv"
)

// TestFloors holds versions in which published advisories are fixed.
func TestFloors(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(testenv.Root(), "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	floors := map[string]string{
		"github.com/go-git/go-git/v5":   "5.19.3",
		"github.com/go-git/go-billy/v5": "5.9.2",
	}
	for module, floor := range floors {
		m := regexp.MustCompile(`(?m)^\s*` + regexp.QuoteMeta(module) + ` v(\S+)`).FindSubmatch(data)
		if m == nil || semver.MustParse(string(m[1])).LessThan(semver.MustParse(floor)) {
			t.Errorf("%s is older than %s: %s", module, floor, m)
		}
	}
	if got := semver.MustParse(runtime.Version()[len("go"):]); got.LessThan(semver.MustParse("1.26.5")) {
		t.Errorf("Go is %s, older than 1.26.5", got)
	}
}
