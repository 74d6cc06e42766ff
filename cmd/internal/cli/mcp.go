package cli

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"scaffold/cmd/internal/app"
	"scaffold/cmd/internal/command"
	"scaffold/cmd/internal/mcp"
)

func newMCPCmd(e *app.Env) *cobra.Command {
	var root string
	cmd := &cobra.Command{
		Use: "mcp", Short: "Serve coding agents by the Model Context Protocol, on stdin and stdout",
		Long: `mcp answers one client of the Model Context Protocol on stdin and stdout, until it
leaves: six tools (recommend, describe_template, plan, create, check, update) that do
what the commands do and answer with what --json prints. create takes the digest of a
plan, and refuses any other. Projects are written below --root alone.

` + "`scaffold man agents`" + ` has the configuration for common clients.`,
		Example: "  scaffold mcp\n  scaffold mcp --root ~/projects",
		Args:    command.AtMost(0, "scaffold mcp [--root DIR]"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if e.InTTY && !e.Quiet { // a person has typed it
				fmt.Fprintln(e.Err, "An agent talks to this on standard input: `scaffold man agents` says how. Ctrl-D ends it.")
			}
			return mcp.Serve(cmd.Context(), mcp.Options{
				Env: e, Root: root, Output: outputSchema, Fault: func(err error) any { return errorDocument(err) },
			}, e.In, direct(e.Out))
		},
	}
	cmd.Flags().StringVar(&root, "root", "", "the `DIR` below which projects are written (default: the working directory)")
	_ = cmd.MarkFlagDirname("root")                                // the flag is there
	return command.Declare(cmd, command.BuiltIn, command.Document) // each call reads the configuration
}

// direct is where results go, with its errors: a server has to hear that nobody
// reads any more.
func direct(w io.Writer) io.WriteCloser {
	if out, ok := w.(*output); ok {
		w = out.to
	}
	return open{w}
}

// open is a stream that stays open for whoever had it before.
type open struct{ io.Writer }

func (open) Close() error { return nil }
