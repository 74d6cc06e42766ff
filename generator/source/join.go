package source

import (
	"context"
	"io/fs"
	"slices"

	"scaffold/generator/internal/state"
)

// A Join is the configuration of a repository that the person has taken over, as
// it was then.
type Join struct {
	URL     string            `yaml:"url"` // without a ref
	Ref     string            `yaml:"ref,omitempty"`
	File    string            `yaml:"file"`              // its join.yaml
	Signers map[string]string `yaml:"signers,omitempty"` // the files of signers that it names
}

type joins struct {
	Joined []Join `yaml:"joined,omitempty"`
}

func joinsIn(file string) state.File[joins] {
	return state.File[joins]{
		Path: file, What: "the list of what was joined", Kind: "scaffold/joined", Version: 2,
		Header: "Written by `scaffold join`: the configurations that were taken over, as they were then.",
	}
}

// Joins lists what was joined, in the order in which it was.
func Joins(file string) ([]Join, error) {
	j, err := joinsIn(file).Read()
	return j.Joined, err
}

// SetJoin takes a configuration over, in the place of what was joined from there.
func SetJoin(ctx context.Context, file string, join Join) error {
	return joinsIn(file).Change(ctx, func(j *joins) error {
		if i := slices.IndexFunc(j.Joined, func(o Join) bool { return o.URL == join.URL }); i >= 0 {
			j.Joined[i] = join
		} else {
			j.Joined = append(j.Joined, join)
		}
		return nil
	})
}

// RemoveJoin forgets what was joined from an address, and reports whether it was.
func RemoveJoin(ctx context.Context, file, url string) (bool, error) {
	found := false
	err := joinsIn(file).Change(ctx, func(j *joins) error {
		n := len(j.Joined)
		j.Joined = slices.DeleteFunc(j.Joined, func(o Join) bool { return o.URL == url })
		found = len(j.Joined) < n
		return nil
	})
	return found, err
}

// Folder gives the folder that an address names, as it is locked.
func (c *Catalog) Folder(ctx context.Context, address string) (fs.FS, Reference, error) {
	ref, err := ParseReference(address)
	if err != nil {
		return nil, ref, err
	}
	got, err := c.checkout(ctx, ref, Named{}, asking)
	return got.fsys, ref, err
}
