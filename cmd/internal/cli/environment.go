package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"scaffold/generator/quote"
)

// A setting is a variable or a file that scaffold looks at.
type setting struct{ name, means string }

// environment is what scaffold takes from its environment. `help environment`
// and the manual page are made from it, and docs/cli.md is held against it.
func environment() []setting {
	return []setting{
		{"SCAFFOLD_ANSWER_<KEY>", "an answer, where neither a flag, an answers file nor a preset gives it"},
		{"SCAFFOLD_NO_INPUT", "1 asks nothing; 0 asks although a variable below says that nobody is there"},
		{"CI", "set: nothing is asked; so do the variables of coding agents, such as CLAUDECODE"},
		{"NO_COLOR, CLICOLOR, CLICOLOR_FORCE", "colour, where --color does not decide"},
		{"ACCESSIBLE", "set: asks in numbered lines that are never redrawn"},
		{"TERM", "dumb: likewise, and without colour"},
		{"GIT_AUTHOR_NAME, GIT_AUTHOR_EMAIL, EMAIL", "the author of the first commit, where --author is not given"},
		{"XDG_CONFIG_HOME, XDG_CONFIG_DIRS", "where configurations are; ~/.config and /etc/xdg without them"},
		{"XDG_CACHE_HOME", "where fetched sources are kept; ~/.cache without it"},
		{"SOURCE_DATE_EPOCH", "the time of the run, for a result that can be made again"},
	}
}

// files are those that scaffold reads and writes beside projects.
func files() []setting {
	return []setting{
		{"$XDG_CONFIG_HOME/scaffold/config.yaml", "what this person prefers, and the sources of templates"},
		{"/etc/scaffold/config.yaml", "the same of the machine, with its policy"},
		{"$XDG_CONFIG_HOME/scaffold/trust.yaml", "templates and publishers whose hooks may run"},
		{"$XDG_CACHE_HOME/scaffold/", "fetched sources; it may be deleted at any time"},
		{".scaffold/answers.yaml, .scaffold/lock.yaml", "in a project: what it was made from; both belong into its repository"},
	}
}

func newEnvironmentTopic() *cobra.Command {
	return &cobra.Command{Use: "environment", Short: "Which variables and files scaffold looks at", Long: environmentHelp()}
}

func environmentHelp() string {
	var b strings.Builder
	for _, s := range append(environment(), files()...) {
		fmt.Fprintf(&b, "  %s\n      %s\n", s.name, strings.Join(quote.Fill(s.means, 72), "\n      "))
	}
	return strings.TrimRight(b.String(), "\n")
}
