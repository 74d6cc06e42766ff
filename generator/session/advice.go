package session

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"scaffold/generator"
	"scaffold/generator/manifest"
	"scaffold/generator/recommend"
)

// reasons explains the recommendation, as many lines as the list of templates
// leaves free.
func (s Screen) reasons(a recommend.Advice) string {
	const widest = 98 // of the text of a step, however wide the screen is
	width, lines := 77, 0
	if s.Width > 0 {
		width, lines = min(s.Width-3, widest), s.Height-len(a.Ranking)-8
	}
	return a.Explain(a.Choice.Primary, width, lines)
}

// Template is the template of the project; nil as long as there is none.
func (s *Session) Template() *generator.Template {
	if s.at == nil || s.at.template == nil {
		return nil
	}
	return s.at.template.Template
}

// Answers are those of the project, given, answered and by default. They are for
// a session that has a template.
func (s *Session) Answers() *manifest.Resolved { return s.at.resolved }

// Advice is what is recommended for what was said and answered.
func (s *Session) Advice() recommend.Advice {
	if s.at == nil {
		return recommend.Advice{}
	}
	return s.at.advice
}

// Unseen reports whether the recommendation was taken without anybody seeing it.
func (s *Session) Unseen() bool { return s.at != nil && s.at.unseen }

// Overridden reports whether another template than the recommended one is
// taken.
func (s *Session) Overridden() bool {
	c := s.Advice().Choice
	return c != nil && s.Template() != nil && c.Primary != s.Template().Manifest.Name && c.Primary != s.at.template.ref
}

// Warnings are what a person should know of the plan.
func (s *Session) Warnings() []string {
	out := slices.Clone(s.at.warnings)
	if !s.given.Ask && s.given.Template != "" {
		out = append(out, s.at.denied()...)
	}
	if s.plan != nil {
		out = append(out, s.plan.Warnings()...)
	}
	return append(out, s.at.exposed()...)
}

// denied says that a source's policy is against the template that was asked for.
// A policy advises; it does not forbid.
func (a *state) denied() []string {
	var out []string
	for _, t := range a.advice.Ranking {
		if t.Denied != nil && (t.Template == a.template.ref || t.Template == a.template.Manifest.Name) {
			out = append(out, fmt.Sprintf("the policy of %s is against %s: %s", t.Denied.Source, t.Template, t.Denied.Text))
		}
	}
	return out
}

// exposed names the secrets that were given where a history keeps them.
func (a *state) exposed() []string {
	var out []string
	for _, q := range a.resolved.Asked {
		id := q.Question.ID
		if _, typed := a.given.Set[id]; typed && q.Question.Type.IsSecret() {
			out = append(out, "the secret "+id+" was on the command line, so it may be in the shell's history; --secret-file "+id+"=FILE keeps it out")
		}
	}
	return out
}

// Relative is a directory as the person would type it.
func (m Machine) Relative(dir string) string {
	rel, err := filepath.Rel(m.Dir, dir)
	if above := filepath.Join("..", ".."); err != nil || rel == ".." || strings.HasPrefix(rel, above) {
		return dir
	}
	return rel
}
