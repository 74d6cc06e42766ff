package newcmd

import (
	"scaffold/cmd/internal/app"
	"scaffold/generator/fault"
	"scaffold/generator/manifest"
	"scaffold/generator/session"
)

// given is what the flags say, with the files that they name.
func (o *newOptions) given(e *app.Env) (session.Given, error) {
	g := session.Given{
		Dir: o.dir, Name: o.name, Template: o.template, Signals: o.signals.List(), Describe: o.describe, Preset: o.preset,
		Set: manifest.Answers{}, Secrets: manifest.Answers{},
		Ask: !o.yes && e.Asks(), Accept: o.yes, DryRun: o.dryRun, Force: o.force,
		NoGit: o.noGit, NoCommit: o.noCommit, Branch: o.branch, Author: o.author, Verify: o.verify, Expect: o.expect,
	}
	switch {
	case o.diff && !o.dryRun:
		return g, fault.New(fault.Usage, "--diff without --dry-run").Try("add --dry-run")
	case o.runHooks && o.noHooks:
		return g, fault.New(fault.Usage, "--run-hooks and --no-hooks").Try("give one of them")
	case o.runHooks:
		g.Hooks = session.HooksOnce
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
