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
	all      bool
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
a score is shown, and the lines add up to it. Of more than eight templates the first
eight are shown. It asks nothing and writes nothing.`,
		Example: `  scaffold recommend --use realtime-chat,ml-serving --team javascript --concurrency high
  scaffold recommend --describe "a shop where sellers upload photos, I know Python"
  scaffold recommend --use rest-api --json
  scaffold recommend --use rest-api --all
  scaffold recommend --list`,
		Args: command.AtMost(0, "scaffold recommend [flags]"),
		RunE: func(cmd *cobra.Command, _ []string) error { return runRecommend(cmd.Context(), e, o) },
	}
	cmd.Flags().BoolVar(&o.list, "list", false, "print every signal with its title")
	cmd.Flags().BoolVar(&o.all, "all", false, "show every template of the ranking, not the first eight; --json has them all")
	command.DescribeFlag(cmd, &o.describe)
	command.OfflineFlag(cmd, e)
	o.signals.Register(cmd.Flags())
	command.CompleteSignals(cmd)
	return cmd
}

func runRecommend(ctx context.Context, e *app.Env, o recommendOptions) error {
	if o.list {
		return printSignals(ctx, e)
	}
	advice, err := Advise(ctx, e, o.signals, o.describe)
	if err != nil {
		return err
	}
	if e.JSON {
		return ui.WriteJSON(e.Out, advice)
	}
	text := advice.Short
	if o.all {
		text = advice.Text
	}
	_, err = fmt.Fprint(e.Out, text(e.Width))
	return err
}

func printSignals(ctx context.Context, e *app.Env) error {
	entries, err := e.Catalog().List(ctx)
	if err != nil {
		return err
	}
	listing := recommend.List(recommend.Groups(entries))
	if e.JSON {
		return ui.WriteJSON(e.Out, listing)
	}
	_, err = fmt.Fprint(e.Out, listing.Text(e.Width))
	return err
}

// Advise ranks the templates for what flags and words say; flags are the stronger.
func Advise(ctx context.Context, e *app.Env, flags command.SignalFlags, words string) (recommend.Advice, error) {
	catalog := e.Catalog()
	entries, err := catalog.List(ctx)
	if err != nil {
		return recommend.Advice{}, err
	}
	groups, said := recommend.Groups(entries), flags.List()
	var understood []recommend.Understood
	if words != "" {
		if understood = recommend.Describe(words, groups); len(understood) == 0 {
			return recommend.Advice{}, session.NotUnderstood(words)
		}
		said = flags.With(recommend.SignalsOf(understood, groups))
		command.SayUnderstood(e, understood)
	}
	if _, err := recommend.Check(said, groups); err != nil {
		return recommend.Advice{}, err
	}
	rules, err := catalog.Policies(ctx)
	if err != nil {
		return recommend.Advice{}, err
	}
	advice := recommend.Rank(entries, said, rules...)
	advice.Understood = understood
	return advice, nil
}
