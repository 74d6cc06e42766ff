package templatecmd

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"scaffold/cmd/internal/app"
	"scaffold/cmd/internal/ui"
	"scaffold/generator/fault"
	"scaffold/generator/project"
	"scaffold/generator/quote"
	"scaffold/generator/templatetest"
)

// A tried project is one and what an update would make of it.
type tried struct {
	Directory string     `json:"directory"`
	Name      string     `json:"name"`
	Template  string     `json:"template,omitempty"`
	From      string     `json:"from,omitempty"` // the version that it was made from
	To        string     `json:"to,omitempty"`
	Changes   int        `json:"changes"` // files that would be another, new or gone
	Conflicts []conflict `json:"conflicts"`
	Error     string     `json:"error,omitempty"` // why it could not be tried
}

type conflict struct {
	Path   string `json:"path"`
	Reason string `json:"reason"`
}

// tryAll plans an update of each project to its template among those of an
// edition.
func tryAll(ctx context.Context, e *app.Env, now edition, dirs []string) ([]tried, error) {
	list := []tried{}
	for _, dir := range dirs {
		one, err := try(ctx, e, now, dir)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			one.Error = err.Error()
		}
		list = append(list, one)
	}
	return list, nil
}

// outcomeOf is what projects make of the command's end.
func outcomeOf(projects []tried) error {
	torn, untried := 0, 0
	for _, p := range projects {
		if len(p.Conflicts) > 0 {
			torn++
		}
		if p.Error != "" {
			untried++
		}
	}
	switch {
	case torn > 0:
		return fault.New(fault.Conflicts, "%s would conflict", ui.Count(torn, "project")).Try("keep the lines as they were, or say in the manifest how they are merged: docs/keeping-up.md")
	case untried > 0:
		return fault.New(fault.Drift, "%s could not be tried", ui.Count(untried, "project")).Try("commit what is not committed there, or leave them out")
	}
	return nil
}

// try plans an update of one project.
func try(ctx context.Context, e *app.Env, now edition, dir string) (tried, error) {
	one := tried{Directory: dir, Conflicts: []conflict{}}
	p, err := project.Open(ctx, app.Absolute(e.Dir, dir))
	if err != nil {
		return one, err
	}
	one.Name = p.Name()
	next, err := now.of(p)
	if one.Template, one.From = p.Parts[0].Template().Name, p.Parts[0].Template().Version; err != nil {
		return one, err
	}
	one.To = next.template.Manifest.Version
	m := e.ProjectMachine()
	m.Templates = now.catalog
	parts, err := unasked(ctx, e, m, p, next.ref)
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

// of is the template that all parts of a project were made from.
func (n edition) of(p *project.Project) (edited, error) {
	var found edited
	for _, part := range p.Parts {
		name := part.Template().Name
		i := slices.IndexFunc(n.list, func(t edited) bool { return t.name == name })
		if i < 0 || found.name != "" && found.name != name {
			return edited{}, fault.New(fault.Destination, "it was made from %s", name)
		}
		if found = n.list[i]; found.err != nil {
			return edited{}, found.err
		}
	}
	return found, nil
}

// state is what an update would do, in a few words.
func (t tried) state() string {
	switch n := len(t.Conflicts); {
	case t.Error != "":
		return "not tried: " + t.Error
	case n > 0:
		return ui.Count(n, "conflict")
	}
	return ui.Count(t.Changes, "file") + " would change"
}

func (t tried) versions() string {
	if t.Template == "" {
		return ""
	}
	return strings.TrimSuffix(t.Template+" "+t.From+" → "+t.To, " → ")
}

// printTried writes a table, a line a project, with its conflicts below.
func printTried(e *app.Env, projects []tried) {
	w := tabwriter.NewWriter(e.Out, 0, 0, 2, ' ', 0)
	for _, p := range projects {
		fmt.Fprintf(w, "%s\t%s\t%s\n", quote.Text(p.Directory), quote.Text(p.versions()), quote.Text(p.state()))
		for _, c := range p.Conflicts {
			fmt.Fprintf(w, "  %s\t%s\t\n", quote.Text(c.Path), quote.Text(c.Reason))
		}
	}
	_ = w.Flush() // a failing stdout is told at the end
}

// markdownOf is the same as a list.
func markdownOf(projects []tried) string {
	if len(projects) == 0 {
		return ""
	}
	text := "\n**Projects**\n\n"
	for _, p := range projects {
		text += "- " + templatetest.Code(p.Directory) + " " + quote.Text(p.versions()) + ": " + quote.Text(p.state()) + "\n"
		for _, c := range p.Conflicts {
			text += "  - " + templatetest.Code(c.Path) + ": " + quote.Text(c.Reason) + "\n"
		}
	}
	return text
}
