package merge

import (
	"context"
	"maps"
	"slices"

	"scaffold/generator/internal/patch"
	"scaffold/generator/internal/repo"
)

// A Key is a value that both sides changed in a file that is merged by key.
type Key = patch.Clash

// byKey merges files that have a rule for it, where both sides changed them:
// not by lines, which may give a key twice, but by what they hold.
func (m *merger) byKey(ctx context.Context) error {
	var names, ids []string
	for _, name := range slices.Sorted(maps.Keys(m.Rules)) {
		base, ours, theirs := m.base[name], m.ours[name], m.theirs[name]
		if m.Rules[name].Merge == "" || base == ours || base == theirs || ours == theirs || base == none || ours == none || theirs == none ||
			slices.ContainsFunc([]repo.Entry{base, ours, theirs}, func(e repo.Entry) bool { return e.Mode == "120000" || e.Submodule() }) {
			continue
		}
		names = append(names, name)
		ids = append(ids, base.ID, ours.ID, theirs.ID)
	}
	if err := m.load(ctx, ids...); err != nil {
		return err
	}
	for _, name := range names {
		if err := m.mergeKeys(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

func (m *merger) mergeKeys(ctx context.Context, name string) error {
	base, ours, theirs := m.base[name], m.ours[name], m.theirs[name]
	data, clashes, err := patch.Merge(m.Rules[name].Merge, m.blobs[base.ID], m.blobs[ours.ID], m.blobs[theirs.ID])
	if err != nil {
		return nil // then it is a text like any other
	}
	id, err := m.scratch.Blob(ctx, data)
	if err != nil {
		return err
	}
	mode := ours.Mode
	if ours.Mode == base.Mode {
		mode = theirs.Mode
	}
	delete(m.stages, name)
	delete(m.why, name)
	m.set(name, repo.Entry{Mode: mode, ID: id})
	m.keys[name] = clashes
	if len(clashes) > 0 {
		m.stages[name] = [3]repo.Entry{base, ours, theirs}
		m.why[name] = "you and the template gave a key different values"
	}
	return nil
}
