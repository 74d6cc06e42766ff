package cli

import (
	"context"
	_ "embed"
	"encoding/json"

	"github.com/spf13/cobra"

	"scaffold/cmd/internal/app"
	"scaffold/cmd/internal/command"
	"scaffold/cmd/internal/ui"
	"scaffold/generator/fault"
	"scaffold/generator/manifest"
)

// outputSchema describes every document that --json prints.
//
//go:embed output.schema.json
var outputSchema []byte

func newSchemaCmd(e *app.Env) *cobra.Command {
	var template string
	answers := &cobra.Command{
		Use: "answers", Short: "The JSON Schema of an answers file",
		Example: "  scaffold schema answers --template django",
		Args:    command.AtMost(0, "scaffold schema answers --template NAME"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return printAnswersSchema(cmd.Context(), e, template)
		},
	}
	answers.Flags().StringVarP(&template, "template", "t", "", "the template `NAME` or directory whose questions it describes")
	command.CompleteFlag(answers, "template", command.CompleteTemplate(e))
	return command.Group("schema", "Print the JSON Schema of a document",
		schemaCmd(e, "manifest", "The JSON Schema of template.yaml", manifest.Schema()),
		answers,
		schemaCmd(e, "policy", "The JSON Schema of a source's policy.yaml", manifest.PolicySchema()),
		schemaCmd(e, "output", "The JSON Schema of what --json prints", outputSchema),
	)
}

func schemaCmd(e *app.Env, name, short string, schema []byte) *cobra.Command {
	return command.Declare(&cobra.Command{
		Use: name, Short: short, Example: "  scaffold schema " + name + " > " + name + ".schema.json",
		Args: command.AtMost(0, "scaffold schema "+name),
		RunE: func(*cobra.Command, []string) error {
			_, err := e.Out.Write(schema)
			return err
		},
	}, command.BuiltIn, command.Document)
}

func printAnswersSchema(ctx context.Context, e *app.Env, template string) error {
	if template == "" {
		return fault.New(fault.Usage, "no template is named").Try("add --template NAME")
	}
	t, err := e.Catalog().Load(ctx, template)
	if err != nil {
		return err
	}
	return ui.WriteJSON(e.Out, json.RawMessage(t.Manifest.AnswersSchema()))
}
