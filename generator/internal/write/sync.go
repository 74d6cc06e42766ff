package write

import (
	"errors"
	"runtime"
)

// syncEach is how many files are written out one by one. From there on a single
// call for the whole disk is quicker, though it waits for other programs' data
// as well: see docs/decisions/0018-durability.md.
const syncEach = 100

// sync returns when what is staged survives a power cut.
func (s *stage) sync(files int) error {
	if files > syncEach || runtime.GOOS == "windows" { // which flushes no file that is open for reading
		return s.disk.Sync()
	}
	return syncTree(s.disk, s.name)
}

// syncTree writes out a directory, after all that is below it. It goes from
// folder to folder: the way from the top to each file is longer than the work.
func syncTree(above Disk, name string) error {
	dir, err := above.Sub(name)
	if err != nil {
		return err
	}
	defer dir.Close()
	names, err := list(dir, ".")
	if err != nil {
		return err
	}
	for _, name := range names {
		is, err := kindOf(dir, name)
		switch {
		case err != nil:
			return err
		case is == directory:
			err = syncTree(dir, name)
		case is == file:
			err = syncOne(dir, name)
		}
		if err != nil {
			return err
		}
	}
	return syncOne(dir, ".")
}

func syncOne(dir Disk, name string) (err error) {
	f, err := dir.Open(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return f.Sync()
}
