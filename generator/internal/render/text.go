package render

import (
	"context"
	"io/fs"
	"strings"
	"time"

	"scaffold/generator/internal/tree"
	"scaffold/generator/manifest"
)

// Texts renders texts that are no files: those of an overlay's patches. They use
// variables, functions and partials as files do.
type Texts struct {
	ctx context.Context
	end time.Time // for all of them
	w   *worker
}

// NewTexts reads the partials of the template in fsys. The limits are those of
// all texts together; the time includes what is done between them.
func NewTexts(ctx context.Context, fsys fs.FS, m *manifest.Manifest, vars map[string]any, limits Limits) (*Texts, error) {
	r := &run{parser: newParser(), ctx: ctx, fsys: fsys, manifest: m, vars: vars, limits: limits.orDefaults()}
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
	p, err := w.parse(manifest.FileName, text, left, right)
	if err == nil {
		err = p.check(manifest.FileName, text, w.templates)
	}
	if err != nil {
		return "", err
	}
	data, err := w.execute(job{source: source{name: manifest.FileName}, vars: w.vars}, text, p)
	return string(data), withoutSecrets(err, w.manifest, w.vars)
}

// A Layered file system holds the files of several templates. Where two layers
// give one generated file, the higher layer's stays.
type Layered interface {
	fs.FS
	Layer(name string) int
}

// topmost leaves out what a higher layer of the template replaces under another
// name of its own: the files "{{ .app }}/a.py" and "shop/a.py".
func (r *run) topmost(files []tree.File) []tree.File {
	layers, ok := r.fsys.(Layered)
	if !ok {
		return files
	}
	top := make(map[tree.Rel]int, len(files))
	for _, f := range files {
		top[f.Path] = max(top[f.Path], layers.Layer(f.Source))
	}
	var kept []tree.File
	for _, f := range files {
		if layers.Layer(f.Source) == top[f.Path] {
			kept = append(kept, f)
		}
	}
	return kept
}
