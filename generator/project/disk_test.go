//go:build unix

package project

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"scaffold/generator/fault"
	"scaffold/internal/testenv"
)

// TestAFullDisk updates a project on a disk with little room, and one with its
// temporary files there: it is as before, and the update goes through once there
// is room.
func TestAFullDisk(t *testing.T) {
	disk := testenv.Mount(t, "tmpfs", "size=4m")
	v := versions()
	large := maps.Clone(v[1])
	large["files/large"] = string(bytes.Repeat([]byte("0123456789abcde\n"), 16<<10)) // 256 KB, and noise for git
	builtin := with(t, large.fs(), "web", v[0].fs())
	made := newShop(t, v[0].fs(), "web")
	filler := filepath.Join(disk, "filler")
	for _, room := range []int{0, 1, 4, 16, 64, 200} { // pages of 4 KB
		for _, temporary := range []bool{false, true} {
			t.Run(fmt.Sprintf("%d pages, temporary files %t", room, temporary), func(t *testing.T) {
				s := made
				s.dir = filepath.Join(disk, "shop")
				must(t, os.CopyFS(s.dir, os.DirFS(made.dir)))
				git(t, s, "status") // the index knows the copies
				defer os.RemoveAll(s.dir)
				if temporary {
					t.Setenv("TMPDIR", disk)
				}
				before := s.files(t)
				fill(t, filler, room)
				err := s.tryUpdate(t, builtin)
				must(t, os.Remove(filler))
				if err != nil {
					if !fault.Is(err, fault.Full) {
						t.Errorf("%s: %v", fault.KindOf(err), err)
					}
					if diff := cmp.Diff(before, s.files(t)); diff != "" {
						t.Errorf("before and after (-before +after):\n%s", diff)
					}
					git(t, s, "fsck", "--strict")
					must(t, s.tryUpdate(t, builtin))
				}
				if got := s.files(t)["large"]; len(got) < 256<<10 {
					t.Errorf("large has %d bytes", len(got))
				}
				if left, _ := filepath.Glob(filepath.Join(disk, "scaffold-*")); len(left) > 0 {
					t.Errorf("left behind %v", left)
				}
			})
		}
	}
}

func (s shop) tryUpdate(t *testing.T, builtin fstest.MapFS) error {
	u, err := s.update(t.Context(), s.machine(builtin), nil)
	if err != nil {
		return err
	}
	defer u.Close()
	_, err = u.Apply(t.Context(), Commit{})
	return err
}

// fill writes until the disk is full, and gives so many pages back.
func fill(t *testing.T, name string, pages int) {
	t.Helper()
	const page = 4 << 10
	f, err := os.Create(name)
	must(t, err)
	defer f.Close()
	n := 0
	for {
		if _, err := f.Write(make([]byte, page)); err != nil {
			break
		}
		n++
	}
	must(t, f.Truncate(int64(max(0, n-pages))*page))
}
