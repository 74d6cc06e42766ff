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
	"scaffold/generator/recommend"
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
		return nil, &templateError{err}
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

// document is scaffold/new/v1.
func (o *outcome) document() newJSON {
	doc := newJSON{
		Schema: "scaffold/new/v1", OK: true, DryRun: o.result == nil,
		Directory:  o.plan.Dir,
		Templates:  []templateJSON{},
		Overridden: o.run.overridden(),
		Answers:    map[string]any{},
		Files:      []fileJSON{},
		Git:        gitJSON{Branch: o.plan.Git.Branch, Reason: o.plan.Git.Reason},
		Tools:      toolsJSON(o.tools),
		Hooks:      with(o.hooksJSON(), o.ran),
		Verify:     with(stagesJSON(o.stages, jobPlanned), o.verified),
		NextSteps:  o.nextSteps(),
		Command:    shellJoin(o.run.command(o.answers())),
		Warnings:   o.warnings(),
		DurationMS: o.Duration.Milliseconds(),
	}
	if a := o.run.advice; a.Choice != nil {
		doc.Recommendation = &a
	}
	for _, l := range o.plan.Parts[0].Template.Layers {
		doc.Templates = append(doc.Templates, templateJSON{Name: l.Name, Source: l.Source, Version: l.Version, Digest: l.SHA256})
	}
	doc.Answers["name"] = o.answers().Vars["name"]
	for _, a := range o.answers().Asked {
		if a.Active {
			doc.Answers[a.Question.ID] = shown(a)
		}
	}
	for _, f := range o.plan.Files {
		j := fileJSON{Path: f.Path, Action: string(f.Action), Mode: f.Mode, Size: f.Size, SHA256: f.SHA256, Layer: f.Layer}
		if o.run.opts.diff {
			j.Content = string(f.Data)
		}
		doc.Files = append(doc.Files, j)
	}
	if o.result != nil {
		doc.Git.Initialized, doc.Git.Commit = o.plan.Git.Init, o.result.Commit
	}
	return doc
}

type newJSON struct {
	Schema         string            `json:"schema"`
	OK             bool              `json:"ok"`
	DryRun         bool              `json:"dry_run"`
	Directory      string            `json:"directory"`
	Templates      []templateJSON    `json:"templates"`
	Recommendation *recommend.Advice `json:"recommendation"`
	Overridden     bool              `json:"overridden"`
	Answers        map[string]any    `json:"answers"`
	Files          []fileJSON        `json:"files"`
	Git            gitJSON           `json:"git"`
	Tools          []toolJSON        `json:"tools"`
	Hooks          []stepJSON        `json:"hooks"`
	Verify         []stepJSON        `json:"verify"`
	NextSteps      []string          `json:"next_steps"`
	Command        string            `json:"command"`
	Warnings       []string          `json:"warnings"`
	DurationMS     int64             `json:"duration_ms"`
}

type templateJSON struct {
	Name    string `json:"name"`
	Source  string `json:"source"`
	Version string `json:"version"`
	Digest  string `json:"digest"`
}

type fileJSON struct {
	Path    string `json:"path"`
	Action  string `json:"action"`
	Mode    string `json:"mode"`
	Size    int64  `json:"size"`
	SHA256  string `json:"sha256"`
	Layer   string `json:"layer,omitempty"`   // the template that gave or last patched it
	Content string `json:"content,omitempty"` // with --diff
}

type gitJSON struct {
	Initialized bool   `json:"initialized"`
	Branch      string `json:"branch"`
	Commit      string `json:"commit"`
	Reason      string `json:"reason"`
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
	return r.advice.Choice != nil && r.template != nil && r.advice.Choice.Primary != r.template.Manifest.Name && r.advice.Choice.Primary != r.templateR
}

func (o *outcome) warnings() []string {
	out := append([]string{}, o.run.warnings...)
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

// printJSON runs what is to be run and gives one object.
func (o *outcome) printJSON(ctx context.Context) error {
	if err := o.runSteps(ctx); err != nil {
		return err
	}
	return writeJSON(o.run.env.out, o.document())
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

// command is the one line that repeats the run without questions: the template,
// the signals, and every answer that is not its default.
func (r *newRun) command(resolved *manifest.Resolved) []string {
	args := []string{"scaffold", "new"}
	if r.opts.dirGiven {
		args = append(args, r.opts.dir)
	} else if name := fmt.Sprint(resolved.Vars["name"]); name != "" {
		args = append(args, name)
	}
	if r.opts.name != "" {
		args = append(args, "--name", r.opts.name)
	}
	args = append(args, "--template", r.templateR)
	args = append(args, signalArgs(r.signals)...)
	args = append(args, r.setArgs(resolved)...)
	for _, flag := range []struct {
		name string
		on   bool
	}{{"--force", r.opts.force}, {"--no-git", r.opts.noGit}, {"--no-commit", r.opts.noCommit},
		{"--run-hooks", r.opts.runHooks || r.hookChoice() == hooksRun && r.hookAnswer == hooksRun}, {"--no-hooks", r.hookChoice() == hooksSkip},
		{"--no-input", true}} {
		if flag.on {
			args = append(args, flag.name)
		}
	}
	if r.opts.verify != "" {
		args = append(args, "--verify="+r.opts.verify)
	}
	if r.opts.branch != "" {
		args = append(args, "--branch", r.opts.branch)
	}
	if r.opts.author != "" {
		args = append(args, "--author", r.opts.author)
	}
	return args
}

// setArgs gives the answers that differ from what the template would take by
// itself, and something to fill in for those that are missing.
func (r *newRun) setArgs(resolved *manifest.Resolved) []string {
	defaults, err := r.template.Manifest.Resolve(r.given(fmt.Sprint(resolved.Vars["name"])), nil)
	if err != nil {
		defaults = resolved
	}
	var args []string
	for i, a := range resolved.Asked {
		bare := defaults.Asked[i]
		switch {
		case !a.Active:
		case a.Question.Type == manifest.Secret:
			args = append(args, "--secret-file", a.Question.ID+"=FILE")
		case a.Missing, bare.Missing && invalid(resolved, a.Question.ID):
			args = append(args, "--set", a.Question.ID+"="+a.Question.Sample())
		case bare.Missing || !bare.Active || manifest.Typed(bare.Value) != manifest.Typed(a.Value) || a.Given && dependsOn(resolved, defaults, i):
			args = append(args, "--set", a.Question.ID+"="+manifest.Typed(a.Value))
		}
	}
	for _, id := range manifest.Defaulted() {
		if v, ok := r.layers.merged()[id]; ok && !isQuestion(resolved, id) {
			args = append(args, "--set", id+"="+v.Text)
		}
	}
	return args
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

// shellJoin writes a command line that a POSIX shell reads back unchanged.
func shellJoin(args []string) string {
	quoted := make([]string, len(args))
	for i, a := range args {
		quoted[i] = shellQuote(a)
	}
	return strings.Join(quoted, " ")
}

func shellQuote(s string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:=,@%+", r)
	}
	if s != "" && !strings.ContainsFunc(s, func(r rune) bool { return !plain(r) }) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
