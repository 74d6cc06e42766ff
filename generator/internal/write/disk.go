package write

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"sync"

	"github.com/spf13/afero"
)

// A Disk is a file system that a project can be written to safely. Names are
// relative to its root and have slashes.
type Disk interface {
	afero.Fs
	afero.Symlinker
	io.Closer

	// Sub gives the disk as seen from one of its directories, to be closed on
	// its own.
	Sub(dir string) (Disk, error)

	// RenameNoReplace moves a file or a directory, and fails with an error
	// that is [fs.ErrExist] where something has the new name.
	RenameNoReplace(oldname, newname string) error

	// Lock makes a file and holds it until it is closed or the process ends,
	// whose id it writes there. Where another holds it, the error is [ErrLocked].
	Lock(name string) (io.Closer, error)

	// Sync returns when everything written so far survives a power cut, as
	// far as the system can say so.
	Sync() error
}

// ErrLocked says that someone else holds a lock.
var ErrLocked = errors.New("locked by another process")

// Over makes a disk of any file system. Its locks hold within the returned
// value, its renames are not atomic, and its Sync does nothing: it is for file
// systems in memory, not for a disk.
func Over(fsys afero.Fs) Disk {
	return &over{Fs: fsys, locks: new(locks), at: "."}
}

type over struct {
	afero.Fs
	locks *locks
	at    string // below the file system that Over was given
}

func (o *over) LstatIfPossible(name string) (fs.FileInfo, bool, error) {
	if l, ok := o.Fs.(afero.Lstater); ok {
		return l.LstatIfPossible(name)
	}
	info, err := o.Stat(name)
	return info, false, err
}

func (o *over) SymlinkIfPossible(oldname, newname string) error {
	if l, ok := o.Fs.(afero.Linker); ok {
		return l.SymlinkIfPossible(oldname, newname)
	}
	return &os.LinkError{Op: "symlink", Old: oldname, New: newname, Err: afero.ErrNoSymlink}
}

func (o *over) ReadlinkIfPossible(name string) (string, error) {
	if l, ok := o.Fs.(afero.LinkReader); ok {
		return l.ReadlinkIfPossible(name)
	}
	return "", &fs.PathError{Op: "readlink", Path: name, Err: afero.ErrNoReadlink}
}

func (o *over) Sub(dir string) (Disk, error) {
	if dir == "." {
		return o, nil // BasePathFs finds nothing below "."
	}
	return &over{Fs: afero.NewBasePathFs(o.Fs, dir), locks: o.locks, at: path.Join(o.at, dir)}, nil
}

func (o *over) RenameNoReplace(oldname, newname string) error {
	return renameIfFree(o, oldname, newname)
}

func (o *over) Lock(name string) (io.Closer, error) {
	full := path.Join(o.at, name)
	if !o.locks.take(full) {
		return nil, ErrLocked
	}
	f, err := o.Create(name)
	if err != nil {
		o.locks.free(full)
		return nil, err
	}
	_, _ = fmt.Fprint(f, os.Getpid())
	return closer(func() error { o.locks.free(full); return f.Close() }), nil
}

func (o *over) Sync() error  { return nil }
func (o *over) Close() error { return nil }

// renameIfFree renames after a look, for systems that cannot do both at once.
func renameIfFree(disk Disk, oldname, newname string) error {
	is, err := kindOf(disk, newname)
	if err != nil {
		return err
	}
	if is != nothing {
		return &os.LinkError{Op: "rename", Old: oldname, New: newname, Err: fs.ErrExist}
	}
	return disk.Rename(oldname, newname)
}

type closer func() error

func (c closer) Close() error { return c() }

// locks are the names that are held. The zero value holds none.
type locks struct{ held sync.Map }

func (l *locks) take(name string) bool { _, held := l.held.LoadOrStore(name, true); return !held }
func (l *locks) free(name string)      { l.held.Delete(name) }
