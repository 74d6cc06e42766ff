package mcp

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"scaffold/cmd/internal/cli/newcmd"
	"scaffold/cmd/internal/cli/projectcmd"
	"scaffold/cmd/internal/cli/recommendcmd"
	"scaffold/cmd/internal/cli/templatecmd"
	"scaffold/cmd/internal/command"
	"scaffold/generator/fault"
	"scaffold/generator/manifest"
	"scaffold/generator/session"
)

// A tool is what an agent calls, and what it does.
type tool struct {
	name, title, description string
	arguments                *jsonschema.Schema
	effect                   effect
	do                       func(*call, context.Context) (any, error)
}

// effect is what a tool does to the machine, as its annotations tell.
type effect int

const (
	reads   effect = iota // it writes nothing
	adds                  // it writes what was not there
	changes               // it changes files
)

func tools() []tool {
	return []tool{
		{
			"recommend", "Recommend a template", "Say which template fits a project, and why: say it in describe, or by the signals.",
			accepts(append([]property{describeText()}, signals()...)...), reads, (*call).recommend,
		},
		{
			"describe_template", "Describe a template", "The questions of a template as the JSON Schema of answers, its presets, and the commands that it may run.",
			accepts(required(text("template", "a name that recommend gives, a directory, or git+https://HOST/PATH@REF#FOLDER"))), reads, (*call).describe,
		},
		{
			"plan", "Plan a project", "What create would write and run, and the digest that create takes. Writes nothing.",
			accepts(project()...), reads, (*call).plan,
		},
		{
			"create", "Create a project", "Make the project that plan showed: the same arguments, and its digest. All of it is written, or nothing.",
			accepts(append(bare(project()), required(digest("from plan; a plan that differs is refused")))...), adds, (*call).create,
		},
		{
			"check", "Check a project", "Whether a project is behind its template, or differs from what was generated.",
			accepts(directory("the project's")), reads, (*call).check,
		},
		{
			"update", "Update a project", "Bring a project to its template's newer version, or to other answers, by a three-way merge. First with dry_run, then with its digest. Nothing is committed.",
			accepts(
				directory("the project's"),
				text("to", "a version; default: the newest"),
				answers(), secretFiles(), hooks(),
				flag("dry_run", "show what would change, and change nothing"),
				flag("diff", "show the contents of what changes"),
				digest("from the same call with dry_run; a plan that differs is refused"),
			), changes, (*call).update,
		},
	}
}

func (t tool) annotations() *sdk.ToolAnnotations {
	destructive, open := t.effect == changes, true // templates and what a project installs come from elsewhere
	return &sdk.ToolAnnotations{Title: t.title, ReadOnlyHint: t.effect == reads, DestructiveHint: &destructive, IdempotentHint: t.effect == reads, OpenWorldHint: &open}
}

func (c *call) recommend(ctx context.Context) (any, error) {
	var in struct{ Describe string }
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	e, err := c.env()
	if err != nil {
		return nil, err
	}
	return recommendcmd.Advise(ctx, e, c.signals(), in.Describe)
}

func (c *call) describe(ctx context.Context) (any, error) {
	var in struct{ Template string }
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	e, err := c.env()
	if err != nil {
		return nil, err
	}
	return templatecmd.Describe(ctx, e, in.Template)
}

// projectArguments are those of plan and create, but the signals.
type projectArguments struct {
	Directory, Template, Describe, Name, Preset string
	Answers                                     map[string]any
	SecretFiles                                 map[string]string `json:"secret_files"`
	Verify, Hooks, Git, Branch, Author          string
	Force                                       bool
	Digest                                      string
}

func (c *call) plan(ctx context.Context) (any, error) { return c.project(ctx, true) }

func (c *call) create(ctx context.Context) (any, error) { return c.project(ctx, false) }

func (c *call) project(ctx context.Context, dry bool) (any, error) {
	g, err := c.given(dry)
	if err != nil {
		return nil, err
	}
	e, err := c.env()
	if err != nil {
		return nil, err
	}
	return newcmd.Make(ctx, e, g)
}

// given is what the arguments say, and what the person has answered to this call.
func (c *call) given(dry bool) (session.Given, error) {
	var in projectArguments
	if err := c.decode(&in); err != nil {
		return session.Given{}, err
	}
	dir, err := c.root.place(in.Directory)
	if err == nil {
		err = c.root.ownRepository(dir)
	}
	if err != nil {
		return session.Given{}, err
	}
	g := session.Given{
		Dir: dir, Name: in.Name, Template: in.Template, Describe: in.Describe, Signals: c.signals().List(), Preset: in.Preset,
		Accept: true, DryRun: dry, Force: in.Force, NoGit: in.Git == "none", NoCommit: in.Git == "init",
		Branch: in.Branch, Author: in.Author, Hooks: c.hooks(in.Hooks), Steps: c.said.Hooks, Verify: strings.TrimPrefix(in.Verify, "none"), Expect: in.Digest,
	}
	if g.Set, err = c.answers(in.Answers); err != nil {
		return g, err
	}
	g.Secrets, err = c.secrets(in.SecretFiles)
	return g, err
}

func (c *call) check(ctx context.Context) (any, error) {
	var in struct{ Directory string }
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	dir, err := c.root.place(in.Directory)
	if err != nil {
		return nil, err
	}
	e, err := c.env()
	if err != nil {
		return nil, err
	}
	return projectcmd.CheckProject(ctx, e, dir)
}

type updateArguments struct {
	Directory, To string
	Answers       map[string]any
	SecretFiles   map[string]string `json:"secret_files"`
	Hooks         string
	DryRun        bool `json:"dry_run"`
	Diff          bool
	Digest        string
}

func (c *call) update(ctx context.Context) (any, error) {
	w, err := c.wanted()
	if err != nil {
		return nil, err
	}
	e, err := c.env()
	if err != nil {
		return nil, err
	}
	return projectcmd.UpdateProject(ctx, e, w)
}

func (c *call) wanted() (projectcmd.Wanted, error) {
	var in updateArguments
	if err := c.decode(&in); err != nil {
		return projectcmd.Wanted{}, err
	}
	if in.Digest == "" && !in.DryRun {
		return projectcmd.Wanted{}, fault.New(fault.Usage, "update needs dry_run, or the digest that it gave").Try("call it with dry_run: true, look at it, and call it again with the digest in its place")
	}
	w := projectcmd.Wanted{To: in.To, DryRun: in.DryRun, Diff: in.Diff, Hooks: c.hooks(in.Hooks), Expect: in.Digest}
	var err error
	if w.Dir, err = c.root.place(in.Directory); err != nil {
		return w, err
	}
	if err := c.root.repository(w.Dir); err != nil {
		return w, err
	}
	if w.Set, err = c.answers(in.Answers); err != nil {
		return w, err
	}
	w.Secrets, err = c.secrets(in.SecretFiles)
	return w, err
}

// signals are the arguments that are signals, as the flags of the command line.
func (c *call) signals() command.SignalFlags {
	var raw map[string]json.RawMessage
	if json.Unmarshal(c.arguments, &raw) != nil { // they are checked
		return nil
	}
	flags := command.SignalFlags{}
	for _, g := range manifest.SignalGroups() {
		var list []string
		var one string
		switch {
		case raw[g.Name] == nil:
		case json.Unmarshal(raw[g.Name], &list) == nil:
			flags[g.Name] = &list
		case json.Unmarshal(raw[g.Name], &one) == nil:
			flags[g.Name] = &[]string{one}
		}
	}
	return flags
}

// answers are those of an argument, and over them what the person has answered to
// this call.
func (c *call) answers(argument map[string]any) (manifest.Answers, error) {
	all := manifest.Answers{}
	for _, given := range []map[string]any{argument, c.said.Answers} {
		for _, id := range slices.Sorted(maps.Keys(given)) {
			var ok bool
			if all[id], ok = scalar(given[id]); !ok {
				return nil, fault.New(fault.Usage, "answers: %s is no answer", id).Try("write text, a number, true or false, or a list of texts")
			}
		}
	}
	return all, nil
}

// scalar is a JSON value as it would be typed.
func scalar(value any) (manifest.Scalar, bool) {
	switch v := value.(type) {
	case string, bool, json.Number, float64:
		return manifest.Scalar{Text: fmt.Sprint(v)}, true
	case []any:
		list := manifest.Scalar{Many: true}
		for _, one := range v {
			s, ok := scalar(one)
			if !ok || s.Many {
				return manifest.Scalar{}, false
			}
			list.List = append(list.List, s.Text)
		}
		return list, true
	}
	return manifest.Scalar{}, false
}

func (c *call) secrets(files map[string]string) (manifest.Answers, error) {
	all := manifest.Answers{}
	for id, name := range files {
		data, err := c.root.read(name)
		if err != nil {
			return nil, fault.New(fault.Usage, "the secret %s cannot be read: %v", id, reason(err)).Try("name a file below the root in secret_files")
		}
		all[id] = manifest.Scalar{Text: strings.TrimRight(string(data), "\r\n")}
	}
	return all, nil
}

// hooks is what is said of the template's hooks: the agent may leave them out,
// and only the person allows them.
func (c *call) hooks(argument string) session.Hooks {
	if argument == "skip" {
		return session.HooksSkipped
	}
	return c.said.Hooks
}
