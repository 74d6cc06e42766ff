package templatetest_test

import (
	"slices"
	"strings"
	"testing"

	"scaffold/generator/source"
	"scaffold/generator/templatetest"
	"scaffold/templates"
)

// A rule that acts later is no mistake: it is said, and lint finds nothing.
func TestLintSaysFromWhenMergeActs(t *testing.T) {
	tpl, err := source.New(templates.FS, t.TempDir()).Load(t.Context(), "node-ws")
	if err != nil {
		t.Fatal(err)
	}
	notes := templatetest.Notes(tpl, "./ours")
	if !slices.ContainsFunc(notes, func(n string) bool {
		return strings.HasPrefix(n, "./ours/template.yaml:") && strings.Contains(n, "merge: json is kept in the project's lock file and acts once scaffold updates projects")
	}) {
		t.Errorf("notes: %q", notes)
	}
	if findings, err := templatetest.Lint(t.Context(), tpl); err != nil || len(findings) > 0 {
		t.Errorf("findings: %v, %v", findings, err)
	}
}
