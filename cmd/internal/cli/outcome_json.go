package cli

import (
	"context"
	"slices"

	"scaffold/cmd/internal/ui"
	"scaffold/generator/manifest"
	"scaffold/generator/quote"
	"scaffold/generator/recommend"
	"scaffold/generator/session"
	"scaffold/generator/step"
)

// document is scaffold/new/v1.
func (o *outcome) document() newJSON {
	doc := newJSON{
		Schema: "scaffold/new/v1", OK: true, DryRun: o.result == nil,
		Directory:  o.plan.Dir,
		Digest:     o.plan.Digest(),
		Templates:  []templateJSON{},
		Overridden: o.session.Overridden(),
		Answers:    map[string]any{},
		Files:      []fileJSON{},
		Git:        gitJSON{Branch: o.plan.Git.Branch, Reason: o.plan.Git.Reason},
		Tools:      toolsJSON(o.session.Tools()),
		Hooks:      with(hooksJSON(o.session.Hooks()), o.ran),
		Verify:     with(stagesJSON(o.session.Stages()), o.verified),
		NextSteps:  o.nextSteps(),
		Command:    quote.Shell(o.session.Repeat()...),
		Warnings:   append([]string{}, o.warnings()...),
		DurationMS: o.Duration.Milliseconds(),
	}
	if a := o.session.Advice(); a.Choice != nil {
		doc.Recommendation = &a
	}
	for _, l := range o.session.Template().Layers {
		doc.Templates = append(doc.Templates, templateJSON{Name: l.Name, Source: l.Source, Version: l.Version, Digest: l.SHA256})
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
	Templates      []templateJSON    `json:"templates"`
	Recommendation *recommend.Advice `json:"recommendation"`
	Overridden     bool              `json:"overridden"`
	Answers        map[string]any    `json:"answers"`
	Files          []fileJSON        `json:"files"`
	Git            gitJSON           `json:"git"`
	Tools          []toolJSON        `json:"tools"`
	Hooks          []stepJSON        `json:"hooks"`
	Verify         []stepJSON        `json:"verify"`
	NextSteps      []string          `json:"next_steps"`
	Command        string            `json:"command"`
	Warnings       []string          `json:"warnings"`
	DurationMS     int64             `json:"duration_ms"`
}

type templateJSON struct {
	Name    string `json:"name"`
	Source  string `json:"source"`
	Version string `json:"version"`
	Digest  string `json:"digest"`
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
		return &madeError{error: err, made: o.made()}
	}
	return ui.WriteJSON(o.env.Out, o.document())
}

type toolJSON struct {
	Name   string `json:"name"`
	Needs  string `json:"needs"`
	Found  string `json:"found"`
	Status string `json:"status"`
}

func toolsJSON(findings []step.Finding) []toolJSON {
	out := []toolJSON{}
	for _, f := range findings {
		out = append(out, toolJSON{f.Tool.Name, f.Tool.Version, f.Found, string(f.State)})
	}
	return out
}

// hooksJSON describes the hooks, before any has run.
func hooksJSON(hooks []manifest.Action, said session.Hooks) []stepJSON {
	status := jobPlanned
	switch said {
	case session.HooksSkipped:
		status = jobSkipped
	case "":
		status = jobUntrusted
	}
	out := []stepJSON{}
	for _, a := range hooks {
		out = append(out, stepJSON{Name: a.ID, Run: a.Run, Status: status, Needs: &needsJSON{
			Net: a.Needs.Net, Tools: append([]string{}, a.Needs.Tools...), Secrets: append([]string{}, a.Needs.Secrets...),
		}})
	}
	return out
}

func stagesJSON(list []step.Stage) []stepJSON {
	out := []stepJSON{}
	for _, s := range list {
		out = append(out, stepJSON{Name: s.Name, Run: s.Run, Status: jobPlanned})
	}
	return out
}

// A madeError is a step that failed in a project that is made and complete.
type madeError struct {
	error
	made madeJSON
}

func (e *madeError) Unwrap() error { return e.error }

// madeJSON is what of a project is told beside an error.
type madeJSON struct {
	Directory string     `json:"directory"`
	Files     filesJSON  `json:"files"`
	Commit    string     `json:"commit"`
	Steps     []stepJSON `json:"steps"`
}

type filesJSON struct {
	Count int   `json:"count"`
	Size  int64 `json:"size"`
}

func (o *outcome) made() madeJSON {
	doc := o.document()
	return madeJSON{
		Directory: doc.Directory, Files: filesJSON{len(o.result.Created), o.plan.Size()}, Commit: o.result.Commit,
		Steps: slices.Concat(doc.Hooks, doc.Verify),
	}
}
