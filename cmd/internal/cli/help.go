package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"scaffold/cmd/internal/app"
	"scaffold/cmd/internal/command"
	"scaffold/generator/quote"
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
func helpLayout(root *cobra.Command, e *app.Env) {
	width := min(e.Width, helpWidth)
	root.SetUsageTemplate(strings.NewReplacer(
		".FlagUsages", fmt.Sprintf(".FlagUsagesWrapped %d", width),
		"{{rpad .CommandPath .CommandPathPadding}}", "{{.Root.Name}} help {{.Name}} ",
	).Replace(root.UsageTemplate()))
	show := root.HelpFunc()
	root.SetHelpFunc(func(cmd *cobra.Command, args []string) {
		if misnamed(cmd) == nil { // otherwise an error will be the answer
			if e.OutTTY {
				cmd.Long = reflow(cmd.Long, width)
			}
			show(cmd, args)
		}
	})
}

// reflow joins the lines of paragraphs that were broken for a wider terminal. A line
// goes on where the next one starts below its text and its first word had no room.
func reflow(text string, width int) string {
	const full = 72 // no text is broken before
	if slices.Max(columns(text)) <= width {
		return text
	}
	var lines []string
	for line := range strings.SplitSeq(text, "\n") {
		word, _, _ := strings.Cut(strings.TrimLeft(line, " "), " ")
		last := len(lines) - 1
		if last >= 0 && word != "" && below(lines[last], line) && quote.Columns(lines[last]+" "+word) > full {
			lines[last] += " " + strings.TrimLeft(line, " ")
			continue
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// below reports whether a line starts where the text of the one above does: behind
// its indent, and behind what stands before two blanks.
func below(above, line string) bool {
	indent := func(s string) int { return len(s) - len(strings.TrimLeft(s, " ")) }
	start := indent(above)
	if gap := strings.Index(above[start:], "  "); gap >= 0 {
		start += gap + indent(above[start+gap:])
	}
	return start < len(above) && start == indent(line)
}

func columns(text string) []int {
	var wide []int
	for line := range strings.SplitSeq(text, "\n") {
		wide = append(wide, quote.Columns(line))
	}
	return wide
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
	}, command.BuiltIn, command.Document)
}
