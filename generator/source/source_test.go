package source_test

import (
	"io/fs"
	"testing"
	"testing/fstest"

	"scaffold/generator/fault"
	"scaffold/generator/source"
)

// A locked file system refuses to open one file.
type locked struct {
	fs.FS
	name string
}

func (l locked) Open(name string) (fs.File, error) {
	if name == l.name {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	}
	return l.FS.Open(name)
}

func TestAFileThatCannotBeReadIsNamed(t *testing.T) {
	fsys := locked{fstest.MapFS{
		"web/template.yaml":   {Data: []byte("apiVersion: scaffold/v1\nname: web\nversion: 1.0.0\ntitle: Web\ndescription: A page\n")},
		"web/files/index.txt": {Data: []byte("hello\n")},
	}, "web/files/index.txt"}
	_, err := source.New(fsys, t.TempDir()).Load(t.Context(), "builtin:web")
	f := fault.Of(err)
	if f == nil || f.Kind != fault.Source || err.Error() != "template builtin:web: files/index.txt: permission denied" {
		t.Fatalf("%T %v", err, err)
	}
	if got := f.Hint; got != "let this user read the template's files" {
		t.Error(got)
	}
}
