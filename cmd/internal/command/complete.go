package command

import (
	"context"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"scaffold/cmd/internal/app"
	"scaffold/generator/manifest"
	"scaffold/generator/quote"
)

// What a shell does with the words that it gets.
const (
	WholeWords = cobra.ShellCompDirectiveNoFileComp
	WordStarts = cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace // a key before =, one of a list
	onlyDirs   = cobra.ShellCompDirectiveFilterDirs
)

// CompleteOneTemplate completes a command whose one argument is a template.
func CompleteOneTemplate(e *app.Env) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, WholeWords
		}
		return CompleteTemplate(e)(cmd, args, typed)
	}
}

// CompleteFlag panics where the flag is not defined: a bug that any run shows.
func CompleteFlag(cmd *cobra.Command, flag string, f cobra.CompletionFunc) {
	if err := cmd.RegisterFlagCompletionFunc(flag, f); err != nil {
		panic(err)
	}
}

// CompleteSignals completes the flags that say what a project is for.
func CompleteSignals(cmd *cobra.Command) {
	for _, g := range manifest.SignalGroups() {
		CompleteFlag(cmd, g.Name, func(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
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
		return words, WholeWords
	}
	return CompleteList(words, typed), WordStarts
}

// CompleteTemplate offers the templates by name, and those that directories here
// hold; what is no start of a name is a directory.
func CompleteTemplate(e *app.Env) cobra.CompletionFunc {
	return func(cmd *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
		words := slices.Concat(templateNames(cmd.Context(), e), templateDirs(e))
		words = slices.DeleteFunc(words, func(w string) bool { return !strings.HasPrefix(w, typed) })
		if len(words) == 0 {
			return nil, onlyDirs
		}
		return words, WholeWords
	}
}

func templateNames(ctx context.Context, e *app.Env) []string {
	entries, err := e.OfflineCatalog().List(ctx)
	if err != nil {
		return nil
	}
	var names []string
	for _, t := range entries {
		names = append(names, t.Name+"\t"+quote.Text(t.Manifest.Title))
	}
	return names
}

func templateDirs(e *app.Env) []string {
	found, err := fs.Glob(os.DirFS(e.Dir), "*/"+manifest.FileName)
	if err != nil {
		return nil
	}
	for i, f := range found {
		found[i] = "./" + strings.TrimSuffix(f, "/"+manifest.FileName)
	}
	return found
}

// CompleteList completes the last word of a list with commas, by the words that
// are not in it yet. A word may carry a description after a tab.
func CompleteList(words []string, typed string) []string {
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

// Directories completes the name of a project.
func Directories(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveFilterDirs
}
