package source

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"

	"scaffold/generator"
	"scaffold/generator/fault"
	"scaffold/generator/manifest"
	"scaffold/generator/nearest"
)

// maxChain is how many templates may stand on each other, the base included.
const maxChain = 8

// A link is one template of a chain.
type link struct {
	fsys  fs.FS
	m     *manifest.Manifest
	layer generator.Layer
	file  string // its template.yaml, as errors name it
}

// flatten makes one template of an overlay and all that it stands on. What an
// overlay changes and its base does not have is [manifest.Problems], with places
// in the overlay's template.yaml.
func (c *Catalog) flatten(ctx context.Context, fsys fs.FS, m *manifest.Manifest, layer generator.Layer) (*generator.Template, error) {
	chain, err := c.chain(ctx, link{fsys, m, layer, c.fileOf(layer)})
	if err != nil {
		return nil, err
	}
	base, files := chain[0], newUnion()
	if err := files.add(base.fsys); err != nil {
		return nil, unreadable(base.m.Name, err)
	}
	t := &generator.Template{Manifest: base.m, Layers: []generator.Layer{base.layer}, Migrations: migrations(base.m)}
	for _, l := range chain[1:] {
		if err := l.over(t, files); err != nil {
			return nil, l.placed(err)
		}
	}
	t.FS, t.Origins = files, files.origins()
	return t, nil
}

// over lays an overlay on the template below it.
func (l link) over(t *generator.Template, files *union) error {
	merged, err := l.m.Extend(t.Manifest)
	var problems manifest.Problems
	if err != nil && !errors.As(err, &problems) {
		return err
	}
	problems = append(problems, l.changesOfNothing(files)...)
	under, err := l.beneath(t, files)
	if err != nil {
		return unreadable(l.m.Name, err)
	}
	err = files.add(l.fsys)
	if clash := new(clashError); errors.As(err, &clash) {
		return manifest.Problems{l.m.Problem(clash.Error(), "rename the one of the overlay", "extends")}
	}
	if err != nil {
		return unreadable(l.m.Name, err)
	}
	if problems = append(problems, l.rulesForNothing(files)...); len(problems) > 0 {
		slices.SortStableFunc(problems, func(a, b *fault.Fault) int { return a.Place.Line - b.Place.Line })
		return problems
	}
	t.Manifest = merged
	t.Overlays = append(t.Overlays, generator.Overlay{Layer: len(t.Layers), File: l.file, Manifest: l.m, Beneath: under})
	t.Layers = append(t.Layers, l.layer)
	t.Migrations = append(t.Migrations, migrations(l.m)...)
	return nil
}

// placed adds the file to errors in the overlay's manifest.
func (l link) placed(err error) error {
	if problems := (manifest.Problems)(nil); errors.As(err, &problems) {
		for _, p := range problems {
			p.Place.File = l.file
		}
	}
	return err
}

// chain opens everything that an overlay stands on, and gives it from the base
// to the overlay.
func (c *Catalog) chain(ctx context.Context, top link) ([]link, error) {
	chain := []link{top}
	for over := top; over.m.Extends != nil; over = chain[len(chain)-1] {
		if len(chain) == maxChain {
			return nil, fault.New(fault.Limit, "the chain of templates below %s is too long: the limit is %d layers", top.m.Name, maxChain)
		}
		base, err := c.openBase(ctx, over)
		if err != nil {
			return nil, err
		}
		if tool := base.m.Foreign(); tool != "" {
			return nil, over.foreignBase(tool)
		}
		if i := slices.IndexFunc(chain, func(l link) bool { return l.same(base) }); i >= 0 {
			return nil, cycle(append(chain[i:], base))
		}
		chain = append(chain, base)
	}
	slices.Reverse(chain)
	return chain, nil
}

// same reports whether two links are one template at one state.
func (l link) same(o link) bool {
	return l.layer.Source == o.layer.Source && l.layer.SHA256 == o.layer.SHA256
}

// cycle is the error for templates that stand on each other; the last link is
// the first one again.
func cycle(links []link) error {
	names := make([]string, len(links))
	for i, l := range links {
		names[i] = l.m.Name
	}
	l := links[len(links)-2]
	return l.placed(manifest.Problems{l.m.Problem("the templates extend each other: "+strings.Join(names, " → "), "a chain ends in a template without extends", "extends", "template")})
}

// foreignBase is the error for an overlay on a template that another tool's own
// rules render: its files have no place here that an overlay could name.
func (l link) foreignBase(tool string) error {
	return l.placed(manifest.Problems{l.m.Problem("the base is a template of "+tool+", and an overlay stands on templates of scaffold",
		"make one of it: scaffold template import", "extends", "template")})
}

// openBase opens the template that an overlay names, in the range that it asks
// for.
func (c *Catalog) openBase(ctx context.Context, over link) (link, error) {
	extends := over.m.Extends
	ref, err := baseRef(over.layer, extends.Template)
	if err != nil {
		return link{}, over.baseError("template", err)
	}
	base := link{}
	base.fsys, base.m, base.layer, err = c.open(ctx, ref)
	switch {
	case fault.Is(err, fault.Usage, fault.Source):
		return link{}, over.baseError("template", err)
	case err != nil:
		return link{}, err
	}
	base.file = c.fileOf(base.layer)
	switch {
	case IsAddress(over.layer.Source) && isLocal(base.layer.Source):
		return link{}, over.baseError("template", fmt.Errorf("a template of a repository cannot stand on %s, a directory of this machine", extends.Template))
	case !inRange(base.m.Version, extends.Version):
		return link{}, over.baseError("version", fmt.Errorf("%s extends %s %s, and there is %s", over.m.Name, extends.Template, extends.Version, base.m.Version))
	}
	return base, nil
}

func inRange(version, wanted string) bool {
	if wanted == "" {
		return true
	}
	constraint, err := semver.NewConstraint(wanted)
	if err != nil {
		return false
	}
	v, err := semver.StrictNewVersion(version)
	return err == nil && constraint.Check(v)
}

// baseRef reads the reference of a base from where its overlay is: ./ and ../
// start at the overlay's own folder, in the same repository.
func baseRef(over generator.Layer, ref string) (string, error) {
	relative := ref == "." || ref == ".." || strings.HasPrefix(ref, "./") || strings.HasPrefix(ref, "../")
	switch {
	case !relative:
		return ref, nil
	case IsAddress(over.Source):
		r, err := ParseReference(over.Source)
		if err != nil {
			return "", err
		}
		r.Ref = over.Ref
		return r.at(ref).String(), nil
	default:
		return filepath.Join(filepath.FromSlash(over.Source), filepath.FromSlash(ref)), nil
	}
}

func isLocal(source string) bool { return filepath.IsAbs(filepath.FromSlash(source)) }

// fileOf names a layer's template.yaml for errors: a directory below the current
// one as the person would write it.
func (c *Catalog) fileOf(l generator.Layer) string {
	dir := l.Source
	if rel, err := filepath.Rel(c.dir, filepath.FromSlash(dir)); isLocal(dir) && err == nil && filepath.IsLocal(rel) {
		dir = "./" + filepath.ToSlash(rel)
	}
	return dir + "/" + manifest.FileName
}

// changesOfNothing reports what the overlay removes or patches and what is not
// below it.
func (l link) changesOfNothing(below *union) manifest.Problems {
	var problems manifest.Problems
	known := below.generated()
	find := func(named, what string, path ...any) {
		if !slices.ContainsFunc(known, func(source string) bool { return manifest.MayGive(source, named) }) {
			problems = append(problems, l.m.Problem(fmt.Sprintf("%s matches nothing in the base: %s", what, named), nearest.Hint(named, names(known)), path...))
		}
	}
	for i, r := range l.m.Remove {
		find(r, "remove", "remove", i)
	}
	for i, p := range l.m.Patch {
		find(p.Path, "patch", "patch", i, "path")
	}
	return problems
}

// rulesForNothing reports rules that match no file of the overlay and of what is
// below it, and patches of a file that the overlay replaces.
func (l link) rulesForNothing(files *union) manifest.Problems {
	var problems manifest.Problems
	known := files.generated()
	for i, rule := range l.m.Files {
		if !slices.ContainsFunc(known, func(source string) bool { return manifest.Match(rule.Glob, source) }) {
			problems = append(problems, l.m.Problem(fmt.Sprintf("the rule matches no file: %s", rule.Glob), nearest.Hint(rule.Glob, known), "files", i, "glob"))
		}
	}
	for i, p := range l.m.Patch {
		if g := files.gifts[manifest.FilesDir+"/"+p.Path]; len(g) > 0 && g[len(g)-1].layer == len(files.layers)-1 {
			problems = append(problems, l.m.Problem(fmt.Sprintf("%s is a file of this overlay, which it patches", p.Path), "write the change into the file, or remove the file", "patch", i, "path"))
		}
	}
	return problems
}

// names are the generated names of source paths.
func names(sources []string) []string {
	out := make([]string, len(sources))
	for i, s := range sources {
		out[i] = strings.TrimSuffix(s, manifest.Suffix)
	}
	return out
}

// baseError is an overlay's base that is missing or not in the range.
func (l link) baseError(key string, err error) error {
	f := fault.New(fault.Source, "the base of %s: %v", l.m.Name, err).Try("correct extends, or test the overlay with what there is and widen its range")
	if inner := fault.Of(err); inner != nil && inner.Hint != "" {
		f.Hint = inner.Hint
	}
	f.Place, f.Err = l.m.Problem("", "", "extends", key).Place, err
	f.Place.File = l.file
	return f
}
