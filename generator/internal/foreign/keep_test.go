package foreign

import (
	"strings"
	"testing"

	"scaffold/generator/internal/jinja"
	"scaffold/generator/manifest"
)

func TestCruftsFileFollows(t *testing.T) {
	was := `{"template": "https://git.example.com/t", "commit": "old", "checkout": null, "skip": ["x"], "context": {"cookiecutter": {"slug": "a"}}, "directory": null}`
	own := jinja.NewDict("slug", "b", "_template", "/tmp/x", "_checkout", "v2", "_output_dir", &jinja.Refused{})
	vars := map[string]any{manifest.Context: map[string]jinja.Value{"cookiecutter": own}}
	got, err := KeepCruft([]byte(was), Place{Ref: "v2", Commit: "new"}, vars)
	if err != nil {
		t.Fatal(err)
	}
	want := `{
  "template": "https://git.example.com/t",
  "commit": "new",
  "checkout": "v2",
  "skip": [
    "x"
  ],
  "context": {
    "cookiecutter": {
      "slug": "b",
      "_template": "https://git.example.com/t",
      "_commit": "new"
    }
  },
  "directory": null
}
`
	if string(got) != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	if _, err := KeepCruft([]byte("{"), Place{Commit: "new"}, vars); err == nil || !strings.Contains(err.Error(), "not JSON") {
		t.Errorf("broken JSON gives %v", err)
	}
	if same, err := KeepCruft([]byte(was), Place{}, vars); err != nil || string(same) != was {
		t.Errorf("a directory without commits gives %s, %v", same, err)
	}
}

func TestCopiersAnswersKeepItsWords(t *testing.T) {
	was := "# x\n_commit: 0123456789abcdef\n_src_path: https://a.example.com/t\nname: a\n"
	owner := "# x\n_commit: 0123456\n_src_path: gh:a/t\nname: changed\n"
	if got := string(KeepCopier([]byte(was), []byte(owner))); got != "# x\n_commit: 0123456\n_src_path: gh:a/t\nname: a\n" {
		t.Errorf("%s", got)
	}
	if got := string(KeepCopier([]byte(was), []byte("name: a\n"))); got != was {
		t.Errorf("without lines of the owner: %s", got)
	}
}
