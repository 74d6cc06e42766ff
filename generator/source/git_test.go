package source_test

import (
	"compress/zlib"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"scaffold/generator/fault"
	"scaffold/generator/source"
	"scaffold/internal/testenv"
)

const tiny = `apiVersion: scaffold/v1
name: tiny
title: A tiny template
version: 1.0.0
`

func named(name string) string { return strings.Replace(tiny, "name: tiny", "name: "+name, 1) }

// A world is a machine of its own: configuration, cache, repositories.
type world struct {
	t        *testing.T
	dir      string
	repo     string
	settings source.Settings
	env      []string // of git, beside the usual
	warnings *[]string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	dir := t.TempDir()
	var warnings []string
	w := &world{t: t, dir: dir, repo: filepath.Join(dir, "srv", "repo"), warnings: &warnings}
	w.settings = source.Settings{
		Record: filepath.Join(dir, "config", "sources.yaml"), Cache: filepath.Join(dir, "cache"),
		Warn: func(err error) { warnings = append(warnings, err.Error()) },
		Environ: func() []string {
			return testenv.Env(append([]string{"GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1", "HOME=" + dir}, w.env...)...)
		},
	}
	return w
}

// catalog is what a new run sees.
func (w *world) catalog() *source.Catalog {
	builtin := fstest.MapFS{"flask/template.yaml": {Data: []byte(named("flask"))}}
	return source.New(builtin, w.dir).With(w.settings)
}

func (w *world) offline() *source.Catalog {
	s := w.settings
	s.Offline = true
	return source.New(fstest.MapFS{}, w.dir).With(s)
}

func (w *world) commit(files map[string]string, tags ...string) string {
	w.t.Helper()
	return testenv.GitCommit(w.t, w.repo, files, tags...)
}

func (w *world) file() string { return "git+file://" + w.repo }

func (w *world) serve(user, password string) string {
	w.t.Helper()
	server := testenv.ServeGit(w.t, filepath.Dir(w.repo), user, password)
	w.settings.Transport = server.Via
	w.env = append(w.env, "GIT_SSL_CAINFO="+server.CA)
	return "git+" + server.URL + "/repo/.git"
}

func mustBe(t *testing.T, err error, kind fault.Kind, texts ...string) {
	t.Helper()
	if !fault.Is(err, kind) {
		t.Fatalf("want the kind %s, got %s: %v", kind, fault.KindOf(err), err)
	}
	for _, text := range texts {
		if !strings.Contains(err.Error(), text) {
			t.Fatalf("%q does not say %q", err, text)
		}
	}
}

func TestATemplateComesFromEveryKindOfRepository(t *testing.T) {
	files := map[string]string{"web/template.yaml": tiny, "web/files/README.md": "hello\n", "other.txt": "x\n"}
	for name, address := range map[string]func(*world) string{
		"a repository of this machine": func(w *world) string { return w.file() },
		"https":                        func(w *world) string { return w.serve("", "") },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			commit := w.commit(files, "v1.0.0")
			w.commit(map[string]string{"web/files/README.md": "later\n"})
			base := address(w)
			for ref, want := range map[string]string{"@v1.0.0": "hello\n", "@main": "later\n", "": "later\n", "@" + commit: "hello\n"} {
				tpl, err := w.catalog().Load(t.Context(), base+ref+"#web")
				if err != nil {
					t.Fatal(ref, err)
				}
				got, err := fs.ReadFile(tpl.FS, "files/README.md")
				if err != nil || string(got) != want {
					t.Fatalf("%s: got %q, %v", ref, got, err)
				}
				top := tpl.Top()
				if ref == "@v1.0.0" && (top.Commit != commit || top.Ref != "v1.0.0" || top.Source != base+"#web" || top.Version != "1.0.0") {
					t.Fatalf("the layer is %+v", top)
				}
			}
		})
	}
}

func TestAFetchTakesOneCommitOnly(t *testing.T) {
	w := newWorld(t)
	for _, text := range []string{"one", "two", "three"} {
		w.commit(map[string]string{"template.yaml": tiny, "files/a": text + strings.Repeat(" long", 1000)}, "v1")
	}
	address := w.serve("", "")
	w.settings.Limits = source.Limits{Objects: 5} // commit, tag, two trees, two blobs less one
	_, err := w.catalog().Load(t.Context(), address+"@v1")
	mustBe(t, err, fault.Limit, "6 objects")
	w.settings.Limits = source.Limits{Objects: 6}
	if _, err := w.catalog().Load(t.Context(), address+"@v1"); err != nil {
		t.Fatal(err)
	}
}

// TestManyThatWantOneTemplateFetchItOnce: a catalogue is used from several
// goroutines, and the first of them fetches for all.
func TestManyThatWantOneTemplateFetchItOnce(t *testing.T) {
	w := newWorld(t)
	w.commit(map[string]string{"template.yaml": tiny}, "v1")
	address := w.serve("", "")
	var packs atomic.Int32
	w.settings = w.settings.WithoutGit() // what it sends can be counted
	via := w.settings.Transport
	w.settings.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
		if r.Method == http.MethodPost {
			packs.Add(1)
		}
		return via.RoundTrip(r)
	})
	catalog := w.catalog()
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if _, err := catalog.Load(t.Context(), address+"@v1"); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := packs.Load(); n != 1 {
		t.Errorf("%d fetches", n)
	}
}

func TestAMovedTagIsRefusedUntilUpdate(t *testing.T) {
	for name, address := range map[string]func(*world) string{
		"a repository of this machine": func(w *world) string { return w.file() },
		"https":                        func(w *world) string { return w.serve("", "") },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			old := w.commit(map[string]string{"template.yaml": tiny, "files/a": "old"}, "v1")
			base := address(w)
			if _, err := w.catalog().Add(t.Context(), "acme", base, "v1"); err != nil {
				t.Fatal(err)
			}
			moved := w.commit(map[string]string{"files/a": "new"}, "v1")
			_, err := w.catalog().Load(t.Context(), "tiny")
			mustBe(t, err, fault.Moved, old[:12], moved[:12])
			if !strings.Contains(fault.Of(err).Hint, "scaffold source update acme") {
				t.Fatalf("got %v", err)
			}
			n, err := w.catalog().Named("acme")
			if err != nil {
				t.Fatal(err)
			}
			_, err = w.catalog().Verify(t.Context(), n)
			mustBe(t, err, fault.Moved, "moved")
			if _, err := w.offline().Load(t.Context(), "tiny"); err != nil {
				t.Fatal("offline the locked copy is used:", err)
			}
			change, err := w.catalog().Update(t.Context(), "acme", source.UpdateRequest{})
			if err != nil || change.Was.Commit != old || change.Lock.Commit != moved {
				t.Fatalf("got %+v, %v", change, err)
			}
			tpl, err := w.catalog().Load(t.Context(), "tiny")
			if err != nil {
				t.Fatal(err)
			}
			if got, _ := fs.ReadFile(tpl.FS, "files/a"); string(got) != "new" {
				t.Fatalf("got %q", got)
			}
		})
	}
}

func TestAnAddressWithoutANameIsLockedToo(t *testing.T) {
	w := newWorld(t)
	w.commit(map[string]string{"template.yaml": tiny}, "v1")
	address := w.file() + "@v1"
	if _, err := w.catalog().Load(t.Context(), address); err != nil {
		t.Fatal(err)
	}
	w.commit(map[string]string{"files/a": "new"}, "v1")
	_, err := w.catalog().Load(t.Context(), address)
	mustBe(t, err, fault.Moved, "moved")
	if _, err := w.catalog().Update(t.Context(), address, source.UpdateRequest{}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.catalog().Load(t.Context(), address); err != nil {
		t.Fatal(err)
	}
}

func TestANamedBranchStaysUntilUpdate(t *testing.T) {
	w := newWorld(t)
	first := w.commit(map[string]string{"template.yaml": tiny, "files/a": "1"})
	address := w.serve("", "")
	if _, err := w.catalog().Add(t.Context(), "acme", address, "main"); err != nil {
		t.Fatal(err)
	}
	second := w.commit(map[string]string{"files/a": "2"})
	tpl, err := w.catalog().Load(t.Context(), "acme/tiny")
	if err != nil || tpl.Top().Commit != first {
		t.Fatalf("got %v", err)
	}
	// The cache is gone: what was locked is fetched, though the branch is ahead.
	if err := os.RemoveAll(w.settings.Cache); err != nil {
		t.Fatal(err)
	}
	tpl, err = w.catalog().Load(t.Context(), "acme/tiny")
	if err != nil || tpl.Top().Commit != first {
		t.Fatalf("got %v", err)
	}
	change, err := w.catalog().Update(t.Context(), "acme", source.UpdateRequest{})
	if err != nil || change.Lock.Commit != second {
		t.Fatalf("got %+v, %v", change, err)
	}
}

func TestATamperedCacheIsNeverUsed(t *testing.T) {
	for name, tamper := range map[string]func([]byte) []byte{
		"a byte of a file": func(b []byte) []byte { return []byte(strings.Replace(string(b), "hello", "pwned", 1)) },
		"cut short":        func(b []byte) []byte { return b[:len(b)/2] },
		"empty":            func([]byte) []byte { return nil },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.commit(map[string]string{"template.yaml": tiny, "files/a": "hello"}, "v1")
			if _, err := w.catalog().Add(t.Context(), "acme", w.file(), "v1"); err != nil {
				t.Fatal(err)
			}
			cached, _ := filepath.Glob(filepath.Join(w.settings.Cache, "*.zip"))
			if len(cached) != 1 {
				t.Fatal(cached)
			}
			data, err := os.ReadFile(cached[0])
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(cached[0], tamper(data), 0o644); err != nil {
				t.Fatal(err)
			}
			_, err = w.offline().Load(t.Context(), "acme/tiny")
			mustBe(t, err, fault.Moved, "not what was locked")
			n, _ := w.catalog().Named("acme")
			_, err = w.catalog().Verify(t.Context(), n)
			mustBe(t, err, fault.Moved, "not what was locked")
			tpl, err := w.catalog().Load(t.Context(), "acme/tiny")
			if err != nil {
				t.Fatal("online it is fetched again:", err)
			}
			if got, _ := fs.ReadFile(tpl.FS, "files/a"); string(got) != "hello" {
				t.Fatalf("got %q", got)
			}
			if len(*w.warnings) == 0 {
				t.Fatal("nothing was said")
			}
		})
	}
}

func TestAnotherArchiveInTheCacheIsNotUsed(t *testing.T) {
	w := newWorld(t)
	w.commit(map[string]string{"template.yaml": tiny, "files/a": "old"}, "v1")
	w.commit(map[string]string{"files/a": "new"}, "v2")
	load := func(c *source.Catalog, ref string) error { _, err := c.Load(t.Context(), w.file()+ref); return err }
	if err := errors.Join(load(w.catalog(), "@v1"), load(w.catalog(), "@v2")); err != nil {
		t.Fatal(err)
	}
	files, _ := filepath.Glob(filepath.Join(w.settings.Cache, "*.zip"))
	if len(files) != 2 {
		t.Fatal(files)
	}
	data, err := os.ReadFile(files[0])
	if err == nil {
		err = os.WriteFile(files[1], data, 0o644) // a good archive under another's name
	}
	if err != nil {
		t.Fatal(err)
	}
	mustBe(t, errors.Join(load(w.offline(), "@v1"), load(w.offline(), "@v2")), fault.Moved, "not what was locked")
}

func TestAServerThatHoldsOtherBytesThanWereLockedIsRefused(t *testing.T) {
	w := newWorld(t)
	w.commit(map[string]string{"template.yaml": tiny}, "v1")
	if _, err := w.catalog().Add(t.Context(), "acme", w.file(), "v1"); err != nil {
		t.Fatal(err)
	}
	record, err := os.ReadFile(w.settings.Record)
	if err != nil {
		t.Fatal(err)
	}
	changed := regexp.MustCompile("sha256:[0-9a-f]{64}").ReplaceAll(record, []byte("sha256:"+strings.Repeat("0", 64)))
	if err := os.WriteFile(w.settings.Record, changed, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = w.catalog().Load(t.Context(), "acme/tiny")
	mustBe(t, err, fault.Moved, "was locked")
}

func TestOfflineUsesTheCacheOnly(t *testing.T) {
	w := newWorld(t)
	w.commit(map[string]string{"template.yaml": tiny}, "v1")
	address := w.serve("", "")
	_, err := w.offline().Load(t.Context(), address+"@v1")
	mustBe(t, err, fault.Uncached, "offline")
	if _, err := w.catalog().Load(t.Context(), address+"@v1"); err != nil {
		t.Fatal(err)
	}
	w.settings.Transport = roundTrip(func(*http.Request) (*http.Response, error) {
		t.Error("the network was used")
		return nil, errors.New("no network")
	})
	if _, err := w.offline().Load(t.Context(), address+"@v1"); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(w.settings.Cache); err != nil {
		t.Fatal(err)
	}
	_, err = w.offline().Load(t.Context(), address+"@v1")
	mustBe(t, err, fault.Uncached, "not in the cache")
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestAnUnreachableServerLeavesTheLockedCopy(t *testing.T) {
	w := newWorld(t)
	w.commit(map[string]string{"template.yaml": tiny}, "v1")
	address := w.serve("", "")
	if _, err := w.catalog().Add(t.Context(), "acme", address, "v1"); err != nil {
		t.Fatal(err)
	}
	w.env = append(w.env, "https_proxy=http://127.0.0.1:1")
	if _, err := w.catalog().Load(t.Context(), "acme/tiny"); err != nil {
		t.Fatal(err)
	}
	if len(*w.warnings) != 1 || !strings.Contains((*w.warnings)[0], "the locked copy is used") {
		t.Fatal(*w.warnings)
	}
}

// helper makes git ask a script for credentials, and gives what the script was
// asked.
func (w *world) helper(script string) (asked string) {
	w.t.Helper()
	asked = filepath.Join(w.dir, "asked")
	path := filepath.Join(w.dir, "helper")
	script = "#!/bin/sh\n[ \"$1\" = get ] || exit 0\ncat >> " + asked + "\n" + script
	if err := os.WriteFile(path, []byte(script), 0o755); err != nil {
		w.t.Fatal(err)
	}
	w.env = append(w.env, "GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=credential.helper", "GIT_CONFIG_VALUE_0="+path)
	return asked
}

func TestAPrivateRepositoryIsReadWithGitsCredentials(t *testing.T) {
	w := newWorld(t)
	w.commit(map[string]string{"template.yaml": tiny}, "v1")
	address := w.serve("ada", "hunter2")
	asked := w.helper("echo username=ada\necho password=hunter2\n")
	if _, err := w.catalog().Load(t.Context(), address+"@v1"); err != nil {
		t.Fatal(err)
	}
	got, _ := os.ReadFile(asked)
	if !strings.Contains(string(got), "protocol=https\nhost=127.0.0.1:") {
		t.Fatalf("the helper was asked %q", got)
	}
	record, _ := os.ReadFile(w.settings.Record)
	if strings.Contains(string(record), "hunter2") || strings.Contains(string(record), "ada") {
		t.Fatalf("the record holds the credentials: %s", record)
	}
}

func TestWrongCredentialsAreSaidWithoutThem(t *testing.T) {
	for name, script := range map[string]string{
		"wrong":   "echo username=ada\necho password=letmein\n",
		"none":    "exit 1\n",
		"empty":   "",
		"a quit":  "echo quit=1\n",
		"garbage": "head -c 100 /dev/zero\n",
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.commit(map[string]string{"template.yaml": tiny}, "v1")
			address := w.serve("ada", "hunter2")
			w.helper(script)
			_, err := w.catalog().Load(t.Context(), address+"@v1")
			mustBe(t, err, fault.Denied, "credentials")
			if strings.Contains(err.Error(), "letmein") {
				t.Fatal(err)
			}
		})
	}
}

func TestAHangingCredentialHelperEnds(t *testing.T) {
	w := newWorld(t)
	w.commit(map[string]string{"template.yaml": tiny}, "v1")
	address := w.serve("ada", "hunter2")
	w.helper("sleep 60\n")
	w.settings.Limits.Silence = 300 * time.Millisecond
	_, err := w.catalog().Load(t.Context(), address+"@v1")
	mustBe(t, err, fault.Source, "has not answered")
}

// hostile serves a handler in place of git.
func (w *world) hostile(handler http.HandlerFunc) string {
	server := httptest.NewTLSServer(handler)
	w.t.Cleanup(server.Close)
	w.settings.Transport = server.Client().Transport
	w.env = append(w.env, "GIT_SSL_CAINFO="+testenv.CertificateFile(w.t, server))
	return "git+" + server.URL + "/repo"
}

func TestHostileServersEnd(t *testing.T) {
	w := newWorld(t)
	w.commit(map[string]string{"template.yaml": tiny}, "v1")
	elsewhere := httptest.NewTLSServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("the other host was asked for %s with %q", r.URL, r.Header.Get("Authorization"))
	}))
	t.Cleanup(elsewhere.Close)
	head := pkt("# service=git-upload-pack\n") + "0000" + pkt(strings.Repeat("1", 40)+" HEAD\x00side-band-64k ofs-delta shallow\n")
	refs := head + pkt(strings.Repeat("1", 40)+" refs/heads/main\n") + "0000"
	// Without "done" git asks for the shallow commits alone; the pack comes after.
	answers := func(out http.ResponseWriter, r *http.Request) bool {
		io.WriteString(out, pkt("shallow "+strings.Repeat("1", 40)+"\n")+"0000")
		body, _ := io.ReadAll(r.Body)
		if done := strings.Contains(string(body), "done"); !done {
			return false
		}
		io.WriteString(out, pkt("NAK\n"))
		return true
	}
	tests := map[string]struct {
		handler http.HandlerFunc
		kind    fault.Kind
		says    string

		silence, total time.Duration // where time is what ends it
	}{
		"it never answers": {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, fault.Source, "has not answered", time.Second, 0},
		"it stops in the middle": {func(out http.ResponseWriter, r *http.Request) {
			io.WriteString(out, head)
			out.(http.Flusher).Flush()
			<-r.Context().Done()
		}, fault.Source, "has not answered", time.Second, 0},
		"it lists refs without end": {func(out http.ResponseWriter, _ *http.Request) {
			io.WriteString(out, head)
			for {
				if _, err := io.WriteString(out, pkt(strings.Repeat("2", 40)+" refs/heads/aaaa\n")); err != nil {
					return
				}
			}
		}, fault.Limit, "sends too much", 0, 0},
		"it sends a pack without end": {func(out http.ResponseWriter, r *http.Request) {
			if advertises(out, r, refs) || !answers(out, r) {
				return
			}
			endlessPack(out)
		}, fault.Limit, "sends too much", 0, 0},
		"it drips without end": {func(out http.ResponseWriter, r *http.Request) {
			io.WriteString(out, head)
			for r.Context().Err() == nil {
				io.WriteString(out, pkt(strings.Repeat("2", 40)+" refs/heads/aaaa\n"))
				out.(http.Flusher).Flush()
				time.Sleep(20 * time.Millisecond)
			}
		}, fault.Limit, "takes too long", 0, 4 * time.Second},
		"it sends us to another host": {func(out http.ResponseWriter, r *http.Request) {
			http.Redirect(out, r, elsewhere.URL+r.URL.Path+"?"+r.URL.RawQuery, http.StatusFound)
		}, fault.Source, "redirects", 0, 0},
		"it sends us to http": {func(out http.ResponseWriter, r *http.Request) {
			http.Redirect(out, r, "http://"+r.Host+r.URL.Path+"?"+r.URL.RawQuery, http.StatusFound)
		}, fault.Source, "redirects", 0, 0},
		"it sends us to a file": {func(out http.ResponseWriter, r *http.Request) {
			http.Redirect(out, r, "file:///etc/passwd", http.StatusFound)
		}, fault.Source, "redirects", 0, 0},
		"it sends us in circles": {func(out http.ResponseWriter, r *http.Request) {
			http.Redirect(out, r, r.URL.String(), http.StatusFound)
		}, fault.Source, "redirect", 0, 0},
		"it asks for credentials after sending us away": {func(out http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Authorization") == "" {
				out.Header().Set("WWW-Authenticate", `Basic realm="x"`)
				out.WriteHeader(http.StatusUnauthorized)
				return
			}
			http.Redirect(out, r, elsewhere.URL+r.URL.Path, http.StatusFound)
		}, fault.Source, "redirects", 0, 0},
		"it does not speak git":     {func(out http.ResponseWriter, _ *http.Request) { io.WriteString(out, "<html>") }, fault.Source, "", 0, 0},
		"it says nothing":           {func(http.ResponseWriter, *http.Request) {}, fault.Source, "", 0, 0},
		"it has no such repository": {func(out http.ResponseWriter, r *http.Request) { http.NotFound(out, r) }, fault.Source, "no such repository", 0, 0},
		"it fails":                  {func(out http.ResponseWriter, _ *http.Request) { out.WriteHeader(500) }, fault.Source, "", 0, 0},
		"it forbids":                {func(out http.ResponseWriter, _ *http.Request) { out.WriteHeader(403) }, fault.Denied, "credentials", 0, 0},
		"the pack is no pack": {func(out http.ResponseWriter, r *http.Request) {
			if !advertises(out, r, refs) && answers(out, r) {
				io.WriteString(out, pkt("\x01PACKxxxx")+"0000")
			}
		}, fault.Source, "not a pack", 0, 0},
	}
	for name, tt := range tests {
		for _, by := range []string{"git", "the client without git"} {
			t.Run(name+" to "+by, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				address := w.hostile(tt.handler)
				w.helper("echo username=ada\necho password=hunter2\n")
				w.settings.Limits = source.Limits{Transfer: 1 << 20, Total: tt.total, Silence: tt.silence}
				if by != "git" {
					w.settings = w.settings.WithoutGit()
				}
				_, err := w.catalog().Load(t.Context(), address)
				kind, says := tt.kind, tt.says
				if by != "git" && name == "it asks for credentials after sending us away" {
					kind, says = fault.Denied, "without git" // it has none to give
				}
				mustBe(t, err, kind, says)
				w.untouched(err)
			})
		}
	}
}

// untouched holds that a fetch that failed has left nothing, and shown nothing.
func (w *world) untouched(err error) {
	w.t.Helper()
	for _, text := range append(*w.warnings, err.Error(), fault.Of(err).Hint) {
		if strings.Contains(text, "hunter2") {
			w.t.Error("a password is shown:", text)
		}
	}
	if _, err := os.Stat(w.settings.Record); !errors.Is(err, fs.ErrNotExist) {
		w.t.Error("something was locked")
	}
	if left, _ := filepath.Glob(filepath.Join(w.settings.Cache, "*")); len(left) > 0 {
		w.t.Error("left in the cache:", left)
	}
}

// endlessPack sends a pack of one object that is said to have a terabyte, until
// nobody listens.
func endlessPack(out io.Writer) {
	to := band{out}
	to.Write([]byte("PACK\x00\x00\x00\x02\x00\x00\x00\x01"))
	to.Write([]byte{0xb0, 0x80, 0x80, 0x80, 0x80, 0x40}) // a blob; see gitformat-pack
	z, _ := zlib.NewWriterLevel(to, zlib.NoCompression)
	for junk := make([]byte, 16<<10); ; {
		if _, err := z.Write(junk); err != nil {
			return
		}
	}
}

// A band is the first of those that git sends a pack on beside messages.
type band struct{ to io.Writer }

func (b band) Write(p []byte) (int, error) {
	for part := range slices.Chunk(p, 60_000) {
		if _, err := io.WriteString(b.to, pkt("\x01"+string(part))); err != nil {
			return 0, err
		}
	}
	return len(p), nil
}

// advertises answers the request for the refs, and says of the answer to the
// other what it is.
func advertises(out http.ResponseWriter, r *http.Request, refs string) bool {
	if r.Method != http.MethodGet {
		out.Header().Set("Content-Type", "application/x-git-upload-pack-result")
		return false
	}
	out.Header().Set("Content-Type", "application/x-git-upload-pack-advertisement")
	io.WriteString(out, refs)
	return true
}

// pkt is a line as git sends it, with its length before it.
func pkt(line string) string { return fmt.Sprintf("%04x%s", len(line)+4, line) }

func TestAServerThatTakesNoConnectionIsReported(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	w := newWorld(t)
	_, err = w.catalog().Load(t.Context(), "git+https://"+address+"/repo")
	mustBe(t, err, fault.Source, "cannot be reached")
}

func TestCancellingEndsAFetch(t *testing.T) {
	w := newWorld(t)
	address := w.hostile(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(100*time.Millisecond, cancel)
	if _, err := w.catalog().Load(ctx, address); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
}

func TestRepositoriesWithMoreThanPlainFilesAreRefused(t *testing.T) {
	tests := map[string]struct {
		prepare func(t *testing.T, repo string)
		says    string
	}{
		"a link": {func(t *testing.T, repo string) {
			if err := os.Symlink("/etc/passwd", filepath.Join(repo, "files", "passwd")); err != nil {
				t.Fatal(err)
			}
		}, "is a link"},
		"a submodule": {func(t *testing.T, repo string) {
			git(t, repo, "update-index", "--add", "--cacheinfo", "160000,"+strings.Repeat("1", 40)+",files/sub")
		}, "is a submodule"},
		"a name of Windows' devices": {func(t *testing.T, repo string) {
			if err := os.WriteFile(filepath.Join(repo, "files", "aux.txt"), []byte("x"), 0o644); err != nil {
				t.Fatal(err)
			}
		}, "device"},
		"a name that hides": {func(t *testing.T, repo string) {
			if err := os.WriteFile(filepath.Join(repo, "files", "a\u202eb"), []byte("x"), 0o644); err != nil {
				t.Fatal(err)
			}
		}, "invisible"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.commit(map[string]string{"template.yaml": tiny, "files/a": "x"})
			tt.prepare(t, w.repo)
			if name != "a submodule" {
				git(t, w.repo, "add", "-A")
			}
			git(t, w.repo, "commit", "-qm", "more")
			_, err := w.catalog().Load(t.Context(), w.file())
			mustBe(t, err, fault.Unsafe, tt.says)
			_, err = w.catalog().Add(t.Context(), "acme", w.file(), "")
			mustBe(t, err, fault.Unsafe, tt.says)
			if sources, _ := w.catalog().Sources(); len(sources) != 0 {
				t.Fatal(sources)
			}
		})
	}
}

func git(t *testing.T, dir string, args ...string) {
	t.Helper()
	env := testenv.Env("GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.com")
	testenv.Run(t, time.Minute, dir, env, append([]string{"git"}, args...)...)
}

func TestRepositoriesAreLimited(t *testing.T) {
	w := newWorld(t)
	// 8 MB of zeros are some kilobytes in a pack.
	w.commit(map[string]string{"template.yaml": tiny, "files/bomb": strings.Repeat("0", 8<<20)}, "v1")
	for name, address := range map[string]string{"of this machine": w.file(), "https": w.serve("", "")} {
		t.Run(name, func(t *testing.T) {
			w.settings.Limits = source.Limits{Unpacked: 4 << 20}
			_, err := w.catalog().Load(t.Context(), address+"@v1")
			mustBe(t, err, fault.Limit, "too large")
			w.settings.Limits = source.Limits{Objects: 1}
			_, err = w.catalog().Load(t.Context(), address+"@v1")
			mustBe(t, err, fault.Limit)
		})
	}
}

func TestWhatIsNotThereIsSaid(t *testing.T) {
	w := newWorld(t)
	w.commit(map[string]string{"template.yaml": tiny}, "v1.0.0")
	address := w.serve("", "")
	for _, base := range []string{w.file(), address} {
		_, err := w.catalog().Load(t.Context(), base+"@v1.0.1")
		mustBe(t, err, fault.Source, "v1.0.1")
		if hint := fault.Of(err).Hint; hint != "did you mean v1.0.0?" {
			t.Fatal(hint)
		}
		_, err = w.catalog().Load(t.Context(), base+"#nowhere")
		mustBe(t, err, fault.Source, "nowhere")
		_, err = w.catalog().Load(t.Context(), base+"@"+strings.Repeat("1", 40))
		mustBe(t, err, fault.Source)
	}
	_, err := w.catalog().Load(t.Context(), "git+file://"+w.dir+"/none")
	mustBe(t, err, fault.Source, "no such repository")
}

func TestProgressComesAfterAWhileAndIsCleared(t *testing.T) {
	w := newWorld(t)
	address := w.hostile(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	w.settings.Limits = source.Limits{Silence: 900 * time.Millisecond}
	var told []source.Progress
	began := time.Now()
	var first time.Duration
	w.settings.Progress = func(p source.Progress) {
		if len(told) == 0 {
			first = time.Since(began)
		}
		told = append(told, p)
	}
	_, err := w.catalog().Load(t.Context(), address)
	mustBe(t, err, fault.Source)
	if len(told) < 2 || len(told) > 10 || first < 250*time.Millisecond || !told[len(told)-1].Done || told[0].Host == "" {
		t.Fatalf("first after %s: %+v", first, told)
	}
}
