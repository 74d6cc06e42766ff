package projecttest

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"scaffold/internal/testenv"
)

// Install gives the project what its lock names. The first project with a lock
// runs its own command; the others get links to the same files, in directories
// of their own.
func (p *Project) Install(t *testing.T) {
	t.Helper()
	kept := p.kept(t)
	if _, err := os.Stat(kept); err != nil {
		p.Run(t, testenv.Env(), p.Template.Language.install...)
		p.Keep(t)
		return
	}
	now := time.Now()
	if err := os.Chtimes(kept, now, now); err != nil { // scripts/setup removes what is no longer used
		t.Fatal(err)
	}
	here := filepath.Join(p.Dir, p.Template.Language.environment)
	if err := link(kept, here, here); err != nil {
		t.Fatal(err)
	}
}

// Keep keeps what the project has installed for others with the same lock.
func (p *Project) Keep(t *testing.T) {
	t.Helper()
	kept := p.kept(t)
	if _, err := os.Stat(kept); err == nil {
		return
	}
	parent := filepath.Dir(kept)
	if err := os.MkdirAll(parent, 0o755); err != nil {
		t.Fatal(err)
	}
	made, err := os.MkdirTemp(parent, ".new-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(made)
	tree := filepath.Join(made, "tree")
	if err := link(filepath.Join(p.Dir, p.Template.Language.environment), tree, kept); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(tree, kept); err != nil && !errors.Is(err, fs.ErrExist) { // another process was quicker
		t.Fatal(err)
	}
}

// kept is where the environment of the project's lock is.
func (p *Project) kept(t *testing.T) string {
	t.Helper()
	return filepath.Join(testenv.Root(), ".cache", "env", p.Template.Name+"-"+p.lock(t))
}

// link makes target a tree of hard links to the files of source. What lies at
// its top says what is installed and where, and is written again by the project's
// own commands: that is copied, and names place instead of source.
func link(source, target, place string) error {
	return filepath.WalkDir(source, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(source, path)
		if err != nil {
			return err
		}
		to := filepath.Join(target, rel)
		switch {
		case d.IsDir():
			return os.MkdirAll(to, 0o755)
		case d.Type()&fs.ModeSymlink != 0:
			points, err := os.Readlink(path)
			if err != nil {
				return err
			}
			return os.Symlink(points, to)
		case strings.ContainsRune(rel, filepath.Separator) && os.Link(path, to) == nil:
			return nil
		}
		return copyFile(path, to, source, place)
	})
}

// copyFile is for a top, and for a file that is on another disk than its target.
func copyFile(path, to, source, place string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if filepath.Dir(path) == source {
		data = bytes.ReplaceAll(data, []byte(source), []byte(place))
	}
	return os.WriteFile(to, data, info.Mode().Perm())
}
