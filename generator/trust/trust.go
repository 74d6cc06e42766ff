// Package trust remembers which templates a person lets run their hooks.
//
// Trust is by content: over every layer's source and the hash of its whole
// directory. A template that changes by one byte, or comes from elsewhere, is
// another template. Trust is not a review, and nothing here decides what a hook
// may do once it runs.
package trust

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"scaffold/generator"
	"scaffold/generator/internal/state"
)

// An Entry is one trusted template.
type Entry struct {
	SHA256  string `yaml:"sha256" json:"sha256"` // see Digest
	Name    string `yaml:"name" json:"name"`
	Version string `yaml:"version" json:"version"`
	Source  string `yaml:"source" json:"source"` // without credentials
}

// EntryFor describes a template.
func EntryFor(t *generator.Template) Entry {
	top := t.Top()
	return Entry{SHA256: Digest(t.Layers), Name: top.Name, Version: top.Version, Source: top.Source}
}

// Digest identifies what is trusted: "sha256:" and the hash over each layer's
// source and content, from the base to the top.
func Digest(layers []generator.Layer) string {
	h := sha256.New()
	for _, l := range layers {
		fmt.Fprintf(h, "%s\x00%s\n", l.Source, l.SHA256)
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil))
}

// Matters reports whether trust would change what a template may run: its hooks
// and, where it is not scaffold's own, its checks of tools' versions.
func Matters(t *generator.Template) bool {
	foreign, checks := false, false
	for _, l := range t.Layers {
		foreign = foreign || !strings.HasPrefix(l.Source, "builtin:")
	}
	for _, tool := range t.Manifest.Requires.Tools {
		checks = checks || len(tool.Check) > 0
	}
	return len(t.Manifest.Actions) > 0 || foreign && checks
}

// A Store is the file that trust is kept in. Its zero value holds nothing.
type Store struct {
	file state.File[document]
	held document
}

type document struct {
	Templates []Entry `yaml:"templates"`
}

// Open reads the store. A file that is missing holds nothing; a path of "" is
// a machine without a home, whose store is empty and cannot be changed. Of a
// file that cannot be read nothing is trusted.
func Open(file string) (*Store, error) {
	s := &Store{file: state.File[document]{
		Path: file, What: "the list of trusted templates", Kind: "scaffold/trust", Version: 2,
		Header: "The templates whose hooks may run. Written by `scaffold trust`.",
	}}
	var err error
	if s.held, err = s.file.Read(); err != nil {
		return nil, err
	}
	return s, nil
}

// change alters the store on the disk, with what other runs have written since,
// and then the one in memory.
func (s *Store) change(ctx context.Context, alter func(*document)) error {
	var now document
	err := s.file.Change(ctx, func(d *document) error {
		alter(d)
		d.Templates = sorted(d.Templates)
		now = *d
		return nil
	})
	if err == nil {
		s.held = now
	}
	return err
}

// Entries lists what is trusted, sorted by name and version.
func (s *Store) Entries() []Entry { return sorted(s.held.Templates) }

func sorted(entries []Entry) []Entry {
	out := slices.Clone(entries)
	slices.SortFunc(out, func(a, b Entry) int {
		return strings.Compare(a.Name+"\x00"+a.Version+"\x00"+a.SHA256, b.Name+"\x00"+b.Version+"\x00"+b.SHA256)
	})
	return out
}

// Has reports whether a template is trusted, exactly as it is now.
func (s *Store) Has(t *generator.Template) bool { return s.held.has(Digest(t.Layers)) }

func (d *document) has(digest string) bool {
	return slices.ContainsFunc(d.Templates, func(e Entry) bool { return e.SHA256 == digest })
}

// Add trusts a template and writes the store.
func (s *Store) Add(ctx context.Context, t *generator.Template) error {
	entry := EntryFor(t)
	return s.change(ctx, func(d *document) {
		if !d.has(entry.SHA256) {
			d.Templates = append(d.Templates, entry)
		}
	})
}

// Remove ends the trust in every entry that what names: a template's name, its
// source, or the start of a digest, at least eight digits long. It gives the
// entries that it removed.
func (s *Store) Remove(ctx context.Context, what string) ([]Entry, error) {
	var removed []Entry
	err := s.change(ctx, func(d *document) {
		d.Templates = slices.DeleteFunc(d.Templates, func(e Entry) bool {
			hit := e.named(what)
			if hit {
				removed = append(removed, e)
			}
			return hit
		})
	})
	return removed, err
}

func (e Entry) named(what string) bool {
	digits := strings.TrimPrefix(what, "sha256:")
	return what == e.Name || what == e.Source ||
		len(digits) >= 8 && strings.HasPrefix(strings.TrimPrefix(e.SHA256, "sha256:"), digits)
}
