//go:build unix

package render_test

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"scaffold/generator/fault"
	"scaffold/generator/internal/render"
)

func TestSpecialFilesAreRefusedUnopened(t *testing.T) {
	for _, name := range []string{"files/pipe", "files/pipe.tmpl", "partials/pipe.tmpl"} {
		dir := t.TempDir()
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Mkfifo(filepath.Join(dir, name), 0o644); err != nil {
			t.Skip(err)
		}
		_, err := render.Tree(t.Context(), render.Template{FS: os.DirFS(dir), Manifest: parse(t, "")}, variables(), render.Limits{})
		var got *render.Error
		if !errors.As(err, &got) || got.File != name || !fault.Is(err, fault.Template) || got.Message != name+" is a named pipe" {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
