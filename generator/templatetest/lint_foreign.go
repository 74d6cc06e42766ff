package templatetest

import (
	"context"
	"slices"

	"scaffold/generator"
	"scaffold/generator/fault"
	"scaffold/generator/internal/render"
	"scaffold/generator/manifest"
)

// lintForeign reports what of a template of another tool is wrong or does not run
// here: in its texts, and in the project of somebody who answers nothing.
func lintForeign(ctx context.Context, t *generator.Template, format manifest.Format) ([]Finding, error) {
	findings := []Finding{}
	add := func(err error) {
		if f := fault.Of(err); f != nil {
			findings = append(findings, Finding{Rule: RuleRefused, File: f.Place.File, Line: f.Place.Line, Column: f.Place.Column, Message: f.Message, Try: f.Hint})
		} else {
			findings = append(findings, Finding{Rule: RuleRefused, Message: err.Error()})
		}
	}
	for _, err := range format.Check(ctx) {
		add(err)
	}
	given := manifest.Given{Name: "sample", Template: t.Manifest.Name, Version: t.Manifest.Version, Scaffold: generator.Version, Date: "2026-01-02", Year: "2026"}
	resolved, err := t.Manifest.Resolve(given, nil)
	if err == nil && len(resolved.Problems) == 0 { // what has to be answered is no fault
		if _, err = format.Actions("new", resolved.Vars); err == nil {
			_, err = generator.New(generator.Options{}).Render(ctx, t, resolved, &render.Coverage{})
		}
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		add(err)
	}
	slices.SortFunc(findings, compareFindings)
	return slices.CompactFunc(findings, func(a, b Finding) bool { return a == b }), nil
}
