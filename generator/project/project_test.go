package project_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scaffold/generator"
	"scaffold/generator/fault"
	"scaffold/generator/manifest"
	"scaffold/generator/project"
	"scaffold/generator/source"
	"scaffold/templates"
)

// made is a project of a built-in template.
func made(t *testing.T) (string, *source.Catalog) {
	t.Helper()
	catalog := source.New(templates.FS, t.TempDir())
	tpl, err := catalog.Load(t.Context(), "flask")
	if err != nil {
		t.Fatal(err)
	}
	answers, err := tpl.Manifest.Resolve(manifest.Given{Name: "shop", Date: "2026-11-29", Year: "2026"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "shop")
	g := generator.New(generator.Options{})
	plan, err := g.Plan(t.Context(), generator.Request{
		Dir: dir, Name: "shop", Parts: []generator.Part{{Template: tpl, Answers: answers, Signals: []string{"use:rest-api"}}}, Git: generator.GitRequest{Skip: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := g.Apply(t.Context(), plan); err != nil {
		t.Fatal(err)
	}
	return dir, catalog
}

func TestAProjectIsReadAsItWasMade(t *testing.T) {
	dir, catalog := made(t)
	p, err := project.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Parts) != 1 || p.Scaffold != generator.Version || p.Parts[0].Date != "2026-11-29" || p.PartDir(p.Parts[0]) != dir {
		t.Errorf("%+v", p)
	}
	for _, f := range p.Parts[0].Files {
		if _, err := os.Stat(filepath.Join(dir, filepath.FromSlash(f.Path))); err != nil {
			t.Error(err)
		}
	}
	asked, err := p.Asked(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(p.Parts[0].Answers, asked[0].Answers); diff != "" {
		t.Errorf("answers.yaml and lock.yaml differ: %s", diff)
	}
	if tpl, warnings, err := project.Load(t.Context(), catalog, p.Parts[0]); err != nil || len(warnings) > 0 || tpl.Manifest.Name != "flask" {
		t.Errorf("%v %v", warnings, err)
	}
}

func TestARecordThatDoesNotHoldIsRefused(t *testing.T) {
	dir, _ := made(t)
	edit := func(name, old, new string) func(t *testing.T) {
		return func(t *testing.T) {
			file := filepath.Join(dir, name)
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				_ = os.RemoveAll(file)
				if err := os.WriteFile(file, data, 0o644); err != nil {
					t.Error(err)
				}
			})
			if err := os.WriteFile(file, []byte(strings.Replace(string(data), old, new, 1)), 0o644); err != nil {
				t.Fatal(err)
			}
			if new == "" {
				_ = os.Remove(file)
			}
			if new == "link" {
				_ = os.Remove(file)
				if err := os.Symlink("/etc/hosts", file); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	tests := map[string]func(t *testing.T){
		"no lock":                    edit(generator.LockFile, "", ""),
		"a lock that is a link":      edit(generator.LockFile, "", "link"),
		"a part outside":             edit(generator.LockFile, `path: "."`, `path: ".."`),
		"no answers":                 edit(generator.AnswersFile, "", ""),
		"answers of another part":    edit(generator.AnswersFile, `path: "."`, "path: api"),
		"answers of another version": edit(generator.AnswersFile, "answers/v1", "answers/v2"),
	}
	for name, spoil := range tests {
		t.Run(name, func(t *testing.T) {
			spoil(t)
			p, err := project.Open(t.Context(), dir)
			if err == nil {
				_, err = p.Asked(t.Context())
			}
			if !fault.Is(err, fault.Destination) {
				t.Errorf("%v", err)
			}
		})
	}
	if _, err := project.Open(t.Context(), filepath.Join(dir, "nowhere")); !fault.Is(err, fault.Destination) {
		t.Errorf("%v", err)
	}
}
