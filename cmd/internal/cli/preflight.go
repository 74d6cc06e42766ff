package cli

import (
	"context"
	"fmt"
	"sync"

	"scaffold/generator/manifest"
	"scaffold/generator/step"
	"scaffold/generator/trust"
)

// preflight is what became of the tools of one template, looked up once.
type preflight struct {
	template string                // the digest
	findings func() []step.Finding // waits for them
}

// lookForTools begins to look for what the project needs on this machine, while
// answers are worked out and files rendered.
func (r *newRun) lookForTools(ctx context.Context) {
	digest := trust.Digest(r.template.Layers)
	if r.checked.template == digest {
		return
	}
	found := make(chan []step.Finding, 1)
	tools, trusted := r.template.Manifest.Requires.Tools, r.trusted()
	go func() { found <- r.env.checkTools(ctx, tools, trusted) }()
	*r.checked = preflight{digest, sync.OnceValue(func() []step.Finding { return <-found })}
}

// tools is what was found. It never stops a run.
func (r *newRun) tools() []step.Finding { return r.checked.findings() }

func (e *env) checkTools(ctx context.Context, tools []manifest.Tool, trusted bool) []step.Finding {
	return step.CheckTools(ctx, tools, step.Environ(e.environ()), trusted)
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
			f.Tool.Name, shellJoin(f.Tool.Check), needs)
	default:
		return ""
	}
}

func toolLines(findings []step.Finding) []string {
	var lines []string
	for _, f := range findings {
		if line := toolLine(f); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

type toolJSON struct {
	Name   string `json:"name"`
	Needs  string `json:"needs"`
	Found  string `json:"found"`
	Status string `json:"status"`
}

func toolsJSON(findings []step.Finding) []toolJSON {
	out := []toolJSON{}
	for _, f := range findings {
		out = append(out, toolJSON{f.Tool.Name, f.Tool.Version, f.Found, string(f.State)})
	}
	return out
}
