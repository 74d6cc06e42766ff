// Package foreign reads templates that are written for cookiecutter and copier,
// and makes of each what the rest of scaffold knows: a manifest, whose questions
// are theirs, and files.
//
// The promise is theirs, too: the same answers give the same files as their own
// tool, or a refusal that names what is missing. Nothing here writes, runs or
// asks.
package foreign

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"scaffold/generator"
	"scaffold/generator/fault"
	"scaffold/generator/internal/jinja"
	"scaffold/generator/internal/late"
	"scaffold/generator/internal/tree"
	"scaffold/generator/manifest"
)

// The tools whose templates are read.
const (
	Cookiecutter = "cookiecutter"
	Copier       = "copier"
)

// A Place is where a template comes from, as it is recorded: what copier's
// answers file names.
type Place struct {
	Name   string // the last part of its address
	Source string // the address, without credentials
	Ref    string // as requested
	Commit string
}

// Formats are the tools for which a directory holds a template, by its files.
func Formats(fsys fs.FS) []string {
	var found []string
	if regular(fsys, cookieFile) {
		found = append(found, Cookiecutter)
	}
	if copierFile(fsys) != "" {
		found = append(found, Copier)
	}
	return found
}

// Detect says for which of the tools a directory holds a template; "" for none.
// Where there are files of both, wanted decides.
func Detect(fsys fs.FS, wanted string) (string, error) {
	found := Formats(fsys)
	switch {
	case slices.Contains(found, wanted):
		return wanted, nil
	case len(found) == 0:
		return "", nil
	case len(found) > 1:
		return "", fault.New(fault.Template, "it holds a %s and a %s: it is a template of two tools", cookieFile, copierFile(fsys)).
			At(cookieFile, 0, 0).Try("say which one is meant: --format " + strings.Join(found, ", or --format "))
	}
	return found[0], nil
}

// Open reads the template of a tool. The format behind the manifest is its
// [generator.Renderer].
func Open(fsys fs.FS, tool string, at Place) (*manifest.Manifest, error) {
	b := &base{fsys: fsys, place: at, draws: make([]byte, 32)}
	if _, err := rand.Read(b.draws); err != nil {
		return nil, err
	}
	if tool == Cookiecutter {
		return openCookiecutter(b)
	}
	return openCopier(b)
}

// base is what the two formats share.
type base struct {
	fsys  fs.FS
	place Place
	draws []byte // what is random in this reading of the template comes of it
}

func regular(fsys fs.FS, name string) bool {
	info, err := fs.Stat(fsys, name)
	return err == nil && info.Mode().IsRegular()
}

// maxConfig is the size of a file of settings, in bytes.
const maxConfig = 1 << 20

func (b *base) config(name string) (string, error) {
	data, err := b.read(name, maxConfig)
	if err == nil && !utf8.Valid(data) {
		err = fault.New(fault.Template, "this is not UTF-8").At(name, 1, 1)
	}
	return string(data), err
}

// read reads a regular file of at most that many bytes.
func (b *base) read(name string, most int64) ([]byte, error) {
	f, err := b.fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fault.New(fault.Template, "%s is not a regular file", name).Try("remove it from the template")
	}
	data, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(data)) > most {
		err = fault.New(fault.Limit, "%s is larger than %d bytes", name, most)
	}
	return data, err
}

// loader gives a template that another one includes, out of the first of the
// folders that has it.
func (b *base) loader(folders ...string) func(string) (string, error) {
	return func(name string) (string, error) {
		for _, folder := range folders {
			at := path.Join(folder, name)
			if name == "" || strings.Contains("/"+name+"/", "/../") || !fs.ValidPath(at) || !regular(b.fsys, at) {
				continue
			}
			data, err := b.read(at, 64<<20)
			if err == nil && !utf8.Valid(data) {
				err = &jinja.Error{Kind: jinja.Runtime, File: at, Message: "this is not UTF-8"}
			}
			return string(data), err
		}
		return "", &jinja.Error{Kind: jinja.NotFound, Message: fmt.Sprintf("there is no template %q", name)}
	}
}

// draw gives bytes that stay the same for one use in one reading of the
// template, so that what is shown is what is written.
func (b *base) draw(where string) func(string, int) []byte {
	count := uint64(0)
	return func(what string, n int) []byte {
		var out []byte
		count++
		for i := uint64(0); len(out) < n; i++ {
			h := hmac.New(sha256.New, b.draws)
			fmt.Fprintf(h, "%s\x00%s\x00", where, what)
			_ = binary.Write(h, binary.BigEndian, [2]uint64{count, i})
			out = h.Sum(out)
		}
		return out[:n]
	}
}

// explain makes an error of Jinja a fault of the template.
func explain(err error, tool string) error {
	var e *jinja.Error
	if !errors.As(err, &e) {
		return err
	}
	kind, message, hint := fault.Template, e.Message, ""
	switch e.Kind {
	case jinja.Unsupported:
		message = "not supported in a template of " + tool + ": " + message
		hint = "docs/from-" + tool + ".md lists what is; use " + tool + " itself for this template"
	case jinja.Exceeded:
		kind = fault.Limit
	}
	f := fault.New(kind, "%s", message).At(e.File, e.Line, e.Column).Try(hint)
	f.Err = err
	return f
}

func invalid(file string, format string, args ...any) error {
	return fault.New(fault.Template, "%s", fmt.Sprintf(format, args...)).At(file, 0, 0)
}

func refused(tool, file, format string, args ...any) error {
	return explain(&jinja.Error{Kind: jinja.Unsupported, File: file, Message: fmt.Sprintf(format, args...)}, tool)
}

var version = late.Pattern(`^v?(\d+\.\d+\.\d+)$`)

// about is what a manifest says of the template itself.
func (b *base) about(tool string) manifest.Manifest {
	m := manifest.Manifest{Name: templateName(b.place.Name), Title: b.place.Name + ", a template of " + tool, Version: "0.0.0"}
	if v := version().FindStringSubmatch(b.place.Ref); v != nil {
		m.Version = v[1]
	}
	return m
}

func templateName(text string) string {
	name := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, strings.ToLower(strings.TrimSuffix(text, ".git")))
	name = strings.Trim(name, "-")
	if name == "" || name[0] < 'a' {
		name = "template-" + name
	}
	return strings.TrimRight(name[:min(len(name), 63)], "-")
}

// reserved are the names that mean something of scaffold's own.
var reserved = map[string]bool{"name": true, "signals": true, "template": true, "scaffold": true, "value": true}

// questionID is what a question of theirs is answered by.
func questionID(theirs string) string {
	if reserved[theirs] {
		return theirs + "_"
	}
	return theirs
}

// control refuses characters that have no place in an answer.
func control(text string) error {
	if !utf8.ValidString(text) {
		return errors.New("must be UTF-8 text")
	}
	if strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }) {
		return errors.New("must not hold control characters")
	}
	return nil
}

// A maker collects the files of one rendering.
type maker struct {
	*base
	tool   string
	ctx    context.Context
	env    *jinja.Environment
	vars   map[string]jinja.Value
	limits generator.Limits
	files  []tree.File
	drawn  map[string]bool
	blank  map[string][]string
	bytes  int64
}

// in is the base with the files of a file system.
func (b *base) in(fsys fs.FS) *base {
	own := *b
	own.fsys = fsys
	return &own
}

// maker begins a rendering within the limits' time; end ends that.
func (b *base) maker(ctx context.Context, tool string, opts jinja.Options, vars map[string]any, limits generator.Limits) (m maker, end func(), err error) {
	env, err := jinja.New(opts)
	if err != nil {
		return maker{}, nil, explain(err, tool)
	}
	limits = limitsOf(limits)
	values, _ := vars[manifest.Context].(map[string]jinja.Value)
	timed, cancel := context.WithTimeoutCause(ctx, limits.Time, fault.New(fault.Limit, "rendering takes longer than %v", limits.Time))
	return maker{base: b, tool: tool, ctx: timed, env: env, vars: values, limits: limits, drawn: map[string]bool{}, blank: map[string][]string{}}, cancel, nil
}

// rendered is all that was collected.
func (m *maker) rendered() (generator.Rendered, error) {
	files, err := tree.New(m.files...)
	return generator.Rendered{Files: files, Drawn: m.drawn, Blank: m.blank}, err
}

func limitsOf(l generator.Limits) generator.Limits {
	l.Files = cmp.Or(l.Files, 100_000)
	l.Bytes = cmp.Or(l.Bytes, 512_000_000)
	l.Time = cmp.Or(l.Time, 10*time.Second)
	return l
}

// text renders a text of the template.
func (m *maker) text(name, source string, vars map[string]jinja.Value) (jinja.Outcome, error) {
	t, err := m.env.Parse(name, source)
	if err != nil {
		return jinja.Outcome{}, explain(err, m.tool)
	}
	out, err := t.Run(m.ctx, vars)
	for _, what := range out.Blank {
		if !slices.Contains(m.blank[name], what) {
			m.blank[name] = append(m.blank[name], what)
		}
	}
	return out, explain(err, m.tool)
}

// add takes a file. Two files on one path are refused later, by the tree.
func (m *maker) add(at, source string, mode fs.FileMode, data []byte, drawn bool) error {
	rel, err := tree.SafeRel(path.Clean(at))
	if err != nil {
		return fmt.Errorf("%s: %w", source, err)
	}
	m.bytes += int64(len(data))
	switch {
	case m.bytes > m.limits.Bytes:
		return fault.New(fault.Limit, "the project is larger than %d bytes", m.limits.Bytes)
	case len(m.files) >= m.limits.Files:
		return fault.New(fault.Limit, "the project has more than %d files", m.limits.Files)
	}
	m.files = append(m.files, tree.File{Path: rel, Mode: mode, Data: data, Source: source})
	if drawn {
		m.drawn[rel.String()] = true
	}
	return nil
}

// modeOf is a file's mode as git keeps it.
func modeOf(info fs.FileInfo) fs.FileMode {
	if info.Mode()&0o100 != 0 {
		return 0o755
	}
	return 0o644
}

// clock is the time of the run where it is still the day of the record, else
// the start of that day.
func clock(now time.Time, vars map[string]any) time.Time {
	given, _ := vars["scaffold"].(map[string]any)
	day, _ := given["date"].(string)
	t, err := time.Parse(time.DateOnly, day)
	if err != nil || now.Format(time.DateOnly) == day || now.UTC().Format(time.DateOnly) == day {
		return now
	}
	return t
}
