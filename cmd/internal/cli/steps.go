package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"scaffold/generator"
	"scaffold/generator/manifest"
	"scaffold/generator/prompt"
)

func signalStep(g manifest.SignalGroup) *prompt.Step {
	s := &prompt.Step{ID: "signal:" + g.Name, Kind: prompt.Choice, Title: g.Title, Label: strings.ToUpper(g.Name[:1]) + g.Name[1:]}
	for _, v := range append(g.Values[:len(g.Values):len(g.Values)], g.Neutral...) {
		s.Options = append(s.Options, prompt.Option{Value: v.Value, Title: v.Title})
	}
	if g.Usual != "" {
		s.Default = g.Usual
	}
	if g.Many {
		s.Kind, s.Required = prompt.Multi, g.Required
	}
	if g.Many && !s.Required {
		s.Help = "Enter alone skips this"
	}
	return s
}

// templateStep shows the recommendation with its reasons; where none can be
// made it lists the templates with none chosen.
func (w *wizard) templateStep() *prompt.Step {
	advice := w.run.advice
	s := &prompt.Step{ID: stepTemplate, Kind: prompt.Choice, Label: "Template"}
	if advice.Choice == nil {
		s.Title = "Which template?"
		s.Help = "nothing that was said tells them apart, so none is recommended"
		s.Options = []prompt.Option{{Title: "none chosen yet"}}
		s.Validate = func(v any) error {
			if v == "" {
				return errors.New("choose a template")
			}
			return nil
		}
	} else {
		s.Title = "Recommended: " + advice.Choice.Primary
		s.Default = advice.Choice.Primary
		s.Body = advice.Explain(advice.Choice.Primary, w.run.env.width-3, w.run.env.height-len(advice.Ranking)-8)
	}
	for _, t := range advice.Ranking {
		hint := t.Title
		if t.Denied != nil {
			hint = fmt.Sprintf("denied by %s: %s", t.Denied.Source, t.Denied.Text)
		}
		s.Options = append(s.Options, prompt.Option{Value: t.Template, Title: t.Template, Hint: hint})
	}
	return s
}

func (w *wizard) nameStep() *prompt.Step {
	return &prompt.Step{
		ID: stepName, Kind: prompt.Text, Title: "Project name", Label: "Name", Required: true,
		Help: "lower-case letters, digits and -; the project goes to ./<name>",
		Validate: func(v any) error {
			name := v.(string)
			if err := manifest.CheckName(name); err != nil {
				return withHint(err)
			}
			if w.run.opts.dirGiven {
				return nil
			}
			g := generator.New(generator.Options{Now: w.run.env.now})
			return g.CheckDestination(absolute(w.run.env.dir, name), w.run.opts.force)
		},
	}
}

// withHint puts an error's remedy behind its message, for a line below a prompt.
func withHint(err error) error {
	if hint := remedy(err); hint != "" {
		return fmt.Errorf("%w; %s", err, hint)
	}
	return err
}

func (w *wizard) questionStep(a *manifest.Asked) *prompt.Step {
	q := a.Question
	s := &prompt.Step{
		ID: "answer:" + q.ID, Title: q.Label(), Label: q.ID, Group: q.Group, Help: q.Help,
		Default: a.Value, Required: a.Missing,
	}
	for _, c := range q.Choices {
		o := prompt.Option{Value: c.Value, Title: c.Title}
		if c.Title != "" && !strings.EqualFold(c.Title, c.Value) {
			o.Hint = c.Value
		}
		s.Options = append(s.Options, o)
	}
	switch q.Type {
	case manifest.Int:
		s.Kind, s.Required = prompt.Int, true
		if a.Missing {
			s.Default = nil
		}
	case manifest.Bool:
		s.Kind = prompt.Confirm
	case manifest.Select:
		s.Kind = prompt.Choice
	case manifest.Multi:
		s.Kind, s.Required = prompt.Multi, false
	case manifest.Secret:
		s.Kind, s.Default = prompt.Secret, nil
	default:
		s.Kind = prompt.Text
	}
	m, vars := w.run.template.Manifest, w.resolved.Vars
	s.Validate = func(v any) error {
		_, err := m.Accept(q.ID, scalar(v), vars)
		return err
	}
	return s
}

func (w *wizard) changeStep() *prompt.Step {
	s := &prompt.Step{
		ID: stepChange, Kind: prompt.Multi, Title: "Which answers?",
	}
	for _, a := range w.resolved.Asked {
		if a.Active && a.Question.Type != manifest.Secret {
			s.Options = append(s.Options, prompt.Option{Value: a.Question.ID, Title: a.Question.Label(), Hint: a.Question.ID + "=" + manifest.Typed(a.Value)})
		}
	}
	return s
}

// confirmStep is the last screen: what would be written, before anything is.
func (w *wizard) confirmStep(ctx context.Context) (*prompt.Step, error) {
	plan, err := w.plan(ctx)
	if err != nil {
		return nil, err
	}
	out, err := w.run.outcome(plan)
	if err != nil {
		return nil, err
	}
	return &prompt.Step{
		ID: stepConfirm, Kind: prompt.Choice, Title: "Create it?", Body: w.preview(out), Default: doCreate,
		Options: []prompt.Option{
			{Value: doCreate, Title: "Create it"},
			{Value: doChange, Title: "Change some answers"},
			{Value: doAll, Title: "Answer all questions"},
		},
	}, nil
}

func (w *wizard) plan(ctx context.Context) (*generator.Plan, error) {
	return w.run.planResolved(ctx, w.name, w.resolved)
}

// preview says what the plan would do: answers, files with sizes, layers,
// repository, commands.
func (w *wizard) preview(o *outcome) string {
	var b strings.Builder
	p := o.plan
	fmt.Fprintf(&b, "%s  %d files, %s\n", w.run.relative(p.Dir)+"/", len(p.Files), size(p.Size()))
	for _, l := range p.Parts[0].Template.Layers {
		fmt.Fprintf(&b, "layer  %s %s from %s\n", l.Name, l.Version, l.Source)
	}
	switch {
	case p.Git.Commit:
		fmt.Fprintf(&b, "git  a repository on branch %s with a first commit\n", p.Git.Branch)
	case p.Git.Init:
		fmt.Fprintf(&b, "git  a repository on branch %s, no commit: %s\n", p.Git.Branch, p.Git.Reason)
	default:
		fmt.Fprintf(&b, "git  none: %s\n", p.Git.Reason)
	}
	w.run.previewSteps(&b, o)
	b.WriteString("\nanswers\n")
	width := 0
	for _, a := range w.resolved.Asked {
		width = max(width, len(a.Question.ID))
	}
	for _, a := range w.resolved.Asked {
		if a.Active {
			fmt.Fprintf(&b, "  %-*s  %s\n", width, a.Question.ID, orEmpty(shownText(a)))
		}
	}
	if w.run.env.plainPrompts() {
		return b.String() // read aloud, line by line: the list of files is in --dry-run
	}
	b.WriteString("\nfiles\n")
	for _, f := range p.Files {
		fmt.Fprintf(&b, "  %8s  %s\n", size(f.Size), f.Path)
	}
	return b.String()
}

// shownText is an answer's value as text, or *** for a secret.
func shownText(a manifest.Asked) string { return manifest.Typed(shown(a)) }

func orEmpty(s string) string {
	if s == "" {
		return "(empty)"
	}
	return s
}
