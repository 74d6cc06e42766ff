package release

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"scaffold/internal/testenv"
	"scaffold/templates"
)

// TestReleases holds what was released: it renders as it did then.
func TestReleases(t *testing.T) {
	if err := Verify(t.Context(), filepath.Join(testenv.Root(), "templates", "releases")); err != nil {
		t.Fatal(err)
	}
}

func TestPack(t *testing.T) {
	dir := t.TempDir()
	list, err := Pack(t.Context(), templates.FS, dir)
	if err != nil || len(list) != 4 {
		t.Fatalf("%v %v", list, err)
	}
	for _, r := range list {
		info, err := os.Stat(filepath.Join(dir, r.File))
		if err != nil || info.Size() > 512<<10 {
			t.Errorf("%s has %d bytes, %v", r.File, info.Size(), err)
		}
	}
	if err := Verify(t.Context(), dir); err != nil {
		t.Error(err)
	}
	if again, err := Pack(t.Context(), templates.FS, dir); err != nil || len(again) != 4 {
		t.Errorf("packing what is packed: %v %v", again, err)
	}
	changed := fstest.MapFS{}
	err = fs.WalkDir(templates.FS, "flask", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			data, _ := fs.ReadFile(templates.FS, name)
			changed[name] = &fstest.MapFile{Data: data}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	other := maps.Clone(changed)
	other["flask/files/new.txt"] = &fstest.MapFile{Data: []byte("new")}
	if _, err := Pack(t.Context(), other, dir); err == nil || !strings.Contains(err.Error(), "flask-1.0.0.zip is released") {
		t.Errorf("a released version with another content: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, list[0].File), []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := Verify(t.Context(), dir); err == nil {
		t.Error("a file that is no release passes")
	}
}
