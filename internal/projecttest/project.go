// Package projecttest tests what the built-in templates make: it makes
// projects, installs, starts, checks and breaks them.
//
// What one template alone needs is in the tests of that template's folder;
// these run side by side.
package projecttest

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"scaffold/internal/testenv"
)

// A Template is a built-in template under test.
type Template struct {
	Name     string
	Language Language
}

// Dir is the template's folder.
func (tpl Template) Dir() string { return filepath.Join(testenv.Root(), "templates", tpl.Name) }

// A Project is one that scaffold has made, in a temporary directory.
type Project struct {
	Dir      string
	Template Template
}

// New makes a project with the flags, from the template unless they recommend one.
func (tpl Template) New(t *testing.T, flags ...string) *Project {
	t.Helper()
	return tpl.newIn(t, t.TempDir(), append([]string{"--template", tpl.Name}, flags...)...)
}

// Recommended makes the project that scaffold recommends for the flags, which is
// to be one of this template.
func (tpl Template) Recommended(t *testing.T, flags ...string) *Project {
	t.Helper()
	p := tpl.newIn(t, t.TempDir(), flags...)
	if lock := p.Read(t, ".scaffold/lock.yaml"); !strings.Contains(lock, "builtin:"+tpl.Name) {
		t.Fatalf("%v gave another template:\n%.800s", flags, lock)
	}
	return p
}

func (tpl Template) newIn(t *testing.T, parent string, flags ...string) *Project {
	t.Helper()
	argv := append([]string{testenv.Scaffold(t), "new", "demo", "--yes", "--author", "Ada Lovelace <ada@example.com>"}, flags...)
	testenv.Run(t, time.Minute, parent, testenv.Env(), argv...)
	return &Project{Dir: filepath.Join(parent, "demo"), Template: tpl}
}

// Set turns KEY=VALUE, separated by blanks, into flags.
func Set(answers string) []string {
	var flags []string
	for _, kv := range strings.Fields(answers) {
		flags = append(flags, "--set", kv)
	}
	return flags
}

// Read gives a file of the project.
func (p *Project) Read(t *testing.T, name string) string {
	t.Helper()
	return Read(t, filepath.Join(p.Dir, filepath.FromSlash(name)))
}

// Write puts a file into the project.
func (p *Project) Write(t *testing.T, name, text string) {
	t.Helper()
	Write(t, filepath.Join(p.Dir, filepath.FromSlash(name)), text)
}

// Add copies a file of the template's folder into the project.
func (p *Project) Add(t *testing.T, source, name string) {
	t.Helper()
	p.Write(t, name, Read(t, filepath.Join(p.Template.Dir(), filepath.FromSlash(source))))
}

// Read gives a file's text.
func Read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// Write writes a file.
func Write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// Run runs a command of the project to its end.
func (p *Project) Run(t *testing.T, env []string, argv ...string) string {
	t.Helper()
	return testenv.Run(t, longest, p.Dir, env, argv...)
}

// longest is how long a command of a project may take before it counts as hung.
const longest = 25 * time.Minute

var readmeCommand = regexp.MustCompile(`(?m)^(?:    )?((?:python3 dev\.py|npm) [a-z]+)\b`)

// Commands gives the first two commands of the project's README: the one that
// runs the project and the one that tests it.
func (p *Project) Commands(t *testing.T) (run, test string) {
	t.Helper()
	found := readmeCommand.FindAllStringSubmatch(p.Read(t, "README.md"), 2)
	if len(found) != 2 || !strings.HasSuffix(found[1][1], " test") {
		t.Fatalf("the README does not start with two commands: %v", found)
	}
	return found[0][1], found[1][1]
}

// Clean holds a project to what a stranger's git says after installing, checking
// and testing: nothing tracked changed, and nothing is there that is not ignored.
func (p *Project) Clean(t *testing.T) {
	t.Helper()
	if out := testenv.Run(t, time.Minute, p.Dir, testenv.Env(), "git", "status", "--porcelain"); out != "" {
		t.Errorf("installing, checking and testing changed tracked files or left others:\n%s", out)
	}
}

// Timed does a step and logs how long it took; the table at the end of `make
// test` is made of these lines.
func Timed(t *testing.T, what string, step func()) {
	t.Helper()
	started := time.Now()
	step()
	t.Logf("took %.1f s: %s", time.Since(started).Seconds(), what)
}
