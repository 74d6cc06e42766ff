// Package mcp serves scaffold to coding agents by the Model Context Protocol
// (https://modelcontextprotocol.io/specification), which has its own words: a
// client calls tools, reads resources, and asks its person by elicitation.
//
// The tools do what the commands do, by the same functions, and answer with the
// documents that --json prints. Nothing is kept between calls, and what is
// written lies below one directory.
package mcp

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"syscall"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"scaffold/cmd/internal/app"
	"scaffold/generator"
	"scaffold/generator/fault"
)

// Options are what a server stands on.
type Options struct {
	Env    *app.Env        // the process; each call has one of its own, see [app.Env.Call]
	Root   string          // what is written lies below it; "" is the working directory
	Fault  func(error) any // the document that tells of an error
	Output []byte          // the JSON Schema of all documents
}

const instructions = `scaffold makes ready-to-run backend projects and keeps them up to date.
1. recommend: say in describe what the project is for; it names a template, with reasons.
2. describe_template: the questions of a template, as a JSON Schema of answers. Every question that has a default may be left out.
3. plan: what would be written, and a digest. Nothing is written.
4. create: the same arguments and the digest; a plan that differs is refused. verify: "run" installs, tests and starts the project. next_steps are typed in the server's root.
check and update are for projects that scaffold made. Where an error speaks of a flag --x, it is the argument x, and --set KEY=VALUE stands for answers.`

// server answers one client.
type server struct {
	Options
	ctx  context.Context // of the server; the calls end with it
	root root
}

// New is a server that is not connected yet. Its calls end with ctx.
func New(ctx context.Context, o Options) (*sdk.Server, error) {
	root, err := openRoot(app.Absolute(o.Env.Dir, o.Root))
	if err != nil {
		return nil, err
	}
	s := &server{Options: o, ctx: ctx, root: root}
	out := sdk.NewServer(&sdk.Implementation{Name: "scaffold", Title: "scaffold", Version: generator.Version}, &sdk.ServerOptions{
		Instructions: instructions,
		Capabilities: &sdk.ServerCapabilities{Tools: &sdk.ToolCapabilities{}, Resources: &sdk.ResourceCapabilities{}}, // neither changes
	})
	for _, t := range tools() {
		s.add(out, t)
	}
	s.addResources(out)
	return out, nil
}

// Serve talks to one client, in lines, until the client leaves or ctx ends, which
// is its error.
func Serve(ctx context.Context, o Options, in io.ReadCloser, out io.WriteCloser) error {
	s, err := New(ctx, o)
	if err != nil {
		return err
	}
	err = s.Run(ctx, &sdk.IOTransport{Reader: in, Writer: out})
	path := (*fs.PathError)(nil)
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err == nil, errors.Is(err, io.ErrUnexpectedEOF): // it left, in the middle of a line
		return nil
	case errors.Is(err, syscall.EPIPE), errors.As(err, &path):
		return fault.New(fault.Output, "standard output cannot be written: %v", err)
	}
	return fault.New(fault.Encoded, "what came in is not the protocol: %v", err).
		Try("standard input takes JSON-RPC messages, a line each: https://modelcontextprotocol.io")
}
