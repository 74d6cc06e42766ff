package templates_test

import (
	"crypto/sha256"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"scaffold/internal/testenv"
)

// TestPairs gives every pair of choices of each template to the project's own
// check (format, lint, types, migrations) and to a search for unused files.
// Projects with the same lock share one installation.
func TestPairs(t *testing.T) {
	testenv.Long(t)
	knipDir := tools(t)
	for _, template := range []string{"django", "flask", "node-express", "node-ws"} {
		t.Run(template, func(t *testing.T) {
			t.Parallel()
			kept := filepath.Join(t.TempDir(), "projects")
			testenv.Run(t, 5*time.Minute, testenv.Root(), testenv.Env(), testenv.Scaffold(t), "template", "test",
				"templates/"+template, "--pairwise", "--keep", kept)
			pairs, err := filepath.Glob(filepath.Join(kept, "pair-*"))
			if err != nil || len(pairs) < 10 {
				t.Fatalf("%d projects: %v", len(pairs), err)
			}
			project := python
			if strings.HasPrefix(template, "node-") {
				project = nodeProject(knipDir)
			}
			slices.SortFunc(pairs, func(a, b string) int { return strings.Compare(project.lock(t, a), project.lock(t, b)) })
			var lock, installed string // the last installation: some are half a gigabyte
			for _, dir := range pairs {
				environment := filepath.Join(dir, project.environment)
				if next := project.lock(t, dir); next != lock {
					if err := os.RemoveAll(installed); err != nil {
						t.Fatal(err)
					}
					testenv.Run(t, 15*time.Minute, dir, testenv.Env(), project.install...)
					lock, installed = next, environment
				} else if err := os.Symlink(installed, environment); err != nil {
					t.Fatal(err)
				}
				started := time.Now()
				name := filepath.Base(dir) + " (" + answersOf(t, dir) + ")"
				if out, err := testenv.Try(t, 10*time.Minute, dir, testenv.Env(), project.check...); err != nil {
					t.Errorf("%s: %s: %v\n%s", name, strings.Join(project.check, " "), err, testenv.Tail(out, 40))
				}
				project.unused(t, dir, name)
				t.Logf("%s: %.1f s", name, time.Since(started).Seconds())
			}
		})
	}
}

// A kind is how projects of one language are installed and checked.
type kind struct {
	locks          []string // globs
	environment    string   // the directory that installing makes
	install, check []string
	unused         func(t *testing.T, dir, name string)
}

// lock identifies what a project installs.
func (k kind) lock(t *testing.T, dir string) string {
	t.Helper()
	sum := sha256.New()
	for _, glob := range k.locks {
		found, err := filepath.Glob(filepath.Join(dir, glob))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range found {
			rel, _ := filepath.Rel(dir, path)
			sum.Write([]byte(rel + "\x00" + read(t, dir, rel) + "\x00"))
		}
	}
	return string(sum.Sum(nil))
}

var python = kind{
	locks: []string{"requirements*.txt", "requirements/*.txt"}, environment: ".venv",
	install: []string{"python3", "dev.py", "install"}, check: []string{"python3", "dev.py", "check"},
	unused: func(t *testing.T, dir, name string) {
		t.Helper()
		script := filepath.Join(testenv.Root(), "templates", "testdata", "unused.py")
		if out := testenv.Run(t, time.Minute, dir, testenv.Env(), "python3", script, dir); out != "" {
			t.Errorf("%s: nothing uses\n%s", name, out)
		}
	},
}

// nodeProject looks for unused files with knip. Which dependencies are used is
// asked of the whole template by TestEveryDependencyIsUsed.
func nodeProject(knipDir string) kind {
	return kind{
		locks: []string{"package-lock.json"}, environment: "node_modules",
		install: []string{"npm", "ci", "--no-audit", "--no-fund"}, check: []string{"npm", "run", "check"},
		unused: func(t *testing.T, dir, name string) {
			t.Helper()
			offered := read(t, dir, "README.md") // a part that waits for the person's own code
			for _, file := range knip(t, knipDir, dir).Files {
				if !strings.Contains(offered, "`"+file+"`") {
					t.Errorf("%s: nothing uses %s", name, file)
				}
			}
		},
	}
}

// TestEveryDependencyIsUsed holds the Node templates' one lock to what their
// options together need.
func TestEveryDependencyIsUsed(t *testing.T) {
	testenv.Long(t)
	knipDir := tools(t)
	for template, sets := range map[string][]string{
		"node-express": {"auth=jwt extras=events,etag,idempotency", "auth=session-cookie"},
		"node-ws":      {"features=both scale=cluster auth=jwt", "auth=guest-token"},
	} {
		unused := map[string]int{}
		for _, set := range sets {
			flags := []string{"--template", template}
			for _, kv := range strings.Fields(set) {
				flags = append(flags, "--set", kv)
			}
			dir := generate(t, flags...)
			testenv.Run(t, 15*time.Minute, dir, testenv.Env(), "npm", "ci", "--no-audit", "--no-fund")
			for _, issue := range knip(t, knipDir, dir).Issues {
				for _, d := range append(issue.Dependencies, issue.DevDependencies...) {
					unused[d.Name]++
				}
			}
		}
		for name, n := range unused {
			if n == len(sets) {
				t.Errorf("%s: no option uses %s", template, name)
			}
		}
	}
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
func knip(t *testing.T, knipDir, dir string) (found leftovers) {
	t.Helper()
	config := filepath.Join(dir, "knip.json")
	rewrite(t, config, `{
		"entry": ["src/main.ts", "scripts/*.mjs", "**/*.test.ts", "load/*.{mjs,ts}", "web/main.ts", "web/{chat,game}/{chat,game}.ts"],
		"project": ["**/*.{ts,mjs,js}", "!dist/**"],
		"ignoreDependencies": ["swagger-ui-dist"]
	}`)
	defer os.Remove(config)
	argv := []string{"node", filepath.Join(knipDir, "node_modules", "knip", "bin", "knip.js"), "--reporter", "json", "--no-progress", "--include", "files,dependencies"}
	out, err := testenv.Try(t, 2*time.Minute, dir, testenv.Env(), argv...) // ends with 1 where it finds something
	start := max(0, strings.Index(out, `{"files"`))
	if decoded := json.NewDecoder(strings.NewReader(out[start:])).Decode(&found); decoded != nil {
		t.Fatalf("knip: %v, %v\n%s", err, decoded, out)
	}
	return found
}

// answersOf is what tells the project from the others, in one line.
func answersOf(t *testing.T, dir string) string {
	t.Helper()
	_, answers, _ := strings.Cut(read(t, dir, ".scaffold/answers.yaml"), "\n  description:")
	_, answers, _ = strings.Cut(answers, "\n")
	answers, _, _ = strings.Cut(answers, "\n  author:")
	return strings.Join(strings.Fields(strings.ReplaceAll(answers, ": ", "=")), " ")
}
