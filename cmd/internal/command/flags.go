package command

import (
	"errors"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"scaffold/cmd/internal/app"
)

// GlobalFlags are the flags that every command has.
func GlobalFlags(e *app.Env, f *pflag.FlagSet) {
	f.BoolVar(&e.JSON, "json", false, "print one JSON object on stdout, errors too")
	f.BoolVarP(&e.Quiet, "quiet", "q", false, "print results and errors only")
	f.BoolVarP(&e.Verbose, "verbose", "v", false, "say more about each step")
	f.StringVar(&e.Color, "color", "", "colour, `WHEN`: auto, always or never")
	f.BoolVar(&e.NoInput, "no-input", false, "never ask; also SCAFFOLD_NO_INPUT=1")
	f.BoolVar(&e.Plain, "plain", false, "numbered line prompts without redraw, for screen readers")
	f.StringVar(&e.ConfigFlag, "config", "", "configuration `FILE` (default $XDG_CONFIG_HOME/scaffold/config.yaml)")
}

// Colors are the values of --color.
func Colors() []string { return []string{"auto", "always", "never"} }

// DescribeFlag is --describe, for what recommends.
func DescribeFlag(cmd *cobra.Command, text *string) {
	cmd.Flags().StringVar(text, "describe", "", "what the project is for in your own words, a `TEXT`; the other flags are stronger")
}

// FormatFlag is --format, for the commands that take a template by its name.
func FormatFlag(cmd *cobra.Command, e *app.Env) {
	usage := "the `TOOL` that the template is written for, " + strings.Join(app.Formats(), " or ") + ", where it has the files of both"
	cmd.Flags().Func("format", usage, func(tool string) error {
		if e.Format = tool; !slices.Contains(app.Formats(), tool) {
			return errors.New("must be " + strings.Join(app.Formats(), " or "))
		}
		return nil
	})
	CompleteFlag(cmd, "format", cobra.FixedCompletions(app.Formats(), cobra.ShellCompDirectiveNoFileComp))
}

// OfflineFlag is --offline, for the commands that may use the network.
func OfflineFlag(cmd *cobra.Command, e *app.Env) {
	cmd.Flags().BoolVar(&e.Offline, "offline", false, "use the cache only, and no network")
}
