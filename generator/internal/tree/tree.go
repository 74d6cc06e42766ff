// Package tree holds a project as an ordered set of files.
//
// A [Tree] is what the render step produces and what the write step puts on
// disk. It does no I/O of its own.
package tree

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"iter"
	"slices"

	"scaffold/generator/internal/aside"
)

// A File is one file of a project.
type File struct {
	Path   Rel
	Mode   fs.FileMode // 0o644 or 0o755; fs.ModeSymlink for a link
	Data   []byte      // the content, unless it is kept aside: see Bytes; for a link, its target
	Source string      // where it comes from, as a person would name it: files/README.md.tmpl
	Layer  string      // the template that gave it

	Aside *aside.Content // in place of Data
}

// A Written is a file that is on disk, with what the disk says about it.
type Written struct {
	File
	Stamp Stamp
}

// Tree is a set of files in path order. The zero value is an empty tree.
type Tree struct{ files []File }

// New builds a tree. Two files on one path, paths that differ only in case or
// in Unicode form, and a file where another needs a directory are refused with
// a [*CollisionError].
func New(files ...File) (Tree, error) {
	sorted := slices.Clone(files)
	slices.SortStableFunc(sorted, func(a, b File) int { return cmp.Compare(a.Path.String(), b.Path.String()) })
	if err := collisions(sorted); err != nil {
		return Tree{}, err
	}
	return Tree{files: sorted}, nil
}

// Files returns the files in path order, so that everything built from a tree
// is reproducible. The slice is the caller's; the bytes are shared.
func (t Tree) Files() []File { return slices.Clone(t.files) }

// All gives them one after the other, for who keeps none.
func (t Tree) All() iter.Seq[File] { return slices.Values(t.files) }

// Each gives the tree with each file as change leaves it, which moves none.
func (t Tree) Each(change func(*File)) Tree {
	files := slices.Clone(t.files)
	for i := range files {
		change(&files[i])
	}
	return Tree{files: files}
}

// Len is the number of files.
func (t Tree) Len() int { return len(t.files) }

// Size is the sum of the files' sizes in bytes.
func (t Tree) Size() int64 {
	var n int64
	for _, f := range t.files {
		n += f.Size()
	}
	return n
}

// Lookup finds a file by its path.
func (t Tree) Lookup(path string) (File, bool) {
	i, ok := slices.BinarySearchFunc(t.files, path, func(f File, p string) int { return cmp.Compare(f.Path.String(), p) })
	if !ok {
		return File{}, false
	}
	return t.files[i], true
}

// Digest identifies the whole tree, see [Digest].
func (t Tree) Digest() string { return Digest(t.files) }

// Digest identifies files that are in path order: "sha256:" and the hash over
// each one's path, mode and content digest.
func Digest(files []File) string {
	h := sha256.New()
	var line []byte
	for _, f := range files {
		line = append(append(line[:0], f.Path.path...), 0)
		line = append(append(line, f.GitMode()...), 0)
		h.Write(append(append(line, f.Sum()...), '\n'))
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil))
}

// Bytes gives the file's content, not to be changed. What is kept aside is read
// into the buffer where there is one, and holds until that is used again.
func (f File) Bytes(b *aside.Buffer) ([]byte, error) {
	if f.Aside == nil {
		return f.Data, nil
	}
	return f.Aside.Bytes(b)
}

// Size is the content's, in bytes.
func (f File) Size() int64 {
	if f.Aside == nil {
		return int64(len(f.Data))
	}
	return int64(f.Aside.Size())
}

// Sum is the hex SHA-256 of the file's content.
func (f File) Sum() string {
	if f.Aside == nil {
		sum := sha256.Sum256(f.Data)
		return hex.EncodeToString(sum[:])
	}
	sum := f.Aside.Sum()
	return hex.EncodeToString(sum[:])
}

// GitMode is the file's mode as git writes it: 100644, 100755 or 120000.
func (f File) GitMode() string {
	switch {
	case f.Mode&fs.ModeSymlink != 0:
		return "120000"
	case f.Mode&0o111 != 0:
		return "100755"
	default:
		return "100644"
	}
}
