package source

import (
	"errors"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"scaffold/generator"
	"scaffold/generator/manifest"
)

// A union is the file system of a chain of templates. Below files/ and partials/
// a file replaces those of lower layers that give the same name, with .tmpl or
// without; all else is that of the last layer.
type union struct {
	layers []fs.FS
	shown  map[string]entry
	dirs   map[string][]string // the names in each folder below files/ and partials/
	gifts  map[string][]gift   // by name without .tmpl, the lowest layer first
}

// An entry is a file or a link of one of the layers.
type entry struct {
	fs.DirEntry
	layer int
}

// A gift is a layer's file of some name, shown or replaced.
type gift struct {
	layer int
	path  string
}

func newUnion() *union {
	return &union{shown: map[string]entry{}, dirs: map[string][]string{}, gifts: map[string][]gift{}}
}

// add lays a template's files over those that are there. A file where a folder
// is, or the other way round, is a [*clashError].
func (u *union) add(fsys fs.FS) error {
	u.layers = append(u.layers, fsys)
	for _, root := range []string{manifest.FilesDir, manifest.PartialsDir} {
		info, err := fs.Lstat(fsys, root)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case err != nil:
			return err
		case !info.IsDir():
			return &clashError{root}
		}
		err = fs.WalkDir(fsys, root, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			return u.show(name, d)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// show adds a file of the last layer and hides those that it replaces.
func (u *union) show(name string, d fs.DirEntry) error {
	last, key := len(u.layers)-1, strings.TrimSuffix(name, manifest.Suffix)
	for _, g := range u.gifts[key] {
		if g.layer < last && g.path != name {
			delete(u.shown, g.path)
			u.unlist(g.path)
		}
	}
	u.gifts[key] = append(u.gifts[key], gift{last, name})
	if _, folder := u.dirs[name]; folder {
		return &clashError{name}
	}
	u.shown[name] = entry{d, last}
	return u.list(name)
}

// list enters a path into its folder, and that into the one above.
func (u *union) list(name string) error {
	dir, base := path.Split(name)
	dir = path.Clean(dir)
	if _, file := u.shown[dir]; file {
		return &clashError{dir}
	}
	known := u.dirs[dir]
	if !slices.Contains(known, base) {
		u.dirs[dir] = append(known, base)
	}
	if dir == "." || len(known) > 0 {
		return nil
	}
	return u.list(dir)
}

func (u *union) unlist(name string) {
	dir, base := path.Split(name)
	dir = path.Clean(dir)
	u.dirs[dir] = slices.DeleteFunc(u.dirs[dir], func(n string) bool { return n == base })
}

// generated lists the source paths below files/, sorted.
func (u *union) generated() []string {
	var list []string
	for _, name := range slices.Sorted(maps.Keys(u.shown)) {
		if below, ok := strings.CutPrefix(name, manifest.FilesDir+"/"); ok {
			list = append(list, below)
		}
	}
	return list
}

// origins lists, for each path that shows, the layers that give it, from the
// base.
func (u *union) origins() generator.Origins {
	all := make(generator.Origins, len(u.shown))
	for name := range u.shown {
		for _, g := range u.gifts[strings.TrimSuffix(name, manifest.Suffix)] {
			if !slices.Contains(all[name], g.layer) {
				all[name] = append(all[name], g.layer)
			}
		}
	}
	return all
}

// rest reports a path that the last layer answers for alone.
func (u *union) rest(name string) bool {
	first, _, _ := strings.Cut(name, "/")
	return first != "." && first != manifest.FilesDir && first != manifest.PartialsDir
}

func (u *union) last() fs.FS { return u.layers[len(u.layers)-1] }

// Open opens a file of the layer that shows it; links are followed in there.
func (u *union) Open(name string) (fs.File, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	if u.rest(name) {
		return u.last().Open(name)
	}
	if f, ok := u.shown[name]; ok {
		return u.layers[f.layer].Open(name)
	}
	list, err := u.ReadDir(name)
	if err != nil {
		return nil, err
	}
	return &openDir{FileInfo: folder(path.Base(name)), list: list}, nil
}

// ReadDir lists a folder, sorted.
func (u *union) ReadDir(name string) ([]fs.DirEntry, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: fs.ErrInvalid}
	}
	if u.rest(name) {
		return fs.ReadDir(u.last(), name)
	}
	names, ok := u.dirs[name]
	if !ok && name != "." {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: fs.ErrNotExist}
	}
	var list []fs.DirEntry
	for _, n := range names {
		if f, ok := u.shown[path.Join(name, n)]; ok {
			list = append(list, f.DirEntry)
		} else {
			list = append(list, fs.FileInfoToDirEntry(folder(n)))
		}
	}
	if name == "." {
		top, err := fs.ReadDir(u.last(), ".")
		if err != nil {
			return nil, err
		}
		list = append(list, slices.DeleteFunc(top, func(d fs.DirEntry) bool { return !u.rest(d.Name()) })...)
	}
	slices.SortFunc(list, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return list, nil
}

// Lstat describes a file without following it, if it is a link.
func (u *union) Lstat(name string) (fs.FileInfo, error) {
	if u.rest(name) {
		return fs.Lstat(u.last(), name)
	}
	if f, ok := u.shown[name]; ok {
		return fs.Lstat(u.layers[f.layer], name)
	}
	if _, ok := u.dirs[name]; ok || name == "." {
		return folder(path.Base(name)), nil
	}
	return nil, &fs.PathError{Op: "lstat", Path: name, Err: fs.ErrNotExist}
}

// ReadLink gives the target of a link.
func (u *union) ReadLink(name string) (string, error) {
	if f, ok := u.shown[name]; ok {
		return fs.ReadLink(u.layers[f.layer], name)
	}
	return fs.ReadLink(u.last(), name)
}

// A folder describes a directory that several layers may share.
type folder string

func (f folder) Name() string     { return string(f) }
func (folder) Size() int64        { return 0 }
func (folder) Mode() fs.FileMode  { return fs.ModeDir | 0o755 }
func (folder) ModTime() time.Time { return time.Time{} }
func (folder) IsDir() bool        { return true }
func (folder) Sys() any           { return nil }

// An openDir is such a directory while it is read.
type openDir struct {
	fs.FileInfo
	list []fs.DirEntry
}

func (d *openDir) Stat() (fs.FileInfo, error) { return d.FileInfo, nil }
func (d *openDir) Close() error               { return nil }

func (d *openDir) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: d.Name(), Err: errors.New("is a directory")}
}

// ReadDir gives the next n entries, or all that are left.
func (d *openDir) ReadDir(n int) ([]fs.DirEntry, error) {
	if n > 0 && len(d.list) == 0 {
		return nil, io.EOF
	}
	if n <= 0 || n > len(d.list) {
		n = len(d.list)
	}
	next := d.list[:n]
	d.list = d.list[n:]
	return next, nil
}

// A clashError reports a path that is a file in one template of a chain and a
// folder in another.
type clashError struct{ path string }

func (e *clashError) Error() string {
	return e.path + " is a file in one template of the chain, and a folder in another"
}
