package templatecmd

import (
	"context"
	"slices"
	"strings"

	"scaffold/cmd/internal/app"
	"scaffold/generator"
	"scaffold/generator/project"
	"scaffold/generator/source"
)

// A span is FROM..TO: two points of a template's history. An empty TO is what is
// there now.
type span struct{ from, to string }

// readSpan reads a span; false for what is a path, such as ../shop. git lets no
// name of a ref have two dots.
func readSpan(arg string) (span, bool) {
	from, to, ok := strings.Cut(arg, "..")
	path := from == "" || from == "." || strings.HasSuffix(from, "/") || strings.HasPrefix(to, "/") || strings.HasPrefix(to, ".")
	return span{from, to}, ok && !path
}

// An edited template is one of a directory or source at a point of its history.
type edited struct {
	name     string
	ref      string              // what the catalogue of the edition calls it
	template *generator.Template // nil where err is why it cannot be read
	err      error
}

// An edition is all that a reference stood for at a point of its history.
type edition struct {
	catalog *source.Catalog
	list    []edited
	several bool // the reference is of a directory or source with several
}

// readEdition reads what ref stands for at a tag, branch, commit or version; "" is
// what is there now. as is the name that the source of several has meanwhile.
func readEdition(ctx context.Context, e *app.Env, ref, rev, as string) (edition, error) {
	c := e.Catalog()
	refs, err := c.Whole(ctx, ref)
	if err != nil {
		return edition{}, err
	}
	several := len(refs) != 1 || refs[0] != ref
	c, at, err := atRevision(ctx, e, c, ref, rev)
	if err != nil {
		return edition{}, err
	}
	if several && rev != "" {
		if c, refs, err = wholeAt(ctx, c, source.Named{Name: as, URL: at}); err != nil {
			return edition{}, err
		}
	}
	if !several {
		refs = []string{at}
	}
	all := edition{catalog: c, several: several}
	for _, one := range refs {
		t, err := c.Load(ctx, one)
		if err != nil && (!several || ctx.Err() != nil) {
			return edition{}, err
		}
		named := edited{one[strings.LastIndexByte(one, '/')+1:], one, t, err}
		if err == nil {
			named.name = t.Manifest.Name
		}
		all.list = append(all.list, named)
	}
	return all, nil
}

// wholeAt lists the templates of a source that nobody has added.
func wholeAt(ctx context.Context, c *source.Catalog, n source.Named) (*source.Catalog, []string, error) {
	c, err := c.Beside(n)
	if err != nil {
		return nil, nil, err
	}
	refs, err := c.Whole(ctx, n.Name)
	if err == nil && len(refs) == 1 && refs[0] == n.Name { // the source itself cannot be read
		_, err = c.Load(ctx, n.Name)
	}
	return c, refs, err
}

// atRevision is the reference of what ref stands for as it was at a point of its
// history, and the catalogue that knows it.
func atRevision(ctx context.Context, e *app.Env, c *source.Catalog, ref, rev string) (*source.Catalog, string, error) {
	if rev == "" {
		return c, ref, nil
	}
	place := ref
	if n, err := c.Named(ref); err == nil {
		place = n.URL
	} else if !source.IsAddress(ref) && !isDirectory(e, ref) {
		t, err := c.Load(ctx, ref)
		if err != nil {
			return nil, "", err
		}
		if place = t.Top().Source; strings.HasPrefix(place, source.Builtin+":") {
			return c.Next(ctx, t.Layers, source.Move{To: rev})
		}
	}
	if !source.IsAddress(place) {
		at, err := project.Earlier(ctx, app.Absolute(e.Dir, place), rev, e.Environ)
		return c, at, err
	}
	r, err := source.ParseReference(place)
	r.Ref = rev
	if err == nil {
		_, err = source.ParseReference(r.String())
	}
	return c, r.String(), err
}

// A couple is one template in two editions.
type couple struct{ was, now edited }

// paired puts templates of one name together, the newer ones first.
func paired(was, now edition) []couple {
	if !was.several && !now.several {
		return []couple{{was.list[0], now.list[0]}}
	}
	var list []couple
	for _, n := range now.list {
		p := couple{now: n}
		if i := slices.IndexFunc(was.list, func(w edited) bool { return w.name == n.name }); i >= 0 {
			p.was = was.list[i]
		}
		list = append(list, p)
	}
	for _, w := range was.list {
		if !slices.ContainsFunc(now.list, func(n edited) bool { return n.name == w.name }) && w.template != nil {
			list = append(list, couple{was: w})
		}
	}
	return list
}
