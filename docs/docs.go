// Package docs has the pages that the program prints.
package docs

import _ "embed"

// Agents is the page for coding agents.
//
//go:embed agents.md
var Agents string
