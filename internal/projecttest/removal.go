package projecttest

import (
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// Removal holds what the README says under "Remove the sample" to what a project
// without it is: each file that is another there, or is not there at all, is
// named by its path or by a directory above it.
func (tpl Template) Removal(t *testing.T) {
	t.Helper()
	whole, without := tpl.New(t), tpl.New(t, "--set", "sample=no")
	_, steps, _ := strings.Cut(whole.Read(t, "README.md"), "\n## Remove the sample\n")
	steps, _, _ = strings.Cut(steps, "\n## ")
	if steps == "" {
		t.Fatal("the README does not say how to remove the sample")
	}
	left := without.files(t)
	for path, text := range whole.files(t) {
		if left[path] != text && !named(steps, path) {
			t.Errorf("%s has something of the sample, and the README does not name it", path)
		}
	}
}

// named reports whether a text names a path, or a directory above it, as code.
func named(text, path string) bool {
	for dir := path; dir != "."; dir = filepath.ToSlash(filepath.Dir(dir)) {
		if strings.Contains(text, "`"+dir+"`") || strings.Contains(text, "`"+dir+"/`") {
			return true
		}
	}
	return false
}

// files gives the text of each of the project's own files by path.
func (p *Project) files(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(p.Dir, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(p.Dir, file)
		switch {
		case err != nil:
			return err
		case rel == ".git" || rel == ".scaffold":
			return fs.SkipDir
		case !d.IsDir():
			found[filepath.ToSlash(rel)] = Read(t, file)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
