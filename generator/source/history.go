package source

import (
	"context"
	"fmt"
	"io/fs"
	"strings"

	"github.com/Masterminds/semver/v3"

	"scaffold/generator"
	"scaffold/generator/fault"
	"scaffold/generator/manifest"
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
	old := c.With(c.settings)
	old.pins = map[string]fs.FS{}
	for _, l := range layers {
		name, builtin := strings.CutPrefix(l.Source, Builtin+":")
		if !builtin {
			continue
		}
		if now, err := c.Load(ctx, l.Source); err == nil && now.Top().SHA256 == l.SHA256 {
			continue
		}
		packed, err := c.release(name, l.Version)
		if err != nil {
			return nil, err
		}
		old.pins[name] = packed
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

// Next is the reference of what an update of a layer takes: the newest version,
// or the one that to names. A version tag goes to the highest, a branch to its
// head, a directory is what is there now.
func (c *Catalog) Next(ctx context.Context, l generator.Layer, to string) (string, error) {
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
	if c.pins == nil {
		c.pins = map[string]fs.FS{}
	}
	c.pins[name] = fsys
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
