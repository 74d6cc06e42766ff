package project

import (
	"io/fs"
	"os"
	"path"

	"scaffold/generator"
	"scaffold/generator/internal/repo"
)

// aside leaves out the files of both versions that belong below a link or a
// submodule which the owner has put in the place of a folder: they stay as they
// are, and where the template has something new for one that is told.
func (u *Update) aside(base []based, next []generator.Change, tracked map[string]repo.Entry) ([]based, []generator.Change) {
	w := &way{dir: u.project.Dir, tracked: tracked, known: map[string]string{".": ""}}
	was := map[string]string{}
	var keptBase []based
	for _, f := range base {
		if w.barrier(path.Dir(f.Path)) == "" {
			keptBase = append(keptBase, f)
		} else {
			was[f.Path] = f.sum
		}
	}
	var keptNext []generator.Change
	for _, f := range next {
		barrier := w.barrier(path.Dir(f.Path))
		if barrier == "" {
			keptNext = append(keptNext, f)
			continue
		}
		file := File{Path: f.Path, Kind: Kept}
		if was[f.Path] != f.SHA256 {
			file.Why = barrier + ", and the template has something new below it"
		}
		u.Files = append(u.Files, file)
	}
	return keptBase, keptNext
}

// A way looks for what stands on the ways to files.
type way struct {
	dir     string
	tracked map[string]repo.Entry
	known   map[string]string // by folder
}

// barrier says what a folder, or one above it, really is; "" is a folder, or
// nothing.
func (w *way) barrier(dir string) string {
	if said, ok := w.known[dir]; ok {
		return said
	}
	said := w.barrier(path.Dir(dir))
	if said == "" {
		info, err := os.Lstat(w.dir + "/" + dir)
		switch {
		case w.tracked[dir].Mode == "160000":
			said = dir + " is a submodule"
		case err == nil && info.Mode()&fs.ModeSymlink != 0:
			said = dir + " is a link"
		}
	}
	w.known[dir] = said
	return said
}
