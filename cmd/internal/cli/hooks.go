package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"scaffold/generator"
	"scaffold/generator/fault"
	"scaffold/generator/manifest"
	"scaffold/generator/prompt"
	"scaffold/generator/quote"
	"scaffold/generator/step"
	"scaffold/generator/trust"
)

// hookChoice is what becomes of a template's hooks.
type hookChoice string

const (
	hooksUndecided hookChoice = ""
	hooksRun       hookChoice = "run"   // this once, or the template is trusted
	hooksTrust     hookChoice = "trust" // now and in later runs
	hooksSkip      hookChoice = "skip"
)

// checkSteps refuses flags about hooks and verification that make no sense.
func (o *newOptions) checkSteps() error {
	switch {
	case o.runHooks && o.noHooks:
		return fault.New(fault.Usage, "--run-hooks and --no-hooks").Try("give one of them")
	case o.verify != "":
		return checkLevel("verify", o.verify)
	default:
		return nil
	}
}

// hookChoice is what flags, the person or the list of trusted templates say.
// --yes says nothing.
func (r *newRun) hookChoice() hookChoice {
	switch {
	case r.opts.noHooks:
		return hooksSkip
	case r.opts.runHooks, r.trust.Has(r.template):
		return hooksRun
	default:
		return r.hookAnswer
	}
}

// admitHooks refuses hooks that nobody allowed, before anything is written.
func (r *newRun) admitHooks(actions []manifest.Action) error {
	if len(actions) == 0 || r.opts.dryRun || r.hookChoice() != hooksUndecided {
		return nil
	}
	return untrusted(r.template.Manifest.Name, r.templateRef, actions)
}

// hookJobs are the hooks that run once the project is in place.
func (r *newRun) hookJobs(plan *generator.Plan, actions []manifest.Action) []job {
	if c := r.hookChoice(); c != hooksRun && c != hooksTrust {
		return nil
	}
	answers := plan.Parts[0].Answers
	jobs := make([]job, len(actions))
	for i, a := range actions {
		c := step.Command{
			Name: a.ID, Run: a.Run, Dir: plan.Dir, Timeout: time.Duration(a.Timeout), Hide: secrets(answers),
			Env: step.Environ(r.env.environ(), answerEnv(answers, a.Needs.Secrets)...),
		}
		again := "cd " + shellQuote(r.relative(plan.Dir)) + " && " + shellJoin(a.Run)
		jobs[i] = job{name: a.ID, run: a.Run, again: again, do: func(ctx context.Context, line func(string)) error {
			c.Line = line
			return c.Do(ctx)
		}}
	}
	return jobs
}

// answerEnv gives answers to a hook as data, SCAFFOLD_ANSWER_<ID>, so that no
// answer is ever part of a command. A secret goes only to a hook that declares
// it.
func answerEnv(r *manifest.Resolved, wanted []string) []string {
	env := []string{answerVar("name", r.Vars["name"])}
	for _, a := range r.Asked {
		if a.Active && (a.Question.Type != manifest.Secret || slices.Contains(wanted, a.Question.ID)) {
			env = append(env, answerVar(a.Question.ID, a.Value))
		}
	}
	for _, id := range manifest.Defaulted() {
		if !isQuestion(r, id) {
			env = append(env, answerVar(id, r.Vars[id]))
		}
	}
	return env
}

func answerVar(id string, value any) string {
	return answerVariable + strings.ToUpper(id) + "=" + manifest.Typed(value)
}

// secrets are the answers that no output may show.
func secrets(r *manifest.Resolved) []string {
	var out []string
	for _, a := range r.Asked {
		if a.Question.Type == manifest.Secret {
			out = append(out, manifest.Typed(a.Value))
		}
	}
	return out
}

// hookLine shows one hook as it will run, and what it declares to need. It is one
// line, whatever the command holds.
func hookLine(a manifest.Action) string {
	notes := []string{"hook " + a.ID}
	if a.Needs.Net {
		notes = append(notes, "reaches the network")
	}
	if len(a.Needs.Tools) > 0 {
		notes = append(notes, "uses "+strings.Join(a.Needs.Tools, ", "))
	}
	if len(a.Needs.Secrets) > 0 {
		notes = append(notes, "gets the secret "+strings.Join(a.Needs.Secrets, ", "))
	}
	limit := time.Duration(a.Timeout)
	if limit == 0 {
		limit = step.DefaultTimeout
	}
	notes = append(notes, "at most "+limit.String())
	return quote.Text(shellJoin(a.Run) + "   (" + strings.Join(notes, "; ") + ")")
}

// hooksStep asks whether the template may run its commands. Enter alone runs
// nothing.
func (w *wizard) hooksStep() (*prompt.Step, error) {
	actions, err := w.actions()
	if err != nil || len(actions) == 0 || w.run.opts.dryRun || w.run.hookChoice() != hooksUndecided {
		return nil, err
	}
	var b strings.Builder
	for _, a := range actions {
		b.WriteString(hookLine(a) + "\n")
	}
	for _, l := range w.run.template.Layers {
		fmt.Fprintf(&b, "\nfrom %s %s, %s\n     %s", l.Name, l.Version, l.Source, l.SHA256)
	}
	return &prompt.Step{
		ID: stepHooks, Kind: prompt.Choice, Title: "This template wants to run commands", Label: "Hooks",
		Help: "they run in the finished project, with all your rights", Body: b.String(), Default: string(hooksSkip),
		Options: []prompt.Option{
			{Value: string(hooksSkip), Title: "Do not run them"},
			{Value: string(hooksRun), Title: "Run them this once"},
			{Value: string(hooksTrust), Title: "Trust this template as it is now, and run them"},
		},
	}, nil
}

// actions are the hooks that the answers so far call for.
func (w *wizard) actions() ([]manifest.Action, error) {
	return w.run.template.Manifest.ActionsOn("new", w.resolved.Vars)
}

// takeHooks applies the person's word about the hooks. It holds for the hooks
// that were shown: see keepHooks.
func (w *wizard) takeHooks(choice hookChoice) error {
	if err := w.resolve(); err != nil {
		return err
	}
	actions, err := w.actions()
	w.run.hookAnswer, w.hooksShown = choice, hookLines(actions)
	return err
}

// keepHooks forgets the person's word where another answer has brought other
// hooks since.
func (w *wizard) keepHooks() error {
	if w.run.hookAnswer == hooksUndecided || w.resolved == nil {
		return nil
	}
	actions, err := w.actions()
	for _, line := range hookLines(actions) {
		if !slices.Contains(w.hooksShown, line) {
			w.run.hookAnswer = hooksUndecided
		}
	}
	return err
}

func hookLines(actions []manifest.Action) []string {
	lines := make([]string, len(actions))
	for i, a := range actions {
		lines[i] = hookLine(a)
	}
	return lines
}

// untrusted is hooks that nobody has allowed to run.
func untrusted(template, ref string, actions []manifest.Action) error {
	f := fault.New(fault.Untrusted, "template %s wants to run %s, and nobody has allowed it", template, count(len(actions), "command"))
	f.Lines = hookLines(actions)
	return f.Try("--no-hooks runs nothing, --run-hooks runs them this once; scaffold trust add " + shellQuote(ref) + " allows it from now on")
}

// remember keeps the trust that the person gave.
func (r *newRun) remember(ctx context.Context) error {
	if r.hookAnswer != hooksTrust || r.hookChoice() != hooksTrust {
		return nil
	}
	return r.trust.Add(ctx, r.template)
}

// trusted reports whether the template may run what it brings: it is scaffold's
// own, or the person has said so.
func (r *newRun) trusted() bool {
	own := !slices.ContainsFunc(r.template.Layers, func(l generator.Layer) bool { return !strings.HasPrefix(l.Source, "builtin:") })
	return own || r.opts.runHooks || r.trust.Has(r.template)
}

func (e *env) trustStore() (*trust.Store, error) { return trust.Open(e.configFile("trust.yaml")) }

// hooksJSON describes the hooks, before any has run.
func (o *outcome) hooksJSON() []stepJSON {
	status := jobPlanned
	switch o.run.hookChoice() {
	case hooksSkip:
		status = jobSkipped
	case hooksUndecided:
		status = jobUntrusted
	}
	out := []stepJSON{}
	for _, a := range o.hooks {
		out = append(out, stepJSON{Name: a.ID, Run: a.Run, Status: status, Needs: &needsJSON{
			Net: a.Needs.Net, Tools: append([]string{}, a.Needs.Tools...), Secrets: append([]string{}, a.Needs.Secrets...),
		}})
	}
	return out
}

// runSteps runs the hooks and the steps of --verify in the finished project.
func (o *outcome) runSteps(ctx context.Context) error {
	r := o.run
	if o.result == nil {
		return nil
	}
	dir := r.relative(o.plan.Dir)
	var err error
	if o.ran, err = r.env.runJobs(ctx, dir, r.hookJobs(o.plan, o.hooks)); err != nil {
		return err
	}
	o.verified, err = r.env.runJobs(ctx, dir, r.env.verifyJobs(o.plan.Dir, dir, o.stages))
	return err
}

// previewSteps says what would run, before anything is written.
func (r *newRun) previewSteps(b *strings.Builder, o *outcome) {
	verb := map[hookChoice]string{hooksSkip: "does not run  ", hooksUndecided: "asks to run  "}[r.hookChoice()]
	if verb == "" {
		verb = "runs  "
	}
	for _, a := range o.hooks {
		b.WriteString(verb + hookLine(a) + "\n")
	}
	for _, s := range o.stages {
		fmt.Fprintf(b, "runs  %s   (verify %s)\n", quote.Text(shellJoin(s.Run)), s.Name)
	}
	if len(o.hooks)+len(o.stages) == 0 {
		b.WriteString("runs  nothing; the commands to type come after\n")
	}
	for _, line := range toolLines(o.tools) {
		b.WriteString("tools  " + line + "\n")
	}
}
