package templatecmd

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"

	"scaffold/cmd/internal/app"
	"scaffold/cmd/internal/ui"
	"scaffold/generator/fault"
	"scaffold/generator/quote"
	"scaffold/generator/templatetest"
)

// testDocument is scaffold/template-test/v1.
type testDocument struct {
	Schema    string                 `json:"schema"`
	OK        bool                   `json:"ok"`
	Templates []*templatetest.Report `json:"templates"`
}

func writeJUnit(e *app.Env, file string, reports []*templatetest.Report) error {
	if file == "" {
		return nil
	}
	var xml bytes.Buffer
	if err := templatetest.WriteJUnit(&xml, reports...); err != nil {
		return err
	}
	if err := os.WriteFile(app.Absolute(e.Dir, file), xml.Bytes(), 0o644); err != nil {
		var path *os.PathError
		if errors.As(err, &path) {
			err = path.Err
		}
		return fault.New(fault.Destination, "%s cannot be written: %v", file, err).Try("choose another file for --junit")
	}
	return nil
}

// reportPrinter prints a report as soon as there is one: of a template alone each
// check, of several a line each.
func reportPrinter(e *app.Env, refs []string, several bool) func(*templatetest.Report) {
	width := 0
	for _, ref := range refs {
		width = max(width, len(nameOf(ref)))
	}
	return func(r *templatetest.Report) {
		if e.JSON {
			return
		}
		if several {
			fmt.Fprintf(e.Out, "%-4s  %-*s  %s\n", mark(r.Failed() == 0), width, quote.Text(r.Template), inShort(r))
		}
		if !several || e.Verbose {
			printChecks(e, r)
		}
		printFailures(e, r)
		printMissed(e, r, several && !e.Verbose)
	}
}

func mark(ok bool) string {
	if ok {
		return "ok"
	}
	return "FAIL"
}

func inShort(r *templatetest.Report) string {
	if n := r.Failed(); n > 0 {
		return fmt.Sprintf("%d of %s", n, ui.Count(len(r.Checks), "check"))
	}
	return fmt.Sprintf("%s, coverage %d %%", ui.Count(len(r.Checks), "check"), r.Coverage.Percent)
}

func printChecks(e *app.Env, r *templatetest.Report) {
	pairwise := 0
	for _, c := range r.Checks {
		if c.Group == "pairwise" && c.OK() {
			pairwise++
			if !e.Verbose {
				continue
			}
		}
		if c.Group != "coverage" || !c.OK() { // what it is of stands below
			fmt.Fprintf(e.Out, "%-4s  %-9s %s\n", mark(c.OK()), c.Group, quote.Text(c.Name))
		}
	}
	if p := r.Pairs; pairwise > 0 {
		fmt.Fprintf(e.Out, "ok    pairwise  %s for %s", ui.Count(pairwise, "project"), ui.Count(p.Covered, "pair"))
		if p.Impossible > 0 {
			fmt.Fprintf(e.Out, ", %d more are impossible", p.Impossible)
		}
		fmt.Fprintln(e.Out)
	}
	c := r.Coverage
	fmt.Fprintf(e.Out, "      coverage  %d %%: files %d/%d, branches %d/%d, choices %d/%d",
		c.Percent, c.Files.Reached, c.Files.All, c.Branches.Reached, c.Branches.All, c.Choices.Reached, c.Choices.All)
	if c.Patches.All > 0 {
		fmt.Fprintf(e.Out, ", patches %d/%d", c.Patches.Reached, c.Patches.All)
	}
	fmt.Fprintln(e.Out)
}

// printMissed says what nothing reached; of several templates only where that is
// what fails. Where a project could not be made, it is for want of it, and not
// told.
func printMissed(e *app.Env, r *templatetest.Report, failing bool) {
	torn := func(coverage bool) bool {
		return slices.ContainsFunc(r.Checks, func(c templatetest.Check) bool { return !c.OK() && (c.Group == "coverage") == coverage })
	}
	if torn(false) || failing && !torn(true) {
		return
	}
	for _, m := range r.Coverage.Missed {
		fmt.Fprintf(e.Out, "      %s: %s %s\n", quote.Text(m.Place()), m.What, quote.Text(m.Detail))
	}
}

// printFailures is a line for each failure, however many checks found it.
func printFailures(e *app.Env, r *templatetest.Report) {
	for _, f := range r.Failures() {
		found := f.Check
		if f.More > 0 {
			found += ", and " + fmt.Sprintf("%d more", f.More)
		}
		fmt.Fprintf(e.Out, "%s (%s)\n", quote.Text(f.String()), quote.Text(found))
		for _, line := range f.Lines {
			fmt.Fprintf(e.Out, "      %s\n", quote.Text(line))
		}
	}
}
