package templatecmd

import (
	"context"
	"fmt"

	"scaffold/cmd/internal/app"
	"scaffold/cmd/internal/ui"
	"scaffold/generator/fault"
	"scaffold/generator/quote"
)

type deedInfo struct {
	Layer   string `json:"layer"`
	Version string `json:"version"`
	Source  string `json:"source"`
	Does    string `json:"does"` // gives, replaces, patches, removes
	Where   string `json:"where"`
}

// runTemplateLayers says what each layer of a template does to one generated
// file.
func runTemplateLayers(ctx context.Context, e *app.Env, ref, path string) error {
	t, err := e.Catalog().Load(ctx, ref)
	if err != nil {
		return err
	}
	deeds, err := t.Trace(path)
	if err != nil {
		return err
	}
	if len(deeds) == 0 {
		return fault.New(fault.Usage, "the template %s gives no file %q", t.Manifest.Name, path).Try("name a generated path, such as README.md; `scaffold new --dry-run` lists them")
	}
	infos := make([]deedInfo, len(deeds))
	for i, d := range deeds {
		infos[i] = deedInfo{d.Layer.Name, d.Layer.Version, d.Layer.Source, d.Does, d.Source}
	}
	if e.JSON {
		return ui.WriteJSON(e.Out, map[string]any{"schema": "scaffold/layers/v1", "template": t.Manifest.Name, "path": path, "layers": infos})
	}
	for _, d := range infos {
		fmt.Fprintf(e.Out, "%-14s %-8s %s  (%s %s)\n", quote.Text(d.Layer), d.Does, quote.Text(d.Where), quote.Text(d.Source), d.Version)
	}
	return nil
}
