// Package trust remembers which templates a person lets run their hooks.
//
// Trust is by content, over every layer's source and the hash of its whole
// directory, or by publisher: all releases of a source, or those that are signed
// by certain keys. Trust is not a review, and nothing here decides what a hook
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
	"scaffold/generator/fault"
	"scaffold/generator/internal/state"
)

// An Entry is one template that is trusted as it is.
type Entry struct {
	SHA256  string `yaml:"sha256" json:"sha256"` // see Digest
	Name    string `yaml:"name" json:"name"`
	Version string `yaml:"version" json:"version"`
	Source  string `yaml:"source" json:"source"` // without credentials

	// What was trusted, to show what has changed since; nil in entries of an
	// older scaffold.
	Seen *generator.Outline `yaml:"seen,omitempty" json:"-"`
}

// EntryFor describes a template.
func EntryFor(t *generator.Template) Entry {
	top := t.Top()
	return Entry{SHA256: Digest(t.Layers), Name: top.Name, Version: top.Version, Source: top.Source}
}

// A Publisher is a source all of whose releases are trusted, those to come too.
type Publisher struct {
	Name    string `yaml:"name,omitempty" json:"name"`
	Source  string `yaml:"source" json:"source"`             // without a ref: a repository, a folder of one, or a directory
	Signers string `yaml:"signers,omitempty" json:"signers"` // ssh allowed signers or GPG keys, one of which must have signed; "" asks for no signature
	By      string `yaml:"-" json:"by"`                      // the file of the machine that says so, or "" for the person's own list
}

// covers reports whether a layer comes from the publisher.
func (p Publisher) covers(source string) bool {
	if source == p.Source {
		return true
	}
	rest, ok := strings.CutPrefix(source, p.Source)
	return ok && (rest[0] == '#' && !strings.Contains(p.Source, "#") || rest[0] == '/' && (strings.Contains(p.Source, "#") || !strings.HasPrefix(p.Source, "git+")))
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
// and, where it is not scaffold's own, its verify block and its checks of tools'
// versions.
func Matters(t *generator.Template) bool {
	verify := t.Manifest.Verify
	runs := verify.Install != nil || verify.Test != nil || verify.Run != nil
	for _, tool := range t.Manifest.Requires.Tools {
		runs = runs || len(tool.Check) > 0
	}
	return len(t.Manifest.Actions) > 0 || runs && slices.ContainsFunc(t.Layers, foreign)
}

// foreign reports a layer that is not scaffold's own.
func foreign(l generator.Layer) bool { return !strings.HasPrefix(l.Source, "builtin:") }

// A Store is the file that trust is kept in, and what the machine trusts beside
// it. Its zero value holds nothing.
type Store struct {
	file     state.File[document]
	held     document
	machine  []Publisher
	verdicts map[string]verdict // by Digest
}

type document struct {
	Templates  []Entry     `yaml:"templates"`
	Publishers []Publisher `yaml:"publishers,omitempty"`
}

// A verdict is what a template's publishers come to.
type verdict struct {
	trusted bool
	why     []string // where a publisher is trusted and the template is not
}

// Open reads the store. A file that is missing holds nothing; a path of "" is
// a machine without a home, whose store is empty and cannot be changed. Of a
// file that cannot be read nothing is trusted. machine are the publishers that
// the machine's configuration trusts.
func Open(file string, machine ...Publisher) (*Store, error) {
	s := &Store{machine: machine, file: state.File[document]{
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
		slices.SortFunc(d.Publishers, func(a, b Publisher) int { return strings.Compare(a.Source, b.Source) })
		now = *d
		return nil
	})
	if err == nil {
		s.held = now
	}
	return err
}

// Entries lists what is trusted as it is, sorted by name and version.
func (s *Store) Entries() []Entry { return sorted(s.held.Templates) }

// Publishers lists the trusted sources: the machine's, then the person's.
func (s *Store) Publishers() []Publisher { return slices.Concat(s.machine, s.held.Publishers) }

func sorted(entries []Entry) []Entry {
	out := slices.Clone(entries)
	slices.SortFunc(out, func(a, b Entry) int {
		return strings.Compare(a.Name+"\x00"+a.Version+"\x00"+a.SHA256, b.Name+"\x00"+b.Version+"\x00"+b.SHA256)
	})
	return out
}

// Has reports whether a template is trusted: exactly as it is now, or by what
// [Store.Judge] has found of its publishers.
func (s *Store) Has(t *generator.Template) bool {
	digest := Digest(t.Layers)
	return s.held.has(digest) || s.verdicts[digest].trusted
}

func (d *document) has(digest string) bool {
	return slices.ContainsFunc(d.Templates, func(e Entry) bool { return e.SHA256 == digest })
}

// Judge finds out whether the publishers of a template are trusted: those of
// each layer that is not scaffold's own. verify checks that a layer is signed by
// one of the signers.
func (s *Store) Judge(ctx context.Context, t *generator.Template, verify func(context.Context, generator.Layer, string) error) error {
	v := verdict{trusted: slices.ContainsFunc(t.Layers, foreign)}
	for _, l := range t.Layers {
		if !foreign(l) {
			continue
		}
		ok := false
		for _, p := range s.Publishers() {
			if !p.covers(l.Source) {
				continue
			}
			err := error(nil)
			if p.Signers != "" {
				err = verify(ctx, l, p.Signers)
			}
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if ok = err == nil; ok {
				break
			}
			v.why = append(v.why, fmt.Sprintf("%s is trusted where it is signed: %v", p.Source, err))
		}
		v.trusted = v.trusted && ok
	}
	if s.verdicts == nil {
		s.verdicts = map[string]verdict{}
	}
	s.verdicts[Digest(t.Layers)] = v
	return nil
}

// Why says, a line each, what keeps a template from being trusted where something
// nearly does: a signature, or a change of what was trusted before.
func (s *Store) Why(t *generator.Template) []string {
	if s.Has(t) {
		return nil
	}
	lines := slices.Clone(s.verdicts[Digest(t.Layers)].why)
	before, ok := s.before(t)
	if !ok {
		return lines
	}
	lines = append(lines, fmt.Sprintf("%s %s was trusted; since then:", before.Name, before.Version))
	now, err := generator.OutlineOf(t.FS, t.Manifest)
	if before.Seen == nil || err != nil {
		return append(lines, "  its content or its source changed")
	}
	changes := now.Since(*before.Seen)
	for i, l := range slices.Concat(changes.Commands, changes.Files) {
		if i == maxChanges {
			lines = append(lines, fmt.Sprintf("  … and %d more", len(changes.Commands)+len(changes.Files)-i))
			break
		}
		lines = append(lines, "  "+l)
	}
	if len(changes.Commands)+len(changes.Files) == 0 {
		lines = append(lines, "  what it stands on changed its source")
	}
	return lines
}

// maxChanges is how many changes [Store.Why] names, commands first.
const maxChanges = 30

// before is the latest entry of a template of the same name and source.
func (s *Store) before(t *generator.Template) (Entry, bool) {
	top := t.Top()
	entries := s.Entries()
	for _, e := range slices.Backward(entries) {
		if e.Name == top.Name && e.Source == top.Source {
			return e, true
		}
	}
	return Entry{}, false
}

// Add trusts a template as it is and writes the store.
func (s *Store) Add(ctx context.Context, t *generator.Template) error {
	entry := EntryFor(t)
	seen, err := generator.OutlineOf(t.FS, t.Manifest)
	if err != nil {
		return err
	}
	seen.Questions = nil // they run nothing
	entry.Seen = &seen
	return s.change(ctx, func(d *document) {
		if !d.has(entry.SHA256) {
			d.Templates = append(d.Templates, entry)
		}
	})
}

// AddPublisher trusts the releases of a source, in the place of what was said of
// it before.
func (s *Store) AddPublisher(ctx context.Context, p Publisher) error {
	if err := CheckSigners(p.Signers); err != nil {
		return err
	}
	return s.change(ctx, func(d *document) {
		d.Publishers = append(slices.DeleteFunc(d.Publishers, func(o Publisher) bool { return o.Source == p.Source }), p)
	})
}

// Remove ends the trust in every entry that what names: a template's name, its
// source, or the start of a digest, at least eight digits long; and in the
// publisher of that name or source. It gives what it removed.
func (s *Store) Remove(ctx context.Context, what string) ([]Entry, []Publisher, error) {
	var removed []Entry
	var publishers []Publisher
	err := s.change(ctx, func(d *document) {
		d.Templates = slices.DeleteFunc(d.Templates, func(e Entry) bool {
			hit := e.named(what)
			if hit {
				removed = append(removed, e)
			}
			return hit
		})
		d.Publishers = slices.DeleteFunc(d.Publishers, func(p Publisher) bool {
			hit := what == p.Source || what == p.Name
			if hit {
				publishers = append(publishers, p)
			}
			return hit
		})
	})
	return removed, publishers, err
}

func (e Entry) named(what string) bool {
	digits := strings.TrimPrefix(what, "sha256:")
	return what == e.Name || what == e.Source ||
		len(digits) >= 8 && strings.HasPrefix(strings.TrimPrefix(e.SHA256, "sha256:"), digits)
}

// pgpStart begins GPG's keys in text form.
const pgpStart = "-----BEGIN PGP PUBLIC KEY BLOCK-----"

// IsGPG reports whether signers are GPG keys rather than ssh allowed signers.
func IsGPG(signers string) bool { return strings.Contains(signers, pgpStart) }

// CheckSigners refuses what is neither a list of ssh's allowed signers
// (ssh-keygen(1)) nor a block of GPG's public keys. "" is no list.
func CheckSigners(signers string) error {
	if signers == "" || IsGPG(signers) {
		return nil
	}
	keys := 0
	for line := range strings.Lines(signers) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if fields := strings.Fields(line); len(fields) < 3 || !strings.Contains(line, " ssh-") && !strings.Contains(line, " ecdsa-") && !strings.Contains(line, " sk-") {
			return badSigners(fmt.Sprintf("%.60q is not a line of allowed signers", line))
		}
		keys++
	}
	if keys == 0 {
		return badSigners("the list of signers holds no key")
	}
	return nil
}

func badSigners(problem string) error {
	return fault.New(fault.Usage, "%s", problem).Try("a line is `ada@example.com ssh-ed25519 AAAA…`; for GPG: gpg --armor --export KEY > FILE")
}
