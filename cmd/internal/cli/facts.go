package cli

import (
	"github.com/spf13/cobra"
)

// A fact is what a command says of itself, in its annotations.
type fact string

// The facts that the rest of the program asks for.
const (
	makesProject fact = "makes-project" // it writes a whole project, or nothing
	builtIn      fact = "built-in"      // it looks at no configuration, and works beside a broken one
)

// declare puts facts on a command.
func declare(cmd *cobra.Command, facts ...fact) *cobra.Command {
	if cmd.Annotations == nil {
		cmd.Annotations = map[string]string{}
	}
	for _, f := range facts {
		cmd.Annotations[string(f)] = ""
	}
	return cmd
}

// has reports whether a command has declared a fact.
func has(cmd *cobra.Command, f fact) bool {
	_, ok := cmd.Annotations[string(f)]
	return ok
}
