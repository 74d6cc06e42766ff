package source

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"time"

	"scaffold/generator/manifest"
)

// maxRelease is the size of all files of a packed template, in bytes.
const maxRelease = 16 << 20

// Pack writes a template's directory as one file. The same content gives the
// same bytes.
func Pack(fsys fs.FS) ([]byte, error) {
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		f, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)})
		if err == nil {
			_, err = f.Write(data)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// openRelease reads what Pack has written.
func openRelease(data []byte) (fs.FS, error) {
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, err
	}
	var size uint64
	for _, f := range r.File {
		if size += f.UncompressedSize64; size > maxRelease || !f.Mode().IsRegular() {
			return nil, fmt.Errorf("%s is not as scaffold packs it", f.Name)
		}
	}
	return r, nil
}

// Digests are what a packed template holds: its name, its version and the digest
// of its directory.
func Digests(packed []byte) (name, version, digest string, err error) {
	fsys, err := openRelease(packed)
	if err != nil {
		return "", "", "", err
	}
	f, err := fsys.Open(manifest.FileName)
	if err != nil {
		return "", "", "", err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, 2<<20))
	if err != nil {
		return "", "", "", err
	}
	m, err := manifest.Parse(data)
	if err != nil {
		return "", "", "", err
	}
	digest, err = Digest(fsys)
	return m.Name, m.Version, digest, err
}
