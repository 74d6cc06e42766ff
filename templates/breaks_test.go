package templates_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"scaffold/internal/testenv"
)

// A breakage is a template's breaks.yaml: the behaviours of its projects that are
// broken, one at a time, to see their test go red.
type breakage struct {
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

// TestBreaks proves the tests of the generated projects: with a behaviour
// broken, the test that the table names fails, and without it the whole suite
// passes. `make check-long` runs it; SCAFFOLD_BREAKS names one template only.
// Every run looks whether the table still fits the templates.
func TestBreaks(t *testing.T) {
	for _, template := range []string{"django", "flask", "node-express", "node-ws"} {
		if only := os.Getenv("SCAFFOLD_BREAKS"); only != "" && only != template {
			continue
		}
		t.Run(template, func(t *testing.T) {
			data, err := os.ReadFile(filepath.Join(testenv.Root(), "templates", template, "breaks.yaml"))
			if err != nil {
				t.Fatal(err)
			}
			var b breakage
			if err := yaml.UnmarshalWithOptions(data, &b, yaml.Strict()); err != nil {
				t.Fatal(err)
			}
			for name := range b.Projects {
				t.Run(name, func(t *testing.T) { breakProject(t, template, &b, name) })
			}
		})
	}
}

func breakProject(t *testing.T, template string, b *breakage, project string) {
	settings := b.Projects[project]
	flags := []string{"--template", template}
	for _, kv := range strings.Fields(settings.Set) {
		flags = append(flags, "--set", kv)
	}
	dir := generate(t, flags...)
	for _, c := range b.Breaks {
		if c.In == project {
			c.fits(t, dir)
		}
	}
	if t.Failed() || os.Getenv("SCAFFOLD_LONG") == "" {
		return
	}
	env := testenv.Env("PYTHONDONTWRITEBYTECODE=1") // a .pyc knows its source by second and size
	if settings.Services {
		env = append(env, services(t)...)
	}
	_, check := readmeCommands(t, dir)
	testenv.Run(t, 20*time.Minute, dir, env, "sh", "-c", check)
	for _, c := range b.Breaks {
		if c.In == project {
			c.prove(t, b, dir, env)
		}
	}
}

// fits reports an entry whose text or test is no longer in the project.
func (c change) fits(t *testing.T, dir string) {
	t.Helper()
	if n := strings.Count(read(t, dir, c.File), c.Old); n != 1 {
		t.Errorf("%s: %q occurs %d times, and is to occur once", c.File, c.Old, n)
	}
	name := c.Test[strings.LastIndex(c.Test, "::")+len("::"):]
	name, _, _ = strings.Cut(name, "[") // one of pytest's parameters
	found := false
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || found || d.IsDir() || !strings.Contains(d.Name(), "test") {
			return err
		}
		data, err := os.ReadFile(path)
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

// prove breaks the project, sees the named test fail, and mends it again.
func (c change) prove(t *testing.T, b *breakage, dir string, env []string) {
	t.Helper()
	file, name, _ := strings.Cut(c.Test, "::")
	source, path := read(t, dir, c.File), filepath.Join(dir, filepath.FromSlash(c.File))
	rewrite(t, path, strings.Replace(source, c.Old, c.New, 1))
	var argv []string
	for _, word := range b.Test {
		argv = append(argv, strings.NewReplacer("{file}", file, "{name}", name).Replace(word))
	}
	out, _ := testenv.Try(t, 5*time.Minute, dir, env, argv...)
	rewrite(t, path, source)
	red := strings.NewReplacer("{file}", regexp.QuoteMeta(file), "{name}", regexp.QuoteMeta(name)).Replace(b.Red)
	if !regexp.MustCompile(red).MatchString(out) {
		t.Errorf("%s: without %q %s is not red\n%s", c.File, c.Old, c.Test, testenv.Tail(out, 25))
		return
	}
	t.Logf("red: %s: %s: %s", c.Test, c.File, c.Old)
}

func rewrite(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
