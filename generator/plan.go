package generator

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"scaffold/generator/fault"
	"scaffold/generator/internal/render"
	"scaffold/generator/internal/tree"
	"scaffold/generator/internal/vcs"
	"scaffold/generator/internal/write"
	"scaffold/generator/manifest"
)

// A Request is what a plan is made from.
type Request struct {
	Dir      string // the project's directory, absolute
	Template *Template
	Answers  *manifest.Resolved
	Signals  []string
	Force    bool // the directory may hold files; none of them is changed
	Git      GitRequest
}

// GitRequest says what is wanted of git.
type GitRequest struct {
	Skip     bool   // no repository
	NoCommit bool   // a repository without a commit
	Branch   string // the first branch
	Author   Identity
	Signing  bool // the machine asks for signed commits
}

// A Plan is everything that Apply will do. What a person is shown before
// anything is written comes from it.
type Plan struct {
	Dir   string
	Parts []Part // today always one, at "."
	Files []Change
	Git   GitPlan

	Recovered []Recovery // what killed runs had left, which Plan ended

	force bool
	tree  tree.Tree    // the parts' trees and scaffold's own records
	found write.Report // what the destination held
}

// A Part is one generated service of a project.
type Part struct {
	Path     string // below the project's directory
	Template *Template
	Answers  *manifest.Resolved
	Signals  []string

	tree tree.Tree
}

// An Action is what a plan does about one file.
type Action string

// The actions.
const (
	Create Action = "create" // the file is new
	Skip   Action = "skip"   // it is there with the same bytes
	Keep   Action = "keep"   // it is there with other bytes; ours goes beside it
)

// Change is one file of a plan.
type Change struct {
	Path   string
	Action Action
	Mode   string // 0644, 0755 or link
	Size   int64
	SHA256 string // hex
	Layer  string // the template that gave it; "" for scaffold's own records
	Data   []byte
}

// GitPlan is what will be done about git, and why not more.
type GitPlan struct {
	Init     bool // a repository is made
	Existing bool // there is one already, which waits for its first commit
	Commit   bool
	Branch   string
	Reason   string // why there is no repository or no commit; "" when there is
	Signed   bool   // the machine signs commits; scaffold does not

	author Identity
}

// Plan renders everything in memory and looks at the destination. It writes
// nothing, but ends what killed runs left there.
func (g *Generator) Plan(ctx context.Context, req Request) (*Plan, error) {
	part := Part{Path: ".", Template: req.Template, Answers: req.Answers, Signals: append([]string{}, req.Signals...)}
	var err error
	if part.tree, err = g.render(ctx, part); err != nil {
		return nil, err
	}
	p := &Plan{Dir: req.Dir, Parts: []Part{part}, force: req.Force}
	if err := p.assemble(); err != nil {
		return nil, err
	}
	branch, unborn := g.unborn(ctx, req.Dir)
	if p.Git, err = planGit(req, branch, unborn && !req.Force); err != nil {
		return nil, err
	}
	if err := g.recover(ctx, p); err != nil {
		return nil, err
	}
	return p, g.survey(p)
}

// recover ends what killed runs left where the plan is for.
func (g *Generator) recover(ctx context.Context, p *Plan) error {
	disk, name, err := g.open(p.Dir)
	if err != nil {
		return err
	}
	defer disk.Close()
	p.Recovered, err = write.Recover(ctx, disk, name, firstCommit(p.Dir, nil, new(string)))
	return err
}

// render gives the part's tree, each file with its layer.
func (g *Generator) render(ctx context.Context, part Part) (tree.Tree, error) {
	t := part.Template
	rendered, err := render.Tree(ctx, t.FS, t.Manifest, part.Answers.Vars, g.opts.Limits)
	if err != nil {
		return tree.Tree{}, err
	}
	files, err := g.overlay(ctx, part, rendered.Files())
	if err != nil {
		return tree.Tree{}, err
	}
	return tree.New(files...)
}

// assemble joins the part's tree with scaffold's own records.
func (p *Plan) assemble() error {
	records, err := p.records()
	if err != nil {
		return err
	}
	p.tree, err = tree.New(append(p.Parts[0].tree.Files(), records...)...)
	return err
}

// care is how `check` and an update treat a file, by the rule that decides about
// it.
func (p *Part) care(f tree.File) (managed, merge string) {
	_, rule := p.Template.Manifest.RuleFor(strings.TrimPrefix(f.Source, "files/"))
	if rule == nil {
		return "free", ""
	}
	return cmp.Or(rule.Managed, "free"), rule.Merge
}

// CheckDestination says why dir cannot take a project, or nil. It writes
// nothing; Plan and Apply look again.
func (g *Generator) CheckDestination(dir string, force bool) error {
	_, unborn := g.unborn(context.Background(), dir)
	return g.survey(&Plan{Dir: dir, force: force, Git: GitPlan{Existing: unborn && !force}})
}

// survey fills the plan's changes from what the destination holds.
func (g *Generator) survey(p *Plan) error {
	disk, name, err := g.open(p.Dir)
	if err != nil {
		return err
	}
	defer disk.Close()
	files := p.tree.Files()
	p.found, err = write.Survey(disk, p.set(name))
	if f := fault.Of(err); f != nil && len(p.Recovered) > 0 {
		f.Lines = append(f.Lines, "an earlier run that was interrupted here has just been brought to its end")
	}
	if err != nil {
		return err
	}
	actions := map[string]Action{}
	for _, path := range p.found.Skipped {
		actions[path] = Skip
	}
	for _, path := range p.found.Kept {
		actions[path] = Keep
	}
	for _, f := range files {
		path := f.Path.String()
		p.Files = append(p.Files, Change{
			Path: path, Action: cmp.Or(actions[path], Create), Mode: modeText(f), Size: int64(len(f.Data)),
			SHA256: f.Sum(), Layer: f.Layer, Data: f.Data,
		})
	}
	return nil
}

// open gives the disk below the deepest directory of dir that exists, and the
// rest of dir as a name on it.
func (g *Generator) open(dir string) (write.Disk, string, error) {
	if g.opts.FS != nil {
		return write.Over(g.opts.FS), filepath.ToSlash(dir), nil
	}
	return write.OpenAbove(dir)
}

// noGit is the reason of a plan that leaves git alone.
const noGit = "--no-git was given"

// planGit decides about repository and commit. The branch is that of an unborn
// repository in the directory.
func planGit(req Request, branch string, unborn bool) (GitPlan, error) {
	if req.Git.Skip {
		return GitPlan{Existing: unborn, Reason: noGit}, nil
	}
	if root, inside := vcs.WorkTree(req.Dir); inside && !unborn {
		return GitPlan{Reason: "it is inside the repository " + root}, nil
	}
	if err := vcs.CheckBranch(req.Git.Branch); err != nil {
		return GitPlan{}, err
	}
	g := GitPlan{Init: !unborn, Existing: unborn, Branch: req.Git.Branch, author: req.Git.Author}
	if unborn {
		g.Branch = branch
	}
	switch {
	case req.Git.NoCommit:
		g.Reason = "--no-commit was given"
	case g.author == Identity{}:
		g.Reason = "git does not know who you are"
	default:
		g.Commit, g.Signed = true, req.Git.Signing
	}
	return g, nil
}

// Size is the sum of the sizes of the files that will be written, in bytes.
func (p *Plan) Size() int64 {
	var n int64
	for _, f := range p.Files {
		if f.Action != Skip {
			n += f.Size
		}
	}
	return n
}

// Digest identifies the generated tree, without scaffold's own records.
func (p *Plan) Digest() string { return p.Parts[0].tree.Digest() }

// message is the first commit's, with the trailers that it is found by again.
func (p *Plan) message() string {
	m := p.Parts[0].Template.Manifest
	return fmt.Sprintf("Create %s with scaffold\n\nScaffold-Template: %s@%s\nScaffold-Tree: %s\n",
		p.Parts[0].Answers.Vars["name"], m.Name, m.Version, p.Digest())
}
