// Package projectcmd has the commands on a project that is there: update, check, adopt,
// why and verify.
package projectcmd

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"scaffold/cmd/internal/app"
	"scaffold/cmd/internal/command"
	"scaffold/cmd/internal/ui"
	"scaffold/generator"
	"scaffold/generator/fault"
	"scaffold/generator/manifest"
	"scaffold/generator/project"
	"scaffold/generator/quote"
	"scaffold/generator/session"
)

// updateOptions are the flags of `scaffold update`.
type updateOptions struct {
	dir               string
	to, layer         string
	set, secrets, ask []string
	dryRun, diff      bool
	commit, abort     bool
	branch            string
	runHooks, noHooks bool
	verify, expect    string
}

// Wanted is what an update is asked for.
type Wanted struct {
	Dir          string
	Layer, To    string           // the only layer that moves, and a version; "" is all, and the newest
	Set, Secrets manifest.Answers // other answers
	Ask          []string         // questions to be asked again
	DryRun, Diff bool
	Commit       project.Commit
	Hooks        session.Hooks // HooksOnce, HooksSkipped or nothing
	Verify       string        // how far; "" is not at all
	Expect       string        // the digest of the plan that somebody has seen; another one is refused
}

// wanted is what the flags say, with the files that they name.
func (o *updateOptions) wanted(e *app.Env) (Wanted, error) {
	w := Wanted{
		Dir: o.dir, Layer: o.layer, To: o.to, Secrets: manifest.Answers{}, Ask: o.ask, DryRun: o.dryRun, Diff: o.diff,
		Commit: project.Commit{Wanted: o.commit || o.branch != "", Branch: o.branch}, Verify: o.verify, Expect: o.expect,
	}
	switch {
	case o.runHooks:
		w.Hooks = session.HooksOnce
	case o.noHooks:
		w.Hooks = session.HooksSkipped
	}
	var err error
	if w.Set, err = app.ParseSet(o.set); err != nil {
		return w, err
	}
	return w, e.ReadSecrets(o.secrets, w.Secrets)
}

// register makes flags of the options.
func (o *updateOptions) register(f *pflag.FlagSet) {
	f.StringVar(&o.to, "to", "", "the `VERSION`: a released one, or a tag, branch or commit of a repository")
	f.StringVar(&o.layer, "layer", "", "only the layer `NAME` of a chain of templates moves; --to is its version")
	f.StringArrayVar(&o.set, "set", nil, "another answer, `KEY=VALUE`; repeatable")
	f.StringArrayVar(&o.secrets, "secret-file", nil, "a secret answer from a file, `KEY=FILE`; repeatable")
	f.StringArrayVar(&o.ask, "ask", nil, "ask the question `KEY` again; repeatable")
	f.BoolVar(&o.dryRun, "dry-run", false, "show what would change, and change nothing")
	f.BoolVar(&o.diff, "diff", false, "show the contents of what changes, too")
	f.BoolVar(&o.commit, "commit", false, "commit the update, where there are no conflicts")
	f.StringVar(&o.branch, "branch", "", "commit it on a new branch `NAME`")
	f.BoolVar(&o.abort, "abort", false, "take back an update that is not committed")
	f.BoolVar(&o.runHooks, "run-hooks", false, "run the template's commands, this once: its hooks for updates, and what --verify runs")
	f.BoolVar(&o.noHooks, "no-hooks", false, "do not run the template's hooks")
	f.StringVar(&o.verify, "verify", "", "afterwards install, test and start the project, up to a `LEVEL`: =install or =test stops there")
	f.Lookup("verify").NoOptDefVal = "run"
	f.StringVar(&o.expect, "expect", "", "refuse a plan whose `DIGEST` is another one than --dry-run --json gave")
}

// Update is `scaffold update`.
func Update(e *app.Env) *cobra.Command {
	var o updateOptions
	cmd := &cobra.Command{
		Use:   "update [DIR]",
		Short: "Bring a project to the newest version of its template, or to other answers",
		Long: `update merges what changed in the template into the project, by git's own merge:
what you changed stays, and where both sides changed the same lines the conflict
is marked as git marks it, and scaffold exits 7. Files that git does not track are
never written over. Nothing is committed unless you say so.

An answer that you edit in .scaffold/answers.yaml, or give with --set, changes an
option of the project. Only what is new in the template is asked. A version that
you name there, beside the template, is the same as --to.

A project of an overlay has several layers. All of them move, the lower ones to
what the overlay extends; with --layer one moves, and the others stay.`,
		Example: `  scaffold update                     the newest version
  scaffold update --dry-run --diff    what it would change
  scaffold update --set docker=true   switch an option on
  scaffold update --layer django      the base of an overlay alone
  scaffold update --branch template   on a branch of its own, committed
  scaffold update --abort             take back an update that is not committed`,
		Args:              command.AtMost(1, "scaffold update [DIR]"),
		ValidArgsFunction: command.Directories,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.dir = "."
			if len(args) == 1 {
				o.dir = args[0]
			}
			return runUpdate(cmd.Context(), e, o)
		},
	}
	o.register(cmd.Flags())
	command.OfflineFlag(cmd, e)
	return cmd
}

func (o *updateOptions) check() error {
	switch {
	case o.runHooks && o.noHooks:
		return fault.New(fault.Usage, "--run-hooks and --no-hooks").Try("give one of them")
	case o.abort && (o.commit || o.branch != "" || o.dryRun || o.to != "" || o.layer != "" || len(o.set) > 0):
		return fault.New(fault.Usage, "--abort goes with no other flag").Try("scaffold update --abort")
	case o.verify != "":
		return session.CheckLevel("verify", o.verify)
	}
	return nil
}

func runUpdate(ctx context.Context, e *app.Env, o updateOptions) error {
	if err := o.check(); err != nil {
		return err
	}
	if o.abort {
		return abortUpdate(ctx, e, o.dir)
	}
	w, err := o.wanted(e)
	if err != nil {
		return err
	}
	v, err := planUpdate(ctx, e, w)
	if err != nil {
		return err
	}
	defer v.update.Close()
	return v.finish(ctx)
}

// UpdateProject does what `scaffold update --json` does with what is wanted; the document
// says so where there are conflicts. It asks and prints nothing.
func UpdateProject(ctx context.Context, e *app.Env, w Wanted) (UpdateDocument, error) {
	v, err := planUpdate(ctx, e, w)
	if err != nil {
		return UpdateDocument{}, err
	}
	defer v.update.Close()
	if err := v.apply(ctx); err != nil {
		return UpdateDocument{}, err
	}
	if err := v.runSteps(ctx); err != nil {
		return UpdateDocument{}, err
	}
	return v.document(), nil
}

// open reads the project in a directory, and ends what a killed run left there.
func open(ctx context.Context, e *app.Env, dir string) (*project.Project, error) {
	dir = app.Absolute(e.Dir, dir)
	recovered, err := project.Recover(ctx, dir, e.Environ)
	if err != nil {
		return nil, err
	}
	sayRecovered(e, recovered)
	return project.Open(ctx, dir)
}

// sayRecovered tells of runs that were interrupted.
func sayRecovered(e *app.Env, list []generator.Recovery) {
	for _, rec := range list {
		text := "the remains of an interrupted run were removed"
		if rec.Finished {
			text = "an earlier run was interrupted; its changes are complete and in place now"
		}
		e.Warn(fault.New(fault.Busy, "%s", text))
		for _, name := range rec.Kept {
			e.Warn(fault.New(fault.Busy, "%s had changed since and was kept; what the run had for it is beside it, as %s.scaffold-new", name, path.Base(name)))
		}
	}
}

func abortUpdate(ctx context.Context, e *app.Env, dir string) error {
	p, err := open(ctx, e, dir)
	if err != nil {
		return err
	}
	done, err := p.Abort(ctx, e.ProjectMachine())
	if err != nil {
		return err
	}
	if e.JSON {
		return ui.WriteJSON(e.Out, abortJSON{Schema: "scaffold/abort/v1", OK: true, Restored: append([]string{}, done.Restored...), Kept: append([]string{}, done.Kept...)})
	}
	for _, name := range done.Kept {
		fmt.Fprintf(e.Err, "%s %s has changed since the update, and stays as it is\n", e.Warning(), quote.Text(name))
	}
	if !e.Quiet {
		fmt.Fprintf(e.Err, "%s The update is taken back: %s as before it\n", e.Tick(), ui.Count(len(done.Restored), "file"))
	}
	return nil
}

type abortJSON struct {
	Schema   string   `json:"schema"`
	OK       bool     `json:"ok"`
	Restored []string `json:"restored"`
	Kept     []string `json:"kept"`
}

// An updating is one run of `scaffold update`.
type updating struct {
	env      *app.Env
	wanted   Wanted
	project  *project.Project
	started  time.Time
	sessions []*session.Session
	update   *project.Update
	commit   string
	applied  bool
	ran      []ui.Receipt
	verified []ui.Receipt
}

// planUpdate asks what is new, and plans the update, which is to be closed.
func planUpdate(ctx context.Context, e *app.Env, w Wanted) (*updating, error) {
	v := &updating{env: e, wanted: w, started: time.Now()}
	var err error
	if v.project, err = open(ctx, e, w.Dir); err != nil {
		return nil, err
	}
	m := e.ProjectMachine()
	var parts []generator.Part
	for i, part := range v.project.Parts {
		s, err := v.ask(ctx, m, i)
		if err != nil {
			return nil, err
		}
		next, err := s.Part(ctx)
		if err != nil {
			return nil, err
		}
		next.Path = part.Path
		parts = append(parts, next)
		v.sessions = append(v.sessions, s)
	}
	if v.update, err = v.project.Update(ctx, m, parts); err != nil {
		return nil, err
	}
	v.update.Plan.Git = generator.GitPlan{Commit: w.Commit.Wanted, Branch: w.Commit.Branch}
	if err := v.update.Plan.Expect(w.Expect); err != nil {
		v.update.Close()
		return nil, err
	}
	return v, nil
}

// ask has a part's session, with the answers to what is new.
func (v *updating) ask(ctx context.Context, m project.Machine, i int) (*session.Session, error) {
	e, w := v.env, v.wanted
	g := session.Given{Set: w.Set, Secrets: w.Secrets, Hooks: w.Hooks, Ask: !w.DryRun && e.Asks(), DryRun: w.DryRun, Verify: w.Verify}
	if w.Hooks == session.HooksOnce {
		g.Steps = w.Hooks
	}
	var err error
	if m.Templates, g.Template, err = v.project.Next(ctx, m.Templates, i, project.Move{Layer: w.Layer, To: w.To}); err != nil {
		return nil, err
	}
	s, err := e.Updating(ctx, m, v.project, i, g, w.Ask...)
	if err != nil {
		return nil, err
	}
	if g.Ask {
		return s, e.Prompter().Run(ctx, s)
	}
	_, err = s.Next(ctx)
	return s, err
}

// finish applies the update, or shows it, and runs what belongs to it.
func (v *updating) finish(ctx context.Context) error {
	if err := v.apply(ctx); err != nil {
		return err
	}
	if !v.env.JSON {
		v.print()
	}
	if err := v.runSteps(ctx); err != nil {
		return err
	}
	if v.env.JSON {
		if err := ui.WriteJSON(v.env.Out, v.document()); err != nil {
			return err
		}
	}
	conflicts := len(v.update.Conflicts())
	switch {
	case conflicts == 0:
		return nil
	case v.applied:
		return fault.New(fault.Conflicts, "the update left %s", ui.Count(conflicts, "conflict")).
			Try("settle them, git add, git commit; or give up: scaffold update --abort")
	case v.wanted.DryRun:
		return fault.New(fault.Conflicts, "the update would leave %s", ui.Count(conflicts, "conflict")).Try("see them in place: scaffold update")
	}
	return fault.New(fault.Conflicts, "nothing was changed: the update has %s, and is committed without any", ui.Count(conflicts, "conflict")).
		Try("scaffold update without --commit and --branch, and settle them")
}

// apply writes the update, but on a dry run, and where it is to be committed and
// has conflicts.
func (v *updating) apply(ctx context.Context) (err error) {
	u := v.update
	if v.wanted.DryRun || u.Current() || v.wanted.Commit.Wanted && len(u.Conflicts()) > 0 {
		return nil
	}
	for _, s := range v.sessions {
		if err := s.Trust(ctx); err != nil {
			return err
		}
	}
	v.commit, err = u.Apply(ctx, v.wanted.Commit)
	v.applied = err == nil
	return err
}

// runSteps runs hooks and verification, where there are no conflicts.
func (v *updating) runSteps(ctx context.Context) error {
	if !v.applied || len(v.update.Conflicts()) > 0 {
		return nil
	}
	for _, s := range v.sessions {
		ran, err := ui.RunJobs(ctx, &v.env.Streams, v.wanted.Dir, s.HookJobs(v.update.Plan))
		v.ran = append(v.ran, ran...)
		if err != nil {
			return err
		}
		if v.wanted.Verify == "" {
			continue
		}
		done, err := ui.RunJobs(ctx, &v.env.Streams, v.wanted.Dir, s.StageJobs(v.update.Plan.Dir, v.wanted.Dir))
		v.verified = append(v.verified, done...)
		if err != nil {
			return err
		}
	}
	return nil
}

// versions words what the project goes from and to: the layers that change
// their version, or the last one where none does.
func versions(was, now []generator.Layer) string {
	var changes []string
	for _, n := range slices.Backward(now) {
		i := slices.IndexFunc(was, func(l generator.Layer) bool { return l.Name == n.Name })
		switch {
		case i < 0:
			changes = append(changes, n.Name+" "+n.Version)
		case was[i].Version != n.Version:
			changes = append(changes, n.Name+" "+was[i].Version+" → "+n.Version)
		}
	}
	if len(changes) == 0 {
		top := now[len(now)-1]
		return top.Name + " " + top.Version
	}
	return strings.Join(slices.Compact(changes), ", ")
}

// print tells the person what becomes of every file; the list is the result.
func (v *updating) print() {
	v.env.Document = v.wanted.Diff // what changes stays as it is
	e, u := v.env, v.update
	if u.Current() {
		if !e.Quiet {
			fmt.Fprintf(e.Err, "%s %s is up to date: %s\n", e.Tick(), quote.Text(u.Plan.Name), quote.Text(versions(u.Was, u.Now)))
		}
		return
	}
	if !e.Quiet {
		fmt.Fprintf(e.Err, "%s %s: %s\n", v.heading(), quote.Text(u.Plan.Name), quote.Text(versions(u.Was, u.Now)))
	}
	v.printFiles()
	v.printNotes()
}

// printFiles tells what becomes of each file, and counts those that stay as they
// were.
func (v *updating) printFiles() {
	const width = len(project.Conflict) // the longest
	e := v.env
	same, passedOver := 0, false
	for _, f := range v.update.Files {
		if f.Kind == project.Same && !e.Verbose {
			same++
			continue
		}
		fmt.Fprintf(e.Out, "%-*s  %s\n", width, f.Kind, v.line(f))
		for _, k := range f.Keys {
			fmt.Fprintf(e.Out, "%-*s  %s: yours is %v, the template's %v\n", width, "", quote.Text(k.Key), quote.Text(fmt.Sprint(k.Ours)), quote.Text(fmt.Sprint(k.Theirs)))
		}
		passedOver = passedOver || f.Theirs != nil
		if v.wanted.Diff {
			v.diff(f)
		}
	}
	if passedOver && !v.wanted.Diff && !e.Quiet {
		fmt.Fprintln(e.Err, "With --diff an update shows what the template has in place of what is kept")
	}
	if same > 0 && !e.Quiet {
		fmt.Fprintf(e.Err, "%s as before (--verbose lists them)\n", ui.Count(same, "file"))
	}
}

func (v *updating) heading() string {
	switch {
	case v.wanted.DryRun:
		return "Nothing is changed. An update of"
	case !v.applied:
		return "Nothing is changed."
	}
	return "Updated"
}

func (v *updating) line(f project.File) string {
	text := quote.Text(f.Path)
	if f.From != "" {
		text = quote.Text(f.From) + " → " + text
	}
	if f.Why != "" {
		text += "   " + quote.Text(f.Why)
	}
	return text
}

func (v *updating) printNotes() {
	e, u := v.env, v.update
	if e.Quiet {
		return
	}
	for _, note := range u.Notes {
		fmt.Fprintf(e.Err, "%s by hand: %s\n", e.Warning(), ui.Indent(quote.Lines(note)))
	}
	for _, command := range u.Relock {
		fmt.Fprintf(e.Err, "%s a lock stays yours, as you renewed it: %s\n", e.Warning(), quote.Text(command))
	}
	for _, s := range v.sessions {
		for _, line := range s.Skipped() {
			fmt.Fprintf(e.Err, "%s not run: %s\n", e.Warning(), line)
		}
	}
	switch {
	case v.commit != "":
		fmt.Fprintf(e.Err, "%s Committed as %.7s\n", e.Tick(), v.commit)
	case v.applied && len(u.Conflicts()) == 0:
		fmt.Fprintf(e.Err, "%s In place and added; look at it with git diff --cached, then git commit\n", e.Tick())
	}
}

// diff shows how a file changes.
func (v *updating) diff(f project.File) {
	for line := range strings.Lines(v.update.Diff(f)) {
		fmt.Fprintln(v.env.Out, "  "+quote.Text(strings.TrimRight(line, "\r\n")))
	}
}
