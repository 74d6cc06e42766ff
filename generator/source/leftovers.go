package source

import (
	"bytes"
	"io/fs"
	"path"
	"slices"
	"strings"

	"scaffold/generator/fault"
	"scaffold/generator/manifest"
)

// leftovers are what editors, interpreters, systems and git leave in a
// directory; they are never part of a template. A manifest's ignore adds more.
var leftovers = []string{"__pycache__", "*.pyc", ".DS_Store", "Thumbs.db", "*.swp", "*.swo", "*~", "node_modules", ".git"}

// A pruned is a file system without some of its entries, which are as if they
// were not there.
type pruned struct {
	fs.FS
	globs []string
}

// prune hides what the globs match: one without a slash is a name in any folder,
// another one a path from the root.
func prune(fsys fs.FS, globs []string) fs.FS {
	if len(globs) == 0 {
		return fsys
	}
	return &pruned{fsys, globs}
}

// hides reports whether a path, or a folder that it is in, is matched.
func (p *pruned) hides(name string) bool {
	for at := name; at != "." && at != "/"; at = path.Dir(at) {
		if p.matches(at) {
			return true
		}
	}
	return false
}

func (p *pruned) matches(name string) bool {
	return slices.ContainsFunc(p.globs, func(glob string) bool {
		if glob = strings.TrimSuffix(glob, "/"); !strings.Contains(glob, "/") {
			return manifest.Match(glob, path.Base(name))
		}
		return manifest.Match(glob, name)
	})
}

func (p *pruned) absent(op, name string) error {
	if fs.ValidPath(name) && p.hides(name) {
		return &fs.PathError{Op: op, Path: name, Err: fs.ErrNotExist}
	}
	return nil
}

// Open opens what is not hidden.
func (p *pruned) Open(name string) (fs.File, error) {
	if err := p.absent("open", name); err != nil {
		return nil, err
	}
	file, err := p.FS.Open(name)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err != nil || !info.IsDir() {
		return file, err
	}
	file.Close()
	list, err := p.ReadDir(name)
	return &openDir{FileInfo: info, list: list}, err
}

// ReadDir lists what is not hidden in a folder.
func (p *pruned) ReadDir(name string) ([]fs.DirEntry, error) {
	if err := p.absent("readdir", name); err != nil {
		return nil, err
	}
	list, err := fs.ReadDir(p.FS, name)
	return slices.DeleteFunc(list, func(d fs.DirEntry) bool { return p.matches(path.Join(name, d.Name())) }), err
}

// ReadFile reads a file that is not hidden.
func (p *pruned) ReadFile(name string) ([]byte, error) {
	if err := p.absent("open", name); err != nil {
		return nil, err
	}
	return fs.ReadFile(p.FS, name)
}

// Stat describes what is not hidden, links followed.
func (p *pruned) Stat(name string) (fs.FileInfo, error) {
	if err := p.absent("stat", name); err != nil {
		return nil, err
	}
	return fs.Stat(p.FS, name)
}

// Lstat describes what is not hidden.
func (p *pruned) Lstat(name string) (fs.FileInfo, error) {
	if err := p.absent("lstat", name); err != nil {
		return nil, err
	}
	return fs.Lstat(p.FS, name)
}

// ReadLink gives the target of a link that is not hidden.
func (p *pruned) ReadLink(name string) (string, error) {
	if err := p.absent("readlink", name); err != nil {
		return "", err
	}
	return fs.ReadLink(p.FS, name)
}

// The start of a pointer of Git LFS, and the most that one has
// (https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md).
const (
	lfsStart = "version https://git-lfs.github.com/spec/"
	lfsSize  = 1024
)

// checkPointers refuses a template in which pointers of Git LFS stand in place
// of files: a project would get the pointers.
func checkPointers(fsys fs.FS, source string) error {
	var found []string
	for _, dir := range []string{manifest.FilesDir, manifest.PartialsDir} {
		err := fs.WalkDir(fsys, dir, func(name string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return nil // who reads it says so
			}
			info, err := d.Info()
			if err != nil || info.Size() > lfsSize {
				return nil
			}
			if data, err := fs.ReadFile(fsys, name); err == nil && bytes.HasPrefix(data, []byte(lfsStart)) {
				found = append(found, name)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	if len(found) == 0 {
		return nil
	}
	f := fault.New(fault.Template, "%s is a pointer of Git LFS, not the file itself", found[0])
	f.Place, f.Lines = fault.Place{File: source + "/" + found[0]}, found[1:min(len(found), 10)]
	if IsAddress(source) {
		return f.Try("sources are read without Git LFS: clone the repository, run `git lfs pull` in it and name the directory, or keep the file in git itself")
	}
	return f.Try("run `git lfs pull` in the template's repository")
}
