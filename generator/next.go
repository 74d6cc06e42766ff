package generator

import (
	"context"
	"io/fs"
	"maps"
	"strings"

	"scaffold/generator/fault"
	"scaffold/generator/internal/render"
	"scaffold/generator/manifest"
)

// Next are the commands that the templates say to type next, in the project's
// directory, one each.
func (p *Plan) Next() []string {
	var steps []string
	for _, part := range p.Parts {
		for line := range strings.Lines(part.next) {
			if line = strings.TrimSpace(line); line != "" {
				steps = append(steps, line)
			}
		}
	}
	return steps
}

// next fills the answers into what a template says to type next. It is shown, so
// that a secret is *** in it.
func (g *Generator) next(ctx context.Context, part Part) (string, error) {
	m := part.Template.Manifest
	if !strings.Contains(m.Next, "{{") || m.Format() != nil {
		return m.Next, nil
	}
	vars := maps.Clone(part.Answers.Vars)
	for _, q := range m.Questions {
		if q.Type.IsSecret() {
			vars[q.ID] = "***"
		}
	}
	texts, err := render.NewTexts(ctx, part.Template.source(), vars, g.opts.Limits)
	if err != nil {
		return "", err
	}
	text, err := texts.Fill(m.Next, "{{", "}}")
	if f := fault.Of(err); f != nil && f.Kind == fault.Template && f.Place.File == manifest.FileName {
		line, column := part.Template.NextAt(f.Place.Line, f.Place.Column)
		return "", fault.New(fault.Template, "%s", f.Message).At(manifest.FileName, line, column).Try(f.Hint)
	}
	return text, err
}

// NextAt is the place in template.yaml of a place in the text of next:. Of an
// overlay that has none of its own it is the text's.
func (t *Template) NextAt(line, column int) (int, int) {
	own := t.Manifest
	if n := len(t.Overlays); n > 0 {
		own = t.Overlays[n-1].Manifest
	}
	data, err := fs.ReadFile(t.FS, manifest.FileName)
	if err != nil || own.Next == "" {
		return line, column
	}
	start := own.Problem("", "", "next").Place
	lines := strings.Split(string(data), "\n")
	if !strings.HasSuffix(own.Next, "\n") || start.Line >= len(lines) { // on the line of the key
		return start.Line + line - 1, start.Column + column - 1
	}
	first := lines[start.Line]
	return start.Line + line, column + len(first) - len(strings.TrimLeft(first, " "))
}
