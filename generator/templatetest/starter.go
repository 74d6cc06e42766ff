package templatetest

import (
	"embed"
	"io/fs"
	"strings"
)

// The template that `template init` starts with. It is stored below a name that
// is not its own, see [Starter].
//
//go:embed all:starter
var starter embed.FS

// starterName is what the starting template calls itself where it is stored.
const starterName = "starter-api"

// Starter gives the files of a small, tested template of that name, by their
// paths: it generates a FastAPI service.
func Starter(name string) (map[string][]byte, error) {
	files := map[string][]byte{}
	err := fs.WalkDir(starter, "starter", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(starter, path)
		files[strings.TrimPrefix(path, "starter/")] = []byte(strings.ReplaceAll(string(data), starterName, name))
		return err
	})
	return files, err
}
