package cli

import (
	"context"
	_ "embed"
	"encoding/json"
	"strings"

	"github.com/spf13/cobra"

	"scaffold/cmd/internal/ui"
	"scaffold/generator/fault"
	"scaffold/generator/manifest"
	"scaffold/generator/nearest"
)

// outputSchema describes every document that --json prints.
//
//go:embed output.schema.json
var outputSchema []byte

func newSchemaCmd(e *env) *cobra.Command {
	var template string
	answers := &cobra.Command{
		Use: "answers", Short: "The JSON Schema of an answers file",
		Example: "  scaffold schema answers --template django",
		Args:    atMost(0, "scaffold schema answers --template NAME"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return printAnswersSchema(cmd.Context(), e, template)
		},
	}
	answers.Flags().StringVarP(&template, "template", "t", "", "the template `NAME` or directory whose questions it describes")
	completeFlag(answers, "template", completeTemplate(e))
	return group("schema", "Print the JSON Schema of a document",
		schemaCmd(e, "manifest", "The JSON Schema of template.yaml", manifest.Schema()),
		answers,
		schemaCmd(e, "policy", "The JSON Schema of a source's policy.yaml", manifest.PolicySchema()),
		schemaCmd(e, "output", "The JSON Schema of what --json prints", outputSchema),
	)
}

func schemaCmd(e *env, name, short string, schema []byte) *cobra.Command {
	return declare(&cobra.Command{
		Use: name, Short: short, Example: "  scaffold schema " + name + " > " + name + ".schema.json",
		Args: atMost(0, "scaffold schema "+name),
		RunE: func(*cobra.Command, []string) error {
			_, err := e.Out.Write(schema)
			return err
		},
	}, builtIn)
}

func printAnswersSchema(ctx context.Context, e *env, template string) error {
	if template == "" {
		return fault.New(fault.Usage, "no template is named").Try("add --template NAME")
	}
	t, err := e.catalog().Load(ctx, template)
	if err != nil {
		return err
	}
	return ui.WriteJSON(e.Out, json.RawMessage(t.Manifest.AnswersSchema()))
}

func hintOrList(word string, known []string) string {
	if near, ok := nearest.Of(word, known); ok {
		return "did you mean " + near + "?"
	}
	return "one of " + strings.Join(known, ", ")
}
