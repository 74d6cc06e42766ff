package source

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"syscall"

	"github.com/goccy/go-yaml"

	"scaffold/generator/internal/write"
	"scaffold/generator/manifest"
)

// recordVersion is the version of the file that the commands keep.
const recordVersion = "scaffold/source-record/v1"

// A Named is one source that has a name.
type Named struct {
	Name string
	URL  string // an address, or a directory
	Ref  string // stands beside the URL rather than in it
	Hand bool   // it stands in the person's own configuration
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
	APIVersion string                 `yaml:"apiVersion"`
	Sources    map[string]namedRecord `yaml:"sources,omitempty"`
	Locks      map[string]Lock        `yaml:"locks,omitempty"` // by reference
}

type namedRecord struct {
	URL string `yaml:"url"`
	Ref string `yaml:"ref,omitempty"`
}

// readRecord reads the file, which may be missing.
func readRecord(file string) (*record, error) {
	r := &record{APIVersion: recordVersion, Sources: map[string]namedRecord{}, Locks: map[string]Lock{}}
	if file == "" {
		return r, nil
	}
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return r, nil
	}
	if err == nil {
		err = manifest.Decode(file, data, r)
	}
	if err == nil && r.APIVersion != recordVersion {
		err = fmt.Errorf("apiVersion is %q; this version of scaffold reads %s", r.APIVersion, recordVersion)
	}
	if err != nil {
		return nil, &RecordError{File: file, Err: err}
	}
	return r, nil
}

// write replaces the file in one step. Without a file nothing is kept.
func (r *record) write(file string) error {
	if file == "" {
		return nil
	}
	data, err := yaml.Marshal(r)
	if err != nil {
		return err
	}
	data = append([]byte("# Written by `scaffold source`: the sources that it added, and what each reference was locked to.\n"), data...)
	if err := write.ReplaceFile(file, data); err != nil {
		return &RecordError{File: file, Err: err}
	}
	return nil
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
