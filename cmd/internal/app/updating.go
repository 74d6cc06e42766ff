package app

import (
	"context"
	"maps"
	"slices"

	"scaffold/generator/manifest"
	"scaffold/generator/project"
	"scaffold/generator/session"
)

// Updating starts the session of one part of a project that goes to the template
// g.Template of m's catalogue. The part answers for itself; what g says is the
// stronger. again are questions that are asked again.
func (e *Env) Updating(ctx context.Context, m project.Machine, p *project.Project, i int, g session.Given, again ...string) (*session.Session, error) {
	t, err := m.Templates.Load(ctx, g.Template)
	if err != nil {
		return nil, err
	}
	recorded, edited, err := p.Answers(ctx, i, t)
	if err != nil {
		return nil, err
	}
	asked, err := p.Asked(ctx)
	if err != nil {
		return nil, err
	}
	set := manifest.Answers{}
	maps.Copy(set, edited)
	maps.Copy(set, g.Set)
	part := p.Parts[i]
	g.Dir, g.Name, g.Set = p.Dir, project.Name(part), set
	g.Signals = slices.DeleteFunc(slices.Clone(asked[i].Signals), func(s string) bool { return slices.Contains(part.Signals, s) })
	g.Made = &session.Made{Signals: asked[i].Signals, Answers: recorded, Date: part.Date, Recommendation: part.Recommendation, Ask: again}
	machine := e.Session()
	machine.Templates = m.Templates
	return session.Start(ctx, machine, g)
}
