package merge

import (
	"bytes"
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"scaffold/generator/internal/repo"
)

// none is the entry of a file that is not there.
var none repo.Entry

// settle takes over what git made of it, and adds what git did not see.
func (m *merger) settle(context.Context) error {
	m.merged = maps.Clone(m.head)
	for name, e := range m.git.Changed {
		m.set(name, e)
	}
	m.stages = m.git.Stages
	for name, kind := range m.git.Kinds {
		m.why[name] = explain(kind)
	}
	for name, t := range m.aside {
		m.base.put(name, t.base)
		m.ours.put(name, t.ours)
		m.theirs.put(name, t.theirs)
		switch {
		case t.ours == t.base:
			m.set(name, t.theirs)
		case t.theirs == t.base || t.theirs == t.ours:
			m.set(name, t.ours)
		default:
			m.conflict(name, "it had the same content as another file of the template, so git cannot tell which of them moved")
		}
	}
	m.index()
	m.comeBack()
	return nil
}

// set makes an entry of the outcome.
func (m *merger) set(name string, e repo.Entry) { m.merged.put(name, e) }

func (t entries) put(name string, e repo.Entry) {
	if e == none {
		delete(t, name)
	} else {
		t[name] = e
	}
}

// conflict leaves a path to the owner, with the owner's file in place; what the
// owner deleted is there as the template has it.
func (m *merger) conflict(name, why string) {
	theirs := m.theirs[name]
	if to, moved := m.renames[1][name]; moved && theirs == none {
		theirs = m.theirs[to]
	}
	m.stages[name] = [3]repo.Entry{m.base[name], m.ours[name], theirs}
	m.why[name] = why
	m.set(name, m.ours[name])
	if m.ours[name] == none {
		m.set(name, theirs)
	}
}

// comeBack undoes that a file which the owner moved out of the project was
// followed there: an update changes nothing outside.
func (m *merger) comeBack() {
	if len(m.git.Outside) == 0 {
		return
	}
	for name, base := range m.base {
		theirs := m.theirs[name]
		if m.ours[name] == none && theirs != base && theirs != none && m.merged[name] == none && m.renames[0][name] == "" {
			m.conflict(name, "you moved it out of the project, and the template has changed it")
		}
	}
}

// explain says in a person's words what git calls a conflict; see
// git-merge-tree(1).
func explain(kind string) string {
	switch kind {
	case "CONFLICT (contents)":
		return "you and the template changed the same lines"
	case "CONFLICT (binary)":
		return "it is binary, and you and the template changed it"
	case "CONFLICT (modify/delete)":
		return "one side changed it, and the other deleted it"
	case "CONFLICT (rename/delete)":
		return "one side moved it, and the other deleted it"
	case "CONFLICT (rename/rename)":
		return "you and the template moved it to different places"
	case "CONFLICT (add/add)":
		return "you and the template both added it, with different content"
	case "CONFLICT (file/directory)":
		return "one side has a file where the other has a directory"
	}
	return "git calls it " + strings.ToLower(strings.Trim(strings.TrimPrefix(kind, "CONFLICT "), "()"))
}

// hold is the promise of an update, whatever git said: what the owner changed
// is there with the owner's bytes, or every line that the owner added stands in
// the result, there or where the file was moved, or the path is a conflict.
func (m *merger) hold(ctx context.Context) error {
	var doubtful []string
	var ids []string
	for _, name := range slices.Sorted(maps.Keys(m.ours)) {
		ours, base := m.ours[name], m.base[name]
		if ours == base || m.merged[name] == ours {
			continue
		}
		at := m.whereTo(name)
		if m.merged[at] == ours {
			continue
		}
		doubtful = append(doubtful, name)
		ids = append(ids, m.base[m.origin(name)].ID, ours.ID, m.merged[at].ID)
	}
	if err := m.load(ctx, ids...); err != nil {
		return err
	}
	for _, name := range doubtful {
		if _, byKey := m.keys[name]; byKey { // held by keys, see byKey
			continue
		}
		at := m.whereTo(name)
		if stages, is := m.stages[at]; is && stages[1] != none && m.merged[at] != none && m.holds(name, at) {
			continue
		}
		if _, is := m.stages[at]; is || !m.holds(name, at) {
			m.lose(name, at)
		}
	}
	return nil
}

// lose makes a conflict of a path whose merge lost something of the owner's.
// What git put elsewhere instead is dropped, unless the template has it there.
func (m *merger) lose(name, at string) {
	why := m.why[at]
	if why == "" {
		why = "a merge would lose lines that you added"
	}
	if at != name && m.head[at] == none {
		m.set(at, m.theirs[at])
		delete(m.stages, at)
	}
	m.conflict(name, why)
}

// whereTo is where the owner's file is after the merge.
func (m *merger) whereTo(name string) string {
	if m.merged[name] != none {
		return name
	}
	if to := m.renames[1][m.origin(name)]; to != "" && m.merged[to] != none {
		return to
	}
	if to := m.arrived[m.ours[name]]; to != "" { // with its directory, or out of the way of one
		return to
	}
	return name
}

// origin is the path in base of a file of the owner's.
func (m *merger) origin(name string) string { return cmp.Or(m.origins[0][name], name) }

// index notes where files came from, and where they went.
func (m *merger) index() {
	for i, renames := range m.renames {
		m.origins[i] = map[string]string{}
		for _, from := range slices.Sorted(maps.Keys(renames)) {
			m.origins[i][renames[from]] = from
		}
	}
	m.arrived, m.left = map[repo.Entry]string{}, map[repo.Entry]string{}
	for name, e := range m.merged {
		if m.head[name] == none && m.theirs[name] == none && (m.arrived[e] == "" || name < m.arrived[e]) {
			m.arrived[e] = name
		}
	}
	for name, e := range m.head {
		if m.merged[name] == none && (m.left[e] == "" || name < m.left[e]) {
			m.left[e] = name
		}
	}
}

// holds says whether a result has every line that ours has more of than base,
// and those that base does not have at all in their order.
func (m *merger) holds(name, at string) bool {
	ours, base, result := m.ours[name], m.base[m.origin(name)], m.merged[at]
	if result == none || ours.Mode == "120000" || ours.Submodule() || result.Mode == "120000" || result.Submodule() {
		return false
	}
	if ours.Mode == "100755" && base.Mode == "100644" && result.Mode != "100755" {
		return false
	}
	if ours.ID == result.ID {
		return true
	}
	if bytes.IndexByte(m.blobs[ours.ID], 0) >= 0 && ours.ID != base.ID {
		return false
	}
	return keepsLines(m.blobs[base.ID], m.blobs[ours.ID], m.blobs[result.ID])
}

// keepsLines is the rule for texts.
func keepsLines(base, ours, result []byte) bool {
	surplus := map[string]int{}
	for line := range bytes.Lines(ours) {
		surplus[text(line)]++
	}
	known := map[string]bool{}
	for line := range bytes.Lines(base) {
		surplus[text(line)]--
		known[text(line)] = true
	}
	have := map[string]int{}
	for line := range bytes.Lines(result) {
		have[text(line)]++
	}
	for line, n := range surplus {
		if have[line] < n {
			return false
		}
	}
	rest := slices.Collect(bytes.Lines(result))
	for line := range bytes.Lines(ours) {
		if known[text(line)] {
			continue
		}
		i := slices.IndexFunc(rest, func(r []byte) bool { return text(r) == text(line) })
		if i < 0 {
			return false
		}
		rest = rest[i+1:]
	}
	return true
}

// text is a line without its end: the last one may get one, or lose it.
func text(line []byte) string { return strings.TrimRight(string(line), "\r\n") }

// load reads objects that have not been read yet.
func (m *merger) load(ctx context.Context, ids ...string) error {
	ids = slices.DeleteFunc(slices.Compact(slices.Sorted(slices.Values(ids))), func(id string) bool { _, known := m.blobs[id]; return known || id == "" })
	found, err := m.scratch.Blobs(ctx, ids)
	maps.Copy(m.blobs, found)
	return err
}

// relabel names the sides in what is left of the conflicts.
func (m *merger) relabel(ctx context.Context) error {
	var ids []string
	for name := range m.stages {
		if e := m.merged[name]; e != m.head[name] && e.Mode != "120000" && !e.Submodule() {
			ids = append(ids, e.ID)
		}
	}
	if err := m.load(ctx, ids...); err != nil {
		return err
	}
	for name := range m.stages {
		e := m.merged[name]
		data, read := m.blobs[e.ID]
		if !read || e == m.head[name] {
			continue
		}
		if labelled := m.label(data); !bytes.Equal(labelled, data) {
			id, err := m.scratch.Blob(ctx, labelled)
			if err != nil {
				return err
			}
			m.set(name, repo.Entry{Mode: e.Mode, ID: id})
		}
	}
	return nil
}

// result lists what becomes of every file, with the bytes of those that change.
func (m *merger) result(ctx context.Context) (*Result, error) {
	m.index()
	var changed []string
	for name, e := range m.merged {
		if e != m.head[name] && !e.Submodule() {
			changed = append(changed, name)
		}
	}
	slices.Sort(changed)
	data, err := m.scratch.Checkout(ctx, m.head, m.merged, changed)
	if err != nil {
		return nil, err
	}
	r := &Result{scratch: m.scratch}
	for _, name := range m.told() {
		if f := m.file(name); f.Kind != "" {
			f.Data = data[name]
			if f.Data == nil && m.merged[name] != m.head[name] && m.merged[name] != none {
				f.Data = []byte{}
			}
			r.Files = append(r.Files, f)
		}
	}
	if err := m.show(ctx, r.Files); err != nil {
		return nil, err
	}
	return r, nil
}

// show adds what the template has in place of files that stay.
func (m *merger) show(ctx context.Context, files []File) error {
	var ids []string
	for _, f := range files {
		if f.passedOver() {
			ids = append(ids, m.offered[f.Path].ID)
		}
	}
	err := m.load(ctx, ids...)
	for i, f := range files {
		if f.passedOver() {
			files[i].Theirs = m.blobs[m.offered[f.Path].ID]
		}
	}
	return err
}

// passedOver says whether a file stays though the template has another one.
func (f File) passedOver() bool { return f.Kind == Kept && f.Why != "" }

// told are the paths that a result tells of: those of the templates, those that
// change and those in conflict. One that moved is told of under its new name.
func (m *merger) told() []string {
	names := map[string]bool{}
	for _, side := range []entries{m.base, m.theirs} {
		for name := range side {
			names[name] = !strings.HasPrefix(name, ".scaffold/")
		}
	}
	for _, side := range []entries{m.merged, m.head} {
		for name := range side {
			if m.merged[name] != m.head[name] {
				names[name] = true
			}
		}
	}
	for name := range m.stages {
		names[name] = true
	}
	for name := range names {
		names[m.from(name)] = false
	}
	maps.DeleteFunc(names, func(_ string, told bool) bool { return !told })
	return slices.Sorted(maps.Keys(names))
}

// file says what becomes of one path. The zero kind is for one that is nowhere,
// and for one that is told of under its new name.
func (m *merger) file(name string) File {
	now := m.merged[name]
	f := File{Path: name, From: m.from(name), Was: m.head[name], Staged: repo.Staged{Entry: now}, Mode: now.Mode, Why: m.why[name], Keys: m.keys[name], Relock: m.relock[name]}
	if stages, is := m.stages[name]; is {
		f.Kind, f.Staged = Conflict, repo.Staged{Stages: stages}
		return f
	}
	f.Why = ""
	if f.Kind = m.kind(name, f); f.Kind == Kept {
		f.Why = m.whyKept(name)
	}
	return f
}

// whyKept says why a file stays though the template has another one.
func (m *merger) whyKept(name string) string {
	offered, now := m.offered[name], m.merged[name]
	switch {
	case offered == none || offered == m.base[name] || offered == now:
		return ""
	case m.relock[name]:
		return "the template has another; you have renewed yours"
	case m.Rules[name].Managed == "once":
		return "the template has another; this one is written once"
	}
	return ""
}

func (m *merger) kind(name string, f File) Kind {
	origin := m.origin(name)
	base, ours, theirs, now := m.base[origin], m.ours[name], m.offered[origin], m.merged[name]
	switch {
	case f.From != "":
		return Moved
	case now == none && f.Was == none:
		if base == none || theirs == none || m.merged[m.renames[0][name]] != none {
			return ""
		}
		return Kept
	case now == f.Was && (ours == theirs || ours == base && theirs == base):
		return Same
	case now == f.Was:
		return Kept
	case now == none:
		return Removed
	case f.Was == none:
		return Added
	case ours == base:
		return Updated
	}
	return Merged
}

// from is where the file of a new path was in the commit.
func (m *merger) from(name string) string {
	if m.head[name] != none || m.merged[name] == none {
		return ""
	}
	if from := m.moved[name]; from != "" && m.merged[from] == none {
		return from
	}
	if from := m.origins[1][name]; from != "" && m.head[from] != none && m.merged[from] == none {
		return from
	}
	if m.theirs[name] == none {
		return m.left[m.merged[name]]
	}
	return ""
}
