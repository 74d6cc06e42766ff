// Package trust remembers which templates a person lets run their hooks.
//
// Trust is by content: over every layer's source and the hash of its whole
// directory. A template that changes by one byte, or comes from elsewhere, is
// another template. Trust is not a review, and nothing here decides what a hook
// may do once it runs.
package trust

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"syscall"

	"github.com/goccy/go-yaml"

	"scaffold/generator"
	"scaffold/generator/fault"
	"scaffold/generator/internal/write"
	"scaffold/generator/manifest"
)

const apiVersion = "scaffold/trust/v1"

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

// A Store is the file that trust is kept in.
type Store struct {
	file    string
	entries []Entry
}

// Open reads the store. A file that is missing holds nothing; a path of "" is
// a machine without a home, whose store is empty and cannot be changed.
func Open(file string) (*Store, error) {
	s := &Store{file: file}
	if file == "" {
		return s, nil
	}
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return s, nil
	}
	var doc document
	if err == nil {
		err = manifest.Decode(file, data, &doc)
	}
	if err == nil && doc.APIVersion != apiVersion {
		err = fmt.Errorf("apiVersion is %q; this version of scaffold reads %s", doc.APIVersion, apiVersion)
	}
	if err != nil {
		return nil, &StoreError{File: file, Err: err}
	}
	s.entries = doc.Templates
	return s, nil
}

// reload takes up what other runs have written since.
func (s *Store) reload() error {
	fresh, err := Open(s.file)
	if err == nil {
		s.entries = fresh.entries
	}
	return err
}

type document struct {
	APIVersion string  `yaml:"apiVersion"`
	Templates  []Entry `yaml:"templates"`
}

// Entries lists what is trusted, sorted by name and version.
func (s *Store) Entries() []Entry {
	out := slices.Clone(s.entries)
	slices.SortFunc(out, func(a, b Entry) int {
		return strings.Compare(a.Name+"\x00"+a.Version+"\x00"+a.SHA256, b.Name+"\x00"+b.Version+"\x00"+b.SHA256)
	})
	return out
}

// Has reports whether a template is trusted, exactly as it is now.
func (s *Store) Has(t *generator.Template) bool {
	digest := Digest(t.Layers)
	return slices.ContainsFunc(s.entries, func(e Entry) bool { return e.SHA256 == digest })
}

// Add trusts a template and writes the store.
func (s *Store) Add(t *generator.Template) error {
	if err := s.reload(); err != nil || s.Has(t) {
		return err
	}
	s.entries = append(s.entries, EntryFor(t))
	return s.write()
}

// Remove ends the trust in every entry that what names: a template's name, its
// source, or the start of a digest, at least eight digits long. It gives the
// entries that it removed.
func (s *Store) Remove(what string) ([]Entry, error) {
	if err := s.reload(); err != nil {
		return nil, err
	}
	var removed []Entry
	s.entries = slices.DeleteFunc(s.entries, func(e Entry) bool {
		hit := e.named(what)
		if hit {
			removed = append(removed, e)
		}
		return hit
	})
	if len(removed) == 0 {
		return nil, nil
	}
	return removed, s.write()
}

func (e Entry) named(what string) bool {
	digits := strings.TrimPrefix(what, "sha256:")
	return what == e.Name || what == e.Source ||
		len(digits) >= 8 && strings.HasPrefix(strings.TrimPrefix(e.SHA256, "sha256:"), digits)
}

// write replaces the file in one step; only its owner may read or change it.
func (s *Store) write() error {
	if s.file == "" {
		return &WriteError{Err: errors.New("this machine has no home directory to keep it in")}
	}
	data, err := yaml.Marshal(document{APIVersion: apiVersion, Templates: s.Entries()})
	if err == nil {
		err = write.ReplaceFile(s.file, append([]byte("# The templates whose hooks may run. Written by `scaffold trust`.\n"), data...))
	}
	if err != nil {
		return &WriteError{File: s.file, Err: err}
	}
	return nil
}

// A StoreError reports a store that cannot be read. Nothing is trusted then.
type StoreError struct {
	File string
	Err  error
}

func (e *StoreError) Error() string {
	err := e.Err
	if f := fault.Of(err); f != nil {
		err = f
	}
	return fmt.Sprintf("the list of trusted templates cannot be read: %v", err)
}

// At is the place in the store that is wrong, or the store. The reason itself
// is not unwrapped: its own remedy would forget that of the store.
func (e *StoreError) At() (file string, line, column int) {
	if f := fault.Of(e.Err); f != nil && f.Place.File != "" {
		return f.Place.File, f.Place.Line, f.Place.Column
	}
	return e.File, 0, 0
}

// Hint says what to do.
func (e *StoreError) Hint() string { return "correct the file, or remove it to trust nothing" }

// ExitCode is 2: it is the person's own configuration.
func (e *StoreError) ExitCode() int { return 2 }

// A WriteError reports a store that cannot be written; it is as it was.
type WriteError struct {
	File string // empty without a home
	Err  error
}

func (e *WriteError) Error() string {
	err := e.Err
	if path := (*fs.PathError)(nil); errors.As(err, &path) {
		err = path.Err
	}
	return fmt.Sprintf("the list of trusted templates cannot be written: %v", err)
}

func (e *WriteError) Unwrap() error { return e.Err }

// At is the store.
func (e *WriteError) At() (string, int, int) { return e.File, 0, 0 }

// Hint says what to do.
func (e *WriteError) Hint() string {
	return "make its directory writable, or set XDG_CONFIG_HOME to one that is"
}

// ExitCode is 5: a place that cannot be written.
func (e *WriteError) ExitCode() int { return 5 }
