package source

import (
	"io/fs"
	"os"
)

// A disk is a directory of the machine, and nothing outside of it.
type disk struct {
	rootFS
	root *os.Root
}

// rootFS is all that [os.Root.FS] gives.
type rootFS interface {
	fs.ReadDirFS
	fs.ReadFileFS
	fs.ReadLinkFS
	fs.StatFS
}

func rooted(root *os.Root) disk { return disk{root.FS().(rootFS), root} }

// Sub opens a folder, to be closed on its own: what is in it is found without
// the way to it.
func (d disk) Sub(dir string) (fs.FS, error) {
	root, err := d.root.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	return rooted(root), nil
}

func (d disk) Close() error { return d.root.Close() }
