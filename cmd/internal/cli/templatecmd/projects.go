package templatecmd

import (
	"context"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"scaffold/cmd/internal/app"
	"scaffold/cmd/internal/ui"
	"scaffold/generator"
	"scaffold/generator/fault"
	"scaffold/generator/project"
	"scaffold/generator/quote"
)

func newTemplateDiffCmd(e *app.Env) *cobra.Command {
	var projects []string
	cmd := &cobra.Command{
		Use: "diff PATH|NAME --projects DIR [DIR]…", Short: "Say what a template would change in projects, and which would conflict",
		Long: `Plan an update of each project to the template as it is in PATH, before it is
published, and say how many files would change and which would conflict. Nothing is
changed. A project with changes that are not committed is not tried, and one of
another template is not, either.

Ends with 0 where there are no conflicts, with 7 where there are, and with 10 where
a project could not be tried.`,
		Example: "  scaffold template diff ./our-template --projects ../shop\n  scaffold template diff . --projects ../services/* --json",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 || len(projects) == 0 {
				return fault.New(fault.Usage, "a template and the projects are needed").Try("usage: scaffold template diff PATH|NAME --projects DIR [DIR]…")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return runTemplateProjects(cmd.Context(), e, args[0], append(projects, args[1:]...)) // a shell's glob is several arguments
		},
	}
	cmd.Flags().StringArrayVar(&projects, "projects", nil, "a project that is updated to see what happens, `DIR`; further ones may follow")
	return cmd
}

// projectsDocument is scaffold/template-projects/v1.
type projectsDocument struct {
	Schema   string   `json:"schema"`
	OK       bool     `json:"ok"` // all could be tried, and none would conflict
	Name     string   `json:"name"`
	Version  string   `json:"version"`
	Projects []tried  `json:"projects"`
	Warnings []string `json:"warnings"`
}

// A tried project is one and what an update would make of it.
type tried struct {
	Directory string     `json:"directory"`
	Name      string     `json:"name"`
	Version   string     `json:"version"` // of the template that it was made from
	Changes   int        `json:"changes"` // files that would be another, new or gone
	Conflicts []conflict `json:"conflicts"`
	Error     string     `json:"error,omitempty"` // why it could not be tried
}

type conflict struct {
	Path   string `json:"path"`
	Reason string `json:"reason"`
}

func runTemplateProjects(ctx context.Context, e *app.Env, ref string, dirs []string) error {
	t, err := e.Catalog().Load(ctx, ref)
	if err != nil {
		return err
	}
	doc := projectsDocument{Schema: "scaffold/template-projects/v1", Name: t.Manifest.Name, Version: t.Manifest.Version}
	torn, untried := 0, 0
	for _, dir := range dirs {
		one, err := try(ctx, e, t, ref, dir)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			one.Error = err.Error()
			untried++
		}
		if len(one.Conflicts) > 0 {
			torn++
		}
		doc.Projects = append(doc.Projects, one)
	}
	doc.OK, doc.Warnings = torn+untried == 0, append([]string{}, e.Warnings...)
	if e.JSON {
		err = ui.WriteJSON(e.Out, doc)
	} else {
		doc.print(e)
	}
	switch {
	case err != nil:
		return err
	case torn > 0:
		return fault.New(fault.Conflicts, "%s would conflict", ui.Count(torn, "project")).Try("keep the lines as they were, or say in the manifest how they are merged: docs/keeping-up.md")
	case untried > 0:
		return fault.New(fault.Drift, "%s could not be tried", ui.Count(untried, "project")).Try("commit what is not committed there, or leave them out")
	}
	return nil
}

// try plans an update of one project.
func try(ctx context.Context, e *app.Env, t *generator.Template, ref, dir string) (tried, error) {
	one := tried{Directory: dir, Conflicts: []conflict{}}
	p, err := project.Open(ctx, app.Absolute(e.Dir, dir))
	if err != nil {
		return one, err
	}
	one.Name = p.Name()
	for _, part := range p.Parts {
		if one.Version = part.Template().Version; part.Template().Name != t.Manifest.Name {
			return one, fault.New(fault.Destination, "it was made from %s", part.Template().Name)
		}
	}
	m := e.ProjectMachine()
	parts, err := unasked(ctx, e, m, p, ref)
	if err != nil {
		return one, err
	}
	u, err := p.Update(ctx, m, parts)
	if err != nil {
		return one, err
	}
	defer u.Close()
	for _, f := range u.Files {
		if f.Kind == project.Conflict {
			one.Conflicts = append(one.Conflicts, conflict{f.Path, f.Why})
		}
		if f.Changes() {
			one.Changes++
		}
	}
	return one, nil
}

// print is a table, a line a project, with its conflicts below.
func (d projectsDocument) print(e *app.Env) {
	w := tabwriter.NewWriter(e.Out, 0, 0, 2, ' ', 0)
	for _, p := range d.Projects {
		state := ui.Count(p.Changes, "file") + " would change"
		if n := len(p.Conflicts); n > 0 {
			state = ui.Count(n, "conflict")
		}
		if p.Error != "" {
			state = "not tried: " + p.Error
		}
		fmt.Fprintf(w, "%s\t%s\t%s\n", quote.Text(p.Directory), quote.Text(d.Name+" "+p.Version+" → "+d.Version), quote.Text(state))
		for _, c := range p.Conflicts {
			fmt.Fprintf(w, "  %s\t%s\t\n", quote.Text(c.Path), quote.Text(c.Reason))
		}
	}
	_ = w.Flush() // a failing stdout is told at the end
}
