package testenv

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// Python gives an interpreter that has packages of PyPI, each with its version.
// The environment is kept for other tests with the same packages.
func Python(t *testing.T, packages ...string) string {
	t.Helper()
	python := Need(t, "python3")[0]
	dir := keptFor(t, "python", append([]string{Run(t, time.Minute, Root(), Env(), python, "-c", "import sys; print(sys.version, sys.base_prefix)")}, packages...), func(dir string) {
		Run(t, 2*time.Minute, Root(), Env(), python, "-m", "venv", dir)
		out, err := Try(t, 5*time.Minute, Root(), Env(), append([]string{filepath.Join(dir, "bin", "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"}, packages...)...)
		if err != nil {
			os.RemoveAll(dir)
			Missing(t, "PyPI does not give "+strings.Join(packages, ", ")+": "+Tail(out, 3))
		}
	})
	return filepath.Join(dir, "bin", "python")
}

// Source gives the unpacked source archive of a package of PyPI, or what its
// wheel holds where it has no archive.
func Source(t *testing.T, pkg string, wheel bool) string {
	t.Helper()
	python := Need(t, "python3")[0]
	name, _, _ := strings.Cut(pkg, "==")
	form := []string{"--no-binary", name}
	if wheel {
		form = []string{"--only-binary", name}
	}
	return keptFor(t, "source", append([]string{pkg}, form...), func(dir string) {
		got := t.TempDir()
		out, err := Try(t, 5*time.Minute, Root(), Env(), slices.Concat([]string{python, "-m", "pip", "download", "--quiet", "--no-deps", "--disable-pip-version-check", "-d", got}, form, []string{pkg})...)
		if err != nil {
			Missing(t, "PyPI does not give "+pkg+": "+Tail(out, 3))
		}
		files, _ := filepath.Glob(filepath.Join(got, "*"))
		if len(files) != 1 {
			t.Fatalf("pip gave %q", files)
		}
		unpack := `import shutil, sys; a, d = sys.argv[1:]; shutil.unpack_archive(a, d, "zip" if a.endswith(".whl") else None)`
		Run(t, time.Minute, Root(), Env(), python, "-c", unpack, files[0], dir)
	})
}

// keptFor gives a directory that one test fills for all that ask with the same
// words.
func keptFor(t *testing.T, kind string, words []string, fill func(dir string)) string {
	t.Helper()
	sum := sha256.Sum256([]byte(strings.Join(words, "\x00")))
	parent := filepath.Join(Root(), ".cache", kind)
	if err := os.MkdirAll(parent, 0o755); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(parent, hex.EncodeToString(sum[:10]))
	defer Lock(t, dir+".lock")()
	done := filepath.Join(dir, ".complete")
	if _, err := os.Stat(done); err == nil {
		return dir
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	fill(dir)
	if err := os.WriteFile(done, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}
