package projectcmd

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"scaffold/cmd/internal/app"
	"scaffold/cmd/internal/command"
	"scaffold/cmd/internal/ui"
	"scaffold/generator/fault"
	"scaffold/generator/nearest"
	"scaffold/generator/project"
	"scaffold/generator/quote"
)

// checkOptions are the flags of `scaffold check`.
type checkOptions struct {
	dirs   []string
	failOn []string
}

// Check is `scaffold check`.
func Check(e *app.Env) *cobra.Command {
	var o checkOptions
	cmd := &cobra.Command{
		Use:   "check [DIR]…",
		Short: "Say which projects are behind their template, or differ from what was generated",
		Long: `check compares projects with their records, and the records with what their
templates are now: a newer version (behind), an edited file that the template manages
strictly (edited), a file that is gone (missing), a version tag that names another
commit (moved), edited answers that wait for an update (answers). It changes nothing.
Findings are exit 10. Built-in templates need no network.`,
		Example: `  scaffold check
  scaffold check services/* --json
  scaffold check --fail-on edited,moved`,
		ValidArgsFunction: command.Directories,
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.dirs = args; len(args) == 0 {
				o.dirs = []string{"."}
			}
			return runCheck(cmd.Context(), e, o)
		},
	}
	cmd.Flags().StringSliceVar(&o.failOn, "fail-on", project.Findings(), "the `FINDINGS` that are exit 10")
	command.OfflineFlag(cmd, e)
	return cmd
}

// A CheckDocument is what `scaffold check --json` prints.
type CheckDocument struct {
	Schema   string        `json:"schema"`
	OK       bool          `json:"ok"`
	Projects []checkedJSON `json:"projects"`
	Warnings []string      `json:"warnings"`
}

type checkedJSON struct {
	Directory string            `json:"directory"`
	Name      string            `json:"name"`
	Templates []ui.TemplateJSON `json:"templates"`
	Findings  []project.Finding `json:"findings"`
	Error     string            `json:"error,omitempty"` // why it could not be checked
}

func runCheck(ctx context.Context, e *app.Env, o checkOptions) error {
	for _, kind := range o.failOn {
		if !slices.Contains(project.Findings(), kind) {
			try := "use " + strings.Join(project.Findings(), ", ")
			if near, ok := nearest.Of(kind, project.Findings()); ok {
				try = "did you mean " + near + "?"
			}
			return fault.New(fault.Usage, "--fail-on %s", kind).Try(try)
		}
	}
	doc, failing, failed := checkAll(ctx, e, o)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case failed != nil && len(o.dirs) == 1:
		return failed
	case !e.JSON:
		doc.print(e)
	default:
		if err := ui.WriteJSON(e.Out, doc); err != nil {
			return err
		}
	}
	switch {
	case failing > 0:
		return fault.New(fault.Drift, "%s with findings", ui.Count(failing, "project")).Try("scaffold update DIR")
	case failed != nil:
		return fault.New(fault.Drift, "some could not be checked; the last: %v", failed)
	}
	return nil
}

// CheckProject does what `scaffold check --json` does with one project. Findings
// are no error.
func CheckProject(ctx context.Context, e *app.Env, dir string) (CheckDocument, error) {
	doc, _, err := checkAll(ctx, e, checkOptions{dirs: []string{dir}, failOn: project.Findings()})
	return doc, err
}

// checkAll checks each project. It counts those with findings that fail, and
// gives the last error of those that could not be checked.
func checkAll(ctx context.Context, e *app.Env, o checkOptions) (doc CheckDocument, failing int, failed error) {
	doc = CheckDocument{Schema: "scaffold/check/v1", OK: true, Projects: []checkedJSON{}}
	m := e.ProjectMachine()
	for _, dir := range o.dirs {
		checked, err := checkOne(ctx, e, m, dir)
		if err != nil {
			checked.Error, doc.OK = err.Error(), false
			failed = err
		}
		if slices.ContainsFunc(checked.Findings, func(f project.Finding) bool { return slices.Contains(o.failOn, f.Kind) }) {
			failing++
			doc.OK = false
		}
		doc.Projects = append(doc.Projects, checked)
	}
	doc.Warnings = append([]string{}, e.Warnings...)
	return doc, failing, failed
}

func checkOne(ctx context.Context, e *app.Env, m project.Machine, dir string) (checkedJSON, error) {
	checked := checkedJSON{Directory: dir, Templates: []ui.TemplateJSON{}, Findings: []project.Finding{}}
	p, err := project.Open(ctx, app.Absolute(e.Dir, dir))
	if err != nil {
		return checked, err
	}
	checked.Name = p.Name()
	for _, part := range p.Parts {
		checked.Templates = append(checked.Templates, ui.LayersJSON(part.Layers)...)
	}
	found, err := p.Check(ctx, m)
	checked.Findings = append(checked.Findings, found...)
	return checked, err
}

// print is a table, a line a project, with its findings below.
func (d CheckDocument) print(e *app.Env) {
	w := tabwriter.NewWriter(e.Out, 0, 0, 2, ' ', 0)
	for _, p := range d.Projects {
		state := "as generated"
		if n := len(p.Findings); n > 0 {
			state = ui.Count(n, "finding")
		}
		if p.Error != "" {
			state = "not checked: " + p.Error
		}
		version := ""
		if n := len(p.Templates); n > 0 {
			version = p.Templates[n-1].Name + " " + p.Templates[n-1].Version
		}
		fmt.Fprintf(w, "%s\t%s\t%s\n", quote.Text(p.Directory), quote.Text(version), quote.Text(state))
		for _, f := range p.Findings {
			fmt.Fprintf(w, "  %s\t%s\t\n", f.Kind, quote.Text(strings.TrimSpace(f.Path+" "+f.Detail)))
		}
	}
	_ = w.Flush() // a failing stdout is told at the end
}
