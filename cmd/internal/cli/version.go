package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"scaffold/cmd/internal/app"
	"scaffold/cmd/internal/command"
	"scaffold/cmd/internal/ui"
	"scaffold/generator"
)

func newVersionCmd(e *app.Env) *cobra.Command {
	return command.Declare(&cobra.Command{
		Use: "version", Short: "Print scaffold's version",
		Example: "  scaffold version\n  scaffold version --json",
		Args:    command.AtMost(0, "scaffold version"),
		RunE: func(*cobra.Command, []string) error {
			v := version()
			if e.JSON {
				return ui.WriteJSON(e.Out, map[string]string{"schema": "scaffold/version/v1", "version": v, "go": runtime.Version()})
			}
			_, err := fmt.Fprintln(e.Out, "scaffold "+v)
			return err
		},
	}, command.BuiltIn)
}

// version is the release, with the commit that the binary was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return generator.Version
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 7 {
			return generator.Version + "+" + s.Value[:7]
		}
	}
	return generator.Version
}
