package mcp

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"scaffold/generator/fault"
	"scaffold/generator/manifest"
	"scaffold/generator/session"
)

// reworded is an error with a remedy that an agent can take: arguments of tools
// in place of flags.
func reworded(err error) error {
	f := fault.As(fault.KindOf(err), err)
	if wrong := (*session.AnswersError)(nil); errors.As(err, &wrong) {
		f.Lines, f.Hint = problems(wrong.Problems)
		return f
	}
	switch f.Kind {
	case fault.Untrusted:
		f.Hint = `hooks: "skip" and verify: "none" go on without them; a person allows them on a terminal: scaffold trust add TEMPLATE`
	case fault.Changed:
		f.Hint = "plan again with the very same arguments, verify among them, look at it, and give its digest"
	default:
		return err
	}
	return f
}

// problems words answers that are missing, unknown or invalid, a line each, and
// gives the argument that would mend those that are missing.
func problems(list []manifest.AnswerProblem) (lines []string, hint string) {
	sample, secrets := map[string]any{}, map[string]string{}
	for _, p := range list {
		lines = append(lines, line(p))
		switch {
		case p.Kind == manifest.Missing && p.Question.Type == manifest.Secret:
			secrets[p.ID] = "FILE"
		case p.Kind == manifest.Missing:
			sample[p.ID] = p.Question.Sample()
		}
	}
	var hints []string
	if len(sample) > 0 {
		hints = append(hints, "answers: "+literal(sample))
	}
	if len(secrets) > 0 {
		hints = append(hints, "secret_files: "+literal(secrets))
	}
	if len(hints) == 0 {
		hints = append(hints, "describe_template lists the questions and what each takes")
	}
	return lines, strings.Join(hints, ", ")
}

func line(p manifest.AnswerProblem) string {
	switch {
	case p.Kind == manifest.Missing:
		field := p.Question.Field()
		text := fmt.Sprintf("missing: %s (%s)", p.ID, field["title"])
		if values := p.Question.Values(); len(values) > 0 {
			text += ", of " + strings.Join(values, ", ")
		}
		if note, ok := field["description"].(string); ok {
			text += "; " + note
		}
		return text
	case p.Value != "":
		return fmt.Sprintf("%s: %s=%s; %s", p.Kind, p.ID, p.Value, p.Detail)
	}
	return strings.TrimSuffix(fmt.Sprintf("%s: %s; %s", p.Kind, p.ID, p.Detail), "; ")
}

func literal(v any) string {
	data, err := json.Marshal(v)
	if err != nil { // text only
		panic(err)
	}
	return string(data)
}
