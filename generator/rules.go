package generator

import (
	"fmt"
	"iter"

	"scaffold/generator/internal/tree"
	"scaffold/generator/internal/vcs"
)

// followRules has the plan treat each file as git would in that directory: what
// is ignored is not added, and where the attributes ask for what only git
// knows, git adds the files.
func (g *Generator) followRules(p *Plan) error {
	if !p.Git.Init && !p.Git.Existing {
		return nil
	}
	ignore, err := vcs.NewIgnore(p.tree.All(), p.Git.machine)
	if err != nil {
		return err
	}
	for i, c := range p.Files {
		p.Files[i].Ignored = ignore.Ignored(c.Path)
	}
	if p.Git.Existing {
		return nil // by git as it is
	}
	attributes, err := vcs.NewAttributes(p.tree.All(), p.Git.machine)
	if err != nil {
		return err
	}
	attribute, file := attributes.Foreign(p.added())
	if attribute == "" {
		return nil
	}
	if p.Git.byGit = g.opts.FS == nil && vcs.HasGit(); !p.Git.byGit {
		p.Git.leave(fmt.Sprintf("only git can store %s, which has the attribute %s, and there is no git on the PATH", file, attribute))
	}
	return nil
}

// keepFromGit leaves the commit to the person where git cannot add what was in
// the directory already: it does not lie beside the files that are staged.
func (p *Plan) keepFromGit() {
	if p.Git.byGit && len(p.found.Skipped) > 0 {
		p.Git.leave("only git can add these files, and some of them are there already")
	}
}

// leave makes the repository without adding anything to it.
func (g *GitPlan) leave(why string) { g.Commit, g.empty, g.Reason = false, true, why }

// ignored are the paths that git ignores.
func (p *Plan) ignored() map[string]bool {
	paths := map[string]bool{}
	for _, c := range p.Files {
		if c.Ignored {
			paths[c.Path] = true
		}
	}
	return paths
}

// added are the files that go into the repository.
func (p *Plan) added() iter.Seq[tree.File] {
	ignored := p.ignored()
	return func(yield func(tree.File) bool) {
		for f := range p.tree.All() {
			if !ignored[f.Path.String()] && !yield(f) {
				return
			}
		}
	}
}
