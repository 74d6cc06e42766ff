package newcmd

import (
	"context"
	"slices"

	"scaffold/cmd/internal/ui"
	"scaffold/generator/quote"
	"scaffold/generator/recommend"
	"scaffold/generator/session"
)

// document is scaffold/new/v1.
func (o *outcome) document() newJSON {
	doc := newJSON{
		Schema: "scaffold/new/v1", OK: true, DryRun: o.result == nil,
		Directory:  o.plan.Dir,
		Digest:     o.plan.Digest(),
		Templates:  []ui.TemplateJSON{},
		Overridden: o.session.Overridden(),
		Answers:    map[string]any{},
		Files:      []fileJSON{},
		Git:        gitJSON{Branch: o.plan.Git.Branch, Reason: o.plan.Git.Reason},
		Tools:      ui.ToolsJSON(o.session.Tools()),
		Hooks:      ui.With(ui.HooksJSON(o.session.Hooks()), o.ran),
		Verify:     ui.With(ui.StagesJSON(o.session.Stages()), o.verified),
		NextSteps:  o.nextSteps(),
		Command:    quote.Shell(o.session.Repeat()...),
		Warnings:   append([]string{}, o.warnings()...),
		DurationMS: o.Duration.Milliseconds(),
	}
	if a := o.session.Advice(); a.Choice != nil {
		doc.Recommendation = &a
	}
	for _, l := range o.session.Template().Layers {
		doc.Templates = append(doc.Templates, ui.TemplateJSON{Name: l.Name, Source: l.Source, Version: l.Version, Digest: l.SHA256})
	}
	doc.Answers["name"] = o.plan.Name
	for _, a := range o.session.Answers().Asked {
		if a.Active {
			doc.Answers[a.Question.ID] = session.Shown(a)
		}
	}
	for _, f := range o.plan.Files {
		j := fileJSON{Path: f.Path, Action: string(f.Op), Mode: f.Mode, Size: f.Size, Layer: f.Layer}
		if f.Secret {
			j.Secret = true
		} else {
			j.SHA256 = &f.SHA256
		}
		if o.opts.diff && !f.Secret {
			j.Content = string(f.Data)
		}
		doc.Files = append(doc.Files, j)
	}
	if o.result != nil {
		doc.Git.Initialized, doc.Git.Commit = o.plan.Git.Init, o.result.Commit
	}
	return doc
}

type newJSON struct {
	Schema         string            `json:"schema"`
	OK             bool              `json:"ok"`
	DryRun         bool              `json:"dry_run"`
	Directory      string            `json:"directory"`
	Digest         string            `json:"digest"` // of the plan; see --expect
	Templates      []ui.TemplateJSON `json:"templates"`
	Recommendation *recommend.Advice `json:"recommendation"`
	Overridden     bool              `json:"overridden"`
	Answers        map[string]any    `json:"answers"`
	Files          []fileJSON        `json:"files"`
	Git            gitJSON           `json:"git"`
	Tools          []ui.ToolJSON     `json:"tools"`
	Hooks          []ui.StepJSON     `json:"hooks"`
	Verify         []ui.StepJSON     `json:"verify"`
	NextSteps      []string          `json:"next_steps"`
	Command        string            `json:"command"`
	Warnings       []string          `json:"warnings"`
	DurationMS     int64             `json:"duration_ms"`
}

type fileJSON struct {
	Path    string  `json:"path"`
	Action  string  `json:"action"`
	Mode    string  `json:"mode"`
	Size    int64   `json:"size"`
	SHA256  *string `json:"sha256"` // null where a secret went into it
	Secret  bool    `json:"secret,omitempty"`
	Layer   string  `json:"layer,omitempty"`   // the template that gave or last patched it
	Content string  `json:"content,omitempty"` // with --diff
}

type gitJSON struct {
	Initialized bool   `json:"initialized"`
	Branch      string `json:"branch"`
	Commit      string `json:"commit"`
	Reason      string `json:"reason"`
}

// printJSON runs what is to be run and gives one object.
func (o *outcome) printJSON(ctx context.Context) error {
	if err := o.runSteps(ctx); err != nil {
		return &ui.MadeError{Err: err, Made: o.made()}
	}
	return ui.WriteJSON(o.env.Out, o.document())
}

func (o *outcome) made() ui.MadeJSON {
	doc := o.document()
	return ui.MadeJSON{
		Directory: doc.Directory, Files: ui.FilesJSON{Count: len(o.result.Created), Size: o.plan.Size()}, Commit: o.result.Commit,
		Steps: slices.Concat(doc.Hooks, doc.Verify),
	}
}
