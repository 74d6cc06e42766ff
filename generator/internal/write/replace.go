package write

import (
	"errors"
	"os"
	"path/filepath"
)

// ReplaceFile writes a file of scaffold's own, readable by its owner alone, and
// its directory where that is missing. It writes beside the file and renames,
// so that a reader sees the old content or the new.
func ReplaceFile(file string, data []byte) error {
	dir := filepath.Dir(file)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	beside, err := os.CreateTemp(dir, ".scaffold-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(beside.Name())
	_, err = beside.Write(data)
	if err := errors.Join(err, beside.Sync(), beside.Close()); err != nil {
		return err
	}
	return os.Rename(beside.Name(), file)
}
