package projecttest

import (
	"cmp"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"scaffold/internal/testenv"
)

// Pairs gives every pair of choices of the template to the project's own check
// (format, lint, types, migrations) and to a search for unused files.
func (tpl Template) Pairs(t *testing.T) {
	testenv.Need(t, tpl.Language.Needs...)
	kept := filepath.Join(t.TempDir(), "projects")
	testenv.Run(t, 5*time.Minute, testenv.Root(), testenv.Env(), testenv.Scaffold(t), "template", "test",
		"templates/"+tpl.Name, "--pairwise", "--keep", kept)
	dirs, err := filepath.Glob(filepath.Join(kept, "pair-*"))
	if err != nil || len(dirs) < 10 {
		t.Fatalf("%d projects: %v", len(dirs), err)
	}
	locks := map[string]string{}
	for _, dir := range dirs {
		locks[dir] = (&Project{dir, tpl}).lock(t)
	}
	slices.SortFunc(dirs, func(a, b string) int { return cmp.Or(strings.Compare(locks[a], locks[b]), strings.Compare(a, b)) })
	for _, dir := range dirs {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			p := &Project{dir, tpl}
			answers := p.answers(t)
			t.Log(answers)
			Timed(t, "install", func() { p.Install(t) })
			Timed(t, "check", func() { p.Check(t) })
			for _, name := range p.unused(t) {
				t.Errorf("nothing uses %s (%s)", name, answers)
			}
			if err := os.RemoveAll(dir); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// answers is what tells the project from the others, in one line.
func (p *Project) answers(t *testing.T) string {
	t.Helper()
	_, answers, _ := strings.Cut(p.Read(t, ".scaffold/answers.yaml"), "\n      description:")
	_, answers, _ = strings.Cut(answers, "\n")
	answers, _, _ = strings.Cut(answers, "\n      author:")
	return strings.Join(strings.Fields(strings.ReplaceAll(answers, ": ", "=")), " ")
}

// unused lists the project's files that nothing leads to.
func (p *Project) unused(t *testing.T) []string {
	t.Helper()
	if p.Template.Language.environment == Python.environment {
		script := filepath.Join(testenv.Root(), "templates", "testdata", "unused.py")
		return strings.Fields(testenv.Run(t, 10*time.Minute, p.Dir, testenv.Env(), "python3", script, p.Dir))
	}
	offered := p.Read(t, "README.md") // a part that waits for the person's own code
	return slices.DeleteFunc(p.knip(t).Files, func(file string) bool { return strings.Contains(offered, "`"+file+"`") })
}

// UnusedDependencies lists what a Node template's one lock holds and none of the
// projects uses, each given by its answers.
func (tpl Template) UnusedDependencies(t *testing.T, projects ...string) (unused []string) {
	t.Helper()
	times := map[string]int{}
	for _, answers := range projects {
		p := tpl.New(t, Set(answers)...)
		p.Install(t)
		scripts := p.Read(t, "package.json") + p.Read(t, "scripts/up.mjs") // they run programs by their path
		for _, issue := range p.knip(t).Issues {
			for _, d := range append(issue.Dependencies, issue.DevDependencies...) {
				if !strings.Contains(scripts, "node_modules/"+d.Name+"/") {
					times[d.Name]++
				}
			}
		}
	}
	for name, n := range times {
		if n == len(projects) {
			unused = append(unused, name)
		}
	}
	slices.Sort(unused)
	return unused
}

// leftovers is what knip finds that nothing uses.
type leftovers struct {
	Files  []string `json:"files"`
	Issues []struct {
		Dependencies    []struct{ Name string } `json:"dependencies"`
		DevDependencies []struct{ Name string } `json:"devDependencies"`
	} `json:"issues"`
}

// knip reads a Node project from its entry points. It does not follow
// createRequire, by which the page of the API finds its assets.
func (p *Project) knip(t *testing.T) (found leftovers) {
	t.Helper()
	const config = "knip.json"
	p.Write(t, config, `{
		"entry": ["src/main.ts", "scripts/*.mjs", "**/*.test.ts", "load/*.{mjs,ts}", "web/main.ts", "web/{chat,game}/{chat,game}.ts"],
		"project": ["**/*.{ts,mjs,js}", "!dist/**"],
		"ignoreDependencies": ["swagger-ui-dist"]
	}`)
	defer os.Remove(filepath.Join(p.Dir, config))
	program := filepath.Join(tools(t), "node_modules", "knip", "bin", "knip.js")
	argv := []string{"node", program, "--reporter", "json", "--no-progress", "--include", "files,dependencies"}
	out, err := testenv.Try(t, 10*time.Minute, p.Dir, testenv.Env(), argv...) // ends with 1 where it finds something
	start := max(0, strings.Index(out, `{"files"`))
	if decoded := json.NewDecoder(strings.NewReader(out[start:])).Decode(&found); decoded != nil {
		t.Fatalf("knip: %v, %v\n%s", err, decoded, out)
	}
	return found
}
