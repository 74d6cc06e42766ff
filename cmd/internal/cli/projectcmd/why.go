package projectcmd

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"scaffold/cmd/internal/app"
	"scaffold/cmd/internal/command"
	"scaffold/cmd/internal/ui"
	"scaffold/generator/project"
	"scaffold/generator/quote"
	"scaffold/generator/recommend"
)

// Why is `scaffold why`.
func Why(e *app.Env) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "why [DIR]",
		Short: "Say why a project is of its template, and whether it still would be",
		Long: `why shows the decision that a project recorded when it was made: its needs, the
recommendation and each line of its score. Beside that stands what the same needs
lead to today, and what has changed. It changes nothing.`,
		Example: `  scaffold why
  scaffold why shop --json`,
		Args:              command.AtMost(1, "scaffold why [DIR]"),
		ValidArgsFunction: command.Directories,
		RunE: func(cmd *cobra.Command, args []string) error {
			dir := "."
			if len(args) == 1 {
				dir = args[0]
			}
			return runWhy(cmd.Context(), e, dir)
		},
	}
	command.OfflineFlag(cmd, e)
	return cmd
}

// whyJSON is scaffold/why/v1.
type whyJSON struct {
	Schema    string             `json:"schema"`
	Directory string             `json:"directory"`
	Decisions []project.Decision `json:"decisions"`
}

func runWhy(ctx context.Context, e *app.Env, dir string) error {
	p, err := project.Open(ctx, app.Absolute(e.Dir, dir))
	if err != nil {
		return err
	}
	catalog := e.Catalog()
	entries, err := catalog.List(ctx)
	if err != nil {
		return err
	}
	rules, err := catalog.Policies(ctx)
	if err != nil {
		return err
	}
	doc := whyJSON{Schema: "scaffold/why/v1", Directory: p.Dir, Decisions: []project.Decision{}}
	for _, part := range p.Parts {
		now := recommend.Rank(entries, part.Signals, rules...)
		doc.Decisions = append(doc.Decisions, project.Why(part, now))
	}
	if e.JSON {
		return ui.WriteJSON(e.Out, doc)
	}
	for _, d := range doc.Decisions {
		printWhy(e, d)
	}
	return nil
}

func printWhy(e *app.Env, d project.Decision) {
	fmt.Fprintf(e.Out, "%s %s\n", quote.Text(d.Template), quote.Text(d.Version))
	if len(d.Signals) > 0 {
		fmt.Fprintf(e.Out, "needs  %s\n", quote.Text(strings.Join(d.Signals, ", ")))
	}
	if d.Was == nil {
		fmt.Fprintln(e.Out, "\nThe template was named directly; no recommendation was asked for.")
		return
	}
	if d.Was.Choice.Primary == d.Template {
		fmt.Fprint(e.Out, "\nIt was recommended:\n")
	} else {
		fmt.Fprintf(e.Out, "\nIt was taken, and %s was recommended:\n", quote.Text(d.Was.Choice.Primary))
	}
	fmt.Fprintln(e.Out, strings.TrimRight(d.Was.Explain(d.Was.Choice.Primary, e.Width, 0), "\n"))
	if len(d.Changes) == 0 {
		fmt.Fprintln(e.Out, "\nToday's rules say the same.")
		return
	}
	fmt.Fprint(e.Out, "\nSince then:\n")
	for _, c := range d.Changes {
		fmt.Fprintln(e.Out, "  "+quote.Text(c))
	}
}
