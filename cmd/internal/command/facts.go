// Package command has what the commands share as cobra sees them: facts that a
// command declares, kinds of arguments, flags, and what a shell completes.
package command

import "github.com/spf13/cobra"

// A Fact is what a command says of itself, in its annotations.
type Fact string

// The facts that the rest of the program asks for.
const (
	MakesProject Fact = "makes-project" // it writes a whole project, or nothing
	Document     Fact = "document"      // what it prints is for programs, or to be copied as it is
	BuiltIn      Fact = "built-in"      // it looks at no configuration, and works beside a broken one
)

// Declare puts facts on a command.
func Declare(cmd *cobra.Command, facts ...Fact) *cobra.Command {
	if cmd.Annotations == nil {
		cmd.Annotations = map[string]string{}
	}
	for _, f := range facts {
		cmd.Annotations[string(f)] = ""
	}
	return cmd
}

// Has reports whether a command has declared a fact.
func Has(cmd *cobra.Command, f Fact) bool {
	_, ok := cmd.Annotations[string(f)]
	return ok
}
