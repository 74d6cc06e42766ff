//go:build unix

package write_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scaffold/generator/internal/write"
)

// TestTheUmaskHolds is not parallel: the umask is the whole process's.
func TestTheUmaskHolds(t *testing.T) {
	for _, umask := range []int{0o077, 0o022, 0o002, 0} {
		t.Run(fmt.Sprintf("%03o", umask), func(t *testing.T) {
			old := syscall.Umask(umask)
			defer syscall.Umask(old)
			dir := t.TempDir()
			_, err := write.Apply(t.Context(), open(t, dir), write.Set{Name: "shop", Changes: write.Creating(files(t, shop), false), Vacant: true, Finish: commit})
			must(t, err)
			plain, full := fs.FileMode(0o666&^umask), fs.FileMode(0o777&^umask)
			want := map[string]fs.FileMode{"shop": full, "shop/README.md": plain, "shop/bin/run": full, "shop/src": full, "shop/.git/HEAD": plain}
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
		})
	}
}
