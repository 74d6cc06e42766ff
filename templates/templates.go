// Package templates holds the built-in templates as files. It knows nothing of
// their content.
package templates

import "embed"

// FS has one folder a template, each with a template.yaml, and in releases their
// older versions. What only its tests need is not in it.
//
//go:embed */template.yaml */README.md all:*/files all:*/partials releases
var FS embed.FS
