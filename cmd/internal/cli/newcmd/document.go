package newcmd

import (
	"context"
	"slices"

	"scaffold/cmd/internal/ui"
	"scaffold/generator"
	"scaffold/generator/quote"
	"scaffold/generator/recommend"
	"scaffold/generator/session"
)

// document is scaffold/new/v1. With --verbose it has every file, the tools and
// the whole ranking, with --diff every file.
func (o *outcome) document() (Document, error) {
	files, err := o.files()
	doc := Document{
		Schema: "scaffold/new/v1", OK: true, DryRun: o.result == nil,
		Directory:  o.plan.Dir,
		Digest:     o.plan.Digest(),
		Templates:  ui.LayersJSON(o.session.Template().Layers),
		Overridden: o.session.Overridden(),
		Answers:    map[string]any{"name": o.plan.Name},
		Files:      files,
		Git:        gitJSON{Branch: o.plan.Git.Branch, Reason: o.plan.Git.Reason},
		Hooks:      ui.With(ui.HooksJSON(o.session.Hooks()), o.ran),
		Verify:     ui.With(ui.StagesJSON(o.session.Stages()), o.verified),
		NextSteps:  o.nextSteps(),
		Command:    quote.Shell(o.session.Repeat()...),
		Warnings:   append([]string{}, o.warnings()...),
		DurationMS: o.Duration.Milliseconds(),
	}
	if a := o.session.Advice(); a.Choice != nil {
		doc.Recommendation = &adviceJSON{a.Choice.Primary, a.Confidence, a.Gap}
		if o.env.Verbose {
			doc.Advice = &a
		}
	}
	if o.env.Verbose {
		doc.Tools = ui.ToolsJSON(o.session.Tools())
	}
	for _, a := range o.session.Answers().Asked {
		if a.Active {
			doc.Answers[a.Question.ID] = session.Shown(a)
		}
	}
	if o.result != nil {
		doc.Git.Initialized, doc.Git.Commit = o.plan.Git.Init, o.result.Commit
	}
	return doc, err
}

// files counts the files, names those that are kept, and lists all of them where
// that was asked for.
func (o *outcome) files() (files filesJSON, err error) {
	files = filesJSON{Count: len(o.plan.Files), Size: o.plan.Size()}
	for _, f := range o.plan.Files {
		if f.Op == generator.Keep {
			files.Kept = append(files.Kept, f.Path)
		}
		if o.env.Verbose || o.diff {
			j, err := o.file(f)
			if err != nil {
				return files, err
			}
			files.List = append(files.List, j)
		}
	}
	return files, nil
}

func (o *outcome) file(f generator.Change) (fileJSON, error) {
	j := fileJSON{Path: f.Path, Action: string(f.Op), Mode: f.Mode, Size: f.Size, Layer: f.Layer, Secret: f.Secret}
	if !f.Secret {
		j.SHA256 = &f.SHA256
	}
	if !o.diff || f.Secret {
		return j, nil
	}
	data, err := f.Content()
	j.Content = string(data)
	return j, err
}

// A Document is what `scaffold new --json` prints: about a kilobyte.
type Document struct {
	Schema         string            `json:"schema"`
	OK             bool              `json:"ok"`
	DryRun         bool              `json:"dry_run"`
	Directory      string            `json:"directory"`
	Digest         string            `json:"digest"` // of the plan; see --expect
	Templates      []ui.TemplateJSON `json:"templates"`
	Recommendation *adviceJSON       `json:"recommendation"`
	Advice         *recommend.Advice `json:"advice,omitempty"`
	Overridden     bool              `json:"overridden"`
	Answers        map[string]any    `json:"answers"`
	Files          filesJSON         `json:"files"`
	Git            gitJSON           `json:"git"`
	Tools          []ui.ToolJSON     `json:"tools,omitempty"`
	Hooks          []ui.StepJSON     `json:"hooks"`
	Verify         []ui.StepJSON     `json:"verify"`
	NextSteps      []string          `json:"next_steps"`
	Command        string            `json:"command"`
	Warnings       []string          `json:"warnings"`
	DurationMS     int64             `json:"duration_ms"`
}

type adviceJSON struct {
	Choice     string               `json:"choice"`
	Confidence recommend.Confidence `json:"confidence"`
	Gap        int                  `json:"gap"`
}

type filesJSON struct {
	Count int        `json:"count"`
	Size  int64      `json:"size"`            // of what is written, in bytes
	Kept  []string   `json:"kept,omitempty"`  // there already, with other bytes
	Paths []string   `json:"paths,omitempty"` // of a plan for an agent
	List  []fileJSON `json:"list,omitempty"`
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

// run does what was asked for and gives the document; where a step goes wrong in
// the finished project, the error has what is there.
func (o *outcome) run(ctx context.Context) (Document, error) {
	if err := o.runSteps(ctx); err != nil {
		return Document{}, &ui.MadeError{Err: err, Made: o.made()}
	}
	return o.document()
}

func (o *outcome) made() ui.MadeJSON {
	doc, _ := o.document() // no contents are read here
	return ui.MadeJSON{
		Directory: doc.Directory, Files: ui.FilesJSON{Count: len(o.result.Created), Size: o.plan.Size()}, Commit: o.result.Commit,
		Steps: slices.Concat(doc.Hooks, doc.Verify),
	}
}
