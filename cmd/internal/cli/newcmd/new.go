// Package newcmd is `scaffold new`: from flags to a session, and what came of it, in
// words and in JSON.
package newcmd

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"scaffold/cmd/internal/app"
	"scaffold/cmd/internal/command"
	"scaffold/generator/fault"
	"scaffold/generator/quote"
	"scaffold/generator/session"
)

// newOptions are the flags of `scaffold new`.
type newOptions struct {
	dir         string
	template    string
	name        string
	set         []string
	answersFile string
	secretFiles []string
	preset      string
	yes         bool
	dryRun      bool
	diff        bool
	force       bool
	noGit       bool
	noCommit    bool
	branch      string
	author      string
	license     string
	runHooks    bool
	noHooks     bool
	noStart     bool
	verify      string // how far; "" is not at all
	expect      string
	describe    string
	signals     command.SignalFlags
}

// register makes flags of the options.
func (o *newOptions) register(f *pflag.FlagSet) {
	f.StringVarP(&o.template, "template", "t", "", "template `NAME`, a directory such as ./our-template, or git+https://HOST/PATH@REF#FOLDER")
	f.StringVar(&o.name, "name", "", "the project's `NAME` (default: the last element of DIR)")
	f.StringArrayVar(&o.set, "set", nil, "an answer, `KEY=VALUE`; repeatable")
	f.StringVar(&o.answersFile, "answers", "", "answers from a YAML or JSON `FILE`, - for standard input")
	f.StringArrayVar(&o.secretFiles, "secret-file", nil, "a secret answer from a file, `KEY=FILE`; repeatable")
	f.StringVar(&o.preset, "preset", "", "the answers of a preset `NAME` of the template")
	f.BoolVarP(&o.yes, "yes", "y", false, "take the recommendation and every default unseen")
	f.BoolVar(&o.dryRun, "dry-run", false, "show what would be written, and write nothing")
	f.BoolVar(&o.diff, "diff", false, "with --dry-run: show the contents, too")
	f.BoolVar(&o.force, "force", false, "write into a directory that holds files; none of them is changed")
	f.BoolVar(&o.noGit, "no-git", false, "make no repository")
	f.BoolVar(&o.noCommit, "no-commit", false, "make a repository without a first commit")
	f.StringVar(&o.branch, "branch", "", "the first `BRANCH` (default: init.defaultBranch, or main)")
	f.StringVar(&o.author, "author", "", "the commit's author, `\"Name <mail>\"`")
	f.StringVar(&o.license, "license", "", "the licence `ID`; the same as --set license=ID")
	f.BoolVar(&o.runHooks, "run-hooks", false, "run the template's commands, this once: its hooks, and what --verify runs")
	f.BoolVar(&o.noHooks, "no-hooks", false, "do not run the template's hooks")
	f.StringVar(&o.verify, "verify", "", "afterwards install, test and start the project, up to a `LEVEL`: =install or =test stops there")
	f.Lookup("verify").NoOptDefVal = "run"
	f.BoolVar(&o.noStart, "no-start", false, "do not ask whether to install and start it now")
	f.StringVar(&o.expect, "expect", "", "refuse a plan whose `DIGEST` is another one than --dry-run --json gave")
}

const longHelp = `In one line, without questions:

  scaffold new shop --template django --set database=postgres --json

The keys and values of --set are listed by ` + "`scaffold template show NAME`" + ` and, as a JSON
Schema, by ` + "`scaffold schema answers --template NAME`" + `; every other answer is the template's
default. Without --template, --use or --describe says what the project is for, and --yes
takes the recommendation. --dry-run shows the plan and writes nothing.

new asks what the project is for, recommends a template with its reasons, renders
it into DIR and makes the first commit. Nothing is written before everything is
known to be right. Afterwards it asks whether to install and start the project, and
Ctrl-C ends that; --no-start never asks. Without a terminal nothing is asked: give flags.`

// New is the command.
func New(e *app.Env) *cobra.Command {
	var o newOptions
	cmd := &cobra.Command{
		Use:   "new [DIR]",
		Short: "Make a project: ask, recommend, render, initialise git",
		Long:  longHelp,
		Example: `  scaffold new shop --use data-web-app,admin-cms --size large --yes
  scaffold new shop --describe "a shop where sellers upload photos, I know Python" --yes
  scaffold new chat -t node-ws --set features=game --set tick_rate=30
  scaffold new api -t ./our-template --answers answers.yaml --dry-run
  scaffold new api -t ./cookiecutter-template --format cookiecutter
  scaffold new api -t flask --json --set database=postgres
  scaffold new api -t flask --verify=test
  scaffold new api -t flask --dry-run --json    then --expect DIGEST in place of both`,
		Args:              command.AtMost(1, "scaffold new [DIR]"),
		ValidArgsFunction: command.Directories,
		RunE: func(cmd *cobra.Command, args []string) error {
			// An unset variable of a script must not mean the working directory.
			if len(args) == 1 && args[0] == "" || cmd.Flags().Changed("name") && o.name == "" {
				return fault.New(fault.Usage, "DIR or --name is empty").Try("name a directory, or . for this one")
			}
			if len(args) == 1 {
				o.dir = args[0]
			}
			return runNew(cmd.Context(), e, o)
		},
	}
	o.register(cmd.Flags())
	command.DescribeFlag(cmd, &o.describe)
	command.OfflineFlag(cmd, e)
	command.FormatFlag(cmd, e)
	o.signals.Register(cmd.Flags())
	completeNew(e, cmd)
	return command.Declare(cmd, command.MakesProject)
}

func runNew(ctx context.Context, e *app.Env, o newOptions) error {
	g, err := o.given(e)
	if err != nil {
		return err
	}
	made, err := plan(ctx, e, g)
	if err != nil {
		return err
	}
	if g.Ask {
		fmt.Fprintln(e.Err)
	}
	made.diff, made.offers = o.diff, g.Ask && !o.noStart && !e.Quiet
	return made.finish(ctx)
}

// plan is the plan of what was given, and of what the person answers.
func plan(ctx context.Context, e *app.Env, g session.Given) (*outcome, error) {
	s, err := session.Start(ctx, e.Session(), g)
	if err != nil {
		return nil, err
	}
	if g.Ask {
		err = e.Prompter().Run(ctx, s)
	} else {
		_, err = s.Next(ctx)
		command.SayUnderstood(e, s.Understood())
		sayRecommended(e, s)
	}
	if err != nil {
		return nil, err
	}
	p, err := s.Plan(ctx)
	return &outcome{env: e, given: g, session: s, plan: p}, err
}

// Make does what `scaffold new --json` does with what was given; a dry run names
// the files, too. It asks and prints nothing.
func Make(ctx context.Context, e *app.Env, g session.Given) (Document, error) {
	made, err := plan(ctx, e, g)
	if err != nil {
		return Document{}, err
	}
	if err := made.apply(ctx); err != nil {
		return Document{}, err
	}
	doc, err := made.run(ctx)
	if g.DryRun {
		for _, f := range made.plan.Files {
			doc.Files.Paths = append(doc.Files.Paths, f.Path)
		}
	}
	return doc, err
}

// sayRecommended says what is taken unseen, and why.
func sayRecommended(e *app.Env, s *session.Session) {
	choice := s.Advice().Choice
	if !s.Unseen() || e.JSON || e.Quiet {
		return
	}
	fmt.Fprintf(e.Err, "Recommended: %s\n\n%s\n", quote.Text(choice.Primary), s.Advice().Explain(choice.Primary, e.Width, 0))
}
