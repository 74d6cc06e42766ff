// Package templates holds the built-in templates as files. It knows nothing of
// their content.
package templates

import "embed"

// FS has one folder a template, each with a template.yaml.
//
//go:embed all:django all:flask all:node-express all:node-ws
var FS embed.FS
