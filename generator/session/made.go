package session

import (
	"context"
	"slices"

	"scaffold/generator"
	"scaffold/generator/manifest"
)

// A Made is a project that is there, of which an update is planned: it answers
// for itself, and only what is new or no longer fits is asked.
type Made struct {
	Signals        []string
	Answers        manifest.Answers // as recorded, under the names that the new template has for them
	Date           string           // what .scaffold.date was
	Recommendation any
	Ask            []string // questions to be asked again
}

// Variables are what the template got when the project was made.
func (m *Made) Variables(t *manifest.Manifest, name string) manifest.Given {
	text := func(id string) string { return m.Answers[id].Text }
	return manifest.Given{
		Name: name, Signals: m.Signals, Template: t.Name, Version: t.Version,
		Scaffold: generator.Version, Date: m.Date, Year: m.Date[:min(4, len(m.Date))],
		Author: text("author"), Email: text("email"), License: text("license"), Recommendation: m.Recommendation,
	}
}

// moment is when the hooks run.
func (a *state) moment() string {
	if a.given.Made != nil {
		return "update"
	}
	return "new"
}

// dropStale takes back recorded answers that the new template has no use for:
// to questions that are gone, or are not asked any more. What no longer fits is
// taken back where somebody can be asked. Secrets, which no record holds, get a
// stand-in.
func (a *state) dropStale() bool {
	dropped := false
	for _, p := range a.resolved.Problems {
		_, recorded := a.given.Made.Answers[p.ID]
		_, given := a.layers.explicit[p.ID]
		_, there := a.answers[p.ID]
		stale := p.Kind == manifest.Unknown || a.given.Ask
		for _, q := range a.resolved.Asked {
			stale = stale || q.Question.ID == p.ID && !q.Active
		}
		switch {
		case p.Kind == manifest.Missing && p.Question.Type.IsSecret() && !there:
			a.answers[p.ID] = manifest.Scalar{Text: manifest.NoSecret}
			dropped = true
		case p.Kind != manifest.Missing && recorded && !given && there && stale:
			delete(a.answers, p.ID)
			if p.Kind == manifest.Invalid && a.given.Ask {
				a.wanted = append(a.wanted, p.ID)
			}
			dropped = true
		}
	}
	return dropped
}

// isNew reports a question that the project has never answered.
func (a *state) isNew(q *manifest.Asked) bool {
	return a.given.Made != nil && q.Open && !q.Question.Type.IsSecret()
}

// Part is the one part of an update as it was answered. Answers that are missing
// or invalid, and hooks that nobody allowed, are errors.
func (s *Session) Part(ctx context.Context) (generator.Part, error) {
	at, err := s.state(ctx)
	if err != nil {
		return generator.Part{}, err
	}
	if len(at.resolved.Problems) > 0 {
		return generator.Part{}, at.problems(at.resolved.Problems)
	}
	part := generator.Part{Path: ".", Template: at.template.Template, Answers: at.resolved, Signals: slices.Clone(at.signals)}
	return part, at.admit()
}

// Trust keeps the person's word that the template is trusted from now on, where
// it was given.
func (s *Session) Trust(ctx context.Context) error {
	if s.at.consent != HooksTrusted {
		return nil
	}
	return s.at.template.trust.Add(ctx, s.at.template.Template)
}
