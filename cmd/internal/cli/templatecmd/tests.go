package templatecmd

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"scaffold/cmd/internal/app"
	"scaffold/cmd/internal/command"
	"scaffold/cmd/internal/ui"
	"scaffold/generator"
	"scaffold/generator/fault"
	"scaffold/generator/manifest"
	"scaffold/generator/recommend"
	"scaffold/generator/session"
	"scaffold/generator/source"
	"scaffold/generator/step"
	"scaffold/generator/templatetest"
	"scaffold/templates"
)

type templateTestOptions struct {
	pairwise, update, run bool
	junit, keep           string
	upgradeFrom           string
	several               bool // the reference is of a directory or source with several templates
}

func newTemplateTestCmd(e *app.Env) *cobra.Command {
	var o templateTestOptions
	cmd := &cobra.Command{
		Use: "test PATH|NAME", Short: "Render the cases and every pair of choices of a template, or of all of a source",
		Long: `Render a template with nothing answered, its cases (tests/*.txtar) and, with
tests.pairwise in its manifest or --pairwise, every pair of its choices; check each project, and say which files,
branches and choices none of them reached. With --run the project of the defaults
is written to a temporary directory, and its verify block is run: install, test,
start. That runs the template's code: do it with a template that you trust.
With --keep each project stays on the disk, for linters and compilers.
With --upgrade-from projects of an older version are updated to this one: that of
the defaults, and that of each case with its edits (edits.patch). A conflict fails.

Of a directory or a named source that holds several templates, all are tested. Each
failure is a line, file:line:column: what (the check that found it).

Ends with 0 when all passed, and with 3 when something failed or the coverage is
below tests.minCoverage.`,
		Example:           "  scaffold template test ./our-template\n  scaffold template test ./platform --pairwise --junit report.xml\n  scaffold template test . --update\n  scaffold template test . --run --junit report.xml\n  scaffold template test . --pairwise --keep /tmp/pairs && ruff check /tmp/pairs\n  scaffold template test . --upgrade-from v1.0.0",
		Args:              command.ExactlyOne("template", "scaffold template test PATH|NAME"),
		ValidArgsFunction: command.CompleteOneTemplate(e),
		RunE:              func(cmd *cobra.Command, args []string) error { return runTemplateTest(cmd.Context(), e, args[0], o) },
	}
	command.FormatFlag(cmd, e)
	f := cmd.Flags()
	f.BoolVar(&o.pairwise, "pairwise", false, "render every pair of choices, whatever the manifest says")
	f.BoolVar(&o.update, "update", false, "write the cases anew, to be read in the diff")
	f.BoolVar(&o.run, "run", false, "run the verify block of the default project")
	f.StringVar(&o.keep, "keep", "", "write each project below this `DIR`, which is new or empty")
	f.StringVar(&o.upgradeFrom, "upgrade-from", "", "update projects of the template at `REF`: a tag, branch or commit of its repository, a released version, or another place")
	f.StringVar(&o.junit, "junit", "", "write a JUnit report to this `FILE`")
	return cmd
}

func runTemplateTest(ctx context.Context, e *app.Env, ref string, o templateTestOptions) error {
	refs, err := e.Catalog().Whole(ctx, ref)
	if err != nil {
		return err
	}
	if o.several = len(refs) != 1 || refs[0] != ref; o.several && o.keep != "" {
		if err := freeForKeep(app.Absolute(e.Dir, o.keep)); err != nil {
			return err
		}
	}
	t := tester{env: e, options: o, rank: ranking(ctx, e)}
	print := reportPrinter(e, refs, o.several)
	var reports []*templatetest.Report
	for _, one := range refs {
		report, err := t.test(ctx, one)
		if err != nil {
			return err
		}
		print(report)
		reports = append(reports, report)
	}
	if err := writeJUnit(e, o.junit, reports); err != nil {
		return err
	}
	if e.JSON {
		if err := ui.WriteJSON(e.Out, testDocument{"scaffold/template-test/v1", failed(reports) == 0, reports}); err != nil {
			return err
		}
	}
	return testOutcome(ref, reports, o.several)
}

func failed(reports []*templatetest.Report) int {
	n := 0
	for _, r := range reports {
		n += r.Failed()
	}
	return n
}

// testOutcome is what the command ends with.
func testOutcome(ref string, reports []*templatetest.Report, several bool) error {
	checks, torn := 0, 0
	for _, r := range reports {
		checks += len(r.Checks)
		if r.Failed() > 0 {
			torn++
		}
	}
	n := failed(reports)
	switch {
	case n == 0:
		return nil
	case several:
		return fault.New(fault.Found, "%d of %s failed, in %d of %s of %s", n, ui.Count(checks, "check"), torn, ui.Count(len(reports), "template"), ref).Try(caseHint(reports))
	}
	return fault.New(fault.Found, "%d of %s failed", n, ui.Count(checks, "check")).Try(caseHint(reports))
}

// A tester tests the templates of one command.
type tester struct {
	env     *app.Env
	options templateTestOptions
	rank    func(t *generator.Template, signals []string) any
}

// test tests one template. Of several, one that cannot be read is a failure among
// the others; alone it is the command's error.
func (x tester) test(ctx context.Context, ref string) (*templatetest.Report, error) {
	t, err := x.env.Catalog().Load(ctx, ref)
	var report *templatetest.Report
	if err == nil {
		report, err = x.run(ctx, ref, t)
	}
	if err == nil || !x.options.several || ctx.Err() != nil {
		return report, err
	}
	dir := templateDir(x.env, ref)
	problems, ok := templatetest.ProblemsOf(err, dir)
	if !ok {
		return nil, err
	}
	return templatetest.UnreadableReport(nameOf(ref), templatetest.Within(dir, manifest.FileName), problems), nil
}

// nameOf is the name of a template among several: its folder's, or its own.
func nameOf(ref string) string { return ref[strings.LastIndexByte(ref, '/')+1:] }

func (x tester) run(ctx context.Context, ref string, t *generator.Template) (*templatetest.Report, error) {
	e, o := x.env, x.options
	dir, err := testsDir(e, ref, o)
	if err != nil {
		return nil, err
	}
	options := templatetest.Options{
		Cases: os.DirFS(dir), Dir: templateDir(e, ref), Pairwise: o.pairwise, Update: o.update,
		Recommend: func(signals []string) any { return x.rank(t, signals) },
	}
	if o.run {
		options.Verify = func(ctx context.Context) []templatetest.VerifyStep { return verifyTemplate(ctx, e, t) }
	}
	if o.upgradeFrom != "" {
		if options.Upgrade, err = upgrader(ctx, e, ref, o.upgradeFrom); err != nil {
			return nil, err
		}
	}
	if o.keep != "" {
		if options.Keep, err = x.keeper(t, ref); err != nil {
			return nil, err
		}
	}
	report, err := templatetest.Test(ctx, t, options)
	if err != nil {
		return nil, err
	}
	return report, writeCases(dir, report.Updated)
}

func caseHint(reports []*templatetest.Report) string {
	torn := func(c templatetest.Check) bool { return c.Group == "case" && !c.OK() }
	if slices.ContainsFunc(reports, func(r *templatetest.Report) bool { return slices.ContainsFunc(r.Checks, torn) }) {
		return "if what is generated is right, --update writes the cases anew: read them in the diff"
	}
	return ""
}

// testsDir is the directory that holds the template's tests: only one that was
// named by its directory has any.
func testsDir(e *app.Env, ref string, o templateTestOptions) (string, error) {
	if templateDir(e, ref) != "" {
		return app.Absolute(e.Dir, ref), nil
	}
	if o.update {
		return "", fault.New(fault.Usage, "--update writes into a template's directory, and %s is a name", ref).Try("name the directory: ./" + filepath.Base(ref))
	}
	return "", nil
}

// ranking makes the recommendation that a case's signals give, with the template
// among the built-in ones: these alone, so that a case gives the same on every
// machine.
func ranking(ctx context.Context, e *app.Env) func(*generator.Template, []string) any {
	list := sync.OnceValues(func() ([]manifest.Listed, error) { return source.New(templates.FS, e.Dir).List(ctx) })
	return func(t *generator.Template, signals []string) any {
		entries, err := list()
		if err != nil {
			return nil
		}
		return recommend.Rank(candidates(entries, t), signals).Value()
	}
}

// candidates are the built-in templates and the one under test, which stands in
// its own place where it is one of them.
func candidates(entries []manifest.Listed, t *generator.Template) []manifest.Listed {
	var list []manifest.Listed
	known := false
	for _, entry := range entries {
		c := manifest.Listed{Manifest: entry.Manifest, Source: entry.Source}
		if c.Manifest.Name == t.Manifest.Name {
			c.Manifest, known = t.Manifest, true
		}
		list = append(list, c)
	}
	if !known {
		list = append(list, manifest.Listed{Manifest: t.Manifest, Source: t.Top().Source})
	}
	return list
}

// verifyTemplate makes the project of the defaults and runs its verify block.
func verifyTemplate(ctx context.Context, e *app.Env, t *generator.Template) []templatetest.VerifyStep {
	parent, err := os.MkdirTemp("", "scaffold-verify-")
	if err != nil {
		return []templatetest.VerifyStep{{Name: "write", Problem: err.Error()}}
	}
	defer os.RemoveAll(parent)
	dir := filepath.Join(parent, "demo")
	resolved, err := templatetest.Defaults(t)
	if err == nil {
		err = writeProject(ctx, e, t, dir, resolved)
	}
	if err != nil {
		return []templatetest.VerifyStep{{Name: "write", Problem: err.Error()}}
	}
	receipts, err := ui.RunJobs(ctx, &e.Streams, dir, session.VerifyJobs(e.Environ, dir, dir, step.Stages(t.Manifest.Verify, "run")))
	if receipts == nil {
		return []templatetest.VerifyStep{{Name: "verify", Problem: "the manifest has no verify block"}}
	}
	var done []templatetest.VerifyStep
	for _, r := range receipts {
		result := templatetest.VerifyStep{Name: r.Name, Duration: r.Took}
		if failed := (*ui.JobError)(nil); r.Status == ui.JobFailed && errors.As(err, &failed) {
			result.Problem = strings.Join(append([]string{failed.Cause.Error()}, fault.As(fault.Step, failed.Cause).Lines...), "\n")
		}
		done = append(done, result)
	}
	return done
}

// keeper writes the projects of a test below a directory that holds nothing yet;
// of several templates each into one of its own.
func (x tester) keeper(t *generator.Template, ref string) (func(context.Context, string, *manifest.Resolved) error, error) {
	dir := app.Absolute(x.env.Dir, x.options.keep)
	if x.options.several {
		dir = filepath.Join(dir, nameOf(ref))
	}
	return func(ctx context.Context, name string, answers *manifest.Resolved) error {
		return writeProject(ctx, x.env, t, filepath.Join(dir, name), answers)
	}, freeForKeep(dir)
}

func freeForKeep(dir string) error {
	if err := generator.New(generator.Options{}).CheckDestination(dir, false); err != nil {
		return fault.As(fault.Destination, err).Try("choose another directory for --keep")
	}
	return nil
}

func writeProject(ctx context.Context, e *app.Env, t *generator.Template, dir string, answers *manifest.Resolved) error {
	g := generator.New(generator.Options{Now: e.Now})
	plan, err := g.Plan(ctx, generator.Request{Dir: dir, Name: filepath.Base(dir), Parts: []generator.Part{{Template: t, Answers: answers}}, Git: generator.GitRequest{Skip: true}})
	if err != nil {
		return err
	}
	_, err = g.Apply(ctx, plan)
	return err
}

func writeCases(dir string, updated map[string][]byte) error {
	if len(updated) == 0 {
		return nil
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fault.As(fault.Destination, err)
	}
	defer root.Close()
	for name, data := range updated {
		if old, err := root.ReadFile(name); err == nil && bytes.Equal(old, data) {
			continue
		}
		if err := root.WriteFile(name, data, 0o644); err != nil {
			return fault.As(fault.Destination, err)
		}
	}
	return nil
}
