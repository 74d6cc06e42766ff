package write

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
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

// An Op is what a change does.
type Op string

// The operations. All but Create are of a file that is there, with the content
// that [Change.Was] says.
const (
	Create  Op = "create"  // a file where nothing is
	Replace Op = "replace" // a file in place of the one that is there
	Delete  Op = "delete"  // none in place of the one that is there
	Move    Op = "move"    // a file where nothing is, in place of one elsewhere
	Keep    Op = "keep"    // nothing, as long as the file is the planned one
)

// A Change is what happens to one file.
type Change struct {
	Op   Op
	Path tree.Rel
	From tree.Rel  // where a Move finds the file
	Was  Content   // what is there; the zero value for Create
	Now  tree.File // what will be there; no matter for Delete. Its path is Path

	// Beside lets a file at Path that is neither what Was says nor what is
	// planned stay: ours is written next to it, as <name>.scaffold-new.
	Beside bool

	// Last is for a file that speaks of the others: it changes after them, and
	// after the set's [Step].
	Last bool
}

// A Content is what a file holds, by its hash. The zero value is no file.
type Content struct {
	Sum  string `json:"sha256,omitempty"` // hex; of a link, of its target
	Link bool   `json:"link,omitempty"`
}

// ContentOf is the content that a planned file has.
func ContentOf(f tree.File) Content {
	return Content{Sum: f.Sum(), Link: f.Mode&fs.ModeSymlink != 0}
}

// Creating is the changes that create files and nothing else.
func Creating(files []tree.File, beside bool) []Change {
	changes := make([]Change, len(files))
	for i, f := range files {
		changes[i] = Change{Op: Create, Path: f.Path, Now: f, Beside: beside}
	}
	return changes
}

// source is the path of the file that the change takes away or replaces; ""
// for none.
func (c Change) source() string {
	switch c.Op {
	case Move:
		return c.From.String()
	case Replace, Delete:
		return c.Path.String()
	}
	return ""
}

// writes says whether there is a file to be written.
func (c Change) writes() bool { return c.Op == Create || c.Op == Replace || c.Op == Move }

// A settled set is changes that were held against the disk: each can be done.
type settled struct {
	changes []Change
	there   []tree.Written         // files that have the planned bytes already
	modes   map[string]fs.FileMode // of the files that are replaced
	kept    []string               // files with other bytes, beside which ours is written
}

// A finish completes what is staged; see [Set.Finish].
type finish func(ctx context.Context, root afero.Fs, files []tree.Written) error

// whole has a finish see the files of the project: those that were there as
// well, and not those that were written beside another.
func (s settled) whole(then finish) finish {
	if then == nil {
		return nil
	}
	return func(ctx context.Context, root afero.Fs, written []tree.Written) error {
		ours := slices.Concat(s.there, written)
		ours = slices.DeleteFunc(ours, func(w tree.Written) bool {
			of, beside := strings.CutSuffix(w.Path.String(), Beside)
			return beside && slices.Contains(s.kept, of)
		})
		slices.SortFunc(ours, func(a, b tree.Written) int { return cmp.Compare(a.Path.String(), b.Path.String()) })
		return then(ctx, root, ours)
	}
}

// files are those to be written before or after the step.
func (s settled) files(last bool) []tree.Written {
	files := make([]tree.Written, 0, len(s.changes))
	for _, c := range s.changes {
		if c.writes() && c.Last == last {
			files = append(files, tree.Written{File: c.Now})
		}
	}
	return files
}

// enter puts the set into a report, now that it is dealt with.
func (s settled) enter(report *Report) {
	for _, c := range s.changes {
		name := c.Path.String()
		switch c.Op {
		case Create:
			report.Created = append(report.Created, name)
		case Replace:
			report.Replaced = append(report.Replaced, name)
		case Delete:
			report.Deleted = append(report.Deleted, name)
		case Move:
			report.Moved = append(report.Moved, name)
		case Keep:
			report.Skipped = append(report.Skipped, name)
		}
	}
	report.Kept = s.kept
	for _, names := range [][]string{report.Created, report.Replaced, report.Deleted, report.Moved, report.Skipped, report.Kept} {
		slices.Sort(names)
	}
}

// unlike gives a path of which the set does not do what was planned; "" for none.
func (s settled) unlike(planned *Report) string {
	if planned == nil {
		return ""
	}
	var now Report
	s.enter(&now)
	for _, pair := range [][2][]string{{now.Created, planned.Created}, {now.Skipped, planned.Skipped}, {now.Kept, planned.Kept}} {
		for i, name := range pair[0] {
			if i == len(pair[1]) || pair[1][i] != name {
				return name
			}
		}
		if len(pair[1]) > len(pair[0]) {
			return pair[1][len(pair[0])]
		}
	}
	return ""
}

// A surveyor compares changes with a disk.
type surveyor struct {
	disk  Disk
	dirs  map[string]error // directories that were looked at; nil for one that is there
	frees map[string]bool  // paths that the changes leave free
	above map[string]bool  // the directories above those
}

// settle holds changes against what is there. It refuses those whose files are
// not what the plan saw, before anything is touched.
func settle(disk Disk, changes []Change) (settled, error) {
	s := surveyor{disk: disk, dirs: map[string]error{".": nil}, frees: map[string]bool{}, above: map[string]bool{}}
	if err := s.check(changes); err != nil {
		return settled{}, err
	}
	done := settled{modes: map[string]fs.FileMode{}}
	for _, c := range changes {
		if err := s.settle(c, &done); err != nil {
			return settled{}, err
		}
	}
	return done, nil
}

// check refuses changes that cannot be told apart, and notes what they free.
func (s surveyor) check(changes []Change) error {
	paths, sources := map[string]bool{}, map[string]bool{}
	for _, c := range changes {
		from := c.source()
		if paths[c.Path.String()] || from != "" && sources[from] {
			return fmt.Errorf("two changes of one file: %s", c.Path)
		}
		paths[c.Path.String()], sources[from] = true, true
		if c.Op != Delete && c.Op != Move {
			continue
		}
		s.frees[from] = true
		for dir := path.Dir(from); dir != "." && !s.above[dir]; dir = path.Dir(dir) {
			s.above[dir] = true
		}
	}
	return nil
}

func (s surveyor) settle(c Change, done *settled) error {
	c.Now.Path = c.Path
	if c.Op == Create {
		return s.create(c, done)
	}
	from := c.Path
	if c.Op == Move {
		from = c.From
	}
	info, err := s.look(from.String())
	if err != nil {
		return err
	}
	same, err := holds(s.disk, from.String(), info, c.Was)
	switch {
	case err != nil:
		return err
	case !same && c.Op == Replace && c.Beside:
		return s.create(c, done)
	case info == nil:
		return changed(from.String(), "is gone")
	case !same:
		return changed(from.String(), "has changed")
	}
	switch c.Op {
	case Move:
		if err := s.vacant(c.Path.String()); err != nil {
			return err
		}
		done.modes[c.Path.String()] = info.Mode()
	case Replace:
		done.modes[c.Path.String()] = info.Mode()
	case Keep:
		done.there = append(done.there, tree.Written{File: c.Now, Stamp: tree.StampOf(info)})
	}
	done.changes = append(done.changes, c)
	return nil
}

// create settles a change that makes a file, next to what is there if need be.
func (s surveyor) create(c Change, done *settled) error {
	name := c.Path.String()
	if !c.Beside || s.frees[name] {
		c.Op = Create
		done.changes = append(done.changes, c)
		return s.vacant(name)
	}
	info, err := s.look(name)
	if err != nil {
		return err
	}
	if info == nil {
		c.Op = Create
		done.changes = append(done.changes, c)
		return nil
	}
	same, err := holds(s.disk, name, info, ContentOf(c.Now))
	switch {
	case err != nil:
		return err
	case same:
		c.Op = Keep
		done.changes = append(done.changes, c)
		done.there = append(done.there, tree.Written{File: c.Now, Stamp: tree.StampOf(info)})
		return nil
	case info.Mode()&fs.ModeSymlink != 0:
		return isLink(name)
	case !info.Mode().IsRegular():
		return exists(name)
	}
	done.kept = append(done.kept, name)
	return s.putBeside(c, done)
}

// putBeside plans a file under a name of its own, unless it is there as well.
func (s surveyor) putBeside(c Change, done *settled) error {
	rel, err := tree.SafeRel(c.Path.String() + Beside)
	if err != nil {
		return err
	}
	c.Op, c.Path, c.Now.Path = Create, rel, rel
	info, err := s.look(rel.String())
	if err != nil {
		return err
	}
	if info == nil {
		done.changes = append(done.changes, c)
		return nil
	}
	same, err := holds(s.disk, rel.String(), info, ContentOf(c.Now))
	if err == nil && !same {
		err = exists(rel.String())
	}
	return err
}

// vacant refuses a path at which something is that stays.
func (s surveyor) vacant(name string) error {
	info, err := s.look(name)
	switch {
	case err != nil || info == nil || s.frees[name] || s.above[name] && info.IsDir():
		return err
	case info.Mode()&fs.ModeSymlink != 0:
		return isLink(name)
	}
	return exists(name)
}

// errMissing says of a directory that it is not there.
var errMissing = errors.New("not there")

// look gives what is at a path, nil for nothing. A link on the way is refused,
// and so is a file that no change takes away.
func (s surveyor) look(name string) (fs.FileInfo, error) {
	switch err := s.enter(path.Dir(name)); {
	case errors.Is(err, errMissing):
		return nil, nil
	case err != nil:
		return nil, err
	}
	return lstat(s.disk, name)
}

// enter looks at a directory, and before that at those above it: once each, as
// most files of a large set share theirs.
func (s surveyor) enter(dir string) error {
	err, known := s.dirs[dir]
	if known {
		return err
	}
	if err = s.enter(path.Dir(dir)); err == nil {
		err = s.isDir(dir)
	}
	s.dirs[dir] = err
	return err
}

func (s surveyor) isDir(dir string) error {
	info, err := lstat(s.disk, dir)
	switch {
	case err != nil:
		return err
	case info == nil:
		return errMissing
	case info.IsDir():
		return nil
	case s.frees[dir]:
		return errMissing // by then
	case info.Mode()&fs.ModeSymlink != 0:
		return isLink(dir)
	}
	return exists(dir)
}

// holds says whether what is at a path has a content. A directory, and anything
// special, has none.
func holds(disk Disk, name string, info fs.FileInfo, c Content) (bool, error) {
	switch {
	case info == nil || c.Sum == "":
		return false, nil
	case c.Link != (info.Mode()&fs.ModeSymlink != 0), !c.Link && !info.Mode().IsRegular():
		return false, nil
	}
	sum, err := sumOf(disk, name, c.Link)
	return sum == c.Sum, err
}

// sumOf is the hash of a file's bytes, or of where a link leads to.
func sumOf(disk Disk, name string, link bool) (string, error) {
	h := sha256.New()
	if link {
		target, err := disk.ReadlinkIfPossible(name)
		h.Write([]byte(target))
		return hex.EncodeToString(h.Sum(nil)), err
	}
	f, err := disk.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	_, err = io.Copy(h, f)
	return hex.EncodeToString(h.Sum(nil)), err
}
