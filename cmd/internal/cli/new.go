package cli

import (
	"context"
	"io"
	"os"

	"github.com/spf13/cobra"

	"scaffold/generator/fault"
)

// newOptions are the flags of `scaffold new`.
type newOptions struct {
	dir         string
	dirGiven    bool
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
	verify      string // how far; "" is not at all
	signals     signalFlags
}

func newNewCmd(e *env, run func(context.Context, *env, newOptions) error) *cobra.Command {
	var o newOptions
	cmd := &cobra.Command{
		Use:   "new [DIR]",
		Short: "Make a project: ask, recommend, render, initialise git",
		Long: `new asks what the project is for, recommends a template with its reasons, renders
it into DIR and makes the first commit. Nothing is written before everything is
known to be right. Without a terminal nothing is asked: give flags.`,
		Example: `  scaffold new
  scaffold new shop --use data-web-app,admin-cms --size large --yes
  scaffold new chat -t node-ws --set tick_rate=30
  scaffold new api -t ./our-template --answers answers.yaml --dry-run
  scaffold new api -t flask --json --set database=postgres
  scaffold new api -t flask --verify=test`,
		Args: atMost(1, "scaffold new [DIR]"),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return nil, cobra.ShellCompDirectiveFilterDirs
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				o.dir, o.dirGiven = args[0], true
			}
			// An unset variable of a script must not mean the working directory.
			if o.dirGiven && o.dir == "" || cmd.Flags().Changed("name") && o.name == "" {
				return fault.New(fault.Usage, "DIR or --name is empty").Try("name a directory, or . for this one")
			}
			return run(cmd.Context(), e, o)
		},
	}
	f := cmd.Flags()
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
	f.BoolVar(&o.runHooks, "run-hooks", false, "run the template's hooks, this once")
	f.BoolVar(&o.noHooks, "no-hooks", false, "do not run the template's hooks")
	f.StringVar(&o.verify, "verify", "", "afterwards install, test and start the project, up to a `LEVEL`: =install or =test stops there")
	f.Lookup("verify").NoOptDefVal = "run"
	offlineFlag(cmd, e)
	o.signals.register(f)
	completeNew(e, cmd)
	return cmd
}

func runNew(ctx context.Context, e *env, o newOptions) error {
	r, err := startNew(ctx, e, o)
	if err != nil {
		return err
	}
	if r.asks() {
		return r.interactive(ctx)
	}
	if err := r.chooseTemplate(ctx); err != nil {
		return err
	}
	plan, err := r.plan(ctx, r.layers.merged())
	if err != nil {
		return err
	}
	return r.finish(ctx, plan)
}

// readAll reads a small file, or standard input for "-".
func (e *env) readAll(path string) ([]byte, error) {
	if path == "-" {
		return io.ReadAll(io.LimitReader(e.in, 1<<20+1))
	}
	return os.ReadFile(absolute(e.dir, path))
}
