package vcs

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"scaffold/generator/fault"
	"scaffold/generator/internal/tree"
)

// Unborn says whether dir is the top of a repository that waits for its first
// commit, as a clone of an empty one does, or a linked work tree on a branch of
// its own; and how that branch is called. Without git it finds none.
func Unborn(ctx context.Context, dir string) (branch string, unborn bool) {
	top, err := gitIn(ctx, dir, nil, "rev-parse", "--show-cdup")
	if err != nil || top != "" {
		return "", false
	}
	status, err := gitIn(ctx, dir, nil, "status", "--porcelain=v2", "--branch", "--untracked-files=no")
	if err != nil {
		return "", false
	}
	for line := range strings.Lines(status) {
		line = strings.TrimRight(line, "\n")
		switch name, is := strings.CutPrefix(line, "# branch.head "); {
		case is:
			branch = name
		case line == "# branch.oid (initial)":
			unborn = true
		case !strings.HasPrefix(line, "#"):
			return "", false // something was added already
		}
	}
	if !unborn || branch == "(detached)" {
		return "", false
	}
	if info, err := os.Lstat(filepath.Join(dir, ".git")); err != nil || !info.IsDir() {
		return branch, err == nil // a linked work tree: other branches have their commits
	}
	refs, err := gitIn(ctx, dir, nil, "for-each-ref", "--count=1")
	return branch, err == nil && refs == ""
}

// A First is the first commit of a repository that is there already. It is made
// by git, which knows what the repository and the machine say about its files.
type First struct {
	Paths       []string  `json:"paths"`
	Executables []string  `json:"executables"` // those of the paths that are
	Author      Identity  `json:"author"`
	When        time.Time `json:"when"`
	Message     string    `json:"message"`
	NoCommit    bool      `json:"noCommit,omitempty"` // add the files and leave the commit to the person
}

// NewFirst is the commit of files, as [Create] would make it.
func NewFirst(files []tree.File, o Options) First {
	f := First{Author: o.Author.clean(), When: o.When.UTC(), Message: o.Message, NoCommit: o.NoCommit}
	for _, file := range files {
		f.Paths = append(f.Paths, file.Path.String())
		if file.GitMode() == "100755" {
			f.Executables = append(f.Executables, file.Path.String())
		}
	}
	return f
}

// Data is the commit in the form that Make and Unmake take.
func (f First) Data() ([]byte, error) { return json.Marshal(f) }

// Make adds the files, which lie in dir, and commits them to the branch that
// waits there. It gives the commit's id, "" where none was to be made. Where
// there is a commit already it was made before, and nothing is done. The data
// is read as carefully as if a stranger had written it.
func Make(ctx context.Context, dir string, data []byte) (string, error) {
	f, err := parseFirst(data)
	if err != nil {
		return "", err
	}
	if id, err := gitIn(ctx, dir, nil, "rev-parse", "--verify", "--quiet", "HEAD"); err == nil {
		return id, nil
	}
	if err := add(ctx, dir, f.Paths); err != nil {
		return "", err
	}
	if err := add(ctx, dir, f.Executables, "--chmod=+x"); err != nil { // also where the disk knows no such bit
		return "", err
	}
	if f.NoCommit {
		return "", nil
	}
	return f.commit(ctx, dir)
}

// add puts files into the index.
func add(ctx context.Context, dir string, paths []string, flags ...string) error {
	if len(paths) == 0 {
		return nil
	}
	args := slices.Concat([]string{"update-index", "--add"}, flags, []string{"-z", "--stdin"})
	_, err := gitIn(ctx, dir, strings.NewReader(strings.Join(paths, "\x00")+"\x00"), args...)
	return err
}

func (f First) commit(ctx context.Context, dir string) (string, error) {
	top, err := gitIn(ctx, dir, nil, "write-tree")
	if err != nil {
		return "", err
	}
	date := fmt.Sprintf("%d +0000", f.When.Unix())
	by := []string{
		"GIT_AUTHOR_NAME=" + f.Author.Name, "GIT_AUTHOR_EMAIL=" + f.Author.Email, "GIT_AUTHOR_DATE=" + date,
		"GIT_COMMITTER_NAME=" + f.Author.Name, "GIT_COMMITTER_EMAIL=" + f.Author.Email, "GIT_COMMITTER_DATE=" + date,
	}
	id, err := gitAs(ctx, dir, by, strings.NewReader(strings.TrimRight(f.Message, "\n")+"\n"), "commit-tree", top)
	if err != nil {
		return "", err
	}
	subject, _, _ := strings.Cut(f.Message, "\n")
	_, err = gitAs(ctx, dir, by, nil, "update-ref", "-m", "commit (initial): "+subject, "HEAD", id, "") // "": only where there is none
	return id, err
}

// Unmake takes back what Make did in dir, as far as it came.
func Unmake(ctx context.Context, dir string) error {
	if _, err := gitIn(ctx, dir, nil, "rev-parse", "--verify", "--quiet", "HEAD"); err == nil {
		if _, err := gitIn(ctx, dir, nil, "update-ref", "-d", "HEAD"); err != nil {
			return err
		}
	}
	_, err := gitIn(ctx, dir, nil, "read-tree", "--empty")
	return err
}

func parseFirst(data []byte) (First, error) {
	var f First
	if err := json.Unmarshal(data, &f); err != nil {
		return f, fmt.Errorf("reading the first commit: %w", err)
	}
	for _, path := range slices.Concat(f.Paths, f.Executables) {
		if _, err := tree.SafeRel(path); err != nil {
			return f, err
		}
	}
	f.Author = f.Author.clean()
	return f, nil
}

func gitIn(ctx context.Context, dir string, in *strings.Reader, args ...string) (string, error) {
	return gitAs(ctx, dir, nil, in, args...)
}

// gitAs runs git in the repository of dir and no other, without its hooks, and
// gives its output without the last newline.
func gitAs(ctx context.Context, dir string, env []string, in *strings.Reader, args ...string) (string, error) {
	fixed := []string{"-c", "core.hooksPath=" + os.DevNull, "-c", "core.fsmonitor=false", "-c", "core.safecrlf=false", "-c", "i18n.commitEncoding=UTF-8"}
	cmd := exec.CommandContext(ctx, "git", append(fixed, args...)...)
	cmd.Dir = dir
	for _, pair := range cmd.Environ() {
		if key, _, _ := strings.Cut(pair, "="); !strings.HasPrefix(key, "GIT_") || strings.HasPrefix(key, "GIT_CONFIG") {
			cmd.Env = append(cmd.Env, pair)
		}
	}
	cmd.Env = append(append(cmd.Env, "LC_ALL=C", "GIT_OPTIONAL_LOCKS=0"), env...)
	if in != nil {
		cmd.Stdin = in
	}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err == nil {
		return strings.TrimRight(string(out), "\n"), nil
	}
	said := strings.TrimSpace(stderr.String())
	if errors.Is(err, exec.ErrNotFound) || said == "" {
		said = err.Error()
	}
	f := fault.New(fault.Git, "git %s in %s: %s", command(args), dir, said)
	f.Err = err
	return "", f
}

// command is the first argument that is none of git's own.
func command(args []string) string {
	for len(args) > 2 && args[0] == "-c" {
		args = args[2:]
	}
	return args[0]
}
