package command

import (
	_ "embed"
	"strings"

	"github.com/spf13/cobra"

	"scaffold/generator/fault"
	"scaffold/generator/nearest"
)

// ExactlyOneOf takes one argument out of a list.
func ExactlyOneOf(what string, allowed []string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) == 1 {
			for _, a := range allowed {
				if args[0] == a {
					return nil
				}
			}
			return fault.New(fault.Usage, "unknown %s %q", what, args[0]).Try(HintOrList(args[0], allowed))
		}
		return fault.New(fault.Usage, "one %s is needed", what).Try(HintOrList("", allowed))
	}
}

// UnknownCommand refuses a word that is no subcommand, with the nearest one.
func UnknownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return NoCommand(cmd, args[0], cmd.CommandPath())
}

// NoCommand is the error for a word that is no subcommand of cmd; typed is what
// stands before it.
func NoCommand(cmd *cobra.Command, word, typed string) error {
	known := CommandNames(cmd)
	try := "commands: " + strings.Join(known, ", ")
	if near, ok := nearest.Of(word, known); ok {
		try = "did you mean `" + typed + " " + near + "`?"
	} else if len(known) == 0 {
		try = "see `" + typed + "`"
	}
	return fault.New(fault.Usage, "unknown command %q", word).Try(try)
}

// CommandNames are the subcommands and topics of a command.
func CommandNames(cmd *cobra.Command) []string {
	var names []string
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() || c.IsAdditionalHelpTopicCommand() || c.Name() == "help" {
			names = append(names, c.Name())
		}
	}
	return names
}

// AtMost refuses more than n arguments.
func AtMost(n int, usage string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) > n {
			return fault.New(fault.Usage, "%q is one argument too many", args[n]).Try("usage: " + usage)
		}
		return nil
	}
}

// Group is a command that only holds others.
func Group(use, short string, children ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{
		Use: use, Short: short, Args: UnknownCommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return Overview(cmd) },
	}
	cmd.AddCommand(children...)
	return cmd
}

// Overview is the help of a command that only holds others; to a program, which
// reads no help, it is an error.
func Overview(cmd *cobra.Command) error {
	if asJSON, _ := cmd.Flags().GetBool("json"); asJSON {
		return fault.New(fault.Usage, "%s needs a command", cmd.CommandPath()).Try("commands: " + strings.Join(CommandNames(cmd), ", "))
	}
	return cmd.Help()
}

// HintOrList offers the nearest of the known words, or all.
func HintOrList(word string, known []string) string {
	if near, ok := nearest.Of(word, known); ok {
		return "did you mean " + near + "?"
	}
	return "one of " + strings.Join(known, ", ")
}

// Exactly takes n arguments.
func Exactly(n int, usage string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) != n {
			return fault.New(fault.Usage, "%d arguments are needed, %d were given", n, len(args)).Try("usage: " + usage)
		}
		return nil
	}
}

// ExactlyOne takes one argument, and says what it is.
func ExactlyOne(what, usage string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) != 1 {
			return fault.New(fault.Usage, "one %s is needed, %d were given", what, len(args)).Try("usage: " + usage)
		}
		return nil
	}
}
