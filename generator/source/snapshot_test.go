package source

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"scaffold/generator/fault"
)

// folderWith makes a directory of the files.
func folderWith(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, data := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func open(t *testing.T, dir string) fs.FS {
	t.Helper()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = root.Close() })
	return rooted(root)
}

func TestASnapshotIsAFileSystem(t *testing.T) {
	dir := folderWith(t, map[string]string{"template.yaml": "a", "files/a/b.txt": "b", "files/c.txt": "", ".git/config": "x", "files/.git/x": "y"})
	for name, target := range map[string]string{"files/link": "a/b.txt", "files/a/up": "../c.txt", "folder": "files/a"} {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	s, digest, err := take(open(t, dir), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := fstest.TestFS(s, "template.yaml", "files/a/b.txt", "files/c.txt", "files/.git/x"); err != nil {
		t.Error(err)
	}
	if want, err := Digest(open(t, dir)); digest != want || err != nil {
		t.Errorf("the digest is %s, that of the directory %s: %v", digest, want, err)
	}
	for name, want := range map[string]string{"files/link": "b", "files/a/up": "", "folder/b.txt": "b", "folder/up": ""} {
		if got, err := fs.ReadFile(s, name); err != nil || string(got) != want {
			t.Errorf("%s: %q %v", name, got, err)
		}
	}
	if _, err := fs.Stat(s, ".git"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf(".git is in it: %v", err)
	}
}

func TestALinkThatLeavesTheTemplateIsNotFollowed(t *testing.T) {
	dir := folderWith(t, map[string]string{"in/a": "a", "secret": "s"})
	for name, target := range map[string]string{"in/out": "../secret", "in/abs": filepath.Join(dir, "secret"), "in/self": "self", "in/far": "a/../../secret"} {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	s, _, err := take(open(t, filepath.Join(dir, "in")), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"out", "abs", "self", "far"} {
		if data, err := fs.ReadFile(s, name); err == nil {
			t.Errorf("%s gives %q", name, data)
		}
	}
}

func TestWhatChangesOnTheDiskIsNotInTheSnapshot(t *testing.T) {
	text := map[string]string{"template.yaml": "before", "files/a": "before"}
	for i := range room/keptSize + 2 { // more than stays in memory
		text[fmt.Sprintf("files/large%d", i)] = strings.Repeat(fmt.Sprint(i), keptSize)
	}
	dir := folderWith(t, text)
	s, before, err := take(open(t, dir), nil)
	if err != nil {
		t.Fatal(err)
	}
	names := append(slices.Collect(maps.Keys(text)), "files/new")
	for _, name := range names {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("after"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range text {
		if got, err := fs.ReadFile(s, name); err != nil || string(got) != want {
			t.Errorf("%s: %.20q %v", name, got, err)
		}
	}
	if _, err := s.Open("files/new"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the new file is there: %v", err)
	}
	if after, err := Digest(s); after != before || err != nil {
		t.Errorf("another digest: %v", err)
	}
}

func TestALargeFileThatChangedIsRefused(t *testing.T) {
	large := bytes.Repeat([]byte("x"), keptSize+1)
	dir := folderWith(t, map[string]string{"files/large": string(large)})
	s, _, err := take(open(t, dir), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := fs.ReadFile(s, "files/large"); err != nil || !bytes.Equal(got, large) {
		t.Fatalf("%d bytes, %v", len(got), err)
	}
	large[7] = 'y'
	if err := os.WriteFile(filepath.Join(dir, "files/large"), large, 0o644); err != nil {
		t.Fatal(err)
	}
	for name, read := range map[string]func() error{
		"ReadFile": func() error { _, err := s.ReadFile("files/large"); return err },
		"Open":     func() error { _, err := s.Open("files/large"); return err },
	} {
		if err := read(); !fault.Is(err, fault.Changed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
