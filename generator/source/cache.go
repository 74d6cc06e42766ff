package source

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"scaffold/generator/internal/write"
)

// A cache holds the content of folders by digest, one zip file each, so that a
// copy is there whole or not at all. Its bytes are read once, hashed and used
// from memory: what was checked is what is rendered.
type cache struct{ dir string } // "" keeps nothing

func (c cache) file(digest string) string {
	return filepath.Join(c.dir, strings.ReplaceAll(digest, ":", "-")+".zip")
}

// load gives the content of a digest: [fs.ErrNotExist] where there is none, a
// [fault.Moved] where the file holds something else.
func (c cache) load(ref, digest string, max int64) (fs.FS, error) {
	if c.dir == "" || !strings.HasPrefix(digest, "sha256:") || len(digest) != len("sha256:")+64 {
		return nil, fs.ErrNotExist
	}
	file := c.file(digest)
	info, err := os.Lstat(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fs.ErrNotExist
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular() || info.Size() > 2*max+1<<20:
		return nil, tampered(ref, file)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	fsys, err := openArchive(data)
	if err == nil {
		var got string
		if got, err = Digest(fsys); err == nil && got == digest {
			return fsys, nil
		}
	}
	return nil, tampered(ref, file)
}

// save keeps an archive under its digest.
func (c cache) save(digest string, data []byte) error {
	if c.dir == "" {
		return nil
	}
	return c.put(c.file(digest), data)
}

func (c cache) put(file string, data []byte) error { return write.ReplaceFile(file, data) }

// openArchive reads an archive that scaffold has written. One that is
// compressed is refused: its size would not be bounded by the file's.
func openArchive(data []byte) (fs.FS, error) {
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, err
	}
	for _, f := range r.File {
		if f.Method != zip.Store || !f.Mode().IsRegular() {
			return nil, fmt.Errorf("%s is not as scaffold writes it", f.Name)
		}
	}
	return r, nil
}
