package project

import (
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scaffold/generator/manifest"
	"scaffold/templates"
)

// TestAnotherAnswer gives unedited projects of the built-in templates each other
// answer: they become what a new project with their answers is, but for what is
// written once. The short tests take every tenth.
func TestAnotherAnswer(t *testing.T) {
	dirs, err := fs.Glob(templates.FS, "*/"+manifest.FileName)
	must(t, err)
	every, n := 1, 0
	if testing.Short() {
		every = 10
	}
	for _, file := range dirs {
		name := filepath.Dir(file)
		builtin := current(t, name)
		m, err := manifest.Parse(builtin[file].Data)
		must(t, err)
		for i := range m.Questions {
			for _, value := range m.Questions[i].Alternatives() {
				if n++; n%every == 0 {
					set := manifest.Answers{m.Questions[i].ID: {Text: value}}
					t.Run(name+" "+m.Questions[i].ID+"="+value, func(t *testing.T) { t.Parallel(); becomes(t, builtin, name, set) })
				}
			}
		}
	}
	if n < 80 {
		t.Errorf("there are %d answers", n)
	}
}

// becomes is one answer.
func becomes(t *testing.T, builtin fs.FS, template string, set manifest.Answers) {
	s := newShop(t, builtin, template)
	u, err := s.update(t.Context(), s.machine(builtin), set)
	must(t, err)
	defer u.Close()
	_, err = u.Apply(t.Context(), Commit{})
	must(t, err)
	p, err := Open(t.Context(), s.dir)
	must(t, err)
	asked, err := p.Asked(t.Context())
	must(t, err)
	answers := asked[0].Answers.Answers() // what followed from the other answer stays as it is recorded
	delete(answers, "name")
	want := newShopWith(t, builtin, template, answers)
	got, fresh := s.files(t), want.files(t)
	for _, dir := range []string{s.dir, want.dir} { // what was written once, in the old form or the new
		p, err := Open(t.Context(), dir)
		must(t, err)
		for _, f := range p.Parts[0].Files {
			if f.Managed == "once" {
				delete(got, f.Path)
				delete(fresh, f.Path)
			}
		}
	}
	for _, f := range u.Files {
		if f.Kind == Kept { // and is no part of the new form
			delete(got, f.Path)
		}
	}
	delete(got, ".scaffold/lock.yaml") // has its hashes
	delete(fresh, ".scaffold/lock.yaml")
	if diff := cmp.Diff(fresh, got); diff != "" {
		t.Errorf("a new project and an updated one differ (-new +updated):\n%s", diff)
	}
	if status := git(t, s, "status", "--porcelain"); strings.Contains("\n"+status, "\n ") || strings.Contains(status, "??") {
		t.Errorf("git status:\n%s", status)
	}
}

// TestWhatIsPassedOverIsShown gives a project a part whose table is created in a
// migration, which is written once: it stays, and what the template has instead is
// shown, before the update and after.
func TestWhatIsPassedOverIsShown(t *testing.T) {
	const file = "migrations/versions/0001_initial.py"
	builtin := current(t, "flask")
	s := newShop(t, builtin, "flask")
	u, err := s.update(t.Context(), s.machine(builtin), manifest.Answers{"jobs": {Text: "rq"}})
	must(t, err)
	defer u.Close()
	i := slices.IndexFunc(u.Files, func(f File) bool { return f.Path == file })
	if i < 0 || u.Files[i].Kind != Kept {
		t.Fatalf("%v", u.Files)
	}
	before := u.Diff(u.Files[i])
	if !strings.HasPrefix(before, "--- a/"+file+"\n+++ "+file+" of the template, not taken\n") || !strings.Contains(before, "\n+        \"jobs\",\n") {
		t.Error(before)
	}
	was := s.files(t)[file]
	_, err = u.Apply(t.Context(), Commit{})
	must(t, err)
	if after := u.Diff(u.Files[i]); after != before || s.files(t)[file] != was {
		t.Errorf("after the update:\n%s", after)
	}
}
