package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"scaffold/cmd/internal/app"
	"scaffold/cmd/internal/command"
)

// newHelpCmd replaces cobra's, which answers a word that is no command with the
// help of the nearest group.
func newHelpCmd() *cobra.Command {
	return command.Declare(&cobra.Command{
		Use: "help [COMMAND]...", Short: "Print the help of a command, or a topic",
		Example: "  scaffold help template lint\n  scaffold help exit-codes",
		ValidArgsFunction: func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			about, rest, err := cmd.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return command.CommandNames(about), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			about, rest, err := cmd.Root().Find(args)
			if err != nil {
				return err
			}
			if len(rest) > 0 {
				return command.NoCommand(about, rest[0], "scaffold help"+strings.TrimPrefix(about.CommandPath(), "scaffold"))
			}
			about.InitDefaultHelpFlag()
			return about.Help()
		},
	}, command.BuiltIn)
}

// helpWidth is the most columns of a line of help.
const helpWidth = 100

// helpLayout is cobra's, with lines that fit and topics as they are typed.
func helpLayout(root *cobra.Command, width int) {
	root.SetUsageTemplate(strings.NewReplacer(
		".FlagUsages", fmt.Sprintf(".FlagUsagesWrapped %d", min(width, helpWidth)),
		"{{rpad .CommandPath .CommandPathPadding}}", "{{.Root.Name}} help {{.Name}} ",
	).Replace(root.UsageTemplate()))
	show := root.HelpFunc()
	root.SetHelpFunc(func(cmd *cobra.Command, args []string) {
		if misnamed(cmd) == nil { // otherwise an error will be the answer
			show(cmd, args)
		}
	})
}

// misnamed is the error for a parsed `scaffold GROUP WORD --help`, where cobra
// finds nothing wrong with a WORD that is no command.
func misnamed(cmd *cobra.Command) error {
	if !cmd.HasSubCommands() {
		return nil
	}
	return command.UnknownCommand(cmd, cmd.Flags().Args())
}

func newCompletionCmd(e *app.Env) *cobra.Command {
	shells := []string{"bash", "zsh", "fish", "powershell"}
	return command.Declare(&cobra.Command{
		Use: "completion bash|zsh|fish|powershell", Short: "Print the completion script of a shell",
		Example: `  scaffold completion bash > ~/.local/share/bash-completion/completions/scaffold
  scaffold completion fish > ~/.config/fish/completions/scaffold.fish`,
		ValidArgs: shells,
		Args:      command.ExactlyOneOf("shell", shells),
		RunE: func(cmd *cobra.Command, args []string) error {
			root := cmd.Root()
			switch args[0] {
			case "bash":
				return root.GenBashCompletionV2(e.Out, true)
			case "zsh":
				return root.GenZshCompletion(e.Out)
			case "fish":
				return root.GenFishCompletion(e.Out, true)
			default:
				return root.GenPowerShellCompletionWithDesc(e.Out)
			}
		},
	}, command.BuiltIn)
}
