package source

import (
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"scaffold/generator"
	"scaffold/generator/fault"
	"scaffold/generator/internal/foreign"
	"scaffold/generator/internal/late"
	"scaffold/generator/manifest"
)

// Formats are the tools whose templates are read beside scaffold's own.
func Formats() []string { return []string{foreign.Cookiecutter, foreign.Copier} }

// Format is the one that the settings name, or "".
func (c *Catalog) Format() string { return c.settings.Format }

// Of gives the catalogue in which a template is of the format that it had when a
// project was made from its layers.
func (c *Catalog) Of(layers []generator.Layer) *Catalog {
	s := c.settings
	s.Format = ""
	for _, l := range layers {
		s.Format = or(s.Format, l.Format)
	}
	return c.With(s)
}

// checkFormat refuses a format that is asked for and that no layer has.
func (c *Catalog) checkFormat(ref string, t *generator.Template) error {
	has := func(l generator.Layer) bool { return l.Format == c.settings.Format }
	if c.settings.Format == "" || slices.ContainsFunc(t.Layers, has) {
		return nil
	}
	return fault.New(fault.Template, "%s is a template of %s, and not of %s", ref, or(t.Top().Format, "scaffold"), c.settings.Format).Try("leave --format out")
}

var apiVersion = late.Pattern(`(?m)^["']?apiVersion["']?\s*:\s*["']?scaffold/`)

// holdsTemplate reports a directory that is a template, of whatever format.
func holdsTemplate(fsys fs.FS) bool {
	_, err := fs.Stat(fsys, manifest.FileName)
	return err == nil || len(foreign.Formats(fsys)) > 0
}

// formatOf is the tool that a directory's template is written for, "" for
// scaffold. A template.yaml that says so is scaffold's, whatever lies beside it.
func (c *Catalog) formatOf(fsys fs.FS) (string, error) {
	theirs := foreign.Formats(fsys)
	if len(theirs) == 0 || !slices.Contains(theirs, c.settings.Format) && isOwn(fsys) {
		return "", nil
	}
	return foreign.Detect(fsys, c.settings.Format)
}

// isOwn reports a template.yaml that names scaffold's format.
func isOwn(fsys fs.FS) bool {
	info, err := fs.Stat(fsys, manifest.FileName) // before opening: a FIFO would wait for a writer
	if err != nil || !info.Mode().IsRegular() {
		return false
	}
	f, err := fsys.Open(manifest.FileName)
	if err != nil {
		return false
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, 2<<20))
	return err == nil && apiVersion().Match(data)
}

// readAny reads a template's manifest, or makes one of the files of another tool;
// the layer is told of which.
func (c *Catalog) readAny(fsys fs.FS, where string, layer *generator.Layer) (*manifest.Manifest, error) {
	tool, err := c.formatOf(fsys)
	if err == nil && tool == "" {
		return readManifest(fsys, where)
	}
	var m *manifest.Manifest
	if err == nil {
		name := path.Base(strings.TrimSuffix(strings.ReplaceAll(layer.Source, "#", "/"), "/"))
		m, err = foreign.Open(fsys, tool, foreign.Place{Name: name, Source: layer.Source, Ref: layer.Ref, Commit: layer.Commit})
	}
	if f := fault.Of(err); f != nil && f.Place.File != "" && !strings.HasPrefix(f.Place.File, where) {
		f.Place.File = where + "/" + f.Place.File
	}
	layer.Format = tool
	return m, err
}
