package templatecmd

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"scaffold/cmd/internal/app"
	"scaffold/cmd/internal/command"
	"scaffold/cmd/internal/ui"
	"scaffold/generator"
	"scaffold/generator/fault"
	"scaffold/generator/manifest"
	"scaffold/generator/quote"
	"scaffold/generator/templatetest"
)

func newTemplateInitCmd(e *app.Env) *cobra.Command {
	return command.Declare(&cobra.Command{
		Use: "init DIR", Short: "Make a small, tested template to start from",
		Long: `Make a small, tested template to start from. It generates a FastAPI service with
its tests, has questions, a condition, a partial and a test case, and passes
template lint and template test. The template is called as its directory is.`,
		Example: "  scaffold template init our-api\n  scaffold template lint our-api/ && scaffold template test our-api/\n  scaffold new shop --template ./our-api",
		Args:    command.ExactlyOne("directory", "scaffold template init DIR"),
		RunE:    func(cmd *cobra.Command, args []string) error { return runTemplateInit(cmd.Context(), e, args[0]) },
	}, command.MakesProject)
}

func runTemplateInit(ctx context.Context, e *app.Env, arg string) error {
	dir := app.Absolute(e.Dir, arg)
	name := filepath.Base(dir)
	if err := checkTemplateName(name); err != nil {
		return err
	}
	files, err := templatetest.Starter(name)
	if err != nil {
		return err
	}
	g := generator.New(generator.Options{Now: e.Now})
	if err := g.CheckDestination(dir, false); fault.Is(err, fault.NotEmpty, fault.Exists) {
		return fault.As(fault.Destination, err).Try("choose another directory")
	}
	result, err := g.WriteFiles(ctx, dir, files)
	if err != nil {
		return err
	}
	if e.JSON {
		return ui.WriteJSON(e.Out, map[string]any{
			"schema": "scaffold/template-init/v1", "ok": true, "directory": dir, "template": name, "files": result.Created,
		})
	}
	if e.Quiet {
		return nil
	}
	here := asReference(arg)
	fmt.Fprintf(e.Err, "%s Created the template %s: %s\n\nNext:\n", e.Tick(), quote.Text(name), ui.Count(len(result.Created), "file"))
	for i, next := range []string{"scaffold template lint " + here, "scaffold template test " + here, "scaffold new demo --template " + here} {
		fmt.Fprintf(e.Err, "  %d. %s\n", i+1, quote.Text(next))
	}
	return nil
}

// asReference is a directory as a template is named by it.
func asReference(arg string) string {
	if !filepath.IsAbs(arg) && filepath.Dir(arg) == "." && arg != "." && arg != ".." {
		return "./" + quote.Shell(filepath.Base(arg))
	}
	return quote.Shell(arg)
}

// checkTemplateName holds a template's name against the rule for projects: they
// have the same.
func checkTemplateName(name string) error {
	err := manifest.CheckName(name)
	if err == nil {
		return nil
	}
	f := fault.As(fault.Usage, err)
	f.Message = strings.Replace(f.Message, "a project name", "a template name", 1)
	return f
}
