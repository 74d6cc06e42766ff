package project

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"
	"github.com/aymanbagabas/go-udiff"

	"scaffold/generator"
	"scaffold/generator/fault"
	"scaffold/generator/internal/merge"
	"scaffold/generator/internal/record"
	"scaffold/generator/internal/repo"
	"scaffold/generator/internal/tree"
	"scaffold/generator/internal/write"
	"scaffold/generator/manifest"
	"scaffold/generator/source"
)

// A Machine is what work on a project needs of the machine that it runs on.
type Machine struct {
	Templates *source.Catalog
	Generator *generator.Generator
	Environ   []string

	disk func(dir string) (write.Disk, string, error) // nil means the real one
}

func (m Machine) open(dir string) (write.Disk, string, error) {
	if m.disk != nil {
		return m.disk(dir)
	}
	return write.OpenAbove(dir)
}

// A File is one of the project's and what an update makes of it.
type File = merge.File

// Kind is what becomes of a file.
type Kind = merge.Kind

// The kinds.
const (
	Same     = merge.Same
	Updated  = merge.Updated
	Merged   = merge.Merged
	Added    = merge.Added
	Removed  = merge.Removed
	Moved    = merge.Moved
	Kept     = merge.Kept
	Conflict = merge.Conflict
)

// An Update is what a newer version of the template, or other answers, make of
// a project: shown first, then applied as it was shown. It is to be closed.
type Update struct {
	Plan      *generator.Plan // what is written, and what would run afterwards
	Files     []File          // every file that the template gives or gave, and those that change
	Was, Now  []generator.Layer
	Notes     []string // what migrations ask the owner to do
	Relock    []string // commands that renew locks which stay as they are
	Recovered []generator.Recovery

	project *Project
	machine Machine
	repo    *repo.Repo
	merged  *merge.Result
	changes []write.Change
	staged  map[string]repo.Staged // by path in the project
	before  map[string][]byte      // what the files held that the update changed or passed over; nil before it is applied
}

// Current says whether there is nothing to do.
func (u *Update) Current() bool { return len(u.changes) == 0 }

// Conflicts are the files that are left to the owner.
func (u *Update) Conflicts() []File {
	return slices.DeleteFunc(slices.Clone(u.Files), func(f File) bool { return f.Kind != Conflict })
}

// Close drops what the update holds.
func (u *Update) Close() {
	if u.merged != nil {
		u.merged.Close()
	}
}

// A Move says which layers an update takes further.
type Move = source.Move

// Next is the reference of the template that an update of a part takes, and the
// catalogue in which it names that. A version that answers.yaml names since is
// as good as one that is given.
func (p *Project) Next(ctx context.Context, from *source.Catalog, i int, move Move) (*source.Catalog, string, error) {
	asked, err := p.Asked(ctx)
	if err != nil {
		return nil, "", err
	}
	was, now := p.Parts[i].Template(), asked[i].Template
	if now.Source != was.Source {
		return nil, "", fault.New(fault.Destination, "%s names another template, %s: an update stays with %s", record.AnswersFile, now.Source, was.Source).
			Try("restore it, or start anew with the other one: scaffold adopt --template " + now.Source)
	}
	if move == (Move{}) && now.Ref != was.Ref {
		move.To = now.Ref
	}
	return from.Next(ctx, p.Parts[i].Layers, move)
}

// Answers are what a part answers for itself on an update to a template: those
// that are recorded, and those that were edited in answers.yaml since. Both have
// the names that the template gives them.
func (p *Project) Answers(ctx context.Context, i int, t *generator.Template) (recorded, edited manifest.Answers, err error) {
	asked, err := p.Asked(ctx)
	if err != nil {
		return nil, nil, err
	}
	was, now := p.Parts[i].Answers.Answers(), asked[i].Answers.Answers()
	recorded, edited = manifest.Answers{}, manifest.Answers{}
	for id, v := range now {
		if old, ok := was[id]; ok && same(old, v) {
			recorded[id] = v
		} else {
			edited[id] = v
		}
	}
	for _, m := range p.migrations(i, t) {
		for _, answers := range []manifest.Answers{recorded, edited} {
			for from, to := range m.RenameAnswer {
				if v, ok := answers[from]; ok {
					answers[to] = v
					delete(answers, from)
				}
			}
		}
	}
	delete(recorded, "name")
	delete(edited, "name")
	return recorded, edited, nil
}

func same(a, b manifest.Scalar) bool {
	return a.Many == b.Many && a.Text == b.Text && slices.Equal(a.List, b.List)
}

// Name is what a part is called.
func Name(part Part) string { return part.Answers.Answers()["name"].Text }

// Name is what the project is called: by its parts.
func (p *Project) Name() string {
	var names []string
	for _, part := range p.Parts {
		names = append(names, Name(part))
	}
	return strings.Join(names, ", ")
}

// migrations are those between the version of each layer that the part was made
// from and the template's, in the order of versions.
func (p *Project) migrations(i int, t *generator.Template) []manifest.Migration {
	var list []manifest.Migration
	for _, of := range t.Migrations {
		was, now := version(p.Parts[i].Layers, of.Layer), version(t.Layers, of.Layer)
		for _, m := range of.List {
			to, err := semver.StrictNewVersion(m.To)
			if err == nil && was != nil && now != nil && to.GreaterThan(was) && !to.GreaterThan(now) {
				list = append(list, m)
			}
		}
	}
	slices.SortStableFunc(list, func(a, b manifest.Migration) int {
		return semver.MustParse(a.To).Compare(semver.MustParse(b.To))
	})
	return list
}

func version(layers []generator.Layer, name string) *semver.Version {
	for _, l := range layers {
		if l.Name == name {
			v, err := semver.StrictNewVersion(l.Version)
			if err == nil {
				return v
			}
		}
	}
	return nil
}

// Update plans what the parts, as they are to be now, make of the project. It
// changes nothing, but ends what a killed run left.
func (p *Project) Update(ctx context.Context, m Machine, parts []generator.Part) (*Update, error) {
	u := &Update{project: p, machine: m, staged: map[string]repo.Staged{}}
	if err := u.plan(ctx, parts); err != nil {
		u.Close()
		return nil, err
	}
	return u, nil
}

func (u *Update) plan(ctx context.Context, parts []generator.Part) error {
	p := u.project
	next, err := u.machine.Generator.Assemble(ctx, p.Dir, p.Name(), parts)
	if err != nil {
		return err
	}
	u.tell(parts)
	u.Plan = &generator.Plan{Dir: p.Dir, Name: next.Name, Parts: next.Parts}
	if p.same(next) {
		return nil
	}
	if err := u.open(ctx); err != nil {
		return err
	}
	base, err := p.base(ctx, u.machine, u.repo)
	if err != nil {
		return err
	}
	if err := u.merge(ctx, base, next, parts); err != nil {
		return err
	}
	if err := u.records(ctx, next); err != nil {
		return err
	}
	if err := u.repo.Clean(ctx, record.AnswersFile); err != nil { // after every file was looked at
		return err
	}
	if err := u.survey(); err != nil {
		return err
	}
	u.list()
	u.Plan.Commands, err = generator.Hooks(parts, "update")
	return err
}

// open opens the repository, in which nothing may be half done.
func (u *Update) open(ctx context.Context) (err error) {
	if u.repo, err = repo.Open(ctx, u.project.Dir, u.machine.Environ); err != nil {
		return err
	}
	return u.repo.Clean(ctx, record.AnswersFile)
}

// tell notes what a person is told of the templates: their versions, and what is
// to be done by hand.
func (u *Update) tell(parts []generator.Part) {
	for i, part := range parts {
		u.Was = append(u.Was, u.project.Parts[i].Layers...)
		u.Now = append(u.Now, part.Template.Layers...)
		for _, m := range u.project.migrations(i, part.Template) {
			if m.Print != "" {
				u.Notes = append(u.Notes, m.Print)
			}
		}
	}
}

// same says whether the records that the parts would get are those that are
// there.
func (p *Project) same(next *generator.Plan) bool {
	for _, c := range next.Files {
		if c.Path != record.LockFile && c.Path != record.AnswersFile {
			continue
		}
		if data, err := os.ReadFile(filepath.Join(p.Dir, filepath.FromSlash(c.Path))); err != nil || string(data) != string(c.Data) {
			return false
		}
	}
	return true
}

// merge holds the three sides against each other, and what git does not track
// against the disk.
func (u *Update) merge(ctx context.Context, base []based, next *generator.Plan, parts []generator.Part) error {
	tracked, err := u.repo.Files(ctx)
	if err != nil {
		return err
	}
	base, files := u.aside(base, next.Files, tracked)
	ignored, err := u.repo.Ignored(ctx, untracked(tracked, base, files))
	if err != nil {
		return err
	}
	in, outside := sides(base, files, ignored)
	in.Repo, in.Labels, in.Moves = u.repo, u.labels(), u.moves()
	if err := u.keep(&in, parts, tracked); err != nil {
		return err
	}
	if u.merged, err = merge.Trees(ctx, in); err != nil {
		return err
	}
	for _, f := range u.merged.Files {
		if err := u.take(f); err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(outside)) {
		if err := u.settle(name, outside[name]); err != nil {
			return err
		}
	}
	return nil
}

// untracked are the paths of the old and the new template that the commit lacks.
func untracked(tracked map[string]repo.Entry, base []based, next []generator.Change) []string {
	var list []string
	for _, f := range base {
		if _, ok := tracked[f.Path]; !ok {
			list = append(list, f.Path)
		}
	}
	for _, f := range next {
		if _, ok := tracked[f.Path]; !ok {
			list = append(list, f.Path)
		}
	}
	return list
}

// sides parts the files of the old and the new template into those that are
// merged and those that are not: what git ignores, and what holds a secret.
func sides(base []based, next []generator.Change, ignored map[string]bool) (in merge.Input, outside map[string]apart) {
	in.Rules, outside = map[string]merge.Rule{}, map[string]apart{}
	for _, f := range base {
		if ignored[f.Path] || f.secret {
			outside[f.Path] = apart{base: &f}
			continue
		}
		in.Base = append(in.Base, f.File)
		in.Rules[f.Path] = f.rule
	}
	for _, f := range next {
		switch {
		case f.Path == record.LockFile || f.Path == record.AnswersFile:
		case ignored[f.Path] || f.Secret:
			outside[f.Path] = apart{base: outside[f.Path].base, theirs: &f}
		default:
			in.Theirs = append(in.Theirs, repo.File{Path: f.Path, Mode: gitMode(f.Mode), Data: f.Data})
			in.Rules[f.Path] = merge.Rule{Managed: f.Managed, Merge: f.Merge}
		}
	}
	in.Base = slices.DeleteFunc(in.Base, func(f repo.File) bool { return outside[f.Path].theirs != nil })
	in.Theirs = slices.DeleteFunc(in.Theirs, func(f repo.File) bool { return outside[f.Path].base != nil })
	return in, outside
}

// moves are the files that migrations move, by where they were.
func (u *Update) moves() map[string]string {
	moves := map[string]string{}
	for i, part := range u.Plan.Parts {
		for _, m := range u.project.migrations(i, part.Template) {
			for from, to := range m.Move {
				moves[path.Join(part.Path, from)] = path.Join(part.Path, to)
			}
		}
	}
	return moves
}

// labels name the sides in conflict markers.
func (u *Update) labels() merge.Labels {
	label := func(layers []generator.Layer) string {
		if len(layers) == 0 {
			return "template"
		}
		top := layers[len(layers)-1]
		return top.Name + " " + top.Version
	}
	l := merge.Labels{Ours: "yours", Base: label(u.Was), Theirs: label(u.Now)}
	if l.Base == l.Theirs { // only answers differ
		l.Base, l.Theirs = l.Base+" before", l.Theirs+" now"
	}
	return l
}

// records plans scaffold's own files: the last that change.
func (u *Update) records(ctx context.Context, next *generator.Plan) error {
	var files []repo.File
	for _, c := range next.Files {
		if c.Path != record.LockFile && c.Path != record.AnswersFile {
			continue
		}
		rel, err := tree.SafeRel(c.Path)
		if err != nil {
			return err
		}
		was, err := u.content(c.Path)
		if err != nil {
			return err
		}
		now := tree.File{Path: rel, Mode: 0o644, Data: c.Data}
		files = append(files, repo.File{Path: c.Path, Mode: "100644", Data: c.Data})
		if was != write.ContentOf(now) {
			u.changes = append(u.changes, write.Change{Op: write.Replace, Path: rel, Was: was, Now: now, Last: true})
		}
	}
	entries, err := u.merged.Add(ctx, files...)
	for name, e := range entries {
		u.staged[name] = repo.Staged{Entry: e}
	}
	return err
}

// survey finds what is in the way of a file that is new in its place.
func (u *Update) survey() error {
	set := slices.DeleteFunc(slices.Clone(u.changes), func(c write.Change) bool { return c.Op == write.Replace || c.Op == write.Keep })
	disk, name, err := u.machine.open(u.project.Dir)
	if err != nil {
		return err
	}
	defer disk.Close()
	_, err = write.Survey(disk, write.Set{Name: name, Changes: set})
	return err
}

// list makes the plan's changes of them, in path order.
func (u *Update) list() {
	slices.SortFunc(u.Files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	ops := map[write.Op]generator.Op{
		write.Create: generator.Create, write.Replace: generator.Replace, write.Delete: generator.Delete,
		write.Move: generator.Move, write.Keep: generator.Skip,
	}
	for _, c := range u.changes {
		change := generator.Change{Path: c.Path.String(), From: c.From.String(), Op: ops[c.Op]}
		if c.Beside {
			change.Op = generator.Keep
		}
		if c.Op != write.Delete {
			change.Mode, change.Size, change.SHA256, change.Data = modeText(c.Now.GitMode()), int64(len(c.Now.Data)), c.Now.Sum(), c.Now.Data
		}
		u.Plan.Files = append(u.Plan.Files, change)
	}
	slices.SortFunc(u.Plan.Files, func(a, b generator.Change) int { return strings.Compare(a.Path, b.Path) })
}

func modeText(gitMode string) string {
	switch gitMode {
	case "100755":
		return "0755"
	case "120000":
		return "link"
	}
	return "0644"
}

// message is that of the commit, with the trailers that the new version is
// found by again.
func (u *Update) message() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Update %s with scaffold\n\n", u.Plan.Name)
	for _, part := range u.Plan.Parts {
		top := part.Template.Top()
		fmt.Fprintf(&b, "Scaffold-Template: %s@%s\nScaffold-Tree: %s\n", top.Name, top.Version, part.Digest())
	}
	return b.String()
}

// Diff shows how a file of the project changes, as a unified diff; "" where it
// does not, and for what is no text. Of a file that stays though the template has
// another it shows what it would take to have the template's.
func (u *Update) Diff(f File) string {
	name, now, after := f.Path, f.Data, "b/"+f.Path
	switch {
	case !f.Changes() && f.Theirs == nil:
		return ""
	case !f.Changes():
		now, after = f.Theirs, f.Path+" of the template, not taken"
	case f.From != "":
		name = f.From
	}
	was, err := os.ReadFile(filepath.Join(u.project.Dir, filepath.FromSlash(name)))
	if u.before != nil {
		was = u.before[name]
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return ""
	}
	if slices.Contains(was, 0) || slices.Contains(now, 0) {
		return "(binary)"
	}
	return udiff.Unified("a/"+name, after, string(was), string(now))
}
