// Package generator turns a template and answers into a project: Plan renders
// everything, Apply writes it, all or nothing.
//
// It asks nothing, prints nothing and chooses no template. Time, author and
// file system arrive as values, so that the same inputs give the same bytes.
package generator

import (
	"context"
	"io/fs"
	"time"

	"github.com/spf13/afero"

	"scaffold/generator/internal/record"
	"scaffold/generator/internal/render"
	"scaffold/generator/internal/tree"
	"scaffold/generator/internal/vcs"
	"scaffold/generator/manifest"
)

// Version is scaffold's version. Builds add +commit when they print it.
const Version = "1.0.0"

// Limits cap what one run may render. A zero field means the default.
type Limits = render.Limits

// Coverage collects which branches and patches of a template were used.
type Coverage = render.Coverage

// Files are a project in memory, in path order.
type Files = tree.Tree

// Origins are the layers that give each source file of a template.
type Origins = render.Origins

// Identity is who a commit is by.
type Identity = vcs.Identity

// GitSettings are what a machine says about new repositories.
type GitSettings = vcs.Settings

// GitMachine is what the settings say about any repository's files.
type GitMachine = vcs.Machine

// DetectGit reads git's settings for a repository in dir, on a branch or, where
// that is "", on the one that they name. What cannot be read is as if it were
// not set.
func DetectGit(ctx context.Context, dir, branch string, getenv func(string) string) GitSettings {
	return vcs.Detect(ctx, dir, branch, getenv)
}

// Options are the surroundings of a generator.
type Options struct {
	FS     afero.Fs  // holds the directory of the project; nil means the real disk
	Now    time.Time // the clock of the run: the commit's time, .scaffold.date and year
	Limits Limits
}

// A Generator plans and applies.
type Generator struct {
	opts Options
	room int64 // for the contents of a plan in memory; what is beyond waits aside
}

// New returns a generator with the options.
func New(opts Options) *Generator { return &Generator{opts: opts, room: 256 << 10} }

// A Template is everything that rendering needs. A chain of overlays arrives
// here as one file system.
type Template struct {
	FS       fs.FS // holds files/ and partials/
	Manifest *manifest.Manifest
	Layers   []Layer   // from the base to the last overlay
	Origins  Origins   // which of them give a path below FS
	Overlays []Overlay // what overlays do to generated files, from the base

	Migrations []Migrations // of the layers that have some
}

// source is what rendering takes of it.
func (t *Template) source() render.Template {
	return render.Template{FS: t.FS, Manifest: t.Manifest, Origins: t.Origins}
}

// A Renderer is the format of a template of another tool, as it makes the files.
type Renderer interface {
	Render(ctx context.Context, fsys fs.FS, vars map[string]any, now time.Time, limits Limits) (Rendered, error)
}

// Rendered is what such a format has made.
type Rendered struct {
	Files Files
	Drawn map[string]bool     // the paths that rest on chance or on the time of day
	Blank map[string][]string // by file of the template: what is undefined, and was printed as nothing
}

// Migrations are what one layer says about the versions of it.
type Migrations struct {
	Layer string
	List  []manifest.Migration
}

// A Layer is one template of a chain, as the lock records it.
type Layer = record.Layer

// Top is the layer that the person chose.
func (t *Template) Top() Layer { return t.Layers[len(t.Layers)-1] }
