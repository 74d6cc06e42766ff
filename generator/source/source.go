// Package source finds templates: the built-in ones, those in a directory, and
// those in git repositories, which it fetches, locks to a commit and a digest,
// and keeps in a cache.
//
// It renders nothing, ranks nothing, and runs nothing but git.
package source

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/Masterminds/semver/v3"

	"scaffold/generator"
	"scaffold/generator/fault"
	"scaffold/generator/manifest"
)

// Builtin is the source of the templates that come with scaffold.
const Builtin = "builtin"

// A Catalog is the set of templates that can be named.
type Catalog struct {
	builtin  fs.FS
	dir      string // relative references start here
	settings Settings

	mu      sync.Mutex // of done, and of the fetches that fill it
	done    map[string]doneCheckout
	gitOnce sync.Once
	git     gitProgram

	pins map[string]pin // layers that are held to one state, by source

	found *index // what the named sources hold, once it was read
}

// Settings say which sources there are beside the built-in templates, and how
// they are reached. The zero value has none and keeps nothing.
type Settings struct {
	Sources   []Named // of the configuration
	Rules     []Rule  // of the machine's policy
	Record    string  // the file of added sources and locks
	Cache     string  // the directory of what was fetched
	Offline   bool    // the cache only, no network
	Limits    Limits
	Environ   func() []string   // of the programs that are run; nil means this process's
	Warn      func(error)       // told of what is broken and left out
	Progress  func(Progress)    // told how far a slow fetch is
	Terminal  bool              // git and ssh may ask the person
	Transport http.RoundTripper // of the client for a machine without git; nil means the usual one

	Format string // of a template that is one of several tools; see [Catalog.Load]

	withoutGit bool // as on a machine that has none
}

func (s Settings) environ() []string {
	if s.Environ == nil {
		return os.Environ()
	}
	return slices.Clone(s.Environ())
}

// New returns a catalogue over the built-in templates, one a folder of builtin.
// Directory references are relative to dir.
func New(builtin fs.FS, dir string) *Catalog {
	return &Catalog{builtin: builtin, dir: dir, done: map[string]doneCheckout{}}
}

// With gives a catalogue of the same templates with settings.
func (c *Catalog) With(s Settings) *Catalog {
	other := New(c.builtin, c.dir)
	other.settings = s
	return other
}

func (c *Catalog) warn(err error) {
	if c.settings.Warn != nil {
		c.settings.Warn(err)
	}
}

// List gives every named template: the built-in ones, then those of the named
// sources, each sorted by name. A template of a source that is broken is warned
// of and left out.
func (c *Catalog) List(ctx context.Context) ([]manifest.Listed, error) {
	builtins, err := c.names()
	if err != nil {
		return nil, err
	}
	var entries []manifest.Listed
	for _, name := range builtins {
		t, err := c.builtinTemplate(ctx, name)
		if err != nil {
			return nil, err
		}
		entries = append(entries, manifest.Listed{Name: name, Source: Builtin, Manifest: t.Manifest})
	}
	found, err := c.survey(ctx)
	if err != nil {
		return nil, err
	}
	for _, p := range found.places {
		if p.err != nil {
			continue
		}
		t, err := c.assemble(ctx, p.fsys, p.m, p.layer)
		if err != nil {
			c.warn(broken(p.source, p.folder, err))
			continue
		}
		entries = append(entries, manifest.Listed{Name: found.name(p, builtins), Source: p.source, Manifest: t.Manifest})
	}
	slices.SortStableFunc(entries[len(builtins):], func(a, b manifest.Listed) int { return strings.Compare(a.Name, b.Name) })
	return entries, nil
}

// builtinTemplate is one that comes with scaffold, whatever the policy says of
// its use.
func (c *Catalog) builtinTemplate(ctx context.Context, name string) (*generator.Template, error) {
	fsys, m, layer, err := c.open(ctx, Builtin+":"+name)
	if err != nil {
		return nil, err
	}
	return c.assemble(ctx, fsys, m, layer)
}

// Policies lists what the named sources say about the ranking, by source.
func (c *Catalog) Policies(ctx context.Context) ([]*manifest.Policy, error) {
	found, err := c.survey(ctx)
	if err != nil {
		return nil, err
	}
	builtins, err := c.names()
	return append(c.denials(found, builtins), found.policies...), err
}

// Load reads the template that ref names: NAME, builtin:NAME, SOURCE/NAME, a
// directory, or an address as [ParseReference] reads it. A chain of overlays
// arrives as one template. It is read once: what changes on the disk afterwards
// changes nothing in it, and the digests of its layers are of what is in it. It
// may be of another tool's format: of which one, where its files are of several,
// the settings say.
func (c *Catalog) Load(ctx context.Context, ref string) (*generator.Template, error) {
	fsys, m, layer, err := c.open(ctx, ref)
	if err != nil {
		return nil, err
	}
	t, err := c.assemble(ctx, fsys, m, layer)
	if err != nil {
		return nil, err
	}
	if err := c.checkFormat(ref, t); err != nil {
		return nil, err
	}
	if err := c.enforce(ctx, ref, t); err != nil {
		return nil, err
	}
	return t, nil
}

// assemble makes a whole template of one layer and what it stands on.
func (c *Catalog) assemble(ctx context.Context, fsys fs.FS, m *manifest.Manifest, layer generator.Layer) (*generator.Template, error) {
	layer, err := identify(fsys, m, layer)
	if err != nil {
		return nil, err
	}
	if m.Extends != nil {
		return c.flatten(ctx, fsys, m, layer)
	}
	return &generator.Template{FS: fsys, Manifest: m, Layers: []generator.Layer{layer}, Migrations: migrations(m)}, nil
}

// open reads one layer: the template that ref names, without what it stands on.
func (c *Catalog) open(ctx context.Context, ref string) (fs.FS, *manifest.Manifest, generator.Layer, error) {
	fsys, layer, err := c.locate(ctx, ref)
	if err == nil && isLocal(layer.Source) { // built-in ones and checkouts cannot change
		fsys, layer.SHA256, err = take(fsys, leftovers)
		err = unread(layer, err)
	} else {
		fsys = prune(fsys, leftovers)
	}
	if err != nil {
		return nil, nil, generator.Layer{}, err
	}
	m, err := c.readAny(fsys, ref, &layer)
	if err != nil {
		return nil, nil, generator.Layer{}, err
	}
	if len(m.Ignore) > 0 {
		fsys, layer.SHA256 = prune(fsys, m.Ignore), "" // the digest is of what is part of it
	}
	if layer, err = identify(fsys, m, layer); err == nil {
		err = checkPointers(fsys, layer.Source)
	}
	return fsys, m, layer, cmp.Or(err, c.stays(layer))
}

// identify fills in what a layer's own directory says.
func identify(fsys fs.FS, m *manifest.Manifest, layer generator.Layer) (generator.Layer, error) {
	layer.Name, layer.Version = m.Name, m.Version
	if strings.HasPrefix(layer.Source, Builtin+":") {
		layer.Ref = m.Version
	}
	var err error
	if layer.SHA256 == "" {
		layer.SHA256, err = Digest(fsys)
	}
	return layer, unread(layer, err)
}

// unread names the file of a layer that cannot be read.
func unread(layer generator.Layer, err error) error {
	if failed, ok := errors.AsType[*fs.PathError](err); ok {
		return unreadable(layer.Source, fmt.Errorf("%s: %w", failed.Path, failed.Err))
	}
	return err
}

// locate finds the directory of a template.
func (c *Catalog) locate(ctx context.Context, ref string) (fs.FS, generator.Layer, error) {
	if err := ctx.Err(); err != nil {
		return nil, generator.Layer{}, err
	}
	name, named := strings.CutPrefix(ref, Builtin+":")
	builtins, err := c.names()
	if err != nil {
		return nil, generator.Layer{}, err
	}
	switch {
	case c.pins[Builtin+":"+name].fsys != nil:
		return c.pins[Builtin+":"+name].fsys, generator.Layer{Source: Builtin + ":" + name}, nil
	case slices.Contains(builtins, name):
		fsys, err := fs.Sub(c.builtin, name)
		return fsys, generator.Layer{Source: Builtin + ":" + name}, err
	case named:
		return nil, generator.Layer{}, unknown(ref, builtins)
	case IsAddress(ref):
		return c.locateRemote(ctx, ref)
	default:
		return c.locateNamed(ctx, ref, builtins)
	}
}

func (c *Catalog) locateRemote(ctx context.Context, text string) (fs.FS, generator.Layer, error) {
	ref, err := ParseReference(text)
	if err != nil {
		return nil, generator.Layer{}, err
	}
	if held, is := c.pins[ref.Place()]; is {
		return c.locateHeld(ctx, held, ref.Ref)
	}
	got, err := c.checkout(ctx, ref, Named{}, asking)
	return got.fsys, layerOf(ref, got.lock), err
}

// locateNamed looks in the named sources, then takes the reference for a
// directory. For a template that is about to be used, the server is asked
// whether its tag has moved.
func (c *Catalog) locateNamed(ctx context.Context, ref string, builtins []string) (fs.FS, generator.Layer, error) {
	sources, err := c.Sources()
	if err != nil {
		return nil, generator.Layer{}, err
	}
	first, _, _ := strings.Cut(ref, "/")
	i := slices.IndexFunc(sources, func(n Named) bool { return n.Name == first })
	if i < 0 && isPath(ref) {
		return c.locateDir(ref)
	}
	found, err := c.survey(ctx)
	if err != nil {
		return nil, generator.Layer{}, err
	}
	p, ok, err := found.find(ref, builtins)
	switch {
	case err != nil:
		return nil, generator.Layer{}, err
	case !ok:
		return nil, generator.Layer{}, found.missing(ref, builtins)
	}
	if held, is := c.pins[p.layer.Source]; is && IsAddress(p.layer.Source) {
		return c.locateHeld(ctx, held, "")
	}
	i = slices.IndexFunc(sources, func(n Named) bool { return n.Name == p.source })
	if _, _, err := c.root(ctx, sources[i], asking); err != nil {
		return nil, generator.Layer{}, err
	}
	return p.fsys, p.layer, nil
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
	if errors.Is(err, fs.ErrNotExist) {
		err = errors.New("there is no such directory, and no source of that name")
	}
	if err != nil {
		return nil, generator.Layer{}, unreadable(ref, err)
	}
	return rooted(root), generator.Layer{Source: filepath.ToSlash(dir)}, nil
}

// readManifest reads and checks a template's manifest; where names the template
// in errors.
func readManifest(fsys fs.FS, where string) (*manifest.Manifest, error) {
	info, err := fs.Stat(fsys, manifest.FileName) // before opening: a FIFO would wait for a writer
	if errors.Is(err, fs.ErrNotExist) {
		err = otherName(fsys)
	} else if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is not a regular file", manifest.FileName)
	}
	if wrong := fault.Of(err); wrong != nil {
		wrong.Place.File = where + "/" + wrong.Place.File
		return nil, wrong
	}
	if err != nil {
		return nil, unreadable(where, err)
	}
	f, err := fsys.Open(manifest.FileName)
	if err != nil {
		return nil, unreadable(where, err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, 2<<20))
	if err != nil {
		return nil, unreadable(where, err)
	}
	m, err := manifest.Parse(data)
	if problems := (manifest.Problems)(nil); errors.As(err, &problems) {
		for _, p := range problems {
			p.Place.File = where + "/" + p.Place.File
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
		return unfit(where, m)
	}
	return nil
}

// Digest identifies a template's directory: "sha256:" and the hash over each
// regular file's path and content, and each link's target, in path order. A
// .git at its root is left out, as are all leftovers where it is a template's.
func Digest(fsys fs.FS) (string, error) {
	return digest(fsys, func(name string) ([sha256.Size]byte, error) {
		data, err := fs.ReadFile(fsys, name)
		return sha256.Sum256(data), err
	})
}

// digest is [Digest] with the hash of each regular file.
func digest(fsys fs.FS, sum func(name string) ([sha256.Size]byte, error)) (string, error) {
	h := sha256.New()
	err := fs.WalkDir(fsys, ".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case path == ".git": // git's own, where a template is the root of a work tree
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		case d.Type()&fs.ModeSymlink != 0:
			target, err := fs.ReadLink(fsys, path)
			fmt.Fprintf(h, "link\x00%s\x00%s\n", path, target)
			return err
		case !d.Type().IsRegular():
			return nil // render names and refuses special files
		}
		content, err := sum(path)
		fmt.Fprintf(h, "file\x00%s\x00%x\n", path, content)
		return err
	})
	return "sha256:" + hex.EncodeToString(h.Sum(nil)), err
}
