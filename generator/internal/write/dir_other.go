//go:build !linux

package write

// RenameNoReplace looks and then renames: a file that appears between the two
// is replaced. A directory is not.
func (d *Dir) RenameNoReplace(oldname, newname string) error {
	return renameIfFree(d, oldname, newname)
}

// Sync does nothing here: these systems have no call for a whole tree, and one
// for each file costs more than it is worth. A project written seconds before
// a power cut may be incomplete.
func (d *Dir) Sync() error { return nil }
