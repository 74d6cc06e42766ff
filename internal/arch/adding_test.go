package arch

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"scaffold/internal/testenv"
)

// An addition is a change of one kind that CONTRIBUTING.md describes.
type addition struct {
	file     string // that it touches
	old, new string
}

// additions are a type of questions and a group of signals.
var additions = []addition{
	{"generator/manifest/types.go", "\treturn []descriptor{\n", `	return []descriptor{
		{
			name: "float", control: Line, zero: func() any { return 0.0 }, result: expr.AsFloat64(), takes: "DECIMAL", sample: "0.5",
			parse: func(_ *Question, s Scalar) (any, error) {
				f, err := strconv.ParseFloat(s.Text, 64)
				if err != nil {
					return nil, fmt.Errorf("must be a decimal number")
				}
				return f, nil
			},
			schema: func(*Question) map[string]any { return map[string]any{"type": "number"} },
		},
`},
	{"generator/manifest/schema.json", `"type": {"enum": ["string", `, `"type": {"enum": ["string", "float", `},
	{"generator/manifest/signals.go", "\treturn []SignalGroup{\n", `	return []SignalGroup{
		{Name: "climate", Title: "What is the weather like?", Flag: "the weather, a ` + "`KIND`" + `: wet or dry", Values: []SignalValue{
			{"wet", "It rains", "Does it rain?", split("rain, umbrella"), ""},
			{"dry", "It does not rain", "", nil, ""},
		}},
`},
}

const floatTemplate = `apiVersion: scaffold/v1
name: floats
title: Floats
version: 1.0.0
questions:
  - {id: ratio, type: float, example: "0.25"}
computed:
  half: ratio / 2
recommend:
  role: [primary]
  fit:
    climate:wet: {weight: 3, reason: it floats}
`

// TestAddingTakesTheFilesThatAreSaid adds a type of questions and a group of
// signals in a copy, in the files that CONTRIBUTING.md names, and uses both.
func TestAddingTakesTheFilesThatAreSaid(t *testing.T) {
	testenv.All(t)
	guide, err := os.ReadFile(filepath.Join(testenv.Root(), "CONTRIBUTING.md"))
	if err != nil {
		t.Fatal(err)
	}
	dir := copyModule(t)
	for _, a := range additions {
		if !strings.Contains(string(guide), "`"+a.file+"`") {
			t.Errorf("CONTRIBUTING.md does not name %s", a.file)
		}
		path := filepath.Join(dir, a.file)
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Count(string(data), a.old) != 1 {
			t.Fatalf("%s has no one place for %q", a.file, a.old)
		}
		write(t, path, strings.Replace(string(data), a.old, a.new, 1))
	}
	env := testenv.Env("HOME=" + t.TempDir())
	run := func(argv ...string) string { return testenv.Run(t, 5*time.Minute, dir, env, argv...) }
	run("gofmt", "-w", "generator/manifest")
	run("go", "test", "-trimpath", "-short", "./generator/manifest", "-run", "Schema")
	run("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", "made", "./cmd/scaffold")
	write(t, filepath.Join(dir, "floats/template.yaml"), floatTemplate)
	write(t, filepath.Join(dir, "floats/files/ratio.txt.tmpl"), "{{ .ratio }} {{ .half }}\n")

	run("./made", "new", "out", "-t", "./floats", "--set", "ratio=0.5", "--no-git", "--no-input")
	if data, err := os.ReadFile(filepath.Join(dir, "out/ratio.txt")); err != nil || string(data) != "0.5 0.25\n" {
		t.Errorf("ratio.txt: %q %v", data, err)
	}
	if out, err := testenv.Try(t, time.Minute, dir, env, "./made", "new", "bad", "-t", "./floats", "--no-git", "--no-input"); err == nil || !strings.Contains(out, "--set ratio=DECIMAL") {
		t.Errorf("a missing answer: %v %s", err, out)
	}
	if out := run("./made", "schema", "answers", "-t", "./floats"); !strings.Contains(out, `"number"`) {
		t.Errorf("schema answers: %s", out)
	}
	if out := run("./made", "recommend", "--list"); !strings.Contains(out, "It rains") {
		t.Errorf("recommend --list: %s", out)
	}
	if out := run("./made", "recommend", "--describe", "an api for umbrellas"); !strings.Contains(out, "umbrellas") || !strings.Contains(out, "wet") {
		t.Errorf("recommend: %s", out)
	}
}

// copyModule copies the module without what git ignores.
func copyModule(t *testing.T) string {
	t.Helper()
	root, dir := testenv.Root(), t.TempDir()
	for _, name := range strings.Split(strings.TrimSuffix(testenv.Run(t, time.Minute, root, testenv.Env(), "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"), "\x00"), "\x00") {
		data, err := os.ReadFile(filepath.Join(root, name))
		if os.IsNotExist(err) {
			continue // removed, and not yet for git
		}
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, name), string(data))
	}
	return dir
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
