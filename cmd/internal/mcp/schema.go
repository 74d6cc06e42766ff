package mcp

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"

	"scaffold/generator/fault"
	"scaffold/generator/manifest"
	"scaffold/generator/nearest"
	"scaffold/generator/step"
)

// A property is one argument of a tool.
type property struct {
	name     string
	required bool
	schema   *jsonschema.Schema
}

// accepts is the schema of a tool's arguments, in the order in which they are
// read best.
func accepts(properties ...property) *jsonschema.Schema {
	s := &jsonschema.Schema{Type: "object", Properties: map[string]*jsonschema.Schema{}, AdditionalProperties: &jsonschema.Schema{Not: &jsonschema.Schema{}}}
	for _, p := range properties {
		s.Properties[p.name] = p.schema
		s.PropertyOrder = append(s.PropertyOrder, p.name)
		if p.required {
			s.Required = append(s.Required, p.name)
		}
	}
	return s
}

func required(p property) property {
	p.required = true
	return p
}

func text(name, description string) property {
	return property{name: name, schema: &jsonschema.Schema{Type: "string", Description: description}}
}

func flag(name, description string) property {
	return property{name: name, schema: &jsonschema.Schema{Type: "boolean", Description: description}}
}

func oneOf(name, description string, values ...string) property {
	p := text(name, description)
	for _, v := range values {
		p.schema.Enum = append(p.schema.Enum, v)
	}
	return p
}

// object maps names to values.
func object(name, description string, value *jsonschema.Schema) property {
	return property{name: name, schema: &jsonschema.Schema{Type: "object", Description: description, AdditionalProperties: value}}
}

// signals are an argument for each group of signals; a source may have values of
// its own, so those that are known are told and not enforced.
func signals() []property {
	var list []property
	for _, g := range manifest.SignalGroups() {
		var values []string
		for _, v := range slices.Concat(g.Values, g.Neutral) {
			values = append(values, v.Value)
		}
		p := text(g.Name, g.Title+" One of "+strings.Join(values, ", "))
		if g.Many {
			p.schema = &jsonschema.Schema{
				Type: "array", Items: &jsonschema.Schema{Type: "string"},
				Description: g.Title + " Some of " + strings.Join(values, ", "),
			}
		}
		list = append(list, p)
	}
	return list
}

func describeText() property {
	return text("describe", "what the project is for, in a sentence; the arguments below count for more")
}

func directory(of string) property {
	return required(text("directory", of+", below the server's root"))
}

func hooks() property {
	return oneOf("hooks", "skip: the template's own commands are not run. To run them takes a person's consent", "skip")
}

func answers() property {
	// A union of types is more than some clients take; what a value may be is the template's to say.
	return object("answers", "to the questions that describe_template lists; secrets go into secret_files", &jsonschema.Schema{})
}

func secretFiles() property {
	return object("secret_files", "files below the root that hold secret answers, by question", &jsonschema.Schema{Type: "string"})
}

// project are the arguments of plan and of create.
func project() []property {
	return slices.Concat([]property{
		directory("where the project goes: new, or empty"),
		text("template", "from recommend; without it the recommendation for describe and the signals is taken"),
		describeText(),
	}, signals(), []property{
		text("name", "of the project; default: the directory's"),
		answers(),
		text("preset", "the answers of a preset of the template"),
		secretFiles(),
		oneOf("verify", "afterwards install, test and start the project, up to this; default none", append([]string{"none"}, step.Levels()...)...),
		hooks(),
		oneOf("git", "commit: a repository with a first commit (default); init: without one; none", "commit", "init", "none"),
		text("branch", "the first branch"),
		text("author", "of the commit: Name <mail>"),
		flag("force", "the directory may hold files; none of them is changed"),
	})
}

// bare drops descriptions that another tool has: an agent reads all tools.
func bare(list []property) []property {
	for _, p := range list {
		p.schema.Description = ""
	}
	return list
}

func digest(description string) property {
	p := text("digest", description)
	p.schema.Pattern = "^sha256:[0-9a-f]{64}$"
	return p
}

// hold holds arguments against a tool's schema, in words that say what to mend.
func hold(tool string, schema *jsonschema.Schema, raw json.RawMessage) error {
	values := map[string]any{}
	if len(raw) > 0 {
		if err := json.Unmarshal(raw, &values); err != nil {
			return fault.New(fault.Usage, "the arguments of %s are no object: %v", tool, err)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if schema.Properties[name] == nil {
			return unknown(tool, name, slices.Sorted(maps.Keys(schema.Properties)))
		}
	}
	for _, name := range schema.Required {
		if _, ok := values[name]; !ok {
			return fault.New(fault.Usage, "%s needs the argument %s", tool, name).Try(name + ": " + takes(schema.Properties[name]))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if err := fits(name, schema.Properties[name], values[name]); err != nil {
			return err
		}
	}
	return nil
}

func unknown(tool, name string, known []string) error {
	try := "the arguments are " + strings.Join(known, ", ")
	if near, ok := nearest.Of(name, known); ok {
		try = "did you mean " + near + "?"
	}
	return fault.New(fault.Usage, "%s has no argument %s", tool, name).Try(try)
}

func fits(name string, s *jsonschema.Schema, value any) error {
	resolved, err := s.Resolve(nil)
	if err != nil || resolved.Validate(value) == nil {
		return err
	}
	data, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return fault.New(fault.Usage, "the argument %s does not take %s", name, data).Try(name + ": " + takes(s))
}

// takes says what an argument may be.
func takes(s *jsonschema.Schema) string {
	if len(s.Enum) > 0 {
		return "one of " + strings.Trim(fmt.Sprint(s.Enum), "[]")
	}
	return strings.Trim(s.Type+", "+s.Description, ", ")
}
