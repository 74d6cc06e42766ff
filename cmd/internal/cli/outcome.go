package cli

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"scaffold/generator"
	"scaffold/generator/manifest"
	"scaffold/generator/quote"
	"scaffold/generator/step"
)

// An outcome is what a run of `scaffold new` planned or did, for people and for
// programs.
type outcome struct {
	run      *newRun
	plan     *generator.Plan
	result   *generator.Result // nil on a dry run
	tools    []step.Finding
	hooks    []manifest.Action
	stages   []step.Stage // of --verify
	ran      []receipt    // of the hooks
	verified []receipt    // of the stages
	Duration time.Duration
}

// outcome begins with what a plan would do. What may not run, or cannot, is an
// error.
func (r *newRun) outcome(plan *generator.Plan) (*outcome, error) {
	o := &outcome{run: r, plan: plan}
	var err error
	if o.hooks, err = plan.Actions(); err != nil {
		return nil, ofTemplate(err)
	}
	if err := r.admitHooks(o.hooks); err != nil {
		return nil, err
	}
	if r.opts.verify != "" {
		if o.stages, err = stages(r.template.Manifest, r.opts.verify); err != nil {
			return nil, err
		}
		for i := range o.stages {
			o.stages[i].Hide = secrets(o.answers())
		}
	}
	o.tools = r.tools()
	return o, nil
}

func (o *outcome) answers() *manifest.Resolved { return o.plan.Parts[0].Answers }

// shown is an answer's value, or "***" for a secret.
func shown(a manifest.Asked) any {
	if a.Question.Type == manifest.Secret {
		return "***"
	}
	return a.Value
}

// overridden reports whether the person took another template than the
// recommended one.
func (r *newRun) overridden() bool {
	return r.advice.Choice != nil && r.template != nil && r.advice.Choice.Primary != r.template.Manifest.Name && r.advice.Choice.Primary != r.templateRef
}

func (o *outcome) warnings() []string {
	out := append([]string{}, o.run.warnings...)
	out = append(out, o.exposed()...)
	if o.run.env.global.json { // else they were said when they came up
		out = append(out, o.run.env.warnings...)
	}
	if o.result != nil {
		for _, rec := range o.result.Recovered {
			if rec.Finished {
				out = append(out, "an earlier run in "+rec.Dir+" was interrupted; its project is complete and in place now")
			} else {
				out = append(out, "the remains of an interrupted run in "+rec.Dir+" were removed")
			}
		}
	}
	out = append(out, toolLines(o.tools)...)
	if o.run.hookChoice() == hooksSkip {
		for _, a := range o.hooks {
			out = append(out, "not run: "+hookLine(a))
		}
	}
	if o.plan.Git.Signed {
		out = append(out, "this machine signs commits; the first commit is not signed")
	}
	return out
}

// exposed names the secrets that were given on the command line.
func (o *outcome) exposed() []string {
	var out []string
	for _, a := range o.answers().Asked {
		id := a.Question.ID
		typed := func(s string) bool { return strings.HasPrefix(s, id+"=") }
		if a.Question.Type == manifest.Secret && slices.ContainsFunc(o.run.opts.set, typed) {
			out = append(out, "the secret "+id+" was on the command line, so it may be in the shell's history; --secret-file "+id+"=FILE keeps it out")
		}
	}
	return out
}

// nextSteps are the commands to type, the first one to enter the project.
func (o *outcome) nextSteps() []string {
	var steps []string
	if rel := o.run.relative(o.plan.Dir); rel != "." {
		steps = append(steps, "cd "+shellQuote(rel))
	}
	for line := range strings.Lines(o.plan.Parts[0].Template.Manifest.Next) {
		if line = strings.TrimSpace(line); line != "" {
			steps = append(steps, line)
		}
	}
	if o.plan.Git.Init && !o.plan.Git.Commit && !o.run.opts.noCommit {
		steps = append(steps, `git config user.name "…" && git config user.email "…" && git add . && git commit -m "First commit"`)
	}
	return steps
}

func (r *newRun) relative(dir string) string {
	rel, err := filepath.Rel(r.env.dir, dir)
	if err != nil || strings.HasPrefix(rel, "..") {
		return dir
	}
	return rel
}

// print tells the person what there is now, on stderr, and runs what is to be
// run; a dry run's list is the result and goes to stdout.
func (o *outcome) print(ctx context.Context) error {
	e := o.run.env
	for _, w := range o.warnings() {
		fmt.Fprintln(e.err, e.style("!", yellow, e.errTTY)+" "+quote.Text(w))
	}
	if o.result == nil {
		return o.printPlan(e, o.run.opts)
	}
	if !e.global.quiet {
		o.printCreated(e)
	}
	if err := o.runSteps(ctx); err != nil {
		return err
	}
	if !e.global.quiet {
		o.printNext(e)
	}
	return nil
}

func (o *outcome) printCreated(e *env) {
	name := quote.Text(fmt.Sprint(o.answers().Vars["name"]))
	tick := e.style("✓", green, e.errTTY)
	fmt.Fprintf(e.err, "%s Created %s: %d files, %s in %.1f s\n", tick, name, len(o.result.Created), size(o.plan.Size()), o.Duration.Seconds())
	for _, path := range o.result.Kept {
		fmt.Fprintf(e.err, "  %s was there and is kept; ours is %s.scaffold-new\n", quote.Text(path), quote.Text(path))
	}
	switch git := o.plan.Git; {
	case o.result.Commit != "":
		fmt.Fprintf(e.err, "%s Git repository, branch %s, first commit %.7s\n", tick, git.Branch, o.result.Commit)
	case git.Init:
		fmt.Fprintf(e.err, "%s Git repository, branch %s, no commit: %s\n", tick, git.Branch, git.Reason)
	default:
		fmt.Fprintf(e.err, "  No git repository: %s\n", quote.Text(git.Reason))
	}
}

func (o *outcome) printNext(e *env) {
	fmt.Fprintln(e.err, "\nNext:")
	for i, step := range o.nextSteps() {
		fmt.Fprintf(e.err, "  %d. %s\n", i+1, quote.Text(step))
	}
	fmt.Fprintf(e.err, "\nThe same again, without questions:\n  %s\n", quote.Text(shellJoin(o.run.command(o.answers()))))
}

// printPlan lists what would be written.
func (o *outcome) printPlan(e *env, opts newOptions) error {
	fmt.Fprintf(e.err, "Nothing is written. %s would hold %d files, %s:\n", quote.Text(o.run.relative(o.plan.Dir)), len(o.plan.Files), size(o.plan.Size()))
	for _, f := range o.plan.Files {
		fmt.Fprintf(e.out, "%-6s %s %8s  %s\n", f.Action, f.Mode, size(f.Size), quote.Text(f.Path))
		if opts.diff && f.Action != generator.Skip {
			printContent(e, f)
		}
	}
	if len(o.hooks)+len(o.stages) > 0 {
		var b strings.Builder
		o.run.previewSteps(&b, o)
		fmt.Fprint(e.err, quote.Lines(b.String()))
	}
	return nil
}

func printContent(e *env, f generator.Change) {
	if slices.Contains(f.Data, 0) {
		fmt.Fprintln(e.out, "       (binary)")
		return
	}
	for line := range strings.Lines(string(f.Data)) {
		fmt.Fprintln(e.out, "       + "+quote.Text(strings.TrimRight(line, "\r\n")))
	}
}

// size is a number of bytes as people read it.
func size(n int64) string {
	switch {
	case n < 1000:
		return fmt.Sprintf("%d B", n)
	case n < 1000*1000:
		return fmt.Sprintf("%d KB", (n+500)/1000)
	default:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	}
}
