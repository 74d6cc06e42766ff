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

func newTemplateLintCmd(e *app.Env) *cobra.Command {
	return &cobra.Command{
		Use: "lint PATH|NAME", Short: "Check a template without rendering it",
		Long: `Check a template without rendering it: undefined variables, questions and choices
that nothing uses, globs that match nothing, delimiter clashes, paths that could
leave the project, names that Windows or a package would lose, conditions that
are never or always true, overrides without a base. An overlay is also laid over
its base once, with nothing answered, to find the keys and anchors that it misses.

Ends with 0 when nothing is found, and with 3 when something is.
docs/template-authoring.md explains each rule.`,
		Example:           "  scaffold template lint ./our-template\n  scaffold template lint . --json",
		Args:              command.ExactlyOne("template", "scaffold template lint PATH|NAME"),
		ValidArgsFunction: command.CompleteOneTemplate(e),
		RunE:              func(cmd *cobra.Command, args []string) error { return runTemplateLint(cmd.Context(), e, args[0]) },
	}
}

// lintDocument is scaffold/lint/v1.
type lintDocument struct {
	Schema   string                 `json:"schema"`
	OK       bool                   `json:"ok"`
	Template string                 `json:"template"`
	Findings []templatetest.Finding `json:"findings"`
	Notes    []string               `json:"notes"`
}

func runTemplateLint(ctx context.Context, e *app.Env, ref string) error {
	t, findings, err := lint(ctx, e, ref)
	if err != nil {
		return err
	}
	notes := []string{}
	if t != nil {
		notes = templatetest.Notes(t, templateDir(e, ref))
	}
	switch {
	case e.JSON:
		doc := lintDocument{Schema: "scaffold/lint/v1", OK: len(findings) == 0, Template: ref, Findings: findings, Notes: notes}
		if err := ui.WriteJSON(e.Out, doc); err != nil {
			return err
		}
	default:
		printFindings(e, findings)
	}
	if !e.Quiet && !e.JSON {
		for _, n := range notes {
			fmt.Fprintln(e.Err, "note: "+quote.Text(n))
		}
	}
	if len(findings) > 0 {
		return fault.New(fault.Found, "%s in %s", ui.Count(len(findings), "finding"), ref)
	}
	if !e.Quiet && !e.JSON {
		fmt.Fprintf(e.Err, "%s: no findings\n", quote.Text(ref))
	}
	return nil
}

// lint loads a template and checks it. One that cannot be loaded has what is
// wrong with it as its findings.
func lint(ctx context.Context, e *app.Env, ref string) (*generator.Template, []templatetest.Finding, error) {
	t, err := e.Catalog().Load(ctx, ref)
	if err != nil {
		findings, ok := templatetest.Refused(err)
		if !ok {
			return nil, nil, err
		}
		return nil, findings, nil
	}
	findings, err := templatetest.Lint(ctx, t)
	if err != nil {
		refused, ok := templatetest.Refused(err)
		if !ok {
			return nil, nil, err
		}
		findings = refused
	}
	placed := make([]templatetest.Finding, len(findings))
	for i, f := range findings {
		if !slices.ContainsFunc(t.Overlays, func(o generator.Overlay) bool { return o.File == f.File }) {
			f.File = templatetest.Within(templateDir(e, ref), f.File)
		}
		placed[i] = f
	}
	return t, placed, nil
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

func printFindings(e *app.Env, findings []templatetest.Finding) {
	for _, f := range findings {
		fmt.Fprintf(e.Out, "%s: %s (%s)\n", quote.Text(f.Place()), quote.Text(f.Message), f.Rule)
		if f.Try != "" {
			fmt.Fprintf(e.Out, "  try: %s\n", quote.Text(f.Try))
		}
	}
}
