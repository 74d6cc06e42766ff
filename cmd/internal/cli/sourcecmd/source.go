// Package sourcecmd has the commands on where templates come from: source and join.
package sourcecmd

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"scaffold/cmd/internal/app"
	"scaffold/cmd/internal/command"
	"scaffold/cmd/internal/ui"
	"scaffold/generator/fault"
	"scaffold/generator/manifest"
	"scaffold/generator/quote"
	"scaffold/generator/source"
)

// New is the group of commands.
func New(e *app.Env) *cobra.Command {
	cmd := command.Group("source", "Name and pin the places that templates come from",
		newSourceListCmd(e), newSourceAddCmd(e), newSourceRemoveCmd(e), newSourceUpdateCmd(e), newSourceVerifyCmd(e))
	cmd.Long = `A source is a directory or a git repository with one template at its root, or one
in each first-level folder. Its templates join the list and the ranking. A
repository is locked to a commit and to a digest of its files when it is first
used; only "source update" moves it. See docs/sources.md.`
	return cmd
}

// listOptions choose among sources.
type listOptions struct {
	names    []string // globs; none means all
	template string   // a glob over the templates
	problems bool     // only those with problems
}

func newSourceListCmd(e *app.Env) *cobra.Command {
	var o listOptions
	cmd := &cobra.Command{
		Use: "list [NAME]...", Short: "List the sources, what they are locked to and what they hold",
		Long: `list shows each source on a line, and its first templates below it; all of them
with --verbose. A NAME may be a glob.`,
		Example: `  scaffold source list
  scaffold source list 'acme-*' --verbose
  scaffold source list --template '*-api' --json
  scaffold source list --problems`,
		ValidArgsFunction: completeSources(e),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.names = args
			return runSourceList(cmd.Context(), e, o)
		},
	}
	cmd.Flags().StringVar(&o.template, "template", "", "only sources that hold a template whose name matches `GLOB`, and of their templates only these")
	cmd.Flags().BoolVar(&o.problems, "problems", false, "only sources with problems")
	return cmd
}

func newSourceAddCmd(e *app.Env) *cobra.Command {
	var ref string
	cmd := &cobra.Command{
		Use: "add NAME URL|DIR", Short: "Name a source, fetch it and lock it",
		Example: `  scaffold source add acme git+https://git.example.com/platform/templates --ref v1.4.0
  scaffold source add acme git+ssh://git@git.example.com/platform/templates@v1.4.0#backend
  scaffold source add local ../our-templates`,
		Args: command.Exactly(2, "scaffold source add NAME URL|DIR [--ref REF]"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runSourceAdd(cmd.Context(), e, args[0], args[1], ref)
		},
	}
	cmd.Flags().StringVar(&ref, "ref", "", "the tag, branch or commit to lock, a `REF` (default: the default branch)")
	return cmd
}

func newSourceRemoveCmd(e *app.Env) *cobra.Command {
	return &cobra.Command{
		Use: "remove NAME", Short: "Forget a source and its lock",
		Example:           "  scaffold source remove acme",
		Args:              command.ExactlyOne("source", "scaffold source remove NAME"),
		ValidArgsFunction: completeSources(e),
		RunE: func(cmd *cobra.Command, args []string) error {
			n, err := e.Catalog().Remove(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			return printSources(e, []source.Change{{Status: source.Status{Name: n.Name, URL: n.URL, Ref: n.Ref, Templates: []string{}, Problems: []string{}}}},
				func(s source.Change) string { return "Removed " + s.Name })
		},
	}
}

func newSourceUpdateCmd(e *app.Env) *cobra.Command {
	var req source.UpdateRequest
	cmd := &cobra.Command{
		Use: "update [NAME|URL]...", Short: "Lock sources to what their refs name now, or to another ref",
		Long: `update fetches each source, all of them without a name, and locks what its ref
names now: a moved tag, the head of a branch. It shows what comes with that: the
commits, the files, and the commands and questions that changed. With --ref it
changes the ref. An address that was used without a name is updated by the address.`,
		Example: `  scaffold source update --dry-run
  scaffold source update acme --dry-run --diff
  scaffold source update
  scaffold source update acme --ref v1.5.0
  scaffold source update git+https://git.example.com/platform/templates@v1.4.0`,
		ValidArgsFunction: completeSources(e),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runSourceUpdate(cmd.Context(), e, args, req)
		},
	}
	cmd.Flags().StringVar(&req.Ref, "ref", "", "the tag, branch or commit to lock from now on, a `REF`; with one NAME")
	cmd.Flags().BoolVar(&req.DryRun, "dry-run", false, "only show what would be accepted; change nothing")
	cmd.Flags().BoolVar(&req.Content, "diff", false, "show what changes in the files")
	return cmd
}

func newSourceVerifyCmd(e *app.Env) *cobra.Command {
	cmd := &cobra.Command{
		Use: "verify [NAME]...", Short: "Hold sources against their locks; change nothing",
		Long: `verify hashes the cached copy of each source, all of them without a name, asks its
server whether the tag still names the locked commit, and reads every template
and policy. What differs from the lock is exit 6.`,
		Example:           "  scaffold source verify\n  scaffold source verify acme --offline --json",
		ValidArgsFunction: completeSources(e),
		RunE:              func(cmd *cobra.Command, args []string) error { return runSourceVerify(cmd.Context(), e, args) },
	}
	command.OfflineFlag(cmd, e)
	return cmd
}

func completeSources(e *app.Env) cobra.CompletionFunc {
	return func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		var names []string
		if sources, err := e.OfflineCatalog().Sources(); err == nil {
			for _, n := range sources {
				names = append(names, n.Name+"\t"+n.URL)
			}
		}
		return names, command.WholeWords
	}
}

// sourcesJSON is scaffold/sources/v1.
type sourcesJSON struct {
	Schema   string          `json:"schema"`
	OK       bool            `json:"ok"`
	Sources  []source.Change `json:"sources"`
	Warnings []string        `json:"warnings"`
}

// printSources prints one object, or the text of each source; where there is
// none, it says so.
func printSources(e *app.Env, list []source.Change, line func(source.Change) string) error {
	if e.JSON {
		return ui.WriteJSON(e.Out, sourcesJSON{"scaffold/sources/v1", true, append([]source.Change{}, list...), append([]string{}, e.Warnings...)})
	}
	if len(list) == 0 && !e.Quiet {
		fmt.Fprintln(e.Err, "No sources. Add one: scaffold source add NAME URL --ref REF")
	}
	for _, s := range list {
		if _, err := fmt.Fprintln(e.Out, quote.Lines(line(s))); err != nil {
			return err
		}
	}
	return nil
}

func runSourceList(ctx context.Context, e *app.Env, o listOptions) error {
	c := e.Catalog()
	sources, err := c.Sources()
	if err != nil {
		return err
	}
	if err := o.check(sources); err != nil {
		return err
	}
	var list []source.Change
	for _, n := range sources {
		if !o.named(n.Name) {
			continue
		}
		s, _ := c.Status(ctx, n) // what is wrong is among its problems
		if o.keeps(&s) {
			list = append(list, source.Change{Status: s})
		}
	}
	if len(sources) > 0 && len(list) == 0 && !e.JSON && !e.Quiet {
		fmt.Fprintln(e.Err, "No source is like that.")
		return nil
	}
	return printSources(e, list, sourceTable(e, list))
}

func (o listOptions) check(sources []source.Named) error {
	for _, glob := range o.names {
		if !slices.ContainsFunc(sources, func(n source.Named) bool { return manifest.Match(glob, n.Name) }) {
			var known []string
			for _, n := range sources {
				known = append(known, n.Name)
			}
			return fault.New(fault.Usage, "source %q is not known", glob).Try(command.HintOrList(glob, known))
		}
	}
	return nil
}

func (o listOptions) named(name string) bool {
	return len(o.names) == 0 || slices.ContainsFunc(o.names, func(glob string) bool { return manifest.Match(glob, name) })
}

// keeps reports whether a source is to be listed, with those of its templates
// that are asked for.
func (o listOptions) keeps(s *source.Status) bool {
	if o.template != "" {
		s.Templates = slices.DeleteFunc(s.Templates, func(name string) bool { return !manifest.Match(o.template, name) })
	}
	return (o.template == "" || len(s.Templates) > 0) && (!o.problems || len(s.Problems) > 0)
}

// shownTemplates is how many templates of a source are listed without --verbose.
const shownTemplates = 8

// sourceTable words the sources in columns that are as wide as the list needs.
func sourceTable(e *app.Env, list []source.Change) func(source.Change) string {
	name, held, ref := 0, 0, 0
	for _, s := range list {
		name, held, ref = max(name, len(s.Name)), max(held, len(templateCount(s))), max(ref, len(s.Ref))
	}
	return func(s source.Change) string {
		lock := strings.Repeat(" ", len("locked at ")+12)
		if s.Lock != nil {
			lock = fmt.Sprintf("locked at %.12s", s.Lock.Commit)
		}
		line := fmt.Sprintf("%-*s  %-*s  %-*s  %s  %s", name, s.Name, held, templateCount(s), ref, s.Ref, lock, s.URL)
		return line + describeContent(e, s)
	}
}

func templateCount(s source.Change) string {
	return ui.Count(len(s.Templates), "template")
}

// describeContent lists what a source holds, and what is wrong with it.
func describeContent(e *app.Env, s source.Change) string {
	shown, rest := s.Templates, 0
	if len(shown) > shownTemplates && !e.Verbose {
		shown, rest = shown[:shownTemplates], len(shown)-shownTemplates
	}
	text := ""
	for _, line := range quote.Fill(strings.Join(shown, ", "), max(e.Width, 40)-4) {
		text += "\n    " + line
	}
	if rest > 0 {
		text += fmt.Sprintf("\n    … and %d more: scaffold source list %s --verbose", rest, s.Name)
	}
	if s.Policy {
		text += "\n    has a policy"
	}
	for _, p := range s.Problems {
		text += "\n  ! " + p
	}
	return text
}

func runSourceAdd(ctx context.Context, e *app.Env, name, address, ref string) error {
	s, err := e.Catalog().Add(ctx, name, address, ref)
	if err != nil {
		return err
	}
	return printSources(e, []source.Change{{Status: s}}, func(s source.Change) string {
		return "Added\n" + sourceTable(e, []source.Change{s})(s)
	})
}

func runSourceUpdate(ctx context.Context, e *app.Env, names []string, req source.UpdateRequest) error {
	if req.Ref != "" && len(names) != 1 {
		return fault.New(fault.Usage, "--ref is for one source").Try("scaffold source update NAME --ref REF")
	}
	c := e.Catalog()
	if len(names) == 0 {
		sources, err := c.Sources()
		if err != nil {
			return err
		}
		for _, n := range sources {
			names = append(names, n.Name)
		}
	}
	var list []source.Change
	for _, name := range names {
		change, err := c.Update(ctx, name, req)
		if err != nil {
			return err
		}
		list = append(list, change)
	}
	moved := "moved"
	if req.DryRun {
		moved = "would move"
	}
	return printSources(e, list, func(s source.Change) string { return describeChange(s, moved) })
}

func describeChange(s source.Change, moved string) string {
	name := s.Name
	if name == "" {
		name = s.URL
	}
	text := name + " is as it was"
	switch {
	case s.Lock == nil:
		text = name + " is a directory; it is read as it is"
	case s.Was == nil || *s.Was != *s.Lock && s.Was.Commit == s.Lock.Commit:
		text = fmt.Sprintf("%s is locked at %.12s", name, s.Lock.Commit)
	case *s.Was != *s.Lock:
		text = fmt.Sprintf("%s %s from %.12s to %.12s", name, moved, s.Was.Commit, s.Lock.Commit)
	}
	text += describeIncoming(s.Changes)
	if s.Newer != "" {
		text += fmt.Sprintf("\n  %s is there: scaffold source update %s --ref %s", s.Newer, name, s.Newer)
	}
	for _, p := range s.Problems {
		text += "\n  ! " + p
	}
	return text
}

// describeIncoming lists what an update accepts: what may run first.
func describeIncoming(in *source.Incoming) string {
	if in == nil {
		return ""
	}
	var b strings.Builder
	list := func(title string, lines []string, more bool) {
		if len(lines) == 0 {
			return
		}
		b.WriteString("\n  " + title)
		for _, l := range lines {
			b.WriteString("\n    " + l)
		}
		if more {
			b.WriteString("\n    …")
		}
	}
	if in.Unknown != "" {
		b.WriteString("\n  ! " + in.Unknown)
	}
	list("commands", in.Commands, false)
	list("questions", in.Questions, false)
	list("files", in.Files, false)
	list("commits", in.Commits, in.More)
	if in.Diff != "" {
		b.WriteString("\n" + strings.TrimSuffix(in.Diff, "\n"))
	}
	return b.String()
}

func runSourceVerify(ctx context.Context, e *app.Env, names []string) error {
	c := e.Catalog()
	sources, err := chosenSources(e, c, names)
	if err != nil {
		return err
	}
	var list []source.Change
	problems := fault.New(fault.Template, "")
	for _, n := range sources {
		s, err := c.Verify(ctx, n)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		for _, p := range s.Problems {
			problems.Lines = append(problems.Lines, n.Name+": "+p)
		}
		if err != nil {
			problems.Kind, problems.Hint = fault.Source, ui.Remedy(err)
		}
		list = append(list, source.Change{Status: s})
	}
	if len(problems.Lines) > 0 {
		problems.Message = ui.Count(len(problems.Lines), "problem") + " with sources"
		return problems
	}
	return printSources(e, list, func(s source.Change) string {
		if s.Lock == nil {
			return s.Name + " can be read; a directory has no lock"
		}
		return fmt.Sprintf("%s is what was locked: %.12s", s.Name, s.Lock.Commit)
	})
}

func chosenSources(e *app.Env, c *source.Catalog, names []string) ([]source.Named, error) {
	if len(names) == 0 {
		return c.Sources()
	}
	var out []source.Named
	for _, name := range names {
		n, err := c.Named(name)
		if err != nil {
			return nil, err
		}
		out = append(out, n)
	}
	return out, nil
}
