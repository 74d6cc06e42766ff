package repo

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"scaffold/generator/fault"
	"slices"
	"strings"
)

// A Staged is what the index holds of one file: one entry, or up to three of a
// conflict.
type Staged struct {
	Entry  Entry    `json:"entry,omitzero"`
	Stages [3]Entry `json:"stages,omitzero"` // base, ours, theirs
}

// SetIndex gives files of the project other entries, all at once; the zero
// value takes a file out.
func (r *Repo) SetIndex(ctx context.Context, files map[string]Staged) error {
	var in bytes.Buffer
	gone := strings.Repeat("0", len(r.Head))
	for _, name := range slices.Sorted(maps.Keys(files)) {
		fmt.Fprintf(&in, "0 %s\t%s%s\x00", gone, r.Prefix, name)
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		s := files[name]
		if s.Entry != (Entry{}) {
			fmt.Fprintf(&in, "%s %s 0\t%s%s\x00", s.Entry.Mode, s.Entry.ID, r.Prefix, name)
		}
		for i, e := range s.Stages {
			if e != (Entry{}) {
				fmt.Fprintf(&in, "%s %s %d\t%s%s\x00", e.Mode, e.ID, i+1, r.Prefix, name)
			}
		}
	}
	_, err := r.git(ctx, in.Bytes(), "update-index", "-z", "--index-info")
	return err
}

// Refresh has the index know the files as they lie in the work tree, so that
// the next `git status` need not read them. That some differ is no error.
func (r *Repo) Refresh(ctx context.Context) error {
	_, err := r.git(ctx, nil, "update-index", "-q", "--refresh", "--unmerged")
	if _, failed := err.(*Failed); failed {
		return nil
	}
	return err
}

// Show gives files of the project as git would put them into the work tree.
func (r *Repo) Show(ctx context.Context, entries map[string]Entry, paths []string) (map[string][]byte, error) {
	if len(paths) == 0 {
		return map[string][]byte{}, nil
	}
	s, err := r.Scratch(ctx)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	head, err := r.Files(ctx)
	if err != nil {
		return nil, err
	}
	return s.Checkout(ctx, head, entries, paths)
}

// CanBranch refuses a branch that is there, or cannot be. "" is none.
func (r *Repo) CanBranch(ctx context.Context, name string) error {
	if name == "" {
		return nil
	}
	if _, err := r.git(ctx, nil, "check-ref-format", "--branch", name); err != nil || strings.HasPrefix(name, "-") {
		return fault.New(fault.Usage, "git allows no branch named %q", name).Try("use letters, digits, dots, dashes and slashes")
	}
	if _, err := r.git(ctx, nil, "rev-parse", "--verify", "--quiet", "refs/heads/"+name); err == nil {
		return fault.New(fault.Git, "there is a branch %s already", name).Try("name another, or delete it: git branch -d " + name)
	}
	return nil
}

// MakeCommit commits files of the project, as the owner's git commits: its
// hooks, its identity, its signature. With a branch, that is made first. It
// gives the commit's id.
func (r *Repo) MakeCommit(ctx context.Context, branch, message string, paths []string) (string, error) {
	if branch != "" {
		if _, err := r.git(ctx, nil, "switch", "--quiet", "--create", branch); err != nil {
			return "", err
		}
	}
	var in bytes.Buffer
	for _, p := range paths {
		in.WriteString(r.Prefix + p + "\x00")
	}
	_, err := r.git(ctx, in.Bytes(), "commit", "--quiet", "-m", message, "--only", "--pathspec-from-file=-", "--pathspec-file-nul")
	if err != nil {
		return "", notCommitted(err)
	}
	out, err := r.git(ctx, nil, "rev-parse", "HEAD")
	return strings.TrimSpace(string(out)), err
}

// notCommitted is a commit that the owner's git refused.
func notCommitted(err error) error {
	failed, ok := err.(*Failed)
	if !ok {
		return err
	}
	f := fault.New(fault.Git, "the update is in place and added, but git did not commit it")
	f.Lines, f.Err = strings.Split(strings.TrimSpace(failed.Talk), "\n"), err
	return f.Try("mend that, then git commit; or scaffold update --abort")
}

// Init makes a repository without a commit, in which git is to be tried out.
func Init(ctx context.Context, dir string, environ []string) error {
	r := &Repo{Top: dir, env: Environ(environ)}
	var err error
	if r.program, err = find(ctx, r.env); err != nil {
		return err
	}
	_, err = r.git(ctx, nil, "init", "--quiet", "--template=", "--initial-branch=main")
	return err
}

// Commit gives the id of a commit that a tag, a branch or the like names.
func (r *Repo) Commit(ctx context.Context, name string) (string, error) {
	out, err := r.git(ctx, nil, "rev-parse", "--verify", "--quiet", "--end-of-options", name+"^{commit}")
	if err != nil {
		return "", fault.New(fault.Source, "the repository has no commit %q", name).Try("name a tag, a branch or a commit: git tag")
	}
	return strings.TrimSpace(string(out)), nil
}

// Patch applies a patch to the project and commits it.
func (r *Repo) Patch(ctx context.Context, patch []byte, message string) error {
	args := []string{"apply", "--index", "--whitespace=nowarn"}
	if r.Prefix != "" {
		args = append(args, "--directory="+strings.TrimSuffix(r.Prefix, "/"))
	}
	if _, err := r.git(ctx, patch, append(args, "-")...); err != nil {
		failed, ok := err.(*Failed)
		if !ok {
			return err
		}
		f := fault.New(fault.Template, "the patch does not apply to the older version")
		f.Lines, f.Err = strings.Split(strings.TrimSpace(failed.Talk), "\n"), err
		return f.Try("make it of a project of that version: git diff")
	}
	_, err := r.git(ctx, nil, "commit", "--quiet", "--no-verify", "-m", message)
	return err
}
