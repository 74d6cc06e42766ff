package write

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/spf13/afero"

	"scaffold/generator/internal/tree"
)

// What a stage holds.
const (
	lockFile    = "scaffold.lock" // held for as long as its run lives
	treeDir     = "tree"          // the project, or the first directory of the way to it
	journalFile = "journal.json"  // written last: from here on the run is finished, not undone
)

// journalLimit bounds what is read of a journal, in bytes.
const journalLimit = 64 << 20

// A stage is the hidden directory in which a project is completed before it is
// moved to where it belongs.
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

func (s *stage) path(elem ...string) string { return path.Join(s.name, path.Join(elem...)) }

// fill writes what is missing into the project's directory, which is at rest in
// the staged tree, and has the job finish it. Up to here a run can be
// cancelled. Nothing below the stage stays open: some systems could not rename
// it then.
func (s *stage) fill(ctx context.Context, rest string, job Job, found findings) error {
	at := s.path(treeDir, rest)
	if err := s.disk.MkdirAll(at, 0o777); err != nil {
		return err
	}
	root, err := s.disk.Sub(at)
	if err != nil {
		return err
	}
	defer root.Close()

	written, err := writeFiles(ctx, root, slices.Concat(found.missing, found.beside))
	if err != nil {
		return err
	}
	if job.Finish != nil {
		ours := slices.Concat(written[:len(found.missing)], found.same)
		slices.SortFunc(ours, func(a, b tree.Written) int { return strings.Compare(a.Path.String(), b.Path.String()) })
		if err := job.Finish(ctx, root, ours); err != nil {
			return err
		}
	}
	return context.Cause(ctx)
}

// appear moves the tree to a name whose parts, so far as we know, are missing.
// Where another run has made the first of them meanwhile, it moves only the
// rest.
func (s *stage) appear(missing string) error {
	if err := s.disk.Sync(); err != nil {
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
			return &ExistsError{Path: to}
		}
		next, _, _ := strings.Cut(after, "/")
		from, rest = path.Join(from, next), after
	}
}

// A journal lists what is still to be moved from the tree into the directory
// that holds the stage: files, and directories that are not there. Each of
// them is in one of the two places, and this alone says how far a run came.
type journal struct {
	Move []string `json:"move"`
}

// merge moves the tree's content into the directory that holds the stage, all
// of it or nothing.
func (s *stage) merge() error {
	moves, err := s.moves(".")
	if err != nil {
		return err
	}
	if err := s.commit(journal{Move: moves}); err != nil {
		return err
	}
	for i, name := range moves {
		err := s.disk.RenameNoReplace(s.path(treeDir, name), name)
		if errors.Is(err, fs.ErrExist) {
			err = &ExistsError{Path: name}
		}
		if err != nil {
			s.undo(moves[:i])
			return err
		}
	}
	return nil
}

// moves finds the topmost staged paths below dir that are not there yet.
func (s *stage) moves(dir string) ([]string, error) {
	names, err := list(s.disk, s.path(treeDir, dir))
	if err != nil {
		return nil, err
	}
	var moves []string
	for _, name := range names {
		name = path.Join(dir, name)
		is, err := kindOf(s.disk, name)
		if err != nil {
			return nil, err
		}
		if is == nothing {
			moves = append(moves, name)
			continue
		}
		if is != directory || name == gitDir {
			return nil, &ExistsError{Path: name}
		}
		below, err := s.moves(name)
		if err != nil {
			return nil, err
		}
		moves = append(moves, below...)
	}
	return moves, nil
}

// commit writes the journal, after everything that it speaks of.
func (s *stage) commit(j journal) error {
	data, err := json.Marshal(j)
	if err != nil {
		return err
	}
	draft := s.path(journalFile + ".draft")
	if err := afero.WriteFile(s.disk, draft, data, 0o600); err != nil {
		return err
	}
	if err := s.disk.Sync(); err != nil {
		return err
	}
	return s.disk.Rename(draft, s.path(journalFile))
}

func (s *stage) undo(moved []string) {
	for _, name := range slices.Backward(moved) {
		if err := s.disk.RenameNoReplace(name, s.path(treeDir, name)); err != nil {
			s.stuck = true
		}
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
	for _, name := range []string{journalFile, journalFile + ".draft", treeDir, lockFile} {
		if err := s.disk.RemoveAll(s.path(name)); err != nil {
			return err
		}
	}
	_ = s.lock.Close() // some systems keep a directory while a file of it is open
	return s.disk.Remove(s.name)
}

// sweep ends what earlier runs left in a directory: a run whose journal is
// complete is finished, the remains of any other are removed. Stages of runs
// that live are left alone. The directory is called at in what is returned.
func sweep(disk Disk, at string) ([]Recovery, error) {
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
		finished, err := reclaim(disk, name)
		if errors.Is(err, errNotOurs) {
			continue
		}
		if err != nil {
			failed = errors.Join(failed, err)
			continue
		}
		done = append(done, Recovery{Dir: at, Finished: finished})
	}
	return done, failed
}

// errNotOurs says of a directory that it is no abandoned stage.
var errNotOurs = errors.New("not an abandoned stage")

// reclaim ends one abandoned run, and says whether its project is in place.
func reclaim(disk Disk, name string) (finished bool, err error) {
	if is, err := kindOf(disk, name); err != nil || is != directory {
		return false, errNotOurs
	}
	if is, err := kindOf(disk, path.Join(name, lockFile)); err != nil || is != file {
		_ = disk.Remove(name) // only an empty one goes: a run that ended before it had a lock
		return false, errNotOurs
	}
	lock, err := disk.Lock(path.Join(name, lockFile))
	if err != nil {
		return false, errNotOurs
	}
	st := &stage{disk: disk, name: name, lock: lock}
	finished, err = st.redo()
	if err != nil {
		_ = lock.Close()
		return false, fmt.Errorf("finishing the interrupted run in %s: %w", name, err)
	}
	return finished, st.remove()
}

// redo completes a run from its journal, if it got as far as to write one.
// Where something has taken a name meanwhile, it stays and ours goes beside it.
func (s *stage) redo() (bool, error) {
	j, err := s.readJournal()
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	for _, name := range j.Move {
		from := s.path(treeDir, name)
		is, err := kindOf(s.disk, from)
		if err != nil {
			return false, err
		}
		if is == nothing {
			continue // done before the interruption
		}
		err = s.disk.RenameNoReplace(from, name)
		if errors.Is(err, fs.ErrExist) {
			err = s.disk.RenameNoReplace(from, name+Beside)
		}
		if err != nil {
			return false, err
		}
	}
	return true, nil
}

// readJournal reads a journal as carefully as if a stranger had written it.
func (s *stage) readJournal() (journal, error) {
	f, err := s.disk.Open(s.path(journalFile))
	if err != nil {
		return journal{}, err
	}
	defer f.Close()
	var j journal
	if err := json.NewDecoder(io.LimitReader(f, journalLimit)).Decode(&j); err != nil {
		return journal{}, fmt.Errorf("reading the journal: %w", err)
	}
	for _, name := range j.Move {
		if name == gitDir {
			continue
		}
		if _, err := tree.SafeRel(name); err != nil {
			return journal{}, err
		}
	}
	return j, nil
}

// gitDir is the one name that is not a project file's and is moved with them.
const gitDir = ".git"
