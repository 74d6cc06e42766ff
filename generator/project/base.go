package project

import (
	"context"
	"fmt"
	"maps"
	"path"
	"strings"

	"scaffold/generator"
	"scaffold/generator/fault"
	"scaffold/generator/internal/merge"
	"scaffold/generator/internal/record"
	"scaffold/generator/internal/repo"
	"scaffold/generator/manifest"
)

// A based file is one as the template gave it when the project was made or last
// updated.
type based struct {
	repo.File
	rule   merge.Rule
	sum    string // as recorded; "" where a secret went in
	secret bool
}

// base gives what the template gave, each file proven against the lock: by
// rendering the old template again, or from the project's own history.
func (p *Project) base(ctx context.Context, m Machine, r *repo.Repo) ([]based, error) {
	var all []based
	for i := range p.Parts {
		files, err := p.basePart(ctx, m, r, p.Parts[i])
		if err != nil {
			return nil, err
		}
		all = append(all, files...)
	}
	return all, nil
}

func (p *Project) basePart(ctx context.Context, m Machine, r *repo.Repo, part Part) ([]based, error) {
	rendered, why := p.renderAgain(ctx, m, part)
	if why == nil {
		return rendered, nil
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	found, err := p.fromHistory(ctx, r, part)
	if err != nil || found != nil {
		return found, err
	}
	top := part.Template()
	return nil, &fault.Fault{
		Kind:    fault.Source,
		Message: fmt.Sprintf("what %s %s gave this project cannot be had again, and an update starts from it", top.Name, top.Version),
		Lines: []string{
			"tried the template: " + why.Error(),
			"tried the history: no commit here has the files of " + record.LockFile + ", under the trailer Scaffold-Tree: " + part.Tree,
		},
		Hint: "start anew from the files as they are: scaffold adopt --template " + top.Name,
	}
}

// renderAgain renders the template that the part was made from, with the
// answers of the lock.
func (p *Project) renderAgain(ctx context.Context, m Machine, part Part) ([]based, error) {
	t, err := m.Templates.Made(ctx, part.Layers)
	if err != nil {
		return nil, err
	}
	answers := part.Answers.Answers()
	delete(answers, "name")
	given := p.given(part, t.Manifest)
	for _, q := range t.Manifest.Questions {
		if q.Type.IsSecret() {
			answers[q.ID] = manifest.Scalar{Text: "not-recorded"}
		}
	}
	resolved, err := t.Manifest.Resolve(given, answers)
	if err != nil {
		return nil, err
	}
	for _, problem := range resolved.Problems {
		if problem.Question == nil || !problem.Question.Type.IsSecret() {
			return nil, fmt.Errorf("its answer %s: %s", problem.ID, problem.Detail)
		}
	}
	plan, err := m.Generator.Assemble(ctx, p.Dir, given.Name, []generator.Part{{Path: part.Path, Template: t, Answers: resolved, Signals: part.Signals}})
	if err != nil {
		return nil, err
	}
	return proven(plan, part)
}

// proven are the files of a plan, where they are those that the lock records of
// the part.
func proven(plan *generator.Plan, part Part) ([]based, error) {
	recorded := map[string]record.File{}
	for _, f := range part.Files {
		recorded[path.Join(part.Path, f.Path)] = f
	}
	var files []based
	for _, c := range plan.Files {
		if c.Path == record.LockFile || c.Path == record.AnswersFile {
			continue
		}
		f, ok := recorded[c.Path]
		if !ok || f.SHA256 != "" && (f.SHA256 != c.SHA256 || f.Mode != c.Mode) {
			return nil, fmt.Errorf("it gives another %s today", c.Path)
		}
		files = append(files, file(c.Path, f, c.Data))
	}
	if len(files) != len(recorded) {
		return nil, fmt.Errorf("it gives %d files today, and gave %d", len(files), len(recorded))
	}
	return files, nil
}

// given is what the template got without asking when the part was made.
func (p *Project) given(part Part, m *manifest.Manifest) manifest.Given {
	answers := part.Answers.Answers()
	return manifest.Given{
		Name: answers["name"].Text, Signals: part.Signals, Template: m.Name, Version: m.Version,
		Scaffold: p.Scaffold, Date: part.Date, Year: part.Date[:4], Recommendation: part.Recommendation,
		Author: answers["author"].Text, Email: answers["email"].Text, License: answers["license"].Text,
	}
}

func file(name string, f record.File, data []byte) based {
	return based{
		File: repo.File{Path: name, Mode: gitMode(f.Mode), Data: data},
		rule: merge.Rule{Managed: f.Managed, Merge: f.Merge}, sum: f.SHA256, secret: f.SHA256 == "",
	}
}

// fromHistory finds the commit with which the part came to be what the lock
// says. Files that it does not hold, as git ignores them, have their hash alone.
func (p *Project) fromHistory(ctx context.Context, r *repo.Repo, part Part) ([]based, error) {
	commits, err := r.Commits(ctx, "Scaffold-Tree: "+part.Tree)
	if err != nil {
		return nil, err
	}
	for _, commit := range commits {
		files, err := p.fromCommit(ctx, r, commit, part)
		if err != nil || files != nil {
			return files, err
		}
	}
	return nil, nil
}

func (p *Project) fromCommit(ctx context.Context, r *repo.Repo, commit string, part Part) ([]based, error) {
	entries, err := r.FilesOf(ctx, commit)
	if err != nil {
		return nil, err
	}
	wanted := map[string]repo.Entry{}
	for _, f := range part.Files {
		name := path.Join(part.Path, f.Path)
		if e, ok := entries[name]; ok && !e.Submodule() && f.SHA256 != "" {
			wanted[name] = e
		}
	}
	data, err := committed(ctx, r, entries, wanted, part)
	if err != nil {
		return nil, err
	}
	var files []based
	for _, f := range part.Files {
		name := path.Join(part.Path, f.Path)
		got, ok := data[name]
		if ok && (sum(got) != f.SHA256 || wanted[name].Mode != gitMode(f.Mode)) {
			return nil, nil
		}
		if !ok && f.SHA256 != "" && strings.HasPrefix(name, ".scaffold/") {
			return nil, nil
		}
		b := file(name, f, got)
		b.secret = b.secret || !ok
		files = append(files, b)
	}
	return files, nil
}

// committed reads files of a commit: most are in it as they were generated, and
// only the others have to pass git's conversions on the way out.
func committed(ctx context.Context, r *repo.Repo, entries, wanted map[string]repo.Entry, part Part) (map[string][]byte, error) {
	var ids []string
	for _, e := range wanted {
		ids = append(ids, e.ID)
	}
	blobs, err := r.Blobs(ctx, ids)
	if err != nil {
		return nil, err
	}
	data := map[string][]byte{}
	var converted []string
	for _, f := range part.Files {
		name := path.Join(part.Path, f.Path)
		e, ok := wanted[name]
		switch blob := blobs[e.ID]; {
		case !ok:
		case sum(blob) == f.SHA256:
			data[name] = blob
		default:
			converted = append(converted, name)
		}
	}
	shown, err := r.Show(ctx, entries, converted)
	maps.Copy(data, shown)
	return data, err
}
