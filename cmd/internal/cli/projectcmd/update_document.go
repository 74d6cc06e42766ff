package projectcmd

import (
	"time"

	"scaffold/cmd/internal/ui"
	"scaffold/generator/project"
)

// An UpdateDocument is what `scaffold update --json` prints.
type UpdateDocument struct {
	Schema     string            `json:"schema"`
	OK         bool              `json:"ok"` // no conflicts
	DryRun     bool              `json:"dry_run"`
	Applied    bool              `json:"applied"`
	Directory  string            `json:"directory"`
	Name       string            `json:"name"`
	Digest     string            `json:"digest"` // of the plan; see --expect
	Was        []ui.TemplateJSON `json:"was"`
	Now        []ui.TemplateJSON `json:"now"`
	Files      []updateFileJSON  `json:"files"`
	Conflicts  int               `json:"conflicts"`
	Commit     string            `json:"commit"`
	Branch     string            `json:"branch"`
	Notes      []string          `json:"notes"`
	Relock     []string          `json:"relock"`
	Hooks      []ui.StepJSON     `json:"hooks"`
	Verify     []ui.StepJSON     `json:"verify"`
	Warnings   []string          `json:"warnings"`
	DurationMS int64             `json:"duration_ms"`
}

type updateFileJSON struct {
	Path   string    `json:"path"`
	From   string    `json:"from,omitempty"`
	Status string    `json:"status"`
	Reason string    `json:"reason,omitempty"`
	Keys   []keyJSON `json:"keys,omitempty"`
	Diff   string    `json:"diff,omitempty"`
}

type keyJSON struct {
	Key    string `json:"key"`
	Ours   any    `json:"ours"`
	Theirs any    `json:"theirs"`
}

func (v *updating) document() UpdateDocument {
	u := v.update
	doc := UpdateDocument{
		Schema: "scaffold/update/v1", OK: len(u.Conflicts()) == 0, DryRun: v.wanted.DryRun, Applied: v.applied,
		Directory: u.Plan.Dir, Name: u.Plan.Name, Digest: u.Plan.Digest(), Was: ui.LayersJSON(u.Was), Now: ui.LayersJSON(u.Now), Files: []updateFileJSON{},
		Conflicts: len(u.Conflicts()), Commit: v.commit, Branch: v.wanted.Commit.Branch,
		Notes: append([]string{}, u.Notes...), Relock: append([]string{}, u.Relock...), Hooks: []ui.StepJSON{}, Verify: []ui.StepJSON{},
		Warnings: append([]string{}, v.env.Warnings...), DurationMS: time.Since(v.started).Milliseconds(),
	}
	for _, f := range u.Files {
		if f.Kind == project.Same && !v.env.Verbose {
			continue
		}
		j := updateFileJSON{Path: f.Path, From: f.From, Status: string(f.Kind), Reason: f.Why}
		for _, k := range f.Keys {
			j.Keys = append(j.Keys, keyJSON{k.Key, k.Ours, k.Theirs})
		}
		if v.wanted.Diff {
			j.Diff = u.Diff(f)
		}
		doc.Files = append(doc.Files, j)
	}
	for _, s := range v.sessions {
		doc.Hooks = append(doc.Hooks, ui.With(ui.HooksJSON(s.Hooks()), v.ran)...)
		doc.Verify = append(doc.Verify, ui.With(ui.StagesJSON(s.Stages()), v.verified)...)
	}
	return doc
}
