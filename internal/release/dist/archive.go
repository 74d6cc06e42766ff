package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// A file is one file of an archive.
type file struct {
	name string
	mode os.FileMode
	data []byte
}

// sorted gives files by name, below a folder.
func sorted(folder string, lists ...[]file) []file {
	files := slices.Concat(lists...)
	for i := range files {
		files[i].name = path.Join(folder, files[i].name)
	}
	slices.SortFunc(files, func(a, b file) int { return strings.Compare(a.name, b.name) })
	return files
}

// archive is a .tar.gz, or for Windows a .zip, with one folder.
func (r *release) archive(t target, name string, program file) error {
	files := sorted(name, []file{program}, r.docs, r.extras)
	if t.os == "windows" {
		return r.put(name+".zip", zipped(files, r.at))
	}
	return r.put(name+".tar.gz", tarred(files, r.at))
}

// put writes one result.
func (r *release) put(name string, data []byte) error {
	if err := os.MkdirAll(r.out, 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(r.out, name), data, 0o644)
}

func tarred(files []file, at time.Time) []byte {
	var out bytes.Buffer
	gz, _ := gzip.NewWriterLevel(&out, gzip.BestCompression)
	w := tar.NewWriter(gz)
	for _, f := range files {
		// A buffer takes everything, and the header has what it needs.
		_ = w.WriteHeader(&tar.Header{Name: f.name, Mode: int64(f.mode), Size: int64(len(f.data)), ModTime: at, Format: tar.FormatUSTAR})
		_, _ = w.Write(f.data)
	}
	_ = w.Close()
	_ = gz.Close()
	return out.Bytes()
}

func zipped(files []file, at time.Time) []byte {
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, f := range files {
		h := &zip.FileHeader{Name: f.name, Method: zip.Deflate, Modified: at}
		h.SetMode(f.mode)
		if one, err := w.CreateHeader(h); err == nil {
			_, _ = one.Write(f.data)
		}
	}
	_ = w.Close()
	return out.Bytes()
}

// checksums lists every result with its SHA-256, as sha256sum -c reads it.
func (r *release) checksums() error {
	entries, err := os.ReadDir(r.out)
	if err != nil {
		return err
	}
	var list strings.Builder
	for _, e := range entries {
		if e.IsDir() {
			continue
		}
		data, err := os.ReadFile(filepath.Join(r.out, e.Name()))
		if err != nil {
			return err
		}
		fmt.Fprintf(&list, "%x  %s\n", sha256.Sum256(data), e.Name())
		fmt.Printf("%8.1f MB  %s\n", float64(len(data))/1e6, e.Name())
	}
	return r.put("checksums.txt", []byte(list.String()))
}
