package merge_test

import (
	"flag"
	"fmt"
	"maps"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"scaffold/generator/internal/merge"
)

// A draw is one random history.
type draw struct {
	*rapid.T
	side string // marks the lines that this side adds
	n    int
}

func (d *draw) line() string {
	d.n++
	return fmt.Sprintf("%s-%d\n", d.side, d.n)
}

var (
	names = []string{"a", "b", "c", "dir/a", "dir/b", "dir/sub/c", "other/a", "a.d/x"}
	words = []string{"x\n", "y\n", "\n", "def f():\n", "    return 1\n", "}\n", "last"}
)

// text is a file of a few common lines, some of which are there twice.
func (d *draw) text(label string) string {
	return strings.Join(rapid.SliceOfN(rapid.SampledFrom(words), 0, 14).Draw(d.T, label), "")
}

func (d *draw) tree() map[string]string {
	tree := map[string]string{}
	for range rapid.IntRange(1, 6).Draw(d.T, "files") {
		name := rapid.SampledFrom(names).Draw(d.T, "name")
		data := d.text("text")
		if rapid.IntRange(0, 4).Draw(d.T, "twin") == 0 && len(tree) > 0 {
			data = tree[slices.Min(slices.Collect(maps.Keys(tree)))]
		}
		place(tree, name, data)
	}
	return tree
}

// place puts a file into a tree, where no other one is in its way.
func place(tree map[string]string, name, data string) {
	for other := range tree {
		if strings.HasPrefix(other, name+"/") || strings.HasPrefix(name, other+"/") {
			return
		}
	}
	tree[name] = data
}

// change does a few of the things that people do to files.
func (d *draw) change(tree map[string]string) map[string]string {
	tree = maps.Clone(tree)
	for range rapid.IntRange(0, 5).Draw(d.T, d.side+" changes") {
		all := slices.Sorted(maps.Keys(tree))
		if len(all) == 0 {
			place(tree, "a", d.line())
			continue
		}
		name := rapid.SampledFrom(all).Draw(d.T, "of")
		switch rapid.IntRange(0, 7).Draw(d.T, d.side+" does") {
		case 0, 1, 2: // adds a line
			lines := strings.SplitAfter(tree[name], "\n")
			at := rapid.IntRange(0, len(lines)-1).Draw(d.T, "at")
			tree[name] = strings.Join(slices.Insert(lines, at, d.line()), "")
		case 3: // takes a line out
			lines := strings.SplitAfter(tree[name], "\n")
			at := rapid.IntRange(0, len(lines)-1).Draw(d.T, "at")
			tree[name] = strings.Join(slices.Delete(lines, at, at+1), "")
		case 4: // moves it
			data := tree[name]
			delete(tree, name)
			place(tree, rapid.SampledFrom(append(names, d.side+"/new")).Draw(d.T, "to"), data)
		case 5:
			delete(tree, name)
		case 6:
			place(tree, rapid.SampledFrom(append(names, d.side+"/new")).Draw(d.T, "new"), d.text("text")+d.line())
		case 7:
			tree[name] = "\x00" + d.line()
		}
	}
	return tree
}

// TestRandomHistories holds merges to what they promise, seen from outside:
// every line that only the owner has ever written is in the work tree after
// it, the lines of one file in their order, and git knows of each conflict.
func TestRandomHistories(t *testing.T) {
	if testing.Short() {
		if err := flag.Set("rapid.checks", "20"); err != nil {
			t.Fatal(err)
		}
	}
	var conflicts, clean int
	rapid.Check(t, func(rt *rapid.T) {
		d := &draw{T: rt, side: "base"}
		base := d.tree()
		d.side = "ours"
		ours := d.change(base)
		d.side = "theirs"
		theirs := d.change(base)
		w := newWorld(t, base)
		for name := range base {
			w.remove(t, name)
		}
		for name, data := range ours {
			w.put(t, name, data)
		}
		w.commit(t)
		w.theirs = theirs
		byGit, clear := w.byGit(t, theirs)
		got := w.merge(t)
		there := w.there(t)
		checkKept(rt, base, ours, there)
		unmerged := w.git(t, "ls-files", "-u")
		n := 0
		for _, f := range got {
			if f.Kind == merge.Conflict {
				n++
			}
		}
		if (n > 0) != (unmerged != "") {
			rt.Fatalf("%d conflicts, and git knows of %q", n, unmerged)
		}
		if n > 0 && clear && !twins(base) && keeps(base, ours, byGit) {
			rt.Fatalf("%d conflicts, and git has none and loses nothing: %+v\n%q\n%q\n%q\n%q", n, got, base, ours, theirs, byGit)
		}
		if n > 0 {
			conflicts++
			return
		}
		clean++
		if dirty := w.git(t, "status", "--porcelain", "-uall"); strings.Contains("\n"+dirty, "\n??") || strings.Contains("\n"+dirty, "\n M") {
			rt.Fatalf("index and work tree differ:\n%s", dirty)
		}
		if maps.Equal(base, theirs) && !maps.Equal(there, ours) {
			rt.Fatalf("the template has nothing new, and the work tree changed:\n%q\n%q", ours, there)
		}
		if maps.Equal(base, ours) && !maps.Equal(there, theirs) {
			rt.Fatalf("nothing was edited, and it is not the new version:\n%q\n%q", theirs, there)
		}
	})
	t.Logf("%d merged cleanly, %d with conflicts", clean, conflicts)
}

// keeps says whether all that the owner wrote is in a tree.
func keeps(base, ours, there map[string]string) bool { return lost(base, ours, there) == "" }

// checkKept holds what the owner wrote against the work tree.
func checkKept(t *rapid.T, base, ours, there map[string]string) {
	if what := lost(base, ours, there); what != "" {
		t.Fatalf("%s in\n%q", what, there)
	}
}

// lost says what of the owner's is not in a tree; "" is nothing.
func lost(base, ours, there map[string]string) string {
	for name, data := range ours {
		if data == base[name] {
			continue
		}
		var mine []string
		for line := range strings.Lines(data) {
			if strings.Contains(line, "ours-") {
				mine = append(mine, strings.TrimRight(line, "\n"))
			}
		}
		found := slices.ContainsFunc(slices.Collect(maps.Values(there)), func(text string) bool {
			at := 0
			for _, line := range mine {
				i := strings.Index(text[at:], line+"\n")
				if i < 0 && strings.HasSuffix(text, line) {
					i = len(text) - at - len(line)
				}
				if i < 0 {
					return false
				}
				at += i + len(line)
			}
			return true
		})
		if !found {
			return fmt.Sprintf("%s: the owner's lines %q are nowhere", name, mine)
		}
		if strings.HasPrefix(data, "\x00") && !slices.Contains(slices.Collect(maps.Values(there)), data) {
			return name + ": the owner's binary is nowhere"
		}
	}
	return ""
}

// byGit is what git alone makes of HEAD and a version of the template, and
// whether it has no conflict.
func (w *world) byGit(t testing.TB, theirs map[string]string) (map[string]string, bool) {
	t.Helper()
	in := "commit refs/theirs\ncommitter A <a@example.com> 0 +0000\ndata 0\nfrom HEAD~1\ndeleteall\n"
	for _, name := range slices.Sorted(maps.Keys(theirs)) {
		in += fmt.Sprintf("M 100644 inline %s\ndata %d\n%s\n", name, len(theirs[name]), theirs[name])
	}
	cmd := exec.Command("git", "fast-import", "--quiet", "--force")
	cmd.Dir, cmd.Env, cmd.Stdin = w.top, w.environ, strings.NewReader(in)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("git fast-import: %v\n%s", err, out)
	}
	cmd = exec.Command("git", "merge-tree", "--write-tree", "HEAD", "refs/theirs")
	cmd.Dir, cmd.Env = w.top, w.environ
	out, err := cmd.Output()
	w.git(t, "update-ref", "-d", "refs/theirs")
	if err != nil {
		return nil, false
	}
	merged := map[string]string{}
	tree := strings.TrimSpace(string(out))
	for name := range strings.FieldsSeq(w.git(t, "ls-tree", "-r", "--name-only", tree)) {
		merged[name] = w.git(t, "cat-file", "blob", tree+":"+name)
	}
	return merged, true
}

// twins says whether two files of a tree are alike: git cannot tell which of
// them was moved.
func twins(tree map[string]string) bool {
	return len(slices.Compact(slices.Sorted(maps.Values(tree)))) < len(tree)
}
