package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"scaffold/internal/testenv"
)

// unlike are examples that do not end with 0 where the test runs them: by how they
// begin, with the exit code and why; 0 means that they are not run at all.
var unlike = []struct {
	begins string
	code   int
	why    string
}{
	{"scaffold mcp", 0, "waits for a client on its input; its own tests drive it"},
	{"scaffold join --leave", 2, "it was not joined"},
	{"scaffold join", 6, "a repository of somebody's"},
	{"scaffold source add acme git+", 6, "likewise"},
	{"scaffold source update git+", 6, "likewise"},
	{"scaffold source update acme --ref", 2, "the source here is a directory, which has no refs"},
	{"scaffold trust add git+https://example.com/templates --signers", 2, "keys of somebody's"},
	{"scaffold trust add git+", 6, "a repository of somebody's"},
	{"scaffold trust add acme --signers", 2, "likewise, with keys of theirs"},
	{"scaffold trust remove sha256:0a1b2c3d", 2, "a digest of somebody's"},
	{"scaffold man --dir /usr", 0, "writes into the system"},
	{"scaffold man | man", 0, "shows a page"},
	{"scaffold completion", 0, "writes into the home; TestCompletion prints each"},
	{"scaffold template test . --run", 0, "installs a project; TestProject does"},
	{"scaffold template test . --upgrade-from", 5, "the template here has no history"},
	{"scaffold template test . --pairwise --keep /tmp/pairs", 0, "writes outside, and runs a linter of others"},
	{"scaffold verify", 0, "installs a project; TestVerify does"},
	{"scaffold new api -t flask --verify", 0, "likewise"},
	{"scaffold update --abort", 5, "no update waits to be taken back"},
	{"scaffold adopt legacy", 5, "a project of somebody's, made by another tool; TestScripts/foreign has one"},
	{"scaffold new", 2, "asks on a terminal, where TestJourneys is; alone"},
	{"scaffold template import git+", 6, "a repository of somebody's"},
	{"scaffold template diff", 0, "needs the history of a template, and projects of its own; its tests make them"},
	{"scaffold source list 'acme-*'", 2, "no source here is called so"},
}

var example = regexp.MustCompile(`(?ms)^\.EX\n(.*?)^\.EE`)

// TestEveryExampleRuns takes the examples of every manual page, which are those of
// every --help, and runs each on a copy of a directory that has what they name.
func TestEveryExampleRuns(t *testing.T) {
	testenv.Long(t)
	testenv.Need(t, "sh", "git")
	program := testenv.Scaffold(t)
	env := testenv.Env("PATH="+filepath.Dir(program)+":"+os.Getenv("PATH"), "GIT_AUTHOR_NAME=Ada", "GIT_AUTHOR_EMAIL=ada@example.com",
		"GIT_COMMITTER_NAME=Ada", "GIT_COMMITTER_EMAIL=ada@example.com", "GIT_TERMINAL_PROMPT=0")
	base := t.TempDir()
	testenv.Run(t, 5*time.Minute, base, append(env, "HOME="+base), "sh", "-ec", prepare)
	pages, err := filepath.Glob(filepath.Join(base, "man", "*.1"))
	if err != nil || len(pages) < 20 {
		t.Fatalf("%d pages, %v", len(pages), err)
	}
	seen := 0
	for _, path := range pages {
		page, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, block := range example.FindAllStringSubmatch(string(page), -1) {
			for line := range strings.Lines(block[1]) {
				line, _, _ = strings.Cut(strings.TrimSpace(strings.NewReplacer(`\-`, "-", `\e`, `\`, `\&`, "").Replace(line)), "    ")
				line, _, _ = strings.Cut(line, "   ")
				if strings.HasPrefix(line, "scaffold") {
					seen++
					runExample(t, base, env, line)
				}
			}
		}
	}
	if seen < 60 {
		t.Errorf("only %d examples were found", seen)
	}
}

// prepare makes what the examples name.
const prepare = `
mkdir man work && scaffold man --dir man
cd work
scaffold template init our-template && cp -r our-template ../our-template
mkdir platform && cp -r our-template platform/our-template && cp -r platform ../our-templates && cp -r platform our-templates
scaffold new shop -t django && scaffold new api2 -t flask && mkdir services && mv api2 services/api
mkdir our-overlay && printf 'apiVersion: scaffold/v1\nname: our-overlay\ntitle: Ours\nversion: 1.0.0\nextends: {template: builtin:flask}\n' >our-overlay/template.yaml
printf 'description: Ours\n' >answers.yaml
cp -r our-template our-api.kept
mkdir -p 'cookiecutter-api/{{ cookiecutter.name }}' && echo '{"name": "demo"}' >cookiecutter-api/cookiecutter.json && echo x >'cookiecutter-api/{{ cookiecutter.name }}/a'
scaffold source add acme ./our-templates
scaffold trust add ./our-template
`

func runExample(t *testing.T, base string, env []string, line string) {
	want := 0
	for _, u := range unlike {
		if strings.HasPrefix(line, u.begins) && (u.begins != "scaffold new" || line == u.begins) {
			if u.code == 0 {
				return
			}
			want = u.code
			break
		}
	}
	t.Run(line, func(t *testing.T) {
		t.Parallel()
		home := t.TempDir()
		testenv.Run(t, time.Minute, home, env, "cp", "-r", base+"/.", home)
		dir := filepath.Join(home, "work")
		command := strings.Fields(line)[1]
		switch {
		case strings.HasPrefix(line, "scaffold template test . ") || strings.HasPrefix(line, "scaffold template lint . "):
			dir = filepath.Join(dir, "our-template")
		case command == "why" && !strings.Contains(line, "shop"), command == "update", command == "check" && !strings.Contains(line, "services"):
			dir = filepath.Join(dir, "shop")
		case command == "adopt", strings.Contains(line, "our-api") && command != "template":
			testenv.Run(t, time.Minute, dir, env, "sh", "-c", "mv our-api.kept our-api; rm -rf shop/.scaffold")
			if strings.HasPrefix(line, "scaffold adopt -t ./our-api") {
				dir = filepath.Join(dir, "shop")
				testenv.Run(t, time.Minute, dir, env, "sh", "-c", "mv ../our-api .")
			}
		case strings.HasPrefix(line, "scaffold source add acme"):
			testenv.Run(t, time.Minute, dir, append(env, "HOME="+home), testenv.Scaffold(t), "source", "remove", "acme")
		case strings.Contains(line, "lint our-api/"), line == "scaffold template lint ./our-api":
			testenv.Run(t, time.Minute, dir, env, "mv", "our-api.kept", "our-api")
		}
		if strings.HasPrefix(line, "scaffold new shop") {
			testenv.Run(t, time.Minute, dir, env, "rm", "-rf", "shop")
		}
		cmd := exec.CommandContext(t.Context(), "sh", "-c", line)
		cmd.Dir, cmd.Env = dir, append(env, "HOME="+home)
		out, err := cmd.CombinedOutput()
		if code := cmd.ProcessState.ExitCode(); code != want {
			t.Errorf("exit %d, want %d: %v\n%s", code, want, err, out)
		}
	})
}
