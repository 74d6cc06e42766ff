package source_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"scaffold/generator/fault"
)

// files lists what a template holds.
func files(t *testing.T, fsys fs.FS) []string {
	t.Helper()
	var names []string
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestLeftoversAreNoPartOfATemplate(t *testing.T) {
	w := newWorld(t)
	clean := map[string]string{"template.yaml": tiny + "ignore: ['*.orig', files/drafts, 'files/*.bak']\n", "files/a.tmpl": "hello\n", "files/sub/b": "b\n", "partials/p": "p"}
	for name, text := range clean {
		w.write(map[string]string{"clean/" + name: text, "used/" + name: text})
	}
	for _, name := range []string{
		"files/__pycache__/a.cpython-311.pyc", "files/.DS_Store", "files/.a.swp", "files/a~", "files/sub/node_modules/x/index.js", "files/sub/Thumbs.db",
		"files/sub/.git/config", ".git/config", "tests/a.swo", "partials/p~", "files/a.orig", "files/sub/deep/b.orig", "files/drafts/x", "files/x.bak",
	} {
		w.write(map[string]string{"used/" + name: "junk\n"})
	}
	before, err := w.catalog().Load(t.Context(), "./clean")
	if err != nil {
		t.Fatal(err)
	}
	w.write(map[string]string{"used/files/sub/x.bak": "kept: the glob names another folder\n"})
	used, err := w.catalog().Load(t.Context(), "./used")
	if err != nil {
		t.Fatal(err)
	}
	want := append(files(t, before.FS), "files/sub/x.bak")
	slices.Sort(want)
	if diff := cmp.Diff(want, files(t, used.FS)); diff != "" {
		t.Error(diff)
	}
	if err := fstest.TestFS(used.FS, want...); err != nil {
		t.Error(err)
	}
	if _, err := fs.ReadFile(used.FS, "files/__pycache__/a.cpython-311.pyc"); err == nil {
		t.Error("it can be read by its name")
	}
	if err := os.Remove(filepath.Join(w.dir, "used/files/sub/x.bak")); err != nil {
		t.Fatal(err)
	}
	if used, err = w.catalog().Load(t.Context(), "./used"); err != nil || used.Top().SHA256 != before.Top().SHA256 {
		t.Errorf("leftovers are in the digest: %v", err)
	}
	// The same by a source of the directory, and by a repository with them in it.
	w.write(map[string]string{"srv/repo/template.yaml": clean["template.yaml"], "srv/repo/files/__pycache__/a.pyc": "x", "srv/repo/files/a.tmpl": "hello\n"})
	w.commit(nil)
	for _, ref := range []string{"tiny", w.file()} {
		if ref == "tiny" {
			if _, err := w.catalog().Add(t.Context(), "used", "./used", ""); err != nil {
				t.Fatal(err)
			}
		}
		tpl, err := w.catalog().Load(t.Context(), ref)
		if err != nil || strings.Contains(strings.Join(files(t, tpl.FS), " "), "pyc") {
			t.Errorf("%s: %v", ref, err)
		}
	}
}

func TestAGlobThatIsNoneIsAnError(t *testing.T) {
	w := newWorld(t)
	w.write(map[string]string{"a/template.yaml": tiny + "ignore: ['[']\n"})
	_, err := w.catalog().Load(t.Context(), "./a")
	mustBe(t, err, fault.Template, `"[" is not a glob`)
}

func TestAPointerOfLFSIsNotTheFile(t *testing.T) {
	pointer := "version https://git-lfs.github.com/spec/v1\noid sha256:" + strings.Repeat("0", 64) + "\nsize 12345\n"
	w := newWorld(t)
	w.commit(map[string]string{"template.yaml": tiny, "files/img/logo.png": pointer, "files/other.png": pointer, "README.png": pointer})
	for ref, try := range map[string]string{w.repo: "git lfs pull", w.file(): "git lfs pull"} {
		_, err := w.catalog().Load(t.Context(), ref)
		mustBe(t, err, fault.Template, "files/img/logo.png is a pointer of Git LFS")
		if f := fault.Of(err); !strings.Contains(f.Hint, try) || !slices.Equal(f.Lines, []string{"files/other.png"}) {
			t.Errorf("%+v", f)
		}
	}
	w.commit(map[string]string{"files/img/logo.png": "version https://git-lfs.github.com/spec/v1\n" + strings.Repeat("x", 2000), "files/other.png": ""})
	if _, err := w.catalog().Load(t.Context(), w.file()); err != nil {
		t.Error("a text about LFS is a file:", err)
	}
}
