//go:build unix

package testenv

import (
	"os"
	"syscall"
	"testing"
)

// Lock waits until no other process holds the lock at path, and holds it until
// the function that it gives is called.
func Lock(t *testing.T, path string) (unlock func()) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	return func() { f.Close() }
}
