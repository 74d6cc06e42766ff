package session

import (
	"slices"
	"strings"

	"scaffold/generator/manifest"
)

// Repeat is the command that makes the same plan again, without questions. It is
// for a session that has a template.
func (s *Session) Repeat() []string { return s.at.repeat() }

// meant is the command that makes what was meant, where answers are wrong:
// nothing that was given is left out of it.
func (a *state) meant() []string {
	mended, err := a.template.Manifest.Mend(a.variables(a.name), a.answers)
	if err != nil {
		return a.repeat()
	}
	b := *a
	b.answers = mended.Answers
	if err := b.resolve(); err != nil {
		return a.repeat()
	}
	var open []string
	for _, o := range mended.Open {
		if a.layers.variable(o.ID) == "" { // a variable may be meant for another template
			open = append(open, o.Set)
		}
	}
	return b.repeat(open...)
}

// repeat has the template, the signals, every answer that is not its default,
// and further answers as they are.
func (a *state) repeat(further ...string) []string {
	args := append(a.machine.program(), "new")
	if dir := a.directory(a.name); dir != "" {
		args = append(args, dir)
	}
	if a.given.Name != "" {
		args = append(args, "--name", a.given.Name)
	}
	args = append(args, "--template", a.template.ref)
	if format := a.machine.Templates.Format(); format != "" {
		args = append(args, "--format", format)
	}
	args = append(args, signalArgs(a.signals)...)
	args = append(args, a.setArgs()...)
	for _, set := range further {
		args = append(args, "--set", set)
	}
	args = append(args, a.switches()...)
	if a.given.Verify != "" && a.vetted() != HooksSkipped {
		args = append(args, "--verify="+a.given.Verify)
	}
	if a.given.Branch != "" {
		args = append(args, "--branch", a.given.Branch)
	}
	if a.given.Author != "" {
		args = append(args, "--author", a.given.Author)
	}
	return args
}

// switches are the flags without a value. What was allowed this once, or refused,
// is so again.
func (a *state) switches() []string {
	once, refused := a.given.Hooks == HooksOnce || a.consent == HooksOnce, a.hooks() == HooksSkipped
	var args []string
	for _, flag := range []struct {
		name string
		on   bool
	}{{"--force", a.given.Force}, {"--no-git", a.given.NoGit}, {"--no-commit", a.given.NoCommit},
		{"--run-hooks", once}, {"--no-hooks", refused && !once},
		{"--no-input", true}} {
		if flag.on {
			args = append(args, flag.name)
		}
	}
	return args
}

// setArgs gives the answers that differ from what the template would take by
// itself, and something to fill in for those that are missing.
func (a *state) setArgs() []string {
	given := a.variables(a.name)
	given.Defaults = nil // the command works on a machine without this configuration, too
	defaults, err := a.template.Manifest.Resolve(given, nil)
	if err != nil {
		defaults = a.resolved
	}
	var args []string
	for i, q := range a.resolved.Asked {
		bare := askedOf(defaults, q)
		switch id := q.Question.ID; {
		case !q.Active:
		case q.Question.Type.IsSecret():
			args = append(args, "--secret-file", id+"=FILE")
		case q.Missing, bare.Missing && invalid(a.resolved, id):
			args = append(args, "--set", id+"="+q.Question.Sample())
		case invalid(a.resolved, id): // said aloud, so that it also hides what was given elsewhere
			args = append(args, "--set", id+"="+manifest.Typed(q.Value))
		case bare.Missing || !bare.Active || manifest.Typed(bare.Value) != manifest.Typed(q.Value) || q.Given && dependsOn(a.resolved, defaults, i):
			args = append(args, "--set", id+"="+manifest.Typed(q.Value))
		}
	}
	for _, id := range manifest.Defaulted() {
		if v, ok := a.answers[id]; ok && !isQuestion(a.resolved, id) {
			args = append(args, "--set", id+"="+v.Text)
		}
	}
	return args
}

// askedOf is what became of a question in another resolution, which may have
// fewer of them.
func askedOf(r *manifest.Resolved, a manifest.Asked) manifest.Asked {
	for _, b := range r.Asked {
		if b.Question.ID == a.Question.ID {
			return b
		}
	}
	return manifest.Asked{Question: a.Question}
}

func invalid(r *manifest.Resolved, id string) bool {
	return slices.ContainsFunc(r.Problems, func(p manifest.AnswerProblem) bool { return p.Kind == manifest.Invalid && p.ID == id })
}

func isQuestion(r *manifest.Resolved, id string) bool {
	return slices.ContainsFunc(r.Asked, func(a manifest.Asked) bool { return a.Question.ID == id })
}

// dependsOn reports whether question i may have another default here than where
// nothing is answered: an earlier answer differs.
func dependsOn(resolved, defaults *manifest.Resolved, i int) bool {
	for j := range i {
		if manifest.Typed(resolved.Asked[j].Value) != manifest.Typed(defaults.Asked[j].Value) {
			return true
		}
	}
	return false
}

// signalArgs writes signals as flags.
func signalArgs(signals []string) []string {
	byGroup := map[string][]string{}
	var order []string
	for _, s := range signals {
		group, value, _ := strings.Cut(s, ":")
		if ns, g, own := strings.Cut(group, "/"); own {
			group, value = g, ns+"/"+s[len(ns)+1:]
		}
		if byGroup[group] == nil {
			order = append(order, group)
		}
		byGroup[group] = append(byGroup[group], value)
	}
	var args []string
	for _, g := range order {
		args = append(args, "--"+g, strings.Join(byGroup[g], ","))
	}
	return args
}
