package write

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"path"
	"strings"

	"scaffold/generator/internal/tree"
)

// What a stage holds.
const (
	lockFile    = "scaffold.lock" // held for as long as its run lives; holds its process id
	treeDir     = "tree"          // the project, or what changes of it, or the first directory of the way to it
	lastDir     = "last"          // what changes last
	wasDir      = "was"           // what was there, until all is done
	goneDir     = "gone"          // directories that were left empty
	journalFile = "journal.json"  // written last: from here on the run is finished, not undone
)

// A stage is the hidden directory in which changes are completed before they
// are moved to where they belong.
type stage struct {
	disk  Disk // the directory that holds the stage
	name  string
	lock  io.Closer
	stuck bool // some of it was moved, could not be moved back, and the journal says so
}

// newStage makes a stage that no other run takes for an abandoned one. It
// starts again under the name that is given next where another run was quicker
// to lock it than we were: that run takes every stage without a lock away.
func newStage(disk Disk, next func() (string, error)) (*stage, error) {
	for {
		name, err := next()
		if err != nil {
			return nil, err
		}
		if err := disk.Mkdir(name, 0o700); errors.Is(err, fs.ErrExist) {
			continue
		} else if err != nil {
			return nil, err
		}
		lock, err := disk.Lock(path.Join(name, lockFile))
		if err == nil {
			return &stage{disk: disk, name: name, lock: lock}, nil
		}
		if !errors.Is(err, ErrLocked) && !errors.Is(err, fs.ErrNotExist) {
			_ = disk.RemoveAll(name)
			return nil, err
		}
	}
}

// ownerOf gives the process id of the run whose stage this is, "" where it says
// none.
func ownerOf(disk Disk, stage string) string {
	f, err := disk.Open(path.Join(stage, lockFile))
	if err != nil {
		return ""
	}
	defer f.Close()
	const longest = 20 // digits of a process id
	pid, err := io.ReadAll(io.LimitReader(f, longest))
	if err != nil || strings.Trim(string(pid), "0123456789") != "" {
		return ""
	}
	return string(pid)
}

func (s *stage) path(elem ...string) string { return path.Join(s.name, path.Join(elem...)) }

// fill writes files into a directory of the stage, and has them finished. Up to
// here a run can be cancelled. Nothing below the stage stays open: some systems
// could not rename it then.
func (s *stage) fill(ctx context.Context, dir string, files []tree.Written, then finish) error {
	if len(files) == 0 && then == nil {
		return context.Cause(ctx)
	}
	at := s.path(dir)
	if err := s.disk.MkdirAll(at, 0o777); err != nil {
		return err
	}
	root, err := s.disk.Sub(at)
	if err != nil {
		return err
	}
	defer root.Close()

	if err := writeFiles(ctx, root, files, then != nil); err != nil {
		return err
	}
	if then != nil {
		if err := then(ctx, root, files); err != nil {
			return err
		}
	}
	return context.Cause(ctx)
}

// permit gives staged files the permissions of those that they replace, unless
// they are to be executable and those were not, or the reverse.
func (s *stage) permit(found settled) error {
	for _, c := range found.changes {
		was, ok := found.modes[c.Path.String()]
		if !ok || !was.IsRegular() || c.Now.Mode&fs.ModeSymlink != 0 || was&0o100 != c.Now.Mode&0o100 {
			continue
		}
		dir := treeDir
		if c.Last {
			dir = lastDir
		}
		if err := s.disk.Chmod(s.path(dir, c.Path.String()), was.Perm()); err != nil {
			return err
		}
	}
	return nil
}

// appear moves the tree, of so many files, to a name whose parts, so far as we
// know, are missing. Where another run has made the first of them meanwhile, it moves only the
// rest.
func (s *stage) appear(missing string, files int) error {
	if err := s.sync(files); err != nil {
		return err
	}
	from, to := s.path(treeDir), ""
	for rest := missing; ; {
		first, after, _ := strings.Cut(rest, "/")
		to = path.Join(to, first)
		err := s.disk.RenameNoReplace(from, to)
		if !errors.Is(err, fs.ErrExist) {
			return err
		}
		is, err := kindOf(s.disk, to)
		if err != nil {
			return err
		}
		if is != directory || after == "" {
			return exists(to)
		}
		next, _, _ := strings.Cut(after, "/")
		from, rest = path.Join(from, next), after
	}
}

// settle ends a run. What cannot be removed is left to the next one.
func (s *stage) settle() {
	if s.stuck {
		_ = s.lock.Close()
		return
	}
	_ = s.remove()
}

// remove takes the stage away: the journal first, so that a tree which is only
// half removed is never moved into place, and the lock last.
func (s *stage) remove() error {
	defer s.lock.Close()
	for _, name := range []string{journalFile, journalFile + ".draft", treeDir, lastDir, wasDir, goneDir, lockFile} {
		if err := s.disk.RemoveAll(s.path(name)); err != nil {
			return err
		}
	}
	_ = s.lock.Close() // some systems keep a directory while a file of it is open
	err := s.disk.Remove(s.name)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrExist) {
		return nil // another run, which took the lock anew, removes it
	}
	return err
}
