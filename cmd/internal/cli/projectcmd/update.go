// Package projectcmd has the commands on a project that is there: update, check, adopt,
// why and verify.
package projectcmd

import (
	"context"
	"fmt"
	"maps"
	"path"
	"strings"
	"time"

	"github.com/spf13/cobra"

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
	to                string
	set, secrets, ask []string
	dryRun, diff      bool
	commit, abort     bool
	branch            string
	runHooks, noHooks bool
	verify            string
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
option of the project. Only what is new in the template is asked.`,
		Example: `  scaffold update                     the newest version
  scaffold update --dry-run --diff    what it would change
  scaffold update --set docker=true   switch an option on
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
	f := cmd.Flags()
	f.StringVar(&o.to, "to", "", "the `VERSION`: a released one, or a tag, branch or commit of a repository")
	f.StringArrayVar(&o.set, "set", nil, "another answer, `KEY=VALUE`; repeatable")
	f.StringArrayVar(&o.secrets, "secret-file", nil, "a secret answer from a file, `KEY=FILE`; repeatable")
	f.StringArrayVar(&o.ask, "ask", nil, "ask the question `KEY` again; repeatable")
	f.BoolVar(&o.dryRun, "dry-run", false, "show what would change, and change nothing")
	f.BoolVar(&o.diff, "diff", false, "show the contents of what changes, too")
	f.BoolVar(&o.commit, "commit", false, "commit the update, where there are no conflicts")
	f.StringVar(&o.branch, "branch", "", "commit it on a new branch `NAME`")
	f.BoolVar(&o.abort, "abort", false, "take back an update that is not committed")
	f.BoolVar(&o.runHooks, "run-hooks", false, "run the template's hooks for updates, this once")
	f.BoolVar(&o.noHooks, "no-hooks", false, "do not run the template's hooks")
	f.StringVar(&o.verify, "verify", "", "afterwards install, test and start the project, up to a `LEVEL`: =install or =test stops there")
	f.Lookup("verify").NoOptDefVal = "run"
	command.OfflineFlag(cmd, e)
	return cmd
}

func (o *updateOptions) check() error {
	switch {
	case o.runHooks && o.noHooks:
		return fault.New(fault.Usage, "--run-hooks and --no-hooks").Try("give one of them")
	case o.abort && (o.commit || o.branch != "" || o.dryRun || o.to != "" || len(o.set) > 0):
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
	started := time.Now()
	dir := app.Absolute(e.Dir, o.dir)
	recovered, err := project.Recover(ctx, dir, e.Environ)
	if err != nil {
		return err
	}
	sayRecovered(e, recovered)
	p, err := project.Open(ctx, dir)
	if err != nil {
		return err
	}
	if o.abort {
		return abortUpdate(ctx, e, p)
	}
	v := &updating{env: e, opts: o, project: p, started: started}
	if err := v.plan(ctx); err != nil {
		return err
	}
	defer v.update.Close()
	return v.finish(ctx)
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

func abortUpdate(ctx context.Context, e *app.Env, p *project.Project) error {
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
		fmt.Fprintf(e.Err, "%s The update is taken back: %s as in the last commit\n", e.Tick(), ui.Count(len(done.Restored), "file"))
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
	opts     updateOptions
	project  *project.Project
	started  time.Time
	sessions []*session.Session
	update   *project.Update
	commit   string
	applied  bool
	ran      []ui.Receipt
	verified []ui.Receipt
}

// plan asks what is new, and plans the update.
func (v *updating) plan(ctx context.Context) error {
	m := v.env.ProjectMachine()
	var parts []generator.Part
	for i, part := range v.project.Parts {
		s, err := v.ask(ctx, m, i)
		if err != nil {
			return err
		}
		next, err := s.Part(ctx)
		if err != nil {
			return err
		}
		next.Path = part.Path
		parts = append(parts, next)
		v.sessions = append(v.sessions, s)
	}
	var err error
	v.update, err = v.project.Update(ctx, m, parts)
	return err
}

// ask has a part's session, with the answers to what is new.
func (v *updating) ask(ctx context.Context, m project.Machine, i int) (*session.Session, error) {
	e, o, part := v.env, v.opts, v.project.Parts[i]
	ref, err := m.Templates.Next(ctx, part.Template(), o.to)
	if err != nil {
		return nil, err
	}
	t, err := m.Templates.Load(ctx, ref)
	if err != nil {
		return nil, err
	}
	recorded, edited, err := v.project.Answers(ctx, i, t)
	if err != nil {
		return nil, err
	}
	g := session.Given{
		Dir: v.project.Dir, Name: project.Name(part), Template: ref, Set: edited, Secrets: manifest.Answers{},
		Ask: !o.dryRun && e.Asks(), DryRun: o.dryRun, Verify: o.verify,
		Made: &session.Made{Signals: part.Signals, Answers: recorded, Date: part.Date, Recommendation: part.Recommendation, Ask: o.ask},
	}
	switch {
	case o.runHooks:
		g.Hooks = session.HooksOnce
	case o.noHooks:
		g.Hooks = session.HooksSkipped
	}
	set, err := app.ParseSet(o.set)
	if err != nil {
		return nil, err
	}
	maps.Copy(g.Set, set)
	if err := e.ReadSecrets(o.secrets, g.Secrets); err != nil {
		return nil, err
	}
	machine := e.Session()
	machine.Templates = m.Templates
	s, err := session.Start(ctx, machine, g)
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
	e, u := v.env, v.update
	conflicts := len(u.Conflicts())
	asked := v.opts.commit || v.opts.branch != ""
	if !v.opts.dryRun && !u.Current() && !(asked && conflicts > 0) {
		for _, s := range v.sessions {
			if err := s.Trust(ctx); err != nil {
				return err
			}
		}
		id, err := u.Apply(ctx, project.Commit{Wanted: asked, Branch: v.opts.branch})
		if err != nil {
			return err
		}
		v.commit, v.applied = id, true
	}
	if !e.JSON {
		v.print()
	}
	if v.applied && conflicts == 0 {
		if err := v.runSteps(ctx); err != nil {
			return err
		}
	}
	if e.JSON {
		if err := ui.WriteJSON(e.Out, v.document()); err != nil {
			return err
		}
	}
	switch {
	case conflicts == 0:
		return nil
	case v.applied:
		return fault.New(fault.Conflicts, "the update left %s", ui.Count(conflicts, "conflict")).
			Try("settle them, git add, git commit; or give up: scaffold update --abort")
	case v.opts.dryRun:
		return fault.New(fault.Conflicts, "the update would leave %s", ui.Count(conflicts, "conflict")).Try("see them in place: scaffold update")
	}
	return fault.New(fault.Conflicts, "nothing was changed: the update has %s, and is committed without any", ui.Count(conflicts, "conflict")).
		Try("scaffold update without --commit and --branch, and settle them")
}

func (v *updating) runSteps(ctx context.Context) error {
	for _, s := range v.sessions {
		ran, err := ui.RunJobs(ctx, &v.env.Streams, v.opts.dir, s.HookJobs(v.update.Plan))
		v.ran = append(v.ran, ran...)
		if err != nil {
			return err
		}
		if v.opts.verify == "" {
			continue
		}
		done, err := ui.RunJobs(ctx, &v.env.Streams, v.opts.dir, session.VerifyJobs(v.env.Environ, v.update.Plan.Dir, v.opts.dir, s.Stages()))
		v.verified = append(v.verified, done...)
		if err != nil {
			return err
		}
	}
	return nil
}

// versions words what the project goes from and to.
func versions(was, now []generator.Layer) string {
	old, next := was[len(was)-1], now[len(now)-1]
	if old.Version == next.Version {
		return next.Name + " " + next.Version
	}
	return next.Name + " " + old.Version + " → " + next.Version
}

// print tells the person what becomes of every file; the list is the result.
func (v *updating) print() {
	e, u := v.env, v.update
	if u.Current() {
		if !e.Quiet {
			fmt.Fprintf(e.Err, "%s %s is up to date: %s\n", e.Tick(), quote.Text(u.Plan.Name), quote.Text(versions(u.Was, u.Now)))
		}
		return
	}
	head := "Updated"
	switch {
	case v.opts.dryRun:
		head = "Nothing is changed. An update of"
	case !v.applied:
		head = "Nothing is changed."
	}
	if !e.Quiet {
		fmt.Fprintf(e.Err, "%s %s: %s\n", head, quote.Text(u.Plan.Name), quote.Text(versions(u.Was, u.Now)))
	}
	const width = len(project.Conflict) // the longest
	quiet := map[project.Kind]int{}
	for _, f := range u.Files {
		if f.Kind == project.Same && !e.Verbose {
			quiet[f.Kind]++
			continue
		}
		fmt.Fprintf(e.Out, "%-*s  %s\n", width, f.Kind, v.line(f))
		for _, k := range f.Keys {
			fmt.Fprintf(e.Out, "%-*s  %s: yours is %v, the template's %v\n", width, "", quote.Text(k.Key), quote.Text(fmt.Sprint(k.Ours)), quote.Text(fmt.Sprint(k.Theirs)))
		}
		if v.opts.diff {
			v.diff(f)
		}
	}
	if n := quiet[project.Same]; n > 0 && !e.Quiet {
		fmt.Fprintf(e.Err, "%s as before (--verbose lists them)\n", ui.Count(n, "file"))
	}
	v.printNotes()
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
		if hooks, said := s.Hooks(); said == session.HooksSkipped {
			for _, a := range hooks {
				fmt.Fprintf(e.Err, "%s not run: %s\n", e.Warning(), session.HookLine(a))
			}
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

// updateJSON is scaffold/update/v1.
type updateJSON struct {
	Schema     string            `json:"schema"`
	OK         bool              `json:"ok"` // no conflicts
	DryRun     bool              `json:"dry_run"`
	Applied    bool              `json:"applied"`
	Directory  string            `json:"directory"`
	Name       string            `json:"name"`
	Was        []ui.TemplateJSON `json:"was"`
	Now        []ui.TemplateJSON `json:"now"`
	Files      []updateFileJSON  `json:"files"`
	Conflicts  int               `json:"conflicts"`
	Commit     string            `json:"commit"`
	Branch     string            `json:"branch"`
	Notes      []string          `json:"notes"`
	Relock     []string          `json:"relock"`
	Hooks      []ui.StepJSON     `json:"hooks"`
	Verify     []ui.StepJSON     `json:"verify"`
	Warnings   []string          `json:"warnings"`
	DurationMS int64             `json:"duration_ms"`
}

type updateFileJSON struct {
	Path   string    `json:"path"`
	From   string    `json:"from,omitempty"`
	Status string    `json:"status"`
	Reason string    `json:"reason,omitempty"`
	Keys   []keyJSON `json:"keys,omitempty"`
	Diff   string    `json:"diff,omitempty"`
}

type keyJSON struct {
	Key    string `json:"key"`
	Ours   any    `json:"ours"`
	Theirs any    `json:"theirs"`
}

func (v *updating) document() updateJSON {
	u := v.update
	doc := updateJSON{
		Schema: "scaffold/update/v1", OK: len(u.Conflicts()) == 0, DryRun: v.opts.dryRun, Applied: v.applied,
		Directory: u.Plan.Dir, Name: u.Plan.Name, Was: ui.LayersJSON(u.Was), Now: ui.LayersJSON(u.Now), Files: []updateFileJSON{},
		Conflicts: len(u.Conflicts()), Commit: v.commit, Branch: v.opts.branch,
		Notes: append([]string{}, u.Notes...), Relock: append([]string{}, u.Relock...), Hooks: []ui.StepJSON{}, Verify: []ui.StepJSON{},
		Warnings: append([]string{}, v.env.Warnings...), DurationMS: time.Since(v.started).Milliseconds(),
	}
	for _, f := range u.Files {
		j := updateFileJSON{Path: f.Path, From: f.From, Status: string(f.Kind), Reason: f.Why}
		for _, k := range f.Keys {
			j.Keys = append(j.Keys, keyJSON{k.Key, k.Ours, k.Theirs})
		}
		if v.opts.diff {
			j.Diff = u.Diff(f)
		}
		doc.Files = append(doc.Files, j)
	}
	for _, s := range v.sessions {
		doc.Hooks = append(doc.Hooks, ui.With(ui.HooksJSON(s.Hooks()), v.ran)...)
		doc.Verify = append(doc.Verify, ui.With(ui.StagesJSON(s.Stages()), v.verified)...)
	}
	return doc
}
