package foreign

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"scaffold/generator"
	"scaffold/generator/internal/render"
	"scaffold/generator/manifest"
)

// TestAnImportedTemplateGivesTheSame holds what is carried over of each template to
// the template itself: for the same answers each file is the same, but for those
// that the list of what is left names.
func TestAnImportedTemplateGivesTheSame(t *testing.T) {
	same, left := 0, 0
	dirs := ownTemplates(t)
	if os.Getenv("SCAFFOLD_LONG") != "" || os.Getenv("SCAFFOLD_TEMPLATES") != "" {
		dirs = templates(t)
	}
	for _, dir := range dirs {
		root, err := os.OpenRoot(dir)
		if err != nil {
			t.Fatal(err)
		}
		defer root.Close()
		m := opened(root.FS(), dir)
		if m == nil {
			continue
		}
		if _, choice := m.Format().(*nest); choice {
			continue
		}
		made, err := Import(m, "imported")
		if err != nil {
			t.Errorf("%s: %v", short(dir), err)
			continue
		}
		for n := range randoms + 1 {
			s, l := compareImported(t, short(dir), m, made, seeded(n))
			same, left = same+s, left+l
		}
	}
	t.Logf("%d files are the same, %d are left", same, left)
	if same < 100 {
		t.Errorf("only %d files are the same", same)
	}
}

// opened is a template that this package reads; nil for any other.
func opened(fsys fs.FS, dir string) *manifest.Manifest {
	tool, err := Detect(fsys, "")
	if err != nil {
		return nil
	}
	m, err := Open(fsys, tool, Place{Name: filepath.Base(dir), Source: dir})
	if err != nil {
		return nil
	}
	return m
}

func compareImported(t *testing.T, name string, m *manifest.Manifest, made *Imported, rng *rand.Rand) (same, left int) {
	t.Helper()
	now := time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)
	given := manifest.Given{Name: "project", Date: "2026-01-02", Year: "2026"}
	_, resolved, err := answered(m, given, rng)
	if err != nil || len(resolved.Problems) > 0 || slices.ContainsFunc(made.Left, func(l Left) bool { return strings.Contains(l.Message, "no file is carried over") }) {
		return 0, 0
	}
	rendered, err := m.Format().(generator.Renderer).Render(t.Context(), baseOf(m), resolved.Vars, now, generator.Limits{})
	if err != nil {
		return 0, 0
	}
	own, err := manifest.Parse(made.Files["template.yaml"])
	if err != nil {
		t.Errorf("%s: %v\n%s", name, err, made.Files["template.yaml"])
		return 0, 0
	}
	got, err := importedFiles(t, own, made, given, resolved)
	if err != nil && strings.Contains(err.Error(), "has an empty part") {
		return 0, 0 // an answer is no name here, and a file left out there
	}
	if err != nil {
		t.Errorf("%s: %v\n%s", name, err, made.Files["template.yaml"])
		return 0, 0
	}
	for _, f := range rendered.Files.Files() {
		p := f.Path.String()
		if rendered.Drawn[p] || slices.ContainsFunc(made.Left, func(l Left) bool { return l.File == f.Source || strings.HasPrefix(f.Source, l.File+"/") }) {
			left++
		} else if there, ok := got[p]; ok && there == fmt.Sprintf("%o %s", f.Mode, f.Data) {
			same++
		} else if !strings.Contains(f.Source, "_copier_conf.answers_file") {
			t.Errorf("%s: %s is\n%.300q\n  and was\n%.300q", name, p, got[p], f.Data)
		}
	}
	return same, left
}

func baseOf(m *manifest.Manifest) fs.FS {
	switch f := m.Format().(type) {
	case *cookie:
		return f.fsys
	case *copied:
		return f.fsys
	}
	return nil
}

// importedFiles are the files of the imported template for the answers of the
// other one.
func importedFiles(t *testing.T, own *manifest.Manifest, made *Imported, given manifest.Given, resolved *manifest.Resolved) (map[string]string, error) {
	files := fstest.MapFS{}
	for name, data := range made.Files {
		files[name] = &fstest.MapFile{Data: data, Mode: 0o644}
	}
	answers := manifest.Answers{}
	for _, a := range resolved.Asked {
		if q, ok := own.Question(a.Question.ID); ok && a.Active {
			if list, many := a.Value.([]string); many {
				answers[q.ID] = manifest.Scalar{Many: true, List: list}
			} else {
				answers[q.ID] = manifest.Scalar{Text: fmt.Sprint(a.Value)}
			}
		}
	}
	again, err := own.Resolve(given, answers)
	if err != nil {
		return nil, err
	}
	for _, p := range again.Problems {
		return nil, fmt.Errorf("%s: %s", p.ID, p.Detail)
	}
	tree, err := generator.New(generator.Options{}).Render(t.Context(), &generator.Template{FS: files, Manifest: own, Layers: []generator.Layer{{Name: own.Name}}}, again, &render.Coverage{})
	if err != nil {
		return nil, err
	}
	got := map[string]string{}
	for _, f := range tree.Files() {
		got[f.Path.String()] = fmt.Sprintf("%o %s", f.Mode, f.Data)
	}
	return got, nil
}
