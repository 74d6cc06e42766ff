//go:build unix

package faultfs_test

import (
	"maps"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// TestTheSameProjectEverywhere runs with other umasks, numbers of processors,
// time zones and places. It is not parallel, as all but the last are the
// whole process's.
func TestTheSameProjectEverywhere(t *testing.T) {
	umask := syscall.Umask(0)
	defer syscall.Umask(umask)
	procs := runtime.GOMAXPROCS(0)
	defer runtime.GOMAXPROCS(procs)

	var want []string
	for i := range 20 {
		syscall.Umask([]int{0, 0o022, 0o077, 0o027}[i%4])
		runtime.GOMAXPROCS(1 + i%5)
		t.Setenv("TZ", []string{"UTC", "Asia/Kolkata", "America/St_Johns"}[i%3])
		s := scenarios[i%4]
		dir := s.dir(t)
		_, err := s.run(t.Context(), disk(t, dir), project(t))
		must(t, err)

		// Objects carry their hash in their names: the same names are the
		// same bytes.
		got := state(t, filepath.Join(dir, s.job))
		for name, value := range got {
			_, got[name], _ = strings.Cut(value, " ") // the mode is the umask's
			if strings.HasPrefix(name, ".git/objects/pack/") {
				got[name] = ""
			}
		}
		var lines []string
		for _, name := range slices.Sorted(maps.Keys(got)) {
			lines = append(lines, name+"\x00"+got[name])
		}
		if want == nil {
			want = lines
		}
		if !slices.Equal(lines, want) {
			t.Errorf("run %d differs:\n%q\n%q", i, lines, want)
		}
	}
}
