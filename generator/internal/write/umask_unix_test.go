//go:build unix

package write_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scaffold/generator/internal/write"
)

func TestTheUmaskHolds(t *testing.T) {
	old := syscall.Umask(0o077)
	defer syscall.Umask(old)
	dir := t.TempDir()
	_, err := write.Apply(t.Context(), open(t, dir), write.Set{Name: "shop", Changes: write.Creating(files(t, shop), false), Vacant: true, Finish: commit})
	must(t, err)
	want := map[string]fs.FileMode{"shop": 0o700, "shop/README.md": 0o600, "shop/bin/run": 0o700, "shop/src": 0o700, "shop/.git/HEAD": 0o600}
	for name, mode := range want {
		info, err := os.Stat(filepath.Join(dir, name))
		must(t, err)
		if info.Mode().Perm() != mode {
			t.Errorf("%s has the mode %v, want %v", name, info.Mode().Perm(), mode)
		}
	}
	if diff := cmp.Diff(below("shop", shop, withGit), content(t, dir)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
