//go:build unix

package faultfs_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"scaffold/generator/internal/tree"
	"scaffold/generator/internal/write"
)

// BenchmarkAgainstCpAndGit times, in turns, `cp -r` of a project, the real git
// over that copy, this module writing the project, and it writing the project
// with its repository. It reports medians in milliseconds, and the ratios of
// the latter two to what they stand for. Rendering is not in them.
func BenchmarkAgainstCpAndGit(b *testing.B) {
	for _, n := range []int{30, 1_000, 10_000} {
		b.Run(fmt.Sprintf("files=%d", n), func(b *testing.B) {
			project := large(b, n)
			source := scenarios[0].dir(b)
			onDisk(b, source, project)
			times := map[string][]time.Duration{}
			for b.Loop() {
				for what, took := range once(b, source, project) {
					times[what] = append(times[what], took)
				}
			}
			report(b, times)
		})
	}
}

// large makes a project of n files: text of about 2 KB, one in twenty 20 KB of
// noise, four levels deep.
func large(t testing.TB, n int) []tree.File {
	t.Helper()
	rnd := rand.New(rand.NewPCG(1, 2))
	files := make([]tree.File, n)
	for i := range files {
		data := bytes.Repeat(fmt.Appendf(nil, "line %d of a file, %d\n", i, rnd.Uint32()), 60)
		if i%20 == 0 {
			data = make([]byte, 20<<10)
			for j := range data {
				data[j] = byte(rnd.Uint32())
			}
		}
		rel, err := tree.SafeRel(fmt.Sprintf("d%d/e%d/f%d/file%d.txt", i%5, i%25/5, i%250/25, i))
		must(t, err)
		files[i] = tree.File{Path: rel, Mode: 0o644, Data: data}
	}
	sorted, err := tree.New(files...)
	must(t, err)
	return sorted.Files()
}

func onDisk(t testing.TB, dir string, files []tree.File) {
	t.Helper()
	for _, f := range files {
		name := filepath.Join(dir, f.Path.String())
		must(t, os.MkdirAll(filepath.Dir(name), 0o755))
		must(t, os.WriteFile(name, f.Data, f.Mode&fs.ModePerm))
	}
}

func once(b *testing.B, source string, project []tree.File) map[string]time.Duration {
	b.Helper()
	dir := scenarios[0].dir(b)
	defer os.RemoveAll(dir)
	copied := filepath.Join(dir, "copy")
	d := disk(b, dir)
	return map[string]time.Duration{
		"cp":  timed(b, func() error { return exec.Command("cp", "-r", source, copied).Run() }),
		"git": timed(b, func() error { return realGit(copied) }),
		"write": timed(b, func() error {
			_, err := write.Apply(b.Context(), d, write.Set{Name: "plain", Changes: write.Creating(project, false), Vacant: true})
			return err
		}),
		"write+vcs": timed(b, func() error {
			_, err := scenarios[0].run(b.Context(), d, project)
			return err
		}),
	}
}

func realGit(dir string) error {
	for _, args := range [][]string{
		{"init", "-q", "-b", "main"}, {"add", "-A"},
		{"-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false", "commit", "-q", "-m", "x"},
	} {
		cmd := exec.Command("git", args...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("git %v: %w\n%s", args, err, out)
		}
	}
	return nil
}

func timed(b *testing.B, run func() error) time.Duration {
	b.Helper()
	start := time.Now()
	must(b, run())
	return time.Since(start)
}

func report(b *testing.B, times map[string][]time.Duration) {
	b.Helper()
	median := map[string]float64{}
	for what, all := range times {
		slices.Sort(all)
		median[what] = float64(all[len(all)/2]) / float64(time.Millisecond)
		b.ReportMetric(median[what], what+"-ms")
	}
	b.ReportMetric(median["write"]/median["cp"], "write/cp")
	b.ReportMetric(median["write+vcs"]/(median["cp"]+median["git"]), "all/(cp+git)")
	b.ReportMetric(0, "ns/op") // the sum of the four says nothing
	var use syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &use) == nil {
		b.ReportMetric(float64(use.Maxrss)/1024, "peak-MB")
	}
}
