package generator

import (
	"context"
	"os"
	"path/filepath"

	"scaffold/generator/internal/vcs"
	"scaffold/generator/internal/write"
)

// unborn says whether dir holds a repository that waits for its first commit,
// as the clone of an empty one does, and on which branch.
func (g *Generator) unborn(ctx context.Context, dir string) (branch string, unborn bool) {
	if g.opts.FS != nil {
		return "", false
	}
	if _, err := os.Lstat(filepath.Join(dir, ".git")); err != nil {
		return "", false
	}
	return vcs.Unborn(ctx, dir)
}

// set is what the plan has to write, into the directory that the disk calls
// name.
func (p *Plan) set(name string) write.Set {
	if p.changes == nil {
		p.changes = write.Creating(p.tree.Files(), p.force)
	}
	set := write.Set{Name: name, Changes: p.changes, Vacant: !p.force}
	if p.Git.Existing {
		set.Overlook = []string{".git"}
	}
	return set
}

// firstCommit is the step that commits to a repository which is there already.
// Without data it is for a run that was killed, whose journal has them.
func firstCommit(dir string, data []byte, id *string) *write.Step {
	return &write.Step{
		Data: data,
		Do: func(ctx context.Context, data []byte) (err error) {
			*id, err = vcs.Make(ctx, dir, data)
			return err
		},
		Undo: func(ctx context.Context, _ []byte) error { return vcs.Unmake(ctx, dir) },
	}
}
