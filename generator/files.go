package generator

import (
	"context"
	"maps"
	"slices"

	"scaffold/generator/internal/render"
	"scaffold/generator/internal/tree"
	"scaffold/generator/internal/write"
	"scaffold/generator/manifest"
)

// Render gives the files that Plan would, without scaffold's own records, and
// notes in c which branches of the template were taken.
func (g *Generator) Render(ctx context.Context, t *Template, answers *manifest.Resolved, c *Coverage) (Files, error) {
	if t.Manifest.Format() != nil {
		made, err := g.render(ctx, Part{Path: ".", Template: t, Answers: answers}, nil)
		return made.Files, err
	}
	rendered, err := render.Covered(ctx, t.source(), answers.Vars, g.opts.Limits, c)
	if err != nil {
		return tree.Tree{}, err
	}
	part := Part{Path: ".", Template: t, Answers: answers}
	files, err := g.overlay(ctx, part, rendered, c)
	if err != nil {
		return tree.Tree{}, err
	}
	if _, err := g.next(ctx, part); err != nil {
		return tree.Tree{}, err
	}
	return files, nil
}

// WriteFiles writes files, by their paths, into a new or empty directory: all or
// nothing, as Apply does, without records of a project and without a repository.
func (g *Generator) WriteFiles(ctx context.Context, dir string, files map[string][]byte) (*Result, error) {
	if err := g.CheckDestination(dir, false); err != nil {
		return nil, err
	}
	var list []tree.File
	for _, path := range slices.Sorted(maps.Keys(files)) {
		rel, err := tree.SafeRel(path)
		if err != nil {
			return nil, err
		}
		list = append(list, tree.File{Path: rel, Mode: 0o644, Data: files[path]})
	}
	if _, err := tree.New(list...); err != nil {
		return nil, err
	}
	disk, name, err := g.open(dir)
	if err != nil {
		return nil, err
	}
	defer disk.Close()
	report, err := write.Apply(ctx, disk, write.Set{Name: name, Changes: write.Creating(list, false), Vacant: true})
	return &Result{Created: report.Created, Skipped: report.Skipped, Kept: report.Kept, Recovered: report.Recovered}, err
}
