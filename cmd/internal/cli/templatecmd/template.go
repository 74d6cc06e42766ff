// Package templatecmd is `scaffold template`, for those who write templates.
package templatecmd

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"scaffold/cmd/internal/app"
	"scaffold/cmd/internal/command"
	"scaffold/cmd/internal/ui"
	"scaffold/generator"
	"scaffold/generator/manifest"
	"scaffold/generator/quote"
)

// New is the group of commands.
func New(e *app.Env) *cobra.Command {
	return command.Group("template", "List, show, make, import, check, test, compare and document templates",
		newTemplateListCmd(e), newTemplateShowCmd(e),
		newTemplateInitCmd(e), newTemplateImportCmd(e), newTemplateLintCmd(e), newTemplateTestCmd(e), newTemplateDiffCmd(e), newTemplateDocsCmd(e))
}

func newTemplateListCmd(e *app.Env) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List every template that can be named",
		Example: "  scaffold template list\n  scaffold template list --json",
		Args:    command.AtMost(0, "scaffold template list"),
		RunE:    func(cmd *cobra.Command, _ []string) error { return runTemplateList(cmd.Context(), e) },
	}
}

type templateInfo struct {
	Name        string   `json:"name"`
	Title       string   `json:"title"`
	Description string   `json:"description"`
	Version     string   `json:"version"`
	Source      string   `json:"source"`
	Maturity    string   `json:"maturity"`
	ReplacedBy  string   `json:"replaced_by,omitempty"`
	Tags        []string `json:"tags"`
}

func infoOf(m *manifest.Manifest, source string) templateInfo {
	return templateInfo{m.Name, m.Title, m.Description, m.Version, source, m.Maturity, m.ReplacedBy, append([]string{}, m.Tags...)}
}

func runTemplateList(ctx context.Context, e *app.Env) error {
	entries, err := e.Catalog().List(ctx)
	if err != nil {
		return err
	}
	infos := []templateInfo{}
	for _, t := range entries {
		info := infoOf(t.Manifest, t.Source)
		info.Name = t.Name
		infos = append(infos, info)
	}
	if e.JSON {
		return ui.WriteJSON(e.Out, map[string]any{"schema": "scaffold/templates/v1", "templates": infos, "warnings": append([]string{}, e.Warnings...)})
	}
	name, version, source := 14, 7, 10
	for _, t := range infos {
		name, version, source = max(name, len(t.Name)), max(version, len(t.Version)), max(source, len(t.Source))
	}
	for _, t := range infos {
		fmt.Fprintf(e.Out, "%-*s %-*s %-*s %s\n", name, quote.Text(t.Name), version, t.Version, source, quote.Text(t.Source), quote.Text(t.Title))
		if e.Verbose {
			fmt.Fprintf(e.Out, "%14s %s\n", "", quote.Text(t.Description))
		}
	}
	return nil
}

func newTemplateShowCmd(e *app.Env) *cobra.Command {
	var layers string
	cmd := &cobra.Command{
		Use: "show NAME|DIR", Short: "Show a template: its questions, choices and defaults",
		Example: "  scaffold template show django\n  scaffold template show ./our-template --json\n" +
			"  scaffold template show ./our-overlay --layers pyproject.toml",
		Args:              command.ExactlyOne("template", "scaffold template show NAME|DIR"),
		ValidArgsFunction: command.CompleteOneTemplate(e),
		RunE: func(cmd *cobra.Command, args []string) error {
			if cmd.Flags().Changed("layers") {
				return runTemplateLayers(cmd.Context(), e, args[0], layers)
			}
			return runTemplateShow(cmd.Context(), e, args[0])
		},
	}
	command.FormatFlag(cmd, e)
	cmd.Flags().StringVar(&layers, "layers", "", "say which layers give, replace, patch or remove the generated `PATH`")
	return cmd
}

type questionInfo struct {
	ID      string   `json:"id"`
	Type    string   `json:"type"`
	Title   string   `json:"title"`
	Help    string   `json:"help,omitempty"`
	When    string   `json:"when,omitempty"`
	Choices []string `json:"choices,omitempty"`
	Default string   `json:"default"`

	Fixed *fixedInfo `json:"fixed,omitempty"` // an overlay answers it
}

type fixedInfo struct {
	Value string `json:"value"`
	By    string `json:"by"`
}

// A Document is what `scaffold template show --json` prints.
type Document struct {
	Schema    string            `json:"schema"`
	Template  templateInfo      `json:"template"`
	Questions []questionInfo    `json:"questions,omitempty"`
	Answers   json.RawMessage   `json:"answers"` // the JSON Schema of an answers file
	Presets   []string          `json:"presets"`
	Commands  []string          `json:"commands"` // what it may run, whatever the answers
	Layers    []generator.Layer `json:"layers"`
}

// Describe reads a template, and says of it what an agent needs: the questions are
// in the schema of the answers alone.
func Describe(ctx context.Context, e *app.Env, ref string) (Document, error) {
	t, err := e.Catalog().Load(ctx, ref)
	if err != nil {
		return Document{}, err
	}
	return describe(t), nil
}

func describe(t *generator.Template) Document {
	m := t.Manifest
	return Document{
		Schema: "scaffold/template/v1", Template: infoOf(m, t.Top().Source), Answers: m.AnswersSchema(), Layers: t.Layers,
		Presets: append([]string{}, slices.Sorted(maps.Keys(m.Presets))...), Commands: append([]string{}, generator.Describe(m).Commands...),
	}
}

func questionsOf(m *manifest.Manifest) []questionInfo {
	questions := []questionInfo{}
	for i := range m.Questions {
		q := &m.Questions[i]
		info := questionInfo{q.ID, string(q.Type), q.Label(), q.Help, q.When, q.Values(), q.DefaultText(), nil}
		if fix, fixed := m.Fixed(q.ID); fixed {
			info.Fixed = &fixedInfo{fix.Value.String(), fix.By}
		}
		questions = append(questions, info)
	}
	return questions
}

func runTemplateShow(ctx context.Context, e *app.Env, ref string) error {
	t, err := e.Catalog().Load(ctx, ref)
	if err != nil {
		return err
	}
	m, questions := t.Manifest, questionsOf(t.Manifest)
	if e.JSON {
		doc := describe(t)
		doc.Questions = questions
		return ui.WriteJSON(e.Out, doc)
	}
	fmt.Fprintf(e.Out, "%s %s, %s\n%s\n", quote.Text(m.Name), m.Version, quote.Text(t.Top().Source), quote.Text(m.Description))
	for i := len(t.Layers) - 2; i >= 0; i-- {
		fmt.Fprintf(e.Out, "on %s %s, %s\n", quote.Text(t.Layers[i].Name), t.Layers[i].Version, quote.Text(t.Layers[i].Source))
	}
	fmt.Fprintln(e.Out)
	for _, q := range questions {
		fmt.Fprintf(e.Out, "  %-14s %-7s %s\n", q.ID, q.Type, quote.Text(q.Title))
		if len(q.Choices) > 0 {
			fmt.Fprintf(e.Out, "  %22s one of %s\n", "", quote.Text(strings.Join(q.Choices, ", ")))
		}
		if q.Fixed != nil {
			fmt.Fprintf(e.Out, "  %22s fixed to %s by %s\n", "", quote.Text(q.Fixed.Value), quote.Text(q.Fixed.By))
			continue
		}
		fmt.Fprintf(e.Out, "  %22s default %s\n", "", quote.Text(q.Default))
		if q.When != "" {
			fmt.Fprintf(e.Out, "  %22s when %s\n", "", quote.Text(q.When))
		}
	}
	return nil
}
