package step

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/Masterminds/semver/v3"

	"scaffold/generator/manifest"
)

// checkTime is what asking one tool for its version may take.
const checkTime = 5 * time.Second

// A State of a tool on this machine.
type State string

// The states.
const (
	Fits      State = "ok"
	NotThere  State = "missing"
	Unfit     State = "unfit"     // there, in a version out of the range
	Unsure    State = "unknown"   // there, and its version could not be read
	Unchecked State = "unchecked" // there, and its check runs only for a trusted template
)

// A Finding is what became of one tool.
type Finding struct {
	Tool  manifest.Tool
	State State
	Found string // the version, where it could be read
}

// CheckTools looks for each tool, all at the same time. For a template that is
// not trusted it runs nothing but the tool itself with a plain question for its
// version.
func CheckTools(ctx context.Context, tools []manifest.Tool, env []string, trusted bool) []Finding {
	findings := make([]Finding, len(tools))
	var all sync.WaitGroup
	for i, t := range tools {
		all.Go(func() { findings[i] = checkTool(ctx, t, env, trusted) })
	}
	all.Wait()
	return findings
}

func checkTool(ctx context.Context, t manifest.Tool, env []string, trusted bool) Finding {
	f := Finding{Tool: t, State: Fits}
	check := t.Check
	if len(check) == 0 {
		check = []string{t.Name, "--version"}
	}
	if _, err := exec.LookPath(check[0]); err != nil {
		f.State = NotThere
		return f
	}
	if t.Version == "" {
		return f
	}
	if !trusted && !plainQuestion(t.Name, check) {
		f.State = Unchecked
		return f
	}
	f.State, f.Found = judge(ctx, t, check, env)
	return f
}

// plainQuestion reports whether a check is the tool's own name and one word that
// asks for a version.
func plainQuestion(name string, check []string) bool {
	return len(check) == 2 && check[0] == name && !strings.ContainsAny(name, `/\`) &&
		slices.Contains([]string{"--version", "-version", "version", "-V", "-v"}, check[1])
}

func judge(ctx context.Context, t manifest.Tool, check, env []string) (State, string) {
	var said []string
	c := Command{Name: t.Name, Run: check, Dir: os.TempDir(), Env: env, Timeout: checkTime, Line: func(s string) { said = append(said, s) }}
	if err := c.Do(ctx); err != nil {
		if e := (*Error)(nil); errors.As(err, &e) && e.NotFound {
			return NotThere, ""
		}
		return Unsure, ""
	}
	found := versionIn(said)
	want, err := semver.NewConstraint(t.Version)
	if found == nil || err != nil {
		return Unsure, ""
	}
	if !want.Check(found) {
		return Unfit, found.String()
	}
	return Fits, found.String()
}

var (
	versionText = regexp.MustCompile(`\d+(\.\d+){1,2}`)
	bareNumber  = regexp.MustCompile(`\d+`) // openjdk 21
)

// versionIn is the first version of an output. What stands behind the three
// numbers, such as rc1, is left out: ranges refuse prereleases.
func versionIn(lines []string) *semver.Version {
	text := strings.Join(lines, "\n")
	number := versionText.FindString(text)
	if number == "" {
		number = bareNumber.FindString(text)
	}
	v, err := semver.NewVersion(number)
	if err != nil {
		return nil
	}
	return v
}
