package source

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"scaffold/generator/fault"
	"scaffold/generator/manifest"
)

// Whole lists the templates that a reference stands for: itself, or each of a
// directory or a named source that holds several. Each can be given to
// [Catalog.Load], which says what is wrong with one that cannot be read.
func (c *Catalog) Whole(ctx context.Context, ref string) ([]string, error) {
	if named, err := c.Sources(); err != nil {
		return nil, err
	} else if slices.ContainsFunc(named, func(n Named) bool { return n.Name == ref }) {
		return c.wholeSource(ctx, ref)
	}
	folders, err := c.folders(ref)
	if err != nil || folders == nil {
		return []string{ref}, err
	}
	var refs []string
	for _, f := range folders {
		refs = append(refs, strings.TrimRight(ref, "/")+"/"+f)
	}
	return refs, nil
}

// Beside gives a catalogue that knows one more source. It keeps no locks: what the
// source's ref names now is used.
func (c *Catalog) Beside(n Named) (*Catalog, error) {
	known, err := c.Sources()
	if err != nil {
		return nil, err
	}
	s := c.settings
	s.Sources = append(slices.DeleteFunc(known, func(k Named) bool { return k.Name == n.Name }), n)
	s.Record = ""
	return c.With(s), nil
}

func (c *Catalog) wholeSource(ctx context.Context, name string) ([]string, error) {
	found, err := c.survey(ctx)
	if err != nil {
		return nil, err
	}
	var refs []string
	for _, p := range found.places {
		switch {
		case p.source != name:
		case p.err != nil && p.folder != "":
			refs = append(refs, name+"/"+p.folder)
		case p.err != nil:
			refs = append(refs, name)
		default:
			refs = append(refs, name+"/"+p.m.Name)
		}
	}
	return refs, nil
}

// folders are the templates of a directory that is none itself; nil where the
// reference is something else.
func (c *Catalog) folders(ref string) ([]string, error) {
	dir := ref
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(c.dir, dir)
	}
	fsys, _, err := c.locateDir(dir)
	if err != nil {
		return nil, nil // a name, an address, or what Load says is not there
	}
	if holdsTemplate(fsys) {
		return nil, nil
	}
	entries, err := fs.ReadDir(fsys, ".")
	if err != nil {
		return nil, err
	}
	var found []string
	for _, e := range entries {
		folder, err := fs.Sub(fsys, e.Name())
		if err == nil && !strings.HasPrefix(e.Name(), ".") && holdsTemplate(folder) {
			found = append(found, e.Name())
		}
	}
	return found, nil
}

// CheckPolicyOf holds the policy of a directory of templates against what there
// is; nil where it has none.
func (c *Catalog) CheckPolicyOf(ctx context.Context, dir string) error {
	fsys, layer, err := c.locateDir(dir)
	if err != nil {
		return nil // no directory has no policy
	}
	policy, err := readPolicy(strings.TrimRight(dir, "/"), fsys)
	if err != nil || policy == nil {
		return err
	}
	n := Named{Name: filepath.Base(layer.Source), URL: layer.Source}
	places, err := c.placesIn(n, fsys, layer)
	if err != nil {
		return err
	}
	return c.checkPolicy(ctx, n, policy, places)
}

// otherName is the error for a directory without a manifest, or with one of another name.
func otherName(fsys fs.FS) error {
	for _, name := range []string{"template.yml", "Template.yaml", "scaffold.yaml", "template.json"} {
		if _, err := fs.Stat(fsys, name); err == nil {
			return fault.New(fault.Template, "there is %s, and no %s", name, manifest.FileName).At(name, 1, 1).Try("rename it: mv " + name + " " + manifest.FileName)
		}
	}
	return errors.New("there is no " + manifest.FileName + " in it")
}
