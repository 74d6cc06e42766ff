package templatecmd

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"scaffold/cmd/internal/app"
	"scaffold/cmd/internal/command"
	"scaffold/cmd/internal/ui"
	"scaffold/generator/quote"
	"scaffold/generator/templatetest"
)

func newTemplateDocsCmd(e *app.Env) *cobra.Command {
	return command.Declare(&cobra.Command{
		Use: "docs PATH|NAME", Short: "Print a template's documentation, made from its manifest",
		Long: `Print a template's documentation as Markdown, made from its manifest: questions
with their choices and defaults, presets, tools, and the files that depend on an
answer.`,
		Example:           "  scaffold template docs ./our-template > QUESTIONS.md\n  scaffold template docs django --json",
		Args:              command.ExactlyOne("template", "scaffold template docs PATH|NAME"),
		ValidArgsFunction: command.CompleteOneTemplate(e),
		RunE:              func(cmd *cobra.Command, args []string) error { return runTemplateDocs(cmd.Context(), e, args[0]) },
	}, command.Document)
}

func runTemplateDocs(ctx context.Context, e *app.Env, ref string) error {
	t, err := e.Catalog().Load(ctx, ref)
	if err != nil {
		return err
	}
	text, err := templatetest.Docs(t)
	if err != nil {
		return err
	}
	if e.JSON {
		return ui.WriteJSON(e.Out, map[string]any{"schema": "scaffold/template-docs/v1", "template": t.Manifest.Name, "markdown": text})
	}
	_, err = fmt.Fprint(e.Out, quote.Lines(text))
	return err
}
