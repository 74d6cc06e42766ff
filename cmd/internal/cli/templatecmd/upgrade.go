package templatecmd

import (
	"context"

	"scaffold/cmd/internal/app"
	"scaffold/generator"
	"scaffold/generator/project"
	"scaffold/generator/session"
	"scaffold/generator/source"
	"scaffold/generator/templatetest"
)

// upgrader takes projects of an older version of a template to the one at ref.
func upgrader(ctx context.Context, e *app.Env, ref, from string) (*templatetest.Upgrade, error) {
	old, err := earlier(ctx, e, ref, from)
	if err != nil {
		return nil, err
	}
	return &templatetest.Upgrade{From: old, Try: func(ctx context.Context, a templatetest.Attempt) ([]string, error) {
		m := e.ProjectMachine()
		files, err := m.Rehearse(ctx, project.Rehearsal{
			Was:   generator.Part{Template: old, Answers: a.Answers, Signals: a.Signals},
			Edits: a.Edits,
			Next: func(ctx context.Context, p *project.Project) ([]generator.Part, error) {
				return unasked(ctx, e, m, p, ref)
			},
		})
		return conflicts(files), err
	}}, nil
}

// earlier is the template as it was: in its repository, or in another place that
// from names.
func earlier(ctx context.Context, e *app.Env, ref, from string) (*generator.Template, error) {
	c := e.Catalog()
	at := from
	if !source.IsAddress(from) && !isDirectory(e, from) {
		var err error
		if c, at, err = atRevision(ctx, e, c, ref, from); err != nil {
			return nil, err
		}
	}
	return c.Load(ctx, at)
}

// unasked are the parts of a project that goes to the template at ref, where
// nobody is asked.
func unasked(ctx context.Context, e *app.Env, m project.Machine, p *project.Project, ref string) ([]generator.Part, error) {
	var parts []generator.Part
	for i := range p.Parts {
		s, err := e.Updating(ctx, m, p, i, session.Given{Template: ref, Hooks: session.HooksSkipped, DryRun: true})
		if err != nil {
			return nil, err
		}
		part, err := s.Part(ctx)
		if err != nil {
			return nil, err
		}
		part.Path = p.Parts[i].Path
		parts = append(parts, part)
	}
	return parts, nil
}

// conflicts are those among files, a line each.
func conflicts(files []project.File) []string {
	var lines []string
	for _, f := range files {
		if f.Kind == project.Conflict {
			lines = append(lines, f.Path+": "+f.Why)
		}
	}
	return lines
}
