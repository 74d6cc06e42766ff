// Package write puts a project on a disk: all of it or nothing, and never
// outside its directory.
//
// A project is staged in a hidden directory on the same disk and becomes
// visible by renames that replace nothing. A run that was killed is finished
// or cleared away by the next one.
//
// It decides neither what the files are nor what the repository holds: the
// first is the caller's plan, the second the caller's [Job.Finish].
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

// A Job is one project to be written.
type Job struct {
	// Name is the project's directory below the disk's root, with slashes.
	// Its parents may be missing; they appear together with it. "." is the
	// root itself.
	Name string

	// Files are the project's files, of which no two share a path.
	Files []tree.File

	// Force lets the directory hold files. What is there stays: a file with
	// the planned bytes is left alone, and beside one with other bytes ours
	// is written as <name>.scaffold-new.
	Force bool

	// Finish, where given, completes the project before anyone sees it; the
	// git repository is made here. The files are those of the project that
	// have the planned bytes, in path order; root holds those of them that
	// were not there before.
	Finish func(ctx context.Context, root afero.Fs, files []tree.Written) error
}

// A Report says what a run did. It is filled as far as the run came, also
// beside an error. Paths are relative to the project and in order.
type Report struct {
	Created   []string // written
	Skipped   []string // there already, with the planned bytes
	Kept      []string // there with other bytes; ours is beside it
	Recovered []Recovery
}

// A Recovery is what a run found of an earlier one that was interrupted.
type Recovery struct {
	Dir      string // the directory it was working in, below the disk's root
	Finished bool   // its project was complete and is in place now; else its remains were removed
}

// Beside is the ending of a file that was written next to one that was kept.
const Beside = ".scaffold-new"

// Project writes a project: a new directory by one rename; into one that
// exists, empty or with [Job.Force], by a journal that the next run completes
// if this one is killed. After an error, or once ctx is cancelled, the disk is
// as before. Errors of the destination are of the types of this package.
func Project(ctx context.Context, disk Disk, job Job) (Report, error) {
	report, err := project(ctx, disk, job)
	return report, classify(job.Name, err)
}

// Survey says what Project would do now, and why it would refuse; it writes
// nothing.
func Survey(disk Disk, job Job) (Report, error) {
	report, err := look(disk, job)
	return report, classify(job.Name, err)
}

func look(disk Disk, job Job) (report Report, err error) {
	found := findings{missing: job.Files}
	where, err := locate(disk, job.Name)
	if err != nil {
		return report, err
	}
	if where.missing == "" {
		base, err := disk.Sub(where.base)
		if err != nil {
			return report, err
		}
		defer base.Close()
		if err := vacant(base, job); err != nil {
			return report, err
		}
		if found, err = survey(base, job.Files); err != nil {
			return report, err
		}
	}
	found.enter(&report)
	return report, nil
}

func project(ctx context.Context, disk Disk, job Job) (report Report, err error) {
	where, err := locate(disk, job.Name)
	if err != nil {
		return report, err
	}
	base, err := disk.Sub(where.base)
	if err != nil {
		return report, err
	}
	defer base.Close()

	if where.base != "." {
		report.Recovered = sweepWay(disk, where.base)
	}
	recovered, err := sweep(base, where.base)
	report.Recovered = append(report.Recovered, recovered...)
	if where.missing != "" { // then what others left in base, if we cannot remove it, is not in our way
		err = fresh(ctx, base, where.missing, job, &report)
		return report, err
	}
	if err != nil {
		return report, err
	}
	err = inPlace(ctx, base, job, &report)
	return report, err
}

// fresh writes a project whose directory is not there.
func fresh(ctx context.Context, base Disk, missing string, job Job, report *Report) error {
	first, rest, _ := strings.Cut(missing, "/")
	st, err := newStage(base, func() (string, error) { return stageName(first), nil })
	if err != nil {
		return err
	}
	defer st.settle()
	found := findings{missing: job.Files}
	if err := st.fill(ctx, rest, job, found); err != nil {
		return err
	}
	if err := st.appear(missing); err != nil {
		return err
	}
	found.enter(report)
	return nil
}

// inPlace writes a project into the directory that base is.
func inPlace(ctx context.Context, base Disk, job Job, report *Report) error {
	if err := vacant(base, job); err != nil {
		return err
	}
	st, err := newStage(base, func() (string, error) { return inPlaceName, free(base, job) })
	if err != nil {
		return err
	}
	defer st.settle()
	if err := vacant(base, job); err != nil { // again, now that no other run is in here
		return err
	}
	found, err := survey(base, job.Files)
	if err != nil {
		return err
	}
	if err := st.fill(ctx, "", job, found); err != nil {
		return err
	}
	if err := st.merge(); err != nil {
		return err
	}
	found.enter(report)
	return nil
}

// sweepWay sweeps the directories from the root to the one that holds dir. The
// remains of others there stop nobody.
func sweepWay(disk Disk, dir string) (done []Recovery) {
	parts := strings.Split(dir, "/")
	for i := range parts {
		at := path.Join(".", path.Join(parts[:i]...))
		sub, err := disk.Sub(at)
		if err != nil {
			continue
		}
		recovered, _ := sweep(sub, at)
		done = append(done, recovered...)
		sub.Close()
	}
	return done
}

// free says whether no other run is at work in the directory.
func free(base Disk, job Job) error {
	is, err := kindOf(base, inPlaceName)
	if err == nil && is != nothing {
		err = &BusyError{Dir: job.Name}
	}
	return err
}

// vacant refuses a directory that holds something, where that is not allowed.
func vacant(base Disk, job Job) error {
	if job.Force {
		return nil
	}
	names, err := list(base, ".")
	if err != nil {
		return err
	}
	for _, name := range names {
		if name != inPlaceName {
			return &NotEmptyError{Dir: job.Name, First: name}
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
			return place{}, &LinkError{Path: next}
		case file:
			return place{}, &ExistsError{Path: next}
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
	info, _, err := disk.LstatIfPossible(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nothing, nil
	case err != nil:
		return nothing, fmt.Errorf("looking at %s: %w", name, err)
	case info.IsDir():
		return directory, nil
	case info.Mode()&fs.ModeSymlink != 0:
		return link, nil
	default:
		return file, nil
	}
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

// inPlaceName is the stage of a run that writes into an existing directory. It
// lies in that directory and has one name, so that two runs exclude each
// other.
const inPlaceName = ".in-place.scaffold-0"

// stageName names a new stage beside the directory that it will become. The
// name is cut, to stay far from the 255 bytes that a disk allows.
func stageName(name string) string {
	short := strings.ToValidUTF8(name[:min(len(name), 64)], "")
	return "." + short + ".scaffold-" + strconv.FormatUint(rand.Uint64(), 36)
}
