package bench

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"scaffold/internal/testenv"
)

// A runner is one way to get the project into a directory.
type runner struct {
	name   string
	argv   func(dir string) []string
	git    bool   // it makes the repository, too
	slow   bool   // another generator: at the largest size once
	result string // where in the directory the project is
}

type figure struct {
	wall, cpu time.Duration
	rss       int64 // KB
}

// BenchmarkGenerate runs every tool in turn and prints medians and ratios.
// Absolute times are the machine's; only ratios of one run count.
func BenchmarkGenerate(b *testing.B) { compare(b, 5, []int{30, 1000, 10_000}, peers(b)) }

// BenchmarkQuick is that in two minutes: without other generators, and without
// the largest size.
func BenchmarkQuick(b *testing.B) { compare(b, 3, []int{30, 1000}, nil) }

func compare(b *testing.B, rounds int, sizes []int, others []peer) {
	scaffold := build(b)
	for _, n := range sizes {
		work := b.TempDir()
		plain, template := filepath.Join(work, "plain"), filepath.Join(work, "scaffold")
		goTemplate.write(b, plain, n, true)
		goTemplate.write(b, template, n, false)
		runners := []runner{
			{name: "cp -r", argv: func(dir string) []string { return []string{"cp", "-r", plain, dir} }},
			{name: "real git", argv: func(dir string) []string { return realGit(plain, dir) }, git: true},
			{name: "scaffold --no-git", argv: func(dir string) []string {
				return []string{scaffold, "new", dir, "--name", "out", "-t", template, "--no-git", "--no-input", "-q"}
			}},
			{name: "scaffold", argv: func(dir string) []string {
				return []string{scaffold, "new", dir, "--name", "out", "-t", template, "--author", "A <a@example.com>", "--no-input", "-q"}
			}, git: true},
		}
		for _, p := range others {
			runners = append(runners, p.runners(b, scaffold, filepath.Join(work, p.name), n)...)
		}
		report(b, n, rounds, plain, runners)
	}
}

// report runs the tools in turn and prints the table of one size.
func report(b *testing.B, n, rounds int, plain string, runners []runner) {
	b.Helper()
	want := hashTree(b, plain)
	figures := map[string][]figure{}
	for round := range rounds {
		for _, r := range runners {
			if r.slow && n == 10_000 && round > 0 {
				continue
			}
			dir := filepath.Join(b.TempDir(), "p")
			figures[r.name] = append(figures[r.name], measure(b, r.argv(dir)))
			if got := hashTree(b, filepath.Join(dir, r.result)); got != want && r.name != "real git" {
				b.Fatalf("%s gives another tree", r.name)
			}
			if r.name == "scaffold" {
				checkRepository(b, dir)
			}
			os.RemoveAll(dir)
		}
	}
	cp, git := median(figures["cp -r"]).wall, median(figures["real git"]).wall
	fmt.Printf("\n%d files, %d CPUs, medians of %d\n%-20s %9s %9s %7s %9s %17s\n", n, runtime.NumCPU(), rounds, "", "wall ms", "CPU ms", "RSS MB", "/ cp -r", "/ (cp -r + git)")
	for _, r := range runners {
		m := median(figures[r.name])
		fmt.Printf("%-20s %9.1f %9.1f %7.1f %8.2fx %16.2fx\n", r.name, ms(m.wall), ms(m.cpu), float64(m.rss)/1024, ratio(m.wall, cp), ratio(m.wall, cp+git))
	}
}

func ms(d time.Duration) float64       { return float64(d.Microseconds()) / 1000 }
func ratio(a, b time.Duration) float64 { return float64(a) / float64(b) }
func median(f []figure) figure {
	slices.SortFunc(f, func(a, b figure) int { return int(a.wall - b.wall) })
	return f[len(f)/2]
}

func measure(b *testing.B, argv []string) figure {
	b.Helper()
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Env = testenv.Env("LC_ALL=C.UTF-8")
	start := time.Now()
	out, err := cmd.CombinedOutput()
	wall := time.Since(start)
	if err != nil {
		b.Fatalf("%v: %v\n%s", argv, err, out)
	}
	state := cmd.ProcessState
	return figure{wall, state.UserTime() + state.SystemTime(), state.SysUsage().(*syscall.Rusage).Maxrss}
}

// realGit times git alone: the copy is made before.
func realGit(plain, dir string) []string {
	_ = exec.Command("cp", "-r", plain, dir).Run()
	return []string{"sh", "-c", `cd "$0" && git init -q && git add -A && git -c user.name=A -c user.email=a@example.com commit -qm x`, dir}
}

func checkRepository(b *testing.B, dir string) {
	b.Helper()
	for _, args := range [][]string{{"fsck", "--strict", "--no-progress"}, {"status", "--porcelain"}} {
		out, err := exec.Command("git", append([]string{"-C", dir}, args...)...).Output()
		if err != nil || len(out) > 0 {
			b.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
}

// hashTree identifies a tree's paths and bytes, without what a tool keeps for
// itself.
func hashTree(b *testing.B, dir string) string {
	b.Helper()
	h := sha256.New()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == ".git" || d.Name() == ".scaffold"):
			return fs.SkipDir
		case d.IsDir():
			return nil
		}
		rel, _ := filepath.Rel(dir, path)
		data, err := os.ReadFile(path)
		fmt.Fprintf(h, "%s %x\n", rel, sha256.Sum256([]byte(strings.TrimRight(string(data), "\n"))))
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return hex.EncodeToString(h.Sum(nil))
}

func build(b *testing.B) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), "scaffold")
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", path, "./cmd/scaffold")
	cmd.Dir = testenv.Root()
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	return path
}
