//go:build unix

package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"scaffold/internal/testenv"
)

// A group of signals stands in one table: with one entry more there, every
// command knows it.
func TestANewGroupOfSignalsIsKnownEverywhere(t *testing.T) {
	scaffold := withGroup(t, "\t\t"+`{Name: "hosting", Title: "Where will it run?", Flag: "where it runs, a `+"`PLACE`"+`", Values: []SignalValue{{Value: "cloud", Title: "Rented machines"}, {Value: "edge", Title: "Near its users"}}},`+"\n")
	dir := t.TempDir()
	env := testenv.Env("HOME="+dir, "XDG_CONFIG_HOME="+dir, "GIT_AUTHOR_NAME=Ada", "GIT_AUTHOR_EMAIL=ada@example.com")
	for _, test := range []struct{ args, want string }{
		{"version", "scaffold "},
		{"new --help", "--hosting PLACE"},
		{"recommend --help", "--hosting PLACE"},
		{"man", "SCAFFOLD"},
		{"completion bash", "scaffold"},
		{"schema output", "scaffold/signals/v1"},
		{"template list", "django"},
		{"__complete new --hosting ", "cloud\tRented machines"},
		{"__complete recommend --host", "--hosting"},
		{"recommend --list", "Where will it run?"},
		{"recommend --use rest-api --hosting edge --json", `"hosting:edge"`},
		{"new shop --use rest-api --team python --hosting cloud --yes --dry-run --json", "--hosting cloud"},
	} {
		args := strings.Split(test.args, " ")
		if out := testenv.Run(t, time.Minute, dir, env, append([]string{scaffold}, args...)...); !strings.Contains(out, test.want) {
			t.Errorf("scaffold %s does not say %q:\n%s", test.args, test.want, out)
		}
	}
	out, err := testenv.Try(t, time.Minute, dir, env, scaffold, "recommend", "--use", "rest-api", "--hosting", "egde")
	if err == nil || !strings.Contains(out, "did you mean edge?") {
		t.Errorf("an unknown value of the new group: %v\n%s", err, out)
	}
}

// withGroup builds scaffold with a further entry at the top of the table.
func withGroup(t *testing.T, entry string) string {
	t.Helper()
	table := filepath.Join(testenv.Root(), "generator/manifest/signals.go")
	source, err := os.ReadFile(table)
	if err != nil {
		t.Fatal(err)
	}
	const top = "return []SignalGroup{\n"
	if !strings.Contains(string(source), top) {
		t.Fatalf("%s has no table", table)
	}
	dir := t.TempDir()
	edited := filepath.Join(dir, "signals.go")
	if err := os.WriteFile(edited, []byte(strings.Replace(string(source), top, top+entry, 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{table: edited}})
	if err != nil {
		t.Fatal(err)
	}
	list, program := filepath.Join(dir, "overlay.json"), filepath.Join(dir, "scaffold")
	if err := os.WriteFile(list, overlay, 0o644); err != nil {
		t.Fatal(err)
	}
	testenv.Run(t, 5*time.Minute, testenv.Root(), os.Environ(), "go", "build", "-overlay", list, "-o", program, "./cmd/scaffold")
	return program
}
