package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"scaffold/internal/testenv"
)

var codeBlock = regexp.MustCompile("(?ms)^```(sh|yaml|json)\n(.*?)^```$")

// TestKeepUp runs the script of docs/keeping-up.md on repositories that are up to
// date, behind, and in conflict, with a gh that says what it was asked for; and
// reads the documents that stand beside it.
func TestKeepUp(t *testing.T) {
	testenv.Need(t, "git")
	page, err := os.ReadFile(filepath.Join(testenv.Root(), "docs", "keeping-up.md"))
	if err != nil {
		t.Fatal(err)
	}
	script := ""
	for _, block := range codeBlock.FindAllStringSubmatch(string(page), -1) {
		var doc any
		switch block[1] {
		case "yaml":
			err = yaml.Unmarshal([]byte(block[2]), &doc)
		case "json":
			err = json.Unmarshal([]byte(block[2]), &doc)
		case "sh":
			if strings.Contains(block[2], "# keep-up.sh") {
				script = block[2]
			}
		}
		if err != nil {
			t.Errorf("%s\n%v", block[2], err)
		}
	}
	work := t.TempDir()
	write := func(name, data string) {
		t.Helper()
		at := filepath.Join(work, name)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, []byte(data), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	write("keep-up.sh", script)
	write("bin/gh", "#!/bin/sh\necho \"gh $*\"\nwhile [ $# -gt 1 ]; do [ \"$1\" = --body-file ] && cat \"$2\"; shift; done\nexit 0\n")
	if err := os.Symlink(testenv.Scaffold(t), filepath.Join(work, "bin", "scaffold")); err != nil {
		t.Fatal(err)
	}
	manifest := func(version string) string {
		return "apiVersion: scaffold/v1\nname: web\ntitle: Web\ndescription: a web\nversion: " + version + "\n"
	}
	env := testenv.Env("PATH="+filepath.Join(work, "bin")+":"+os.Getenv("PATH"), "HOME="+work, "XDG_CONFIG_HOME="+work, "XDG_CACHE_HOME="+work,
		"GIT_AUTHOR_NAME=Ada", "GIT_AUTHOR_EMAIL=ada@example.com", "GIT_COMMITTER_NAME=Ada", "GIT_COMMITTER_EMAIL=ada@example.com", "GIT_CONFIG_NOSYSTEM=1")
	sh := func(command string) string {
		t.Helper()
		cmd := exec.Command("sh", "-euc", command)
		cmd.Dir, cmd.Env = work, env
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", command, err, out)
		}
		return string(out)
	}
	write("template/template.yaml", manifest("1.0.0"))
	write("template/files/a.txt", "one\n")
	sh(`cd template && git init -q && git add . && git commit -qm 1 && git tag v1.0.0`)
	for _, name := range []string{"behind", "torn", "current"} {
		sh("scaffold new " + name + " -t git+file://$PWD/template@v1.0.0 && cd " + name + " && git config receive.denyCurrentBranch ignore")
	}
	write("torn/a.txt", "mine\n")
	sh("cd torn && git commit -qam mine")
	write("template/template.yaml", manifest("1.1.0"))
	write("template/files/a.txt", "two\n")
	sh(`cd template && git commit -qam 2 && git tag v1.1.0`)
	sh(`cd current && scaffold update --commit`)
	out := sh(`sh keep-up.sh "$PWD/behind" "$PWD/torn" "$PWD/current" 2>&1`)
	for _, want := range []string{
		"gh pr create --head scaffold/update", "updated   a.txt", "gh issue create", "conflict  a.txt   you and the template changed the same lines", "current: up to date",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("it does not say %q:\n%s", want, out)
		}
	}
	if branches := sh("cd behind && git branch --list scaffold/update; cd ../torn && git branch --list 'scaffold/*'"); strings.Count(branches, "scaffold/update") != 1 {
		t.Errorf("branches: %s", branches)
	}
}
