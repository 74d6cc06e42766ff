package generator

import (
	"context"
	"slices"

	"github.com/spf13/afero"

	"scaffold/generator/internal/tree"
	"scaffold/generator/internal/vcs"
	"scaffold/generator/internal/write"
)

// A Result says what Apply did.
type Result struct {
	Created   []string // paths, in order
	Skipped   []string // there already, with the same bytes
	Kept      []string // there with other bytes; ours is beside, as <name>.scaffold-new
	Commit    string   // the first commit's id; "" without one
	Recovered []Recovery
}

// A Recovery is what was left of an earlier run that was interrupted.
type Recovery = write.Recovery

// Apply writes the plan, all or nothing: files and repository are made beside
// the target and become visible by renames that replace nothing. After an
// error, or once ctx is cancelled, the disk is as before.
func (g *Generator) Apply(ctx context.Context, p *Plan) (*Result, error) {
	disk, name, err := g.open(p.Dir)
	if err != nil {
		return nil, err
	}
	defer disk.Close()
	result := &Result{}
	set := p.set(name)
	set.Planned = &p.found
	if p.Git.Existing && p.Git.Reason != noGit {
		data, err := vcs.NewFirst(slices.Collect(p.added()), g.options(p)).Data()
		if err != nil {
			return nil, err
		}
		set.Step = firstCommit(p.Dir, data, &result.Commit)
	} else {
		set.Finish = func(ctx context.Context, root afero.Fs, files []tree.Written) error {
			result.Commit, err = g.repository(ctx, p, root, files)
			return err
		}
	}
	report, err := write.Apply(ctx, disk, set)
	result.Created, result.Skipped, result.Kept = report.Created, report.Skipped, report.Kept
	result.Recovered = append(p.Recovered, report.Recovered...)
	return result, err
}

// repository makes the git repository of a staged project.
func (g *Generator) repository(ctx context.Context, p *Plan, root afero.Fs, files []tree.Written) (string, error) {
	if !p.Git.Init {
		return "", nil
	}
	ignored := p.ignored()
	files = slices.DeleteFunc(files, func(f tree.Written) bool { return ignored[f.Path.String()] })
	return vcs.Create(ctx, root, files, g.options(p))
}

func (g *Generator) options(p *Plan) vcs.Options {
	return vcs.Options{
		Branch: p.Git.Branch, Author: p.Git.author, When: g.opts.Now,
		Message: p.message(), NoCommit: !p.Git.Commit,
		Machine: p.Git.machine, ByGit: p.Git.byGit, Empty: p.Git.empty,
	}
}
