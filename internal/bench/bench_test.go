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
	git    bool // it makes the repository, too
	result string
}

type figure struct {
	wall time.Duration
	rss  int64 // KB
}

const rounds = 5

// BenchmarkGenerate runs every tool in turn, rounds times, and prints medians
// and ratios. Absolute times are the machine's; only ratios of one run count.
func BenchmarkGenerate(b *testing.B) {
	scaffold := build(b)
	venv := pythonTools(b)
	for _, n := range []int{30, 1000, 10_000} {
		work := b.TempDir()
		plain := filepath.Join(work, "plain")
		goTemplate.write(b, plain, n, true)
		goTemplate.write(b, filepath.Join(work, "scaffold"), n, false)
		runners := []runner{
			{name: "cp -r", argv: func(dir string) []string { return []string{"cp", "-r", plain, dir} }},
			{name: "real git", argv: func(dir string) []string { return realGit(plain, dir) }, git: true},
			{name: "scaffold --no-git", argv: func(dir string) []string {
				return []string{scaffold, "new", dir, "--name", "out", "-t", filepath.Join(work, "scaffold"), "--no-git", "--no-input", "-q"}
			}},
			{name: "scaffold", argv: func(dir string) []string {
				return []string{scaffold, "new", dir, "--name", "out", "-t", filepath.Join(work, "scaffold"), "--author", "A <a@example.com>", "--no-input", "-q"}
			}, git: true},
		}
		if venv != "" && n <= 1000 {
			copier.write(b, filepath.Join(work, "copier"), n, false)
			cookiecutter.write(b, filepath.Join(work, "cookiecutter"), n, false)
			runners = append(runners,
				runner{name: "copier", argv: func(dir string) []string {
					return []string{venv + "/copier", "copy", "--defaults", "--quiet", filepath.Join(work, "copier"), dir}
				}},
				runner{name: "cookiecutter", argv: func(dir string) []string {
					return []string{venv + "/cookiecutter", "--no-input", "-o", dir, filepath.Join(work, "cookiecutter")}
				}, result: "out"},
				runner{name: "scaffold, its", argv: func(dir string) []string {
					return []string{scaffold, "new", dir, "--name", "out", "-t", filepath.Join(work, "cookiecutter"), "--no-git", "--no-input", "-q"}
				}},
				runner{name: "scaffold, copier's", argv: func(dir string) []string {
					return []string{scaffold, "new", dir, "--name", "out", "-t", filepath.Join(work, "copier"), "--no-git", "--no-input", "-q"}
				}})
		}
		report(b, n, plain, runners)
	}
}

// report runs the tools in turn and prints the table of one size.
func report(b *testing.B, n int, plain string, runners []runner) {
	b.Helper()
	want := hashTree(b, plain)
	figures := map[string][]figure{}
	for range rounds {
		for _, r := range runners {
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
	fmt.Printf("\n%d files, %d CPUs, medians of %d\n%-18s %9s %8s %10s %16s\n", n, runtime.NumCPU(), rounds, "", "wall ms", "RSS MB", "/ cp -r", "/ (cp -r + git)")
	for _, r := range runners {
		m := median(figures[r.name])
		fmt.Printf("%-18s %9.1f %8.1f %9.2fx %15.2fx\n", r.name, ms(m.wall), float64(m.rss)/1024, ratio(m.wall, cp), ratio(m.wall, cp+git))
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
	return figure{wall, cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss}
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

// pythonTools installs copier and cookiecutter into .cache/bench, once, and
// gives the folder of their programs; "" where PyPI or Python is missing.
func pythonTools(b *testing.B) string {
	b.Helper()
	venv := filepath.Join(testenv.Root(), ".cache", "bench")
	bin := filepath.Join(venv, "bin")
	if _, err := os.Stat(filepath.Join(bin, "copier")); err == nil {
		return bin
	}
	for _, argv := range [][]string{{"python3", "-m", "venv", venv}, {filepath.Join(bin, "pip"), "install", "-q", "copier==9.19.1", "cookiecutter==2.7.1"}} {
		if out, err := exec.Command(argv[0], argv[1:]...).CombinedOutput(); err != nil {
			b.Logf("without copier and cookiecutter: %v\n%s", err, out)
			return ""
		}
	}
	return bin
}
