package repo

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"

	"scaffold/generator/fault"
)

// unhidden refuses changes in files that git was told not to look at
// (git-update-index(1), --skip-worktree and --assume-unchanged): its status does
// not have them, and an update would write over them.
func (r *Repo) unhidden(ctx context.Context) error {
	out, err := r.git(ctx, nil, append([]string{"ls-files", "-v", "-s", "-z", "--"}, r.scope()...)...)
	if err != nil {
		return err
	}
	var changed []string
	for line := range strings.SplitSeq(strings.TrimSuffix(string(out), "\x00"), "\x00") {
		meta, name, ok := strings.Cut(line, "\t")
		fields := strings.Fields(meta) // H 100644 ID 0
		if !ok || len(fields) != 4 || strings.Contains("HMRCK", fields[0]) {
			continue
		}
		same, err := r.holds(ctx, name, Entry{Mode: fields[1], ID: fields[2]})
		if err != nil {
			return err
		}
		if !same {
			changed = append(changed, strings.TrimPrefix(name, r.Prefix))
		}
	}
	if len(changed) == 0 {
		return nil
	}
	return &fault.Fault{
		Kind: fault.Unclean, Message: "files that git was told not to look at have changes that are not committed", Lines: few(changed),
		Hint: "let git look at them, and commit or stash: git update-index --no-skip-worktree --no-assume-unchanged FILE",
	}
}

// holds says whether the work tree has at a path, from the top, what git stores.
func (r *Repo) holds(ctx context.Context, name string, e Entry) (bool, error) {
	at := filepath.Join(r.Top, filepath.FromSlash(name))
	info, err := os.Lstat(at)
	if err != nil || e.Mode == "120000" != (info.Mode()&os.ModeSymlink != 0) {
		return false, nil
	}
	args, data := []string{"hash-object", "--stdin"}, []byte(nil)
	if e.Mode == "120000" {
		target, err := os.Readlink(at)
		if err != nil {
			return false, err
		}
		data = []byte(target)
	} else {
		args = append(args, "--path="+name)
		if data, err = os.ReadFile(at); err != nil {
			return false, err
		}
	}
	id, err := r.git(ctx, data, args...)
	return string(bytes.TrimSpace(id)) == e.ID, err
}
