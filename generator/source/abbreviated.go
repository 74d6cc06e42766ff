package source

import (
	"context"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"

	"scaffold/generator/internal/late"
)

var abbreviation = late.Pattern(`^[0-9a-f]{4,39}$`)

// Unabbreviated gives an address whose ref is the beginning of a commit's name
// with the whole name, as other tools record a commit. Every other address stays
// as it is, and so does one whose commit is not found.
func (c *Catalog) Unabbreviated(ctx context.Context, address string) (string, error) {
	ref, err := ParseReference(address)
	if err != nil || !abbreviation().MatchString(ref.Ref) || c.settings.Offline {
		return address, nil
	}
	var commit string
	err = c.visit(ctx, ref, func(ctx context.Context, r *remote) error {
		if _, err := r.find(); err == nil {
			return nil // a tag or a branch of that name
		}
		commit = r.begins(ref.Ref)
		return nil
	})
	if err == nil && commit == "" {
		commit = c.inHistory(ctx, ref)
	}
	if err == nil && commit != "" {
		ref.Ref = commit
		address = ref.String()
	}
	return address, err
}

// begins is the commit of a tag, of a branch or of the head whose name begins so.
func (r *remote) begins(prefix string) string {
	commits := []plumbing.Hash{r.head}
	for name, hash := range r.refs {
		if _, annotated := r.peeled[name]; !annotated {
			commits = append(commits, hash)
		}
	}
	for _, hash := range r.peeled {
		commits = append(commits, hash)
	}
	i := slices.IndexFunc(commits, func(h plumbing.Hash) bool { return strings.HasPrefix(h.String(), prefix) })
	if i < 0 {
		return ""
	}
	return commits[i].String()
}

// inHistory has git look for a commit in what the branches and tags stand on,
// without its files; "" where it is not there.
func (c *Catalog) inHistory(ctx context.Context, ref Reference) string {
	program := c.findGit(ctx)
	if program.err != nil {
		return ""
	}
	ctx, m, stop := c.start(ctx, ref)
	defer stop()
	s, err := c.newScratch(ref, program.path, m)
	if err != nil {
		return ""
	}
	defer s.close()
	if _, err := s.run(ctx, "fetch", "--filter=tree:0", "--no-tags", "--no-recurse-submodules", "--end-of-options", ref.URL, "+refs/heads/*:refs/fetched/heads/*", "+refs/tags/*:refs/fetched/tags/*"); err != nil {
		return ""
	}
	out, err := s.run(ctx, "rev-parse", "--verify", "--end-of-options", ref.Ref+"^{commit}")
	lines := strings.Fields(string(out))
	if err != nil || len(lines) == 0 {
		return ""
	}
	return lines[len(lines)-1]
}
