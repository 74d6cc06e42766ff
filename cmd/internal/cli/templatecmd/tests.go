package templatecmd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"scaffold/cmd/internal/app"
	"scaffold/cmd/internal/command"
	"scaffold/cmd/internal/ui"
	"scaffold/generator"
	"scaffold/generator/fault"
	"scaffold/generator/manifest"
	"scaffold/generator/quote"
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
}

func newTemplateTestCmd(e *app.Env) *cobra.Command {
	var o templateTestOptions
	cmd := &cobra.Command{
		Use: "test PATH|NAME", Short: "Render a template's cases and every pair of its choices",
		Long: `Render a template with nothing answered, its cases (tests/*.txtar) and, with
tests.pairwise in its manifest or --pairwise, every pair of its choices; check each project, and say which files,
branches and choices none of them reached. With --run the project of the defaults
is written to a temporary directory, and its verify block is run: install, test,
start. That runs the template's code: do it with a template that you trust.
With --keep each project stays on the disk, for linters and compilers.
With --upgrade-from projects of an older version are updated to this one: that of
the defaults, and that of each case with its edits (edits.patch). A conflict fails.

Ends with 0 when all passed, and with 3 when something failed or the coverage is
below tests.minCoverage.`,
		Example:           "  scaffold template test ./our-template\n  scaffold template test . --update\n  scaffold template test . --run --junit report.xml\n  scaffold template test . --pairwise --keep /tmp/pairs && ruff check /tmp/pairs\n  scaffold template test . --upgrade-from v1.0.0",
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
	t, err := e.Catalog().Load(ctx, ref)
	if err != nil {
		return err
	}
	dir, err := testsDir(e, ref, o)
	if err != nil {
		return err
	}
	options := templatetest.Options{Cases: os.DirFS(dir), Dir: templateDir(e, ref), Pairwise: o.pairwise, Update: o.update, Recommend: caseAdvice(ctx, e, t)}
	if o.run {
		options.Verify = func(ctx context.Context) []templatetest.VerifyStep { return verifyTemplate(ctx, e, t) }
	}
	if o.upgradeFrom != "" {
		if options.Upgrade, err = upgrader(ctx, e, ref, o.upgradeFrom); err != nil {
			return err
		}
	}
	if o.keep != "" {
		if options.Keep, err = keeper(e, t, o.keep); err != nil {
			return err
		}
	}
	report, err := templatetest.Test(ctx, t, options)
	if err != nil {
		return err
	}
	if err := writeCases(dir, report.Updated); err != nil {
		return err
	}
	if err := writeJUnit(e, o.junit, report); err != nil {
		return err
	}
	if err := printReport(e, report); err != nil {
		return err
	}
	if n := report.Failed(); n > 0 {
		return fault.New(fault.Found, "%d of %s failed", n, ui.Count(len(report.Checks), "check")).Try(caseHint(report))
	}
	return nil
}

func caseHint(r *templatetest.Report) string {
	for _, c := range r.Checks {
		if c.Group == "case" && !c.OK() {
			return "if what is generated is right, --update writes the cases anew: read them in the diff"
		}
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

// caseAdvice makes the recommendation that a case's signals give, with the
// template among the built-in ones.
func caseAdvice(ctx context.Context, e *app.Env, t *generator.Template) func([]string) any {
	// The built-ins alone, so that a case gives the same on every machine.
	entries, err := source.New(templates.FS, e.Dir).List(ctx)
	return func(signals []string) any {
		if err != nil {
			return nil
		}
		var candidates []manifest.Listed
		known := false
		for _, entry := range entries {
			c := manifest.Listed{Manifest: entry.Manifest, Source: entry.Source}
			if c.Manifest.Name == t.Manifest.Name {
				c.Manifest, known = t.Manifest, true // a built-in under test stands in its own place
			}
			candidates = append(candidates, c)
		}
		if !known {
			candidates = append(candidates, manifest.Listed{Manifest: t.Manifest, Source: t.Top().Source})
		}
		return recommend.Rank(candidates, signals).Value()
	}
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

// keeper writes the projects of a test below a directory that holds nothing yet.
func keeper(e *app.Env, t *generator.Template, below string) (func(context.Context, string, *manifest.Resolved) error, error) {
	dir := app.Absolute(e.Dir, below)
	if err := generator.New(generator.Options{}).CheckDestination(dir, false); err != nil {
		return nil, fault.As(fault.Destination, err).Try("choose another directory for --keep")
	}
	return func(ctx context.Context, name string, answers *manifest.Resolved) error {
		return writeProject(ctx, e, t, filepath.Join(dir, name), answers)
	}, nil
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

func writeJUnit(e *app.Env, file string, report *templatetest.Report) error {
	if file == "" {
		return nil
	}
	var xml bytes.Buffer
	if err := report.WriteJUnit(&xml); err != nil {
		return err
	}
	if err := os.WriteFile(app.Absolute(e.Dir, file), xml.Bytes(), 0o644); err != nil {
		var path *os.PathError
		if errors.As(err, &path) {
			err = path.Err
		}
		return fault.New(fault.Destination, "%s cannot be written: %v", file, err).Try("choose another file for --junit")
	}
	return nil
}

// testDocument is scaffold/template-test/v1.
type testDocument struct {
	Schema string `json:"schema"`
	OK     bool   `json:"ok"`
	*templatetest.Report
}

func printReport(e *app.Env, r *templatetest.Report) error {
	if e.JSON {
		return ui.WriteJSON(e.Out, testDocument{Schema: "scaffold/template-test/v1", OK: r.Failed() == 0, Report: r})
	}
	pairwise := 0
	for _, c := range r.Checks {
		if c.Group == "pairwise" && c.OK() {
			pairwise++
			if !e.Verbose {
				continue
			}
		}
		printCheck(e, c)
	}
	if p := r.Pairs; pairwise > 0 {
		fmt.Fprintf(e.Out, "ok    pairwise  %s for %s", ui.Count(pairwise, "project"), ui.Count(p.Covered, "pair"))
		if p.Impossible > 0 {
			fmt.Fprintf(e.Out, ", %d more are impossible", p.Impossible)
		}
		fmt.Fprintln(e.Out)
	}
	printMissed(e, r)
	return nil
}

func printCheck(e *app.Env, c templatetest.Check) {
	mark := "ok  "
	if !c.OK() {
		mark = "FAIL"
	}
	if c.Group == "coverage" && c.OK() {
		return // printed with its parts
	}
	fmt.Fprintf(e.Out, "%s  %-9s %s\n", mark, c.Group, quote.Text(c.Name))
	for _, problem := range c.Problems {
		fmt.Fprintf(e.Out, "      %s\n", strings.ReplaceAll(quote.Lines(problem), "\n", "\n      "))
	}
}

// printMissed says what nothing reached. Where a project could not be made, that
// is for want of it, and not told.
func printMissed(e *app.Env, r *templatetest.Report) {
	c := r.Coverage
	fmt.Fprintf(e.Out, "      coverage  %d %%: files %d/%d, branches %d/%d, choices %d/%d",
		c.Percent, c.Files.Reached, c.Files.All, c.Branches.Reached, c.Branches.All, c.Choices.Reached, c.Choices.All)
	if c.Patches.All > 0 {
		fmt.Fprintf(e.Out, ", patches %d/%d", c.Patches.Reached, c.Patches.All)
	}
	fmt.Fprintln(e.Out)
	if slices.ContainsFunc(r.Checks, func(c templatetest.Check) bool { return c.Group != "coverage" && !c.OK() }) {
		return
	}
	for _, m := range c.Missed {
		fmt.Fprintf(e.Out, "      %s: %s %s\n", quote.Text(m.Place()), m.What, quote.Text(m.Detail))
	}
}
