package cli

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"scaffold/cmd/internal/app/apptest"
)

func TestTheFlagsInHelpFitTheScreen(t *testing.T) {
	for _, width := range []int{80, 300} {
		e := apptest.New(t)
		e.Width = width
		for _, path := range commandPaths(newRootCmd(e)) {
			var out bytes.Buffer
			here := *e
			here.Out = &out
			if code := run(&here, append(strings.Fields(path), "--help")); code != exitDone {
				t.Fatalf("%s: exit %d", path, code)
			}
			_, flags, found := strings.Cut(out.String(), "\nFlags:")
			if !found && path != "exit-codes" && path != "environment" { // a topic has none
				t.Errorf("%s --help lists no flags", path)
			}
			for line := range strings.Lines(flags) {
				if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > helpWidth {
					t.Errorf("%s --help at %d: %d columns: %s", path, width, n, line)
				}
			}
		}
	}
}

// commandPaths are the commands below one, without its name.
func commandPaths(cmd *cobra.Command) []string {
	var paths []string
	for _, c := range cmd.Commands() {
		paths = append(paths, strings.TrimPrefix(c.CommandPath(), "scaffold "))
		paths = append(paths, commandPaths(c)...)
	}
	return paths
}
