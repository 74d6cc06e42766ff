package templates_test

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"scaffold/generator"
	"scaffold/generator/recommend"
	"scaffold/generator/source"
	"scaffold/generator/templatetest"
	"scaffold/internal/testenv"
	"scaffold/templates"
)

var update = flag.Bool("update", false, "write the cases of the built-in templates anew")

// atLeast is the coverage, in percent, that each built-in template's tests
// reach.
const atLeast = 95

// TestTheBuiltInTemplatesGoThroughTheDoor holds our templates to what platform
// teams hold theirs to: lint without a finding, and their tests.
func TestTheBuiltInTemplatesGoThroughTheDoor(t *testing.T) {
	for _, name := range []string{"django", "flask", "node-express", "node-ws"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(testenv.Root(), "templates", name)
			loaded := opened(t, dir)
			findings, err := templatetest.Lint(t.Context(), loaded)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range findings {
				t.Errorf("%s/%s: %s (%s; %s)", name, f.Place(), f.Message, f.Rule, f.Try)
			}
			report, err := templatetest.Test(t.Context(), loaded, templatetest.Options{
				Cases: os.DirFS(dir), Pairwise: true, Update: *update, Recommend: advice(t),
			})
			if err != nil {
				t.Fatal(err)
			}
			write(t, dir, report.Updated)
			judge(t, report)
		})
	}
}

func judge(t *testing.T, report *templatetest.Report) {
	t.Helper()
	for _, c := range report.Checks {
		for _, problem := range c.Problems {
			t.Errorf("%s %s: %s", c.Group, c.Name, problem)
		}
	}
	p, c := report.Pairs, report.Coverage
	t.Logf("%s: %d checks, %d projects for %d pairs (%d impossible); %d %%: files %d/%d, branches %d/%d, choices %d/%d",
		report.Template, len(report.Checks), p.Projects, p.Covered, p.Impossible, c.Percent,
		c.Files.Reached, c.Files.All, c.Branches.Reached, c.Branches.All, c.Choices.Reached, c.Choices.All)
	if c.Percent < atLeast {
		t.Errorf("coverage is %d %%, and is to be %d %%", c.Percent, atLeast)
	}
	for _, m := range c.Missed {
		t.Logf("%s: %s %s", m.Place(), m.What, m.Detail)
	}
}

func write(t *testing.T, dir string, updated map[string][]byte) {
	t.Helper()
	for name, data := range updated {
		if err := os.WriteFile(filepath.Join(dir, filepath.FromSlash(name)), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func opened(t *testing.T, dir string) *generator.Template {
	t.Helper()
	loaded, err := source.New(templates.FS, testenv.Root()).Load(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	return loaded
}

// advice gives what a template is shown as .scaffold.recommendation.
func advice(t *testing.T) func([]string) any {
	t.Helper()
	entries, err := source.New(templates.FS, testenv.Root()).List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return func(signals []string) any { return recommend.Rank(entries, signals).Value() }
}
