package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"scaffold/internal/testenv"
)

// TestTheRemedyIsWhatWasMeant takes the line behind "try:", as a shell reads it,
// and holds what it makes against what was meant.
func TestTheRemedyIsWhatWasMeant(t *testing.T) {
	testenv.Need(t, "sh")
	tests := map[string]struct {
		args []string
		want map[string]any
	}{
		"a misspelt key":                    {[]string{"-t", "flask", "--set", "databse=postgres"}, map[string]any{"database": "postgres"}},
		"a misspelt value":                  {[]string{"-t", "flask", "--set", "database=postgre"}, map[string]any{"database": "postgres"}},
		"both, with another that is right":  {[]string{"-t", "flask", "--set", "databse=postgre", "--set", "ci=gitlab"}, map[string]any{"database": "postgres", "ci": "gitlab"}},
		"a key by its value":                {[]string{"-t", "django", "--set", "db=postgres"}, map[string]any{"database": "postgres"}},
		"the beginning of a licence":        {[]string{"-t", "django", "--license", "Apache"}, map[string]any{"license": "Apache-2.0"}},
		"a value that needs another answer": {[]string{"-t", "node-ws", "--set", "tick_rate=30"}, map[string]any{"tick_rate": 30.0, "features": "game"}},
		"and was given one against it":      {[]string{"-t", "node-ws", "--set", "tick_rate=30", "--set", "features=chat"}, map[string]any{"tick_rate": 30.0, "features": "game"}},
		"flags stay":                        {[]string{"-t", "node-ws", "--use", "multiplayer-game", "--team", "javascript", "--no-git", "--set", "dokcer=false"}, map[string]any{"docker": false, "features": "game"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			_, errs, code := scaffoldIn(t, dir, append([]string{"new", "shop", "--no-input"}, test.args...)...)
			_, line, ok := strings.Cut(errs, "try: ")
			if code != 2 || !ok {
				t.Fatalf("exit %d\n%s", code, errs)
			}
			cmd := exec.Command("sh", "-c", strings.TrimSpace(line)+" --dry-run --json")
			cmd.Dir, cmd.Env = dir, testenv.Env("HOME="+dir)
			out, err := cmd.Output()
			if err != nil {
				t.Fatalf("%s: %v\n%s", line, err, out)
			}
			var made struct{ Answers map[string]any }
			if err := json.Unmarshal(out, &made); err != nil {
				t.Fatal(err)
			}
			for id, want := range test.want {
				if made.Answers[id] != want {
					t.Errorf("%s is %v, and %v was meant, by %s", id, made.Answers[id], want, line)
				}
			}
		})
	}
}

// TestANameThatShadowsTheStackIsRefused asks Python which modules it has.
func TestANameThatShadowsTheStackIsRefused(t *testing.T) {
	python := testenv.Need(t, "python3")[0]
	list, err := exec.Command(python, "-c", "import sys; print(*(n for n in sys.stdlib_module_names if n[0] != '_'))").Output()
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := os.ReadFile(filepath.Join(testenv.Root(), "templates", "django", "template.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(manifest), "reserved: [")
	words, _, _ := strings.Cut(rest, "]")
	reserved := strings.FieldsFunc(words, func(r rune) bool { return strings.ContainsRune(", \n", r) })
	for _, name := range append(strings.Fields(string(list)), "django", "celery", "config") {
		if strings.ToLower(name) == name && !slices.Contains(reserved, name) {
			t.Errorf("%s is Python's, and not reserved", name)
		}
	}
	for _, name := range []string{"test", "json", "email", "django", "uuid"} {
		dir := t.TempDir()
		_, errs, code := scaffoldIn(t, dir, "new", "shop", "-t", "django", "--set", "app="+name)
		if code != 2 || !strings.Contains(errs, "--set app="+name+"_app") {
			t.Errorf("%s: exit %d\n%s", name, code, errs)
		}
		if _, err := os.Stat(filepath.Join(dir, "shop")); err == nil {
			t.Errorf("%s: a project was made", name)
		}
	}
}

func TestWhatIsNotUnderstoodStaysInTheRemedy(t *testing.T) {
	_, errs, code := scaffoldIn(t, t.TempDir(), "new", "shop", "-t", "flask", "--set", "ci=jenkins", "--set", "zzzzzz=1")
	if code != 2 || !strings.Contains(errs, "--set 'ci=<github|gitlab|none>'") || !strings.Contains(errs, "--set '<KEY>=1'") {
		t.Errorf("exit %d\n%s", code, errs)
	}
}

// TestTheCommandCallsTheProgramAsItWasCalled: by its name only where that finds
// it.
func TestTheCommandCallsTheProgramAsItWasCalled(t *testing.T) {
	dir, program := t.TempDir(), testenv.Scaffold(t)
	for args, want := range map[string]string{
		program:                program + " new shop ",
		"scaffold":             "scaffold new shop ",
		"./" + "link/scaffold": "./link/scaffold new shop ",
	} {
		if err := os.RemoveAll(filepath.Join(dir, "shop")); err != nil {
			t.Fatal(err)
		}
		_ = os.Symlink(filepath.Dir(program), filepath.Join(dir, "link"))
		cmd := exec.Command("sh", "-c", args+" new shop -t flask --no-git")
		cmd.Dir, cmd.Env = dir, testenv.Env("HOME="+dir)
		if args == "scaffold" {
			cmd.Env = append(cmd.Env, "PATH="+filepath.Dir(program)+":"+os.Getenv("PATH"))
		}
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(out), "\n  "+want) {
			t.Errorf("%s: %v\n%s", args, err, out)
		}
	}
}

// scaffoldIn runs the real program where nobody is there to answer.
func scaffoldIn(t *testing.T, dir string, args ...string) (out, errs string, code int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), testenv.Scaffold(t), args...)
	var stdout, stderr bytes.Buffer
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = dir, testenv.Env("HOME="+dir, "XDG_CONFIG_HOME="+dir), &stdout, &stderr
	cmd.WaitDelay = time.Minute
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()
}
