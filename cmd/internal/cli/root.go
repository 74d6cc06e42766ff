// Package cli is scaffold's command line: it mounts the commands, each group of
// which is a package below, and decides how the program ends. It alone knows exit
// codes.
package cli

import (
	"context"
	"errors"
	"os"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"scaffold/cmd/internal/app"
	"scaffold/cmd/internal/cli/newcmd"
	"scaffold/cmd/internal/cli/projectcmd"
	"scaffold/cmd/internal/cli/recommendcmd"
	"scaffold/cmd/internal/cli/sourcecmd"
	"scaffold/cmd/internal/cli/templatecmd"
	"scaffold/cmd/internal/cli/trustcmd"
	"scaffold/cmd/internal/command"
	"scaffold/generator/fault"
	"scaffold/generator/nearest"
)

// Main runs scaffold with the arguments and gives the exit code.
func Main(args []string) int {
	e, err := app.Process()
	if err != nil {
		writeError(os.Stderr, err)
		return exitOf(fault.KindOf(err)).code
	}
	return run(e, args)
}

func run(e *app.Env, args []string) int {
	ctx, stop := e.WithSignals(context.Background())
	defer stop()
	e.Fit()
	out := &output{to: e.Out}
	e.Out = out
	root := newRootCmd(e)
	root.SetArgs(args)
	// Errors in the flags themselves are reported as the person asked, too.
	e.JSON = wantsJSON(args)
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil {
		err = misnamed(cmd)
	}
	if cause := fault.Of(context.Cause(ctx)); cause != nil && errors.Is(err, context.Canceled) {
		err = cause
	}
	return end(e, err, out)
}

// wantsJSON reports whether --json is among the arguments, also of a command line
// that cannot be parsed.
func wantsJSON(args []string) bool {
	if i := slices.Index(args, "--"); i >= 0 {
		args = args[:i]
	}
	return slices.Contains(args, "--json") || slices.Contains(args, "--json=true") || slices.Contains(args, "--json=1")
}

func newRootCmd(e *app.Env) *cobra.Command {
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
		Args:          command.UnknownCommand,
		RunE: func(cmd *cobra.Command, args []string) error {
			if showVersion {
				return versionCmd.RunE(cmd, args)
			}
			return command.Overview(cmd)
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
	helpLayout(root, e)
	command.GlobalFlags(e, root.PersistentFlags())
	root.Flags().BoolVar(&showVersion, "version", false, "print the version")
	root.AddCommand(append(commands(e), versionCmd)...)
	command.CompleteFlag(root, "color", cobra.FixedCompletions(command.Colors(), command.WholeWords))
	return root
}

// commands are those below the root, but version, which --version runs, too.
func commands(e *app.Env) []*cobra.Command {
	return []*cobra.Command{
		newcmd.New(e),
		recommendcmd.New(e),
		templatecmd.New(e),
		projectcmd.Verify(e),
		projectcmd.Update(e),
		projectcmd.Check(e),
		projectcmd.Adopt(e),
		projectcmd.Why(e),
		trustcmd.New(e),
		sourcecmd.New(e),
		sourcecmd.Join(e),
		newSchemaCmd(e),
		newCompletionCmd(e),
		newManCmd(e),
		newMCPCmd(e),
		newExitCodesTopic(),
		newEnvironmentTopic(),
	}
}

// prepare checks what every command shares and reads the configuration, for a
// command that looks at it.
func prepare(e *app.Env, cmd *cobra.Command) error {
	e.MakesProject, e.Document = command.Has(cmd, command.MakesProject), command.Has(cmd, command.Document)
	if e.Quiet && e.Verbose {
		return fault.New(fault.Usage, "--quiet and --verbose contradict each other").Try("give one of them")
	}
	if e.Color != "" && !slices.Contains(command.Colors(), e.Color) {
		return fault.New(fault.Usage, "--color=%s", e.Color).Try("use auto, always or never")
	}
	if cmd.HasSubCommands() || command.Has(cmd, command.BuiltIn) {
		return nil
	}
	err := e.ReadConfig()
	if err != nil && cmd.Name() == cobra.ShellCompRequestCmd {
		e.Config = app.Config{} // what is built in is offered beside a broken file
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
