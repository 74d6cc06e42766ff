package mcp

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"scaffold/generator/fault"
)

// A root is the directory that bounds what is written: absolute, and without
// links.
type root string

func openRoot(dir string) (root, error) {
	real, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return "", fault.New(fault.Destination, "%s cannot be the root: %v", dir, reason(err)).Try("name a directory that is there: scaffold mcp --root DIR")
	}
	if info, err := os.Stat(real); err != nil || !info.IsDir() {
		return "", fault.New(fault.Destination, "%s is not a directory", dir).Try("name a directory: scaffold mcp --root DIR")
	}
	return root(real), nil
}

// reason is an error of the operating system without its path.
func reason(err error) error {
	if path := (*fs.PathError)(nil); errors.As(err, &path) {
		return path.Err
	}
	return err
}

// place is the directory that an argument names, without links, so that what was
// looked at is what is written to. It is refused where it is not below the root.
func (r root) place(arg string) (string, error) {
	if arg == "" || strings.ContainsRune(arg, 0) {
		return "", fault.New(fault.Usage, "directory is empty, or no path").Try(`name a directory below ` + string(r) + `, or "." for this one`)
	}
	path := filepath.Clean(filepath.FromSlash(arg))
	if !filepath.IsAbs(path) {
		path = filepath.Join(string(r), path)
	}
	real, err := resolve(path)
	if err != nil {
		return "", fault.New(fault.Unsafe, "%s cannot be followed: %v", arg, reason(err)).Try("name a directory without links")
	}
	if !r.holds(real) {
		return "", fault.New(fault.Unsafe, "%s is outside of %s, and nothing is written there", arg, string(r)).
			Try("name a directory below it; whoever starts the server chooses another by scaffold mcp --root DIR")
	}
	return real, nil
}

// holds reports whether a path without links is the root or below it.
func (r root) holds(path string) bool {
	rel, err := filepath.Rel(string(r), path)
	return err == nil && filepath.IsLocal(rel)
}

// resolve follows the links of what is there of a path.
func resolve(path string) (string, error) {
	if _, err := os.Lstat(path); err == nil || !errors.Is(err, fs.ErrNotExist) {
		return filepath.EvalSymlinks(path)
	}
	above, err := resolve(filepath.Dir(path))
	return filepath.Join(above, filepath.Base(path)), err
}

// repository refuses a project that is in a repository whose own directory is
// elsewhere, as of a linked work tree, or of one that begins above the root: an
// update writes there.
func (r root) repository(dir string) error {
	for at := dir; ; at = filepath.Dir(at) {
		if _, err := os.Lstat(filepath.Join(at, ".git")); err == nil {
			return r.ownRepository(at)
		}
		if filepath.Dir(at) == at {
			return nil
		}
	}
}

// ownRepository is repository for what a directory itself has of one: a new
// project's first commit goes there.
func (r root) ownRepository(dir string) error {
	git := filepath.Join(dir, ".git")
	if _, err := os.Lstat(git); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if there, err := gitDir(git); err != nil || !r.holds(there) {
		return fault.New(fault.Unsafe, "the repository of %s is outside of %s", dir, string(r)).
			Try("whoever starts the server names a root that holds it: scaffold mcp --root DIR")
	}
	return nil
}

// gitDir is where a .git leads: it is a directory, or a file that names one.
func gitDir(path string) (string, error) {
	info, err := os.Stat(path)
	if err == nil && info.Mode().IsRegular() {
		data, err := os.ReadFile(path)
		if err != nil {
			return "", err
		}
		named := strings.TrimSpace(strings.TrimPrefix(string(data), "gitdir:"))
		if path = filepath.Join(filepath.Dir(path), named); filepath.IsAbs(named) {
			path = named
		}
	}
	return filepath.EvalSymlinks(path)
}

// read reads a small file below the root.
func (r root) read(name string) ([]byte, error) {
	dir, err := os.OpenRoot(string(r))
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	if filepath.IsAbs(name) {
		if name, err = filepath.Rel(string(r), name); err != nil {
			return nil, err
		}
	}
	return dir.ReadFile(name)
}
