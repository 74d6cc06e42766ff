package templatecmd

import (
	"maps"
	"slices"
	"strings"

	"scaffold/cmd/internal/app"
	"scaffold/generator/fault"
	"scaffold/generator/nearest"
)

// writerOf is the one of a command's formats that --format names; --json is the
// format json.
func writerOf[T any](e *app.Env, format string, formats map[string]func(T) error) (func(T) error, error) {
	if e.JSON {
		format = "json"
	}
	if write, ok := formats[format]; ok {
		return write, nil
	}
	known := slices.Sorted(maps.Keys(formats))
	hint := nearest.Hint(format, known)
	if hint == "" {
		hint = "formats: " + strings.Join(known, ", ")
	}
	return nil, fault.New(fault.Usage, "unknown format %q", format).Try(hint)
}
