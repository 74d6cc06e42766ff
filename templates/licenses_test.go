package templates_test

import (
	"path/filepath"
	"testing"

	"scaffold/internal/projecttest"
	"scaffold/internal/testenv"
)

// TestLicencesHaveOneSource holds each template's copy of the licence texts to
// templates/licenses; `make licenses` copies them.
func TestLicencesHaveOneSource(t *testing.T) {
	root := filepath.Join(testenv.Root(), "templates")
	sources, err := filepath.Glob(filepath.Join(root, "licenses", "*.tmpl"))
	if err != nil || len(sources) != 5 {
		t.Fatalf("%d sources: %v", len(sources), err)
	}
	for _, template := range []string{"django", "flask", "node-express", "node-ws"} {
		for _, source := range sources {
			name, folder := filepath.Base(source), "partials"
			if name == "LICENSE.tmpl" {
				folder = "files"
			}
			if projecttest.Read(t, filepath.Join(root, "licenses", name)) != projecttest.Read(t, filepath.Join(root, template, folder, name)) {
				t.Errorf("%s/%s/%s differs from templates/licenses; run `make licenses`", template, folder, name)
			}
		}
	}
}
