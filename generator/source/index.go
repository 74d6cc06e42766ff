package source

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"scaffold/generator"
	"scaffold/generator/fault"
	"scaffold/generator/manifest"
)

// PolicyFile is what a source may say about the ranking, at its root.
const PolicyFile = "policy.yaml"

// A place is one template of a named source, or what is wrong with it.
type place struct {
	source string
	folder string // "" is the root of the source
	fsys   fs.FS
	layer  generator.Layer
	m      *manifest.Manifest
	err    error // the template, or with m nil and folder "" the source, is broken
}

// An index is what the named sources hold.
type index struct {
	places   []place
	policies []*manifest.Policy
}

// Sources lists the named sources by name.
func (c *Catalog) Sources() ([]Named, error) {
	rec, err := c.settings.record().Read()
	if err != nil {
		return nil, err
	}
	return rec.named(c.settings.Sources), nil
}

// survey reads every named source, once. What is broken is warned of and left
// out: it must not keep anyone from the other templates.
func (c *Catalog) survey(ctx context.Context) (*index, error) {
	if c.found != nil {
		return c.found, nil
	}
	sources, err := c.Sources()
	if err != nil {
		return nil, err
	}
	found := &index{}
	for _, n := range sources {
		places, policy, err := c.read(ctx, n, trusting)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			places = append(places, place{source: n.Name, err: err})
		}
		if policy != nil {
			found.policies = append(found.policies, policy)
		}
		found.places = append(found.places, places...)
	}
	builtins, err := c.names()
	if err != nil {
		return nil, err
	}
	found.refuse(builtins)
	for _, p := range found.places {
		if p.err != nil {
			c.warn(broken(p.source, p.folder, p.err))
		}
	}
	c.found = found
	return found, nil
}

// refuse takes out the policies that do not hold together, and notes why.
func (x *index) refuse(builtins []string) {
	x.policies = slices.DeleteFunc(x.policies, func(p *manifest.Policy) bool {
		err := x.check(p, builtins)
		if err != nil {
			x.places = append(x.places, place{source: p.Source, err: err})
		}
		return err != nil
	})
}

// check holds a policy's names against the templates and signals that there are.
func (x *index) check(p *manifest.Policy, builtins []string) error {
	var templates, signals []string
	for _, name := range builtins {
		templates = append(templates, name, Builtin+":"+name)
	}
	for _, group := range manifest.SignalGroups() {
		for _, v := range group.Values {
			signals = append(signals, group.Name+":"+v.Value)
		}
	}
	for _, at := range x.places {
		if at.m == nil {
			if at.err != nil && at.folder == "" && !fault.Is(at.err, fault.Template) {
				return nil // what it names may be in a source that cannot be read
			}
			continue
		}
		templates = append(templates, at.source+"/"+at.m.Name, x.name(at, builtins))
		for _, s := range at.m.Signals {
			signals = append(signals, s.ID)
		}
	}
	return p.Check(templates, signals)
}

// read gives the templates of a source and its policy. An error is the source's
// own, or its policy's; a broken template has its own.
func (c *Catalog) read(ctx context.Context, n Named, how care) ([]place, *manifest.Policy, error) {
	fsys, layer, err := c.root(ctx, n, how)
	if err != nil {
		return nil, nil, err
	}
	places, err := c.placesIn(n, fsys, layer)
	if err != nil {
		return nil, nil, err
	}
	policy, err := readPolicy(n.Name, fsys)
	if err == nil && policy == nil && len(places) == 0 {
		err = unreadable(n.Name, fmt.Errorf("there is no %s at its root or in a folder of it", manifest.FileName))
	}
	return places, policy, err
}

// root opens a source.
func (c *Catalog) root(ctx context.Context, n Named, how care) (fs.FS, generator.Layer, error) {
	if !IsAddress(n.URL) {
		return c.locateDir(n.URL)
	}
	ref, err := n.reference()
	if err != nil {
		return nil, generator.Layer{}, err
	}
	got, err := c.checkout(ctx, ref, n, how)
	return got.fsys, layerOf(ref, got.lock), err
}

func layerOf(ref Reference, lock Lock) generator.Layer {
	return generator.Layer{Source: ref.Place(), Ref: ref.Ref, Commit: lock.Commit}
}

// reference is the source's address with its ref.
func (n Named) reference() (Reference, error) {
	ref, err := ParseReference(n.URL)
	if err != nil || n.Ref == "" {
		return ref, err
	}
	if ref.Ref != "" && ref.Ref != n.Ref {
		return ref, malformed(redact(n.URL), "has a ref, and another one stands beside it", "keep one of the two")
	}
	if problem := refFault(n.Ref); problem != "" {
		return ref, malformed(redact(n.URL), "has the ref "+problem, "name a tag, a branch or a commit: --ref v1.0.0")
	}
	ref.Ref = n.Ref
	return ref, nil
}

// placesIn finds the templates of a source: the one at its root, or those in
// its first-level folders.
func (c *Catalog) placesIn(n Named, fsys fs.FS, layer generator.Layer) ([]place, error) {
	if holdsTemplate(fsys) {
		return []place{c.placeIn(n, fsys, layer, "")}, nil
	}
	entries, err := fs.ReadDir(fsys, ".")
	if err != nil {
		return nil, unreadable(n.Name, err)
	}
	var places []place
	for _, e := range entries {
		if !e.IsDir() || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		if folder, err := fs.Sub(fsys, e.Name()); err == nil && holdsTemplate(folder) {
			places = append(places, c.placeIn(n, fsys, layer, e.Name()))
		}
	}
	return places, nil
}

func (c *Catalog) placeIn(n Named, fsys fs.FS, layer generator.Layer, folder string) place {
	p := place{source: n.Name, folder: folder, fsys: fsys, layer: layer}
	where := n.Name
	if folder != "" {
		where += "/" + folder
		if p.fsys, p.err = fs.Sub(fsys, folder); p.err != nil {
			return p
		}
		p.layer.Source = below(layer.Source, folder)
	}
	p.fsys = prune(p.fsys, leftovers)
	if p.m, p.err = c.readAny(p.fsys, where, &p.layer); p.err == nil {
		p.fsys = prune(p.fsys, p.m.Ignore)
	}
	return p
}

// below is the source of a folder: of a repository's address, or of a directory.
func below(source, folder string) string {
	if strings.HasPrefix(source, "git+") {
		if strings.Contains(source, "#") {
			return source + "/" + folder
		}
		return source + "#" + folder
	}
	return source + "/" + folder
}

// readPolicy gives a source's policy, or nil where it has none.
func readPolicy(name string, fsys fs.FS) (*manifest.Policy, error) {
	data, err := fs.ReadFile(fsys, PolicyFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, unreadable(name, err)
	}
	policy, err := manifest.ParsePolicy(name+"/"+PolicyFile, data)
	if err == nil {
		policy.Source = name
	}
	return policy, err
}

// named is what the templates of sources are called: NAME, or SOURCE/NAME where
// two share it. A built-in one keeps its name.
func (x *index) name(p place, builtins []string) string {
	shared := slices.Contains(builtins, p.m.Name)
	for _, q := range x.places {
		shared = shared || q.m != nil && q.m.Name == p.m.Name && (q.source != p.source || q.folder != p.folder)
	}
	if shared {
		return p.source + "/" + p.m.Name
	}
	return p.m.Name
}

// find looks a template up by NAME or SOURCE/NAME. Of two that share a name,
// neither is found by it alone.
func (x *index) find(ref string, builtins []string) (place, bool, error) {
	for _, p := range x.places {
		if p.m != nil && (x.name(p, builtins) == ref || p.source+"/"+p.m.Name == ref) {
			return p, true, p.err
		}
	}
	for _, p := range x.places { // a broken one is known by its folder, or by its source
		if p.err != nil && (p.source+"/"+p.folder == ref || p.folder == "" && (ref == p.source || strings.HasPrefix(ref, p.source+"/"))) {
			return p, true, broken(p.source, p.folder, p.err)
		}
	}
	return place{}, false, nil
}

// missing is a name that was not found: where a source could not be read the
// template may be in that one.
func (x *index) missing(ref string, builtins []string) error {
	for _, p := range x.places {
		if p.m == nil && p.folder == "" && p.err != nil && !fault.Is(p.err, fault.Template) {
			f := fault.As(fault.KindOf(p.err), broken(p.source, "", p.err))
			f.Message = fmt.Sprintf("no template is called %q in what can be read; %s", ref, f.Message)
			return f
		}
	}
	return unknown(ref, slices.Concat(builtins, x.names(builtins)))
}

// names lists how the templates of sources may be asked for.
func (x *index) names(builtins []string) []string {
	var out []string
	for _, p := range x.places {
		if p.m != nil && p.err == nil {
			out = append(out, x.name(p, builtins))
		}
	}
	return out
}

// absolute is a directory as it is kept: a source must not depend on where a
// command runs.
func (c *Catalog) absolute(dir string) (string, error) {
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(c.dir, dir)
	}
	info, err := os.Stat(dir)
	if err != nil || !info.IsDir() {
		return "", unreadable(dir, errors.Join(err, errors.New("it is not a directory")))
	}
	return filepath.Clean(dir), nil
}
