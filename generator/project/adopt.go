package project

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"scaffold/generator"
	"scaffold/generator/fault"
	"scaffold/generator/internal/record"
	"scaffold/generator/internal/tree"
	"scaffold/generator/internal/write"
	"scaffold/generator/manifest"
)

// What a template's file is to a directory that is adopted.
const (
	ToAdd   = "add"     // it is not there
	Alike   = "same"    // it is there as the template gives it
	Differs = "differs" // it is there, and other
)

// An Adopted file is one that the template gives.
type Adopted struct {
	Path   string `json:"path"`
	Status string `json:"status"`
}

// An Adoption takes a directory under management as if the template had made it:
// from then on it can be updated.
type Adoption struct {
	Plan  *generator.Plan // the records, and the missing files where they are wanted
	Files []Adopted

	changes []write.Change
	machine Machine
}

// Adopt plans it. The directory may not have a record yet; with add, files that
// are missing are written, too. No file that is there is changed.
func Adopt(ctx context.Context, m Machine, dir string, part generator.Part, add bool) (*Adoption, error) {
	if err := adoptable(dir); err != nil {
		return nil, err
	}
	name, _ := part.Answers.Vars["name"].(string)
	next, err := m.Generator.Assemble(ctx, dir, name, []generator.Part{part})
	if err != nil {
		return nil, err
	}
	a := &Adoption{machine: m, Plan: &generator.Plan{Dir: dir, Name: name, Parts: next.Parts}}
	looker := &Update{project: &Project{Dir: dir}}
	for _, c := range next.Files {
		if err := a.take(looker, c, add); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// adoptable refuses what is no directory, and what has a record.
func adoptable(dir string) error {
	info, err := os.Stat(dir)
	if err != nil || !info.IsDir() {
		return fault.New(fault.Destination, "%s is not a directory that can be read", filepath.Base(dir)).Try("name the directory of the project")
	}
	for _, name := range []string{record.LockFile, record.AnswersFile} {
		if _, err := os.Lstat(filepath.Join(dir, filepath.FromSlash(name))); !errors.Is(err, fs.ErrNotExist) {
			return fault.New(fault.Exists, "%s has a %s already", filepath.Base(dir), name).
				Try("scaffold update brings it to another version; to start anew, remove .scaffold first")
		}
	}
	return nil
}

func (a *Adoption) take(looker *Update, c generator.Change, add bool) error {
	rel, err := tree.SafeRel(c.Path)
	if err != nil {
		return err
	}
	now := tree.File{Path: rel, Mode: fileMode(gitMode(c.Mode)), Data: c.Data}
	own := c.Path == record.LockFile || c.Path == record.AnswersFile
	there, err := looker.content(c.Path)
	status := Differs
	switch {
	case errors.Is(err, fs.ErrNotExist):
		status = ToAdd
	case fault.Is(err, fault.Exists): // a directory: it differs
	case err != nil:
		return err
	case there == write.ContentOf(now):
		status = Alike
	}
	if !own {
		a.Files = append(a.Files, Adopted{Path: c.Path, Status: status})
	}
	if own || add && status == ToAdd {
		a.changes = append(a.changes, write.Change{Op: write.Create, Path: rel, Now: now, Last: own})
		a.Plan.Files = append(a.Plan.Files, c)
	}
	return nil
}

// Apply writes the plan.
func (a *Adoption) Apply(ctx context.Context) error {
	disk, name, err := a.machine.open(a.Plan.Dir)
	if err != nil {
		return err
	}
	defer disk.Close()
	_, err = write.Apply(ctx, disk, write.Set{Name: name, Changes: a.changes})
	return err
}

// Guess works out answers from the files of a directory: for each choice that
// nobody has made, the value with which the template gives most of them.
func Guess(ctx context.Context, m Machine, dir string, t *generator.Template, given manifest.Given, answers manifest.Answers) (manifest.Answers, error) {
	guesses := manifest.Answers{}
	score := func(extra manifest.Answers) (int, error) {
		resolved, err := t.Manifest.Resolve(given, joined(answers, guesses, extra))
		if err != nil || len(resolved.Problems) > 0 {
			return -1, err
		}
		plan, err := m.Generator.Assemble(ctx, dir, given.Name, []generator.Part{{Path: ".", Template: t, Answers: resolved}})
		if err != nil {
			return -1, ctx.Err() // an answer that the template cannot render
		}
		return likeness(dir, plan), nil
	}
	for i := range t.Manifest.Questions {
		q := &t.Manifest.Questions[i]
		values := choicesOf(q)
		if _, said := answers[q.ID]; said || len(values) == 0 {
			continue
		}
		best, err := score(nil)
		if err != nil {
			return nil, err
		}
		for _, v := range values {
			n, err := score(manifest.Answers{q.ID: {Text: v}})
			if err != nil {
				return nil, err
			}
			if n > best {
				best = n
				guesses[q.ID] = manifest.Scalar{Text: v}
			}
		}
	}
	return guesses, nil
}

// likeness is higher the more of a plan's files a directory has, and as they are
// planned.
func likeness(dir string, plan *generator.Plan) int {
	looker, n := &Update{project: &Project{Dir: dir}}, 0
	for _, c := range plan.Files {
		there, err := looker.content(c.Path)
		switch {
		case err != nil:
			n--
		case there.Sum == c.SHA256:
			n += 2
		default:
			n++
		}
	}
	return n
}

func choicesOf(q *manifest.Question) []string {
	if q.Type.Many() {
		return nil
	}
	return q.Alternatives()
}

func joined(list ...manifest.Answers) manifest.Answers {
	out := manifest.Answers{}
	for _, answers := range list {
		for id, v := range answers {
			out[id] = v
		}
	}
	return out
}

// Missing are the paths that would be added.
func (a *Adoption) Missing() []string {
	var list []string
	for _, f := range a.Files {
		if f.Status == ToAdd {
			list = append(list, f.Path)
		}
	}
	return slices.Clip(list)
}
