package write

import (
	"errors"
	"path"
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
	return s.syncTree(s.name)
}

// syncTree writes out a directory, after all that is below it.
func (s *stage) syncTree(dir string) error {
	names, err := list(s.disk, dir)
	if err != nil {
		return err
	}
	for _, name := range names {
		name = path.Join(dir, name)
		is, err := kindOf(s.disk, name)
		switch {
		case err != nil:
			return err
		case is == directory:
			err = s.syncTree(name)
		case is == file:
			err = s.syncOne(name)
		}
		if err != nil {
			return err
		}
	}
	return s.syncOne(dir)
}

func (s *stage) syncOne(name string) (err error) {
	f, err := s.disk.Open(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return f.Sync()
}
