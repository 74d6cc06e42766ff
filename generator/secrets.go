package generator

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"scaffold/generator/fault"
	"scaffold/generator/manifest"
)

// findSecrets gives the paths of the files into which a secret was rendered:
// those that are others, or are not there, with the other secrets.
func (g *Generator) findSecrets(ctx context.Context, part Part, other *manifest.Resolved) (map[string]bool, error) {
	if other == nil {
		return nil, nil
	}
	twin := part
	twin.Answers = other
	rendered, err := g.render(ctx, twin, nil)
	if err != nil {
		return nil, fmt.Errorf("with another secret: %w", err)
	}
	unmatched := map[string][]byte{}
	for f := range rendered.Files.All() {
		unmatched[f.Path.String()] = f.Data
	}
	secrets := map[string]bool{}
	for f := range part.tree.All() {
		path := f.Path.String()
		data, there := unmatched[path]
		if !there || !bytes.Equal(data, f.Data) {
			secrets[path] = true
		}
	}
	return secrets, nil
}

// guardSecrets refuses a plan whose first commit would hold a secret.
func (p *Plan) guardSecrets() error {
	if !p.Git.Commit {
		return nil
	}
	var held []string
	for _, c := range p.Files {
		if c.Secret && !c.Ignored {
			held = append(held, c.Path)
		}
	}
	if len(held) == 0 {
		return nil
	}
	f := fault.New(fault.Unsafe, "the first commit of %s would hold a secret, in %s", p.Name, strings.Join(held, ", "))
	return f.Try("have the template's .gitignore ignore the file, keep the secret out of it, or make no commit: --no-commit")
}
