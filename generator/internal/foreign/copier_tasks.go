package foreign

import (
	"fmt"
	"path"
	"strings"
	"time"

	"github.com/Masterminds/semver/v3"

	"scaffold/generator/fault"
	"scaffold/generator/internal/jinja"
	"scaffold/generator/manifest"
)

// migrations are told: they are commands for one step between two versions.
func (c *copied) migrations() []manifest.Migration {
	v, _ := c.config.Get("migrations")
	var list []manifest.Migration
	for _, x := range items(v) {
		d, ok := x.(*jinja.Dict)
		if !ok {
			continue
		}
		to, _ := d.Get("version")
		text := fmt.Sprint(to)
		var commands []string
		for _, key := range []string{"before", "after", "command"} {
			if v, ok := d.Get(key); ok {
				if l, many := v.(*jinja.List); many && key != "command" {
					for _, one := range l.Items {
						commands = append(commands, asked(one))
					}
				} else {
					commands = append(commands, asked(v))
				}
			}
		}
		if parsed, err := semver.NewVersion(text); err == nil && len(commands) > 0 {
			list = append(list, manifest.Migration{To: parsed.String(), Print: "copier's migration, which does not run here: " + strings.Join(commands, "; ")})
		}
	}
	return list
}

// Actions are the template's tasks, filled with the answers.
func (c *copied) Actions(moment string, vars map[string]any) ([]manifest.Action, error) {
	tasks, _ := c.config.Get("tasks")
	known, _ := vars[manifest.Context].(map[string]jinja.Value)
	operation := map[string]string{"new": "copy", "update": "update"}[moment]
	var list []manifest.Action
	for i, t := range items(tasks) {
		extra := map[string]jinja.Value{"_stage": "task", "_copier_phase": "tasks", "_copier_operation": operation, "_copier_python": "python3"}
		here := map[string]jinja.Value{}
		for k, v := range known {
			here[k] = v
		}
		a, wanted, err := c.task(here, extra, i+1, t)
		if err != nil {
			return nil, err
		}
		if wanted {
			a.Env = []string{"STAGE=task", "COPIER_OPERATION=" + operation}
			list = append(list, a)
		}
	}
	return list, nil
}

func (c *copied) task(vars, extra map[string]jinja.Value, n int, t jinja.Value) (manifest.Action, bool, error) {
	a := manifest.Action{ID: fmt.Sprintf("task-%d", n)}
	fill := func(text string) (string, error) { return c.fill(vars, extra, a.ID, text, clock(time.Now(), nil)) }
	command := t
	if d, ok := t.(*jinja.Dict); ok {
		command, _ = d.Get("command")
		if when, ok := d.Get("when"); ok {
			if text, isText := when.(string); isText {
				filled, err := fill(text)
				if err != nil {
					return a, false, err
				}
				when = filled
			}
			if !castBool(when) {
				return a, false, nil
			}
		}
		if dir, ok := d.Get("working_directory"); ok {
			text, _ := jinja.Str(dir)
			filled, err := fill(text)
			if err != nil {
				return a, false, err
			}
			if a.Dir = filled; path.IsAbs(filled) || strings.Contains("/"+filled+"/", "/../") {
				return a, false, fault.New(fault.Unsafe, "task %d runs in %q, which is outside of the project", n, filled)
			}
		}
	}
	if list, ok := command.(*jinja.List); ok {
		for _, x := range list.Items {
			text, _ := jinja.Str(x)
			part, err := fill(text)
			if err != nil {
				return a, false, err
			}
			a.Run = append(a.Run, part)
		}
		return a, len(a.Run) > 0, nil
	}
	text, _ := jinja.Str(command)
	line, err := fill(text)
	a.Run = []string{"sh", "-c", line}
	return a, err == nil, err
}
