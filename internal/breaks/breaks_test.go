package breaks

import (
	"cmp"
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"scaffold/internal/testenv"
)

// atLeast is how many breaks there are, and how many `make test-all` takes.
const (
	atLeast      = 150
	atLeastTaken = 20
)

func read(t *testing.T) []Break {
	t.Helper()
	all, err := Read(testenv.Root())
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestEachBreakFits looks whether the lists still fit the code.
func TestEachBreakFits(t *testing.T) {
	all := read(t)
	for _, b := range all {
		if err := b.Fits(testenv.Root()); err != nil {
			t.Error(err)
		}
	}
	if len(all) < atLeast {
		t.Errorf("%d breaks are listed, and are to be %d", len(all), atLeast)
	}
}

func TestTouchedTakesWhatChangedAndSomeOfTheOthers(t *testing.T) {
	all := []Break{
		{Package: "a", File: "x.go"}, {Package: "a", File: "y.go"}, {Package: "b", File: "x.go"},
		{Package: "b", File: "y.go", In: "c"}, {Package: "d", File: "x.go"}, {Package: "e", File: "x.go"},
	}
	tests := map[string]struct {
		changed []string
		n       int
		want    string
	}{
		"the file":                  {[]string{"a/y.go", "README.md"}, 0, "a/y.go"},
		"the list":                  {[]string{"a/breaks.yaml"}, 0, "a/x.go a/y.go"},
		"the tests, where they are": {[]string{"c/some_test.go", "c/other.go"}, 0, "b/y.go"},
		"others, evenly":            {[]string{"a/x.go"}, 3, "a/x.go a/y.go b/y.go"},
		"no more than there are":    {nil, 99, "a/x.go a/y.go b/x.go b/y.go d/x.go e/x.go"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, b := range Touched(all, test.changed, test.n) {
				got = append(got, b.Path())
			}
			if strings.Join(got, " ") != test.want {
				t.Errorf("%v", got)
			}
		})
	}
}

// TestChangedBreaks breaks what changed since BREAKS_BASE, a commit, or in the
// last 30 commits.
func TestChangedBreaks(t *testing.T) {
	testenv.All(t)
	prove(t, Touched(read(t), testenv.Changed(t), atLeastTaken))
}

// TestAllBreaks breaks everything, or with SCAFFOLD_BREAKS one package.
func TestAllBreaks(t *testing.T) {
	if os.Getenv("SCAFFOLD_LONG") == "" {
		t.Skip("make check-long runs this")
	}
	all := read(t)
	if only := os.Getenv("SCAFFOLD_BREAKS"); only != "" {
		all = slices.DeleteFunc(all, func(b Break) bool { return b.Package != only })
	}
	prove(t, all)
}

// prove sees the named tests pass, and then each fail with its behaviour broken.
func prove(t *testing.T, breaks []Break) {
	if len(breaks) == 0 {
		t.Fatal("nothing to break")
	}
	tests := map[string][]string{}
	for _, b := range breaks {
		tests[b.TestPackage()] = append(tests[b.TestPackage()], pattern(b.Test))
	}
	for _, pkg := range slices.Sorted(maps.Keys(tests)) {
		names := slices.Compact(slices.Sorted(slices.Values(tests[pkg])))
		if out, err := goTest(t, pkg, strings.Join(names, "|"), ""); err != nil {
			t.Fatalf("%s: the tests do not pass as it is: %v\n%s", pkg, err, testenv.Tail(out, 40))
		}
	}
	for _, b := range breaks {
		t.Run(strings.ReplaceAll(b.Path(), "/", ".")+"/"+b.Test, func(t *testing.T) {
			t.Parallel()
			see(t, b)
		})
	}
}

// see breaks the code in an overlay and sees the test fail.
func see(t *testing.T, b Break) {
	path := filepath.Join(testenv.Root(), filepath.FromSlash(b.Path()))
	source, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	broken := filepath.Join(t.TempDir(), b.File)
	if err := os.WriteFile(broken, []byte(strings.Replace(string(source), b.Old, b.New, 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	overlay := filepath.Join(t.TempDir(), "overlay.json")
	data, err := json.Marshal(map[string]map[string]string{"Replace": {path: broken}})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(overlay, data, 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := goTest(t, b.TestPackage(), pattern(b.Test), overlay)
	if err == nil || !red(out, b.Test) {
		t.Errorf("%s: with %q, %s in %s is not red: %v\n%s", b, b.New, b.Test, b.TestPackage(), err, testenv.Tail(out, 25))
	}
}

// red reports whether the output says that the test failed, or that it was still
// running when the time was up. What does not compile is not red.
func red(out, test string) bool {
	name := regexp.QuoteMeta(strings.ReplaceAll(test, " ", "_"))
	return regexp.MustCompile(`(?m)^\s*--- FAIL: ` + name + ` |running tests:\n\s*` + name + ` `).MatchString(out)
}

// pattern is the test alone, as -run takes it; several may stand between bars.
func pattern(test string) string {
	return "^" + strings.ReplaceAll(regexp.QuoteMeta(test), "/", "$/^") + "$"
}

// goTest runs tests of a package. The overlay is given by GOFLAGS, so that a
// program that a test builds has it, too.
func goTest(t *testing.T, pkg, pattern, overlay string) (string, error) {
	t.Helper()
	flags, err := exec.Command("go", "env", "GOFLAGS").Output()
	if err != nil {
		t.Fatal(err)
	}
	env := testenv.Env()
	if overlay != "" {
		env = testenv.Env("GOFLAGS=" + strings.TrimSpace(string(flags)) + " -overlay=" + overlay)
	}
	argv := []string{"go", "test", "-vet=off", "-timeout", "3m", "-run", pattern, "./" + cmp.Or(pkg, ".")}
	return testenv.Try(t, 20*time.Minute, testenv.Root(), env, argv...)
}
