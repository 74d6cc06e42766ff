package merge_test

import (
	"context"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scaffold/generator/internal/merge"
	"scaffold/generator/internal/repo"
)

// A world is a template's old and new version, and a repository with what its
// owner made of the old one.
type world struct {
	dir     string // of the project
	top     string
	environ []string
	base    map[string]string
	theirs  map[string]string
	rules   map[string]merge.Rule
	moves   map[string]string
}

func newWorld(t testing.TB, base map[string]string) *world {
	t.Helper()
	w := &world{top: t.TempDir(), base: base, theirs: maps.Clone(base)}
	w.dir = w.top
	w.environ = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_SYSTEM="+os.DevNull, "HOME="+w.top)
	w.git(t, "init", "-q", "-b", "main")
	w.git(t, "config", "user.name", "Ada")
	w.git(t, "config", "user.email", "ada@example.com")
	for name, data := range base {
		w.put(t, name, data)
	}
	w.commit(t)
	return w
}

func (w *world) git(t testing.TB, args ...string) string {
	t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir, cmd.Env = w.top, w.environ
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return string(out)
}

func (w *world) put(t testing.TB, name, data string) {
	t.Helper()
	at := filepath.Join(w.dir, name)
	if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(at, []byte(data), 0o644); err != nil {
		t.Fatal(err)
	}
}

func (w *world) remove(t testing.TB, name string) {
	t.Helper()
	if err := os.RemoveAll(filepath.Join(w.dir, name)); err != nil {
		t.Fatal(err)
	}
}

func (w *world) commit(t testing.TB) {
	t.Helper()
	w.git(t, "add", "-A", "-f")
	w.git(t, "commit", "-q", "--allow-empty", "-m", "as it is")
}

func files(tree map[string]string) []repo.File {
	var out []repo.File
	for _, name := range slices.Sorted(maps.Keys(tree)) {
		out = append(out, repo.File{Path: name, Mode: "100644", Data: []byte(tree[name])})
	}
	return out
}

// merge merges, and puts the result into the work tree and the index.
func (w *world) merge(t testing.TB) map[string]merge.File {
	t.Helper()
	ctx := context.Background()
	r, err := repo.Open(ctx, w.dir, w.environ)
	if err != nil {
		t.Fatal(err)
	}
	got, err := merge.Trees(ctx, merge.Input{
		Repo: r, Base: files(w.base), Theirs: files(w.theirs), Rules: w.rules, Moves: w.moves,
		Labels: merge.Labels{Ours: "yours", Base: "web 1.0.0", Theirs: "web 1.1.0"},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer got.Close()
	staged := map[string]repo.Staged{}
	byPath := map[string]merge.File{}
	for _, f := range got.Files {
		byPath[f.Path] = f
		if f.From != "" {
			w.remove(t, f.From)
			staged[f.From] = repo.Staged{}
		}
		if f.Mode == "" && f.Was != (repo.Entry{}) {
			w.remove(t, f.Path)
		}
	}
	for _, f := range got.Files {
		if f.Data != nil {
			w.put(t, f.Path, string(f.Data))
		}
		if f.Kind != merge.Same && f.Kind != merge.Kept {
			staged[f.Path] = f.Staged
		}
	}
	if err := got.Keep(ctx, staged); err != nil {
		t.Fatal(err)
	}
	if err := r.SetIndex(ctx, staged); err != nil {
		t.Fatal(err)
	}
	if err := r.Refresh(ctx); err != nil {
		t.Fatal(err)
	}
	return byPath
}

// there is the work tree.
func (w *world) there(t testing.TB) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(w.dir, func(name string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.Name() == ".git" {
			if d.IsDir() {
				return filepath.SkipDir
			}
			return nil
		}
		if !d.IsDir() {
			data, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			rel, _ := filepath.Rel(w.dir, name)
			found[filepath.ToSlash(rel)] = string(data)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

const long = "one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\n"

func TestWhatBecomesOfAFile(t *testing.T) {
	tests := map[string]struct {
		base   map[string]string
		ours   func(*testing.T, *world)
		theirs map[string]string // "" takes a file away
		rules  map[string]merge.Rule
		moves  map[string]string
		want   map[string]string // the work tree
		kinds  map[string]merge.Kind
	}{
		"a file that nobody changed is the same": {
			base: map[string]string{"a": long},
			want: map[string]string{"a": long}, kinds: map[string]merge.Kind{"a": merge.Same},
		},
		"a change of the template's comes in": {
			base: map[string]string{"a": long}, theirs: map[string]string{"a": "new\n"},
			want: map[string]string{"a": "new\n"}, kinds: map[string]merge.Kind{"a": merge.Updated},
		},
		"changes of both sides stand side by side": {
			base: map[string]string{"a": long},
			ours: func(t *testing.T, w *world) { w.put(t, "a", "mine\n"+long) }, theirs: map[string]string{"a": long + "theirs\n"},
			want: map[string]string{"a": "mine\n" + long + "theirs\n"}, kinds: map[string]merge.Kind{"a": merge.Merged},
		},
		"changes of the same lines are a conflict with named sides": {
			base: map[string]string{"a": "old\n"},
			ours: func(t *testing.T, w *world) { w.put(t, "a", "mine\n") }, theirs: map[string]string{"a": "theirs\n"},
			want:  map[string]string{"a": "<<<<<<< yours\nmine\n||||||| web 1.0.0\nold\n=======\ntheirs\n>>>>>>> web 1.1.0\n"},
			kinds: map[string]merge.Kind{"a": merge.Conflict},
		},
		"an edit follows a file that the template moved": {
			base: map[string]string{"a": long},
			ours: func(t *testing.T, w *world) { w.put(t, "a", "mine\n"+long) }, theirs: map[string]string{"a": "", "b": long},
			want: map[string]string{"b": "mine\n" + long}, kinds: map[string]merge.Kind{"b": merge.Moved},
		},
		"a change follows a file that the owner moved": {
			base: map[string]string{"a": long},
			ours: func(t *testing.T, w *world) { w.remove(t, "a"); w.put(t, "b", long) }, theirs: map[string]string{"a": long + "theirs\n"},
			want: map[string]string{"b": long + "theirs\n"}, kinds: map[string]merge.Kind{"b": merge.Updated},
		},
		"a change follows a file that the owner moved and edited": {
			base: map[string]string{"a": long},
			ours: func(t *testing.T, w *world) { w.remove(t, "a"); w.put(t, "b", long+"mine\n") }, theirs: map[string]string{"a": strings.Replace(long, "two", "TWO", 1)},
			want: map[string]string{"b": strings.Replace(long, "two", "TWO", 1) + "mine\n"}, kinds: map[string]merge.Kind{"b": merge.Merged},
		},
		"an edited file that the template drops stays, as a conflict": {
			base: map[string]string{"a": long, "k": "k\n"},
			ours: func(t *testing.T, w *world) { w.put(t, "a", "mine\n"+long) }, theirs: map[string]string{"a": ""},
			want: map[string]string{"a": "mine\n" + long, "k": "k\n"}, kinds: map[string]merge.Kind{"a": merge.Conflict, "k": merge.Same},
		},
		"an untouched file that the template drops goes": {
			base: map[string]string{"a": long, "k": "k\n"}, theirs: map[string]string{"a": ""},
			want: map[string]string{"k": "k\n"}, kinds: map[string]merge.Kind{"a": merge.Removed, "k": merge.Same},
		},
		"a file that the owner deleted stays deleted": {
			base: map[string]string{"a": long, "k": "k\n"}, ours: func(t *testing.T, w *world) { w.remove(t, "a") }, theirs: map[string]string{"k": "l\n"},
			want: map[string]string{"k": "l\n"}, kinds: map[string]merge.Kind{"a": merge.Kept, "k": merge.Updated},
		},
		"a binary file that only the owner changed stays": {
			base: map[string]string{"logo": "\x00\x01old", "k": "k\n"}, ours: func(t *testing.T, w *world) { w.put(t, "logo", "\x00\x01mine") }, theirs: map[string]string{"k": "l\n"},
			want: map[string]string{"logo": "\x00\x01mine", "k": "l\n"}, kinds: map[string]merge.Kind{"logo": merge.Kept, "k": merge.Updated},
		},
		"a binary file that both changed is a conflict, and the owner's stays": {
			base: map[string]string{"logo": "\x00\x01old"}, ours: func(t *testing.T, w *world) { w.put(t, "logo", "\x00\x01mine") }, theirs: map[string]string{"logo": "\x00\x01theirs"},
			want: map[string]string{"logo": "\x00\x01mine"}, kinds: map[string]merge.Kind{"logo": merge.Conflict},
		},
		"a file that both sides added alike is the same": {
			base: map[string]string{"k": "k\n"}, ours: func(t *testing.T, w *world) { w.put(t, "a", long) }, theirs: map[string]string{"a": long},
			want: map[string]string{"a": long, "k": "k\n"}, kinds: map[string]merge.Kind{"a": merge.Same, "k": merge.Same},
		},
		"an edit of one of two like files, of which the template moved one, is a conflict": {
			base: map[string]string{"a": long, "b": long}, ours: func(t *testing.T, w *world) { w.put(t, "a", "mine\n"+long) },
			theirs: map[string]string{"a": "", "b": "", "c": long, "d": long},
			want:   map[string]string{"a": "mine\n" + long, "c": long, "d": long},
			kinds:  map[string]merge.Kind{"a": merge.Conflict, "b": merge.Removed, "c": merge.Added, "d": merge.Added},
		},
		"a file in the way of a directory is put beside it": {
			base: map[string]string{"k": "k\n"}, ours: func(t *testing.T, w *world) { w.put(t, "a", "mine\n") }, theirs: map[string]string{"a/b": "theirs\n"},
			want: map[string]string{"a~yours": "mine\n", "a/b": "theirs\n", "k": "k\n"}, kinds: map[string]merge.Kind{"a~yours": merge.Conflict, "a/b": merge.Added, "k": merge.Same},
		},
		"a file written once is never updated": {
			base: map[string]string{"a": long}, theirs: map[string]string{"a": "new\n"}, rules: map[string]merge.Rule{"a": {Managed: "once"}},
			want: map[string]string{"a": long}, kinds: map[string]merge.Kind{"a": merge.Kept},
		},
		"an untouched lock is the template's": {
			base: map[string]string{"a": long}, theirs: map[string]string{"a": "new\n"}, rules: map[string]merge.Rule{"a": {Managed: "lock"}},
			want: map[string]string{"a": "new\n"}, kinds: map[string]merge.Kind{"a": merge.Updated},
		},
		"a renewed lock stays the owner's": {
			base: map[string]string{"a": long}, ours: func(t *testing.T, w *world) { w.put(t, "a", "mine\n"+long) }, theirs: map[string]string{"a": long + "new\n"}, rules: map[string]merge.Rule{"a": {Managed: "lock"}},
			want: map[string]string{"a": "mine\n" + long}, kinds: map[string]merge.Kind{"a": merge.Kept},
		},
		"a declared move takes an edit along that git would not have found": {
			base: map[string]string{"a": long}, ours: func(t *testing.T, w *world) { w.put(t, "a", long+"mine\n") },
			theirs: map[string]string{"a": "", "d/b": "A\nB\nC\nD\nE\nF\nseven\neight\n"}, moves: map[string]string{"a": "d/b"},
			want: map[string]string{"d/b": "A\nB\nC\nD\nE\nF\nseven\neight\nmine\n"}, kinds: map[string]merge.Kind{"d/b": merge.Moved},
		},
		"a dependency that each side added at one place is there twice over": {
			base: map[string]string{"p.json": "{\n  \"dependencies\": {\n    \"a\": \"1\"\n  }\n}\n"}, rules: map[string]merge.Rule{"p.json": {Merge: "json"}},
			ours: func(t *testing.T, w *world) {
				w.put(t, "p.json", "{\n  \"dependencies\": {\n    \"a\": \"1\",\n    \"mine\": \"2\"\n  }\n}\n")
			},
			theirs: map[string]string{"p.json": "{\n  \"dependencies\": {\n    \"a\": \"1\",\n    \"theirs\": \"3\"\n  }\n}\n"},
			want:   map[string]string{"p.json": "{\n  \"dependencies\": {\n    \"a\": \"1\",\n    \"mine\": \"2\",\n    \"theirs\": \"3\"\n  }\n}\n"},
			kinds:  map[string]merge.Kind{"p.json": merge.Merged},
		},
		"a key that both sides gave another value is a conflict, and the owner's stays": {
			base: map[string]string{"p.yaml": "# mine\na: 1\nb: 1\n"}, rules: map[string]merge.Rule{"p.yaml": {Merge: "yaml"}},
			ours:   func(t *testing.T, w *world) { w.put(t, "p.yaml", "# mine\na: 2 # why\nb: 1\n") },
			theirs: map[string]string{"p.yaml": "a: 3\nb: 4\n"},
			want:   map[string]string{"p.yaml": "# mine\na: 2 # why\nb: 4\n"},
			kinds:  map[string]merge.Kind{"p.yaml": merge.Conflict},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, tt.base)
			w.rules, w.moves = tt.rules, tt.moves
			if tt.ours != nil {
				tt.ours(t, w)
				w.commit(t)
			}
			for name, data := range tt.theirs {
				if w.theirs[name] = data; data == "" {
					delete(w.theirs, name)
				}
			}
			got := w.merge(t)
			if diff := cmp.Diff(tt.want, w.there(t)); diff != "" {
				t.Errorf("work tree (-want +got):\n%s", diff)
			}
			kinds := map[string]merge.Kind{}
			conflicts := false
			for name, f := range got {
				kinds[name] = f.Kind
				conflicts = conflicts || f.Kind == merge.Conflict
				managed := tt.rules[name].Managed != "" && f.Kind == merge.Kept
				if (f.Kind == merge.Conflict || managed) != (f.Why != "") {
					t.Errorf("%s is %s: %q", name, f.Kind, f.Why)
				}
				if want := map[bool]string{true: tt.theirs[name]}[managed]; string(f.Theirs) != want {
					t.Errorf("%s is shown as the template's in place of %s: %q", name, f.Kind, f.Theirs)
				}
			}
			if diff := cmp.Diff(tt.kinds, kinds); diff != "" {
				t.Errorf("kinds (-want +got):\n%s", diff)
			}
			if unmerged := w.git(t, "ls-files", "-u"); (unmerged != "") != conflicts {
				t.Errorf("git knows of the conflicts %q", unmerged)
			}
			if dirty := w.git(t, "diff", "--name-only", "--diff-filter=MDA"); dirty != "" && !conflicts {
				t.Errorf("index and work tree differ: %s", dirty)
			}
			w.git(t, "fsck", "--strict")
		})
	}
}
