//go:build unix

package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"scaffold/internal/testenv"
)

// A hostile case is what is laid over a good template, and how it is refused.
type hostile struct {
	Name  string
	Exit  int
	Says  string
	Files map[string]string
}

// good is what every case starts from and, cured, ends with.
var good = map[string]string{
	"tpl/template.yaml":        "apiVersion: scaffold/v1\nname: t\ntitle: T\nversion: 1.0.0\nquestions:\n  - {id: title, type: string, default: x}\n",
	"tpl/README.md":            "T\n",
	"tpl/files/README.md.tmpl": "{{ .title }}\n",
	"answers.yaml":             "title: hello\n",
	"home/.gitconfig":          person,
	"tmp/.keep":                "",
}

// TestHostileInput runs testdata/hostile: each is refused by its exit code and in
// one error, nothing changes, and without it the same command succeeds.
func TestHostileInput(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(testenv.Root(), "testdata/hostile/cases.json"))
	check(t, err)
	var cases []hostile
	check(t, json.Unmarshal(data, &cases))
	const fewest = 80
	if len(cases) < fewest {
		t.Fatalf("there are %d cases", len(cases))
	}
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			c.try(t)
		})
	}
}

func (c hostile) try(t *testing.T) {
	dir := t.TempDir()
	lay(t, dir, good)
	c.lay(t, dir)
	before := fingerprint(t, dir)
	code, stdout, stderr := runHostile(t, dir)
	if code != c.Exit || !strings.Contains(stderr, c.Says) {
		t.Errorf("exit %d, want %d and %q:\n%s", code, c.Exit, c.Says, stderr)
	}
	raw := func(r rune) bool { return r != '\n' && r != '\t' && unicode.In(r, unicode.Cc, unicode.Cf) }
	if !strings.HasPrefix(stderr, "error: ") || strings.Count(stderr, "error: ") != 1 || strings.ContainsFunc(stderr, raw) || stdout != "" {
		t.Errorf("that is no single error:\n%q\n%q", stderr, stdout)
	}
	if diff := cmp.Diff(before, fingerprint(t, dir)); diff != "" {
		t.Errorf("changed (-before +after):\n%s", diff)
	}

	for name := range c.Files {
		check(t, os.RemoveAll(filepath.Join(dir, plainName(name))))
	}
	check(t, os.RemoveAll(filepath.Join(dir, "tpl")))
	check(t, os.RemoveAll(filepath.Join(dir, "shop")))
	lay(t, dir, good)
	if code, _, stderr := runHostile(t, dir); code != 0 {
		t.Errorf("cured, it ends with %d:\n%s", code, stderr)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".*scaffold*")); len(left) > 0 {
		t.Errorf("left behind: %s", left)
	}
}

var times = regexp.MustCompile(`<(\d+) times (.)>`)

func (c hostile) lay(t *testing.T, dir string) {
	t.Helper()
	for name, data := range c.Files {
		path := filepath.Join(dir, plainName(name))
		check(t, os.RemoveAll(path))
		data = times.ReplaceAllStringFunc(data, func(m string) string {
			part := times.FindStringSubmatch(m)
			n, _ := strconv.Atoi(part[1])
			return strings.Repeat(part[2], n)
		})
		if strings.HasSuffix(name, "#hex") {
			raw, err := hex.DecodeString(data)
			check(t, err)
			data = string(raw)
		}
		if !strings.HasSuffix(name, "-") {
			lay(t, dir, map[string]string{strings.TrimSuffix(name, "#hex"): data})
		}
	}
}

func plainName(name string) string {
	return strings.TrimRight(strings.TrimSuffix(name, "#hex"), "@-")
}

// runHostile runs `scaffold new` within its bounds of processor and memory.
func runHostile(t *testing.T, dir string) (code int, stdout, stderr string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, testenv.Scaffold(t), "new", "shop", "--template", "./tpl", "--answers", "answers.yaml", "--no-input")
	cmd.Dir = dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + filepath.Join(dir, "home"), "TMPDIR=" + filepath.Join(dir, "tmp"), "GIT_CONFIG_NOSYSTEM=1"}
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	_ = cmd.Run() // the code says it
	if used := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(); used > 30*time.Second {
		t.Errorf("it took %s of the processor", used)
	}
	const most = 512 << 10 // KiB
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok && runtime.GOOS == "linux" && usage.Maxrss > most {
		t.Errorf("it took %d KiB", usage.Maxrss)
	}
	return cmd.ProcessState.ExitCode(), out.String(), said.String()
}

// fingerprint is all that is below dir: names, modes, contents, links.
func fingerprint(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	check(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(dir, path)
		all[name] = info.Mode().String()
		switch {
		case info.Mode()&fs.ModeSymlink != 0:
			target, err := os.Readlink(path)
			all[name] += " " + target
			return err
		case info.Mode().IsRegular():
			data, err := os.ReadFile(path)
			all[name] += fmt.Sprintf(" %x", sha256.Sum256(data))
			return err
		}
		return nil
	}))
	return all
}
