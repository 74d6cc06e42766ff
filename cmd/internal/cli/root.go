// Package cli is scaffold's command line: one file a command. It is the only
// package that prints, reads the environment and decides the exit code.
package cli

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"scaffold/generator/fault"
	"scaffold/generator/nearest"
)

// Main runs scaffold with the arguments and gives the exit code.
func Main(args []string) int {
	e, err := processEnv()
	if err != nil {
		writeError(os.Stderr, err)
		return exitOf(fault.KindOf(err)).code
	}
	return e.run(args)
}

func (e *env) run(args []string) int {
	ctx, stop := e.withSignals(context.Background())
	defer stop()
	out := &output{to: e.Out}
	e.Out = out
	root := newRootCmd(e)
	root.SetArgs(args)
	// Errors in the flags themselves are reported as the person asked, too.
	e.JSON = slices.Contains(args, "--json")
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil {
		err = misnamed(cmd)
	}
	if cause := fault.Of(context.Cause(ctx)); cause != nil && errors.Is(err, context.Canceled) {
		err = cause
	}
	return e.end(err, out)
}

func newRootCmd(e *env) *cobra.Command {
	showVersion, versionCmd := false, newVersionCmd(e)
	root := &cobra.Command{
		Use:   "scaffold",
		Short: "Recommend a backend, say why, and make a repo that runs at once",
		Long: `scaffold asks what a project is for, recommends a backend and says exactly why,
renders a repo that runs at once, and initialises git.`,
		Example: `  scaffold new                                     ask, recommend, make
  scaffold new shop --use rest-api --team python --yes
  scaffold recommend --use realtime-chat --concurrency high`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          unknownCommand,
		RunE: func(cmd *cobra.Command, args []string) error {
			if showVersion {
				return versionCmd.RunE(cmd, args)
			}
			return cmd.Help()
		},
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			return prepare(e, cmd)
		},
	}
	root.SetOut(e.Out)
	root.SetErr(e.Err)
	root.SetIn(e.In)
	root.SetFlagErrorFunc(flagError)
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetHelpCommand(newHelpCmd())
	helpLayout(root, e.Width)
	globalFlags(e, root.PersistentFlags())
	root.Flags().BoolVar(&showVersion, "version", false, "print the version")
	root.AddCommand(
		newNewCmd(e),
		newRecommendCmd(e),
		newTemplateCmd(e),
		newVerifyCmd(e),
		newUpdateCmd(e),
		newCheckCmd(e),
		newAdoptCmd(e),
		newWhyCmd(e),
		newTrustCmd(e),
		newSourceCmd(e),
		newJoinCmd(e),
		newSchemaCmd(e),
		newCompletionCmd(e),
		newManCmd(e),
		versionCmd,
		newExitCodesTopic(),
	)
	completeFlag(root, "color", cobra.FixedCompletions(colors(), wholeWords))
	return root
}

// globalFlags are the flags that every command has.
func globalFlags(e *env, f *pflag.FlagSet) {
	f.BoolVar(&e.JSON, "json", false, "print one JSON object on stdout, errors too")
	f.BoolVarP(&e.Quiet, "quiet", "q", false, "print results and errors only")
	f.BoolVarP(&e.Verbose, "verbose", "v", false, "say more about each step")
	f.StringVar(&e.Color, "color", "", "colour, `WHEN`: auto, always or never")
	f.BoolVar(&e.NoInput, "no-input", false, "never ask; also SCAFFOLD_NO_INPUT=1")
	f.BoolVar(&e.Plain, "plain", false, "numbered line prompts without redraw, for screen readers")
	f.StringVar(&e.configFlag, "config", "", "configuration `FILE` (default $XDG_CONFIG_HOME/scaffold/config.yaml)")
}

func colors() []string { return []string{"auto", "always", "never"} }

// prepare checks what every command shares and reads the configuration, for a
// command that looks at it.
func prepare(e *env, cmd *cobra.Command) error {
	e.makesProject = has(cmd, makesProject)
	if e.Color != "" && !slices.Contains(colors(), e.Color) {
		return fault.New(fault.Usage, "--color=%s", e.Color).Try("use auto, always or never")
	}
	if cmd.HasSubCommands() || has(cmd, builtIn) {
		return nil
	}
	err := e.readConfig()
	if err != nil && cmd.Name() == cobra.ShellCompRequestCmd {
		e.config = config{} // what is built in is offered beside a broken file
		return nil
	}
	return err
}

// flagError words a flag error and offers the nearest flag.
func flagError(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) {
		return fault.New(fault.Usage, "%s", err).Try("see `" + cmd.CommandPath() + " --help`")
	}
	name := unknown.GetSpecifiedName()
	var known []string
	collect := func(f *pflag.Flag) { known = append(known, f.Name) }
	cmd.Flags().VisitAll(collect)
	cmd.InheritedFlags().VisitAll(collect)
	slices.Sort(known)
	try := "see `" + cmd.CommandPath() + " --help`"
	if near, ok := nearest.Of(name, known); ok {
		try = "did you mean --" + near + "?"
	}
	if unknown.GetSpecifiedShortnames() != "" {
		return fault.New(fault.Usage, "unknown flag -%s", unknown.GetSpecifiedShortnames()).Try(try)
	}
	return fault.New(fault.Usage, "unknown flag --%s", name).Try(try)
}

// unknownCommand refuses a word that is no subcommand, with the nearest one.
func unknownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return noCommand(cmd, args[0], cmd.CommandPath())
}

// noCommand is the error for a word that is no subcommand of cmd; typed is what
// stands before it.
func noCommand(cmd *cobra.Command, word, typed string) error {
	known := commandNames(cmd)
	try := "commands: " + strings.Join(known, ", ")
	if near, ok := nearest.Of(word, known); ok {
		try = "did you mean `" + typed + " " + near + "`?"
	} else if len(known) == 0 {
		try = "see `" + typed + "`"
	}
	return fault.New(fault.Usage, "unknown command %q", word).Try(try)
}

// commandNames are the subcommands and topics of a command.
func commandNames(cmd *cobra.Command) []string {
	var names []string
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() || c.IsAdditionalHelpTopicCommand() || c.Name() == "help" {
			names = append(names, c.Name())
		}
	}
	return names
}

// atMost refuses more than n arguments.
func atMost(n int, usage string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) > n {
			return fault.New(fault.Usage, "%q is one argument too many", args[n]).Try("usage: " + usage)
		}
		return nil
	}
}

// group is a command that only holds others.
func group(use, short string, children ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{
		Use: use, Short: short, Args: unknownCommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(children...)
	return cmd
}
