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

// actions are the hooks that the answers so far call for.
func (a *state) actions() ([]manifest.Action, error) {
	actions, err := a.template.Manifest.ActionsOn(a.moment(), a.resolved.Vars)
	if err != nil {
		return nil, templateFault(err)
	}
	return actions, nil
}

// admit refuses hooks that nobody allowed, before anything is written.
func (a *state) admit() error {
	actions, err := a.actions()
	if err != nil || len(actions) == 0 || a.given.DryRun || a.hooks() != "" {
		return err
	}
	commands := "1 command"
	if len(actions) > 1 {
		commands = fmt.Sprintf("%d commands", len(actions))
	}
	return &fault.Fault{
		Kind: fault.Untrusted, Lines: append(hookLines(actions), a.template.trust.Why(a.template.Template)...),
		Message: fmt.Sprintf("template %s wants to run %s, and nobody has allowed it", a.template.Manifest.Name, commands),
		Hint:    "--no-hooks runs nothing, --run-hooks runs them this once; scaffold trust add " + shell([]string{a.template.ref}) + " allows it from now on",
	}
}

// hooksStep asks whether the template may run its commands. Enter alone runs
// nothing.
func (a *state) hooksStep() (*Step, error) {
	actions, err := a.actions()
	if err != nil || len(actions) == 0 || a.given.DryRun || a.hooks() != "" {
		return nil, err
	}
	var b strings.Builder
	for _, line := range hookLines(actions) {
		b.WriteString(line + "\n")
	}
	for _, line := range a.template.trust.Why(a.template.Template) {
		b.WriteString("\n" + line)
	}
	for _, l := range a.template.Layers {
		fmt.Fprintf(&b, "\nfrom %s %s, %s\n     %s", l.Name, l.Version, l.Source, l.SHA256)
	}
	return &Step{
		ID: stepHooks, Kind: Choice, Title: "This template wants to run commands", Label: "Hooks", Terms: termsHooks,
		Help: "they run in the finished project, with all your rights", Body: b.String(), Default: string(HooksSkipped),
		Options: []Option{
			{Value: string(HooksSkipped), Title: "Do not run them"},
			{Value: string(HooksOnce), Title: "Run them this once"},
			{Value: string(HooksTrusted), Title: "Trust this template as it is now, and run them"},
		},
	}, nil
}

// takeConsent applies the person's word about the hooks. It holds for the hooks
// that were shown: see keepConsent.
func (a *state) takeConsent(said Hooks) error {
	if err := a.resolve(); err != nil {
		return err
	}
	actions, err := a.actions()
	a.consent, a.seen = said, hookLines(actions)
	return err
}

// keepConsent forgets the person's word where another answer has brought other
// hooks since.
func (a *state) keepConsent() error {
	if a.consent == "" || a.resolved == nil {
		return nil
	}
	actions, err := a.actions()
	for _, line := range hookLines(actions) {
		if !slices.Contains(a.seen, line) {
			a.consent = ""
		}
	}
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

func shell(args []string) string { return quote.Shell(args...) }
