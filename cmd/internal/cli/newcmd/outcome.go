package newcmd

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"scaffold/cmd/internal/app"
	"scaffold/cmd/internal/ui"
	"scaffold/generator"
	"scaffold/generator/quote"
	"scaffold/generator/session"
)

// An outcome is what a run of `scaffold new` planned or did, for people and for
// programs.
type outcome struct {
	env      *app.Env
	given    session.Given
	diff     bool // contents are shown
	offers   bool // to install and start it
	session  *session.Session
	plan     *generator.Plan
	result   *generator.Result // nil on a dry run
	ran      []ui.Receipt      // of the hooks
	verified []ui.Receipt      // of the steps of --verify
	Duration time.Duration
}

// finish shows the plan; or applies it, runs what was asked for, and says what
// there is now.
func (o *outcome) finish(ctx context.Context) error {
	if err := o.apply(ctx); err != nil {
		return err
	}
	if !o.env.JSON {
		return o.print(ctx)
	}
	doc, err := o.run(ctx)
	if err != nil {
		return err
	}
	return ui.WriteJSON(o.env.Out, doc)
}

// apply writes the plan, but on a dry run.
func (o *outcome) apply(ctx context.Context) (err error) {
	if o.given.DryRun {
		return nil
	}
	started := time.Now()
	if o.result, err = o.session.Apply(ctx, o.plan); err != nil {
		return err
	}
	o.env.Made, o.Duration = o.dir(), time.Since(started)
	return nil
}

func (o *outcome) dir() string { return o.env.Session().Relative(o.plan.Dir) }

func (o *outcome) warnings() []string {
	out := o.session.Warnings()
	if o.env.JSON { // else they were said when they came up
		out = append(out, o.env.Warnings...)
	}
	recovered := o.plan.Recovered
	if o.result != nil {
		recovered = o.result.Recovered
	}
	for _, rec := range recovered {
		if rec.Finished {
			out = append(out, "an earlier run in "+rec.Dir+" was interrupted; its changes are complete and in place now")
		} else {
			out = append(out, "the remains of an interrupted run in "+rec.Dir+" were removed")
		}
		for _, name := range rec.Kept {
			out = append(out, name+" in "+rec.Dir+" had changed since and was kept; what the run had for it is beside it, as "+path.Base(name)+".scaffold-new")
		}
	}
	out = append(out, session.ToolLines(o.session.Tools())...)
	for _, line := range o.session.Skipped() {
		out = append(out, "not run: "+line)
	}
	if o.plan.Git.Signed {
		out = append(out, "this machine signs commits; the first commit is not signed")
	}
	return out
}

// nextSteps are the commands to type, the first one to enter the project.
func (o *outcome) nextSteps() []string {
	var steps []string
	if rel := o.dir(); rel != "." {
		steps = append(steps, "cd "+quote.Shell(rel))
	}
	steps = append(steps, o.plan.Next()...)
	if o.plan.Git.Branch != "" && !o.plan.Git.Commit && !o.given.NoCommit {
		steps = append(steps, `git config user.name "…" && git config user.email "…" && git add . && git commit -m "First commit"`)
	}
	return steps
}

// runSteps runs the hooks and the steps of --verify in the finished project.
func (o *outcome) runSteps(ctx context.Context) error {
	if o.result == nil {
		return nil
	}
	var err error
	if o.ran, err = ui.RunJobs(ctx, &o.env.Streams, o.dir(), o.session.HookJobs(o.plan)); err != nil {
		return err
	}
	o.verified, err = ui.RunJobs(ctx, &o.env.Streams, o.dir(), o.session.StageJobs(o.plan.Dir, o.dir()))
	return err
}

// print tells the person what there is now, on stderr, and runs what is to be
// run; a dry run's list is the result and goes to stdout.
func (o *outcome) print(ctx context.Context) error {
	e := o.env
	for _, w := range o.warnings() {
		fmt.Fprintln(e.Err, e.Warning()+" "+quote.Text(w))
	}
	if o.result == nil {
		return o.printPlan(e)
	}
	if !e.Quiet {
		o.printCreated(e)
	}
	if err := o.runSteps(ctx); err != nil {
		return err
	}
	if !e.Quiet {
		o.printNext(e)
	}
	return o.start(ctx)
}

// start installs and starts the project where the person wants it, until Ctrl-C.
func (o *outcome) start(ctx context.Context) error {
	e, launch := o.env, o.session.Launch(o.plan.Dir, o.dir())
	if launch == nil || !o.offers {
		return nil
	}
	fmt.Fprintln(e.Err)
	if err := e.Prompter().Run(ctx, launch); err != nil || !launch.Wanted() {
		return err
	}
	shown := e.Streams
	shown.Verbose = true
	_, err := ui.RunJobs(ctx, &shown, o.dir(), launch.Jobs(func(url string) {
		fmt.Fprintf(e.Err, "%s It answers at %s   Ctrl-C ends it\n", e.Tick(), url)
		context.AfterFunc(ctx, func() { fmt.Fprintln(e.Err) }) // the terminal writes ^C
	}))
	if err == nil {
		fmt.Fprintf(e.Err, "Again: %s\n", quote.Text(launch.Again()))
	}
	return err
}

func (o *outcome) printCreated(e *app.Env) {
	name := quote.Text(o.plan.Name)
	tick := e.Tick()
	fmt.Fprintf(e.Err, "%s Created %s: %d files, %s in %.1f s\n", tick, name, len(o.result.Created), quote.Size(o.plan.Size()), o.Duration.Seconds())
	for _, path := range o.result.Kept {
		fmt.Fprintf(e.Err, "  %s was there and is kept; ours is %s.scaffold-new\n", quote.Text(path), quote.Text(path))
	}
	switch git := o.plan.Git; {
	case o.result.Commit != "":
		fmt.Fprintf(e.Err, "%s Git repository, branch %s, first commit %.7s\n", tick, git.Branch, o.result.Commit)
	case git.Init:
		fmt.Fprintf(e.Err, "%s Git repository, branch %s, no commit: %s\n", tick, git.Branch, git.Reason)
	default:
		fmt.Fprintf(e.Err, "  No git repository: %s\n", quote.Text(git.Reason))
	}
}

func (o *outcome) printNext(e *app.Env) {
	fmt.Fprintln(e.Err, "\nNext:")
	for i, step := range o.nextSteps() {
		fmt.Fprintf(e.Err, "  %d. %s\n", i+1, quote.Text(step))
	}
	fmt.Fprintf(e.Err, "\nThe same again, without questions:\n  %s\n", quote.Text(quote.Shell(o.session.Repeat()...)))
}

// printPlan lists what would be written.
func (o *outcome) printPlan(e *app.Env) error {
	e.Document = o.diff // contents stay as they are
	fmt.Fprintf(e.Err, "Nothing is written. %s would hold %d files, %s:\n", quote.Text(o.dir()), len(o.plan.Files), quote.Size(o.plan.Size()))
	for _, f := range o.plan.Files {
		fmt.Fprintf(e.Out, "%-6s %s %8s  %s\n", f.Op, f.Mode, quote.Size(f.Size), quote.Text(f.Path))
		if o.diff && f.Op != generator.Skip {
			if err := printContent(e, f); err != nil {
				return err
			}
		}
	}
	hooks, _ := o.session.Hooks()
	if steps, _ := o.session.Stages(); len(hooks)+len(steps) > 0 {
		for _, line := range o.session.Commands() {
			fmt.Fprintln(e.Err, quote.Lines(line))
		}
	}
	return nil
}

func printContent(e *app.Env, f generator.Change) error {
	if f.Secret {
		fmt.Fprintln(e.Out, "       (holds a secret)")
		return nil
	}
	data, err := f.Content()
	if err != nil || slices.Contains(data, 0) {
		fmt.Fprintln(e.Out, "       (binary)")
		return err
	}
	for line := range strings.Lines(string(data)) {
		fmt.Fprintln(e.Out, "       + "+quote.Text(strings.TrimRight(line, "\r\n")))
	}
	return nil
}
