package templatecmd

import (
	"context"
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
	"scaffold/generator/templatetest"
)

type lintOptions struct {
	format     string
	acceptBase bool
}

func newTemplateLintCmd(e *app.Env) *cobra.Command {
	o := lintOptions{format: "text"}
	cmd := &cobra.Command{
		Use: "lint PATH|NAME", Short: "Check a template, or all of a source",
		Long: `Check a template: undefined variables, questions and choices that nothing uses,
globs that match nothing, delimiter clashes, paths that could leave the project,
names that Windows or a package would lose, conditions that are never or always
true, partials without end, wrong cases, overrides without a base, files of a base
that changed beneath an overlay. It is rendered once, with nothing answered. Of a
directory or a named source that holds several templates, all are checked, and its
policy.yaml.

With --accept-base, write into base.yaml what each overlay replaces or patches of its
base, as it is now: what changed there since is seen and taken care of.

Ends with 0 when nothing is found, and with 3 when something is.
docs/template-authoring.md explains each rule.`,
		Example: "  scaffold template lint ./our-template\n  scaffold template lint . --json\n" +
			"  scaffold template lint ./platform --format sarif > lint.sarif\n  scaffold template lint ./platform --format github\n" +
			"  scaffold template lint ./our-overlay --accept-base",
		Args:              command.ExactlyOne("template", "scaffold template lint PATH|NAME"),
		ValidArgsFunction: command.CompleteOneTemplate(e),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runTemplateLint(cmd.Context(), e, args[0], o)
		},
	}
	cmd.Flags().StringVar(&o.format, "format", o.format, "print the findings as `FORMAT`: text, json, sarif or github (annotations)")
	cmd.Flags().BoolVar(&o.acceptBase, "accept-base", false, "record in base.yaml what overlays replace or patch of their bases, as it is now")
	return cmd
}

// lintDocument is scaffold/lint/v1.
type lintDocument struct {
	Schema   string                 `json:"schema"`
	OK       bool                   `json:"ok"`
	Template string                 `json:"template"`
	Findings []templatetest.Finding `json:"findings"`
}

func runTemplateLint(ctx context.Context, e *app.Env, ref string, o lintOptions) error {
	write, err := lintWriter(e, ref, o.format)
	if err != nil {
		return err
	}
	refs, err := e.Catalog().Whole(ctx, ref)
	if err != nil {
		return err
	}
	if o.acceptBase {
		if err := acceptBases(ctx, e, ref, refs); err != nil {
			return err
		}
	}
	findings, err := lintAll(ctx, e, ref, refs)
	if err != nil {
		return err
	}
	if err := write(findings); err != nil {
		return err
	}
	if len(findings) > 0 {
		return fault.New(fault.Found, "%s in %s", ui.Count(len(findings), "finding"), ref)
	}
	if !e.Quiet && !e.JSON && o.format == "text" {
		fmt.Fprintf(e.Err, "%s: no findings%s\n", quote.Text(ref), inHowMany(refs, ref))
	}
	return nil
}

func inHowMany(refs []string, ref string) string {
	if len(refs) == 1 && refs[0] == ref {
		return ""
	}
	return " in " + ui.Count(len(refs), "template")
}

func lintWriter(e *app.Env, ref, format string) (func([]templatetest.Finding) error, error) {
	return writerOf(e, format, map[string]func([]templatetest.Finding) error{
		"text": func(f []templatetest.Finding) error { printFindings(e, f); return nil },
		"json": func(f []templatetest.Finding) error {
			return ui.WriteJSON(e.Out, lintDocument{Schema: "scaffold/lint/v1", OK: len(f) == 0, Template: ref, Findings: append([]templatetest.Finding{}, f...)})
		},
		"sarif": func(f []templatetest.Finding) error {
			return ui.WriteJSON(e.Out, templatetest.SARIF(f, generator.Version))
		},
		"github": func(f []templatetest.Finding) error { return templatetest.WriteAnnotations(e.Out, f) },
	})
}

// lintAll checks each template, and the policy beside them.
func lintAll(ctx context.Context, e *app.Env, ref string, refs []string) ([]templatetest.Finding, error) {
	var findings []templatetest.Finding
	signals := declared(ctx, e, refs)
	for _, one := range refs {
		found, err := lint(ctx, e, one, signals)
		if err != nil {
			return nil, err
		}
		findings = append(findings, found...)
	}
	if err := e.Catalog().CheckPolicyOf(ctx, ref); err != nil {
		found, ok := templatetest.Refused(err)
		if !ok {
			return nil, err
		}
		findings = append(findings, found...)
	}
	return findings, nil
}

// declared are the signals of all templates that can be named, and of those that
// are checked.
func declared(ctx context.Context, e *app.Env, refs []string) []string {
	var signals []string
	add := func(m *manifest.Manifest) {
		for _, s := range m.Signals {
			signals = append(signals, s.ID)
		}
	}
	if entries, err := e.Catalog().List(ctx); err == nil {
		for _, entry := range entries {
			add(entry.Manifest)
		}
	}
	for _, ref := range refs {
		if t, err := e.Catalog().Load(ctx, ref); err == nil && len(refs) > 1 {
			add(t.Manifest)
		}
	}
	return signals
}

// lint loads a template and checks it. One that cannot be loaded has what is
// wrong with it as its findings.
func lint(ctx context.Context, e *app.Env, ref string, signals []string) ([]templatetest.Finding, error) {
	t, err := e.Catalog().Load(ctx, ref)
	if err != nil {
		return refused(err)
	}
	findings, err := templatetest.Lint(ctx, t, signals...)
	if err != nil {
		if findings, err = refused(err); err != nil {
			return nil, err
		}
	}
	for i, f := range findings {
		if dir := templateDir(e, ref); f.Rule == templatetest.RuleBase && dir != "" {
			findings[i].Try += " " + quote.Shell(dir)
		}
		if !slices.ContainsFunc(t.Overlays, func(o generator.Overlay) bool { return o.File == f.File }) {
			findings[i].File = templatetest.Within(templateDir(e, ref), f.File)
		}
	}
	return findings, nil
}

// refused are the findings of a template that cannot be loaded, or the error.
func refused(err error) ([]templatetest.Finding, error) {
	findings, ok := templatetest.Refused(err)
	if !ok {
		return nil, err
	}
	return findings, nil
}

// templateDir is a reference that names a template's directory, as it was given;
// empty for any other.
func templateDir(e *app.Env, ref string) string {
	info, err := os.Stat(filepath.Join(app.Absolute(e.Dir, ref), manifest.FileName))
	if err != nil || !info.Mode().IsRegular() || !strings.ContainsAny(ref, `./\`) {
		return ""
	}
	return ref
}

// isDirectory reports whether a reference is one that holds a template, or several
// of them.
func isDirectory(e *app.Env, ref string) bool {
	info, err := os.Stat(app.Absolute(e.Dir, ref))
	return err == nil && info.IsDir() && (ref == "." || ref == ".." || strings.ContainsAny(ref, `/\`))
}

func printFindings(e *app.Env, findings []templatetest.Finding) {
	for _, f := range findings {
		fmt.Fprintf(e.Out, "%s: %s (%s)\n", quote.Text(f.Place()), quote.Text(f.Message), f.Rule)
		if f.Try != "" {
			fmt.Fprintf(e.Out, "  try: %s\n", quote.Text(f.Try))
		}
	}
}
