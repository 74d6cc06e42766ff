package source

import (
	"context"
	"strings"

	"scaffold/generator"
	"scaffold/generator/fault"
	"scaffold/generator/manifest"
)

// A Rule is a line of a machine's policy, which is enforced: what it matches may
// not be used, or, with signers, only where it is signed by one of them.
type Rule struct {
	By       string // who says so: a file, or an address that was joined
	Template string // a name, builtin:NAME or SOURCE/NAME
	Source   string // or a glob over the places of layers
	Signers  string
	Text     string // why
}

// enforce holds a template against the machine's policy, layer by layer: an
// overlay brings what it stands on.
func (c *Catalog) enforce(ctx context.Context, ref string, t *generator.Template) error {
	for _, rule := range c.settings.Rules {
		for i, l := range t.Layers {
			asked := ""
			if i == len(t.Layers)-1 {
				asked = ref
			}
			if !rule.matches(l, asked) {
				continue
			}
			if rule.Signers == "" {
				return fault.New(fault.Policy, "%s may not be used: %s", describe(l), rule.Text).At(rule.By, 0, 0).Try("ask who keeps " + rule.By)
			}
			if err := c.Signed(ctx, l, rule.Signers); err != nil {
				if ctx.Err() != nil {
					return ctx.Err()
				}
				f := fault.New(fault.Policy, "%s may only be used where it is signed: %s", describe(l), rule.Text).At(rule.By, 0, 0).Try("ask who publishes it for a signed release")
				f.Lines, f.Err = []string{err.Error()}, err
				return f
			}
		}
	}
	return nil
}

func describe(l generator.Layer) string { return "template " + l.Name + " of " + l.Source }

func (r Rule) matches(l generator.Layer, asked string) bool {
	if r.Template != "" {
		return r.Template == l.Name || r.Template == asked || r.Template == l.Source
	}
	repository, _, _ := strings.Cut(l.Source, "#")
	return !strings.HasPrefix(l.Source, Builtin+":") && (manifest.Match(r.Source, l.Source) || manifest.Match(r.Source, repository))
}

// denials are the rules as lines of the ranking: what may not be used is not
// recommended.
func (c *Catalog) denials(found *index, builtins []string) []*manifest.Policy {
	var out []*manifest.Policy
	for _, r := range c.settings.Rules {
		if r.Signers != "" {
			continue
		}
		p := &manifest.Policy{APIVersion: manifest.PolicyVersion, Source: r.By}
		for _, name := range builtins {
			if r.matches(generator.Layer{Name: name, Source: Builtin + ":" + name}, name) {
				p.Deny = append(p.Deny, manifest.Deny{Template: Builtin + ":" + name, Text: r.Text})
			}
		}
		for _, at := range found.places {
			if at.m == nil {
				continue
			}
			l := at.layer
			l.Name = at.m.Name
			if r.matches(l, at.source+"/"+at.m.Name) {
				p.Deny = append(p.Deny, manifest.Deny{Template: at.source + "/" + at.m.Name, Text: r.Text})
			}
		}
		if len(p.Deny) > 0 {
			out = append(out, p)
		}
	}
	return out
}
