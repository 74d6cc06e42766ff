package manifest

import (
	"fmt"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

// AnswersVersion marks the answers file that a generated project keeps.
const AnswersVersion = "scaffold/answers/v1"

// ParseAnswers reads an answers file: a mapping of question ids to values, in
// YAML or JSON, or the .scaffold/answers.yaml of a project, whose answers are
// taken. Text stays what was typed: 012 and no are 012 and no.
func ParseAnswers(file string, data []byte) (Answers, error) {
	doc, err := readDocument(file, data)
	if err != nil {
		return nil, err
	}
	body := doc.body
	if _, ok := body.(*ast.MappingNode); !ok && pairs(body) == nil {
		return nil, Problems{doc.problem(body.GetToken(), "the answers are not a mapping", "write KEY: VALUE, one a line")}
	}
	for _, p := range pairs(body) {
		if keyText(p) == "apiVersion" {
			return projectAnswers(doc)
		}
	}
	return doc.answers(body)
}

func projectAnswers(doc *document) (Answers, error) {
	var version string
	var inner ast.Node
	for _, p := range pairs(doc.body) {
		switch keyText(p) {
		case "apiVersion":
			version, _ = scalarText(p.Value)
		case "answers":
			inner = p.Value
		}
	}
	if version != AnswersVersion {
		return nil, Problems{doc.problem(doc.at("apiVersion"), fmt.Sprintf("apiVersion is %q", version), "this version of scaffold reads "+AnswersVersion)}
	}
	if inner == nil {
		return Answers{}, nil
	}
	answers, err := doc.answers(inner)
	delete(answers, "name") // the project's own; DIR and --name say it
	return answers, err
}

func (d *document) answers(body ast.Node) (Answers, error) {
	out := Answers{}
	for _, p := range pairs(body) {
		var s Scalar
		if err := yaml.NodeToValue(p.Value, &s); err != nil {
			return nil, yamlProblem(d.file, err)
		}
		if _, twice := out[keyText(p)]; twice {
			return nil, Problems{d.problem(p.Key.GetToken(), fmt.Sprintf("%s is answered twice", keyText(p)), "")}
		}
		out[keyText(p)] = s
	}
	return out, nil
}
