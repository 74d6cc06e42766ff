package mcp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"scaffold/generator/fault"
	"scaffold/generator/manifest"
	"scaffold/generator/quote"
	"scaffold/generator/session"
)

// said is what a person has answered to one call. A client of the newer protocol
// carries it from one round to the next, since nothing is kept here.
type said struct {
	Answers  map[string]any `json:"answers,omitempty"`
	Hooks    session.Hooks  `json:"hooks,omitempty"`
	Declined bool           `json:"declined,omitempty"` // nothing more is asked
}

// A question is put to the person by the client.
type question struct {
	id     string
	form   *sdk.ElicitParams
	state  said
	reason error // what the call ends with where nobody answers
}

func (q *question) Error() string { return q.reason.Error() }

// result asks the question by the answer to the call: the client calls again.
func (q *question) result() (*sdk.CallToolResult, error) {
	state, err := json.Marshal(q.state)
	if err != nil {
		return nil, err
	}
	return &sdk.CallToolResult{InputRequests: sdk.InputRequestMap{q.id: q.form}, RequestState: string(state)}, nil
}

// The questions that are asked.
const (
	askAnswers = "answers"
	askHooks   = "hooks"
)

// handshake is the last protocol in which a server asks in the middle of a call.
const handshake = "2025-11-25"

// mostRounds bounds the questions of one call: an answer may open others.
const mostRounds = 8

// ask does something, and where it wants what only the person can say, asks and
// does it again. A client that cannot ask gets the error, which lists all.
func (c *call) ask(ctx context.Context, do func(*call, context.Context) (any, error)) (any, error) {
	if err := c.resume(); err != nil {
		return nil, err
	}
	for range mostRounds {
		doc, err := do(c, ctx)
		q := questionOf(err)
		if q == nil || !c.canAsk() || c.said.Declined {
			return doc, err
		}
		if c.request.ProtocolVersion() > handshake {
			q.state = c.said
			return nil, q
		}
		reply, err := c.request.Session.Elicit(ctx, q.form)
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case err != nil:
			return nil, fault.New(fault.Answer, "the client could not ask its person: %v", err).Try("give what is missing in the arguments")
		}
		c.hear(q.id, reply)
	}
	return nil, fault.New(fault.Limit, "the template asks for more with each answer").Try("give all answers in the argument answers")
}

// resume takes up a call that the client repeats with the person's answer.
func (c *call) resume() error {
	if state := c.request.Params.RequestState; state != "" {
		if err := json.Unmarshal([]byte(state), &c.said); err != nil {
			return fault.New(fault.Usage, "the request state is not the server's: %v", err)
		}
	}
	for id, response := range c.request.Params.InputResponses {
		if reply, ok := response.(*sdk.ElicitResult); ok {
			c.hear(id, reply)
		}
	}
	return nil
}

// hear takes the person's answer. Whoever declines, or leaves, has said no.
func (c *call) hear(id string, reply *sdk.ElicitResult) {
	if reply.Action != "accept" {
		c.said.Declined = true
		return
	}
	switch id {
	case askAnswers:
		all := maps.Clone(c.said.Answers)
		if all == nil {
			all = map[string]any{}
		}
		maps.Copy(all, reply.Content)
		c.said.Answers = all
	case askHooks:
		c.said.Hooks = session.HooksSkipped
		if reply.Content["hooks"] == string(session.HooksOnce) {
			c.said.Hooks = session.HooksOnce
		}
	}
}

// canAsk reports whether the client shows forms to its person.
func (c *call) canAsk() bool {
	can := c.request.ClientCapabilities()
	return can != nil && can.Elicitation != nil && (can.Elicitation.Form != nil || can.Elicitation.URL == nil)
}

// questionOf is what a person could answer to mend an error, or nil.
func questionOf(err error) *question {
	if wrong := (*session.AnswersError)(nil); errors.As(err, &wrong) {
		return answersQuestion(wrong)
	}
	if fault.Is(err, fault.Untrusted) {
		return hooksQuestion(fault.Of(err))
	}
	return nil
}

// answersQuestion asks for answers that are missing. What is unknown or invalid is
// the agent's to mend; a secret does not go through a form.
func answersQuestion(wrong *session.AnswersError) *question {
	fields, ids := map[string]any{}, []string{}
	for _, p := range wrong.Problems {
		if p.Kind != manifest.Missing || p.Question.Type == manifest.Secret {
			return nil
		}
		fields[p.ID] = shown(p.Question.Field())
		ids = append(ids, p.ID)
	}
	return &question{
		id: askAnswers, reason: wrong,
		form: &sdk.ElicitParams{Message: "The template asks what only you can say.", RequestedSchema: map[string]any{
			"type": "object", "properties": fields, "required": ids,
		}},
	}
}

// shown is a template's text without what could deceive whoever reads it.
func shown(field map[string]any) map[string]any {
	for _, key := range []string{"title", "description"} {
		if text, ok := field[key].(string); ok {
			field[key] = quote.Text(text)
		}
	}
	return field
}

// hooksQuestion asks whether the template's commands may run. They are the
// template's as it was planned: the digest is of them, too.
func hooksQuestion(f *fault.Fault) *question {
	var b strings.Builder
	fmt.Fprintln(&b, quote.Text(f.Message)+":")
	for _, line := range f.Lines {
		fmt.Fprintln(&b, quote.Text(line))
	}
	return &question{
		id: askHooks, reason: f,
		form: &sdk.ElicitParams{Message: b.String(), RequestedSchema: map[string]any{
			"type": "object", "required": []string{"hooks"},
			"properties": map[string]any{"hooks": map[string]any{
				"type": "string", "title": "May they run?", "description": "They run in the finished project, with all your rights.",
				"enum":      []string{string(session.HooksSkipped), string(session.HooksOnce)},
				"enumNames": []string{"Do not run them", "Run them this once"},
				"default":   string(session.HooksSkipped),
			}},
		}},
	}
}
