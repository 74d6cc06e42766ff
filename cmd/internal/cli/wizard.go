package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"scaffold/generator"
	"scaffold/generator/manifest"
	"scaffold/generator/prompt"
	"scaffold/generator/recommend"
)

// The ids of the wizard's own steps. Questions of the template have "answer:"
// before their id, groups of signals "signal:".
const (
	stepTemplate = "template"
	stepName     = "name"
	stepConfirm  = "confirm"
	stepChange   = "change"
	stepHooks    = "hooks"
)

// What the last screen offers.
const (
	doCreate = "create"
	doChange = "change"
	doAll    = "all"
)

// interactive asks what the flags leave open, shows what would be written, and
// writes it when the person says so.
func (r *newRun) interactive(ctx context.Context) error {
	if err := r.checkDestination(); err != nil {
		return err
	}
	answered, err := r.env.prompter().Run(ctx, r.flow(ctx))
	if err != nil {
		return err
	}
	w, err := r.replay(ctx, answered)
	if err != nil {
		return err
	}
	plan, err := w.plan(ctx)
	if err != nil {
		return err
	}
	*r = *w.run
	fmt.Fprintln(r.env.err)
	return r.finish(ctx, plan)
}

// flow gives each step from the answers before it.
func (r *newRun) flow(ctx context.Context) prompt.Flow {
	return func(answered []prompt.Answered) (*prompt.Step, error) {
		w, err := r.replay(ctx, answered)
		if err != nil {
			return nil, err
		}
		return w.next(ctx)
	}
}

// checkDestination refuses a directory that cannot be the target before anyone
// answers a question.
func (r *newRun) checkDestination() error {
	if !r.opts.dirGiven {
		return nil
	}
	return generator.New(generator.Options{Now: r.env.now}).CheckDestination(absolute(r.env.dir, r.opts.dir), r.opts.force)
}

func (e *env) prompter() prompt.Prompter {
	if e.plainPrompts() {
		return prompt.NewPlain(e.in, e.err)
	}
	return prompt.NewWizard(prompt.Terminal{In: e.in, Out: e.tty, Color: e.color(true)})
}

// A wizard is a run as it stands after some answers. It is made anew for each
// step, so that going back needs no undo.
type wizard struct {
	run      *newRun
	name     string
	asked    map[string]bool // groups of signals that a flag or an answer spoke for
	answers  manifest.Answers
	resolved *manifest.Resolved
	wanted   []string // questions to be asked before the next confirmation
	changing bool     // the person asked to change some answers
	done     bool

	hooksShown []string // the hooks that the person has said something about
}

// replay gives the state after the answers.
func (r *newRun) replay(ctx context.Context, answered []prompt.Answered) (*wizard, error) {
	run := *r
	run.warnings = slices.Clone(r.warnings)
	w := &wizard{run: &run, name: r.opts.projectName(r.env.dir), asked: map[string]bool{}}
	for _, s := range r.opts.signals.list() {
		group, _ := manifest.SplitSignal(s)
		w.asked[group] = true
	}
	merged, err := w.given()
	if err != nil {
		return nil, err
	}
	w.answers = merged
	for _, a := range answered {
		if err := w.take(ctx, a); err != nil {
			return nil, err
		}
	}
	run.advice = run.rank()
	if err := w.resolve(); err != nil {
		return nil, err
	}
	return w, w.keepHooks()
}

// given are the answers that the command line brings.
func (w *wizard) given() (manifest.Answers, error) {
	if w.run.template == nil {
		return w.run.layers.merged(), nil
	}
	return w.run.withPreset(w.run.layers.merged())
}

// take applies one answer.
func (w *wizard) take(ctx context.Context, a prompt.Answered) error {
	kind, id, _ := strings.Cut(a.Step.ID, ":")
	switch kind {
	case "signal":
		return w.takeSignals(id, a.Value)
	case stepTemplate:
		if err := w.run.load(ctx, a.Value.(string)); err != nil {
			return err
		}
		answers, err := w.given()
		w.answers = answers
		return err
	case stepName:
		w.name = a.Value.(string)
	case "answer":
		w.answers[id] = scalar(a.Value)
		w.wanted = slices.DeleteFunc(w.wanted, func(q string) bool { return q == id })
	case stepChange:
		w.wanted, w.changing = slices.Clone(a.Value.([]string)), false
	case stepHooks:
		return w.takeHooks(hookChoice(a.Value.(string)))
	case stepConfirm:
		return w.takeConfirmation(a.Value.(string))
	}
	return nil
}

func (w *wizard) takeConfirmation(what string) error {
	switch what {
	case doCreate:
		w.done = true
	case doChange:
		w.changing = true
	case doAll:
		if err := w.resolve(); err != nil {
			return err
		}
		for _, a := range w.resolved.Asked {
			w.wanted = append(w.wanted, a.Question.ID)
		}
	}
	return nil
}

func (w *wizard) takeSignals(group string, value any) error {
	values, many := value.([]string)
	if !many {
		values = []string{value.(string)}
	}
	w.asked[group] = true
	w.run.said = slices.Clone(w.run.said)
	for _, v := range values {
		w.run.said = append(w.run.said, recommend.Signal(group, v))
	}
	var err error
	w.run.signals, err = recommend.Check(w.run.said, w.run.groups)
	return err
}

// scalar is an answer as it would be typed.
func scalar(value any) manifest.Scalar {
	switch v := value.(type) {
	case []string:
		return manifest.Scalar{List: v, Many: true}
	case nil:
		return manifest.Scalar{}
	default:
		return manifest.Scalar{Text: fmt.Sprint(v)}
	}
}

// resolve works out the template's answers, once there is a template.
func (w *wizard) resolve() error {
	if w.run.template == nil {
		return nil
	}
	var err error
	w.resolved, err = w.run.resolve(w.name, w.answers)
	return err
}

// next is the step that follows, or nil when the person has said to create.
func (w *wizard) next(ctx context.Context) (*prompt.Step, error) {
	if w.done {
		return nil, nil
	}
	if w.run.template == nil {
		if g, ok := w.nextGroup(); ok {
			return signalStep(g), nil
		}
		return w.templateStep(), nil
	}
	if w.name == "" {
		return w.nameStep(), nil
	}
	if problems := w.problems(); len(problems) > 0 {
		return nil, w.run.answersError(w.resolved, problems)
	}
	if w.changing {
		return w.changeStep(), nil
	}
	for i := range w.resolved.Asked {
		if a := &w.resolved.Asked[i]; a.Active && (a.Missing || slices.Contains(w.wanted, a.Question.ID)) {
			return w.questionStep(a), nil
		}
	}
	if s, err := w.hooksStep(); s != nil || err != nil {
		return s, err
	}
	return w.confirmStep(ctx)
}

// problems are those that no further question can mend: unknown and invalid
// answers from flags and files.
func (w *wizard) problems() []manifest.AnswerProblem {
	return slices.DeleteFunc(slices.Clone(w.resolved.Problems), func(p manifest.AnswerProblem) bool {
		return p.Kind == manifest.Missing
	})
}

// nextGroup is the first group of signals that neither a flag nor an answer has
// spoken for.
func (w *wizard) nextGroup() (manifest.SignalGroup, bool) {
	for _, g := range w.run.groups {
		if !g.Unasked && !w.asked[g.Name] {
			return g, true
		}
	}
	return manifest.SignalGroup{}, false
}
