package source

import (
	"context"
	"path/filepath"
	"slices"
	"strings"

	"scaffold/generator/internal/state"
)

// A Named is one source that has a name.
type Named struct {
	Name string
	URL  string // an address, or a directory
	Ref  string // stands beside the URL rather than in it
	Hand bool   // it stands in the person's own configuration
}

// Place is where the source is, whatever its ref: what its layers begin with.
func (n Named) Place() string {
	if ref, err := n.reference(); err == nil && IsAddress(n.URL) {
		return ref.Place()
	}
	return filepath.ToSlash(n.URL)
}

// A Lock is what a reference was when it was first used, or last updated.
type Lock struct {
	Kind   string `yaml:"kind" json:"kind"` // tag, branch or commit
	Commit string `yaml:"commit" json:"commit"`
	SHA256 string `yaml:"sha256" json:"sha256"` // the Digest of the folder
}

// record is $XDG_CONFIG_HOME/scaffold/sources.yaml: what `scaffold source` adds,
// and every lock. It is the program's own, so that the person's config.yaml,
// with its comments, is never rewritten.
type record struct {
	Sources map[string]namedRecord `yaml:"sources,omitempty"`
	Locks   map[string]Lock        `yaml:"locks,omitempty"` // by reference
}

type namedRecord struct {
	URL string `yaml:"url"`
	Ref string `yaml:"ref,omitempty"`
}

func (s Settings) record() state.File[record] {
	return state.File[record]{
		Path: s.Record, What: "the list of sources and locks", Kind: "scaffold/source-record", Version: 2,
		Header: "Written by `scaffold source`: the sources that it added, and what each reference was locked to.",
	}
}

// edit changes the record in one step. It calls change with what other
// processes have written until then.
func (c *Catalog) edit(ctx context.Context, change func(*record) error) error {
	return c.settings.record().Change(ctx, func(r *record) error {
		if r.Sources == nil {
			r.Sources = map[string]namedRecord{}
		}
		if r.Locks == nil {
			r.Locks = map[string]Lock{}
		}
		return change(r)
	})
}

// named lists the sources by name: those of the configuration, then those that
// were added; a name of the configuration hides an added one.
func (r *record) named(byHand []Named) []Named {
	list := slices.Clone(byHand)
	for name, s := range r.Sources {
		if !slices.ContainsFunc(byHand, func(n Named) bool { return n.Name == name }) {
			list = append(list, Named{Name: name, URL: s.URL, Ref: s.Ref})
		}
	}
	slices.SortFunc(list, func(a, b Named) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// holds reports whether a source is still named, with the same address.
func (r *record) holds(n Named, byHand []Named) bool {
	return slices.Contains(r.named(byHand), n)
}

// unlock drops the lock of a source that no other one shares.
func (r *record) unlock(n Named, byHand []Named) {
	ref, err := n.reference()
	if err != nil || !IsAddress(n.URL) {
		return
	}
	for _, other := range r.named(byHand) {
		if o, err := other.reference(); err == nil && o == ref {
			return
		}
	}
	delete(r.Locks, ref.String())
}
