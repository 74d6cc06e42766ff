package vcs

import (
	"bytes"
	"crypto/sha1"
	"encoding/binary"
	"fmt"
	"path"
	"sort"
	"strings"

	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/spf13/afero"

	"scaffold/generator/internal/tree"
)

// A directory is a tree object with those below it.
type directory struct {
	name   string
	object packed
	files  int // in it and below
	below  []*directory
}

// newDirectory makes the tree of files that are in path order and all lie
// below prefix, which is empty or ends in a slash. Path order is the order of
// git's trees as well: they sort a directory as if its name ended in a slash.
func newDirectory(prefix string, files []tree.Written, blobs []packed) (*directory, error) {
	d := &directory{files: len(files)}
	if prefix != "" {
		d.name = path.Base(prefix)
	}
	var entries []object.TreeEntry
	for i := 0; i < len(files); {
		name, _, nested := strings.Cut(strings.TrimPrefix(files[i].Path.String(), prefix), "/")
		if !nested {
			mode, err := filemode.New(files[i].GitMode())
			if err != nil {
				return nil, err
			}
			entries = append(entries, object.TreeEntry{Name: name, Mode: mode, Hash: blobs[i].id})
			i++
			continue
		}
		end := i + run(files[i:], prefix+name+"/")
		sub, err := newDirectory(prefix+name+"/", files[i:end], blobs[i:end])
		if err != nil {
			return nil, err
		}
		d.below = append(d.below, sub)
		entries = append(entries, object.TreeEntry{Name: name, Mode: filemode.Dir, Hash: sub.object.id})
		i = end
	}
	var err error
	d.object, err = encode(&object.Tree{Entries: entries})
	return d, err
}

// run is how many files from the first on lie below prefix.
func run(files []tree.Written, prefix string) int {
	return sort.Search(len(files), func(i int) bool { return !strings.HasPrefix(files[i].Path.String(), prefix) })
}

// trees gives the objects of the directory and of all below it.
func (d *directory) trees() []packed {
	all := []packed{d.object}
	for _, sub := range d.below {
		all = append(all, sub.trees()...)
	}
	return all
}

// writeIndex writes the index of files that are in path order. It holds what
// the disk says about each, so that git need not read them, and the trees, if
// there are any, so that git need not compute them. See gitformat-index(5),
// version 2.
func writeIndex(root afero.Fs, files []tree.Written, blobs []packed, top *directory) error {
	const usual = 128 // bytes an entry
	var b bytes.Buffer
	b.Grow(usual * len(files))
	b.Write(binary.BigEndian.AppendUint32([]byte("DIRC\x00\x00\x00\x02"), uint32(len(files))))
	for i, f := range files {
		if err := writeEntry(&b, f, blobs[i]); err != nil {
			return err
		}
	}
	if top != nil {
		cached := top.cached(nil)
		b.Write(binary.BigEndian.AppendUint32([]byte("TREE"), uint32(len(cached))))
		b.Write(cached)
	}
	sum := sha1.Sum(b.Bytes())
	b.Write(sum[:])
	return afero.WriteFile(root, ".git/index", b.Bytes(), 0o666)
}

func writeEntry(b *bytes.Buffer, f tree.Written, blob packed) error {
	mode, err := filemode.New(f.GitMode())
	if err != nil {
		return err
	}
	s, name := f.Stamp, f.Path.String()
	from := b.Len()
	for _, field := range [10]uint32{
		s.ChangedSec, s.ChangedNano, s.ModifiedSec, s.ModifiedNano,
		s.Device, s.Inode, uint32(mode), s.User, s.Group, s.Size,
	} {
		b.Write(binary.BigEndian.AppendUint32(b.AvailableBuffer(), field))
	}
	b.Write(blob.id[:])
	const longest = 0xfff // the length's twelve bits; a longer name ends at its zero
	b.Write(binary.BigEndian.AppendUint16(b.AvailableBuffer(), uint16(min(len(name), longest))))
	b.WriteString(name)
	b.Write(make([]byte, 8-(b.Len()-from)%8)) // one to eight zeros
	return nil
}

// cached appends the directory to the index's TREE extension.
func (d *directory) cached(to []byte) []byte {
	to = fmt.Appendf(to, "%s\x00%d %d\n", d.name, d.files, len(d.below))
	to = append(to, d.object.id[:]...)
	for _, sub := range d.below {
		to = sub.cached(to)
	}
	return to
}
