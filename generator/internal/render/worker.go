package render

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"text/template"

	"scaffold/generator/internal/aside"
	"scaffold/generator/internal/funcs"
	"scaffold/generator/internal/tree"
	"scaffold/generator/manifest"
)

const (
	includeFunc = "include"

	// maxDepth is how deep templates may call each other.
	maxDepth = 100
)

// A worker renders one file after the other.
type worker struct {
	*run
	base *template.Template // the functions and the partials; its own text is the file's
	set  *template.Template // base, or a copy for a file that defines templates
	in   aside.Buffer
	out  bytes.Buffer

	ticks, depth int // of the file in hand
	full         *Error
}

func newWorker(r *run) *worker {
	w := &worker{run: r}
	w.base = template.New("").Option("missingkey=error").Funcs(funcs.Metered(w.charge)).Funcs(template.FuncMap{
		includeFunc: w.include, enterFunc: w.enter, leaveFunc: w.leave, tickFunc: w.tick, valueFunc: w.value, branchFunc: r.cover.note,
	})
	for _, p := range r.partials {
		add(w.base, p.name, p.parsed)
	}
	return w
}

// do makes one file.
func (w *worker) do(j job) (tree.File, error) {
	if w.ctx.Err() != nil {
		return tree.File{}, w.interrupted(j.name)
	}
	f := tree.File{Path: j.path, Mode: j.mode, Source: j.name}
	var data []byte
	var err error
	switch {
	case j.link:
		f.Mode = fs.ModeSymlink
		f.Data, err = w.link(j)
		return f, err
	case strings.HasSuffix(j.name, manifest.Suffix):
		data, err = w.text(j)
	default:
		if data, f.Aside, err = read(w.fsys, j.name, w.limits.Bytes, &w.in); err == nil {
			err = w.spend(j.name, len(data))
		}
	}
	w.put(&f, data)
	return f, err
}

// put gives the file its content, which is in one of the worker's buffers. What
// the template keeps aside, byte for byte, is kept once.
func (w *worker) put(f *tree.File, data []byte) {
	switch {
	case w.aside == nil:
		f.Data, f.Aside = bytes.Clone(data), nil
	case f.Aside == nil:
		f.Aside = w.aside.Keep(data)
	}
}

// link gives the target of a link, which is a name like that of a file.
func (w *worker) link(j job) ([]byte, error) {
	target, err := fs.ReadLink(w.fsys, j.name)
	if err != nil {
		return nil, err
	}
	target, err = w.fillName(j.name, strings.TrimSuffix(target, manifest.Suffix), j.vars)
	if err != nil {
		return nil, err
	}
	return []byte(target), tree.SafeLink(j.path, target)
}

// text renders a template file. The bytes hold until the next one.
func (w *worker) text(j job) ([]byte, error) {
	text, err := readTemplate(w.fsys, j.name, &w.in)
	if err != nil {
		return nil, err
	}
	left, right := w.manifest.DelimitersFor(manifest.Below(j.name))
	if !strings.Contains(text, left) {
		return []byte(text), w.spend(j.name, len(text))
	}
	p, err := w.parse(j.name, text, left, right, j.vars)
	if err == nil {
		err = p.check(j.name, text, w.templates)
	}
	if err != nil {
		return nil, err
	}
	return w.execute(j, text, p)
}

func (w *worker) execute(j job, text string, p *parsed) ([]byte, error) {
	w.ticks, w.depth, w.full, w.set = 0, 0, nil, w.base
	w.out.Reset()
	if len(p.defines) > 0 {
		w.set = template.Must(w.base.Clone())
	}
	add(w.set, "", p)
	err := w.set.Execute(&sink{w, &w.out}, j.vars)
	if err == nil && w.full != nil {
		err = w.full
	}
	if err != nil {
		return nil, w.execError(j, text, err)
	}
	return w.out.Bytes(), nil
}

func add(set *template.Template, name string, p *parsed) {
	template.Must(set.AddParseTree(name, p.main))
	for _, define := range slices.Sorted(maps.Keys(p.defines)) {
		template.Must(set.AddParseTree(define, p.defines[define]))
	}
}

// charge takes the cost of a step off the file's budget, see [funcs.Metered].
func (w *worker) charge(cost int) error {
	w.ticks += cost
	switch {
	case w.full != nil:
		return w.full
	case w.ticks > w.limits.Ticks:
		return limit("the file takes more than %d steps", w.limits.Ticks)
	case w.ctx.Err() != nil:
		return context.Cause(w.ctx)
	}
	return nil
}

func (w *worker) tick() (string, error) { return "", w.charge(1) }

func (w *worker) enter() (string, error) {
	if w.depth++; w.depth > maxDepth {
		e := limit("partials include each other more than %d deep", maxDepth)
		e.Remedy = "take one of the calls out, or put a condition before it"
		return "", e
	}
	return "", w.charge(1)
}

func (w *worker) leave() string {
	w.depth--
	return ""
}

var errNull = errors.New("the value to print is null")

// value lets through what is to be printed. Null would print as <no value>.
func (w *worker) value(v any) (any, error) {
	switch {
	case v == nil:
		return nil, errNull
	case w.full != nil:
		return nil, w.full
	}
	return v, nil
}

// include gives the text of a partial, so that it can be indented.
func (w *worker) include(name string, data any) (string, error) {
	t := w.set.Lookup(name)
	if t == nil || name == "" {
		return "", unknownPartial(name, w.templates)
	}
	var out bytes.Buffer
	if err := t.Execute(&sink{w, &out}, data); err != nil {
		return "", err
	}
	if err := funcs.Bounded(out.String()); err != nil {
		return "", err
	}
	return out.String(), w.charge(1 + out.Len()/64)
}

// A sink takes the output of a template as long as it fits. What does not is
// an error at the next step, which knows its place; that of Write does not.
type sink struct {
	*worker
	out *bytes.Buffer
}

func (s *sink) Write(p []byte) (int, error) {
	if s.full == nil {
		s.full = s.count(len(p))
	}
	if s.full == nil {
		s.out.Write(p)
	}
	return len(p), nil
}

// interrupted is the error for a run that was cancelled or took too long.
func (r *run) interrupted(file string) error {
	var e *Error
	if cause := context.Cause(r.ctx); !errors.As(cause, &e) {
		return cause
	}
	return e.in(file, "", 0, 0)
}
