package testenv

import (
	"bytes"
	"os"
	"os/exec"
	"testing"
)

// Mount puts a file system on a new directory, until the test ends. Without the
// rights for it the test is skipped, unless this is CI's root, who has them.
func Mount(t *testing.T, kind, options string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	cmd := exec.Command("mount", "-t", kind, "-o", options, kind, dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		if os.Getenv("CI") == "true" && os.Geteuid() == 0 {
			t.Fatalf("CI's root cannot mount: %v %s", err, out)
		}
		t.Skipf("needs the right to mount: %v %s", err, bytes.TrimSpace(out))
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", dir).CombinedOutput(); err != nil {
			t.Errorf("umount: %v %s", err, out)
		}
	})
	return dir
}
