package write

import (
	"errors"
	"os"
	"path"

	"golang.org/x/sys/unix"
)

// RenameNoReplace renames in one step that fails where the new name is taken.
// File systems that do not know that flag get a look and a rename.
func (d *Dir) RenameNoReplace(oldname, newname string) error {
	err := d.renameat2(oldname, newname)
	if errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.EINVAL) {
		return renameIfFree(d, oldname, newname)
	}
	return err
}

func (d *Dir) renameat2(oldname, newname string) error {
	from, err := d.root.Open(path.Dir(oldname))
	if err != nil {
		return err
	}
	defer from.Close()
	to, err := d.root.Open(path.Dir(newname))
	if err != nil {
		return err
	}
	defer to.Close()
	err = unix.Renameat2(int(from.Fd()), path.Base(oldname), int(to.Fd()), path.Base(newname), unix.RENAME_NOREPLACE)
	if err != nil {
		return &os.LinkError{Op: "renameat2", Old: oldname, New: newname, Err: err}
	}
	return nil
}

// Sync writes out the whole file system that the directory is on: one call for
// any number of files.
func (d *Dir) Sync() error {
	f, err := d.root.Open(".")
	if err != nil {
		return err
	}
	defer f.Close()
	return os.NewSyscallError("syncfs", unix.Syncfs(int(f.Fd())))
}
