package ui

import (
	"slices"

	"scaffold/generator"
	"scaffold/generator/manifest"
	"scaffold/generator/session"
	"scaffold/generator/step"
)

// StepJSON is a job in JSON, planned or done.
type StepJSON struct {
	Name       string     `json:"name"`
	Run        []string   `json:"run"`
	Needs      *needsJSON `json:"needs,omitempty"`
	Status     string     `json:"status"`
	DurationMS int64      `json:"duration_ms"`
}

type needsJSON struct {
	Net     bool     `json:"net"`
	Tools   []string `json:"tools"`
	Secrets []string `json:"secrets"`
}

// With puts what became of the jobs into their descriptions.
func With(steps []StepJSON, receipts []Receipt) []StepJSON {
	for i := range steps {
		for _, r := range receipts {
			if r.Name == steps[i].Name {
				steps[i].Status, steps[i].DurationMS = r.Status, r.Took.Milliseconds()
			}
		}
	}
	return steps
}

// TemplateJSON is a layer of a template in JSON.
type TemplateJSON struct {
	Name    string `json:"name"`
	Source  string `json:"source"`
	Version string `json:"version"`
	Digest  string `json:"digest"`
}

// ToolJSON is a program that a template needs, and what is installed.
type ToolJSON struct {
	Name   string `json:"name"`
	Needs  string `json:"needs"`
	Found  string `json:"found"`
	Status string `json:"status"`
}

// ToolsJSON describes tools.
func ToolsJSON(findings []step.Finding) []ToolJSON {
	out := []ToolJSON{}
	for _, f := range findings {
		out = append(out, ToolJSON{f.Tool.Name, f.Tool.Version, f.Found, string(f.State)})
	}
	return out
}

// HooksJSON describes the hooks, before any has run.
func HooksJSON(hooks []manifest.Action, said session.Hooks) []StepJSON {
	out := []StepJSON{}
	for _, a := range hooks {
		out = append(out, StepJSON{Name: a.ID, Run: a.Run, Status: planned(said), Needs: &needsJSON{
			Net: a.Needs.Net, Tools: append([]string{}, a.Needs.Tools...), Secrets: append([]string{}, a.Needs.Secrets...),
		}})
	}
	return out
}

// planned is the status of a command before it runs, by what was said of it.
func planned(said session.Hooks) string {
	switch said {
	case session.HooksSkipped:
		return jobSkipped
	case "":
		return jobUntrusted
	default:
		return jobPlanned
	}
}

// StagesJSON describes the steps of --verify, before any has run.
func StagesJSON(list []step.Stage, said session.Hooks) []StepJSON {
	out := []StepJSON{}
	for _, s := range list {
		out = append(out, StepJSON{Name: s.Name, Run: s.Run, Status: planned(said)})
	}
	return out
}

// A MadeError is a step that failed in a project that is made and complete.
type MadeError struct {
	Err  error
	Made MadeJSON
}

func (e *MadeError) Error() string { return e.Err.Error() }
func (e *MadeError) Unwrap() error { return e.Err }

// MadeJSON is what of a project is told beside an error.
type MadeJSON struct {
	Directory string     `json:"directory"`
	Files     FilesJSON  `json:"files"`
	Commit    string     `json:"commit"`
	Steps     []StepJSON `json:"steps"`
}

// FilesJSON sums files up.
type FilesJSON struct {
	Count int   `json:"count"`
	Size  int64 `json:"size"`
}

// LayersJSON describes layers, the lowest first.
func LayersJSON(layers []generator.Layer) []TemplateJSON {
	out := []TemplateJSON{}
	for _, l := range layers {
		out = append(out, TemplateJSON{Name: l.Name, Source: l.Source, Version: l.Version, Digest: l.SHA256})
	}
	return slices.Clip(out)
}
