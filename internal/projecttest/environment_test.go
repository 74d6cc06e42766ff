package projecttest

import (
	"os"
	"path/filepath"
	"testing"
)

func TestALinkedEnvironmentSharesItsFilesAndSaysWhereItIs(t *testing.T) {
	source, target := filepath.Join(t.TempDir(), ".venv"), filepath.Join(t.TempDir(), ".venv")
	if err := os.MkdirAll(filepath.Join(source, "lib"), 0o755); err != nil {
		t.Fatal(err)
	}
	Write(t, filepath.Join(source, "installed"), "3.11\n"+source+"\nlock")
	Write(t, filepath.Join(source, "lib", "leaf.py"), "# "+source)
	if err := link(source, target, target); err != nil {
		t.Fatal(err)
	}
	if got, want := Read(t, filepath.Join(target, "installed")), "3.11\n"+target+"\nlock"; got != want {
		t.Errorf("the stamp says %q, want %q", got, want)
	}
	one, err := os.Stat(filepath.Join(source, "lib", "leaf.py"))
	if err != nil {
		t.Fatal(err)
	}
	if other, err := os.Stat(filepath.Join(target, "lib", "leaf.py")); err != nil || !os.SameFile(one, other) {
		t.Errorf("the file is no link to the same one: %v", err)
	}
}
