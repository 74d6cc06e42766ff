//go:build unix

package vcs_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"scaffold/generator/internal/vcs"
)

// TestAPipeIsNoRepository: one that somebody feeds is not even read.
func TestAPipeIsNoRepository(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, ".git")
	must(t, syscall.Mkfifo(pipe, 0o600))
	go func() { // waits until somebody opens it
		if f, err := os.OpenFile(pipe, os.O_WRONLY, 0); err == nil {
			_, _ = f.WriteString("gitdir: /elsewhere\n")
			f.Close()
		}
	}()
	if root, inside := vcs.WorkTree(dir); inside {
		t.Errorf("a pipe makes %s a repository", root)
	}
	if f, err := os.OpenFile(pipe, os.O_RDONLY|syscall.O_NONBLOCK, 0); err == nil { // lets the writer go
		f.Close()
	}
}
