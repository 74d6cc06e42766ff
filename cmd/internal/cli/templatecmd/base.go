package templatecmd

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"scaffold/cmd/internal/app"
	"scaffold/generator"
	"scaffold/generator/fault"
	"scaffold/generator/templatetest"
)

// acceptBases records what the overlays among the templates replace and patch.
// One that cannot be read is left to lint.
func acceptBases(ctx context.Context, e *app.Env, ref string, refs []string) error {
	overlays, unread := 0, 0
	for _, one := range refs {
		t, err := e.Catalog().Load(ctx, one)
		if err != nil {
			unread++
		}
		if err != nil || len(t.Overlays) == 0 {
			continue
		}
		if overlays++; templateDir(e, one) == "" {
			return fault.New(fault.Usage, "--accept-base writes into an overlay's directory, and %s is a name", one).Try("name the directory: ./" + filepath.Base(one))
		}
		if err := acceptBase(app.Absolute(e.Dir, one), t); err != nil {
			return err
		}
	}
	if overlays+unread == 0 {
		return fault.New(fault.Usage, "%s stands on no other template", ref).Try("--accept-base is for overlays: docs/overlays.md")
	}
	return nil
}

// acceptBase writes base.yaml; of an overlay that replaces and patches nothing
// there is none.
func acceptBase(dir string, t *generator.Template) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fault.As(fault.Destination, err)
	}
	defer root.Close()
	if data := templatetest.BaseRecord(t); data != nil {
		err = root.WriteFile(templatetest.BaseFile, data, 0o644)
	} else if err = root.Remove(templatetest.BaseFile); errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	if err != nil {
		return fault.As(fault.Destination, err)
	}
	return nil
}
