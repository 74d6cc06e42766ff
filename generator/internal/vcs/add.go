package vcs

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"

	"github.com/go-git/go-git/v5"
	"github.com/spf13/afero"

	"scaffold/generator/internal/tree"
)

// HasGit says whether there is a git on the PATH.
func HasGit() bool {
	_, err := exec.LookPath("git")
	return err == nil
}

// addByGit has git add files, which lie in root, a directory of the real disk,
// to the index of the repository there. It gives what git made of each.
func addByGit(ctx context.Context, root afero.Fs, repo *git.Repository, files []tree.Written, m Machine) ([]packed, error) {
	var args, paths []string
	for _, file := range m.Includes {
		args = append(args, "-c", "include.path="+file)
	}
	for _, f := range files {
		paths = append(paths, f.Path.String())
	}
	args = append(args, "-c", "index.version=2", "-c", "index.skipHash=false", "update-index", "--add", "-z", "--stdin")
	if _, err := gitIn(ctx, root.Name(), strings.NewReader(strings.Join(paths, "\x00")+"\x00"), args...); err != nil {
		return nil, err
	}
	index, err := repo.Storer.Index()
	if err != nil {
		return nil, fmt.Errorf("reading git's index: %w", err)
	}
	if len(index.Entries) != len(files) {
		return nil, errors.New("git added other files than it was asked to")
	}
	blobs := make([]packed, len(files))
	for i, entry := range index.Entries {
		if entry.Name != paths[i] {
			return nil, fmt.Errorf("git added %s, and not %s", entry.Name, paths[i])
		}
		blobs[i] = packed{id: entry.Hash}
	}
	return blobs, nil
}
