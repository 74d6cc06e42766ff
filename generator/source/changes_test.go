package source_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scaffold/generator/fault"
	"scaffold/generator/source"
)

func TestAnUpdateShowsWhatItAccepts(t *testing.T) {
	for _, by := range []string{"file", "https"} {
		t.Run(by, func(t *testing.T) {
			w := newWorld(t)
			web := func(hooks, questions string) string {
				return named("web") + "actions: [" + hooks + "]\nquestions: [" + questions + "]\n"
			}
			w.commit(map[string]string{
				"web/template.yaml": web("{id: lock, run: [npm, install]}", "{id: port, type: int, default: 8000}"),
				"web/files/a":       "one\ntwo\n", "web/files/gone": "x\n", "web/files/pic": "\x00\x01", "web/files/.DS_Store": "x",
			}, "v1")
			base := w.file()
			if by == "https" {
				base = w.serve("", "")
			}
			if _, err := w.catalog().Add(t.Context(), "acme", base, "v1"); err != nil {
				t.Fatal(err)
			}
			for i := range 3 {
				w.commit(map[string]string{
					"web/template.yaml": web("{id: lock, run: [npm, install, --force], needs: {net: true}}", "{id: port, type: int, default: 9000}, {id: db, type: choice, choices: [{value: a}, {value: b}]}"),
					"web/files/a":       fmt.Sprintf("one\nchanged %d\n", i), "web/files/gone": "", "web/files/pic": "\x00\x02", "web/files/new": "y\n", "web/files/.DS_Store": "y",
				}, "v1")
			}
			change, err := w.catalog().Update(t.Context(), "acme", source.UpdateRequest{DryRun: true, Content: true})
			if err != nil {
				t.Fatal(err)
			}
			in := change.Changes
			want := []string{
				"- web hook lock: npm install", "+ web hook lock: npm install --force; reaches the network",
				"- web port: int, default 8000", "+ web port: int, default 9000", "+ web db: choice of a|b",
				"~ web/files/a", "- web/files/gone", "+ web/files/new", "~ web/files/pic", "~ web/template.yaml",
			}
			if diff := cmp.Diff(want, append(append(in.Commands, in.Questions...), in.Files...)); diff != "" {
				t.Error(diff)
			}
			if len(in.Commits) != 3 || in.More || !strings.HasSuffix(in.Commits[0], " change") || in.Unknown != "" {
				t.Errorf("the commits are %q, %v, %q", in.Commits, in.More, in.Unknown)
			}
			for _, text := range []string{"-two\n+changed 2\n", "binary files a/web/files/pic and b/web/files/pic differ"} {
				if !strings.Contains(in.Diff, text) {
					t.Errorf("%q is not in\n%s", text, in.Diff)
				}
			}
			// A dry run has accepted nothing; an update has.
			_, err = w.catalog().Load(t.Context(), "acme/web")
			mustBe(t, err, fault.Moved)
			if !strings.Contains(fault.Of(err).Hint, "scaffold source update acme --dry-run") {
				t.Error(fault.Of(err).Hint)
			}
			if err := os.RemoveAll(w.settings.Cache); err != nil { // what was locked is fetched again
				t.Fatal(err)
			}
			change, err = w.catalog().Update(t.Context(), "acme", source.UpdateRequest{})
			if err != nil || len(change.Changes.Files) != 5 || change.Changes.Diff != "" {
				t.Fatalf("%+v, %v", change.Changes, err)
			}
			if change, err = w.catalog().Update(t.Context(), "acme", source.UpdateRequest{}); err != nil || len(change.Changes.Commits)+len(change.Changes.Files) > 0 {
				t.Fatalf("%+v, %v", change.Changes, err)
			}
		})
	}
}

func TestAnUpdateOfALongHistorySaysThatThereIsMore(t *testing.T) {
	w := newWorld(t)
	w.commit(map[string]string{"template.yaml": tiny}, "v1")
	if _, err := w.catalog().Add(t.Context(), "acme", w.file(), "v1"); err != nil {
		t.Fatal(err)
	}
	for range 25 {
		w.commit(nil)
	}
	w.commit(nil, "v1")
	change, err := w.catalog().Update(t.Context(), "acme", source.UpdateRequest{DryRun: true})
	if in := change.Changes; err != nil || len(in.Commits) != 20 || !in.More {
		t.Fatalf("%+v, %v", in, err)
	}
}
