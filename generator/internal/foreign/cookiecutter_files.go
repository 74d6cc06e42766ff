package foreign

import (
	"bytes"
	"context"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"scaffold/generator"
	"scaffold/generator/internal/jinja"
)

// Render makes the files as cookiecutter's generate_files does.
func (c *cookie) Render(ctx context.Context, fsys fs.FS, vars map[string]any, now time.Time, limits generator.Limits) (generator.Rendered, error) {
	b, opts := c.in(fsys), c.opts
	opts.Load, opts.Now, opts.Draw = b.loader(c.folder, "templates"), clock(now, vars), b.draw("files")
	m, end, err := b.maker(ctx, Cookiecutter, opts, vars, limits)
	if err != nil {
		return generator.Rendered{}, err
	}
	defer end()
	g := &cookieMaker{maker: m, folder: c.folder, made: map[string]string{"": "."}}
	own, _ := g.vars["cookiecutter"].(*jinja.Dict)
	if v, ok := own.Get("_copy_without_render"); ok {
		for _, x := range items(v) {
			text, _ := jinja.Str(x)
			g.raw = append(g.raw, text)
		}
	}
	if v, ok := own.Get("_new_lines"); ok && jinja.Truth(v) {
		g.newLines, _ = v.(string)
	}
	if _, err := g.text(c.folder, c.folder, g.vars); err != nil { // the project has a name of its own
		return generator.Rendered{}, err
	}
	if err := g.folderOf(""); err != nil {
		return generator.Rendered{}, err
	}
	return g.rendered()
}

type cookieMaker struct {
	maker
	folder   string
	raw      []string          // what is copied as it is
	newLines string            // what lines end with; "" is as in the template
	made     map[string]string // the folders of the project, with where each comes from
}

func (g *cookieMaker) copied(at string) bool {
	return slices.ContainsFunc(g.raw, func(p string) bool { return fnmatch(p, at) })
}

// folderOf makes what is in a folder of the template; at is its path below the
// template's folder.
func (g *cookieMaker) folderOf(at string) error {
	entries, err := fs.ReadDir(g.fsys, path.Join(g.folder, at))
	if err != nil {
		return err
	}
	var files, folders []string
	for _, e := range entries {
		name := path.Join(at, e.Name())
		info, err := fs.Stat(g.fsys, path.Join(g.folder, name))
		if err != nil {
			return refused(Cookiecutter, name, "a link that leads nowhere, or out of the template")
		}
		switch {
		case e.Type()&fs.ModeSymlink != 0 && info.IsDir():
			return refused(Cookiecutter, name, "a link to a folder")
		case info.IsDir():
			folders = append(folders, name)
		default:
			files = append(files, name)
		}
	}
	var below []string
	for _, name := range folders {
		to, err := g.text(name, name, g.vars)
		if err != nil {
			return err
		}
		if g.copied(name) {
			if err := g.copyFolder(name, to.Text); err != nil {
				return err
			}
			continue
		}
		clean := strings.Trim(path.Clean("/"+to.Text), "/")
		if from, there := g.made[clean]; there {
			return invalid(name, "the folder becomes %q, as %s does", clean, from)
		}
		g.made[clean] = name
		below = append(below, name)
	}
	for _, name := range files {
		if err := g.file(name); err != nil {
			return err
		}
	}
	for _, name := range below {
		if err := g.folderOf(name); err != nil {
			return err
		}
	}
	return nil
}

func (g *cookieMaker) copyFolder(from, to string) error {
	root := path.Join(g.folder, from)
	return fs.WalkDir(g.fsys, root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		return g.copy(name, path.Join(to, strings.TrimPrefix(name, root+"/")), false)
	})
}

func (g *cookieMaker) copy(from, to string, drawn bool) error {
	info, err := fs.Stat(g.fsys, from)
	if err != nil {
		return refused(Cookiecutter, from, "a link that leads nowhere, or out of the template")
	}
	data, err := g.read(from, g.limits.Bytes)
	if err != nil {
		return err
	}
	return g.add(to, from, modeOf(info), data, drawn)
}

func (g *cookieMaker) file(name string) error {
	if g.ctx.Err() != nil {
		return context.Cause(g.ctx)
	}
	from := path.Join(g.folder, name)
	to, err := g.text(name, name, g.vars)
	if err != nil {
		return err
	}
	if g.copied(name) {
		return g.copy(from, to.Text, to.Drawn)
	}
	if _, folder := g.made[strings.Trim(path.Clean("/"+to.Text), "/")]; folder || strings.HasSuffix(to.Text, "/") {
		return nil // the file's own name is empty
	}
	info, err := fs.Stat(g.fsys, from)
	if err != nil {
		return err
	}
	data, err := g.read(from, g.limits.Bytes)
	if err != nil {
		return err
	}
	binary, sure := isBinary(name, data)
	switch {
	case !sure:
		return refused(Cookiecutter, from, "a text with control characters: it may be binary")
	case binary:
		return g.add(to.Text, from, modeOf(info), data, to.Drawn)
	}
	out, err := g.text(from, string(data), g.vars)
	if err != nil {
		return err
	}
	text := []byte(out.Text)
	if end := g.lineEnd(data); end != "\n" {
		text = bytes.ReplaceAll(text, []byte("\n"), []byte(end))
	}
	return g.add(to.Text, from, modeOf(info), text, to.Drawn || out.Drawn)
}

// pythonChunk is how much of a file Python reads at a time, in bytes.
const pythonChunk = 8192

// lineEnd is what lines end with: as the first line of the template does. Where
// what Python had to read for that line has several ends, it is the first of \r,
// \n and \r\n among them.
func (g *cookieMaker) lineEnd(data []byte) string {
	if g.newLines != "" {
		return g.newLines
	}
	first := bytes.IndexAny(data, "\r\n")
	if first < 0 {
		return "\n"
	}
	end := min(len(data), (first/pythonChunk+1)*pythonChunk)
	if end < len(data) && data[end-1] == '\r' { // it waits for what follows
		if end--; first == end {
			end = min(len(data), end+1+pythonChunk)
		}
	}
	both := bytes.Count(data[:end], []byte("\r\n"))
	switch {
	case bytes.Count(data[:end], []byte("\r")) > both:
		return "\r"
	case bytes.Count(data[:end], []byte("\n")) > both:
		return "\n"
	}
	return "\r\n"
}
