package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"scaffold/generator"
	"scaffold/generator/fault"
	"scaffold/generator/quote"
	"scaffold/generator/session"
	"scaffold/generator/step"
)

// verifyOptions are the flags of `scaffold verify`.
type verifyOptions struct {
	dir   string
	until string
}

func newVerifyCmd(e *env, run func(context.Context, *env, verifyOptions) error) *cobra.Command {
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
		Args: atMost(1, "scaffold verify [DIR]"),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return nil, cobra.ShellCompDirectiveFilterDirs
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			o.dir = "."
			if len(args) == 1 {
				o.dir = args[0]
			}
			return run(cmd.Context(), e, o)
		},
	}
	cmd.Flags().StringVar(&o.until, "until", "run", "the last `STEP`: install, test or run")
	return cmd
}

// verifyJSON is scaffold/verify/v1.
type verifyJSON struct {
	Schema     string       `json:"schema"`
	OK         bool         `json:"ok"`
	Directory  string       `json:"directory"`
	Template   templateJSON `json:"template"`
	Tools      []toolJSON   `json:"tools"`
	Steps      []stepJSON   `json:"steps"`
	Warnings   []string     `json:"warnings"`
	DurationMS int64        `json:"duration_ms"`
}

func runVerify(ctx context.Context, e *env, o verifyOptions) error {
	started := time.Now()
	if err := session.CheckLevel("until", o.until); err != nil {
		return err
	}
	dir := absolute(e.dir, o.dir)
	made, err := readProject(dir)
	if err != nil {
		return err
	}
	t, warnings, err := e.recordedTemplate(ctx, made)
	if err != nil {
		return err
	}
	list, err := session.Stages(t.Manifest, o.until)
	if err != nil {
		return err
	}
	tools := step.CheckTools(ctx, t.Manifest.Requires.Tools, step.Environ(e.environ()), true) // what follows runs the template's commands anyway
	warnings = append(warnings, session.ToolLines(tools)...)
	if !e.global.json {
		for _, w := range warnings {
			fmt.Fprintln(e.err, e.style("!", yellow, e.errTTY)+" "+quote.Text(w))
		}
	}
	done, err := e.runJobs(ctx, o.dir, session.VerifyJobs(e.environ(), filepath.Join(dir, filepath.FromSlash(made.Path)), o.dir, list))
	if err != nil || !e.global.json {
		return err
	}
	top := t.Top()
	return writeJSON(e.out, verifyJSON{
		Schema: "scaffold/verify/v1", OK: true, Directory: dir,
		Template: templateJSON{Name: top.Name, Source: top.Source, Version: top.Version, Digest: top.SHA256},
		Tools:    toolsJSON(tools), Steps: with(stagesJSON(list), done),
		Warnings: append([]string{}, warnings...), DurationMS: time.Since(started).Milliseconds(),
	})
}

// readProject reads what the project in dir was made from.
func readProject(dir string) (generator.RecordedPart, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return generator.RecordedPart{}, fault.New(fault.Destination, "%s is not a directory that can be read", filepath.Base(dir)).Try("name a project's directory")
	}
	defer root.Close()
	record, err := generator.ReadRecord(root.FS())
	if err != nil {
		return generator.RecordedPart{}, err
	}
	part := record.Parts[0]
	if !filepath.IsLocal(filepath.FromSlash(part.Path)) {
		return part, fault.New(fault.Destination, "%s cannot be read: its part %q is not below the project", generator.LockFile, part.Path)
	}
	return part, nil
}

// recordedTemplate loads the template that a project was made from. A layer that
// is built in may be newer; any other has to be what was locked.
func (e *env) recordedTemplate(ctx context.Context, part generator.RecordedPart) (*generator.Template, []string, error) {
	t, err := e.catalog().Load(ctx, reference(part.Template()))
	if err != nil {
		return nil, nil, err
	}
	if len(t.Layers) != len(part.Layers) {
		return nil, nil, changed(part.Template().Source)
	}
	var warnings []string
	for i, was := range part.Layers {
		now := t.Layers[i]
		switch {
		case now.Source == was.Source && now.SHA256 == was.SHA256:
		case now.Source == was.Source && strings.HasPrefix(was.Source, "builtin:"):
			warnings = append(warnings, fmt.Sprintf("the project was made by another %s (%s); it is verified by the steps of %s", was.Name, was.Version, now.Version))
		default:
			return nil, nil, changed(was.Source)
		}
	}
	return t, warnings, nil
}

// reference names a recorded layer, so that its source gives the same bytes
// again.
func reference(l generator.Layer) string {
	ref := l.Commit
	if ref == "" {
		ref = l.Ref
	}
	if !strings.HasPrefix(l.Source, "git+") || ref == "" {
		return l.Source
	}
	repo, folder, ok := strings.Cut(l.Source, "#")
	if !ok {
		return repo + "@" + ref
	}
	return repo + "@" + ref + "#" + folder
}

// changed is a template that is no longer what a project was made from.
func changed(source string) error {
	return fault.New(fault.Moved, "template %s is not what this project was made from", source).
		Try("restore the template that .scaffold/lock.yaml names")
}
