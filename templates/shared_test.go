package templates_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"scaffold/internal/projecttest"
	"scaffold/internal/testenv"
)

// TestTextsHaveOneSource holds each template's copy of the licence texts and of
// the decision record to templates/shared; `make shared` copies them.
func TestTextsHaveOneSource(t *testing.T) {
	root := filepath.Join(testenv.Root(), "templates")
	sources, err := filepath.Glob(filepath.Join(root, "shared", "*.tmpl"))
	if err != nil || len(sources) != 6 {
		t.Fatalf("%d sources: %v", len(sources), err)
	}
	for _, template := range []string{"django", "flask", "node-express", "node-ws"} {
		for _, source := range sources {
			name, folder := filepath.Base(source), "partials"
			if name == "LICENSE.tmpl" {
				folder = "files"
			}
			if projecttest.Read(t, filepath.Join(root, "shared", name)) != projecttest.Read(t, filepath.Join(root, template, folder, name)) {
				t.Errorf("%s/%s/%s differs from templates/shared; run `make shared`", template, folder, name)
			}
		}
	}
}

// TestWhatNodeSharesHasOneSource holds the launcher, the log's output and their
// tests to templates/shared/node; `make shared` copies them.
func TestWhatNodeSharesHasOneSource(t *testing.T) {
	root := filepath.Join(testenv.Root(), "templates")
	shared := os.DirFS(filepath.Join(root, "shared", "node"))
	found := 0
	err := fs.WalkDir(shared, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		found++
		for _, template := range []string{"node-express", "node-ws"} {
			if projecttest.Read(t, filepath.Join(root, "shared", "node", name)) != projecttest.Read(t, filepath.Join(root, template, "files", name)) {
				t.Errorf("%s/files/%s differs from templates/shared/node; run `make shared`", template, name)
			}
		}
		return nil
	})
	if err != nil || found == 0 {
		t.Fatalf("%d files: %v", found, err)
	}
}
