package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode"

	"github.com/spf13/cobra"

	"scaffold/generator"
	"scaffold/generator/manifest"
	"scaffold/generator/recommend"
	"scaffold/generator/source"
	"scaffold/generator/trust"
)

// newOptions are the flags of `scaffold new`.
type newOptions struct {
	dir         string
	dirGiven    bool
	template    string
	name        string
	set         []string
	answersFile string
	secretFiles []string
	preset      string
	yes         bool
	dryRun      bool
	diff        bool
	force       bool
	noGit       bool
	noCommit    bool
	branch      string
	author      string
	license     string
	runHooks    bool
	noHooks     bool
	verify      string // how far; "" is not at all
	signals     signalFlags
}

func newNewCmd(e *env, run func(context.Context, *env, newOptions) error) *cobra.Command {
	var o newOptions
	cmd := &cobra.Command{
		Use:   "new [DIR]",
		Short: "Make a project: ask, recommend, render, initialise git",
		Long: `new asks what the project is for, recommends a template with its reasons, renders
it into DIR and makes the first commit. Nothing is written before everything is
known to be right. Without a terminal nothing is asked: give flags.`,
		Example: `  scaffold new
  scaffold new shop --use data-web-app,admin-cms --size large --yes
  scaffold new chat -t node-ws --set tick_rate=30
  scaffold new api -t ./our-template --answers answers.yaml --dry-run
  scaffold new api -t flask --json --set database=postgres
  scaffold new api -t flask --verify=test`,
		Args: atMost(1, "scaffold new [DIR]"),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return nil, cobra.ShellCompDirectiveFilterDirs
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				o.dir, o.dirGiven = args[0], true
			}
			return run(cmd.Context(), e, o)
		},
	}
	f := cmd.Flags()
	f.StringVarP(&o.template, "template", "t", "", "template `NAME`, a directory such as ./our-template, or git+https://HOST/PATH@REF#FOLDER")
	f.StringVar(&o.name, "name", "", "the project's `NAME` (default: the last element of DIR)")
	f.StringArrayVar(&o.set, "set", nil, "an answer, `KEY=VALUE`; repeatable")
	f.StringVar(&o.answersFile, "answers", "", "answers from a YAML or JSON `FILE`, - for standard input")
	f.StringArrayVar(&o.secretFiles, "secret-file", nil, "a secret answer from a file, `KEY=FILE`; repeatable")
	f.StringVar(&o.preset, "preset", "", "the answers of a preset `NAME` of the template")
	f.BoolVarP(&o.yes, "yes", "y", false, "take the recommendation and every default unseen")
	f.BoolVar(&o.dryRun, "dry-run", false, "show what would be written, and write nothing")
	f.BoolVar(&o.diff, "diff", false, "with --dry-run: show the contents, too")
	f.BoolVar(&o.force, "force", false, "write into a directory that holds files; none of them is changed")
	f.BoolVar(&o.noGit, "no-git", false, "make no repository")
	f.BoolVar(&o.noCommit, "no-commit", false, "make a repository without a first commit")
	f.StringVar(&o.branch, "branch", "", "the first `BRANCH` (default: init.defaultBranch, or main)")
	f.StringVar(&o.author, "author", "", "the commit's author, `\"Name <mail>\"`")
	f.StringVar(&o.license, "license", "", "the licence `ID`; the same as --set license=ID")
	f.BoolVar(&o.runHooks, "run-hooks", false, "run the template's hooks, this once")
	f.BoolVar(&o.noHooks, "no-hooks", false, "do not run the template's hooks")
	f.StringVar(&o.verify, "verify", "", "afterwards install, test and start the project; =install or =test stops there")
	f.Lookup("verify").NoOptDefVal = "run"
	offlineFlag(cmd, e)
	o.signals.register(f)
	completeNew(e, cmd)
	return cmd
}

// A newRun is one run of `scaffold new` on its way from flags to a plan.
type newRun struct {
	env       *env
	opts      newOptions
	catalog   *source.Catalog
	entries   []source.Entry
	policies  []recommend.Policy
	groups    []manifest.SignalGroup
	signals   []string
	advice    recommend.Advice
	template  *generator.Template
	templateR string // the reference it was loaded by
	layers    layeredAnswers
	git       generator.GitSettings // the machine's, with what flags say on top
	warnings  []string

	trust      *trust.Store
	hookAnswer hookChoice // what the person said about the template's hooks
	checked    *preflight // the tools, looked up once for all steps of the wizard
}

func runNew(ctx context.Context, e *env, o newOptions) error {
	r, err := startNew(ctx, e, o)
	if err != nil {
		return err
	}
	if r.asks() {
		return r.interactive(ctx)
	}
	if err := r.chooseTemplate(ctx); err != nil {
		return err
	}
	plan, err := r.plan(ctx, r.layers.merged())
	if err != nil {
		return err
	}
	return r.finish(ctx, plan)
}

// startNew reads everything that the command line gives and checks it, before
// anything is asked.
func startNew(ctx context.Context, e *env, o newOptions) (*newRun, error) {
	r := &newRun{env: e, opts: o, catalog: e.catalog(), checked: &preflight{}}
	if o.diff && !o.dryRun {
		return nil, &usageError{what: "--diff without --dry-run", try: "add --dry-run"}
	}
	if err := o.checkSteps(); err != nil {
		return nil, err
	}
	var err error
	if r.trust, err = e.trustStore(); err != nil {
		return nil, err
	}
	if r.entries, err = r.catalog.List(ctx); err != nil {
		return nil, err
	}
	rules, err := r.catalog.Policies(ctx)
	if err != nil {
		return nil, err
	}
	r.policies = policies(rules)
	r.groups = recommend.Groups(candidates(r.entries))
	if r.signals, err = recommend.Check(o.signals.list(), r.groups); err != nil {
		return nil, err
	}
	if r.git, err = e.gitSettings(ctx, o); err != nil {
		return nil, err
	}
	if err := r.checkName(); err != nil {
		return nil, err
	}
	if o.template != "" {
		if err := r.load(ctx, o.template); err != nil {
			return nil, err
		}
	}
	r.layers, err = e.readAnswers(o)
	return r, err
}

func (r *newRun) asks() bool { return r.env.interactive() && !r.opts.yes }

// checkName holds the name that flags give against the rule, early.
func (r *newRun) checkName() error {
	name := r.opts.projectName(r.env.dir)
	if name == "" {
		return nil
	}
	return manifest.CheckName(name)
}

// projectName is --name, or the last element of DIR, or "".
func (o *newOptions) projectName(workDir string) string {
	switch {
	case o.name != "":
		return o.name
	case o.dirGiven:
		return filepath.Base(absolute(workDir, o.dir))
	default:
		return ""
	}
}

func absolute(workDir, dir string) string {
	if filepath.IsAbs(dir) {
		return filepath.Clean(dir)
	}
	return filepath.Join(workDir, dir)
}

func (r *newRun) load(ctx context.Context, ref string) error {
	t, err := r.catalog.Load(ctx, ref)
	r.template, r.templateR = t, ref
	if err == nil {
		r.lookForTools(ctx)
	}
	return err
}

// noteDenied says that a source's policy is against the template that was asked
// for. A policy advises; it does not forbid.
func (r *newRun) noteDenied() {
	for _, t := range r.advice.Ranking {
		if t.Denied != nil && (t.Template == r.templateR || t.Template == r.template.Manifest.Name) {
			r.warn("the policy of %s is against %s: %s", t.Denied.Source, t.Template, t.Denied.Text)
		}
	}
}

func (r *newRun) warn(format string, args ...any) {
	r.warnings = append(r.warnings, fmt.Sprintf(format, args...))
}

// rank asks the recommender about the signals.
func (r *newRun) rank() recommend.Advice {
	return recommend.Rank(candidates(r.entries), r.signals, r.policies...)
}

// chooseTemplate takes --template, or with --yes the recommendation.
func (r *newRun) chooseTemplate(ctx context.Context) error {
	r.advice = r.rank()
	if r.template != nil {
		r.noteDenied()
		return nil
	}
	if r.advice.Choice == nil {
		return &usageError{
			what: "no template is named, and nothing says what the project is for",
			try:  "add --template NAME, or say what it is for: --use rest-api --team python (scaffold recommend --list shows all)",
		}
	}
	if !r.opts.yes {
		return &usageError{
			what: fmt.Sprintf("the recommendation is %s; nobody is here to confirm it", r.advice.Choice.Primary),
			try:  "add --yes to take it, or --template " + r.advice.Choice.Primary,
		}
	}
	if r.advice.Confidence == recommend.Low {
		r.warn("the confidence in %s is low; `scaffold recommend` with the same flags shows why", r.advice.Choice.Primary)
	}
	return r.load(ctx, r.advice.Choice.Primary)
}

// given is what the template gets without asking.
func (r *newRun) given(name string) manifest.Given {
	m := r.template.Manifest
	return manifest.Given{
		Name: name, Signals: r.signals,
		Template: m.Name, Version: m.Version,
		Scaffold: generator.Version, Date: r.env.now.Format("2006-01-02"), Year: r.env.now.Format("2006"),
		Author: r.git.Author.Name, Email: r.git.Author.Email, License: "MIT",
		Recommendation: recommendation(r.advice),
	}
}

// recommendation is the advice as templates see it: as its JSON reads, or nil
// where none was made.
func recommendation(a recommend.Advice) any {
	if a.Choice == nil {
		return nil
	}
	data, err := json.Marshal(a)
	if err != nil { // text and numbers only
		panic(err)
	}
	var v any
	_ = json.Unmarshal(data, &v)
	return v
}

// resolve gives every answer, or every problem with them at once.
func (r *newRun) resolve(name string, answers manifest.Answers) (*manifest.Resolved, error) {
	resolved, err := r.template.Manifest.Resolve(r.given(name), answers)
	if err != nil {
		return nil, &templateError{err}
	}
	return resolved, nil
}

// plan works out the answers and renders, or reports what is wrong.
func (r *newRun) plan(ctx context.Context, answers manifest.Answers) (*generator.Plan, error) {
	name := r.opts.projectName(r.env.dir)
	if name == "" {
		return nil, &usageError{what: "the project has no name", try: "give a directory: scaffold new my-app, or --name my-app"}
	}
	if err := manifest.CheckName(name); err != nil {
		return nil, err
	}
	answers, err := r.withPreset(answers)
	if err != nil {
		return nil, err
	}
	resolved, err := r.resolve(name, answers)
	if err != nil {
		return nil, err
	}
	if len(resolved.Problems) > 0 {
		return nil, &answersError{problems: resolved.Problems, command: r.command(resolved)}
	}
	return r.planResolved(ctx, name, resolved)
}

func (r *newRun) planResolved(ctx context.Context, name string, resolved *manifest.Resolved) (*generator.Plan, error) {
	dir := r.opts.dir
	if !r.opts.dirGiven {
		dir = name
	}
	g := generator.New(generator.Options{Now: r.env.now})
	return g.Plan(ctx, generator.Request{
		Dir:      absolute(r.env.dir, dir),
		Template: r.template,
		Answers:  resolved,
		Signals:  r.signals,
		Force:    r.opts.force,
		Git: generator.GitRequest{
			Skip: r.opts.noGit, NoCommit: r.opts.noCommit,
			Branch: r.git.Branch, Author: r.git.Author, Signing: r.git.Signing,
		},
	})
}

// withPreset puts the preset's answers below the given ones.
func (r *newRun) withPreset(answers manifest.Answers) (manifest.Answers, error) {
	if r.opts.preset == "" {
		return answers, nil
	}
	m := r.template.Manifest
	preset, ok := m.Presets[r.opts.preset]
	if !ok {
		return nil, unknownPreset(r.opts.preset, m)
	}
	return r.layers.withPreset(preset), nil
}

// finish shows the plan; or applies it, runs what was asked for, and says what
// there is now. What may not run, or cannot, is refused before anything is
// written.
func (r *newRun) finish(ctx context.Context, plan *generator.Plan) error {
	out, err := r.outcome(plan)
	if err != nil {
		return err
	}
	started := time.Now()
	if !r.opts.dryRun {
		g := generator.New(generator.Options{Now: r.env.now})
		if out.result, err = g.Apply(ctx, plan); err != nil {
			return err
		}
	}
	out.Duration = time.Since(started)
	if r.env.global.json {
		return out.printJSON(ctx)
	}
	return out.print(ctx)
}

// errors of the template's own expressions are the template's fault.
type templateError struct{ error }

func (e *templateError) Unwrap() error { return e.error }
func (e *templateError) ExitCode() int {
	var c coded
	if errors.As(e.error, &c) {
		return c.ExitCode()
	}
	return exitTemplate
}

// readAll reads a small file, or standard input for "-".
func (e *env) readAll(path string) ([]byte, error) {
	if path == "-" {
		return io.ReadAll(io.LimitReader(e.in, 1<<20+1))
	}
	return os.ReadFile(absolute(e.dir, path))
}

// gitSettings are git's own, with --branch and --author on top.
func (e *env) gitSettings(ctx context.Context, o newOptions) (generator.GitSettings, error) {
	settings := generator.DetectGit(ctx, e.dir, e.getenv)
	if o.branch != "" {
		settings.Branch = o.branch
	}
	if o.author == "" {
		return settings, nil
	}
	var err error
	settings.Author, err = parseAuthor(o.author)
	return settings, err
}

// parseAuthor reads "Name <mail>".
func parseAuthor(text string) (generator.Identity, error) {
	name, rest, ok := strings.Cut(text, "<")
	mail, end, closed := strings.Cut(rest, ">")
	name, mail = strings.TrimSpace(name), strings.TrimSpace(mail)
	if !ok || !closed || strings.TrimSpace(end) != "" || name == "" || !strings.Contains(mail, "@") || strings.ContainsFunc(text, unicode.IsControl) {
		return generator.Identity{}, &usageError{what: fmt.Sprintf("--author %q", text), try: `write --author "Ada Lovelace <ada@example.com>"`}
	}
	return generator.Identity{Name: name, Email: mail}, nil
}
