package newcmd

import (
	"slices"

	"scaffold/cmd/internal/app"
	"scaffold/generator/fault"
	"scaffold/generator/manifest"
	"scaffold/generator/session"
	"scaffold/generator/step"
)

// contradictory refuses flags of which one would have to be ignored.
func (o *newOptions) contradictory() error {
	for _, pair := range []struct {
		flags string
		both  bool
	}{
		{"--run-hooks and --no-hooks", o.runHooks && o.noHooks},
		{"--no-git and --no-commit", o.noGit && o.noCommit},
		{"--no-git and --branch", o.noGit && o.branch != ""},
	} {
		if pair.both {
			return fault.New(fault.Usage, "%s contradict each other", pair.flags).Try("give one of them")
		}
	}
	switch {
	case o.diff && !o.dryRun:
		return fault.New(fault.Usage, "--diff without --dry-run").Try("add --dry-run")
	case o.verify == "run" && slices.Contains(step.Levels(), o.dir): // a shell gives the flag no word behind a blank
		return fault.New(fault.Usage, "%q beside --verify would be the project's directory", o.dir).
			Try("--verify=" + o.dir + " goes as far as that; ./" + o.dir + " is a directory")
	}
	return nil
}

// given is what the flags say, with the files that they name.
func (o *newOptions) given(e *app.Env) (session.Given, error) {
	g := session.Given{
		Dir: o.dir, Name: o.name, Template: o.template, Signals: o.signals.List(), Describe: o.describe, Preset: o.preset,
		Set: manifest.Answers{}, Secrets: manifest.Answers{},
		Ask: !o.yes && e.Asks(), Accept: o.yes, DryRun: o.dryRun, Force: o.force,
		NoGit: o.noGit, NoCommit: o.noCommit, Branch: o.branch, Author: o.author, Verify: o.verify, Expect: o.expect,
	}
	if err := o.contradictory(); err != nil {
		return g, err
	}
	switch {
	case o.runHooks:
		g.Hooks, g.Steps = session.HooksOnce, session.HooksOnce
	case o.noHooks:
		g.Hooks = session.HooksSkipped
	}
	var err error
	if g.Set, err = app.ParseSet(o.set); err != nil {
		return g, err
	}
	if o.license != "" {
		g.Set["license"] = manifest.Scalar{Text: o.license}
	}
	if err := e.ReadSecrets(o.secretFiles, g.Secrets); err != nil {
		return g, err
	}
	g.Answers, err = e.ReadAnswers(o.answersFile)
	return g, err
}
