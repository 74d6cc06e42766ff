package source_test

import (
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"scaffold/generator/fault"
	"scaffold/generator/source"
)

// meanwhile runs once, while a fetch warns: that is after the record was read,
// and before it is written.
func (w *world) meanwhile(do func()) {
	w.t.Helper()
	done := false
	cache := w.settings.Cache
	w.write(map[string]string{"no-cache": ""})
	w.settings.Cache = w.dir + "/no-cache" // a file: saving warns
	warn := w.settings.Warn
	w.settings.Warn = func(err error) {
		if !done && strings.Contains(err.Error(), "the cache cannot be written") {
			done = true
			settings := w.settings
			w.settings.Cache, w.settings.Warn = cache, warn
			do()
			w.settings = settings
			return
		}
		warn(err)
	}
	w.t.Cleanup(func() {
		if !done {
			w.t.Error("nothing was done meanwhile")
		}
	})
}

func TestALockOfAnotherProcessIsGoneBy(t *testing.T) {
	w := newWorld(t)
	first := w.commit(map[string]string{"template.yaml": tiny}, "v1")
	other := *w
	w.meanwhile(func() { // another one locks the tag as it was later
		w.commit(map[string]string{"files/a": "x"}, "v1")
		if _, err := other.catalog().Load(t.Context(), w.file()+"@v1"); err != nil {
			t.Error(err)
		}
		git(t, w.repo, "tag", "-f", "v1", first)
	})
	_, err := w.catalog().Load(t.Context(), w.file()+"@v1")
	mustBe(t, err, fault.Moved)
}

func TestARemovedSourceIsNotLockedAgain(t *testing.T) {
	w := newWorld(t)
	w.commit(map[string]string{"template.yaml": tiny}, "v1")
	other := *w
	if _, err := other.catalog().Add(t.Context(), "acme", w.file(), "v1"); err != nil {
		t.Fatal(err)
	}
	record, err := os.ReadFile(w.settings.Record)
	if err != nil {
		t.Fatal(err)
	}
	unlocked, _, _ := strings.Cut(string(record), "locks:\n")
	w.write(map[string]string{"config/sources.yaml": unlocked + "...\n"})
	w.meanwhile(func() {
		if _, err := other.catalog().Remove(t.Context(), "acme"); err != nil {
			t.Error(err)
		}
	})
	if _, err := w.catalog().List(t.Context()); err != nil {
		t.Fatal(err)
	}
	if left, _ := os.ReadFile(w.settings.Record); strings.Contains(string(left), w.repo) {
		t.Errorf("the lock came back:\n%s", left)
	}
}

func TestARemovedSourceIsNotUpdated(t *testing.T) {
	w := newWorld(t)
	w.commit(map[string]string{"template.yaml": tiny}, "v1")
	other := *w
	if _, err := other.catalog().Add(t.Context(), "acme", w.file(), "v1"); err != nil {
		t.Fatal(err)
	}
	w.commit(map[string]string{"files/a": "x"}, "v1")
	w.meanwhile(func() {
		if _, err := other.catalog().Remove(t.Context(), "acme"); err != nil {
			t.Error(err)
		}
	})
	_, err := w.catalog().Update(t.Context(), "acme", source.UpdateRequest{})
	mustBe(t, err, fault.Changed)
	if sources, _ := other.catalog().Sources(); len(sources) > 0 {
		t.Error("the source came back:", sources)
	}
}

func TestARedirectNamesTheNewAddress(t *testing.T) {
	for _, by := range []string{"git", "the client without git"} {
		w := newWorld(t)
		address := w.hostile(func(out http.ResponseWriter, r *http.Request) {
			http.Redirect(out, r, "https://ada:hunter2@new.example/moved/repo/info/refs?token=hunter2", http.StatusMovedPermanently)
		})
		if by != "git" {
			w.settings = w.settings.WithoutGit()
		}
		_, err := w.catalog().Load(t.Context(), address)
		mustBe(t, err, fault.Source, "redirects to https://new.example/moved/repo")
		w.untouched(err)
		if hint := fault.Of(err).Hint; !strings.HasSuffix(hint, "git+https://new.example/moved/repo") {
			t.Errorf("%s: %s", by, hint)
		}
	}
}

func TestOneCatalogueFetchesOnce(t *testing.T) {
	w := newWorld(t)
	w.commit(map[string]string{"template.yaml": tiny}, "v1")
	var runs atomic.Int32
	environ := w.settings.Environ
	w.settings.Environ = func() []string { runs.Add(1); return environ() }
	c := w.catalog()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if _, err := c.Load(t.Context(), w.file()+"@v1"); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := runs.Load(); n != 2 { // ls-remote and fetch
		t.Errorf("git was run %d times", n)
	}
}
