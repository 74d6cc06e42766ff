package manifest

import (
	_ "embed"
	"encoding/json"
	"maps"
	"strings"
)

// A test holds this file to the Go types, key by key.
//
//go:embed schema.json
var schema []byte

// Schema is the JSON Schema (draft 2020-12) of template.yaml.
func Schema() []byte { return schema }

// A test holds this one to the Go types, too.
//
//go:embed policy.schema.json
var policySchema []byte

// PolicySchema is the JSON Schema of a source's policy.yaml.
func PolicySchema() []byte { return policySchema }

// AnswersSchema is the JSON Schema of an answers file for this template.
func (m *Manifest) AnswersSchema() []byte {
	properties := map[string]any{}
	for _, id := range Defaulted() {
		properties[id] = map[string]any{"type": "string"}
	}
	var required []string
	for i := range m.Questions {
		q := &m.Questions[i]
		if _, fixed := m.Fixed(q.ID); fixed {
			continue
		}
		properties[q.ID] = q.schema()
		if q.Default == nil && q.When == "" {
			required = append(required, q.ID)
		}
	}
	doc := map[string]any{
		"$schema":              "https://json-schema.org/draft/2020-12/schema",
		"title":                "Answers for the template " + m.Name,
		"type":                 "object",
		"additionalProperties": false,
		"properties":           properties,
	}
	if len(required) > 0 {
		doc["required"] = required
	}
	out, err := json.Marshal(doc)
	if err != nil { // only text, numbers and lists are in it
		panic(err)
	}
	return out
}

func (q *Question) schema() map[string]any {
	s := q.annotations()
	maps.Copy(s, q.Type.of().schema(q))
	return s
}

// annotations say what a schema of a question cannot hold anybody to.
func (q *Question) annotations(notes ...string) map[string]any {
	s := map[string]any{"title": q.Label()}
	if q.Help != "" {
		notes = append([]string{q.Help}, notes...)
	}
	for _, v := range q.Validate {
		notes = append(notes, v.Message)
	}
	if q.When != "" {
		notes = append(notes, "only when "+q.When)
	}
	switch d := q.Default; {
	case d == nil:
	case d.Expr != "":
		notes = append(notes, "default: "+d.Expr)
	default:
		if v, err := q.parse(d.Value); err == nil {
			s["default"] = v
		}
	}
	if len(notes) > 0 {
		s["description"] = strings.Join(notes, "; ")
	}
	return s
}

// Field is a flat JSON Schema of the question's answer as a form asks for it: one
// input, whatever the type. Several values are typed with commas.
func (q *Question) Field() map[string]any {
	if q.Type.Many() {
		s := q.annotations("some of " + strings.Join(q.Values(), ","))
		s["type"] = "string"
		delete(s, "default")
		return s
	}
	s := q.schema()
	if _, plain := s["type"].(string); !plain {
		s["type"] = "string"
	}
	return s
}
