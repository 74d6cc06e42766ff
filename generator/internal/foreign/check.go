package foreign

import (
	"context"
	"io/fs"
	"path"
	"strings"
	"unicode/utf8"

	"scaffold/generator/internal/jinja"
)

// inspect parses each name and each text below a folder. wanted says what is a
// text of the language.
func (b *base) inspect(ctx context.Context, env *jinja.Environment, tool, folder string, wanted func(name string, data []byte) bool) []error {
	var found []error
	add := func(name, text string) {
		t, err := env.Parse(name, text)
		if err != nil {
			found = append(found, explain(err, tool))
			return
		}
		for _, doubt := range t.Doubts() {
			found = append(found, explain(doubt, tool))
		}
	}
	err := fs.WalkDir(b.fsys, folder, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		case name == ".git":
			return fs.SkipDir
		case name != ".":
			add(name, path.Base(name))
		}
		if !d.Type().IsRegular() {
			return nil
		}
		data, err := b.read(name, 64<<20)
		if err == nil && utf8.Valid(data) && wanted(name, data) {
			add(name, string(data))
		}
		return err
	})
	if err != nil {
		found = append(found, err)
	}
	return found
}

// Check reads every text of the template and of its hooks.
func (c *cookie) Check(ctx context.Context) []error {
	raw, _ := c.values.Get("_copy_without_render")
	patterns := texts(raw)
	found := c.inspect(ctx, c.env, Cookiecutter, c.folder, func(name string, data []byte) bool {
		below := strings.TrimPrefix(name, c.folder+"/")
		for _, p := range patterns {
			for at := below; at != "."; at = path.Dir(at) {
				if fnmatch(p, at) {
					return false
				}
			}
		}
		binary, _ := isBinary(name, data)
		return !binary
	})
	for _, h := range c.hooks {
		text, err := c.config(h.file)
		if err == nil {
			_, err = c.env.Parse(h.file, text)
		}
		if err != nil {
			found = append(found, explain(err, Cookiecutter))
		}
	}
	return found
}

// Check reads every text of the template.
func (c *copied) Check(ctx context.Context) []error {
	root := "."
	if v, ok := c.config.Get("subdirectory"); ok {
		if text, _ := v.(string); !strings.Contains(text, "{") && fs.ValidPath(path.Clean(text)) {
			root = path.Clean(text)
		}
	}
	return c.inspect(ctx, c.env, Copier, root, func(name string, _ []byte) bool { return strings.HasSuffix(path.Base(name), c.suffix) })
}
