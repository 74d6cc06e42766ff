package templatecmd

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"scaffold/cmd/internal/app"
	"scaffold/cmd/internal/command"
	"scaffold/cmd/internal/ui"
	"scaffold/generator/fault"
	"scaffold/generator/quote"
	"scaffold/generator/templatetest"
)

type diffOptions struct {
	ref      string
	span     span
	projects []string
	format   string
}

func newTemplateDiffCmd(e *app.Env) *cobra.Command {
	o := diffOptions{format: "text"}
	cmd := &cobra.Command{
		Use:   "diff [PATH|NAME] [FROM..TO] [--projects DIR [DIR]…]",
		Short: "Say what a version of a template changes: in what it makes, and in projects that there are",
		Long: `With FROM..TO, render the template as it was at both: the defaults, and every pair
of choices of either version. Say which files differ and in how many projects, with
their contents and modes, and which questions and commands do. FROM and TO are tags,
branches or commits of the template's repository, or versions of a built-in one; FROM..
is up to what is there now. Of a directory or a source that holds several templates, all
are compared. Without PATH it is the current directory.

With --projects, plan an update of each project to the template at TO, and say how
many of its files would change and which would conflict. Nothing is changed. A project
with changes that are not committed is not tried, and one of another template is not,
either.

Ends with 0 whatever differs, with 3 where projects of the newer version cannot be made,
with 7 where projects would conflict, and with 10 where a project could not be tried.`,
		Example: "  scaffold template diff ./our-template v1.0.0..\n  scaffold template diff . origin/main..HEAD --format markdown > comment.md\n" +
			"  scaffold template diff flask 1.0.0.. --json\n  scaffold template diff ./our-template --projects ../services/*\n" +
			"  scaffold template diff ./our-template v1.0.0..v1.1.0 --projects ../shop",
		ValidArgsFunction: command.CompleteOneTemplate(e),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.read(args); err != nil {
				return err
			}
			return runTemplateDiff(cmd.Context(), e, o)
		},
	}
	cmd.Flags().StringArrayVar(&o.projects, "projects", nil, "a project that is updated to see what happens, `DIR`; further ones may follow")
	cmd.Flags().StringVar(&o.format, "format", o.format, "print what differs as `FORMAT`: text, json or markdown (for a pull request)")
	return command.Declare(cmd, command.Document)
}

// read tells the arguments apart: a range of versions, the template, and the rest
// of a shell's glob for --projects.
func (o *diffOptions) read(args []string) error {
	var rest []string
	for _, arg := range args {
		if s, ok := readSpan(arg); ok && o.span == (span{}) {
			o.span = s
		} else {
			rest = append(rest, arg)
		}
	}
	o.ref = "."
	if len(rest) > 0 {
		o.ref, rest = rest[0], rest[1:]
	}
	usage := "usage: scaffold template diff [PATH|NAME] [FROM..TO] [--projects DIR [DIR]…]"
	switch {
	case len(o.projects) > 0:
		o.projects = append(o.projects, rest...)
	case o.span == (span{}):
		return fault.New(fault.Usage, "two versions are needed, such as v1.0.0..HEAD, or projects").Try(usage)
	case len(rest) > 0:
		return fault.New(fault.Usage, "one template is needed, not %d", 1+len(rest)).Try(usage)
	}
	return nil
}

// diffDocument is scaffold/template-diff/v1.
type diffDocument struct {
	Schema    string                     `json:"schema"`
	OK        bool                       `json:"ok"` // all could be made and tried, and none would conflict
	From      string                     `json:"from,omitempty"`
	To        string                     `json:"to,omitempty"` // "" is what is there now
	Templates []*templatetest.Difference `json:"templates"`    // without a range none
	Projects  []tried                    `json:"projects"`     // those of --projects
	Warnings  []string                   `json:"warnings"`
}

func runTemplateDiff(ctx context.Context, e *app.Env, o diffOptions) error {
	write, err := diffWriter(e, o.format)
	if err != nil {
		return err
	}
	now, err := readEdition(ctx, e, o.ref, o.span.to, "newer")
	if err != nil {
		return err
	}
	doc := diffDocument{Schema: "scaffold/template-diff/v1", From: o.span.from, To: o.span.to, Templates: []*templatetest.Difference{}, Projects: []tried{}}
	if o.span != (span{}) {
		was, err := readEdition(ctx, e, o.ref, o.span.from, "older")
		if err != nil {
			return err
		}
		if doc.Templates, err = compare(ctx, was, now); err != nil {
			return err
		}
	}
	if doc.Projects, err = tryAll(ctx, e, now, o.projects); err != nil {
		return err
	}
	outcome := doc.outcome(o.ref)
	doc.OK, doc.Warnings = outcome == nil, append([]string{}, e.Warnings...)
	if err := write(doc); err != nil {
		return err
	}
	return outcome
}

func diffWriter(e *app.Env, format string) (func(diffDocument) error, error) {
	return writerOf(e, format, map[string]func(diffDocument) error{
		"text": func(d diffDocument) error { d.print(e); return nil },
		"json": func(d diffDocument) error { return ui.WriteJSON(e.Out, d) },
		"markdown": func(d diffDocument) error {
			_, err := fmt.Fprint(e.Out, templatetest.Markdown(d.Templates)+markdownOf(d.Projects))
			return err
		},
	})
}

// compare holds the templates of two editions against each other, by name; a
// single one is compared whatever it is called.
func compare(ctx context.Context, was, now edition) ([]*templatetest.Difference, error) {
	list := []*templatetest.Difference{}
	for _, p := range paired(was, now) {
		if p.now.err != nil {
			list = append(list, templatetest.Unreadable(p.now.name, p.now.err))
			continue
		}
		d, err := templatetest.Compare(ctx, p.was.template, p.now.template)
		if err != nil {
			return nil, err
		}
		list = append(list, d)
	}
	return list, nil
}

// outcome is what the command ends with.
func (d diffDocument) outcome(ref string) error {
	broken := 0
	for _, t := range d.Templates {
		if len(t.Problems) > 0 {
			broken++
		}
	}
	if broken > 0 {
		return fault.New(fault.Found, "%s of %s cannot make every project", ui.Count(broken, "template"), ref).Try("scaffold template test " + quote.Shell(ref) + " --pairwise")
	}
	return outcomeOf(d.Projects)
}

// print writes a block for each template that differs, and a table of the
// projects.
func (d diffDocument) print(e *app.Env) {
	same := 0
	for _, t := range d.Templates {
		if t.State == templatetest.Same {
			same++
			continue
		}
		printDifference(e, t)
	}
	if same > 0 {
		fmt.Fprintf(e.Out, "the same: %s\n", ui.Count(same, "template"))
	}
	printTried(e, d.Projects)
}

func printDifference(e *app.Env, d *templatetest.Difference) {
	line := func(format string, args ...any) { fmt.Fprintln(e.Out, quote.Lines(fmt.Sprintf(format, args...))) }
	title := d.Title(quote.Text)
	if d.Projects > 0 {
		title += ", " + ui.Count(d.Projects, "project") + " compared"
	}
	line("%s", title)
	for _, p := range d.Problems {
		line("  ! cannot be made%s: %s", quote.Text(p.Where()), quote.Text(p.Message))
	}
	var files []string
	for _, f := range d.Files {
		files = append(files, quote.Text(fmt.Sprintf("%s %s: %s in %d of %d", marks()[f.Change], f.Path, f.What(), f.Projects, d.Projects)))
	}
	list := func(title string, lines []string) {
		if len(lines) > 0 {
			line("  %s\n    %s", title, strings.Join(lines, "\n    "))
		}
	}
	list("commands", d.Commands)
	list("questions", d.Questions)
	list("files", files)
	if len(files) == 0 && d.Projects > 0 {
		line("  no file differs")
	}
	printContents(e, d)
}

func printContents(e *app.Env, d *templatetest.Difference) {
	for _, f := range d.Files {
		for _, c := range f.Contents {
			fmt.Fprintf(e.Out, "in %s\n%s\n", quote.Text(c.Where()), strings.TrimSuffix(quote.Lines(c.Diff), "\n"))
		}
	}
}

func marks() map[string]string {
	return map[string]string{templatetest.Added: "+", templatetest.Removed: "-", templatetest.Changed: "~", "mode": "~"}
}
