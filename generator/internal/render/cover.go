package render

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"text/template/parse"

	"scaffold/generator/internal/tree"
)

// A Branch is one way that a template file, or partial, can go: the body of an
// if, with or range, or what stands for else.
type Branch struct {
	File         string
	Line, Column int // from 1
	Offset       int // in bytes
	Else         bool
}

func (b Branch) key() string { return fmt.Sprintf("%s:%d:%t", b.File, b.Offset, b.Else) }

// Coverage collects the branches that were taken while rendering, and the
// patches that changed something. The zero value is ready; several runs may share
// one.
type Coverage struct{ taken sync.Map }

// NotePatch notes that patch i of a layer was about a file. A nil Coverage notes
// nothing.
func (c *Coverage) NotePatch(layer, i int, about bool) {
	if c != nil && about {
		c.taken.Store([2]int{layer, i}, true)
	}
}

// Patched reports whether patch i of a layer was about a file.
func (c *Coverage) Patched(layer, i int) bool {
	_, ok := c.taken.Load([2]int{layer, i})
	return ok
}

// Taken reports whether a branch that [Inspect] found was taken.
func (c *Coverage) Taken(b Branch) bool {
	_, ok := c.taken.Load(b.key())
	return ok
}

func (c *Coverage) note(key string) string {
	if c != nil {
		c.taken.Store(key, true)
	}
	return ""
}

// Covered is [Tree], and notes the branches that it takes.
func Covered(ctx context.Context, t Template, vars map[string]any, limits Limits, c *Coverage) (tree.Tree, error) {
	p := newParser()
	p.cover = c
	return start(ctx, p, t, vars, limits)
}

// arms makes a branch say which way it went, where that is asked for. A range
// without an else has only its body: that a list is never empty is no gap.
func (w *weaver) arms(file string, b *parse.BranchNode) {
	body := Branch{File: file, Offset: int(b.Pos)}
	other := Branch{File: file, Offset: int(b.Pos), Else: true}
	hasElse := b.ElseList != nil || b.NodeType != parse.NodeRange
	w.uses.branch(body)
	if hasElse {
		w.uses.branch(other)
	}
	if !w.cover {
		return
	}
	b.List.Nodes = append([]parse.Node{mark(b.Pos, body)}, b.List.Nodes...)
	if !hasElse {
		return
	}
	if b.ElseList == nil {
		b.ElseList = &parse.ListNode{NodeType: parse.NodeList, Pos: b.Pos}
	}
	b.ElseList.Nodes = append([]parse.Node{mark(b.Pos, other)}, b.ElseList.Nodes...)
}

func mark(pos parse.Pos, b Branch) *parse.ActionNode {
	a := action(pos, branchFunc)
	key := b.key()
	a.Pipe.Cmds[0].Args = append(a.Pipe.Cmds[0].Args, &parse.StringNode{NodeType: parse.NodeString, Pos: pos, Quoted: strconv.Quote(key), Text: key})
	return a
}
