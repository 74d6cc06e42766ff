package cli

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

// exitCodes is the table that scripts rely on.
const exitCodes = `scaffold ends with one of these codes, and never with 0 after a refusal:

    0  done
    1  a bug in scaffold
    2  usage: unknown command or flag; an answer missing, unknown or invalid;
       a source reference that is malformed or of a scheme other than https, ssh, file
    3  template invalid: manifest, syntax, undefined variable; two files on one path;
       a special file in a template; a template for another scaffold version;
       template lint or template test found something
    4  refused for safety: a path leaves the project, a link, an untrusted hook
    5  destination: exists, not empty, not writable, disk full, another run there
    6  source: not found, not reachable, not authorised, differs from the lock
    8  a step after rendering failed: hook or verify (the files are complete)
    9  a limit was reached: time, size, count
  130  interrupted (Ctrl-C); 143 by SIGTERM

With --json the error is one object on stdout: scaffold schema output`

func newExitCodesTopic() *cobra.Command {
	return &cobra.Command{Use: "exit-codes", Short: "What each exit code means", Long: exitCodes}
}

func newCompletionCmd(e *env) *cobra.Command {
	shells := []string{"bash", "zsh", "fish", "powershell"}
	return &cobra.Command{
		Use: "completion bash|zsh|fish|powershell", Short: "Print the completion script of a shell",
		Example: `  scaffold completion bash > ~/.local/share/bash-completion/completions/scaffold
  scaffold completion fish > ~/.config/fish/completions/scaffold.fish`,
		ValidArgs: shells,
		Args:      exactlyOneOf("shell", shells),
		RunE: func(cmd *cobra.Command, args []string) error {
			root := cmd.Root()
			switch args[0] {
			case "bash":
				return root.GenBashCompletionV2(e.out, true)
			case "zsh":
				return root.GenZshCompletion(e.out)
			case "fish":
				return root.GenFishCompletion(e.out, true)
			default:
				return root.GenPowerShellCompletionWithDesc(e.out)
			}
		},
	}
}

func newManCmd(e *env) *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use: "man", Short: "Print the manual page, or write all of them",
		Example: "  scaffold man | man -l -\n  scaffold man --dir /usr/local/share/man/man1",
		Args:    atMost(0, "scaffold man [--dir DIR]"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			root := cmd.Root()
			root.DisableAutoGenTag = true
			date := e.now
			header := &doc.GenManHeader{Title: "SCAFFOLD", Section: "1", Source: "scaffold " + version(), Date: &date}
			if dir == "" {
				return doc.GenMan(root, header, e.out)
			}
			target := absolute(e.dir, dir)
			if info, err := os.Stat(target); err != nil || !info.IsDir() {
				return &destinationError{what: filepath.Base(target) + " is not a directory", try: "make it first"}
			}
			return doc.GenManTree(root, header, target)
		},
	}
	cmd.Flags().StringVar(&dir, "dir", "", "write one page a command into this `DIR`")
	return cmd
}

// exactlyOneOf takes one argument out of a list.
func exactlyOneOf(what string, allowed []string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) == 1 {
			for _, a := range allowed {
				if args[0] == a {
					return nil
				}
			}
			return &usageError{what: fmt.Sprintf("unknown %s %q", what, args[0]), try: hintOrList(args[0], allowed)}
		}
		return &usageError{what: "one " + what + " is needed", try: hintOrList("", allowed)}
	}
}
