package mcp

import (
	"context"
	"io/fs"
	"path"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"scaffold/generator/fault"
	"scaffold/templates"
)

// Where the resources are.
const (
	templatesURI = "scaffold://templates/"
	outputURI    = "scaffold://schemas/output"
)

// papers are the files of a template that are resources, with their types.
func papers() map[string]string {
	return map[string]string{"README.md": "text/markdown", "template.yaml": "application/yaml"}
}

// addResources gives the papers of each built-in template, those of any other by
// a pattern, and the schema of what the tools answer with.
func (s *server) addResources(to *sdk.Server) {
	to.AddResource(&sdk.Resource{
		URI: outputURI, Name: "output", Title: "The JSON Schema of what the tools answer with", MIMEType: "application/schema+json", Size: int64(len(s.Output)),
	}, func(context.Context, *sdk.ReadResourceRequest) (*sdk.ReadResourceResult, error) {
		return contents(outputURI, "application/schema+json", s.Output), nil
	})
	for file, kind := range papers() {
		to.AddResourceTemplate(&sdk.ResourceTemplate{
			URITemplate: templatesURI + "{+name}/" + file, Name: file, Title: "A template's " + file, MIMEType: kind,
		}, s.paper)
		for _, name := range builtin() {
			to.AddResource(&sdk.Resource{URI: templatesURI + name + "/" + file, Name: name + "/" + file, Title: "The " + file + " of the template " + name, MIMEType: kind}, s.paper)
		}
	}
}

// builtin are the names of the templates that come with scaffold.
func builtin() []string {
	found, _ := fs.Glob(templates.FS, "*/template.yaml") // the pattern is right
	names := make([]string, len(found))
	for i, file := range found {
		names[i] = path.Dir(file)
	}
	return names
}

// paper reads a file of a template.
func (s *server) paper(ctx context.Context, req *sdk.ReadResourceRequest) (*sdk.ReadResourceResult, error) {
	ctx, end := s.bound(ctx)
	defer end()
	uri := req.Params.URI
	rest := strings.TrimPrefix(uri, templatesURI)
	at := strings.LastIndexByte(rest, '/')
	if at < 0 || papers()[rest[at+1:]] == "" {
		return nil, sdk.ResourceNotFoundError(uri)
	}
	e, err := s.Env.Call(string(s.root))
	if err != nil {
		return nil, refusal(err)
	}
	t, err := e.Catalog().Load(ctx, rest[:at])
	if err != nil {
		return nil, refusal(err)
	}
	data, err := fs.ReadFile(t.FS, rest[at+1:])
	if err != nil {
		return nil, sdk.ResourceNotFoundError(uri)
	}
	return contents(uri, papers()[rest[at+1:]], data), nil
}

func contents(uri, kind string, data []byte) *sdk.ReadResourceResult {
	return &sdk.ReadResourceResult{Contents: []*sdk.ResourceContents{{URI: uri, MIMEType: kind, Text: string(data)}}}
}

// refusal is an error as the protocol has it where there is no result to tell it.
func refusal(err error) error {
	text := err.Error()
	if f := fault.Of(err); f != nil && f.Hint != "" {
		text += "; " + f.Hint
	}
	return &jsonrpc.Error{Code: jsonrpc.CodeInvalidParams, Message: text}
}
