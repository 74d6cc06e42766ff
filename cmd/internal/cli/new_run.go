package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"time"
	"unicode"

	"scaffold/generator"
	"scaffold/generator/fault"
	"scaffold/generator/manifest"
	"scaffold/generator/quote"
	"scaffold/generator/recommend"
	"scaffold/generator/source"
	"scaffold/generator/trust"
)

// A newRun is one run of `scaffold new` on its way from flags to a plan.
type newRun struct {
	env         *env
	opts        newOptions
	catalog     *source.Catalog
	entries     []source.Entry
	policies    []recommend.Policy
	groups      []manifest.SignalGroup
	said        []string // as flags and answers have it
	signals     []string // said, without what adds nothing
	advice      recommend.Advice
	template    *generator.Template
	templateRef string // the reference it was loaded by
	layers      layeredAnswers
	git         generator.GitSettings // the machine's, with what flags say on top
	warnings    []string

	trust      *trust.Store
	hookAnswer hookChoice // what the person said about the template's hooks
	checked    *preflight // the tools, looked up once for all steps of the wizard
}

// startNew reads everything that the command line gives and checks it, before
// anything is asked.
func startNew(ctx context.Context, e *env, o newOptions) (*newRun, error) {
	r := &newRun{env: e, opts: o, catalog: e.catalog(), checked: &preflight{}}
	if o.diff && !o.dryRun {
		return nil, fault.New(fault.Usage, "--diff without --dry-run").Try("add --dry-run")
	}
	if err := o.checkSteps(); err != nil {
		return nil, err
	}
	var err error
	if r.entries, err = r.catalog.List(ctx); err != nil {
		return nil, err
	}
	rules, err := r.catalog.Policies(ctx)
	if err != nil {
		return nil, err
	}
	r.policies = policies(rules)
	r.groups = recommend.Groups(candidates(r.entries))
	r.said = o.signals.list()
	if r.signals, err = recommend.Check(r.said, r.groups); err != nil {
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
	r.template, r.templateRef = t, ref
	if err == nil {
		r.trust, err = r.env.trustFor(t)
	}
	if err == nil {
		r.lookForTools(ctx)
	}
	return err
}

// noteDenied says that a source's policy is against the template that was asked
// for. A policy advises; it does not forbid.
func (r *newRun) noteDenied() {
	for _, t := range r.advice.Ranking {
		if t.Denied != nil && (t.Template == r.templateRef || t.Template == r.template.Manifest.Name) {
			r.warn("the policy of %s is against %s: %s", t.Denied.Source, t.Template, t.Denied.Text)
		}
	}
}

func (r *newRun) warn(format string, args ...any) {
	r.warnings = append(r.warnings, fmt.Sprintf(format, args...))
}

// rank asks the recommender about what was said: "not sure yet" matters, too.
func (r *newRun) rank() recommend.Advice {
	return recommend.Rank(candidates(r.entries), r.said, r.policies...)
}

// chooseTemplate takes --template, or with --yes the recommendation.
func (r *newRun) chooseTemplate(ctx context.Context) error {
	r.advice = r.rank()
	if r.template != nil {
		r.noteDenied()
		return nil
	}
	if r.advice.Choice == nil {
		return fault.New(fault.Usage, "no template is named, and nothing says what the project is for").Try("add --template NAME, or say what it is for: --use rest-api --team python (scaffold recommend --list shows all)")
	}
	if !r.opts.yes {
		return fault.New(fault.Usage, "the recommendation is %s; nobody is here to confirm it", r.advice.Choice.Primary).Try("add --yes to take it, or --template " + r.advice.Choice.Primary)
	}
	if r.advice.Confidence == recommend.Low {
		r.warn("the confidence in %s is low; `scaffold recommend` with the same flags shows why", r.advice.Choice.Primary)
	}
	if err := r.load(ctx, r.advice.Choice.Primary); err != nil {
		return err
	}
	if !r.env.global.json && !r.env.global.quiet {
		fmt.Fprintf(r.env.err, "Recommended: %s\n\n%s\n", quote.Text(r.advice.Choice.Primary), r.advice.Explain(r.advice.Choice.Primary, r.env.width, 0))
	}
	return nil
}

// given is what the template gets without asking.
func (r *newRun) given(name string) manifest.Given {
	m := r.template.Manifest
	return manifest.Given{
		Name: name, Signals: r.signals,
		Template: m.Name, Version: m.Version,
		Scaffold: generator.Version, Date: r.env.now.Format("2006-01-02"), Year: r.env.now.Format("2006"),
		Author: r.git.Author.Name, Email: r.git.Author.Email, License: "MIT",
		Recommendation: recommendation(r.advice), Defaults: r.env.config.Defaults,
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
		return nil, ofTemplate(err)
	}
	return resolved, nil
}

// plan works out the answers and renders, or reports what is wrong.
func (r *newRun) plan(ctx context.Context, answers manifest.Answers) (*generator.Plan, error) {
	name := r.opts.projectName(r.env.dir)
	if name == "" {
		return nil, fault.New(fault.Usage, "the project has no name").Try("give a directory: scaffold new my-app, or --name my-app")
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
		return nil, r.answersError(resolved, resolved.Problems)
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
		if err := r.remember(ctx); err != nil { // before anything is written
			return err
		}
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

// ofTemplate makes an error of the template's own expressions the template's.
func ofTemplate(err error) error {
	if fault.Of(err) != nil {
		return err
	}
	return fault.As(fault.Template, err)
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
		return generator.Identity{}, fault.New(fault.Usage, "--author %q", text).Try(`write --author "Ada Lovelace <ada@example.com>"`)
	}
	return generator.Identity{Name: name, Email: mail}, nil
}
