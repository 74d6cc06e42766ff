package templates_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"scaffold/internal/testenv"
)

// A breakage is a file of testdata/breaks: the behaviours of one template's
// projects that are broken, one at a time, to see their test go red.
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
	Breaks []struct {
		In   string `yaml:"in"`   // a project
		File string `yaml:"file"` // in it
		Old  string `yaml:"old"`  // occurs once in the file
		New  string `yaml:"new"`
		Test string `yaml:"test"` // FILE::NAME
	} `yaml:"breaks"`
}

// TestBreaks proves the tests of the generated projects: with a behaviour
// broken, the test that the table names fails, and without it the whole suite
// passes. `make check-long` runs it; SCAFFOLD_BREAKS names one template only.
func TestBreaks(t *testing.T) {
	if os.Getenv("SCAFFOLD_LONG") == "" {
		t.Skip("make check-long runs this")
	}
	for _, template := range []string{"django", "flask", "node-express", "node-ws"} {
		if only := os.Getenv("SCAFFOLD_BREAKS"); only != "" && only != template {
			continue
		}
		t.Run(template, func(t *testing.T) {
			data, err := os.ReadFile(filepath.Join(testenv.Root(), "templates", "testdata", "breaks", template+".yaml"))
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
	env := testenv.Env("PYTHONDONTWRITEBYTECODE=1") // a .pyc knows its source by second and size
	if settings.Services {
		env = append(env, "DATABASE_URL="+testenv.Postgres(t), "REDIS_URL="+testenv.Redis(t))
	}
	_, check := readmeCommands(t, dir)
	testenv.Run(t, 20*time.Minute, dir, env, "sh", "-c", check)
	for _, change := range b.Breaks {
		if change.In != project {
			continue
		}
		file, name, ok := strings.Cut(change.Test, "::")
		if !ok {
			t.Fatalf("%q is not FILE::NAME", change.Test)
		}
		label := change.File + ": " + change.Old
		source := read(t, dir, change.File)
		if n := strings.Count(source, change.Old); n != 1 {
			t.Errorf("%s: occurs %d times, and is to occur once", label, n)
			continue
		}
		path := filepath.Join(dir, filepath.FromSlash(change.File))
		rewrite(t, path, strings.Replace(source, change.Old, change.New, 1))
		var argv []string
		for _, word := range b.Test {
			argv = append(argv, strings.NewReplacer("{file}", file, "{name}", name).Replace(word))
		}
		out, _ := testenv.Try(t, 5*time.Minute, dir, env, argv...)
		rewrite(t, path, source)
		red := strings.NewReplacer("{file}", regexp.QuoteMeta(file), "{name}", regexp.QuoteMeta(name)).Replace(b.Red)
		if !regexp.MustCompile(red).MatchString(out) {
			t.Errorf("%s: broken, and %s is not red\n%s", label, change.Test, testenv.Tail(out, 25))
			continue
		}
		t.Logf("red: %s: %s", change.Test, label)
	}
}

func rewrite(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
