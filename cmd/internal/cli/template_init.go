package cli

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"scaffold/generator"
	"scaffold/generator/manifest"
	"scaffold/generator/quote"
	"scaffold/generator/templatetest"
)

func newTemplateInitCmd(e *env) *cobra.Command {
	return &cobra.Command{
		Use: "init DIR", Short: "Make a small, tested template to start from",
		Long: `Make a small, tested template to start from. It generates a FastAPI service with
its tests, has questions, a condition, a partial and a test case, and passes
template lint and template test. The template is called as its directory is.`,
		Example: "  scaffold template init our-api\n  scaffold template lint our-api/ && scaffold template test our-api/\n  scaffold new shop --template ./our-api",
		Args:    exactlyOne("directory", "scaffold template init DIR"),
		RunE:    func(cmd *cobra.Command, args []string) error { return runTemplateInit(cmd.Context(), e, args[0]) },
	}
}

func runTemplateInit(ctx context.Context, e *env, arg string) error {
	dir := absolute(e.dir, arg)
	name := filepath.Base(dir)
	if err := manifest.CheckName(name); err != nil {
		return err
	}
	files, err := templatetest.Starter(name)
	if err != nil {
		return err
	}
	result, err := generator.New(generator.Options{Now: e.now}).WriteFiles(ctx, dir, files)
	if err != nil {
		return err
	}
	if e.global.json {
		return writeJSON(e.out, map[string]any{
			"schema": "scaffold/template-init/v1", "ok": true, "directory": dir, "template": name, "files": result.Created,
		})
	}
	if e.global.quiet {
		return nil
	}
	here := shellQuote(arg)
	if !filepath.IsAbs(arg) && filepath.Dir(arg) == "." {
		here = "./" + shellQuote(name)
	}
	fmt.Fprintf(e.err, "%s Created the template %s: %s\n\nNext:\n", e.style("✓", green, e.errTTY), quote.Text(name), count(len(result.Created), "file"))
	for i, next := range []string{"scaffold template lint " + here, "scaffold template test " + here, "scaffold new demo --template " + here} {
		fmt.Fprintf(e.err, "  %d. %s\n", i+1, quote.Text(next))
	}
	return nil
}
