package write

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"syscall"

	"scaffold/generator/fault"
)

func notEmpty(dir, first string) error {
	return fault.New(fault.NotEmpty, "%s is not empty: it holds %s", dir, first).
		Try("choose another directory, or add --force to write beside what is there")
}

// exists is for something that is where the project, or a part of it that
// cannot go elsewhere, has to be.
func exists(path string) error {
	return fault.New(fault.Exists, "%s is already there", path).Try("move it away, or choose another directory")
}

// changed is for a file that is not what the plan saw, and so stays.
func changed(path, how string) error {
	return fault.New(fault.Changed, "%s %s since it was looked at, so nothing was done", path, how).
		Try("run the command again: it starts from what is there now")
}

// busy is for a directory that another run is writing into; pid is its process,
// "" where that is unknown.
func busy(dir, pid string) error {
	by := "another run"
	if pid != "" {
		by = "process " + pid
	}
	return fault.New(fault.Busy, "%s is writing into %s", by, dir).Try("wait until it is done")
}

// isLink is for a symbolic link on the way to a destination. Links there are
// not followed, as nobody knows who made them.
func isLink(path string) error {
	return fault.New(fault.Unsafe, "%s is a link, and links are not followed", path).
		Try("name the directory that it leads to")
}

// classify turns what the system says about a disk into a fault that says what
// it means for a project in dir. Others it leaves as they are.
func classify(dir string, err error) error {
	switch {
	case err == nil, fault.Of(err) != nil:
		return err
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		f := fault.New(fault.Full, "no room left on the disk for %s", dir).
			Try("make room, or choose a directory on another disk")
		f.Err = err
		return f
	case fromDisk(err):
		return notWritable(dir, err)
	}
	return err
}

// notWritable is for a directory that the system does not let us write, for
// whatever reason but a full disk.
func notWritable(dir string, err error) error {
	reason := err
	if at, ok := errors.AsType[*fs.PathError](err); ok {
		reason = at.Err
	} else if errno, ok := errors.AsType[syscall.Errno](err); ok {
		reason = errno
	}
	f := fault.New(fault.NotWritable, "%s cannot be written: %v", dir, reason).
		Try("check the disk, or choose another directory")
	if errors.Is(err, fs.ErrPermission) {
		f.Hint = "check who may write there, or choose another directory"
	}
	f.Err = err
	return f
}

func fromDisk(err error) bool {
	if _, ok := errors.AsType[*fs.PathError](err); ok {
		return true
	}
	if _, ok := errors.AsType[*os.LinkError](err); ok {
		return true
	}
	_, ok := errors.AsType[syscall.Errno](err)
	return ok || errors.Is(err, io.ErrShortWrite)
}
