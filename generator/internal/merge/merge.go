// Package merge brings what changed between two versions of a template into a
// project that its owner has changed, too: base, ours, theirs, by git's own
// merge (git-merge-tree), in a store of its own.
//
// It changes nothing of the project: what has to be written comes back as a
// [Result]. Git decides about texts, renames, modes and the owner's merge
// drivers; what git would guess is settled before it, and [hold] makes a
// conflict of every result in which something of the owner's is missing.
package merge

import (
	"bytes"
	"context"
	"maps"
	"path"
	"slices"
	"strings"

	"scaffold/generator/fault"
	"scaffold/generator/internal/repo"
)

// An Input is what is merged. Paths are relative to the project. Ours is the
// commit that the repository was opened at.
type Input struct {
	Repo         *repo.Repo
	Base, Theirs []repo.File       // what the old and the new template give, without what git does not track
	Moves        map[string]string // files, or folders with all in them, that the template has moved on purpose
	Rules        map[string]Rule   // by path in theirs, or in base where theirs has none
	Labels       Labels
}

// A Rule is how a file is treated; see managed and merge of a manifest's files.
type Rule struct {
	Managed string // free, strict, once or lock
	Merge   string // "", or json, yaml or toml: by key
}

// Labels name the sides in conflict markers.
type Labels struct{ Ours, Base, Theirs string }

// A Kind is what becomes of a file.
type Kind string

// The kinds. All but Same, Kept and Conflict change the work tree without a
// question left.
const (
	Same     Kind = "same"     // the template gives what is there
	Updated  Kind = "updated"  // the template's change, in a file that the owner had not touched
	Merged   Kind = "merged"   // the template's change beside the owner's
	Added    Kind = "added"    // new in the template
	Removed  Kind = "removed"  // gone from the template, and not touched by the owner
	Moved    Kind = "moved"    // with the template; From says from where
	Kept     Kind = "kept"     // changed, replaced or deleted by the owner; the template has nothing new, or may not touch it
	Conflict Kind = "conflict" // for the owner to settle
)

// A File is one of the project and what becomes of it.
type File struct {
	Path   string
	From   string // of a moved file: where it was, and is no more
	Kind   Kind
	Was    repo.Entry // in the commit
	Staged repo.Staged
	Mode   string // as git writes it; "" where there is no file any more
	Data   []byte // as it belongs into the work tree; nil where that does not change
	Why    string // of a conflict, and of a file that stays though the template has another; for a person
	Theirs []byte // the template's, of a file that stays though the template has another
	Keys   []Key  // the conflicts in a file that is merged by key
	Relock bool   // a `managed: lock` file that stays the owner's though the template has another
}

// Changes says whether the file in the work tree becomes another, or goes.
func (f File) Changes() bool { return f.Data != nil || f.Mode == "" && f.Was != (repo.Entry{}) }

// A Result lists every file of the template or of the change, by path, and
// holds the objects that the repository lacks until it is closed.
type Result struct {
	Files   []File
	scratch *repo.Scratch
}

// Close drops the objects.
func (r *Result) Close() { r.scratch.Close() }

// Add makes entries of further files, as Trees made them of the template's.
func (r *Result) Add(ctx context.Context, files ...repo.File) (map[string]repo.Entry, error) {
	return r.scratch.Add(ctx, files, nil)
}

// Keep moves all objects that entries name into the repository's store.
func (r *Result) Keep(ctx context.Context, staged map[string]repo.Staged) error {
	var ids []string
	for _, s := range staged {
		for _, e := range append(s.Stages[:], s.Entry) {
			if e.ID != "" && !e.Submodule() {
				ids = append(ids, e.ID)
			}
		}
	}
	return r.scratch.Keep(ctx, ids)
}

// Conflicts are the files that are left to the owner.
func (r *Result) Conflicts() []File {
	return slices.DeleteFunc(slices.Clone(r.Files), func(f File) bool { return f.Kind != Conflict })
}

// entries are a tree: files by path.
type entries map[string]repo.Entry

// A merger holds the three trees, and what has been decided about a path
// before git is asked.
type merger struct {
	Input
	scratch            *repo.Scratch
	head               entries           // as committed
	base, ours, theirs entries           // as they are merged
	offered            entries           // theirs, before rules took something out of it
	moved              map[string]string // by the path in ours, where it was in head
	aside              map[string]triple // paths that git does not see
	relock             map[string]bool
	commits            [3]string
	git                *repo.Merged
	renames            [2]map[string]string  // by ours and by theirs, from base
	origins            [2]map[string]string  // the same the other way round
	arrived, left      map[repo.Entry]string // paths that are new, or no more, by what is there
	merged             entries               // what comes of it
	stages             map[string][3]repo.Entry
	why                map[string]string
	keys               map[string][]Key
	blobs              map[string][]byte // of what was read
}

// A triple is one path on the three sides.
type triple struct{ base, ours, theirs repo.Entry }

// Trees merges.
func Trees(ctx context.Context, in Input) (result *Result, err error) {
	m := &merger{Input: in, moved: map[string]string{}, aside: map[string]triple{}, relock: map[string]bool{}, why: map[string]string{}, keys: map[string][]Key{}, blobs: map[string][]byte{}}
	if m.scratch, err = in.Repo.Scratch(ctx); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			m.scratch.Close()
		}
	}()
	for _, step := range []func(context.Context) error{m.read, m.unsettled, m.prepare, m.merge, m.settle, m.byKey, m.hold, m.relabel} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	return m.result(ctx)
}

// read makes trees of the three sides.
func (m *merger) read(ctx context.Context) error {
	var err error
	if m.head, err = m.Repo.Files(ctx); err != nil {
		return err
	}
	attributes, err := m.scratch.Attributes(ctx, m.head)
	if err != nil {
		return err
	}
	if m.base, err = m.enter(ctx, m.Base, m.head, attributes); err != nil {
		return err
	}
	known := maps.Clone(m.head)
	plain := map[string]repo.Entry{}
	for _, f := range m.Base {
		plain[f.Path] = m.Repo.Plain(f)
	}
	for name, e := range m.base {
		if e == plain[name] {
			known[name] = e
		}
	}
	for _, f := range m.Theirs { // its own rules hold where the owner's are the old template's
		if path.Base(f.Path) == ".gitattributes" && m.base[f.Path] == m.head[f.Path] {
			attributes[m.Repo.Prefix+f.Path] = f.Data
		}
	}
	if m.theirs, err = m.enter(ctx, m.Theirs, known, attributes); err != nil {
		return err
	}
	m.alike(plain)
	m.ours = maps.Clone(m.head)
	return nil
}

// alike makes alike what the old and the new template give alike, however the
// attributes changed on the way. plain are the old ones as they go into git
// without a conversion.
func (m *merger) alike(plain map[string]repo.Entry) {
	for _, f := range m.Theirs {
		if p, ok := plain[f.Path]; ok && p == m.Repo.Plain(f) {
			m.theirs[f.Path] = m.base[f.Path]
		}
	}
}

// unsettled refuses conflicts of an earlier update that were committed as they
// were: a merge on top of them would bury the owner's side.
func (m *merger) unsettled(ctx context.Context) error {
	var names, ids []string
	for _, name := range slices.Sorted(maps.Keys(m.base)) {
		if ours := m.ours[name]; ours != m.base[name] && !ours.Submodule() && ours.Mode != "120000" {
			names, ids = append(names, name), append(ids, ours.ID)
		}
	}
	if err := m.load(ctx, ids...); err != nil {
		return err
	}
	marks := []byte("\n<<<<<<< " + m.Labels.Ours)
	names = slices.DeleteFunc(names, func(name string) bool {
		return !bytes.Contains(slices.Concat([]byte("\n"), m.blobs[m.ours[name].ID]), marks)
	})
	if len(names) == 0 || m.Labels.Ours == "" {
		return nil
	}
	return &fault.Fault{Kind: fault.Unclean, Message: "conflicts of an earlier update were committed with their marks", Lines: names, Hint: "settle them and commit"}
}

// enter makes entries of files. One that is known under its path goes in as it
// is; git converts the others as it would on `git add`.
func (m *merger) enter(ctx context.Context, files []repo.File, known entries, attributes map[string][]byte) (entries, error) {
	out := entries{}
	var others []repo.File
	for _, f := range files {
		if e := m.Repo.Plain(f); known[f.Path] == e {
			out[f.Path] = e
		} else {
			others = append(others, f)
		}
	}
	added, err := m.scratch.Add(ctx, others, attributes)
	maps.Copy(out, added)
	return out, err
}

// prepare settles what git must not decide.
func (m *merger) prepare(context.Context) error {
	m.move()
	m.reserve()
	m.offered = maps.Clone(m.theirs)
	m.once()
	m.twins()
	return nil
}

// reserve keeps scaffold's own records out: they are what HEAD has on all sides.
func (m *merger) reserve() {
	for name, e := range m.ours {
		if strings.HasPrefix(name, ".scaffold/") {
			m.base[name], m.theirs[name] = e, e
		}
	}
}

// move renames in base and ours what the template says it moved.
func (m *merger) move() {
	for _, from := range slices.Sorted(maps.Keys(m.Moves)) {
		to := m.Moves[from]
		for _, side := range []entries{m.base, m.ours} {
			for _, name := range slices.Sorted(maps.Keys(side)) {
				target, ok := target(name, from, to)
				if _, taken := side[target]; !ok || taken {
					continue
				}
				side[target] = side[name]
				delete(side, name)
			}
		}
		for name := range m.head {
			if target, ok := target(name, from, to); ok && m.ours[target] == m.head[name] && m.head[target] == (repo.Entry{}) {
				m.moved[target] = name
			}
		}
	}
}

// target is where a move takes a path.
func target(name, from, to string) (string, bool) {
	if name == from {
		return to, true
	}
	rest, ok := strings.CutPrefix(name, strings.TrimSuffix(from, "/")+"/")
	return strings.TrimSuffix(to, "/") + "/" + rest, ok
}

// once has the template say nothing new about files that it writes once, and
// about locks that the owner has renewed.
func (m *merger) once() {
	for name, rule := range m.Rules {
		base, had := m.base[name]
		switch {
		case !had:
		case rule.Managed == "once":
			m.theirs[name] = base
		case rule.Managed == "lock" && m.ours[name] != base:
			if m.theirs[name] != base && m.theirs[name] != m.ours[name] {
				m.relock[name] = true
			}
			m.theirs[name] = base
		}
	}
}

// twins takes files out of the trees that had the same content, where one of
// them went or moved and the other side changed one: git would have to guess
// which of them is meant, and an edit would land in the wrong one.
func (m *merger) twins() {
	alike := map[repo.Entry][]string{}
	for name, e := range m.base {
		alike[e] = append(alike[e], name)
	}
	for _, names := range alike {
		if len(names) > 1 && (m.gone(m.theirs, names) && m.changed(m.ours, names) || m.gone(m.ours, names) && m.changed(m.theirs, names)) {
			for _, name := range names {
				m.aside[name] = triple{m.base[name], m.ours[name], m.theirs[name]}
			}
		}
	}
	for name := range m.aside {
		delete(m.base, name)
		delete(m.ours, name)
		delete(m.theirs, name)
	}
}

func (m *merger) gone(side entries, names []string) bool {
	return slices.ContainsFunc(names, func(name string) bool { _, there := side[name]; return !there })
}

func (m *merger) changed(side entries, names []string) bool {
	return slices.ContainsFunc(names, func(name string) bool { return side[name] != m.base[name] })
}

// merge asks git.
func (m *merger) merge(ctx context.Context) error {
	for i, side := range []entries{m.base, m.ours, m.theirs} {
		var parents []string
		if i > 0 {
			parents = m.commits[:1]
		}
		var err error
		if m.commits[i], err = m.scratch.Commit(ctx, m.head, side, parents...); err != nil {
			return err
		}
	}
	var err error
	if m.git, err = m.scratch.Merge(ctx, m.commits[1], m.commits[2], m.name); err != nil {
		return err
	}
	if m.renames[0], err = m.scratch.Renames(ctx, m.commits[0], m.commits[1]); err != nil {
		return err
	}
	m.renames[1], err = m.scratch.Renames(ctx, m.commits[0], m.commits[2])
	return err
}

// name gives a path without the ids of our commits, which git puts behind a
// file that is in the way of a directory.
func (m *merger) name(path string) string {
	if strings.Contains(path, "~") {
		path = strings.ReplaceAll(path, "~"+m.commits[1], "~"+fileLabel(m.Labels.Ours))
		path = strings.ReplaceAll(path, "~"+m.commits[2], "~"+fileLabel(m.Labels.Theirs))
	}
	return path
}

func fileLabel(label string) string { return strings.NewReplacer(" ", "-", "/", "-").Replace(label) }

// label puts names over the ids of our commits in the markers of a conflict.
func (m *merger) label(data []byte) []byte {
	if !bytes.Contains(data, []byte("<<<<<<<")) {
		return data
	}
	var out bytes.Buffer
	for line := range bytes.Lines(data) {
		out.Write(m.labelLine(line))
	}
	return out.Bytes()
}

func (m *merger) labelLine(line []byte) []byte {
	marks, rest, ok := bytes.Cut(line, []byte(" "))
	if !ok || len(marks) < 7 || len(bytes.Trim(marks, string(marks[:1]))) > 0 {
		return line
	}
	id := rest[:len(rest)-len(bytes.TrimLeft(rest, "0123456789abcdef"))]
	for i, of := range []struct {
		mark  byte
		label string
	}{{'|', m.Labels.Base}, {'<', m.Labels.Ours}, {'>', m.Labels.Theirs}} {
		if marks[0] == of.mark && len(id) >= 4 && strings.HasPrefix(m.commits[i], string(id)) {
			return slices.Concat(marks, []byte(" "+of.label), rest[len(id):])
		}
	}
	return line
}
