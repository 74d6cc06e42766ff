package source

import (
	"context"
	"io/fs"

	"scaffold/generator"
	"scaffold/generator/manifest"
)

// flatten makes one template of an overlay and all that it stands on.
func (c *Catalog) flatten(_ context.Context, _ fs.FS, _ *manifest.Manifest, _ generator.Layer) (*generator.Template, error) {
	return nil, &UnsupportedError{File: manifest.FileName, What: "extends"}
}
