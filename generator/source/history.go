package source

import (
	"context"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"

	"scaffold/generator"
	"scaffold/generator/fault"
	"scaffold/generator/manifest"
	"scaffold/generator/nearest"
)

// releases is the folder of the built-in templates' older versions.
const releases = "releases"

// ReleaseFile is where a released version of a built-in template is kept, below
// the built-in templates.
func ReleaseFile(name, version string) string { return releases + "/" + name + "-" + version + ".zip" }

// migrations are those of one layer, or none.
func migrations(m *manifest.Manifest) []generator.Migrations {
	if len(m.Migrations) == 0 {
		return nil
	}
	return []generator.Migrations{{Layer: m.Name, List: m.Migrations}}
}

// Made gives the template that a project was made from, by its layers: every
// one has the digest that was recorded. A built-in one may be of an older
// scaffold.
func (c *Catalog) Made(ctx context.Context, layers []generator.Layer) (*generator.Template, error) {
	old := c.Of(layers)
	for _, l := range layers {
		if err := old.hold(ctx, l); err != nil {
			return nil, err
		}
	}
	top := layers[len(layers)-1]
	t, err := old.Load(ctx, top.Reference())
	if err != nil {
		return nil, err
	}
	if !sameLayers(t.Layers, layers) {
		return nil, fault.New(fault.Moved, "%s is not what this project was made from", top.Source)
	}
	return t, nil
}

// A pin holds a layer to one state of it.
type pin struct {
	generator.Layer       // without a commit, its ref is somebody's wish
	fsys            fs.FS // of a released built-in template; nil for others
}

// hold has the catalogue give a layer as it was, whatever there is now.
func (c *Catalog) hold(ctx context.Context, l generator.Layer) error {
	held := pin{Layer: l}
	if name, builtin := strings.CutPrefix(l.Source, Builtin+":"); builtin {
		if _, _, now, err := c.open(ctx, l.Source); err == nil && now.SHA256 == l.SHA256 {
			return nil
		}
		var err error
		if held.fsys, err = c.release(name, l.Version); err != nil {
			return err
		}
	}
	c.pin(held)
	return nil
}

func (c *Catalog) pin(held pin) {
	if c.pins == nil {
		c.pins = map[string]pin{}
	}
	c.pins[held.Source] = held
}

// locateHeld finds a layer of a repository as it is held. asked is the ref that
// an overlay names, which decides where it names one.
func (c *Catalog) locateHeld(ctx context.Context, held pin, asked string) (fs.FS, generator.Layer, error) {
	ref, err := ParseReference(held.Source)
	if err != nil {
		return nil, generator.Layer{}, err
	}
	if held.Commit == "" && asked != "" {
		return nil, generator.Layer{}, fault.New(fault.Usage, "--to %s: the overlay names %s of %s", held.Ref, asked, held.Name).
			Try("update the overlay: it says which version it stands on")
	}
	ref.Ref = or(held.Commit, held.Ref)
	got, err := c.checkout(ctx, ref, Named{}, asking)
	layer := layerOf(ref, got.lock)
	layer.Ref = held.Ref
	return got.fsys, layer, err
}

// stays refuses a directory that is to stay as it was, and did not.
func (c *Catalog) stays(l generator.Layer) error {
	if held, is := c.pins[l.Source]; is && isLocal(l.Source) && held.SHA256 != l.SHA256 {
		return fault.New(fault.Source, "%s is a directory that has changed, so that %s cannot stay as it was", l.Source, held.Name).
			Try("update all layers: leave --layer out")
	}
	return nil
}

func sameLayers(a, b []generator.Layer) bool {
	for i := range a {
		if len(a) != len(b) || a[i].SHA256 != b[i].SHA256 {
			return false
		}
	}
	return len(a) == len(b)
}

// release opens a released version of a built-in template.
func (c *Catalog) release(name, version string) (fs.FS, error) {
	data, err := fs.ReadFile(c.builtin, ReleaseFile(name, version))
	if err != nil {
		return nil, fault.New(fault.Source, "this scaffold has no %s %s any more", name, version)
	}
	fsys, err := openRelease(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", ReleaseFile(name, version), err)
	}
	return fsys, nil
}

// Versions lists the versions of a built-in template that can be named with
// --to: the released ones and the current one.
func (c *Catalog) Versions(name string) []string {
	paths, _ := fs.Glob(c.builtin, ReleaseFile(name, "*"))
	var versions []string
	for _, p := range paths {
		v := strings.TrimSuffix(strings.TrimPrefix(p, releases+"/"+name+"-"), ".zip")
		if _, err := semver.StrictNewVersion(v); err == nil {
			versions = append(versions, v)
		}
	}
	return versions
}

// A Move says which of a project's layers an update takes further.
type Move struct {
	Layer string // the only one that moves, by its name; "" is all of them
	To    string // the version of that layer, or of the last one; "" is the newest
}

// Next gives the reference of what an update of a chain of layers takes, and the
// catalogue in which it names that: layers that do not move are there as they
// were. A version tag goes to the highest, a branch to its head, a directory is
// what is there now; a lower layer is what the one on it extends.
func (c *Catalog) Next(ctx context.Context, layers []generator.Layer, move Move) (*Catalog, string, error) {
	next, at, top := c.Of(layers), len(layers)-1, layers[len(layers)-1]
	if move.Layer != "" {
		if at = slices.IndexFunc(layers, func(l generator.Layer) bool { return l.Name == move.Layer }); at < 0 {
			return nil, "", noLayer(move.Layer, layers)
		}
		for i, l := range layers {
			if i == at {
				continue
			}
			if err := next.hold(ctx, l); err != nil {
				return nil, "", err
			}
		}
	}
	if layers[at] != top {
		return next, top.Reference(), next.moveBase(ctx, layers[at], move.To)
	}
	ref, err := next.newest(ctx, top, move.To)
	return next, ref, err
}

func noLayer(name string, layers []generator.Layer) error {
	var names []string
	for _, l := range layers {
		names = append(names, l.Name)
	}
	return fault.New(fault.Usage, "--layer %s: the project has no such layer", name).
		Try(or(nearest.Hint(name, names), "its layers: "+strings.Join(names, ", ")))
}

// moveBase has a layer below the last one be of a version that is named.
func (c *Catalog) moveBase(ctx context.Context, l generator.Layer, to string) error {
	switch {
	case to == "":
		return nil
	case IsAddress(l.Source):
		c.pin(pin{Layer: generator.Layer{Name: l.Name, Source: l.Source, Ref: to}})
		return nil
	}
	_, err := c.newest(ctx, l, to)
	return err
}

// newest is the reference of the newest version of a layer, or of one that is
// named.
func (c *Catalog) newest(ctx context.Context, l generator.Layer, to string) (string, error) {
	if name, builtin := strings.CutPrefix(l.Source, Builtin+":"); builtin {
		return c.nextBuiltin(ctx, name, to)
	}
	if !IsAddress(l.Source) {
		if to != "" {
			return "", fault.New(fault.Usage, "--to %s: %s is a directory, which has one version", to, l.Source).Try("leave --to out: what is there now is taken")
		}
		return l.Source, nil
	}
	ref, err := ParseReference(l.Source)
	if err != nil {
		return "", err
	}
	if ref.Ref = to; to == "" {
		head, err := c.Head(ctx, l)
		if err != nil {
			return "", err
		}
		if head.Moved {
			return "", moved(l.Name, ref.String(), l.Commit, head.Commit)
		}
		ref.Ref = or(head.Newer, l.Ref)
	}
	return ref.String(), nil
}

// nextBuiltin gives the version of this scaffold, or an older one.
func (c *Catalog) nextBuiltin(ctx context.Context, name, to string) (string, error) {
	now, err := c.Load(ctx, Builtin+":"+name)
	if err != nil {
		return "", err
	}
	if to == "" || to == now.Manifest.Version {
		return Builtin + ":" + name, nil
	}
	fsys, err := c.release(name, to)
	if err != nil {
		f := fault.As(fault.Source, err)
		f.Hint = "versions of " + name + " here: " + strings.Join(append(c.Versions(name), now.Manifest.Version), ", ")
		return "", f
	}
	c.pin(pin{Layer: generator.Layer{Name: name, Source: Builtin + ":" + name}, fsys: fsys})
	return Builtin + ":" + name, nil
}

// A Head is what the source of a layer has now.
type Head struct {
	Commit string
	Newer  string // a version tag that is higher than the one in use, or ""
	Moved  bool   // a tag that named another commit when the project was made
}

// Head asks the source of a layer in a repository. Without the network it is
// what was locked.
func (c *Catalog) Head(ctx context.Context, l generator.Layer) (Head, error) {
	ref, err := ParseReference(l.Source)
	if err != nil {
		return Head{}, err
	}
	ref.Ref = l.Ref
	if c.settings.Offline {
		return Head{Commit: l.Commit}, nil
	}
	var h Head
	err = c.visit(ctx, ref, func(_ context.Context, r *remote) error {
		now, err := r.find()
		if err != nil {
			return err
		}
		h.Commit = now.commit.String()
		h.Moved = now.kind == tagKind && l.Commit != "" && h.Commit != l.Commit
		h.Newer = newer(l.Ref, r.names())
		if now.kind == commitKind {
			h.Newer = newer(l.Version, r.names())
		}
		return nil
	})
	return h, err
}
