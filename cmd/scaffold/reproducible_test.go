package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"scaffold/internal/testenv"
)

// TestABuildGivesTheSameBytes builds the program twice: in its own directory, and
// from a copy of it elsewhere, where nothing but what git lists is there. What Go
// has compiled already it may take. Without -trimpath the two differ.
func TestABuildGivesTheSameBytes(t *testing.T) {
	if os.Getenv("SCAFFOLD_LONG") == "" {
		t.Skip("make check-long runs this")
	}
	testenv.Need(t, "git")
	root, copied := testenv.Root(), filepath.Join(t.TempDir(), "elsewhere")
	files := testenv.Run(t, time.Minute, root, testenv.Env(), "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	for name := range strings.SplitSeq(strings.TrimSuffix(files, "\x00"), "\x00") {
		data, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			continue // deleted, or a link to nowhere
		}
		at := filepath.Join(copied, name)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if one, two := build(t, root), build(t, copied); !bytes.Equal(one, two) {
		t.Errorf("two builds of the same source differ: %d and %d bytes", len(one), len(two))
	}
}

func build(t *testing.T, dir string) []byte {
	t.Helper()
	out := filepath.Join(t.TempDir(), "scaffold")
	testenv.Run(t, 20*time.Minute, dir, testenv.Env("CGO_ENABLED=0"),
		"go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", out, "./cmd/scaffold")
	data, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
