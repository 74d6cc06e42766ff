// Command dist builds what a release consists of: archives for Linux, macOS and
// Windows, a Debian package, an npm package and Python wheels that carry the
// binary, with completion and manual pages, checksums and bills of materials. It
// is `make dist`, the only release path.
//
// The same commit gives the same bytes: times are the commit's, or
// SOURCE_DATE_EPOCH.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"scaffold/generator"
)

// A target is a system that a release is for, as Go, Debian, npm and Python name
// it.
type target struct {
	os, arch string
	deb      string
	npmOS    string
	npmCPU   string
	wheel    string // https://packaging.python.org/en/latest/specifications/platform-compatibility-tags/
}

// targets are all systems. The binary is static, so that it runs on any libc.
var targets = []target{
	{"linux", "amd64", "amd64", "linux", "x64", "manylinux2014_x86_64.manylinux_2_17_x86_64.musllinux_1_1_x86_64"},
	{"linux", "arm64", "arm64", "linux", "arm64", "manylinux2014_aarch64.manylinux_2_17_aarch64.musllinux_1_1_aarch64"},
	{"darwin", "amd64", "", "darwin", "x64", "macosx_12_0_x86_64"},
	{"darwin", "arm64", "", "darwin", "arm64", "macosx_12_0_arm64"},
	{"windows", "amd64", "", "win32", "x64", "win_amd64"},
	{"windows", "arm64", "", "win32", "arm64", "win_arm64"},
}

func (t target) String() string { return t.os + "/" + t.arch }

// binary is the program's name there.
func (t target) binary() string {
	if t.os == "windows" {
		return "scaffold.exe"
	}
	return "scaffold"
}

// A release is one run: where it reads, where it writes, and when it happens.
type release struct {
	root, out string
	version   string
	at        time.Time
	docs      []file // licence, readme, changelog
	extras    []file // completion and manual pages, below share/
}

func main() {
	out := flag.String("out", "dist", "write into this `directory`")
	only := flag.String("only", "", "build for these systems, such as linux/amd64; this one: here")
	flag.Parse()
	if err := makeRelease(*out, *only); err != nil {
		fmt.Fprintln(os.Stderr, "dist:", err)
		os.Exit(1)
	}
}

func makeRelease(out, only string) error {
	r := &release{root: ".", out: out, version: generator.Version}
	var err error
	if r.at, err = commitTime(); err != nil {
		return err
	}
	if err := os.RemoveAll(out); err != nil {
		return err
	}
	if err := r.readDocs(); err != nil {
		return err
	}
	for _, t := range targets {
		if !wanted(t, only) {
			continue
		}
		if err := r.add(t); err != nil {
			return fmt.Errorf("%s: %w", t, err)
		}
	}
	if err := r.npmMain(); err != nil {
		return err
	}
	return r.checksums()
}

func wanted(t target, only string) bool {
	if only == "here" {
		only = runtime.GOOS + "/" + runtime.GOARCH
	}
	return only == "" || strings.Contains(","+only+",", ","+t.String()+",")
}

// commitTime is SOURCE_DATE_EPOCH, or when the commit was made.
func commitTime() (time.Time, error) {
	epoch := os.Getenv("SOURCE_DATE_EPOCH")
	if epoch == "" {
		data, err := exec.Command("git", "log", "-1", "--format=%ct").Output()
		if err != nil {
			return time.Time{}, errors.New("no git history: set SOURCE_DATE_EPOCH")
		}
		epoch = strings.TrimSpace(string(data))
	}
	n, err := strconv.ParseInt(epoch, 10, 64)
	return time.Unix(n, 0).UTC(), err
}

// readDocs takes the texts, and has a binary of this system make the rest.
func (r *release) readDocs() error {
	for _, name := range []string{"LICENSE", "README.md", "CHANGELOG.md"} {
		data, err := os.ReadFile(filepath.Join(r.root, name))
		if err != nil {
			return err
		}
		r.docs = append(r.docs, file{name, 0o644, data})
	}
	dir, err := os.MkdirTemp("", "scaffold-dist-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	here := target{os: runtime.GOOS, arch: runtime.GOARCH}
	program := filepath.Join(dir, here.binary())
	if err := r.build(here, program); err != nil {
		return err
	}
	for shell, path := range map[string]string{
		"bash": "share/bash-completion/completions/scaffold", "zsh": "share/zsh/site-functions/_scaffold",
		"fish": "share/fish/vendor_completions.d/scaffold.fish", "powershell": "share/scaffold/completion.ps1",
	} {
		script, err := exec.Command(program, "completion", shell).Output()
		if err != nil {
			return err
		}
		r.extras = append(r.extras, file{path, 0o644, script})
	}
	cmd := exec.Command(program, "man", "--dir", dir)
	cmd.Env = append(os.Environ(), fmt.Sprintf("SOURCE_DATE_EPOCH=%d", r.at.Unix()))
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("man: %w: %s", err, out)
	}
	pages, err := filepath.Glob(filepath.Join(dir, "*.1"))
	for _, page := range pages {
		data, err := os.ReadFile(page)
		if err != nil {
			return err
		}
		r.extras = append(r.extras, file{"share/man/man1/" + filepath.Base(page), 0o644, data})
	}
	return err
}

// build compiles the program for a system.
func (r *release) build(t target, path string) error {
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", path, "./cmd/scaffold")
	cmd.Dir, cmd.Env = r.root, append(os.Environ(), "CGO_ENABLED=0", "GOOS="+t.os, "GOARCH="+t.arch)
	cmd.Stderr = os.Stderr
	return cmd.Run()
}

// add makes everything for one system.
func (r *release) add(t target) error {
	name := fmt.Sprintf("scaffold_%s_%s_%s", r.version, t.os, t.arch)
	path := filepath.Join(r.out, "bin", t.os+"-"+t.arch, t.binary())
	if err := r.build(t, path); err != nil {
		return err
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	program := file{t.binary(), 0o755, data}
	steps := []func() error{
		func() error { return r.bill(path, name) },
		func() error { return r.archive(t, name, program) },
		func() error { return r.npmPlatform(t, program) },
		func() error { return r.wheel(t, program) },
	}
	if t.deb != "" {
		steps = append(steps, func() error { return r.debian(t, program) })
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}
