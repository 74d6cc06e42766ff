// Package write puts changes onto a disk: all of them or none, and never
// outside the project's directory.
//
// What comes into being is staged in a hidden directory on the same disk and
// becomes visible by renames that replace nothing; what goes is moved into the
// stage and stays there until all is done. A run that was killed is finished or
// cleared away by the next one.
//
// It decides neither what the files are nor what the repository holds: the
// first is the caller's plan, the second the caller's [Set.Finish] or [Step].
package write

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/afero"

	"scaffold/generator/internal/tree"
)

// A Set is changes that happen together or not at all.
type Set struct {
	// Name is the project's directory below the disk's root, with slashes.
	// Its parents may be missing; they appear together with it. "." is the
	// root itself.
	Name string

	// Changes are in any order, and no two are of one file.
	Changes []Change

	// Vacant refuses a directory that holds anything but what Overlook names
	// and what a system leaves in directories that somebody looked into.
	Vacant   bool
	Overlook []string

	// Planned, where given, is what Survey said. Where the disk would give
	// something else now, nothing is done.
	Planned *Report

	// Finish, where given, completes what is staged before anyone sees it; a
	// new git repository is made here. The files are those of the project that
	// have the planned bytes, in path order; root holds those of them that
	// were not there before, but for the last ones.
	Finish func(ctx context.Context, root afero.Fs, files []tree.Written) error

	// Step, where given, is done between the changes and the last ones. It
	// needs a directory that exists.
	Step *Step
}

// A Step belongs to a set and lies outside of its files, such as git's index.
type Step struct {
	// Data is all that Do and Undo need to know. The journal keeps it, so that
	// a step of the same caller finishes what a killed run left: it is to be
	// read as carefully as a stranger's.
	Data []byte

	// Do takes the data's step. It may be done already, wholly or in part.
	Do func(ctx context.Context, data []byte) error

	// Undo is the reverse, also of a part, or of nothing.
	Undo func(ctx context.Context, data []byte) error
}

// A Report says what a run did. It is filled as far as the run came, also
// beside an error. Paths are relative to the project and in order.
type Report struct {
	Created   []string // written where nothing was
	Replaced  []string
	Deleted   []string
	Moved     []string // by their new paths
	Skipped   []string // there already, with the planned bytes
	Kept      []string // there with other bytes; ours is beside it
	Recovered []Recovery
}

// A Recovery is what a run found of an earlier one that was interrupted.
type Recovery struct {
	Dir      string   // the directory it was working in, below the disk's root
	Finished bool     // its changes were complete and are in place now; else its remains were removed
	Kept     []string // files that somebody changed meanwhile; they stay, with ours beside them
}

// Beside is the ending of a file that was written next to one that was kept.
const Beside = ".scaffold-new"

// Apply makes the changes: a new directory by one rename; in one that exists by
// a journal that the next run completes if this one is killed. Every file that
// a change takes away or replaces is held to [Change.Was] first, and a set of
// which one is not what the plan saw changes nothing ([fault.Changed]). After
// an error, or once ctx is cancelled, the disk is as before.
func Apply(ctx context.Context, disk Disk, set Set) (Report, error) {
	report, err := apply(ctx, disk, set)
	return report, classify(set.Name, err)
}

// Survey says what Apply would do now, and why it would refuse; it writes
// nothing.
func Survey(disk Disk, set Set) (Report, error) {
	report, err := look(disk, set)
	return report, classify(set.Name, err)
}

// Recover ends what killed runs left in a directory and on the way to it, as
// Apply does before it starts. Step does and undoes the steps of such runs.
func Recover(ctx context.Context, disk Disk, name string, step *Step) ([]Recovery, error) {
	where, err := locate(disk, name)
	if err != nil {
		return nil, classify(name, err)
	}
	base, err := disk.Sub(where.base)
	if err != nil {
		return nil, classify(name, err)
	}
	defer base.Close()
	done, err := sweepAll(ctx, disk, base, where.base, step)
	if where.missing != "" { // then what others left in base, if we cannot remove it, is not in our way
		err = nil
	}
	return done, classify(name, err)
}

func look(disk Disk, set Set) (report Report, err error) {
	where, err := locate(disk, set.Name)
	if err != nil {
		return report, err
	}
	if where.missing != "" {
		found, err := nowhere(set)
		found.enter(&report)
		return report, err
	}
	base, err := disk.Sub(where.base)
	if err != nil {
		return report, err
	}
	defer base.Close()
	if is, err := kindOf(base, inPlaceName); err != nil || is == nothing { // else there is a run to recover from first
		if err := errors.Join(err, vacant(base, set)); err != nil {
			return report, err
		}
	}
	found, err := settle(base, set.Changes)
	found.enter(&report)
	return report, err
}

// nowhere settles a set whose directory is not there.
func nowhere(set Set) (settled, error) {
	for i, c := range set.Changes {
		if c.Op != Create {
			return settled{}, changed(c.Path.String(), "is gone")
		}
		set.Changes[i].Now.Path = c.Path
	}
	return settled{changes: set.Changes}, nil
}

func apply(ctx context.Context, disk Disk, set Set) (report Report, err error) {
	where, err := locate(disk, set.Name)
	if err != nil {
		return report, err
	}
	base, err := disk.Sub(where.base)
	if err != nil {
		return report, err
	}
	defer base.Close()
	report.Recovered, err = sweepAll(ctx, disk, base, where.base, set.Step)
	switch {
	case where.missing != "" && set.Step != nil:
		return report, changed(set.Name, "is gone")
	case where.missing != "": // then what others left in base, if we cannot remove it, is not in our way
		return report, fresh(ctx, base, where.missing, set, &report)
	case err != nil:
		return report, err
	}
	return report, inPlace(ctx, base, set, &report)
}

// fresh writes a project whose directory is not there.
func fresh(ctx context.Context, base Disk, missing string, set Set, report *Report) error {
	found, err := nowhere(set)
	if err != nil {
		return err
	}
	first, rest, _ := strings.Cut(missing, "/")
	st, err := newStage(base, func() (string, error) { return stageName(first), nil })
	if err != nil {
		return err
	}
	defer st.settle()
	files := make([]tree.Written, len(found.changes))
	for i, c := range found.changes {
		files[i].File = c.Now
	}
	if err := st.fill(ctx, path.Join(treeDir, rest), files, set.Finish); err != nil {
		return err
	}
	if err := st.appear(missing, len(files)); err != nil {
		return err
	}
	found.enter(report)
	return nil
}

// inPlace makes changes in the directory that base is.
func inPlace(ctx context.Context, base Disk, set Set, report *Report) error {
	if err := vacant(base, set); err != nil {
		return err
	}
	st, err := newStage(base, func() (string, error) { return inPlaceName, free(base, set) })
	if err != nil {
		return err
	}
	defer st.settle()
	if err := vacant(base, set); err != nil { // again, now that no other run is in here
		return err
	}
	found, err := settle(base, set.Changes)
	if err != nil {
		return err
	}
	if name := found.unlike(set.Planned); name != "" {
		return changed(name, "has changed")
	}
	if err := st.fill(ctx, lastDir, found.files(true), nil); err != nil {
		return err
	}
	if err := st.fill(ctx, treeDir, found.files(false), found.whole(set.Finish)); err != nil {
		return err
	}
	if err := st.permit(found); err != nil {
		return err
	}
	if err := st.commit(ctx, found, set.Step); err != nil {
		return err
	}
	found.enter(report)
	return nil
}

// free says whether no other run is at work in the directory.
func free(base Disk, set Set) error {
	is, err := kindOf(base, inPlaceName)
	if err == nil && is != nothing {
		err = busy(set.Name, ownerOf(base, inPlaceName))
	}
	return err
}

// vacant refuses a directory that holds something, where that is not allowed.
func vacant(base Disk, set Set) error {
	if !set.Vacant {
		return nil
	}
	names, err := list(base, ".")
	if err != nil {
		return err
	}
	for _, name := range names {
		if name != inPlaceName && name != ".DS_Store" && !slices.Contains(set.Overlook, name) {
			return notEmpty(set.Name, name)
		}
	}
	return nil
}

// A place is where a name leads to on a disk.
type place struct {
	base    string // the deepest directory of it that exists
	missing string // the rest of it, empty where all exists
}

// locate finds a name on the disk. A link on the way is refused, and so is a
// file.
func locate(disk Disk, name string) (place, error) {
	if name == "." {
		return place{base: "."}, nil
	}
	if _, err := tree.SafeRel(name); err != nil {
		return place{}, err
	}
	base, rest := ".", name
	for rest != "" {
		first, after, _ := strings.Cut(rest, "/")
		next := path.Join(base, first)
		is, err := kindOf(disk, next)
		if err != nil {
			return place{}, err
		}
		switch is {
		case nothing:
			return place{base: base, missing: rest}, nil
		case link:
			return place{}, isLink(next)
		case file:
			return place{}, exists(next)
		}
		base, rest = next, after
	}
	return place{base: base}, nil
}

// kind is what a path is, as far as it matters here.
type kind int

const (
	nothing kind = iota
	directory
	link
	file // or anything else that is not a directory
)

func kindOf(disk Disk, name string) (kind, error) {
	info, err := lstat(disk, name)
	switch {
	case err != nil || info == nil:
		return nothing, err
	case info.IsDir():
		return directory, nil
	case info.Mode()&fs.ModeSymlink != 0:
		return link, nil
	default:
		return file, nil
	}
}

// lstat gives what a path is, nil for nothing.
func lstat(disk Disk, name string) (fs.FileInfo, error) {
	info, _, err := disk.LstatIfPossible(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("looking at %s: %w", name, err)
	}
	return info, nil
}

// list gives the sorted names in a directory.
func list(disk Disk, dir string) ([]string, error) {
	f, err := disk.Open(dir)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	names, err := f.Readdirnames(-1)
	slices.Sort(names)
	return names, err
}

// inPlaceName is the stage of a run that changes an existing directory. It lies
// in that directory and has one name, so that two runs exclude each other.
const inPlaceName = ".in-place.scaffold-0"

// stageName names a new stage beside the directory that it will become. The
// name is cut, to stay far from the 255 bytes that a disk allows.
func stageName(name string) string {
	short := strings.ToValidUTF8(name[:min(len(name), 64)], "")
	return "." + short + ".scaffold-" + strconv.FormatUint(rand.Uint64(), 36)
}
