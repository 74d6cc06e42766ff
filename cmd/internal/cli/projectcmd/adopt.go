package projectcmd

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"scaffold/cmd/internal/app"
	"scaffold/cmd/internal/command"
	"scaffold/cmd/internal/ui"
	"scaffold/generator/fault"
	"scaffold/generator/manifest"
	"scaffold/generator/project"
	"scaffold/generator/quote"
	"scaffold/generator/session"
)

// adoptOptions are the flags of `scaffold adopt`.
type adoptOptions struct {
	dir          string
	template     string
	name         string
	set, secrets []string
	answersFile  string
	write        bool
	dryRun       bool

	origin *project.Origin // what another tool has left; nil without it
}

// register makes flags of the options.
func (o *adoptOptions) register(f *pflag.FlagSet) {
	f.StringVarP(&o.template, "template", "t", "", "template `NAME`, a directory such as ./our-template, or git+https://HOST/PATH@REF#FOLDER")
	f.StringVar(&o.name, "name", "", "the project's `NAME` (default: the last element of DIR)")
	f.StringArrayVar(&o.set, "set", nil, "an answer, `KEY=VALUE`; repeatable")
	f.StringVar(&o.answersFile, "answers", "", "answers from a YAML or JSON `FILE`, - for standard input")
	f.StringArrayVar(&o.secrets, "secret-file", nil, "a secret answer from a file, `KEY=FILE`; repeatable")
	f.BoolVar(&o.write, "write", false, "write the files that are missing, too")
	f.BoolVar(&o.dryRun, "dry-run", false, "say what is there and what is not, and write nothing")
}

// Adopt is `scaffold adopt`.
func Adopt(e *app.Env) *cobra.Command {
	var o adoptOptions
	cmd := &cobra.Command{
		Use:   "adopt [--template TEMPLATE] [DIR]",
		Short: "Take an existing repo under management, as if a template had made it",
		Long: `adopt writes .scaffold/ into a repo that was made by other means, or whose record is
lost: from then on scaffold update brings it what is new in the template. Answers that
nobody gives are guessed from the files, and shown. Each of the template's files is
reported as add, same or differs; none that is there is changed.

A project of copier or cruft needs no --template: its .copier-answers.yml or .cruft.json
names the template, the version and the answers. --answers takes a replay file of
cookiecutter, too.`,
		Example: `  scaffold adopt -t django shop --dry-run
  scaffold adopt -t django shop --set database=postgres
  scaffold adopt -t ./our-api --write     the missing files, too
  scaffold adopt legacy                   a project that copier or cruft made`,
		Args:              command.AtMost(1, "scaffold adopt --template TEMPLATE [DIR]"),
		ValidArgsFunction: command.Directories,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.dir = "."
			if len(args) == 1 {
				o.dir = args[0]
			}
			return runAdopt(cmd.Context(), e, o)
		},
	}
	o.register(cmd.Flags())
	command.OfflineFlag(cmd, e)
	command.FormatFlag(cmd, e)
	return cmd
}

// adoptJSON is scaffold/adopt/v1.
type adoptJSON struct {
	Schema    string            `json:"schema"`
	OK        bool              `json:"ok"`
	DryRun    bool              `json:"dry_run"`
	Directory string            `json:"directory"`
	Templates []ui.TemplateJSON `json:"templates"`
	Answers   map[string]any    `json:"answers"`
	Guessed   []string          `json:"guessed"` // the answers that were made out from the files
	Files     []project.Adopted `json:"files"`
	Written   []string          `json:"written"`
	Warnings  []string          `json:"warnings"`
}

// An adopting is one run of `scaffold adopt`.
type adopting struct {
	adoptOptions
	env     *app.Env
	machine project.Machine
	guesses manifest.Answers // made out from the files
	session *session.Session
}

func runAdopt(ctx context.Context, e *app.Env, o adoptOptions) error {
	o.dir = app.Absolute(e.Dir, o.dir)
	v := &adopting{adoptOptions: o, env: e, machine: e.ProjectMachine()}
	given, err := v.given(ctx)
	if err != nil {
		return err
	}
	if err := v.ask(ctx, given); err != nil {
		return err
	}
	part, err := v.session.Part(ctx)
	if err != nil {
		return err
	}
	a, err := project.Adopt(ctx, v.machine, v.dir, part, v.write)
	if err != nil {
		return err
	}
	if !v.dryRun {
		if err := a.Apply(ctx); err != nil {
			return err
		}
	}
	if e.JSON {
		return ui.WriteJSON(e.Out, v.document(a))
	}
	v.print(a)
	return nil
}

// given is what the session gets: the template, and the answers that are given,
// that another tool has left, or that the files let guess.
func (v *adopting) given(ctx context.Context) (session.Given, error) {
	e := v.env
	answers, secrets, err := v.answers(e)
	if err != nil {
		return session.Given{}, err
	}
	if err := v.findOrigin(v.dir, e.Dir); err != nil {
		return session.Given{}, err
	}
	if v.template, err = v.machine.Templates.Unabbreviated(ctx, v.template); err != nil {
		return session.Given{}, err
	}
	t, err := v.machine.Templates.Load(ctx, v.template)
	if err != nil {
		return session.Given{}, err
	}
	if v.origin != nil {
		found := project.AnswersOf(v.origin, t.Manifest)
		maps.Copy(found, answers)
		answers = found
	}
	name := cmp.Or(v.name, filepath.Base(v.dir))
	made := &session.Made{Date: e.Now.Format("2006-01-02"), Answers: manifest.Answers{}}
	if v.guesses, err = project.Guess(ctx, v.machine, v.dir, t, made.Variables(t.Manifest, name), answers); err != nil {
		return session.Given{}, err
	}
	set := maps.Clone(v.guesses)
	maps.Copy(set, answers)
	return session.Given{
		Dir: v.dir, Name: name, Template: v.template, Set: set, Secrets: secrets, DryRun: true, Ask: !v.dryRun && e.Asks(), Made: made,
	}, nil
}

// ask has the session, with the answers to what is open.
func (v *adopting) ask(ctx context.Context, given session.Given) error {
	machine := v.env.Session()
	machine.Templates = v.machine.Templates
	var err error
	if v.session, err = session.Start(ctx, machine, given); err != nil {
		return err
	}
	if given.Ask {
		return v.env.Prompter().Run(ctx, v.session)
	}
	_, err = v.session.Next(ctx)
	return err
}

// findOrigin takes the template that another tool's file in the project names,
// where none is given.
func (o *adoptOptions) findOrigin(dir, from string) error {
	if o.origin != nil && o.template != "" {
		return nil
	}
	found, err := project.FindOrigin(dir, from)
	if err != nil && o.template == "" {
		return err
	}
	if err == nil && found != nil && o.origin == nil {
		o.origin = found
		if o.template == "" {
			o.template = found.Reference
		}
	}
	if o.template == "" {
		return fault.New(fault.Usage, "no template is named, and there is no answers file of copier or cruft").
			Try("scaffold adopt --template NAME; scaffold template list shows all")
	}
	return nil
}

// answers are what was given, and the secrets beside it.
func (o *adoptOptions) answers(e *app.Env) (answers, secrets manifest.Answers, err error) {
	secrets = manifest.Answers{}
	if answers, err = app.ParseSet(o.set); err != nil {
		return nil, nil, err
	}
	if err := e.ReadSecrets(o.secrets, secrets); err != nil {
		return nil, nil, err
	}
	doc, err := e.ReadAnswers(o.answersFile)
	if err != nil || doc == nil {
		return answers, secrets, err
	}
	if o.origin = project.Replayed(doc.Name, doc.Data); o.origin != nil {
		return answers, secrets, nil
	}
	file, err := manifest.ParseAnswers(doc.Name, doc.Data)
	if err != nil {
		return nil, nil, app.Document(err)
	}
	delete(file, "name")
	maps.Copy(file, answers)
	return file, secrets, nil
}

func (v *adopting) document(a *project.Adoption) adoptJSON {
	doc := adoptJSON{
		Schema: "scaffold/adopt/v1", OK: true, DryRun: v.dryRun, Directory: a.Plan.Dir, Templates: ui.LayersJSON(v.session.Template().Layers),
		Answers: map[string]any{"name": a.Plan.Name}, Guessed: append([]string{}, slices.Sorted(maps.Keys(v.guesses))...),
		Files: a.Files, Written: []string{}, Warnings: append([]string{}, v.env.Warnings...),
	}
	maps.Copy(doc.Answers, v.shown())
	for _, c := range a.Plan.Files {
		if !v.dryRun {
			doc.Written = append(doc.Written, c.Path)
		}
	}
	return doc
}

// shown are the answers as they are shown.
func (v *adopting) shown() map[string]any {
	shown := map[string]any{}
	for _, asked := range v.session.Answers().Asked {
		if asked.Active {
			shown[asked.Question.ID] = session.Shown(asked)
		}
	}
	return shown
}

// print tells the person what is there and what is not; the list is the result.
func (v *adopting) print(a *project.Adoption) {
	e := v.env
	tally := map[string]int{}
	for _, f := range a.Files {
		tally[f.Status]++
		fmt.Fprintf(e.Out, "%-7s  %s\n", f.Status, quote.Text(f.Path))
	}
	if e.Quiet {
		return
	}
	shown := v.shown()
	for _, id := range slices.Sorted(maps.Keys(v.guesses)) {
		fmt.Fprintf(e.Err, "%s a guess from the files: %s=%v; --set %s=… says otherwise\n", e.Warning(), id, shown[id], id)
	}
	verb := "Adopted"
	if v.dryRun {
		verb = "Nothing is written. Of"
	}
	m := v.session.Template().Manifest
	fmt.Fprintf(e.Err, "%s %s as %s %s: %d files are the same, %d differ, %d are missing\n", verb, quote.Text(a.Plan.Name),
		quote.Text(m.Name), m.Version, tally[project.Alike], tally[project.Differs], tally[project.ToAdd])
	if !v.dryRun {
		fmt.Fprintln(e.Err, "\nNext:\n  git add .scaffold && git commit; from then on, scaffold update")
	}
}
