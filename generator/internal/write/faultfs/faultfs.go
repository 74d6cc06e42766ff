// Package faultfs is a disk on which operations fail on request.
//
// It exists for tests, in the way of testing/iotest: nothing in the program
// imports it.
package faultfs

import (
	"errors"
	"io"
	"io/fs"
	"sync/atomic"
	"time"

	"github.com/spf13/afero"

	"scaffold/generator/internal/write"
)

// An Op is one operation on a disk that is about to happen.
type Op struct {
	N    int    // counted from 1 over the whole disk
	Name string // "mkdir", "write", "rename" …
	Path string // below the directory that it was called on
}

// ErrShort lets half of a write happen, where a hook gives it for one.
var ErrShort = errors.New("short write")

// Wrap gives disk with every operation announced to hook first. An error from
// hook is the operation's, which does not happen then.
func Wrap(disk write.Disk, hook func(Op) error) write.Disk {
	return &faulty{disk: disk, ops: &ops{hook: hook}}
}

type ops struct {
	n    atomic.Int64
	hook func(Op) error
}

func (o *ops) do(name, path string) error {
	err := o.hook(Op{N: int(o.n.Add(1)), Name: name, Path: path})
	if err == nil || errors.Is(err, ErrShort) {
		return err
	}
	return &fs.PathError{Op: name, Path: path, Err: err}
}

type faulty struct {
	disk write.Disk
	ops  *ops
}

// do announces an operation and then does it.
func (f *faulty) do(name, path string, run func() error) error {
	if err := f.ops.do(name, path); err != nil {
		return err
	}
	return run()
}

func (f *faulty) Name() string { return f.disk.Name() }
func (f *faulty) Close() error { return f.disk.Close() }

func (f *faulty) Create(name string) (afero.File, error) {
	return f.open("create", name, func() (afero.File, error) { return f.disk.Create(name) })
}

func (f *faulty) Open(name string) (afero.File, error) {
	return f.open("open", name, func() (afero.File, error) { return f.disk.Open(name) })
}

func (f *faulty) OpenFile(name string, flag int, perm fs.FileMode) (afero.File, error) {
	op := "open"
	if flag != 0 {
		op = "create"
	}
	return f.open(op, name, func() (afero.File, error) { return f.disk.OpenFile(name, flag, perm) })
}

func (f *faulty) open(op, name string, run func() (afero.File, error)) (afero.File, error) {
	if err := f.ops.do(op, name); err != nil {
		return nil, err
	}
	opened, err := run()
	if err != nil {
		return nil, err
	}
	return &file{File: opened, ops: f.ops}, nil
}

func (f *faulty) Mkdir(name string, perm fs.FileMode) error {
	return f.do("mkdir", name, func() error { return f.disk.Mkdir(name, perm) })
}

func (f *faulty) MkdirAll(name string, perm fs.FileMode) error {
	return f.do("mkdir", name, func() error { return f.disk.MkdirAll(name, perm) })
}

func (f *faulty) Remove(name string) error {
	return f.do("remove", name, func() error { return f.disk.Remove(name) })
}

func (f *faulty) RemoveAll(name string) error {
	return f.do("remove", name, func() error { return f.disk.RemoveAll(name) })
}

func (f *faulty) Rename(oldname, newname string) error {
	return f.do("rename", newname, func() error { return f.disk.Rename(oldname, newname) })
}

func (f *faulty) RenameNoReplace(oldname, newname string) error {
	return f.do("rename", newname, func() error { return f.disk.RenameNoReplace(oldname, newname) })
}

func (f *faulty) Stat(name string) (info fs.FileInfo, err error) {
	err = f.do("stat", name, func() error { info, err = f.disk.Stat(name); return err })
	return info, err
}

func (f *faulty) LstatIfPossible(name string) (info fs.FileInfo, ok bool, err error) {
	err = f.do("stat", name, func() error { info, ok, err = f.disk.LstatIfPossible(name); return err })
	return info, ok, err
}

func (f *faulty) SymlinkIfPossible(oldname, newname string) error {
	return f.do("symlink", newname, func() error { return f.disk.SymlinkIfPossible(oldname, newname) })
}

func (f *faulty) ReadlinkIfPossible(name string) (to string, err error) {
	err = f.do("readlink", name, func() error { to, err = f.disk.ReadlinkIfPossible(name); return err })
	return to, err
}

func (f *faulty) Chmod(name string, mode fs.FileMode) error {
	return f.do("chmod", name, func() error { return f.disk.Chmod(name, mode) })
}

func (f *faulty) Chown(name string, uid, gid int) error {
	return f.do("chown", name, func() error { return f.disk.Chown(name, uid, gid) })
}

func (f *faulty) Chtimes(name string, atime, mtime time.Time) error {
	return f.do("chtimes", name, func() error { return f.disk.Chtimes(name, atime, mtime) })
}

func (f *faulty) Sync() error { return f.do("sync", ".", f.disk.Sync) }

func (f *faulty) Sub(dir string) (sub write.Disk, err error) {
	err = f.do("open", dir, func() error { sub, err = f.disk.Sub(dir); return err })
	if err != nil {
		return nil, err
	}
	return &faulty{disk: sub, ops: f.ops}, nil
}

func (f *faulty) Lock(name string) (lock io.Closer, err error) {
	err = f.do("create", name, func() error { lock, err = f.disk.Lock(name); return err })
	return lock, err
}

// A file is an open one; reading it is not announced.
type file struct {
	afero.File
	ops *ops
}

func (f *file) Write(p []byte) (int, error) {
	err := f.ops.do("write", f.Name())
	if errors.Is(err, ErrShort) {
		n, _ := f.File.Write(p[:len(p)/2])
		return n, io.ErrShortWrite
	}
	if err != nil {
		return 0, err
	}
	return f.File.Write(p)
}

func (f *file) WriteString(s string) (int, error) { return f.Write([]byte(s)) }

func (f *file) Close() error {
	err := f.ops.do("close", f.Name())
	return errors.Join(err, f.File.Close())
}

func (f *file) Stat() (fs.FileInfo, error) {
	if err := f.ops.do("stat", f.Name()); err != nil {
		return nil, err
	}
	return f.File.Stat()
}

func (f *file) Readdirnames(n int) ([]string, error) {
	if err := f.ops.do("readdir", f.Name()); err != nil {
		return nil, err
	}
	return f.File.Readdirnames(n)
}

func (f *file) Readdir(n int) ([]fs.FileInfo, error) {
	if err := f.ops.do("readdir", f.Name()); err != nil {
		return nil, err
	}
	return f.File.Readdir(n)
}

func (f *file) Truncate(size int64) error {
	if err := f.ops.do("truncate", f.Name()); err != nil {
		return err
	}
	return f.File.Truncate(size)
}

func (f *file) Sync() error {
	if err := f.ops.do("sync", f.Name()); err != nil {
		return err
	}
	return f.File.Sync()
}
