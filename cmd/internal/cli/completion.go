package cli

import (
	"context"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"scaffold/generator/manifest"
	"scaffold/generator/quote"
	"scaffold/generator/step"
)

// What a shell does with the words that it gets.
const (
	wholeWords = cobra.ShellCompDirectiveNoFileComp
	wordStarts = cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace // a key before =, one of a list
	onlyDirs   = cobra.ShellCompDirectiveFilterDirs
)

// completeOneTemplate completes a command whose one argument is a template.
func completeOneTemplate(e *env) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, wholeWords
		}
		return completeTemplate(e)(cmd, args, typed)
	}
}

// completeNew completes templates, the keys and choices of --set for the chosen
// one, its presets and licences, and signals.
func completeNew(e *env, cmd *cobra.Command) {
	completeFlag(cmd, "template", completeTemplate(e))
	completeFlag(cmd, "verify", cobra.FixedCompletions(step.Levels(), wholeWords))
	completeSignals(cmd)
	chosen := func(flag string, f func(m *manifest.Manifest, typed string) ([]string, cobra.ShellCompDirective)) {
		completeFlag(cmd, flag, func(cmd *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
			name, _ := cmd.Flags().GetString("template")
			t, err := e.offlineCatalog().Load(cmd.Context(), name)
			if err != nil { // there is no template to choose from, yet
				return nil, wholeWords
			}
			return f(t.Manifest, typed)
		})
	}
	chosen("set", completeSet)
	chosen("preset", func(m *manifest.Manifest, _ string) ([]string, cobra.ShellCompDirective) {
		return slices.Sorted(maps.Keys(m.Presets)), wholeWords
	})
	chosen("license", func(m *manifest.Manifest, _ string) ([]string, cobra.ShellCompDirective) {
		if q, ok := m.Question("license"); ok {
			return q.Values(), wholeWords
		}
		return nil, wholeWords
	})
}

// completeFlag panics where the flag is not defined: a bug that any run shows.
func completeFlag(cmd *cobra.Command, flag string, f cobra.CompletionFunc) {
	if err := cmd.RegisterFlagCompletionFunc(flag, f); err != nil {
		panic(err)
	}
}

func completeSignals(cmd *cobra.Command) {
	for _, g := range manifest.SignalGroups() {
		completeFlag(cmd, g.Name, func(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
			return completeGroup(g, typed)
		})
	}
}

func completeGroup(g manifest.SignalGroup, typed string) ([]string, cobra.ShellCompDirective) {
	var words []string
	for _, v := range slices.Concat(g.Values, g.Neutral) {
		words = append(words, v.Value+"\t"+quote.Text(v.Title))
	}
	if !g.Many {
		return words, wholeWords
	}
	return completeList(words, typed), wordStarts
}

// completeTemplate offers the templates by name, and those that directories here
// hold; what is no start of a name is a directory.
func completeTemplate(e *env) cobra.CompletionFunc {
	return func(cmd *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
		words := slices.Concat(templateNames(cmd.Context(), e), templateDirs(e))
		words = slices.DeleteFunc(words, func(w string) bool { return !strings.HasPrefix(w, typed) })
		if len(words) == 0 {
			return nil, onlyDirs
		}
		return words, wholeWords
	}
}

func templateNames(ctx context.Context, e *env) []string {
	entries, err := e.offlineCatalog().List(ctx)
	if err != nil {
		return nil
	}
	var names []string
	for _, t := range entries {
		names = append(names, t.Name+"\t"+quote.Text(t.Manifest.Title))
	}
	return names
}

func templateDirs(e *env) []string {
	found, err := fs.Glob(os.DirFS(e.dir), "*/"+manifest.FileName)
	if err != nil {
		return nil
	}
	for i, f := range found {
		found[i] = "./" + strings.TrimSuffix(f, "/"+manifest.FileName)
	}
	return found
}

// completeSet completes KEY=, and then the value of a question with choices.
func completeSet(m *manifest.Manifest, typed string) ([]string, cobra.ShellCompDirective) {
	key, value, hasValue := strings.Cut(typed, "=")
	if !hasValue {
		var keys []string
		for i := range m.Questions {
			keys = append(keys, m.Questions[i].ID+"=")
		}
		return keys, wordStarts
	}
	q, ok := m.Question(key)
	if !ok {
		return nil, wholeWords
	}
	values, directive := q.Values(), wholeWords
	switch q.Type {
	case manifest.Bool:
		values = []string{"true", "false"}
	case manifest.Multi:
		values, directive = completeList(values, value), wordStarts
	}
	for i := range values {
		values[i] = key + "=" + values[i]
	}
	return values, directive
}

// completeList completes the last word of a list with commas, by the words that
// are not in it yet. A word may carry a description after a tab.
func completeList(words []string, typed string) []string {
	last := strings.LastIndexByte(typed, ',') + 1
	before := strings.Split(typed[:last], ",")
	var out []string
	for _, w := range words {
		if name, _, _ := strings.Cut(w, "\t"); !slices.Contains(before, name) {
			out = append(out, typed[:last]+w)
		}
	}
	return out
}
