package generator

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"scaffold/generator/fault"
	"scaffold/generator/internal/patch"
	"scaffold/generator/internal/render"
	"scaffold/generator/internal/tree"
	"scaffold/generator/manifest"
)

// An Overlay is what one template of a chain does to the files that those below
// it generate.
type Overlay struct {
	Layer    int                // its place in the template's layers
	File     string             // its template.yaml, as errors name it
	Manifest *manifest.Manifest // its own, not laid over its base
	Beneath  map[string]Beneath // what its changes rest on, by path below the template's directory
}

// Beneath is a file of a lower layer that an overlay replaces or patches.
type Beneath struct {
	Does   string // replaces or patches
	SHA256 string // hex, of what the layers below make it from
}

// A layered file is a generated one and the layer that gave it.
type layered struct {
	tree.File
	gave int
}

// An overlaying does what the overlays of a template say to its rendered files.
type overlaying struct {
	*Template
	texts   *render.Texts
	files   []layered
	removed map[string]string // the overlay that removed a path
	cover   *render.Coverage  // nil: not asked for
}

// overlay gives the part's files as the overlays leave them, each with the layer
// that gave or last patched it.
func (g *Generator) overlay(ctx context.Context, part Part, files tree.Tree, cover *render.Coverage) (tree.Tree, error) {
	t := part.Template
	files = files.Each(func(f *tree.File) { f.Layer = t.Layers[t.Origins.Shown(f.Source)].Name })
	if len(t.Overlays) == 0 {
		return files, nil
	}
	o := &overlaying{Template: t, removed: map[string]string{}, cover: cover}
	for _, f := range files.Files() {
		o.files = append(o.files, layered{f, t.Origins.Shown(f.Source)})
	}
	var err error
	if o.texts, err = render.NewTexts(ctx, t.source(), part.Answers.Vars, g.opts.Limits); err != nil {
		return tree.Tree{}, err
	}
	for _, over := range t.Overlays {
		if err := o.apply(over); err != nil {
			return tree.Tree{}, err
		}
	}
	out := make([]tree.File, len(o.files))
	for i, f := range o.files {
		out[i] = f.File
	}
	return tree.New(out...)
}

func (o *overlaying) apply(over Overlay) error {
	for i, glob := range over.Manifest.Remove {
		if err := o.remove(over, glob, i); err != nil {
			return err
		}
	}
	for i, p := range over.Manifest.Patch {
		if err := o.patch(over, p, i); err != nil {
			return err
		}
	}
	return nil
}

// remove drops the files of lower layers that the glob matches. None is no
// error here: a condition may have left them out of this project.
func (o *overlaying) remove(over Overlay, glob string, i int) error {
	glob, err := o.texts.Fill(glob, "{{", "}}")
	if err != nil {
		return over.problem(err, "remove", i)
	}
	o.files = slices.DeleteFunc(o.files, func(f layered) bool {
		gone := f.gave < over.Layer && manifest.Match(glob, f.Path.String())
		if gone {
			o.removed[f.Path.String()] = over.Manifest.Name
		}
		return gone
	})
	return nil
}

// patch changes the files of lower layers that its glob matches. None is no error
// where the patch does not say how many it is about: a condition may have left
// them out of this project. A file that another overlay has removed is one.
func (o *overlaying) patch(over Overlay, p manifest.Patch, i int) error {
	glob, err := o.texts.Fill(p.Path, "{{", "}}")
	if err != nil {
		return over.problem(err, "patch", i, "path")
	}
	about := 0
	for at := range o.files {
		f := &o.files[at]
		if f.gave >= over.Layer || !matches(glob, f.Path.String()) || p.Header != "" && glob != f.Path.String() && !patch.HasComments(f.Path.String()) {
			continue
		}
		if err := o.patchFile(over, p, i, &f.File); err != nil {
			return err
		}
		about++
	}
	o.cover.NotePatch(over.Layer, i, about > 0)
	if by, removed := o.removed[glob]; about == 0 && removed {
		return over.problem(fmt.Errorf("%s patches %s, which %s removes", over.Manifest.Name, glob, by), "patch", i, "path")
	}
	if about < p.Min {
		return over.problem(fault.New(fault.Template, "%s is about %d files, and there are %d", glob, p.Min, about).Try("correct the path, or min"), "patch", i, "path")
	}
	return nil
}

// matches reports whether a glob, or a path that is none, names a path.
func matches(glob, path string) bool { return glob == path || manifest.Match(glob, path) }

func (o *overlaying) patchFile(over Overlay, p manifest.Patch, i int, f *tree.File) error {
	if f.Mode&fs.ModeSymlink != 0 {
		return over.problem(fmt.Errorf("%s is a link and cannot be patched", f.Path), "patch", i, "path")
	}
	was, err := f.Bytes(nil)
	if err != nil {
		return err
	}
	left, right := o.Manifest.DelimitersFor(manifest.Below(f.Source))
	c := change{path: f.Path.String(), data: bytes.Clone(was), fill: func(s string) (string, error) { return o.texts.Fill(s, left, right) }}
	where, err := c.apply(p)
	if err != nil {
		return over.problem(err, append([]any{"patch", i}, where...)...)
	}
	if p.BanLine == "" && !bytes.Equal(was, c.data) {
		f.Data, f.Aside, f.Layer = c.data, nil, over.Manifest.Name
	}
	return nil
}

// problem places an error in the overlay's template.yaml.
func (over Overlay) problem(err error, path ...any) error {
	f := fault.Of(err)
	if errors.Is(err, context.Canceled) || f != nil && f.Kind != fault.Template {
		return err
	}
	var remedy string
	if f != nil {
		remedy = f.Hint
	}
	p := over.Manifest.Problem(err.Error(), remedy, path...)
	p.Place.File = over.File
	return manifest.Problems{p}
}

// A change is one file while a patch changes it.
type change struct {
	path string
	data []byte
	fill func(string) (string, error)
}

// apply gives the key of the patch that an error is about.
func (c *change) apply(p manifest.Patch) (where []any, err error) {
	for _, s := range p.Set {
		if err := c.set(s); err != nil {
			return []any{"set", s.Key}, err
		}
	}
	for i, key := range p.Delete {
		if err := c.delete(key); err != nil {
			return []any{"delete", i}, err
		}
	}
	switch {
	case p.Before != "":
		return []any{"before"}, c.insert(p.Before, p.Text, patch.Before)
	case p.After != "":
		return []any{"after"}, c.insert(p.After, p.Text, patch.After)
	case p.Header != "":
		return []any{"header"}, c.whole(p.Header, patch.Header)
	case p.EnsureLine != "":
		return []any{"ensure-line"}, c.whole(p.EnsureLine, patch.EnsureLine)
	case p.BanLine != "":
		return []any{"ban-line"}, c.ban(p.BanLine)
	}
	return nil, nil
}

// whole makes a change that looks at the whole file.
func (c *change) whole(text string, make func(string, []byte, string) ([]byte, error)) error {
	text, err := c.fill(text)
	if err != nil {
		return err
	}
	c.data, err = make(c.path, c.data, text)
	return err
}

// ban is an error where a line matches the pattern, which holds no variables.
func (c *change) ban(pattern string) error {
	if n := patch.BannedLine(c.data, regexp.MustCompile(pattern)); n > 0 {
		return fault.New(fault.Template, "%s:%d matches ban-line %s", c.path, n, pattern).Try("replace the file, or patch the line away before this")
	}
	return nil
}

func (c *change) set(s manifest.Setting) error {
	key, err := c.key(s.Key)
	if err != nil {
		return err
	}
	value, err := c.value(s.Value)
	if err != nil {
		return err
	}
	c.data, err = patch.Set(c.path, c.data, key, value)
	return err
}

func (c *change) delete(text string) error {
	key, err := c.key(text)
	if err != nil {
		return err
	}
	c.data, err = patch.Delete(c.path, c.data, key)
	return err
}

func (c *change) insert(anchor, text string, side patch.Side) error {
	anchor, err := c.fill(anchor)
	if err != nil {
		return err
	}
	if text, err = c.fill(text); err != nil {
		return err
	}
	c.data, err = patch.Insert(c.data, anchor, text, side)
	return err
}

// key fills the steps after the path is taken apart, so that an answer with a
// dot stays one step.
func (c *change) key(text string) (patch.Key, error) {
	key, err := patch.ParseKey(text)
	for i := range key {
		if err == nil {
			key[i].Name, err = c.fill(key[i].Name)
		}
	}
	return key, err
}

// value fills every text of a value.
func (c *change) value(v any) (any, error) {
	switch v := v.(type) {
	case string:
		return c.fill(v)
	case []any:
		list := make([]any, len(v))
		for i := range v {
			var err error
			if list[i], err = c.value(v[i]); err != nil {
				return nil, err
			}
		}
		return list, nil
	case yaml.MapSlice:
		filled := make(yaml.MapSlice, len(v))
		for i, item := range v {
			value, err := c.value(item.Value)
			if err != nil {
				return nil, err
			}
			filled[i] = yaml.MapItem{Key: item.Key, Value: value}
		}
		return filled, nil
	default:
		return v, nil
	}
}

// A Deed is what one layer of a template does to a generated file.
type Deed struct {
	Layer  Layer
	Does   string // gives, replaces, patches or removes
	Source string // the file below the template's directory, or the place in template.yaml
}

// Trace lists what the layers do to a generated path, from the base. No answers
// are known: a file that a condition may leave out counts, and a field in a
// file's name stands for any text. Without a file of that path it is empty.
func (t *Template) Trace(path string) ([]Deed, error) {
	sources, err := t.sources()
	if err != nil {
		return nil, err
	}
	exact := slices.DeleteFunc(slices.Clone(sources), func(s string) bool { return strings.TrimSuffix(s, manifest.Suffix) != path })
	if len(exact) == 0 {
		exact = slices.DeleteFunc(sources, func(s string) bool { return !manifest.MayGive(s, path) })
	}
	var deeds []Deed
	for layer := range t.Layers {
		for _, s := range exact {
			deeds = append(deeds, t.gifts(layer, s)...)
		}
		for _, over := range t.Overlays {
			if over.Layer == layer && len(deeds) > 0 {
				deeds = append(deeds, t.deeds(over, path, exact)...)
			}
		}
	}
	return deeds, nil
}

// sources lists the template's files below files/, sorted.
func (t *Template) sources() ([]string, error) {
	var list []string
	err := fs.WalkDir(t.FS, manifest.FilesDir, func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			list = append(list, manifest.Below(name))
		}
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return list, err
}

func (t *Template) gifts(layer int, source string) []Deed {
	name := manifest.FilesDir + "/" + source
	layers := t.Origins[name]
	if t.Origins == nil {
		layers = []int{0}
	}
	at := slices.Index(layers, layer)
	if at < 0 {
		return nil
	}
	return []Deed{{Layer: t.Layers[layer], Does: []string{"gives", "replaces"}[min(at, 1)], Source: name}}
}

// deeds are the removals and patches of an overlay that name the path, or the
// source of it.
func (t *Template) deeds(over Overlay, path string, sources []string) []Deed {
	names := map[string]bool{path: true}
	for _, s := range sources {
		names[strings.TrimSuffix(s, manifest.Suffix)] = true
	}
	matches := func(named string) bool {
		return slices.ContainsFunc(slices.Collect(maps.Keys(names)), func(n string) bool { return n == named || manifest.Match(named, n) })
	}
	var deeds []Deed
	add := func(does string, at ...any) {
		p := over.Manifest.Problem("", "", at...)
		deeds = append(deeds, Deed{t.Layers[over.Layer], does, fmt.Sprintf("%s:%d", manifest.FileName, p.Place.Line)})
	}
	for i, r := range over.Manifest.Remove {
		if matches(r) {
			add("removes", "remove", i)
		}
	}
	for i, p := range over.Manifest.Patch {
		if matches(p.Path) {
			add("patches", "patch", i, "path")
		}
	}
	return deeds
}
