package source

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/plumbing/storer"

	"scaffold/generator/internal/tree"
)

// An exporter writes a folder of a commit into an archive. Nothing is written
// to a disk here, and nothing but plain files is taken.
type exporter struct {
	ref     string
	store   storer.EncodedObjectStorer
	limits  Limits
	files   []exported
	entries int // walked, folders too
	size    int64
}

type exported struct {
	path string
	exec bool
	blob plumbing.Hash
	size int64
}

// missing reports an object that the repository lacks, as a shallow or partial
// clone does.
func (e *exporter) missing(path string, err error) error {
	return caused(unavailable(e.ref, "an object of it cannot be read: "+quoted(path), "name a repository that is whole"), err)
}

// export gives the archive of a folder of a commit.
func export(ref Reference, store storer.EncodedObjectStorer, commit plumbing.Hash, limits Limits) ([]byte, error) {
	c, err := object.GetCommit(store, commit)
	if err != nil {
		return nil, caused(unavailable(ref.String(), fmt.Sprintf("commit %.12s cannot be read", commit), "check the ref"), err)
	}
	root, err := c.Tree()
	if err == nil && ref.Subdir != "" {
		root, err = root.Tree(ref.Subdir)
	}
	if err != nil {
		return nil, caused(unavailable(ref.String(), "the repository has no folder "+quoted(ref.Subdir), "correct what stands after #"), err)
	}
	e := &exporter{ref: ref.String(), store: store, limits: limits}
	if err := e.collect(root, ""); err != nil {
		return nil, err
	}
	return e.archive()
}

// collect lists the files below a tree, each with a path that is safe
// everywhere.
func (e *exporter) collect(t *object.Tree, dir string) error {
	for _, entry := range t.Entries {
		// Trees may share their subtrees: few objects, and no end of paths.
		if e.entries++; e.entries > e.limits.Objects {
			return exceeds(e.ref, "it has too many entries", fmt.Sprint(e.limits.Objects))
		}
		path := dir + entry.Name
		if _, err := tree.SafeRel(path); err != nil {
			return refused(e.ref, path, "is not a safe path: "+err.Error())
		}
		switch entry.Mode {
		case filemode.Dir:
			sub, err := object.GetTree(e.store, entry.Hash)
			if err != nil {
				return e.missing(path, err)
			}
			if err := e.collect(sub, path+"/"); err != nil {
				return err
			}
		case filemode.Regular, filemode.Deprecated, filemode.Executable:
			if err := e.add(path, entry); err != nil {
				return err
			}
		case filemode.Symlink:
			return refused(e.ref, path, "is a link")
		case filemode.Submodule:
			return refused(e.ref, path, "is a submodule")
		default:
			return refused(e.ref, path, "is neither a file nor a folder")
		}
	}
	return nil
}

func (e *exporter) add(path string, entry object.TreeEntry) error {
	size, err := e.store.EncodedObjectSize(entry.Hash)
	if err != nil {
		return fmt.Errorf("reading %s of %s: %w", path, e.ref, err)
	}
	e.size += size
	switch {
	case e.size > e.limits.Unpacked:
		return exceeds(e.ref, "its files are too large", bytesText(e.limits.Unpacked))
	case len(e.files) >= e.limits.Objects:
		return exceeds(e.ref, "it has too many files", fmt.Sprint(e.limits.Objects))
	}
	e.files = append(e.files, exported{path: path, exec: entry.Mode == filemode.Executable, blob: entry.Hash, size: size})
	return nil
}

// archive writes the files in path order, uncompressed and without times, so
// that the same content is the same bytes.
func (e *exporter) archive() ([]byte, error) {
	slices.SortFunc(e.files, func(a, b exported) int { return strings.Compare(a.path, b.path) })
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for i, f := range e.files {
		if i > 0 && e.files[i-1].path == f.path {
			return nil, refused(e.ref, f.path, "is there twice")
		}
		if err := e.write(w, f); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func (e *exporter) write(w *zip.Writer, f exported) error {
	blob, err := object.GetBlob(e.store, f.blob)
	if err != nil {
		return e.missing(f.path, err)
	}
	r, err := blob.Reader()
	if err != nil {
		return e.missing(f.path, err)
	}
	defer r.Close()
	header := &zip.FileHeader{Name: f.path, Method: zip.Store}
	header.SetMode(0o644)
	if f.exec {
		header.SetMode(0o755)
	}
	to, err := w.CreateHeader(header)
	if err != nil {
		return err
	}
	_, err = io.Copy(to, io.LimitReader(r, f.size))
	return err
}

func bytesText(n int64) string { return fmt.Sprintf("%d MiB", n>>20) }
