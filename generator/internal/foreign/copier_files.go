package foreign

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"scaffold/generator"
	"scaffold/generator/fault"
	"scaffold/generator/internal/jinja"
	"scaffold/generator/internal/tree"
)

// Render makes the files as copier's _render_template does.
func (c *copied) Render(ctx context.Context, fsys fs.FS, vars map[string]any, now time.Time, limits generator.Limits) (generator.Rendered, error) {
	b, opts := c.in(fsys), c.opts
	opts.Load, opts.Now, opts.Draw = b.loader("."), clock(now, vars), b.draw("files")
	m, end, err := b.maker(ctx, Copier, opts, vars, limits)
	if err != nil {
		return generator.Rendered{}, err
	}
	defer end()
	g := &copyMaker{maker: m, copied: c, seen: map[string][]byte{}}
	if err := g.all(); err != nil {
		return generator.Rendered{}, err
	}
	return g.rendered()
}

type copyMaker struct {
	maker
	copied  *copied
	root    string // what is copied, below the template
	exclude excluded
	answers string            // the path of the answers file
	seen    map[string][]byte // what a path holds
}

func (g *copyMaker) all() error {
	if v, ok := g.copied.config.Get("subdirectory"); ok {
		text, _ := jinja.Str(v)
		out, err := g.text("_subdirectory", text, g.vars)
		if err != nil {
			return inFile(err, g.copied.file)
		}
		g.root = path.Clean(out.Text)
		if !fs.ValidPath(g.root) {
			return fault.New(fault.Unsafe, "_subdirectory is %q, which is outside of the template", out.Text).At(g.copied.file, 0, 0)
		}
	}
	if g.root == "" {
		g.root = "."
	}
	var patterns []string
	for _, p := range g.copied.exclude {
		out, err := g.text("_exclude", p, g.with(map[string]jinja.Value{"_copier_operation": "copy"}))
		if err != nil {
			return inFile(err, g.copied.file)
		}
		for _, line := range regexp.MustCompile(`\r\n|\r|\n`).Split(out.Text, -1) {
			patterns = append(patterns, norm.NFD.String(line))
		}
	}
	g.exclude = newExcluded(patterns)
	conf, _ := g.vars["_copier_conf"].(*jinja.Dict)
	file, _ := conf.Get("answers_file")
	g.answers, _ = file.(string)
	info, err := fs.Stat(g.fsys, g.root)
	if err != nil || !info.IsDir() {
		return fault.New(fault.Template, "_subdirectory names %s, which is no folder of the template", g.root).At(g.copied.file, 0, 0)
	}
	return g.folder("")
}

func (g *copyMaker) folder(at string) error {
	entries, err := fs.ReadDir(g.fsys, path.Join(g.root, at))
	if err != nil {
		return err
	}
	if strings.Count(at, "/") > 100 {
		return fault.New(fault.Limit, "the folders of the template are nested too deeply: is there a link to one above?")
	}
	for _, e := range entries {
		if g.ctx.Err() != nil {
			return context.Cause(g.ctx)
		}
		name := path.Join(at, e.Name())
		link := e.Type()&fs.ModeSymlink != 0
		if link && g.copied.keepLinks {
			if err := g.link(name); err != nil {
				return err
			}
			continue
		}
		info, err := fs.Stat(g.fsys, path.Join(g.root, name))
		if err != nil {
			return refused(Copier, name, "a link that leads nowhere, or out of the template")
		}
		if info.IsDir() {
			if name == ".git" && g.root == "." {
				continue // excluded, with all that is in it
			}
			err = g.folder(name)
		} else {
			err = g.file(name, info)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// A target is where a file goes, and what its names were looped over.
type target struct {
	path  string
	extra map[string]jinja.Value
	drawn bool
}

// targets is copier's _render_path.
func (g *copyMaker) targets(name string) ([]target, error) {
	suffix := g.copied.suffix
	templated := strings.HasSuffix(path.Base(name), suffix)
	if suffix != "" {
		if _, err := fs.Stat(g.fsys, path.Join(g.root, name+suffix)); err == nil {
			return nil, nil
		}
		if templated {
			name = withoutSuffix(name)
		}
	}
	out, err := g.parts(name, strings.Split(name, "/"), target{}, templated)
	return out, err
}

// withoutSuffix is Python's: a name that begins with its only dot has none.
func withoutSuffix(name string) string {
	if suffix := path.Ext(name); suffix != path.Base(name) && suffix != "." {
		return strings.TrimSuffix(name, suffix)
	}
	return name
}

func (g *copyMaker) parts(name string, parts []string, so target, templated bool) ([]target, error) {
	if len(parts) == 0 {
		if !templated && g.copied.suffix != "" {
			if _, err := fs.Stat(g.fsys, so.path+g.copied.suffix); err == nil {
				return nil, nil
			}
		}
		return []target{so}, nil
	}
	out, err := g.text(name, parts[0], g.with(so.extra))
	if err != nil {
		return nil, err
	}
	if out.Yield == nil {
		return g.part(name, out.Text, parts, target{so.path, so.extra, so.drawn || out.Drawn}, templated)
	}
	var list []target
	for _, v := range out.Yield.Items {
		extra := map[string]jinja.Value{}
		for k, x := range so.extra {
			extra[k] = x
		}
		extra[out.Yield.Name] = v
		one, err := g.text(name, parts[0], g.with(extra))
		if err != nil {
			return nil, err
		}
		more, err := g.part(name, one.Text, parts, target{so.path, extra, so.drawn || one.Drawn}, templated)
		if err != nil {
			return nil, err
		}
		list = append(list, more...)
	}
	return list, nil
}

func (g *copyMaker) part(name, text string, parts []string, so target, templated bool) ([]target, error) {
	switch {
	case text == "":
		return nil, nil
	case text == g.answers:
		return []target{{g.answers, so.extra, so.drawn}}, nil
	}
	return g.parts(name, parts[1:], target{path.Join(so.path, text), so.extra, so.drawn}, templated)
}

func (g *copyMaker) with(extra map[string]jinja.Value) map[string]jinja.Value {
	if len(extra) == 0 {
		return g.vars
	}
	out := make(map[string]jinja.Value, len(g.vars)+len(extra))
	for k, v := range g.vars {
		out[k] = v
	}
	for k, v := range extra {
		out[k] = v
	}
	return out
}

func (g *copyMaker) file(name string, info fs.FileInfo) error {
	targets, err := g.targets(name)
	if err != nil {
		return err
	}
	from := path.Join(g.root, name)
	for _, t := range targets {
		if g.exclude.matches(norm.NFD.String(t.path)) {
			continue
		}
		data, err := g.read(from, g.limits.Bytes)
		if err != nil {
			return err
		}
		drawn := t.drawn
		if strings.HasSuffix(path.Base(name), g.copied.suffix) {
			if !utf8.Valid(data) {
				if g.copied.suffix != "" {
					return invalid(from, "this is not UTF-8")
				}
			} else {
				out, err := g.text(from, string(data), g.with(t.extra))
				if err != nil {
					return err
				}
				if out.Yield != nil {
					return invalid(from, "a file holds a yield tag, which is for names")
				}
				data, drawn = []byte(out.Text), drawn || out.Drawn
			}
		}
		if there, twice := g.seen[t.path]; twice && bytes.Equal(there, data) {
			continue
		} else if twice {
			return refused(Copier, from, "a file that becomes %s, as another one does", t.path)
		}
		g.seen[t.path] = data
		if err := g.add(t.path, from, modeOf(info), data, drawn); err != nil {
			return err
		}
	}
	return nil
}

func (g *copyMaker) link(name string) error {
	targets, err := g.targets(name)
	if err != nil {
		return err
	}
	from := path.Join(g.root, name)
	to, err := fs.ReadLink(g.fsys, from)
	if err != nil {
		return err
	}
	for _, t := range targets {
		if g.exclude.matches(norm.NFD.String(t.path)) {
			continue
		}
		if strings.HasSuffix(path.Base(name), g.copied.suffix) {
			out, err := g.text(from, to, g.with(t.extra))
			if err != nil {
				return err
			}
			to = out.Text
		}
		rel, err := tree.SafeRel(t.path)
		if err == nil {
			err = tree.SafeLink(rel, to)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", from, err)
		}
		if err := g.add(t.path, from, fs.ModeSymlink|0o777, []byte(to), t.drawn); err != nil {
			return err
		}
	}
	return nil
}
