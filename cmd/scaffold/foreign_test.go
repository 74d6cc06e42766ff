package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"scaffold/internal/testenv"
)

// A workplace is a directory in which commands are typed.
type workplace struct {
	t   *testing.T
	dir string
	env []string
}

func newWorkplace(t *testing.T, path ...string) workplace {
	t.Helper()
	dir := t.TempDir()
	bin := filepath.Join(dir, "bin")
	if err := os.MkdirAll(bin, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(testenv.Scaffold(t), filepath.Join(bin, "scaffold")); err != nil {
		t.Fatal(err)
	}
	env := testenv.Env("PATH="+strings.Join(append([]string{bin}, append(path, os.Getenv("PATH"))...), ":"), "HOME="+dir, "XDG_CONFIG_HOME="+dir, "XDG_CACHE_HOME="+dir,
		"GIT_AUTHOR_NAME=Ada", "GIT_AUTHOR_EMAIL=ada@example.com", "GIT_COMMITTER_NAME=Ada", "GIT_COMMITTER_EMAIL=ada@example.com", "GIT_CONFIG_NOSYSTEM=1")
	return workplace{t, dir, env}
}

func (w workplace) sh(command string) string {
	w.t.Helper()
	cmd := exec.Command("sh", "-euc", command)
	cmd.Dir, cmd.Env = w.dir, w.env
	out, err := cmd.CombinedOutput()
	if err != nil {
		w.t.Fatalf("%s: %v\n%s", command, err, out)
	}
	return string(out)
}

// TestForeignPages types what docs/from-cookiecutter.md and docs/from-copier.md
// say, over a template of each tool.
func TestForeignPages(t *testing.T) {
	testenv.Need(t, "git")
	own := filepath.Join(testenv.Root(), "generator/internal/foreign/testdata")
	for page, template := range map[string]string{"from-cookiecutter.md": "cookiecutter/conditions", "from-copier.md": "copier/conditions"} {
		t.Run(page, func(t *testing.T) {
			text, err := os.ReadFile(filepath.Join(testenv.Root(), "docs", page))
			if err != nil {
				t.Fatal(err)
			}
			w := newWorkplace(t)
			w.sh("cp -r '" + filepath.Join(own, template) + "' " + filepath.Base(filepath.Dir(template)) + "-template")
			typed := 0
			for _, block := range codeBlock.FindAllStringSubmatch(string(text), -1) {
				if block[1] == "sh" {
					w.sh(block[2])
					typed++
				}
			}
			if typed == 0 {
				t.Error("the page has no commands")
			}
			for _, name := range []string{"shop/README.md", "shop/.scaffold/lock.yaml"} {
				if _, err := os.Stat(filepath.Join(w.dir, name)); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// TestProjectsOfOtherToolsAreAdopted has copier and cruft make a project, takes
// it over, and updates it: the owner's edits stay, and what the tool itself keeps
// in the project is what it would have written, so that it goes on from there.
func TestProjectsOfOtherToolsAreAdopted(t *testing.T) {
	testenv.Long(t)
	testenv.Need(t, "git")
	python := testenv.Python(t, "cookiecutter==2.7.1", "copier==9.19.1", "cruft==2.16.0")
	own := filepath.Join(testenv.Root(), "generator/internal/foreign/testdata")
	tests := map[string]struct {
		template, make, edit, grown string
		goesOn                      func(*testing.T, workplace) // with its own tool
	}{
		"copier": {
			template: "copier/conditions", make: `copier copy -q --defaults -d project_name="Great Shop" "$PWD/tpl" shop`,
			edit: `echo 'bigger {{ slug }}' >template/bin/new.sh.jinja`, grown: "bin/new.sh", goesOn: copierGoesOn,
		},
		"cruft": {
			template: "cookiecutter/conditions", make: `cruft create -y --default-config --extra-context '{"project_name": "Great Shop", "slug": "shop"}' "file://$PWD/tpl"`,
			edit: `echo 'bigger {{ cookiecutter.slug }}' >'{{cookiecutter.slug}}/new.txt'`, grown: "new.txt", goesOn: cruftGoesOn,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorkplace(t, filepath.Dir(python))
			w.sh("cp -r '" + filepath.Join(own, test.template) + "' tpl && cd tpl && git init -q -b main && git add -A && git commit -qm 1 && git tag v1.0.0")
			w.sh(test.make)
			w.sh(`cd shop && git init -q && git add -A && git commit -qm made`)
			out := w.sh(`scaffold adopt shop`)
			if !strings.Contains(out, " 0 differ, 0 are missing") {
				t.Errorf("not all files are the template's:\n%s", out)
			}
			w.sh(`cd shop && git add -A && git commit -qm adopted && sed -i.bak '1s/^/my own line\n/' README.md && rm README.md.bak && git commit -qam mine`)
			w.sh(`cd tpl && ` + test.edit + ` && git add -A && git commit -qm 2 && git tag v1.1.0`)
			out = w.sh(`scaffold update shop --to v1.1.0 --commit 2>&1`)
			readme, _ := os.ReadFile(filepath.Join(w.dir, "shop/README.md"))
			if !strings.HasPrefix(string(readme), "my own line\n") {
				t.Errorf("the owner's line is gone:\n%s\n%s", readme, out)
			}
			if grown, _ := os.ReadFile(filepath.Join(w.dir, "shop", test.grown)); !strings.HasPrefix(string(grown), "bigger ") {
				t.Errorf("the new file is not there:\n%s", out)
			}
			test.goesOn(t, w)
		})
	}
}

// copierGoesOn has copier say that there is nothing new, and take the project to
// the next version.
func copierGoesOn(t *testing.T, w workplace) {
	w.sh(`grep -q '_commit: v1.1.0' shop/.copier-answers.yml && cd shop && copier check-update`)
	w.sh(`cd tpl && echo third >template/third.txt && git add -A && git commit -qm 3 && git tag v1.2.0`)
	w.sh(`cd shop && copier update -q --defaults --trust && grep -q third third.txt && grep -q '_commit: v1.2.0' .copier-answers.yml && grep -q '^my own line' README.md`)
	if out := w.sh(`cd shop && git status --porcelain`); strings.Contains(out, ".rej") || strings.Contains(out, "UU") {
		t.Errorf("copier left conflicts:\n%s", out)
	}
}

// cruftGoesOn has cruft write its file for the same step, and go on to the next
// version from the one that scaffold has written.
func cruftGoesOn(t *testing.T, w workplace) {
	theirs := w.sh(`cp -r shop beside && cd beside && git checkout -q HEAD~1 && cruft update -y --checkout v1.1.0 >/dev/null 2>&1 && cat .cruft.json`)
	if ours := w.sh(`cat shop/.cruft.json`); ours != theirs {
		t.Errorf(".cruft.json\n%s\ncruft itself writes\n%s", ours, theirs)
	}
	w.sh(`cd shop && cruft check --checkout v1.1.0`)
	w.sh(`cd tpl && echo third >'{{cookiecutter.slug}}/third.txt' && git add -A && git commit -qm 3`)
	w.sh(`cd shop && cruft update -y >/dev/null 2>&1 && grep -q third third.txt && grep -q '^my own line' README.md && ! ls *.rej`)
}
