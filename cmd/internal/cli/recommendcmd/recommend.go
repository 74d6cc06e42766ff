// Package recommendcmd is `scaffold recommend`.
package recommendcmd

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"scaffold/cmd/internal/app"
	"scaffold/cmd/internal/command"
	"scaffold/cmd/internal/ui"
	"scaffold/generator/recommend"
	"scaffold/generator/session"
)

type recommendOptions struct {
	list     bool
	describe string
	signals  command.SignalFlags
}

// New is the command.
func New(e *app.Env) *cobra.Command {
	var o recommendOptions
	cmd := &cobra.Command{
		Use:   "recommend",
		Short: "Say which template fits, and exactly why",
		Long: `recommend ranks the templates for what a project is said to need. Every line of
a score is shown, and the lines add up to it. It asks nothing and writes nothing.`,
		Example: `  scaffold recommend --use realtime-chat,ml-serving --team javascript --concurrency high
  scaffold recommend --describe "a shop where sellers upload photos, I know Python"
  scaffold recommend --use rest-api --json
  scaffold recommend --list`,
		Args: command.AtMost(0, "scaffold recommend [flags]"),
		RunE: func(cmd *cobra.Command, _ []string) error { return runRecommend(cmd.Context(), e, o) },
	}
	cmd.Flags().BoolVar(&o.list, "list", false, "print every signal with its title")
	command.DescribeFlag(cmd, &o.describe)
	command.OfflineFlag(cmd, e)
	o.signals.Register(cmd.Flags())
	command.CompleteSignals(cmd)
	return cmd
}

func runRecommend(ctx context.Context, e *app.Env, o recommendOptions) error {
	catalog := e.Catalog()
	entries, err := catalog.List(ctx)
	if err != nil {
		return err
	}
	groups := recommend.Groups(session.Candidates(entries))
	if o.list {
		listing := recommend.List(groups)
		if e.JSON {
			return ui.WriteJSON(e.Out, listing)
		}
		_, err := fmt.Fprint(e.Out, listing.Text(e.Width))
		return err
	}
	said := o.signals.List()
	var understood []recommend.Understood
	if o.describe != "" {
		if understood = recommend.Describe(o.describe, groups); len(understood) == 0 {
			return session.NotUnderstood(o.describe)
		}
		said = o.signals.With(recommend.SignalsOf(understood, groups))
		command.SayUnderstood(e, understood)
	}
	if _, err := recommend.Check(said, groups); err != nil {
		return err
	}
	rules, err := catalog.Policies(ctx)
	if err != nil {
		return err
	}
	advice := recommend.Rank(session.Candidates(entries), said, session.Policies(rules)...)
	advice.Understood = understood
	if e.JSON {
		return ui.WriteJSON(e.Out, advice)
	}
	_, err = fmt.Fprint(e.Out, advice.Text(e.Width))
	return err
}
