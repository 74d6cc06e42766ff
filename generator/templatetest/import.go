package templatetest

import (
	"scaffold/generator"
	"scaffold/generator/internal/foreign"
)

// Imported is a template of scaffold's that was made of one of another tool.
type Imported = foreign.Imported

// Import makes a template of scaffold's, called name, of one of another tool: a
// starting point, with a list of what could not be carried over.
func Import(t *generator.Template, name string) (*Imported, error) {
	return foreign.Import(t.Manifest, name)
}
