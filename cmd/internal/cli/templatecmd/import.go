package templatecmd

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"scaffold/cmd/internal/app"
	"scaffold/cmd/internal/command"
	"scaffold/cmd/internal/ui"
	"scaffold/generator"
	"scaffold/generator/fault"
	"scaffold/generator/quote"
	"scaffold/generator/templatetest"
)

func newTemplateImportCmd(e *app.Env) *cobra.Command {
	cmd := &cobra.Command{
		Use: "import TEMPLATE [DIR]", Short: "Make a template of scaffold of one of cookiecutter or copier",
		Long: `Make a template of scaffold of one of cookiecutter or copier, as a starting point for
who wants to move for good. Templates of these tools run as they are: nobody has to
import one to use it, and an imported one no longer follows its upstream.

What is carried over gives the same files for the same answers; what could not be is
listed, here and in the README.md of the new template, each with its place. A text
of which that is not certain stays as it was. DIR is scaffold-NAME where none is given.`,
		Example: "  scaffold template import ./cookiecutter-api our-api\n" +
			"  scaffold template import git+https://git.example.com/copier-api@v2 our-api\n  scaffold template lint ./our-api",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return command.ExactlyOne("template", "scaffold template import TEMPLATE [DIR]")(cmd, args)
			}
			return command.AtMost(2, "scaffold template import TEMPLATE [DIR]")(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error { return runTemplateImport(cmd.Context(), e, args) },
	}
	command.OfflineFlag(cmd, e)
	command.FormatFlag(cmd, e)
	return command.Declare(cmd, command.MakesProject)
}

// importJSON is scaffold/template-import/v1.
type importJSON struct {
	Schema    string                 `json:"schema"`
	OK        bool                   `json:"ok"`
	Directory string                 `json:"directory"`
	Template  string                 `json:"template"`
	Files     []string               `json:"files"`
	Left      []string               `json:"left"`     // what could not be carried over
	Findings  []templatetest.Finding `json:"findings"` // what template lint says of the result
}

func runTemplateImport(ctx context.Context, e *app.Env, args []string) error {
	t, err := e.Catalog().Load(ctx, args[0])
	if err != nil {
		return err
	}
	arg := "scaffold-" + t.Manifest.Name
	if len(args) == 2 {
		arg = args[1]
	}
	dir := app.Absolute(e.Dir, arg)
	name := filepath.Base(dir)
	if err := checkTemplateName(name); err != nil {
		return err
	}
	made, err := templatetest.Import(t, name)
	if err != nil {
		return err
	}
	g := generator.New(generator.Options{Now: e.Now})
	if err := g.CheckDestination(dir, false); fault.Is(err, fault.NotEmpty, fault.Exists) {
		return fault.As(fault.Destination, err).Try("choose another directory")
	}
	result, err := g.WriteFiles(ctx, dir, made.Files)
	if err != nil {
		return err
	}
	e.Format = "" // what was made is scaffold's own
	findings, err := lint(ctx, e, dir, nil)
	if err != nil {
		return err
	}
	doc := importJSON{Schema: "scaffold/template-import/v1", OK: true, Directory: dir, Template: name, Files: result.Created, Left: []string{}, Findings: append([]templatetest.Finding{}, findings...)}
	for _, l := range made.Left {
		doc.Left = append(doc.Left, l.String())
	}
	return sayImported(e, doc, arg)
}

func sayImported(e *app.Env, doc importJSON, arg string) error {
	if e.JSON {
		return ui.WriteJSON(e.Out, doc)
	}
	for _, l := range doc.Left {
		fmt.Fprintln(e.Out, quote.Text(l))
	}
	if e.Quiet {
		return nil
	}
	fmt.Fprintf(e.Err, "%s Created the template %s: %s\n", e.Tick(), quote.Text(doc.Template), ui.Count(len(doc.Files), "file"))
	fmt.Fprintf(e.Err, "%s could not be carried over", ui.Count(len(doc.Left), "thing"))
	if len(doc.Left) > 0 {
		fmt.Fprintf(e.Err, ": see %s", quote.Text(filepath.Join(arg, "README.md")))
	}
	fmt.Fprintf(e.Err, "; template lint has %s\n\nNext:\n", ui.Count(len(doc.Findings), "finding"))
	here := asReference(arg)
	for i, next := range []string{"scaffold template lint " + here, "scaffold new demo --template " + here} {
		fmt.Fprintf(e.Err, "  %d. %s\n", i+1, quote.Text(next))
	}
	return nil
}
