package vcs

import (
	"io/fs"
	"os"
	"path"
	"strings"

	"github.com/go-git/go-billy/v5"
	"github.com/go-git/go-billy/v5/helper/chroot"
	"github.com/spf13/afero"
)

// inside gives go-git a directory of root, as its own kind of file system.
// Links are not passed on: there are none in a repository that is being made.
func inside(root afero.Fs, dir string) billy.Filesystem {
	return chroot.New(bridge{root}, dir)
}

type bridge struct{ root afero.Fs }

// name makes a path of go-git's, which start at "/", one of the root's.
func name(path string) string {
	if rel := strings.TrimPrefix(path, "/"); rel != "" {
		return rel
	}
	return "."
}

func (b bridge) Create(path string) (billy.File, error) {
	return b.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o666)
}

func (b bridge) Open(path string) (billy.File, error) { return wrap(b.root.Open(name(path))) }

// OpenFile makes the directories above a file that it makes, as go-git expects:
// a branch may have slashes.
func (b bridge) OpenFile(file string, flag int, perm fs.FileMode) (billy.File, error) {
	if flag&os.O_CREATE != 0 {
		if err := b.root.MkdirAll(path.Dir(name(file)), 0o777); err != nil {
			return nil, err
		}
	}
	return wrap(b.root.OpenFile(name(file), flag, perm))
}

func (b bridge) Stat(path string) (fs.FileInfo, error) { return b.root.Stat(name(path)) }
func (b bridge) Rename(from, to string) error          { return b.root.Rename(name(from), name(to)) }
func (b bridge) Remove(path string) error              { return b.root.Remove(name(path)) }
func (b bridge) Join(elem ...string) string            { return strings.Join(elem, "/") }

func (b bridge) ReadDir(path string) ([]fs.FileInfo, error) { return afero.ReadDir(b.root, name(path)) }

func (b bridge) MkdirAll(path string, perm fs.FileMode) error {
	return b.root.MkdirAll(name(path), perm)
}

// unlocked is a file whose locks do nothing: nobody else knows of it yet.
type unlocked struct{ afero.File }

func (unlocked) Lock() error   { return nil }
func (unlocked) Unlock() error { return nil }

func wrap(f afero.File, err error) (billy.File, error) {
	if err != nil {
		return nil, err
	}
	return unlocked{f}, nil
}
