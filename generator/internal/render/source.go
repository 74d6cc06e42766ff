package render

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"scaffold/generator/fault"
	"scaffold/generator/internal/aside"
	"scaffold/generator/internal/funcs"
	"scaffold/generator/internal/tree"
	"scaffold/generator/manifest"
)

// A source is one file or link of a template.
type source struct {
	name string // below the template's directory: files/README.md.tmpl
	link bool
}

// A job makes one file of the project.
type job struct {
	source
	path tree.Rel
	mode fs.FileMode
	vars map[string]any
}

// walk lists what is below dir, in order, links not followed. A special file is
// refused without being opened.
func walk(fsys fs.FS, dir string, most int) ([]source, error) {
	if info, err := fs.Lstat(fsys, dir); err != nil || !info.IsDir() {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
		if err == nil {
			err = &tree.PathError{Path: dir, Reason: "is not a directory"}
		}
		return nil, err
	}
	var list []source
	err := fs.WalkDir(fsys, dir, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir():
			return nil
		case !d.Type().IsRegular() && d.Type() != fs.ModeSymlink:
			return special(name, d.Type())
		case len(list) == most:
			return &Error{File: dir, Limit: true, Message: fmt.Sprintf("the template holds more than %d files", most)}
		}
		list = append(list, source{name: name, link: d.Type() == fs.ModeSymlink})
		return nil
	})
	return list, err
}

func special(name string, mode fs.FileMode) error {
	kind := "a special file"
	switch {
	case mode&fs.ModeNamedPipe != 0:
		kind = "a named pipe"
	case mode&fs.ModeSocket != 0:
		kind = "a socket"
	case mode&fs.ModeDevice != 0:
		kind = "a device"
	}
	return &Error{File: name, Message: fmt.Sprintf("%s is %s", name, kind), Remedy: "remove " + name + " from the template"}
}

// jobs applies the rules for files: which are wanted, how often, and under
// which names.
func (r *run) jobs(sources []source) ([]job, error) {
	jobs := make([]job, 0, len(sources))
	for _, s := range sources {
		more, err := r.jobsFor(s)
		if err != nil {
			return nil, err
		}
		if jobs = append(jobs, more...); len(jobs) > r.limits.Files {
			return nil, &Error{File: s.name, Limit: true, Message: fmt.Sprintf("the project has more than %d files", r.limits.Files)}
		}
		if r.ctx.Err() != nil {
			return nil, r.interrupted(s.name)
		}
	}
	return jobs, nil
}

func (r *run) jobsFor(s source) ([]job, error) {
	rule := r.manifest.RuleFor(manifest.Below(s.name))
	if rule == nil {
		j, err := r.job(s, 0o644, r.vars)
		return []job{j}, err
	}
	if wanted, err := rule.Wanted(r.vars); err != nil || !wanted {
		return nil, ruleError(s, "when", err)
	}
	mode := fs.FileMode(0o644)
	if rule.Mode == "0755" {
		mode = 0o755
	}
	if rule.Each == "" {
		j, err := r.job(s, mode, r.vars)
		return []job{j}, err
	}
	return r.jobsForEach(s, rule, mode)
}

func (r *run) jobsForEach(s source, rule *manifest.FileRule, mode fs.FileMode) ([]job, error) {
	elements, err := rule.Elements(r.vars)
	if err != nil {
		return nil, ruleError(s, "each", err)
	}
	var jobs []job
	for _, e := range elements {
		if len(jobs) > r.limits.Files {
			break // the caller says so
		}
		j, err := r.job(s, mode, with(r.vars, rule.As, e))
		if err != nil {
			return nil, err
		}
		jobs = append(jobs, j)
	}
	return jobs, nil
}

func (r *run) job(s source, mode fs.FileMode, vars map[string]any) (job, error) {
	name := strings.TrimSuffix(manifest.Below(s.name), manifest.Suffix)
	name, err := r.fillName(s.name, name, vars)
	if err != nil {
		return job{}, err
	}
	rel, err := tree.SafeRel(name)
	if err != nil {
		return job{}, fmt.Errorf("%s: %w", s.name, err)
	}
	return job{source: s, path: rel, mode: mode, vars: vars}, nil
}

// ruleError explains an expression of the manifest that failed when it was
// evaluated. One that reached a limit stays one.
func ruleError(s source, key string, err error) error {
	if err == nil || fault.Is(err, fault.Limit) {
		return err
	}
	return &Error{File: manifest.FileName, Message: fmt.Sprintf("the %s of the rule for %s: %v", key, s.name, err)}
}

// with gives the variables and one more; they themselves serve other files.
func with(vars map[string]any, name string, value any) map[string]any {
	more := make(map[string]any, len(vars)+1)
	for k, v := range vars {
		more[k] = v
	}
	more[name] = value
	return more
}

// read reads a whole file of at most that many bytes, into the buffer where there
// is one. Where its template keeps the content aside, it gives that as well.
func read(fsys fs.FS, name string, most int64, b *aside.Buffer) ([]byte, *aside.Content, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, nil, special(name, info.Mode().Type())
	}
	if info.Size() > most {
		return nil, nil, &Error{File: name, Limit: true, Message: fmt.Sprintf("the file is larger than %d bytes", most)}
	}
	if kept, ok := f.(interface{ Aside() *aside.Content }); ok {
		data, err := kept.Aside().Bytes(b)
		return data, kept.Aside(), err
	}
	data := b.Room(int(info.Size()))
	_, err = io.ReadFull(f, data)
	if err != nil {
		return nil, nil, fmt.Errorf("reading %s: %w", name, err)
	}
	return data, nil, nil
}

// readTemplate reads a text that is to be rendered. It is small enough for a
// parser that recurses.
func readTemplate(fsys fs.FS, name string, b *aside.Buffer) (string, error) {
	data, _, err := read(fsys, name, funcs.MaxValue, b)
	var e *Error
	if errors.As(err, &e) && e.Limit {
		e.Remedy = "drop " + manifest.Suffix + " from its name to copy it as it is"
	}
	return string(data), err
}

// A partial is a template that others include.
type partial struct {
	*parsed
	name, file, text string
}

// readPartials parses partials/**/*.tmpl, each named by its path there without
// the suffix.
func (r *run) readPartials() error {
	sources, err := walk(r.fsys, manifest.PartialsDir, r.limits.Files)
	if err != nil {
		return err
	}
	for _, s := range sources {
		if s.link {
			return &tree.PathError{Path: s.name, Reason: "is a link; a partial is a file"}
		}
		if !strings.HasSuffix(s.name, manifest.Suffix) {
			continue
		}
		p, err := r.partial(s.name)
		if err != nil {
			return err
		}
		r.partials = append(r.partials, p)
		r.templates = append(r.templates, p.name)
		r.templates = slices.AppendSeq(r.templates, maps.Keys(p.defines))
	}
	slices.Sort(r.templates)
	for _, p := range r.partials {
		if err := p.check(p.file, p.text, r.templates); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) partial(file string) (partial, error) {
	text, err := readTemplate(r.fsys, file, nil)
	if err != nil {
		return partial{}, err
	}
	name := partialName(file)
	left, right := r.manifest.DelimitersFor(file)
	p, err := r.parse(file, text, left, right, nil)
	if err != nil {
		return partial{}, err
	}
	for _, name := range append(slices.Sorted(maps.Keys(p.defines)), name) {
		if slices.Contains(r.templates, name) {
			return partial{}, &Error{File: file, Message: fmt.Sprintf("a second partial is named %q", name), Remedy: "rename one of the two"}
		}
	}
	return partial{parsed: p, name: name, file: file, text: text}, nil
}
