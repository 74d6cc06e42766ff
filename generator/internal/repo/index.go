package repo

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A Staged is what the index holds of one file: one entry, or up to three of a
// conflict.
type Staged struct {
	Entry  Entry    `json:"entry,omitzero"`
	Stages [3]Entry `json:"stages,omitzero"` // base, ours, theirs
}

// SetIndex gives files of the project other entries, all at once; the zero
// value takes a file out.
func (r *Repo) SetIndex(ctx context.Context, files map[string]Staged) error {
	var in bytes.Buffer
	gone := strings.Repeat("0", len(r.Head))
	for _, name := range slices.Sorted(maps.Keys(files)) {
		fmt.Fprintf(&in, "0 %s\t%s%s\x00", gone, r.Prefix, name)
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		s := files[name]
		if s.Entry != (Entry{}) {
			fmt.Fprintf(&in, "%s %s 0\t%s%s\x00", s.Entry.Mode, s.Entry.ID, r.Prefix, name)
		}
		for i, e := range s.Stages {
			if e != (Entry{}) {
				fmt.Fprintf(&in, "%s %s %d\t%s%s\x00", e.Mode, e.ID, i+1, r.Prefix, name)
			}
		}
	}
	_, err := r.git(ctx, in.Bytes(), "update-index", "-z", "--index-info")
	return err
}

// Refresh has the index know the files as they lie in the work tree, so that
// the next `git status` need not read them. That some differ is no error.
func (r *Repo) Refresh(ctx context.Context) error {
	_, err := r.git(ctx, nil, "update-index", "-q", "--refresh", "--unmerged")
	if _, failed := err.(*Failed); failed {
		return nil
	}
	return err
}
