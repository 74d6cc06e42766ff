package session

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"scaffold/generator/fault"
	"scaffold/generator/manifest"
	"scaffold/generator/quote"
	"scaffold/generator/step"
)

// Hooks is what becomes of a template's hooks.
type Hooks string

// What may be said of hooks. That nothing was said is "".
const (
	HooksOnce    Hooks = "run"   // this once, or the template is trusted already
	HooksTrusted Hooks = "trust" // now and in later runs
	HooksSkipped Hooks = "skip"
)

func (h Hooks) allows() bool { return h == HooksOnce || h == HooksTrusted }

// verb says what becomes of a command.
func (h Hooks) verb() string {
	switch h {
	case HooksSkipped:
		return "does not run"
	case "":
		return "asks to run"
	default:
		return "runs"
	}
}

// hooks is what was given, the list of trusted templates or the person says. That
// the recommendation is taken unseen says nothing.
func (a *state) hooks() Hooks {
	switch {
	case a.given.Hooks != "":
		return a.given.Hooks
	case a.template.trust.Has(a.template.Template):
		return HooksOnce
	default:
		return a.consent
	}
}

// vetted is [state.hooks] for the steps of --verify: who asks for them by name has
// not seen the commands of a template that is not scaffold's own.
func (a *state) vetted() Hooks {
	switch t := a.template; {
	case !slices.ContainsFunc(t.Layers, foreign) || t.trust.Has(t.Template):
		return HooksOnce
	case a.given.Steps != "":
		return a.given.Steps
	default:
		return a.consent
	}
}

// actions are the hooks that the answers so far call for.
func (a *state) actions() ([]manifest.Action, error) {
	actions, err := a.template.Manifest.ActionsOn(a.moment(), a.resolved.Vars)
	if err != nil {
		return nil, templateFault(err)
	}
	return actions, nil
}

// unallowed are the commands that would run and that nobody has allowed, as lines:
// hooks, and the steps of --verify.
func (a *state) unallowed() (hooks, steps []string, err error) {
	actions, err := a.actions()
	if err != nil || a.given.DryRun {
		return nil, nil, err
	}
	if a.hooks() == "" {
		hooks = hookLines(actions)
	}
	if a.vetted() == "" {
		stages, err := a.stages()
		return hooks, stageLines(stages), err
	}
	return hooks, nil, nil
}

// admit refuses commands that nobody allowed, before anything is written.
func (a *state) admit() error {
	hooks, steps, err := a.unallowed()
	lines := slices.Concat(hooks, steps)
	if err != nil || len(lines) == 0 {
		return err
	}
	commands := "1 command"
	if len(lines) > 1 {
		commands = fmt.Sprintf("%d commands", len(lines))
	}
	without := "--no-hooks runs nothing"
	if len(steps) > 0 {
		without = "without --verify none of its steps runs"
	}
	return &fault.Fault{
		Kind: fault.Untrusted, Lines: append(lines, a.template.trust.Why(a.template.Template)...),
		Message: fmt.Sprintf("template %s wants to run %s, and nobody has allowed it", a.template.Manifest.Name, commands),
		Hint:    without + ", --run-hooks runs them this once; scaffold trust add " + shell([]string{a.template.ref}) + " allows it from now on",
	}
}

// hooksStep asks whether the template may run its commands. Enter alone runs
// nothing.
func (a *state) hooksStep() (*Step, error) {
	hooks, steps, err := a.unallowed()
	lines := slices.Concat(hooks, steps)
	if err != nil || len(lines) == 0 {
		return nil, err
	}
	return &Step{
		ID: stepHooks, Kind: Choice, Title: "This template wants to run commands", Label: "Hooks", Terms: termsHooks,
		Help: "they run in the finished project, with all your rights", Body: a.template.wants(lines), Default: string(HooksSkipped),
		Options: []Option{
			{Value: string(HooksSkipped), Title: "Do not run them"},
			{Value: string(HooksOnce), Title: "Run them this once"},
			{Value: string(HooksTrusted), Title: "Trust this template as it is now, and run them"},
		},
	}, nil
}

// wants shows commands of the template, and where they come from.
func (c *chosen) wants(lines []string) string {
	var b strings.Builder
	for _, line := range lines {
		b.WriteString(line + "\n")
	}
	for _, line := range c.trust.Why(c.Template) {
		b.WriteString("\n" + line)
	}
	for _, l := range c.Layers {
		fmt.Fprintf(&b, "\nfrom %s %s, %s\n     %s", l.Name, l.Version, l.Source, l.SHA256)
	}
	return b.String()
}

// takeConsent applies the person's word about the commands. It holds for those
// that were shown: see keepConsent.
func (a *state) takeConsent(said Hooks) error {
	if err := a.resolve(); err != nil {
		return err
	}
	a.consent = "" // what it is anew
	hooks, steps, err := a.unallowed()
	a.consent, a.seen = said, slices.Concat(hooks, steps)
	return err
}

// keepConsent forgets the person's word where another answer has brought other
// commands since.
func (a *state) keepConsent() error {
	if a.consent == "" || a.resolved == nil {
		return nil
	}
	said := a.consent
	a.consent = ""
	hooks, steps, err := a.unallowed()
	for _, line := range slices.Concat(hooks, steps) {
		if !slices.Contains(a.seen, line) {
			return err
		}
	}
	a.consent = said
	return err
}

// HookLine shows one hook as it will run, and what it declares to need. It is one
// line, whatever the command holds.
func HookLine(a manifest.Action) string {
	notes := []string{"hook " + a.ID}
	if a.Script != "" {
		notes = append(notes, scriptNote(a))
	}
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
	return quote.Text(shell(a.Run) + "   (" + strings.Join(notes, "; ") + ")")
}

func hookLines(actions []manifest.Action) []string {
	lines := make([]string, len(actions))
	for i, a := range actions {
		lines[i] = HookLine(a)
	}
	return lines
}

// StageLine shows one step of a verify block as it will run, in one line.
func StageLine(s step.Stage) string {
	return quote.Text(shell(s.Run)) + "   (verify " + s.Name + ")"
}

func stageLines(stages []step.Stage) []string {
	lines := make([]string, len(stages))
	for i, s := range stages {
		lines[i] = StageLine(s)
	}
	return lines
}

func shell(args []string) string { return quote.Shell(args...) }
