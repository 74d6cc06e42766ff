package session

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"scaffold/generator"
	"scaffold/generator/step"
)

// lookForTools begins to look for what the project needs on this machine, while
// answers are worked out and files rendered. The result waits for them.
func (s *Session) lookForTools(ctx context.Context, c *chosen) func() []step.Finding {
	found := make(chan []step.Finding, 1)
	trusted := c.trust.Has(c.Template) || s.given.Hooks == HooksOnce || !slices.ContainsFunc(c.Layers, foreign)
	go func() {
		found <- step.CheckTools(ctx, c.Manifest.Requires.Tools, step.Environ(s.machine.Environ), trusted)
	}()
	return sync.OnceValue(func() []step.Finding { return <-found })
}

// foreign reports a layer that is not scaffold's own.
func foreign(l generator.Layer) bool { return !strings.HasPrefix(l.Source, "builtin:") }

// Tools is what was found of the tools that the project needs. It never stops a
// run. It is for a session that has a template.
func (s *Session) Tools() []step.Finding { return s.at.template.tools() }

// ToolLines says what is wrong with tools and what to do, a line each.
func ToolLines(findings []step.Finding) []string {
	var lines []string
	for _, f := range findings {
		if line := toolLine(f); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// toolLine says what is wrong with a tool and what to do, or "".
func toolLine(f step.Finding) string {
	needs := f.Tool.Name
	if f.Tool.Version != "" {
		needs += " " + f.Tool.Version
	}
	switch f.State {
	case step.NotThere:
		return fmt.Sprintf("%s is not installed: the project needs it to run; install %s", f.Tool.Name, needs)
	case step.Unfit:
		return fmt.Sprintf("%s is version %s, which is not in the range that the project needs; install %s", f.Tool.Name, f.Found, needs)
	case step.Unsure:
		return fmt.Sprintf("%s did not say its version; the project needs %s", f.Tool.Name, needs)
	case step.Unchecked:
		return fmt.Sprintf("the version of %s is not checked, since the template's `%s` runs only where the template is trusted; the project needs %s",
			f.Tool.Name, shell(f.Tool.Check), needs)
	default:
		return ""
	}
}
