package generator

import (
	"slices"
	"time"

	"scaffold/generator/internal/record"
	"scaffold/generator/internal/tree"
	"scaffold/generator/manifest"
)

// What scaffold keeps in a generated project. Neither file holds a time of day
// or a secret, so that two runs give the same bytes.
const (
	AnswersFile = record.AnswersFile
	LockFile    = record.LockFile
)

// records renders answers.yaml and lock.yaml of a project.
func (g *Generator) records(parts []Part) ([]tree.File, error) {
	var answers record.Answers
	lock := record.Lock{Scaffold: Version}
	for i := range parts {
		p := &parts[i]
		top, values := p.Template.Top(), p.recorded()
		answers.Parts = append(answers.Parts, record.AnswersPart{
			Path: p.Path, Template: record.Template{Source: top.Source, Ref: top.Ref}, Signals: p.Signals, Answers: values,
		})
		date, advice := p.given()
		if date == "" {
			date = g.opts.Now.Format(time.DateOnly)
		}
		lock.Parts = append(lock.Parts, record.LockPart{
			Path: p.Path, Answers: values, Signals: p.Signals, Date: date, Recommendation: advice, Tree: p.Digest(),
			Layers: p.Template.Layers, Files: p.fileRecords(),
		})
	}
	var files []tree.File
	for _, f := range []struct {
		path string
		data []byte
	}{{AnswersFile, answers.YAML()}, {LockFile, lock.YAML()}} {
		rel, err := tree.SafeRel(f.path)
		if err != nil {
			return nil, err
		}
		files = append(files, tree.File{Path: rel, Mode: 0o644, Data: f.data, Source: "scaffold's own " + f.path})
	}
	return files, nil
}

// given is the date and the recommendation that the templates saw.
func (p *Part) given() (date string, advice any) {
	given, _ := p.Answers.Vars["scaffold"].(map[string]any)
	date, _ = given["date"].(string)
	return date, given["recommendation"]
}

// recorded lists what decides the rendered bytes and may be kept: the name, the
// active answers without secrets, and the given variables that have a value.
func (p *Part) recorded() record.Values {
	out := record.Values{{ID: "name", Value: p.Answers.Vars["name"]}}
	for _, a := range p.Answers.Asked {
		if a.Active && !a.Question.Type.IsSecret() {
			out = append(out, record.Value{ID: a.Question.ID, Value: a.Value})
		}
	}
	for _, id := range manifest.Defaulted() {
		asked := slices.ContainsFunc(p.Answers.Asked, func(a manifest.Asked) bool { return a.Question.ID == id })
		if v := p.Answers.Vars[id]; !asked && v != "" {
			out = append(out, record.Value{ID: id, Value: v})
		}
	}
	return out
}

func (p *Part) fileRecords() []record.File {
	out := make([]record.File, 0, p.tree.Len())
	for f := range p.tree.All() {
		c := p.change(f)
		out = append(out, record.File{Path: c.Path, SHA256: c.SHA256, Mode: c.Mode, Layer: c.Layer, Managed: c.Managed, Merge: c.Merge})
	}
	return out
}

// modeText is the mode as the manifest writes it, or "link".
func modeText(f tree.File) string {
	switch f.GitMode() {
	case "100755":
		return "0755"
	case "120000":
		return "link"
	default:
		return "0644"
	}
}
