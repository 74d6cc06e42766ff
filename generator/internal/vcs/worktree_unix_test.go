//go:build unix

package vcs_test

import (
	"path/filepath"
	"syscall"
	"testing"

	"scaffold/generator/internal/vcs"
)

// TestWorkTreeDoesNotWaitForAPipe would hang where a pipe named .git was opened.
func TestWorkTreeDoesNotWaitForAPipe(t *testing.T) {
	dir := t.TempDir()
	must(t, syscall.Mkfifo(filepath.Join(dir, ".git"), 0o600))
	if root, inside := vcs.WorkTree(dir); inside {
		t.Errorf("a pipe makes %s a repository", root)
	}
}
