package manifest

import (
	"fmt"
	"slices"

	"scaffold/generator/fault"
	"scaffold/generator/nearest"
)

// PolicyVersion is the version of policy.yaml that this package reads.
const PolicyVersion = "scaffold/policy/v1"

// Policy is a source's policy.yaml: what a platform team wants of the ranking,
// each line with a text that the person sees.
type Policy struct {
	APIVersion string  `yaml:"apiVersion"`
	Boost      []Boost `yaml:"boost,omitempty"`
	Deny       []Deny  `yaml:"deny,omitempty"`
	Source     string  `yaml:"-"` // whose it is

	doc *document // where everything stands; set by ParsePolicy
}

// Boost adds a weight, -6 to 6 and not 0, to a template where its condition
// holds.
type Boost struct {
	Template string `yaml:"template"`
	Weight   int    `yaml:"weight"`
	When     string `yaml:"when,omitempty"` // expression over signals; empty always holds
	Text     string `yaml:"text"`

	when *expression
}

// Deny keeps a template from being recommended.
type Deny struct {
	Template string `yaml:"template"`
	Text     string `yaml:"text"`
}

// ParsePolicy reads and checks a policy; file names it in errors, which are
// [Problems] with their place.
func ParsePolicy(file string, data []byte) (*Policy, error) {
	doc, err := readDocument(file, data)
	if err != nil {
		return nil, err
	}
	p := &Policy{doc: doc}
	if err := doc.decode(p); err != nil {
		return nil, err
	}
	c := &checker{m: &Manifest{}, doc: doc}
	if p.APIVersion != PolicyVersion {
		c.fail(doc.at("apiVersion"), fmt.Sprintf("apiVersion is %q", p.APIVersion), "this version of scaffold reads "+PolicyVersion)
		return nil, c.problems
	}
	for i := range p.Boost {
		c.boost(&p.Boost[i], i)
	}
	for i, d := range p.Deny {
		c.policyLine("deny", i, d.Template, d.Text)
	}
	if len(c.problems) > 0 {
		slices.SortStableFunc(c.problems, func(a, b *fault.Fault) int { return a.Place.Line - b.Place.Line })
		return nil, c.problems
	}
	return p, nil
}

// Check holds a policy's names against what there is: templates as they may be
// named, and signals. A name that nothing has is one of the [Problems].
func (p *Policy) Check(templates, signals []string) error {
	c := &checker{m: &Manifest{}, doc: p.doc, known: signals, closed: true}
	known := func(what, name string, all []string, path ...any) {
		if !slices.Contains(all, name) {
			c.fail(p.doc.at(path...), fmt.Sprintf("no %s is called %q", what, name), orList(nearest.Hint(name, all), all))
		}
	}
	for i, b := range p.Boost {
		known("template", b.Template, templates, "boost", i, "template")
		c.signalsOf(b.When, []any{"boost", i, "when"})
	}
	for i, d := range p.Deny {
		known("template", d.Template, templates, "deny", i, "template")
	}
	if len(c.problems) == 0 {
		return nil
	}
	slices.SortStableFunc(c.problems, func(a, b *fault.Fault) int { return a.Place.Line - b.Place.Line })
	return c.problems
}

func (c *checker) boost(b *Boost, i int) {
	c.policyLine("boost", i, b.Template, b.Text)
	if b.Weight == 0 || b.Weight < -6 || b.Weight > 6 {
		c.fail(c.doc.at("boost", i, "weight"), fmt.Sprintf("weight %d of %s", b.Weight, b.Template), "a weight is an integer from -6 to 6, and not 0")
	}
	b.when = c.condition(b.When, map[string]any{"signals": []string{}}, "boost", i, "when")
}

func (c *checker) policyLine(list string, i int, template, text string) {
	if template == "" {
		c.fail(c.doc.at(list, i), "no template is named", "add template: NAME")
	}
	if n := len([]rune(text)); n == 0 || n > 60 {
		c.fail(c.doc.at(list, i, "text"), fmt.Sprintf("the text for %s has %d characters", template, n), "say why in 1 to 60 characters; the person sees it")
	}
}

// Holds reports whether the boost counts for the signals.
func (b *Boost) Holds(signals []string) bool {
	if b.when == nil {
		return true
	}
	if signals == nil {
		signals = []string{}
	}
	v, err := b.when.eval(map[string]any{"signals": signals})
	return err == nil && v == true
}
