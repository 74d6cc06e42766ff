package render

import (
	"context"
	"strings"
	"time"

	"scaffold/generator/manifest"
)

// Texts renders texts that are no files: those of an overlay's patches. They use
// variables, functions and partials as files do.
type Texts struct {
	ctx context.Context
	end time.Time // for all of them
	w   *worker
}

// NewTexts reads the partials of the template. The limits are those of all texts
// together; the time includes what is done between them.
func NewTexts(ctx context.Context, t Template, vars map[string]any, limits Limits) (*Texts, error) {
	r := &run{parser: newParser(), ctx: ctx, fsys: t.FS, manifest: t.Manifest, vars: vars, limits: limits.orDefaults()}
	if err := r.readPartials(); err != nil {
		return nil, err
	}
	return &Texts{ctx, time.Now().Add(r.limits.Time), newWorker(r)}, nil
}

// Fill renders one text. An error's file is [manifest.FileName], its line that
// of the text.
func (t *Texts) Fill(text, left, right string) (string, error) {
	w := t.w
	timed, cancel := context.WithDeadlineCause(t.ctx, t.end, limit("the patches take longer than %v", w.limits.Time))
	defer cancel()
	w.ctx = timed
	if timed.Err() != nil {
		return "", w.interrupted(manifest.FileName)
	}
	if !strings.Contains(text, left) {
		return text, nil
	}
	p, err := w.parse(manifest.FileName, text, left, right, w.vars)
	if err == nil {
		err = p.check(manifest.FileName, text, w.templates)
	}
	if err != nil {
		return "", err
	}
	data, err := w.execute(job{source: source{name: manifest.FileName}, vars: w.vars}, text, p)
	return string(data), withoutSecrets(err, w.manifest, w.vars)
}
