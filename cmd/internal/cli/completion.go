package cli

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"scaffold/generator/manifest"
)

// completeNew completes template names, the keys and choices of --set for the
// chosen template, presets, and signals.
func completeNew(e *env, cmd *cobra.Command) {
	register := func(flag string, f func(ctx context.Context, typed string) []string) {
		err := cmd.RegisterFlagCompletionFunc(flag, func(cmd *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
			return f(cmd.Context(), typed), cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
		})
		if err != nil { // the flag is not defined: a bug that any run shows
			panic(err)
		}
	}
	chosen := func(ctx context.Context) *manifest.Manifest {
		name, _ := cmd.Flags().GetString("template")
		if name == "" {
			return nil
		}
		t, err := e.offlineCatalog().Load(ctx, name)
		if err != nil {
			return nil
		}
		return t.Manifest
	}
	register("template", func(ctx context.Context, _ string) []string { return e.templateNames(ctx) })
	register("set", func(ctx context.Context, typed string) []string { return completeSet(chosen(ctx), typed) })
	register("preset", func(ctx context.Context, _ string) []string {
		var names []string
		if m := chosen(ctx); m != nil {
			for p := range m.Presets {
				names = append(names, p)
			}
		}
		return names
	})
	for _, g := range manifest.SignalGroups() {
		register(g.Name, func(_ context.Context, typed string) []string { return completeList(g, typed) })
	}
}

func (e *env) templateNames(ctx context.Context) []string {
	entries, err := e.offlineCatalog().List(ctx)
	if err != nil {
		return nil
	}
	var names []string
	for _, t := range entries {
		names = append(names, t.Name+"\t"+t.Manifest.Title)
	}
	return names
}

func completeSet(m *manifest.Manifest, typed string) []string {
	if m == nil {
		return nil
	}
	key, _, hasValue := strings.Cut(typed, "=")
	var out []string
	for i := range m.Questions {
		q := &m.Questions[i]
		switch {
		case !hasValue:
			out = append(out, q.ID+"=")
		case q.ID == key && q.Type == manifest.Bool:
			out = append(out, key+"=true", key+"=false")
		case q.ID == key:
			for _, v := range q.Values() {
				out = append(out, key+"="+v)
			}
		}
	}
	return out
}

// completeList completes the last word of a list with commas.
func completeList(g manifest.SignalGroup, typed string) []string {
	before := ""
	if i := strings.LastIndexByte(typed, ','); i >= 0 && g.Many {
		before = typed[:i+1]
	}
	var out []string
	for _, v := range append(g.Values[:len(g.Values):len(g.Values)], g.Neutral...) {
		out = append(out, before+v.Value+"\t"+v.Title)
	}
	return out
}
