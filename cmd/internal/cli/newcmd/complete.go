package newcmd

import (
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"scaffold/cmd/internal/app"
	"scaffold/cmd/internal/command"
	"scaffold/generator/manifest"
	"scaffold/generator/step"
)

// completeNew completes templates, the keys and choices of --set for the chosen
// one, its presets and licences, and signals.
func completeNew(e *app.Env, cmd *cobra.Command) {
	command.CompleteFlag(cmd, "template", command.CompleteTemplate(e))
	command.CompleteFlag(cmd, "verify", cobra.FixedCompletions(step.Levels(), command.WholeWords))
	command.CompleteSignals(cmd)
	chosen := func(flag string, f func(m *manifest.Manifest, typed string) ([]string, cobra.ShellCompDirective)) {
		command.CompleteFlag(cmd, flag, func(cmd *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
			name, _ := cmd.Flags().GetString("template")
			t, err := e.OfflineCatalog().Load(cmd.Context(), name)
			if err != nil { // there is no template to choose from, yet
				return nil, command.WholeWords
			}
			return f(t.Manifest, typed)
		})
	}
	chosen("set", completeSet)
	chosen("preset", func(m *manifest.Manifest, _ string) ([]string, cobra.ShellCompDirective) {
		return slices.Sorted(maps.Keys(m.Presets)), command.WholeWords
	})
	chosen("license", func(m *manifest.Manifest, _ string) ([]string, cobra.ShellCompDirective) {
		if q, ok := m.Question("license"); ok {
			return q.Values(), command.WholeWords
		}
		return nil, command.WholeWords
	})
}

// completeSet completes KEY=, and then the value of a question with choices.
func completeSet(m *manifest.Manifest, typed string) ([]string, cobra.ShellCompDirective) {
	key, value, hasValue := strings.Cut(typed, "=")
	if !hasValue {
		var keys []string
		for i := range m.Questions {
			keys = append(keys, m.Questions[i].ID+"=")
		}
		return keys, command.WordStarts
	}
	q, ok := m.Question(key)
	if !ok {
		return nil, command.WholeWords
	}
	values, directive := q.Alternatives(), command.WholeWords
	if q.Type.Many() {
		values, directive = command.CompleteList(values, value), command.WordStarts
	}
	for i := range values {
		values[i] = key + "=" + values[i]
	}
	return values, directive
}
