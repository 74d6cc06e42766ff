package projecttest

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"scaffold/internal/testenv"
)

// A breakage is a template's breaks.yaml: the behaviours of its projects that are
// broken, one at a time, to see their test go red.
type breakage struct {
	// Setup makes a project ready for its tests, once, beyond what is installed.
	Setup []string `yaml:"setup"`
	// Test runs one test; {file} and {name} stand for it.
	Test []string `yaml:"test"`
	// Red is a regular expression that the output of the failed test matches;
	// {file} and {name} stand for it. An error that is no failed test, such as
	// source that does not compile, is to match nothing.
	Red      string `yaml:"red"`
	Projects map[string]struct {
		Set      string `yaml:"set"`      // KEY=VALUE, separated by blanks
		Services bool   `yaml:"services"` // PostgreSQL and Redis by the env contract
	} `yaml:"projects"`
	Breaks []change `yaml:"breaks"`
}

// A change is one entry of a breakage.
type change struct {
	In   string `yaml:"in"`   // a project
	File string `yaml:"file"` // in it
	Old  string `yaml:"old"`  // occurs once in the file
	New  string `yaml:"new"`
	Test string `yaml:"test"` // FILE::NAME
}

// Breaks proves the tests of the template's projects: with a behaviour broken,
// the test that the table names fails, and without it the whole suite passes.
// Every run looks whether the table still fits the template. With SCAFFOLD_ALL
// some entries are seen red, of files that changed before others; with
// SCAFFOLD_LONG each, or those that go test's -run names: TestBreaks/full/tests/test_faults.
func (tpl Template) Breaks(t *testing.T) {
	t.Helper()
	var b breakage
	text := Read(t, filepath.Join(tpl.Dir(), "breaks.yaml"))
	if err := yaml.UnmarshalWithOptions([]byte(text), &b, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	for _, c := range b.Breaks {
		if _, ok := b.Projects[c.In]; !ok {
			t.Errorf("%s: there is no project %q", c.Test, c.In)
		}
	}
	all := os.Getenv("SCAFFOLD_LONG") != ""
	taken := b.Breaks
	if !all {
		taken = nil
		if os.Getenv("SCAFFOLD_ALL") != "" {
			taken = tpl.some(b.Breaks, testenv.Changed(t))
		}
	}
	for name := range b.Projects {
		t.Run(name, func(t *testing.T) { tpl.breakProject(t, &b, name, taken, all) })
	}
}

// someBreaks is how many entries of a template `make test-all` sees red.
const someBreaks = 8

// some takes entries evenly, of the changed files where there are any.
func (tpl Template) some(breaks []change, changed []string) []change {
	touched := slices.DeleteFunc(slices.Clone(breaks), func(c change) bool {
		return !slices.ContainsFunc(changed, func(file string) bool {
			source, below := strings.CutPrefix(file, "templates/"+tpl.Name+"/files/")
			return below && path.Base(strings.TrimSuffix(source, ".tmpl")) == path.Base(c.File)
		})
	})
	if len(touched) == 0 {
		touched = breaks
	}
	n := min(someBreaks, len(touched))
	var taken []change
	for i := range n {
		taken = append(taken, touched[i*len(touched)/n])
	}
	return taken
}

func (tpl Template) breakProject(t *testing.T, b *breakage, name string, taken []change, whole bool) {
	settings := b.Projects[name]
	p := tpl.New(t, Set(settings.Set)...)
	found := 0
	for _, c := range b.Breaks {
		if c.In == name {
			c.fits(t, p)
			found++
		}
	}
	if found == 0 {
		t.Errorf("nothing is broken in %s", name)
	}
	inProject := func(c change) bool { return c.In == name }
	if t.Failed() || !slices.ContainsFunc(taken, inProject) {
		return
	}
	testenv.Need(t, tpl.Language.Needs...)
	env := testenv.Env("PYTHONDONTWRITEBYTECODE=1") // a .pyc knows its source by second and size
	if settings.Services {
		env = append(env, StartServices(t).Settings(t)...)
	}
	p.Install(t)
	if b.Setup != nil {
		p.Run(t, env, b.Setup...)
	}
	shown := map[string]bool{} // the tests that were seen to pass with nothing broken
	if whole && !t.Run("nothing", func(t *testing.T) {
		_, check := p.Commands(t)
		p.Run(t, env, "sh", "-c", check)
		for _, c := range taken {
			shown[c.Test] = true
		}
	}) {
		return
	}
	for _, c := range slices.DeleteFunc(slices.Clone(taken), func(c change) bool { return !inProject(c) }) {
		t.Run(c.Test, func(t *testing.T) {
			shown[c.Test] = shown[c.Test] || c.passes(t, b, p, env)
			if shown[c.Test] {
				c.prove(t, b, p, env)
			}
		})
	}
}

// fits reports an entry whose text or test is no longer in the project.
func (c change) fits(t *testing.T, p *Project) {
	t.Helper()
	if n := strings.Count(p.Read(t, c.File), c.Old); n != 1 {
		t.Errorf("%s: %q occurs %d times, and is to occur once", c.File, c.Old, n)
	}
	name := c.Test[strings.LastIndex(c.Test, "::")+len("::"):]
	name, _, _ = strings.Cut(name, "[") // one of pytest's parameters
	found := false
	err := filepath.WalkDir(p.Dir, func(file string, d fs.DirEntry, err error) error {
		if err != nil || found || d.IsDir() || !strings.Contains(d.Name(), "test") {
			return err
		}
		data, err := os.ReadFile(file)
		found = strings.Contains(string(data), name)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if !found {
		t.Errorf("%s: the project has no test of that name", c.Test)
	}
}

// command runs the entry's test.
func (c change) command(b *breakage) []string {
	file, name, _ := strings.Cut(c.Test, "::")
	var argv []string
	for _, word := range b.Test {
		argv = append(argv, strings.NewReplacer("{file}", file, "{name}", name).Replace(word))
	}
	return argv
}

// passes runs the named test with nothing broken.
func (c change) passes(t *testing.T, b *breakage, p *Project, env []string) bool {
	t.Helper()
	out, err := testenv.Try(t, 10*time.Minute, p.Dir, env, c.command(b)...)
	if err != nil {
		t.Errorf("%s fails as it is: %v\n%s", c.Test, err, testenv.Tail(out, 25))
	}
	return err == nil
}

// prove breaks the project, sees the named test fail, and mends it again.
func (c change) prove(t *testing.T, b *breakage, p *Project, env []string) {
	t.Helper()
	file, name, _ := strings.Cut(c.Test, "::")
	source := p.Read(t, c.File)
	p.Write(t, c.File, strings.Replace(source, c.Old, c.New, 1))
	out, _ := testenv.Try(t, 10*time.Minute, p.Dir, env, c.command(b)...)
	p.Write(t, c.File, source)
	red := strings.NewReplacer("{file}", regexp.QuoteMeta(file), "{name}", regexp.QuoteMeta(name)).Replace(b.Red)
	if !regexp.MustCompile(red).MatchString(out) {
		t.Errorf("%s: without %q %s is not red\n%s", c.File, c.Old, c.Test, testenv.Tail(out, 25))
		return
	}
	t.Logf("red: %s: %s: %s", c.Test, c.File, c.Old)
}
