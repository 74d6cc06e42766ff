package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"scaffold/cmd/internal/app"
	"scaffold/cmd/internal/command"
	"scaffold/docs"
	"scaffold/generator/fault"
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

func newManCmd(e *app.Env) *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use: "man", Short: "Print the manual page, or write all of them",
		Example: "  scaffold man | man -l -\n  scaffold man --dir /usr/local/share/man/man1",
		Args:    command.AtMost(0, "scaffold man [--dir DIR]"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			root := cmd.Root()
			root.DisableAutoGenTag = true
			date := e.Now
			header := &doc.GenManHeader{Title: "SCAFFOLD", Section: "1", Source: "scaffold " + version(), Date: &date}
			if dir == "" {
				return doc.GenMan(root, header, e.Out)
			}
			return writeManual(root, header, app.Absolute(e.Dir, dir))
		},
	}
	cmd.Flags().StringVar(&dir, "dir", "", "write one page a command into this `DIR`")
	cmd.AddCommand(command.Declare(&cobra.Command{
		Use: "agents", Short: "Print the page for coding agents: commands, JSON, exit codes, MCP",
		Example: "  scaffold man agents",
		Args:    command.AtMost(0, "scaffold man agents"),
		RunE: func(*cobra.Command, []string) error {
			_, err := io.WriteString(e.Out, docs.Agents)
			return err
		},
	}, command.BuiltIn))
	return command.Declare(cmd, command.BuiltIn)
}

// writeManual writes one page a command into a directory that is there.
func writeManual(root *cobra.Command, header *doc.GenManHeader, dir string) error {
	info, err := os.Stat(dir)
	if err == nil && !info.IsDir() {
		return fault.New(fault.Destination, "%s is not a directory", dir).Try("name a directory")
	}
	if err == nil {
		err = doc.GenManTree(root, header, dir)
	}
	path := (*fs.PathError)(nil)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fault.New(fault.Destination, "%s is not there", dir).Try("make it: mkdir -p " + quote.Shell(dir))
	case errors.As(err, &path):
		return fault.New(fault.Destination, "%s cannot be written: %v", path.Path, path.Err).Try("name a directory that you may write to")
	default:
		return err
	}
}
