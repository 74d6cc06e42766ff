package generator

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"scaffold/generator/fault"
	"scaffold/generator/internal/aside"
	"scaffold/generator/internal/render"
	"scaffold/generator/internal/tree"
	"scaffold/generator/internal/vcs"
	"scaffold/generator/internal/write"
	"scaffold/generator/manifest"
)

// A Request is what a plan is made from.
type Request struct {
	Dir    string // the project's directory: absolute, or below Options.FS
	Name   string // the project's
	Parts  []Part
	Verify []Command // what is to run in the finished project, after the hooks
	Force  bool      // the directory may hold files; none of them is changed
	Git    GitRequest
}

// GitRequest says what is wanted of git.
type GitRequest struct {
	Skip     bool   // no repository
	NoCommit bool   // a repository without a commit
	Branch   string // the first branch
	Author   Identity
	Signing  bool // the machine asks for signed commits
	Machine  GitMachine
}

// A Plan is everything that Apply will do, and the commands that would run
// afterwards. What a person is shown before anything is written comes from it,
// and nothing in it is read again.
type Plan struct {
	Dir      string
	Name     string
	Parts    []Part
	Files    []Change // in path order
	Commands []Command
	Git      GitPlan

	Recovered []Recovery // what killed runs had left, which Plan ended

	force   bool
	tree    tree.Tree      // the parts' trees and scaffold's own records
	changes []write.Change // which make the tree, once they are asked for
	found   write.Report   // what the destination held
}

// A Part is one generated service of a project.
type Part struct {
	Path     string // below the project's directory; "." is the directory itself
	Template *Template
	Answers  *manifest.Resolved
	Signals  []string

	tree    tree.Tree       // below Path, until the plan has its files
	digest  string          // of the tree
	secrets map[string]bool // the paths in tree of files that hold one
	drawn   map[string]bool // the paths in tree of files that rest on chance or on the time of day
	blank   map[string][]string
	next    string // what to type next
}

// An Op is what a plan does about one file.
type Op string

// The operations.
const (
	Create  Op = "create"  // the file is new
	Replace Op = "replace" // it takes the place of the one that is there
	Delete  Op = "delete"
	Move    Op = "move"
	Skip    Op = "skip" // it is there with the same bytes
	Keep    Op = "keep" // it is there with other bytes; ours goes beside it
)

// Change is one file of a plan.
type Change struct {
	Path   string
	From   string // where a Move finds it
	Op     Op
	Mode   string // 0644, 0755 or link
	Size   int64
	SHA256 string // hex; "" where a secret went into it
	Secret bool   // a secret went into it

	Ignored bool   // git ignores it: it is written, and not added
	Layer   string // the template that gave it; "" for scaffold's own records
	Data    []byte // the content, but in what Plan gives: see Content
	aside   *aside.Content

	Managed string // free, strict, once or lock
	Merge   string // how an update merges it: json, yaml or toml by key; "" for any other way
}

// Content is what the file will hold, also where that is kept aside.
func (c Change) Content() ([]byte, error) {
	return tree.File{Data: c.Data, Aside: c.aside}.Bytes(nil)
}

// A Command is one that would run in the finished project.
type Command struct {
	Kind   string // hook or verify
	Name   string
	Run    []string // the arguments, the program first
	Script string   // the text of the script that Run names, where the template fills it
}

// The kinds of commands.
const (
	Hook   = "hook"
	Verify = "verify"
)

// GitPlan is what will be done about git, and why not more.
type GitPlan struct {
	Init     bool // a repository is made
	Existing bool // there is one already, which waits for its first commit
	Commit   bool
	Branch   string
	Reason   string // why there is no repository or no commit; "" when there is
	Signed   bool   // the machine signs commits; scaffold does not

	author  Identity
	machine GitMachine
	byGit   bool // the files go in by git itself
	empty   bool // no file is added
}

// Plan renders everything and looks at the destination. It writes
// nothing, but ends what killed runs left there.
func (g *Generator) Plan(ctx context.Context, req Request) (*Plan, error) {
	p := &Plan{Dir: req.Dir, Name: req.Name, force: req.Force}
	err := g.renderParts(ctx, p, req.Parts, aside.NewStore(g.room))
	if err != nil {
		return nil, err
	}
	branch, unborn := g.unborn(ctx, req.Dir)
	if p.Git, err = planGit(req, branch, unborn && !req.Force); err != nil {
		return nil, err
	}
	if err := g.followRules(p); err != nil {
		return nil, err
	}
	if p.Commands, err = commandsOf(req); err != nil {
		return nil, err
	}
	if err := p.guardSecrets(); err != nil {
		return nil, err
	}
	if err := g.recover(ctx, p); err != nil {
		return nil, err
	}
	if err := g.survey(p); err != nil {
		return p, err
	}
	p.keepFromGit()
	return p, nil
}

// Assemble renders parts and lists what a new project of them would hold, its
// records too. It looks at no destination, and what it gives is not to be
// applied.
func (g *Generator) Assemble(ctx context.Context, dir, name string, parts []Part) (*Plan, error) {
	p := &Plan{Dir: dir, Name: name}
	err := g.renderParts(ctx, p, parts, nil)
	return p, err
}

// renderParts gives the plan its files. What they hold waits in the store, or
// without one in the plan.
func (g *Generator) renderParts(ctx context.Context, p *Plan, parts []Part, store *aside.Store) error {
	for _, part := range parts {
		if err := g.renderPart(ctx, &part, store); err != nil {
			return err
		}
		p.Parts = append(p.Parts, part)
	}
	return g.assemble(p, store)
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

// renderPart fills in what the part generates, each file with its layer. Where an
// answer is a secret nothing is put aside.
func (g *Generator) renderPart(ctx context.Context, part *Part, store *aside.Store) error {
	part.Path = cmp.Or(part.Path, ".")
	part.Signals = append([]string{}, part.Signals...)
	other, err := part.Answers.WithOtherSecrets()
	if err != nil {
		return err
	}
	if other != nil {
		store = nil
	}
	made, err := g.render(ctx, *part, store)
	if err != nil {
		return err
	}
	part.tree, part.drawn, part.blank = made.Files, made.Drawn, made.Blank
	if part.next, err = g.next(ctx, *part); err != nil {
		return err
	}
	if part.secrets, err = g.findSecrets(ctx, *part, other); err != nil {
		return err
	}
	part.digest = part.digestOfTree()
	return nil
}

// render gives the part's tree, each file with its layer.
func (g *Generator) render(ctx context.Context, part Part, store *aside.Store) (made Rendered, err error) {
	t := part.Template
	if r, ok := t.Manifest.Format().(Renderer); ok {
		made, err = r.Render(ctx, t.FS, part.Answers.Vars, g.opts.Now, g.opts.Limits)
	} else {
		source := t.source()
		source.Aside = store
		made.Files, err = render.Tree(ctx, source, part.Answers.Vars, g.opts.Limits)
	}
	if err != nil {
		return Rendered{}, err
	}
	made.Files, err = g.overlay(ctx, part, made.Files, nil)
	return made, err
}

// Warnings say where a template of another tool printed nothing for a name that
// it does not have, as that tool does.
func (p *Plan) Warnings() []string {
	const most = 5
	var list []string
	for _, part := range p.Parts {
		for _, file := range slices.Sorted(maps.Keys(part.blank)) {
			list = append(list, fmt.Sprintf("%s: %s; nothing is printed there", file, strings.Join(part.blank[file], ", ")))
		}
	}
	if n := len(list) - most; n > 0 {
		list = append(list[:most], fmt.Sprintf("%d more files print nothing for a name that is undefined", n))
	}
	return list
}

// assemble joins the parts with scaffold's own records, and lists the files as
// if nothing stood at the destination.
func (g *Generator) assemble(p *Plan, store *aside.Store) error {
	records, err := g.records(p.Parts)
	if err != nil {
		return err
	}
	var files []tree.File
	for i, part := range p.Parts {
		p.Parts[i].tree = tree.Tree{}
		files, p.Files = slices.Grow(files, part.tree.Len()+len(records)), slices.Grow(p.Files, part.tree.Len()+len(records))
		for f := range part.tree.All() {
			c := part.change(f)
			c.Path = path.Join(part.Path, c.Path)
			if f.Path, err = tree.SafeRel(c.Path); err != nil {
				return err
			}
			files, p.Files = append(files, f), append(p.Files, c)
		}
	}
	for _, f := range records {
		if store != nil {
			f.Aside, f.Data = store.Keep(f.Data), nil
		}
		files, p.Files = append(files, f), append(p.Files, changeOf(f))
	}
	slices.SortFunc(p.Files, func(a, b Change) int { return cmp.Compare(a.Path, b.Path) })
	p.tree, err = tree.New(files...)
	return err
}

// change is what the plan does about a file of the part, by its path there.
func (p *Part) change(f tree.File) Change {
	c := changeOf(f)
	c.Secret = p.secrets[c.Path]
	if c.Secret || p.drawn[c.Path] {
		c.SHA256 = ""
	}
	c.Managed, c.Merge = p.care(f)
	return c
}

func changeOf(f tree.File) Change {
	return Change{
		Path: f.Path.String(), Op: Create, Mode: modeText(f), Size: f.Size(), SHA256: f.Sum(), Layer: f.Layer, Data: f.Data, aside: f.Aside,
	}
}

// care is how `check` and an update treat a file, by the rule that decides about
// it.
func (p *Part) care(f tree.File) (managed, merge string) {
	if p.drawn[f.Path.String()] {
		return "once", ""
	}
	rule := p.Template.Manifest.RuleFor(manifest.Below(f.Source))
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

// survey holds the plan's changes against what is at the destination.
func (g *Generator) survey(p *Plan) error {
	disk, name, err := g.open(p.Dir)
	if err != nil {
		return err
	}
	defer disk.Close()
	p.found, err = write.Survey(disk, p.set(name))
	if f := fault.Of(err); f != nil && len(p.Recovered) > 0 {
		f.Lines = append(f.Lines, "an earlier run that was interrupted here has just been brought to its end")
	}
	if err != nil {
		return err
	}
	ops := map[string]Op{}
	for _, path := range p.found.Skipped {
		ops[path] = Skip
	}
	for _, path := range p.found.Kept {
		ops[path] = Keep
	}
	for i, c := range p.Files {
		p.Files[i].Op = cmp.Or(ops[c.Path], c.Op)
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
	g := GitPlan{Init: !unborn, Existing: unborn, Branch: req.Git.Branch, author: req.Git.Author, machine: req.Git.Machine}
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
		if f.Op != Skip && f.Op != Delete {
			n += f.Size
		}
	}
	return n
}

// message is the first commit's, with the trailers that each part is found by
// again.
func (p *Plan) message() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Create %s with scaffold\n\n", p.Name)
	for _, part := range p.Parts {
		m := part.Template.Manifest
		fmt.Fprintf(&b, "Scaffold-Template: %s@%s\nScaffold-Tree: %s\n", m.Name, m.Version, part.Digest())
	}
	return b.String()
}

// commandsOf are the hooks of the parts, and what is to run after them. Whether
// hooks may run is for the caller to decide; Apply runs nothing.
func commandsOf(req Request) ([]Command, error) {
	list, err := Hooks(req.Parts, "new")
	return append(list, req.Verify...), err
}

// Hooks are the hooks of parts that would run on a moment: new or update.
func Hooks(parts []Part, moment string) ([]Command, error) {
	var list []Command
	for _, part := range parts {
		actions, err := part.Template.Manifest.ActionsOn(moment, part.Answers.Vars)
		if err != nil {
			return nil, err
		}
		for _, a := range actions {
			list = append(list, Command{Kind: Hook, Name: a.ID, Run: a.Run, Script: a.Script})
		}
	}
	return list, nil
}
