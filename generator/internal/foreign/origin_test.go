package foreign

import (
	"errors"
	"io/fs"
	"testing"
	"testing/fstest"
)

func TestATemplateIsFoundByWhatItsToolHasLeft(t *testing.T) {
	copied := func(src, commit string) string { return "_src_path: " + src + "\n_commit: " + commit + "\n" }
	tests := map[string]struct{ file, text, want string }{
		"a shorthand of GitHub":         {".copier-answers.yml", copied("gh:acme/tpl", "v1.0.0"), "git+https://github.com/acme/tpl.git@v1.0.0"},
		"an address with git+":          {".copier-answers.yml", copied("git+https://git.example.com/tpl", "v2"), "git+https://git.example.com/tpl@v2"},
		"ssh as scp writes it":          {".copier-answers.yaml", copied("git@git.example.com:acme/tpl.git", "v2"), "git+ssh://git@git.example.com/acme/tpl.git@v2"},
		"a commit between two tags":     {".copier-answers.yml", copied("gl:acme/tpl", "v1.0.0-3-gabc1234"), "git+https://gitlab.com/acme/tpl.git@abc1234"},
		"a relative path to a repo":     {".copier-answers.yml", copied("../tpl", "v1"), "git+file:///home/tpl@v1"},
		"a directory without git":       {".copier-answers.yml", "_src_path: ./tpl\n", "/home/ada/tpl"},
		"cruft, with a folder":          {".cruft.json", `{"template": "https://git.example.com/t", "commit": "c0ffee", "directory": "a/b", "context": {"cookiecutter": {}}}`, "git+https://git.example.com/t@c0ffee#a/b"},
		"a file that names no template": {".copier-answers.yml", "name: x\n", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			o, err := FindOrigin(fstest.MapFS{test.file: {Data: []byte(test.text)}}, "/home/ada")
			if err != nil || o.Reference != test.want {
				t.Errorf("%+v, %v, want %s", o, err, test.want)
			}
		})
	}
	if _, err := FindOrigin(fstest.MapFS{"a": {}}, "/"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("nothing of theirs gives %v", err)
	}
}
