package write

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"time"

	"github.com/spf13/afero"
)

// A Dir is a directory of the real disk. Nothing that it does reaches outside
// of it, whatever links lie in the way (see [os.Root]).
type Dir struct {
	root *os.Root
}

// OpenDir opens a directory, which must exist. A link that is dir itself is
// followed.
func OpenDir(dir string) (*Dir, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, classify(dir, err)
	}
	return &Dir{root: root}, nil
}

// OpenAbove opens the deepest existing directory above target, and gives the
// rest of the way as a name for [Job]. The last element of target is never
// part of what is opened, so that a link there is seen; only where that is "."
// or "..", or target is the top of the disk, target itself is opened and the
// name is ".".
func OpenAbove(target string) (dir *Dir, name string, err error) {
	above, name := filepath.Split(filepath.Clean(target))
	if name == "" || name == "." || name == ".." {
		dir, err = OpenDir(target)
		return dir, ".", err
	}
	for {
		above = filepath.Clean(above) // "." for nothing
		dir, err = OpenDir(above)
		if !errors.Is(err, fs.ErrNotExist) || above == filepath.Dir(above) {
			return dir, name, err
		}
		name = path.Join(filepath.Base(above), name)
		above = filepath.Dir(above)
	}
}

// Close lets the directory go.
func (d *Dir) Close() error { return d.root.Close() }

// Name is the directory's.
func (d *Dir) Name() string { return d.root.Name() }

// Create makes a file, or empties it.
func (d *Dir) Create(name string) (afero.File, error) {
	return d.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o666)
}

// Open opens a file or directory for reading.
func (d *Dir) Open(name string) (afero.File, error) { return d.OpenFile(name, os.O_RDONLY, 0) }

// OpenFile is [os.Root.OpenFile].
func (d *Dir) OpenFile(name string, flag int, perm fs.FileMode) (afero.File, error) {
	f, err := d.root.OpenFile(name, flag, perm.Perm())
	if err != nil {
		return nil, err // not f: an interface around a nil file is not nil
	}
	return f, nil
}

// Mkdir is [os.Root.Mkdir], for modes that have more than permissions as well:
// [os.Mkdir] takes them, and so do its callers.
func (d *Dir) Mkdir(name string, perm fs.FileMode) error { return d.root.Mkdir(name, perm.Perm()) }

// MkdirAll is [os.Root.MkdirAll], for the same modes as Mkdir.
func (d *Dir) MkdirAll(name string, perm fs.FileMode) error {
	return d.root.MkdirAll(name, perm.Perm())
}

// Remove is [os.Root.Remove].
func (d *Dir) Remove(name string) error { return d.root.Remove(name) }

// RemoveAll is [os.Root.RemoveAll].
func (d *Dir) RemoveAll(name string) error { return d.root.RemoveAll(name) }

// Rename is [os.Root.Rename].
func (d *Dir) Rename(oldname, newname string) error { return d.root.Rename(oldname, newname) }

// Stat is [os.Root.Stat].
func (d *Dir) Stat(name string) (fs.FileInfo, error) { return d.root.Stat(name) }

// Chmod is [os.Root.Chmod].
func (d *Dir) Chmod(name string, mode fs.FileMode) error { return d.root.Chmod(name, mode) }

// Chown is [os.Root.Chown].
func (d *Dir) Chown(name string, uid, gid int) error { return d.root.Chown(name, uid, gid) }

// Chtimes is [os.Root.Chtimes].
func (d *Dir) Chtimes(name string, atime, mtime time.Time) error {
	return d.root.Chtimes(name, atime, mtime)
}

// LstatIfPossible is [os.Root.Lstat].
func (d *Dir) LstatIfPossible(name string) (fs.FileInfo, bool, error) {
	info, err := d.root.Lstat(name)
	return info, true, err
}

// SymlinkIfPossible is [os.Root.Symlink].
func (d *Dir) SymlinkIfPossible(oldname, newname string) error {
	return d.root.Symlink(oldname, newname)
}

// ReadlinkIfPossible is [os.Root.Readlink].
func (d *Dir) ReadlinkIfPossible(name string) (string, error) { return d.root.Readlink(name) }

// Sub opens a directory below this one.
func (d *Dir) Sub(dir string) (Disk, error) {
	root, err := d.root.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	return &Dir{root: root}, nil
}

// Lock takes a lock that ends with the process, whose id is in the file. It makes sure that the file it
// holds is still the one of that name: another run may have removed it while
// we waited for the system.
func (d *Dir) Lock(name string) (io.Closer, error) {
	f, err := d.root.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := d.hold(f, name); err != nil {
		f.Close()
		return nil, err
	}
	return closer(func() error { return errors.Join(unlock(f), f.Close()) }), nil
}

func (d *Dir) hold(f *os.File, name string) error {
	if err := tryLock(f); err != nil {
		return err
	}
	held, err := f.Stat()
	if err != nil {
		return err
	}
	named, err := d.root.Lstat(name)
	if err != nil {
		return err
	}
	if !os.SameFile(held, named) {
		return ErrLocked
	}
	_ = f.Truncate(0) // the lock holds all the same, also on a disk that is full
	_, _ = fmt.Fprint(f, os.Getpid())
	return nil
}
