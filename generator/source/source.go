// Package source finds templates: the built-in ones and those in a directory.
// It reads them whole and identifies them by digest.
//
// It renders nothing and ranks nothing.
package source

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"

	"scaffold/generator"
	"scaffold/generator/manifest"
	"scaffold/generator/nearest"
)

// Builtin is the source of the templates that come with scaffold.
const Builtin = "builtin"

// A Catalog is the set of templates that can be named.
type Catalog struct {
	builtin fs.FS
	dir     string // relative references start here
}

// New returns a catalogue over the built-in templates, one a folder of builtin.
// Directory references are relative to dir.
func New(builtin fs.FS, dir string) *Catalog { return &Catalog{builtin: builtin, dir: dir} }

// An Entry is one template of the catalogue.
type Entry struct {
	Manifest *manifest.Manifest
	Source   string // builtin
}

// List gives every named template, sorted by name.
func (c *Catalog) List(ctx context.Context) ([]Entry, error) {
	names, err := c.names()
	if err != nil {
		return nil, err
	}
	var entries []Entry
	for _, name := range names {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		sub, err := fs.Sub(c.builtin, name)
		if err != nil {
			return nil, err
		}
		m, err := readManifest(sub, name)
		if err != nil {
			return nil, err
		}
		entries = append(entries, Entry{Manifest: m, Source: Builtin})
	}
	return entries, nil
}

// Load reads the template that ref names: NAME, builtin:NAME, or a directory.
// A chain of overlays arrives as one template.
func (c *Catalog) Load(ctx context.Context, ref string) (*generator.Template, error) {
	fsys, m, layer, err := c.open(ctx, ref)
	if err != nil {
		return nil, err
	}
	if m.Extends != nil {
		return c.flatten(ctx, fsys, m, layer)
	}
	return &generator.Template{FS: fsys, Manifest: m, Layers: []generator.Layer{layer}}, nil
}

// open reads one layer: the template that ref names, without what it stands on.
func (c *Catalog) open(ctx context.Context, ref string) (fs.FS, *manifest.Manifest, generator.Layer, error) {
	fsys, layer, err := c.locate(ctx, ref)
	if err != nil {
		return nil, nil, generator.Layer{}, err
	}
	m, err := readManifest(fsys, ref)
	if err != nil {
		return nil, nil, generator.Layer{}, err
	}
	digest, err := Digest(fsys)
	layer.Name, layer.Version, layer.SHA256 = m.Name, m.Version, digest
	if layer.Ref == "" && strings.HasPrefix(layer.Source, Builtin+":") {
		layer.Ref = m.Version
	}
	return fsys, m, layer, err
}

// locate finds the directory of a template.
func (c *Catalog) locate(ctx context.Context, ref string) (fs.FS, generator.Layer, error) {
	if err := ctx.Err(); err != nil {
		return nil, generator.Layer{}, err
	}
	name, named := strings.CutPrefix(ref, Builtin+":")
	names, err := c.names()
	if err != nil {
		return nil, generator.Layer{}, err
	}
	switch {
	case slices.Contains(names, name):
		fsys, err := fs.Sub(c.builtin, name)
		return fsys, generator.Layer{Source: Builtin + ":" + name}, err
	case named || !isPath(ref):
		return nil, generator.Layer{}, &UnknownError{Ref: ref, Known: names}
	default:
		return c.locateDir(ref)
	}
}

func (c *Catalog) names() ([]string, error) {
	paths, err := fs.Glob(c.builtin, "*/"+manifest.FileName)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(paths))
	for i, p := range paths {
		names[i] = strings.TrimSuffix(p, "/"+manifest.FileName)
	}
	return names, nil
}

// isPath reports whether a reference is meant as a directory rather than a name.
func isPath(ref string) bool {
	return ref == "." || ref == ".." || strings.ContainsAny(ref, `/\`)
}

func (c *Catalog) locateDir(ref string) (fs.FS, generator.Layer, error) {
	dir := ref
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(c.dir, dir)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, generator.Layer{}, &UnreadableError{Ref: ref, Err: err}
	}
	return root.FS(), generator.Layer{Source: filepath.ToSlash(dir)}, nil
}

// readManifest reads and checks a template's manifest; where names the template
// in errors.
func readManifest(fsys fs.FS, where string) (*manifest.Manifest, error) {
	f, err := fsys.Open(manifest.FileName)
	if err != nil {
		return nil, &UnreadableError{Ref: where, Err: err}
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return nil, &UnreadableError{Ref: where, Err: fmt.Errorf("%s is not a regular file", manifest.FileName)}
	}
	data, err := io.ReadAll(io.LimitReader(f, 2<<20))
	if err != nil {
		return nil, &UnreadableError{Ref: where, Err: err}
	}
	m, err := manifest.Parse(data)
	if problems := (manifest.Problems)(nil); errors.As(err, &problems) {
		for _, p := range problems {
			p.File = where + "/" + p.File
		}
	}
	if err != nil {
		return nil, err
	}
	return m, checkVersion(m, where)
}

func checkVersion(m *manifest.Manifest, where string) error {
	if m.Requires.Scaffold == "" {
		return nil
	}
	want, err := semver.NewConstraint(m.Requires.Scaffold)
	if err != nil {
		return err
	}
	if !want.Check(semver.MustParse(generator.Version)) {
		return &VersionError{Template: where, Wants: m.Requires.Scaffold}
	}
	return nil
}

// Digest identifies a template's directory: "sha256:" and the hash over each
// regular file's path and content, and each link's target, in path order.
func Digest(fsys fs.FS) (string, error) {
	h := sha256.New()
	err := fs.WalkDir(fsys, ".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.Type()&fs.ModeSymlink != 0:
			target, err := fs.ReadLink(fsys, path)
			fmt.Fprintf(h, "link\x00%s\x00%s\n", path, target)
			return err
		case !d.Type().IsRegular():
			return nil // render names and refuses special files
		}
		data, err := fs.ReadFile(fsys, path)
		fmt.Fprintf(h, "file\x00%s\x00%x\n", path, sha256.Sum256(data))
		return err
	})
	return "sha256:" + hex.EncodeToString(h.Sum(nil)), err
}

// An UnknownError reports a template name that is not in the catalogue.
type UnknownError struct {
	Ref   string
	Known []string
}

func (e *UnknownError) Error() string { return fmt.Sprintf("no template is called %q", e.Ref) }

// Hint names the nearest template, or how to name a directory.
func (e *UnknownError) Hint() string {
	if c, ok := nearest.Of(e.Ref, e.Known); ok {
		return "did you mean " + c + "?"
	}
	return "templates: " + strings.Join(e.Known, ", ") + "; a directory is written ./" + filepath.Base(e.Ref)
}

// ExitCode is 2: usage.
func (e *UnknownError) ExitCode() int { return 2 }

// An UnreadableError reports a template that could not be read.
type UnreadableError struct {
	Ref string
	Err error
}

func (e *UnreadableError) Error() string { return fmt.Sprintf("template %s: %v", e.Ref, e.Err) }
func (e *UnreadableError) Unwrap() error { return e.Err }

// Hint says what a template is.
func (e *UnreadableError) Hint() string {
	return "a template is a directory with a " + manifest.FileName + " and files/"
}

// ExitCode is 6: the source cannot be read.
func (e *UnreadableError) ExitCode() int { return 6 }

// A VersionError reports a template made for another version of scaffold.
type VersionError struct{ Template, Wants string }

func (e *VersionError) Error() string {
	return fmt.Sprintf("template %s needs scaffold %s; this is %s", e.Template, e.Wants, generator.Version)
}

// Hint says what to do.
func (e *VersionError) Hint() string { return "install a scaffold in that range" }

// ExitCode is 3: the template is not for this scaffold.
func (e *VersionError) ExitCode() int { return 3 }

// An UnsupportedError reports a part of the format that this version knows and
// does not act on.
type UnsupportedError struct{ File, What string }

func (e *UnsupportedError) Error() string { return e.What + " is not supported by this version" }

// At is the manifest.
func (e *UnsupportedError) At() (string, int, int) { return e.File, 0, 0 }

// ExitCode is 3: the template cannot be used.
func (e *UnsupportedError) ExitCode() int { return 3 }
