package generator

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"scaffold/generator/fault"
	"scaffold/generator/internal/tree"
)

// Digest identifies what the part generates: "sha256:" and the hash over its
// files, without those that hold a secret or are drawn.
func (p *Part) Digest() string { return p.digest }

func (p *Part) digestOfTree() string {
	open := make([]tree.File, 0, p.tree.Len())
	for f := range p.tree.All() {
		if path := f.Path.String(); !p.secrets[path] && !p.drawn[path] {
			open = append(open, f)
		}
	}
	return tree.Digest(open)
}

// Digest identifies all that the plan would do: directory, changes, commands and
// git. Of a file that holds a secret it covers the name, not the content.
func (p *Plan) Digest() string {
	type change struct {
		Op                 Op
		Path, From, SHA256 string
		Mode               string
	}
	doc := struct {
		Version, Dir string
		Changes      []change
		Commands     []Command
		Git          GitPlan
		Author       Identity
	}{Version: "scaffold/plan/v1", Dir: p.Dir, Commands: p.Commands, Git: p.Git, Author: p.Git.author}
	for _, c := range p.Files {
		doc.Changes = append(doc.Changes, change{c.Op, c.Path, c.From, c.SHA256, c.Mode})
	}
	data, err := json.Marshal(doc)
	if err != nil { // text and booleans only
		panic(err)
	}
	sum := sha256.Sum256(data)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// Expect refuses a plan that is not the one that somebody has seen, by its
// digest. An empty digest expects nothing.
func (p *Plan) Expect(digest string) error {
	if digest == "" {
		return nil
	}
	if got := p.Digest(); got != digest {
		return fault.New(fault.Changed, "the plan is not the one that was expected: it is %s", got).
			Try("look at it again: the same command with --dry-run")
	}
	return nil
}
