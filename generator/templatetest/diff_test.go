package templatetest_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"scaffold/generator"
	"scaffold/generator/templatetest"
	"scaffold/internal/testenv"
)

func compare(t *testing.T, was, now *generator.Template) *templatetest.Difference {
	t.Helper()
	d, err := templatetest.Compare(t.Context(), was, now)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// summary is a line for each thing that differs.
func summary(d *templatetest.Difference) []string {
	list := append([]string{d.State}, d.Commands...)
	list = append(list, d.Questions...)
	for _, f := range d.Files {
		list = append(list, fmt.Sprintf("%s %s in %d, %d contents", f.Path, f.What(), f.Projects, len(f.Contents)))
	}
	for _, p := range d.Problems {
		list = append(list, "! "+p.Message+p.Where())
	}
	return list
}

func TestCompareRendersEveryPairInBothVersions(t *testing.T) {
	const database = "  - {id: database, type: choice, choices: [{value: sqlite}, {value: postgres}%s], default: sqlite}\n"
	const docker = "  - {id: docker, type: bool, default: true}\nfiles:\n  - {glob: Dockerfile.tmpl, when: docker}\n"
	was := template(t, "questions:\n"+fmt.Sprintf(database, "")+docker,
		"files/README.md.tmpl", "# {{ .name }}\n{{ .database }}\n", "files/Dockerfile.tmpl", "FROM {{ .database }}\n",
		"files/run.sh", "#!/bin/sh\n", "files/old.txt", "gone\n")
	tests := map[string]struct {
		now  *generator.Template
		want []string
	}{
		"the same": {was, []string{"same"}},
		"a file that one answer decides about": {
			template(t, "questions:\n"+fmt.Sprintf(database, "")+docker+`  - {glob: "*.sh", mode: "0755"}`+"\nactions: [{id: lock, run: [npm, install], needs: {net: true}}]\n",
				"files/README.md.tmpl", "# {{ .name }}\n{{ .database }}\n", "files/Dockerfile.tmpl", "FROM {{ .database }}\nUSER app\n",
				"files/run.sh", "#!/bin/sh\n", "files/new.txt.tmpl", "{{ .database }}\n"),
			[]string{"changed", "+ hook lock: npm install; reaches the network",
				"Dockerfile changed in 2, 1 contents", "new.txt added in 4, 2 contents", "old.txt removed in 4, 1 contents", "run.sh mode 100644 → 100755 in 4, 0 contents"},
		},
		"a choice that is new is held against the default": {
			template(t, "questions:\n"+fmt.Sprintf(database, ", {value: mysql}")+docker,
				"files/README.md.tmpl", "# {{ .name }}\n{{ .database }}\n", "files/Dockerfile.tmpl", "FROM {{ .database }}\n",
				"files/run.sh", "#!/bin/sh\n", "files/old.txt", "gone\n"),
			[]string{"changed", "- database: choice of sqlite|postgres, default sqlite", "+ database: choice of sqlite|postgres|mysql, default sqlite",
				"Dockerfile changed in 1, 1 contents", "README.md changed in 2, 1 contents"},
		},
		"projects that cannot be made any more": {
			template(t, "questions:\n"+fmt.Sprintf(database, "")+docker,
				"files/README.md.tmpl", "# {{ .name }}\n{{ .database }}\n", "files/Dockerfile.tmpl", `{{ if eq .database "postgres" }}{{ fail "no" }}{{ end }}FROM {{ .database }}`+"\n",
				"files/run.sh", "#!/bin/sh\n", "files/old.txt", "gone\n"),
			[]string{"changed", "! files/Dockerfile.tmpl:1:36: fail: no in 1 project, such as database=postgres docker=true"},
		},
		"a template that is gone": {nil, []string{"removed",
			"- database: choice of sqlite|postgres, default sqlite", "- docker: bool, default true",
			"Dockerfile removed in 2, 0 contents", "README.md removed in 4, 0 contents", "old.txt removed in 4, 0 contents", "run.sh removed in 4, 0 contents"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, summary(compare(t, was, test.now))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestTheContentsAreWhatGitApplies holds the differences against git: applied to
// the older project they give the newer one, byte for byte.
func TestTheContentsAreWhatGitApplies(t *testing.T) {
	testenv.Need(t, "git")
	before := map[string]string{"a.txt": "one\ntwo\nthree\n", "end": "no newline", "gone": "x\n", "same": "s\n", "ü.txt": "1\n"}
	after := map[string]string{"a.txt": "one\n2\nthree\n\n", "end": "still none", "dir/new": "n\n", "same": "s\n", "ü.txt": "2\n"}
	version := func(files map[string]string) *generator.Template {
		var pairs []string
		for name, text := range files {
			pairs = append(pairs, "files/"+name, text)
		}
		return template(t, "", pairs...)
	}
	d := compare(t, version(before), version(after))
	var patch strings.Builder
	for _, f := range d.Files {
		for _, c := range f.Contents {
			patch.WriteString(c.Diff)
		}
	}
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range before {
		write(name, text)
	}
	write("all.patch", patch.String())
	testenv.Run(t, time.Minute, dir, testenv.Env(), "git", "apply", "all.patch")
	for name, text := range after {
		if data, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(data) != text {
			t.Errorf("%s is %q, %v", name, data, err)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "gone")); err == nil {
		t.Error("a file that is removed is still there")
	}
}

func TestAMarkdownCommentFitsAndEndsNoFence(t *testing.T) {
	long := strings.Repeat("a line of a file that fills a comment\n", 1000)
	was := template(t, "", "files/a.md", "x\n", "files/b.txt", "x\n", "files/<b>|`.txt", "x\n")
	now := template(t, "", "files/a.md", "```\n# not a heading of the comment\n````\n", "files/b.txt", long+long, "files/<b>|`.txt", "y\n")
	text := templatetest.Markdown([]*templatetest.Difference{compare(t, was, now)})
	for _, want := range []string{"### `", "| `a.md` | changed | 1 of 1 |", "`````diff\n", "| `` <b>\\|`.txt `` |", "<code>&lt;b&gt;|`.txt</code>", "1 difference of contents is too long"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
	var many []*templatetest.Difference
	for range 200 {
		many = append(many, compare(t, was, now))
	}
	if n := len(templatetest.Markdown(many)); n > 65_536 {
		t.Errorf("the comment has %d bytes", n)
	}
}
