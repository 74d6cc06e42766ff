package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"scaffold/generator/fault"
	"scaffold/generator/quote"
)

// Exit codes that code here speaks of; the table has all.
const (
	exitDone        = 0
	exitDestination = 5
)

// An exit is one of the codes that scaffold ends with.
type exit struct {
	code  int
	name  string // in JSON; "" for 0
	means string
	kinds []fault.Kind // the faults that end so
}

// exits is the table that scripts rely on. `help exit-codes` is made from it;
// docs/cli.md and the schema of the output are held against it.
func exits() []exit {
	return []exit{
		{exitDone, "", "done", nil},
		{1, "bug", "a bug in scaffold", []fault.Kind{fault.Bug}},
		{2, "usage", "usage: unknown command or flag; an answer missing, unknown or invalid; a configuration or an answers file that is wrong; a source reference that is malformed or of a scheme other than https, ssh, file",
			[]fault.Kind{fault.Usage, fault.Answer, fault.Encoded}},
		{3, "template", "template invalid: manifest, syntax, undefined variable; two files on one path; a special file in a template; a template for another scaffold version; `template lint`, `template test` or `template diff` found something",
			[]fault.Kind{fault.Template, fault.Found}},
		{4, "refused", "refused for safety: a path leaves the project, a link, an untrusted hook, the machine's policy",
			[]fault.Kind{fault.Unsafe, fault.Untrusted, fault.Policy}},
		{exitDestination, "destination", "destination: exists, not empty, not writable, disk full, unclean work tree, another run there; git missing or too old; scaffold's own files locked or unreadable; output that cannot be written; a plan that differs from what was shown",
			[]fault.Kind{fault.Destination, fault.NotEmpty, fault.Exists, fault.Busy, fault.Full, fault.NotWritable, fault.Changed, fault.Unclean, fault.State, fault.Git, fault.Output}},
		{6, "source", "source: not found, not reachable, not authorised, not in the cache, differs from the lock",
			[]fault.Kind{fault.Source, fault.Denied, fault.Moved, fault.Uncached}},
		{7, "conflicts", "an update left conflicts", []fault.Kind{fault.Conflicts}},
		{8, "step", "a step after rendering failed: hook or verify (the files are complete)", []fault.Kind{fault.Step}},
		{9, "limit", "a limit was reached: time, size, count", []fault.Kind{fault.Limit}},
		{10, "check", "check: a project that is behind, edited or missing something, or whose source moved", []fault.Kind{fault.Drift}},
		{130, "interrupted", "interrupted (Ctrl-C)", []fault.Kind{fault.Cancelled}},
		{143, "terminated", "ended by SIGTERM", []fault.Kind{fault.Terminated}},
	}
}

// exitOf is how a kind of fault ends the program.
func exitOf(kind fault.Kind) exit {
	all := exits()
	if i := slices.IndexFunc(all, func(x exit) bool { return slices.Contains(x.kinds, kind) }); i >= 0 {
		return all[i]
	}
	return all[1]
}

func newExitCodesTopic() *cobra.Command {
	return &cobra.Command{Use: "exit-codes", Short: "What each exit code means", Long: exitCodesHelp()}
}

func exitCodesHelp() string {
	var b strings.Builder
	b.WriteString("scaffold ends with one of these codes, and never with 0 after a refusal:\n\n")
	for _, x := range exits() {
		const column = 7
		fmt.Fprintf(&b, "%5d  %s\n", x.code, strings.Join(quote.Fill(x.means, 80-column), "\n"+strings.Repeat(" ", column)))
	}
	b.WriteString("\nWith --json the error is one object on stdout: scaffold schema output")
	return b.String()
}
