package projectcmd

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"scaffold/cmd/internal/app"
	"scaffold/cmd/internal/command"
	"scaffold/cmd/internal/ui"
	"scaffold/generator/project"
	"scaffold/generator/quote"
	"scaffold/generator/session"
	"scaffold/generator/step"
)

// verifyOptions are the flags of `scaffold verify`.
type verifyOptions struct {
	dir   string
	until string
}

// Verify is `scaffold verify`.
func Verify(e *app.Env) *cobra.Command {
	var o verifyOptions
	cmd := &cobra.Command{
		Use:   "verify [DIR]",
		Short: "Install, test and start a project, and say so",
		Long: `verify runs the verify block of the template that a project was made from: it
installs the project, runs its tests, starts it, waits until it answers, and stops
it. The commands run in DIR with your rights. What fails is exit 8, with the last
lines that it printed.`,
		Example: `  scaffold verify
  scaffold verify shop --until test
  scaffold verify shop --json`,
		Args: command.AtMost(1, "scaffold verify [DIR]"),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return nil, cobra.ShellCompDirectiveFilterDirs
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			o.dir = "."
			if len(args) == 1 {
				o.dir = args[0]
			}
			return runVerify(cmd.Context(), e, o)
		},
	}
	cmd.Flags().StringVar(&o.until, "until", "run", "the last `STEP`: install, test or run")
	command.CompleteFlag(cmd, "until", cobra.FixedCompletions(step.Levels(), command.WholeWords))
	return cmd
}

// verifyJSON is scaffold/verify/v1.
type verifyJSON struct {
	Schema     string            `json:"schema"`
	OK         bool              `json:"ok"`
	Directory  string            `json:"directory"`
	Templates  []ui.TemplateJSON `json:"templates"`
	Tools      []ui.ToolJSON     `json:"tools"`
	Steps      []ui.StepJSON     `json:"steps"`
	Warnings   []string          `json:"warnings"`
	DurationMS int64             `json:"duration_ms"`
}

func runVerify(ctx context.Context, e *app.Env, o verifyOptions) error {
	started := time.Now()
	if err := session.CheckLevel("until", o.until); err != nil {
		return err
	}
	made, err := project.Open(ctx, app.Absolute(e.Dir, o.dir))
	if err != nil {
		return err
	}
	v := &verification{env: e, project: made, typed: o.dir}
	for _, part := range made.Parts {
		if err := v.add(ctx, part, o.until); err != nil {
			return err
		}
	}
	if !e.JSON {
		for _, w := range v.warnings {
			fmt.Fprintln(e.Err, e.Warning()+" "+quote.Text(w))
		}
	}
	done, err := ui.RunJobs(ctx, &e.Streams, o.dir, v.jobs)
	if err != nil || !e.JSON {
		return err
	}
	return ui.WriteJSON(e.Out, verifyJSON{
		Schema: "scaffold/verify/v1", OK: true, Directory: made.Dir, Templates: v.templates,
		Tools: ui.ToolsJSON(v.tools), Steps: ui.With(v.steps, done),
		Warnings: append([]string{}, v.warnings...), DurationMS: time.Since(started).Milliseconds(),
	})
}

// A verification is the verify blocks of a project's parts.
type verification struct {
	env       *app.Env
	project   *project.Project
	typed     string // the project, as the person named it
	templates []ui.TemplateJSON
	tools     []step.Finding
	warnings  []string
	steps     []ui.StepJSON
	jobs      []session.Job
}

// add takes a part's steps up to a level.
func (v *verification) add(ctx context.Context, part project.Part, until string) error {
	t, warnings, err := project.Load(ctx, v.env.Catalog(), part)
	if err != nil {
		return err
	}
	list, err := session.Stages(t.Manifest, until)
	if err != nil {
		return err
	}
	tools := step.CheckTools(ctx, t.Manifest.Requires.Tools, step.Environ(v.env.Environ), true) // what follows runs the template's commands anyway
	top := t.Top()
	v.templates = append(v.templates, ui.TemplateJSON{Name: top.Name, Source: top.Source, Version: top.Version, Digest: top.SHA256})
	v.tools = append(v.tools, tools...)
	v.warnings = slices.Concat(v.warnings, warnings, session.ToolLines(tools))
	v.steps = append(v.steps, ui.StagesJSON(list, session.HooksOnce)...)
	v.jobs = append(v.jobs, session.VerifyJobs(v.env.Environ, v.project.PartDir(part), v.typed, list)...)
	return nil
}
