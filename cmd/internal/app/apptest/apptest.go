// Package apptest gives tests processes that see nothing of this machine.
package apptest

import (
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"scaffold/cmd/internal/app"
	"scaffold/cmd/internal/ui"
)

const hooked = `apiVersion: scaffold/v1
name: hooked
title: Hooked
version: 1.0.0
requires: {tools: [{name: no-such-tool, version: ">=2"}]}
questions:
  - {id: deep, type: bool, default: false}
actions:
  - {id: mark, run: [touch, "$(id)"], needs: {net: true}}
  - {id: lines, run: [sh, -c, "true\ntrue #\x1b[2J"]}
  - {id: deep, run: [touch, deep], when: deep}
verify:
  test: {run: [test, -e, README.md]}
  run: {run: [test, -e, nothing]}
`

// Hooked is a process whose directory holds the template ./tpl, and which
// has a home.
func Hooked(t *testing.T) *app.Env {
	t.Helper()
	e := New(t)
	for name, data := range map[string]string{"tpl/template.yaml": hooked, "tpl/files/README.md": "x\n"} {
		path := filepath.Join(e.Dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	e.Environ = append(e.Environ, "HOME="+t.TempDir())
	return e
}

// New is a process that sees nothing of this machine.
func New(t *testing.T) *app.Env {
	t.Helper()
	return app.New(
		ui.Streams{In: os.Stdin, Out: io.Discard, Err: io.Discard, Width: 80, Height: 24},
		app.Machine{Dir: t.TempDir(), Environ: []string{"PATH=" + os.Getenv("PATH")}, Now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)},
	)
}
