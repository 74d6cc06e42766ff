package source

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/aymanbagabas/go-udiff"
	"github.com/go-git/go-git/v5/plumbing"

	"scaffold/generator"
	"scaffold/generator/fault"
	"scaffold/generator/quote"
)

// Incoming is what an update of a source accepts.
type Incoming struct {
	generator.Changes
	Commits []string `json:"commits"`        // "COMMIT subject", the newest first
	More    bool     `json:"more"`           // there are more commits than these
	Diff    string   `json:"diff,omitempty"` // of contents, where it was asked for
	Unknown string   `json:"unknown"`        // why no comparison could be made, or ""
}

// maxCommits is how many commits an update lists.
const maxCommits = 20

// incoming compares what was locked with what has come. It makes no update fail:
// what cannot be compared is said.
func (c *Catalog) incoming(ctx context.Context, n Named, ref Reference, was *Lock, now checkout, contents bool) *Incoming {
	in := &Incoming{Changes: generator.Changes{Commands: []string{}, Questions: []string{}, Files: []string{}}, Commits: []string{}}
	if was == nil || *was == now.lock {
		return in
	}
	old, err := c.earlier(ctx, ref, *was)
	if err != nil {
		in.Unknown = "what was locked cannot be had any more: " + err.Error()
	} else {
		in.Changes = c.outline(n, now.fsys).Since(c.outline(n, old))
	}
	if err == nil && contents {
		in.Diff = diff(old, now.fsys)
	}
	if commits, err := c.commits(ctx, ref, was.Commit, now.lock.Commit); err == nil {
		in.Commits, in.More = commits[:min(len(commits), maxCommits)], len(commits) > maxCommits
	}
	return in
}

// earlier is the content of a lock: from the cache, or fetched again.
func (c *Catalog) earlier(ctx context.Context, ref Reference, lock Lock) (fs.FS, error) {
	fsys, err := cache{c.settings.Cache}.load(ref.String(), lock.SHA256, c.settings.Limits.withDefaults().Unpacked)
	if err == nil {
		return fsys, nil
	}
	var got checkout
	hash := plumbing.NewHash(lock.Commit)
	err = c.visit(ctx, ref, func(ctx context.Context, r *remote) error {
		got, err = c.take(ctx, r, target{commitKind, hash, hash})
		return err
	})
	if err == nil && got.lock.SHA256 != lock.SHA256 {
		err = differs(ref.String(), lock.SHA256, got.lock.SHA256)
	}
	return got.fsys, err
}

// outline describes all templates of a source as one: each line of a template in
// a folder begins with its name.
func (c *Catalog) outline(n Named, fsys fs.FS) generator.Outline {
	fsys = prune(fsys, leftovers)
	var all generator.Outline
	all.Files, _ = generator.FileSums(fsys) // in memory: it can be read
	places, _ := c.placesIn(n, fsys, generator.Layer{})
	for _, p := range places {
		if p.m == nil {
			continue
		}
		prefix := ""
		if p.folder != "" {
			prefix = p.folder + " "
		}
		one := generator.Describe(p.m)
		for _, line := range one.Commands {
			all.Commands = append(all.Commands, prefix+line)
		}
		for _, line := range one.Questions {
			all.Questions = append(all.Questions, prefix+line)
		}
	}
	return all
}

// diff is the unified difference of two folders. What is not text is named only.
func diff(was, now fs.FS) string {
	before, after := contents(was), contents(now)
	names := maps.Clone(before)
	maps.Copy(names, after)
	var out strings.Builder
	for _, name := range slices.Sorted(maps.Keys(names)) {
		a, b := before[name], after[name]
		switch {
		case a == b:
		case strings.ContainsRune(a+b, 0):
			fmt.Fprintf(&out, "binary files a/%s and b/%s differ\n", quote.Text(name), quote.Text(name))
		default:
			out.WriteString(udiff.Unified("a/"+quote.Text(name), "b/"+quote.Text(name), a, b))
		}
	}
	return out.String()
}

func contents(fsys fs.FS) map[string]string {
	fsys = prune(fsys, leftovers)
	files := map[string]string{}
	_ = fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			data, err := fs.ReadFile(fsys, name)
			files[name] = string(data)
			return err
		}
		return err
	})
	return files
}

// commits lists what lies between two commits, the newest first; where the
// earlier one is not among the last ones, these.
func (c *Catalog) commits(ctx context.Context, ref Reference, from, to string) ([]string, error) {
	program := c.findGit(ctx)
	if program.err != nil {
		return nil, program.err
	}
	ctx, m, stop := c.start(ctx, ref)
	defer stop()
	s, err := c.newScratch(ref, program.path, m)
	if err != nil {
		return nil, err
	}
	defer s.close()
	depth := fmt.Sprintf("--depth=%d", maxCommits+2)
	if _, err := s.run(ctx, "fetch", depth, "--filter=tree:0", "--no-tags", "--no-recurse-submodules", "--end-of-options", ref.URL, to); err != nil {
		return nil, err
	}
	out, err := s.run(ctx, "log", "--no-show-signature", "--no-color", "--format=%h %s", "--abbrev=12", fmt.Sprintf("-%d", maxCommits+1), "--end-of-options", to, "^"+from)
	if fault.Is(err, fault.Source) { // the earlier one is too far back, or of another history
		out, err = s.run(ctx, "log", "--no-show-signature", "--no-color", "--format=%h %s", "--abbrev=12", fmt.Sprintf("-%d", maxCommits+1), "--end-of-options", to)
	}
	if err != nil {
		return nil, err
	}
	var commits []string
	for line := range bytes.Lines(bytes.TrimSpace(out)) {
		commits = append(commits, quote.Text(strings.TrimRight(string(line), "\n")))
	}
	return commits, nil
}
