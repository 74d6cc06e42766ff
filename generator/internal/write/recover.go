package write

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"scaffold/generator/fault"
)

// sweepAll ends what earlier runs left in base, which is the directory at of
// disk, and on the way to it. The remains of others on the way stop nobody.
func sweepAll(ctx context.Context, disk, base Disk, at string, step *Step) (done []Recovery, err error) {
	if at != "." {
		done = sweepWay(ctx, disk, at)
	}
	recovered, err := sweep(ctx, base, at, step)
	return append(done, recovered...), err
}

// sweepWay sweeps the directories from the root to the one that holds dir.
func sweepWay(ctx context.Context, disk Disk, dir string) (done []Recovery) {
	parts := strings.Split(dir, "/")
	for i := range parts {
		at := path.Join(".", path.Join(parts[:i]...))
		sub, err := disk.Sub(at)
		if err != nil {
			continue
		}
		recovered, _ := sweep(ctx, sub, at, nil)
		done = append(done, recovered...)
		sub.Close()
	}
	return done
}

// sweep ends what earlier runs left in a directory: a run whose journal is
// complete is finished, the remains of any other are removed. Stages of runs
// that live are left alone. The directory is called at in what is returned.
func sweep(ctx context.Context, disk Disk, at string, step *Step) ([]Recovery, error) {
	names, err := list(disk, ".")
	if err != nil {
		return nil, err
	}
	var done []Recovery
	var failed error
	for _, name := range names {
		if !strings.HasPrefix(name, ".") || !strings.Contains(name, ".scaffold-") {
			continue
		}
		recovery, err := reclaim(ctx, disk, name, step)
		if errors.Is(err, errNotOurs) {
			continue
		}
		if err != nil {
			failed = errors.Join(failed, err)
			continue
		}
		recovery.Dir = at
		done = append(done, recovery)
	}
	return done, failed
}

// errNotOurs says of a directory that it is no abandoned stage.
var errNotOurs = errors.New("not an abandoned stage")

// reclaim ends one abandoned run.
func reclaim(ctx context.Context, disk Disk, name string, step *Step) (done Recovery, err error) {
	if is, err := kindOf(disk, name); err != nil || is != directory {
		return done, errNotOurs
	}
	if is, err := kindOf(disk, path.Join(name, lockFile)); err != nil || is != file {
		_ = disk.Remove(name) // only an empty one goes: a run that ended before it had a lock
		return done, errNotOurs
	}
	lock, err := disk.Lock(path.Join(name, lockFile))
	if err != nil {
		return done, errNotOurs
	}
	st := &stage{disk: disk, name: name, lock: lock}
	done, err = st.redo(ctx, step)
	if err != nil {
		_ = lock.Close()
		return done, fmt.Errorf("finishing the interrupted run in %s: %w", name, err)
	}
	return done, st.remove()
}

// redo completes a run from its journal, if it got as far as to write one.
// Where something has taken a name meanwhile, or a file is not the one that was
// to go, it stays and ours goes beside it.
func (s *stage) redo(ctx context.Context, step *Step) (Recovery, error) {
	j, err := s.readJournal()
	if errors.Is(err, fs.ErrNotExist) {
		return Recovery{}, nil
	}
	if err != nil {
		return Recovery{}, err
	}
	if j.Step != nil && step == nil {
		return Recovery{}, fault.New(fault.Busy, "a command that was interrupted here was about to change the repository").
			Try("run that command again: it finishes what it began")
	}
	m := &mover{stage: s, step: step}
	err = m.run(ctx, j)
	slices.Sort(m.kept)
	return Recovery{Finished: true, Kept: slices.Compact(m.kept)}, err
}
