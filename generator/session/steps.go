package session

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"scaffold/generator"
	"scaffold/generator/fault"
	"scaffold/generator/manifest"
	"scaffold/generator/quote"
	"scaffold/generator/recommend"
)

// The ids of the steps. Those of signals and of the template's questions go on
// with ":" and the group or the question.
const (
	stepSignal   = "signal"
	stepPlain    = "plain" // a use, asked about in plain words
	stepWords    = "words"
	stepMeant    = "meant" // what was understood, to be confirmed
	stepTemplate = "template"
	stepName     = "name"
	stepAnswer   = "answer"
	stepConfirm  = "confirm"
	stepChange   = "change"
	stepHooks    = "hooks"
	stepStart    = "start" // once the project is there
)

// What the last step offers.
const (
	doCreate = "create"
	doChange = "change"
	doAll    = "all"
)

// What the steps before the recommendation offer beside their answers.
const (
	doWords = "in my own words" // no group has a value with blanks
	doRest  = "other questions"
	doYes   = "yes"
	doNo    = "no"
	doPass  = "pass"
	doAgain = "again"
)

// What "?" says on the steps that are scaffold's own; those of signals explain
// themselves in the table of signals.
const (
	termsPlain    = "A yes chooses a use, and the asking goes on where another could still change the advice. Don't know says nothing, for or against."
	termsWords    = "The words are looked up in a list, on this machine alone. What was understood is shown before anything follows from it."
	termsMeant    = "What is left of → was understood as what is right of it. What nobody said is not assumed: it is asked, or left out of the sum."
	termsTemplate = "A template is a complete small project. Each line adds to its sum or takes from it; confidence says how clear the lead is. Any may be taken."
	termsName     = "The directory and the repository are called that, and so is the package in it. It is the one answer that is not changed later."
	termsHooks    = "A hook is a command that the template brings along. Trust is for its files as they are now: where they change, it is asked about again."
	termsStart    = "These are the template's commands; they run in the project. The project stays as it is, whatever they do. --no-start never asks."
	termsChange   = "Space marks what to answer anew; the rest stays. Each answer is a flag, too: --set KEY=VALUE."
	termsConfirm  = "Nothing is written before this, and then all of it or nothing. The command that repeats the run without questions is shown at the end."
)

// next is the step that follows, or nil when the person has said to create.
func (a *state) next(ctx context.Context) (*Step, error) {
	if a.done {
		return nil, nil
	}
	if a.template == nil {
		return a.adviceStep(), nil
	}
	if a.name == "" {
		return a.nameStep(), nil
	}
	if err := a.checkName(); err != nil {
		return nil, err
	}
	if list := a.hopeless(); len(list) > 0 {
		return nil, a.problems(list)
	}
	if a.changing {
		return a.changeStep(), nil
	}
	for i := range a.resolved.Asked {
		if q := &a.resolved.Asked[i]; q.Active && (q.Missing || slices.Contains(a.wanted, q.Question.ID) || a.isNew(q)) {
			return a.questionStep(q), nil
		}
	}
	if s, err := a.hooksStep(); s != nil || err != nil {
		return s, err
	}
	if a.given.Made != nil {
		return nil, nil
	}
	return a.confirmStep(ctx)
}

// hopeless are the problems that no further question can mend: unknown and
// invalid answers from flags and files.
func (a *state) hopeless() []manifest.AnswerProblem {
	return slices.DeleteFunc(slices.Clone(a.resolved.Problems), func(p manifest.AnswerProblem) bool {
		return p.Kind == manifest.Missing
	})
}

// templateStep shows the recommendation with its reasons; where none can be
// made it lists the templates with none chosen.
func (a *state) templateStep() *Step {
	s := &Step{ID: stepTemplate, Kind: Choice, Label: "Template", Terms: termsTemplate}
	if a.advice.Choice == nil {
		s.Title = "Which template?"
		s.Help = "nothing that was said tells them apart, so none is recommended"
		s.Options = []Option{{Title: "none chosen yet"}}
		s.Validate = func(v any) error {
			if v == "" {
				return errors.New("choose a template")
			}
			return nil
		}
	} else {
		s.Title = "Recommended: " + a.advice.Choice.Primary
		s.Default = a.advice.Choice.Primary
		s.Body = a.machine.Screen.reasons(a.advice)
	}
	for _, t := range a.advice.Ranking {
		hint := t.Title
		if t.Denied != nil {
			hint = fmt.Sprintf("denied by %s: %s", t.Denied.Source, t.Denied.Text)
		}
		s.Options = append(s.Options, Option{Value: t.Template, Title: t.Template, Hint: hint})
	}
	if len(a.unasked()) > 0 {
		s.Options = append(s.Options, Option{Value: doRest, Title: "Answer the other questions first"})
	}
	return s
}

// checkName holds the name to the rule of the template, which may have become
// known after it.
func (a *state) checkName() error {
	if a.given.Made != nil {
		return nil
	}
	return a.template.Manifest.CheckName(a.name)
}

func (a *state) nameStep() *Step {
	return &Step{
		ID: stepName, Kind: Text, Title: "Project name", Label: "Name", Required: true, Terms: termsName,
		Help:    "lower-case letters, digits and -; the project goes to " + a.place(),
		Default: a.proposedName(), Proposed: true,
		Validate: func(v any) error {
			name := v.(string)
			if err := a.template.Manifest.CheckName(name); err != nil {
				return withHint(err)
			}
			if a.given.Dir != "" {
				return nil
			}
			return a.machine.generator().CheckDestination(a.machine.absolute(a.directory(name)), a.given.Force)
		},
	}
}

// place is where a project goes, as the person would type it.
func (a *state) place() string {
	if a.given.Dir != "" {
		return a.given.Dir
	}
	dir := filepath.ToSlash(a.directory("<name>"))
	if filepath.IsAbs(dir) || strings.HasPrefix(dir, "..") {
		return dir
	}
	return "./" + dir
}

// proposedName is a name that Enter takes, of a directory that is not there yet.
func (a *state) proposedName() string {
	base := "my-" + a.noun()
	name := base
	for n := 2; n < 100 && a.given.Dir == "" && a.machine.generator().CheckDestination(a.machine.absolute(a.directory(name)), a.given.Force) != nil; n++ {
		name = fmt.Sprintf("%s-%d", base, n)
	}
	return name
}

// noun is what the project is called by its first use, or else by its template.
func (a *state) noun() string {
	for _, g := range a.groups {
		for _, v := range g.Values {
			if v.Noun != "" && slices.Contains(a.signals, recommend.Signal(g.Name, v.Value)) {
				return v.Noun
			}
		}
	}
	return a.template.Manifest.Name
}

// withHint puts an error's remedy behind its message, for a line below a prompt.
func withHint(err error) error {
	if f := fault.Of(err); f != nil && f.Hint != "" {
		return fmt.Errorf("%w; %s", err, f.Hint)
	}
	return err
}

func (a *state) questionStep(asked *manifest.Asked) *Step {
	q := asked.Question
	s := &Step{
		ID: stepAnswer + ":" + q.ID, Title: q.Label(), Label: q.ID, Group: q.Group, Help: q.Help,
		Default: asked.Value, Required: asked.Missing,
	}
	for _, c := range q.Choices {
		o := Option{Value: c.Value, Title: c.Title}
		if c.Title != "" && !strings.EqualFold(c.Title, c.Value) {
			o.Hint = c.Value
		}
		s.Options = append(s.Options, o)
	}
	switch s.Kind = q.Type.Control(); {
	case s.Kind == Int && asked.Missing:
		s.Default, s.Required = nil, true
	case s.Kind == Int:
		s.Required = true
	case s.Kind == Multi:
		s.Required = false
	case s.Kind == Secret:
		s.Default = nil
	}
	m, vars := a.template.Manifest, a.resolved.Vars
	s.Terms = "As flag: " + setFlag(q) + ". What is not asked has its default; the last screen can change each."
	s.Validate = func(v any) error {
		_, err := m.Accept(q.ID, scalar(v), vars)
		return err
	}
	return s
}

func (a *state) changeStep() *Step {
	s := &Step{ID: stepChange, Kind: Multi, Title: "Which answers?", Terms: termsChange}
	for _, q := range a.resolved.Asked {
		if q.Active && !q.Question.Type.IsSecret() {
			s.Options = append(s.Options, Option{Value: q.Question.ID, Title: q.Question.Label(), Hint: q.Question.ID + "=" + manifest.Typed(q.Value)})
		}
	}
	return s
}

// confirmStep is the last step: what would be written, before anything is. The
// plan that it shows is the session's from here on.
func (a *state) confirmStep(ctx context.Context) (*Step, error) {
	p, err := a.Plan(ctx)
	if err != nil {
		return nil, err
	}
	return &Step{
		ID: stepConfirm, Kind: Choice, Title: "Create it?", Body: a.preview(p), Default: doCreate, Terms: termsConfirm,
		Options: []Option{
			{Value: doCreate, Title: "Create it"},
			{Value: doChange, Title: "Change some answers"},
			{Value: doAll, Title: "Answer all questions"},
		},
	}, nil
}

// preview says what the plan would do: answers, files with sizes, layers,
// repository, commands.
func (a *state) preview(p *generator.Plan) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %d files, %s\n", a.machine.Relative(p.Dir)+"/", len(p.Files), quote.Size(p.Size()))
	for _, part := range p.Parts {
		for _, l := range part.Template.Layers {
			fmt.Fprintf(&b, "layer  %s %s from %s\n", l.Name, l.Version, l.Source)
		}
	}
	fmt.Fprintf(&b, "git  %s\n", repository(p.Git))
	for _, line := range a.Commands() {
		b.WriteString(line + "\n")
	}
	b.WriteString("\nanswers\n")
	width := 0
	for _, q := range a.resolved.Asked {
		width = max(width, len(q.Question.ID))
	}
	for _, q := range a.resolved.Asked {
		if q.Active {
			fmt.Fprintf(&b, "  %-*s  %s\n", width, q.Question.ID, orEmpty(manifest.Typed(Shown(q))))
		}
	}
	if a.machine.Screen.Spoken {
		return b.String() // the list of files is in --dry-run
	}
	b.WriteString("\nfiles\n")
	for _, f := range p.Files {
		fmt.Fprintf(&b, "  %8s  %s\n", quote.Size(f.Size), f.Path)
	}
	return b.String()
}

func repository(g generator.GitPlan) string {
	switch {
	case g.Commit:
		return fmt.Sprintf("a repository on branch %s with a first commit", g.Branch)
	case g.Branch != "":
		return fmt.Sprintf("a repository on branch %s, no commit: %s", g.Branch, g.Reason)
	}
	return "none: " + g.Reason
}

// Shown is an answer's value, or "***" for a secret.
func Shown(a manifest.Asked) any {
	if a.Question.Type.IsSecret() {
		return "***"
	}
	return a.Value
}

func orEmpty(s string) string {
	if s == "" {
		return "(empty)"
	}
	return s
}
