package mcp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"sync/atomic"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"scaffold/cmd/internal/app"
	"scaffold/generator/fault"
)

// A call is one call of a tool. It has all that the call depends on.
type call struct {
	*server
	request   *sdk.CallToolRequest
	arguments json.RawMessage
	said      said // by the person, to this call
	progress  atomic.Int64
}

// add gives a tool to a server.
func (s *server) add(to *sdk.Server, t tool) {
	to.AddTool(&sdk.Tool{
		Name: t.name, Title: t.title, Description: t.description, InputSchema: t.arguments, Annotations: t.annotations(),
	}, func(ctx context.Context, req *sdk.CallToolRequest) (*sdk.CallToolResult, error) {
		return s.answer(ctx, t, req)
	})
}

// answer does what a tool is called for. What goes wrong is told to the agent as
// a result; of a call that was cancelled nobody hears.
func (s *server) answer(ctx context.Context, t tool, req *sdk.CallToolRequest) (*sdk.CallToolResult, error) {
	ctx, end := s.bound(ctx)
	defer end()
	c := &call{server: s, request: req, arguments: req.Params.Arguments}
	doc, err := any(nil), hold(t.name, t.arguments, c.arguments)
	if err == nil {
		doc, err = c.ask(ctx, t.do)
	}
	if open := (*question)(nil); errors.As(err, &open) {
		return open.result()
	}
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return nil, context.Cause(ctx)
	}
	if err != nil {
		return result(s.Fault(reworded(err)), true)
	}
	return result(doc, false)
}

// bound is a context that ends with the server, too.
func (s *server) bound(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(s.ctx, func() { cancel(context.Cause(s.ctx)) })
	return ctx, func() { stop(); cancel(nil) }
}

// result is a document as text, for agents, and as data, for programs.
func result(doc any, failed bool) (*sdk.CallToolResult, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(doc); err != nil {
		return nil, err
	}
	data := bytes.TrimSuffix(out.Bytes(), []byte("\n"))
	return &sdk.CallToolResult{
		Content:           []sdk.Content{&sdk.TextContent{Text: string(data)}},
		StructuredContent: json.RawMessage(data), IsError: failed,
	}, nil
}

// decode reads the arguments, which are checked. Numbers stay as they are written.
func (c *call) decode(into any) error {
	if len(c.arguments) == 0 {
		return nil
	}
	dec := json.NewDecoder(bytes.NewReader(c.arguments))
	dec.UseNumber()
	if err := dec.Decode(into); err != nil {
		return fault.New(fault.Usage, "the arguments: %v", err)
	}
	return nil
}

// env is the process for this call. What runs is told to a client that listens.
func (c *call) env() (*app.Env, error) {
	e, err := c.Env.Call(string(c.root))
	if err != nil {
		return nil, err
	}
	if token := c.request.Params.GetProgressToken(); token != nil {
		e.Running = func(name string) {
			_ = c.request.Session.NotifyProgress(c.ctx, &sdk.ProgressNotificationParams{ProgressToken: token, Progress: float64(c.progress.Add(1)), Message: name})
		}
	}
	return e, nil
}
