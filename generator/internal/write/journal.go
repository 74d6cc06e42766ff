package write

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/afero"

	"scaffold/generator/fault"
	"scaffold/generator/internal/tree"
)

// A journal says, together with what is staged, all that is to be done: what is
// staged goes where it belongs, and before that each of the changes makes room.
// How far a run came is said by the disk alone, as each file is in one place.
type journal struct {
	Changes []taken  `json:"changes"` // those that take away what is there
	Dirs    []string `json:"dirs"`    // directories above them, the deepest first
	Step    *[]byte  `json:"step,omitempty"`
}

// A taken is a file that goes, or is replaced.
type taken struct {
	Op   Op      `json:"op"`
	Path string  `json:"path"` // where it is
	To   string  `json:"to,omitempty"`
	Was  Content `json:"was"`
	Last bool    `json:"last,omitempty"`
}

// journalLimit bounds what is read of a journal, in bytes.
const journalLimit = 64 << 20

// gitDir is the one name that is not a project file's and is moved with them.
const gitDir = ".git"

// commit does what is staged, all of it or nothing.
func (s *stage) commit(ctx context.Context, found settled, step *Step) error {
	if err := s.repositoryIsFree(); err != nil {
		return err
	}
	j := plan(found, step)
	if err := s.write(j, len(found.changes)); err != nil {
		return err
	}
	m := &mover{stage: s, strict: true, step: step}
	err := m.run(context.WithoutCancel(ctx), j)
	if err != nil {
		s.stuck = m.undo(context.WithoutCancel(ctx)) != nil
	}
	return err
}

// repositoryIsFree refuses a staged repository where there is one already.
func (s *stage) repositoryIsFree() error {
	for _, name := range []string{s.path(treeDir, gitDir), gitDir} {
		if is, err := kindOf(s.disk, name); err != nil || is == nothing {
			return err
		}
	}
	return exists(gitDir)
}

// plan makes the journal of a set.
func plan(found settled, step *Step) journal {
	var j journal
	if step != nil {
		j.Step = &step.Data
	}
	above := map[string]bool{}
	for _, c := range found.changes {
		from := c.source()
		if from == "" {
			continue
		}
		t := taken{Op: c.Op, Path: from, Was: c.Was, Last: c.Last}
		if c.Op == Move {
			t.To = c.Path.String()
		}
		j.Changes = append(j.Changes, t)
		for at := path.Dir(from); at != "." && !above[at]; at = path.Dir(at) {
			above[at] = true
		}
	}
	j.Dirs = slices.SortedFunc(maps.Keys(above), func(a, b string) int {
		return cmp.Or(strings.Count(b, "/")-strings.Count(a, "/"), cmp.Compare(a, b))
	})
	return j
}

// write writes the journal, after everything that it speaks of.
func (s *stage) write(j journal, files int) error {
	data, err := json.Marshal(j)
	if err != nil {
		return err
	}
	draft := s.path(journalFile + ".draft")
	if err := afero.WriteFile(s.disk, draft, data, 0o600); err != nil {
		return err
	}
	if err := s.sync(files); err != nil {
		return err
	}
	return s.disk.Rename(draft, s.path(journalFile))
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
	names := slices.Clone(j.Dirs)
	for _, t := range j.Changes {
		if t.Op != Replace && t.Op != Delete && t.Op != Move {
			return journal{}, fmt.Errorf("reading the journal: it takes %s away by %q", t.Path, t.Op)
		}
		names = append(names, t.Path)
	}
	for _, name := range names {
		if _, err := tree.SafeRel(name); err != nil {
			return journal{}, err
		}
	}
	return j, nil
}

// A mover does what a journal says.
type mover struct {
	stage  *stage
	strict bool // something in the way is an error; else it stays, and ours goes beside it
	step   *Step
	done   []act
	kept   []string
}

// An act is something that was done: a rename, or the step with its data.
type act struct {
	from, to string
	step     []byte
}

func (m *mover) run(ctx context.Context, j journal) error {
	if err := m.phase(j, false); err != nil {
		return err
	}
	if j.Step != nil {
		m.done = append(m.done, act{step: *j.Step})
		if err := m.step.Do(ctx, *j.Step); err != nil {
			return err
		}
	}
	return m.phase(j, true)
}

// phase makes the changes that come before or after the step.
func (m *mover) phase(j journal, last bool) error {
	from := treeDir
	if last {
		from = lastDir
	}
	for _, t := range j.Changes {
		if t.Last != last {
			continue
		}
		if err := m.take(t, from); err != nil {
			return err
		}
	}
	for i, name := range j.Dirs {
		if err := m.prune(name, i); err != nil {
			return err
		}
	}
	if is, err := kindOf(m.stage.disk, m.stage.path(from)); err != nil || is == nothing {
		return err
	}
	return m.merge(from, ".")
}

// take moves a file into the stage, and puts in the one that replaces it.
func (m *mover) take(t taken, from string) error {
	disk, was := m.stage.disk, m.stage.path(wasDir, t.Path)
	is, err := kindOf(disk, was)
	if err != nil {
		return err
	}
	if is == nothing {
		if gone, err := m.away(t.Path); gone || err != nil {
			return err
		}
		if err := disk.MkdirAll(path.Dir(was), 0o700); err != nil {
			return err
		}
		if err := m.rename(t.Path, was); err != nil {
			return err
		}
	}
	if err := m.verify(t, was); err != nil || t.Op != Replace {
		return err
	}
	if is, err := kindOf(disk, m.stage.path(from, t.Path)); err != nil || is == nothing {
		return err
	}
	return m.place(m.stage.path(from, t.Path), t.Path)
}

// away says whether a file that is to be taken is gone already. One that is
// behind a link, or no file, counts as gone: it is not the one we saw.
func (m *mover) away(name string) (bool, error) {
	at, err := locate(m.stage.disk, path.Dir(name))
	if err == nil && at.missing == "" {
		var is kind
		if is, err = kindOf(m.stage.disk, name); err == nil && is != nothing && is != directory {
			return false, nil
		}
	}
	if m.strict && (err == nil || fault.Of(err) != nil) {
		return true, changed(name, "is gone")
	}
	if fault.Of(err) != nil {
		err = nil
	}
	return true, err
}

// verify makes sure that what was taken is what the plan saw; another may have
// written it a moment before. Such a file goes back.
func (m *mover) verify(t taken, was string) error {
	info, err := lstat(m.stage.disk, was)
	if err != nil {
		return err
	}
	if same, err := holds(m.stage.disk, was, info, t.Was); err != nil || same {
		return err
	}
	if m.strict {
		return changed(t.Path, "has changed")
	}
	m.kept = append(m.kept, t.Path)
	return m.place(was, t.Path)
}

// prune takes away a directory in which nothing is left and into which nothing
// comes. It keeps it in the stage: on a full disk none could be made anew.
func (m *mover) prune(name string, i int) error {
	disk, gone := m.stage.disk, m.stage.path(goneDir, strconv.Itoa(i))
	for _, from := range []string{treeDir, lastDir} {
		if is, err := kindOf(disk, m.stage.path(from, name)); err != nil || is == directory {
			return err
		}
	}
	is, err := kindOf(disk, gone)
	if err != nil {
		return err
	}
	if is == nothing {
		if empty, err := m.empty(name); err != nil || !empty {
			return err
		}
		if err := disk.MkdirAll(path.Dir(gone), 0o700); err != nil {
			return err
		}
		if err := m.rename(name, gone); err != nil {
			return err
		}
	}
	if empty, err := m.empty(gone); err != nil || empty {
		return err
	}
	return m.place(gone, name) // somebody made a file in it a moment before
}

// empty says whether something is a directory, and has nothing in it.
func (m *mover) empty(name string) (bool, error) {
	if is, err := kindOf(m.stage.disk, name); err != nil || is != directory {
		return false, err
	}
	names, err := list(m.stage.disk, name)
	return len(names) == 0, err
}

// merge moves what is staged into the directory that holds the stage, the
// topmost of what is missing there.
func (m *mover) merge(from, at string) error {
	names, err := list(m.stage.disk, m.stage.path(from, at))
	if err != nil {
		return err
	}
	for _, name := range names {
		name = path.Join(at, name)
		if _, err := tree.SafeRel(name); err != nil && name != gitDir {
			return err
		}
		staged := m.stage.path(from, name)
		open, err := m.bothDirs(staged, name)
		switch {
		case err != nil:
			return err
		case open:
			err = m.merge(from, name)
		default:
			err = m.place(staged, name)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// bothDirs says whether a staged directory is there as well. A repository is
// never merged into another.
func (m *mover) bothDirs(staged, name string) (bool, error) {
	for _, name := range []string{name, staged} {
		if is, err := kindOf(m.stage.disk, name); err != nil || is != directory {
			return false, err
		}
	}
	return name != gitDir, nil
}

// place moves something to where it belongs, or beside what is there.
func (m *mover) place(from, name string) error {
	err := m.rename(from, name)
	if errors.Is(err, fs.ErrExist) && !m.strict {
		m.kept = append(m.kept, name)
		name += Beside
		err = m.rename(from, name)
	}
	if errors.Is(err, fs.ErrExist) {
		err = exists(name)
	}
	return err
}

func (m *mover) rename(from, to string) error {
	err := m.stage.disk.RenameNoReplace(from, to)
	if err == nil {
		m.done = append(m.done, act{from: from, to: to})
	}
	return err
}

// undo reverses all that was done.
func (m *mover) undo(ctx context.Context) error {
	var failed error
	for _, a := range slices.Backward(m.done) {
		failed = errors.Join(failed, m.reverse(ctx, a))
	}
	return failed
}

func (m *mover) reverse(ctx context.Context, a act) error {
	if a.to == "" {
		return m.step.Undo(ctx, a.step)
	}
	return m.stage.disk.RenameNoReplace(a.to, a.from)
}
