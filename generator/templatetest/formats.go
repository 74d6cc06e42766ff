package templatetest

import (
	"cmp"
	"fmt"
	"io"
	"net/url"
	"strings"
)

// Rules says of each rule what it finds.
func Rules() map[string]string {
	return map[string]string{
		RuleRefused:       "what scaffold will not load or render",
		RuleVariable:      "a text uses a name that nothing declares",
		RuleUnused:        "a question, computed name or partial that nothing uses",
		RuleChoice:        "choices that make the same project, or are none",
		RuleGlob:          "a glob that decides about no file",
		RuleDelimiters:    "text of another language inside the delimiters",
		RuleNotRendered:   "a variable where nothing is rendered",
		RuleCondition:     "a condition that is always, or never, true",
		RulePath:          "an answer that would lead out of the project",
		RuleName:          "a name that Windows cannot have",
		RulePackaging:     "what git or a package would drop",
		RuleNotRepeatable: "another result on another day",
		RuleCycle:         "partials that include each other without end",
		RuleSignal:        "a weight of a signal that nobody can give",
		RuleBase:          "a file of the base that changed beneath an overlay",
		RuleCase:          "a case that cannot be read, or answers what is not asked",
	}
}

// A sarifLog is a document of SARIF 2.1.0, as far as findings need it.
type sarifLog struct {
	Schema  string     `json:"$schema"`
	Version string     `json:"version"`
	Runs    []sarifRun `json:"runs"`
}

type sarifRun struct {
	Tool       sarifTool     `json:"tool"`
	ColumnKind string        `json:"columnKind"`
	Results    []sarifResult `json:"results"`
}

type sarifTool struct {
	Driver sarifDriver `json:"driver"`
}

type sarifDriver struct {
	Name    string      `json:"name"`
	Version string      `json:"version"`
	Rules   []sarifRule `json:"rules"`
}

type sarifRule struct {
	ID    string    `json:"id"`
	Short sarifText `json:"shortDescription"`
}

type sarifText struct {
	Text string `json:"text"`
}

type sarifResult struct {
	Rule      string          `json:"ruleId"`
	Level     string          `json:"level"`
	Message   sarifText       `json:"message"`
	Locations []sarifLocation `json:"locations"`
}

type sarifLocation struct {
	Physical sarifPhysical `json:"physicalLocation"`
}

type sarifPhysical struct {
	Artifact sarifArtifact `json:"artifactLocation"`
	Region   *sarifRegion  `json:"region,omitempty"` // none: the whole file
}

type sarifArtifact struct {
	URI string `json:"uri"`
}

type sarifRegion struct {
	Line   int `json:"startLine"`
	Column int `json:"startColumn,omitempty"`
}

// SARIF gives findings as a document of SARIF 2.1.0, to be written as JSON; the
// version is scaffold's.
func SARIF(findings []Finding, version string) any {
	run := sarifRun{ColumnKind: "unicodeCodePoints", Results: []sarifResult{}}
	run.Tool.Driver = sarifDriver{Name: "scaffold", Version: version, Rules: []sarifRule{}}
	rules := Rules()
	for _, id := range sorted(rules) {
		run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, sarifRule{id, sarifText{rules[id]}})
	}
	for _, f := range findings {
		at := sarifPhysical{Artifact: sarifArtifact{uri(f.File)}}
		if f.Line > 0 {
			at.Region = &sarifRegion{f.Line, f.Column}
		}
		run.Results = append(run.Results, sarifResult{f.Rule, "error", sarifText{f.withTry()}, []sarifLocation{{at}}})
	}
	return sarifLog{"https://json.schemastore.org/sarif-2.1.0.json", "2.1.0", []sarifRun{run}}
}

// uri is a path as a relative reference. A colon in its first segment would make
// a scheme of it.
func uri(path string) string {
	u := (&url.URL{Path: strings.TrimPrefix(path, "./")}).String()
	return strings.TrimPrefix(u, "./")
}

func (f Finding) withTry() string {
	if f.Try == "" {
		return f.Message
	}
	return f.Message + ". Try: " + f.Try
}

// WriteAnnotations writes findings as the workflow commands that GitHub shows
// beside the lines of a pull request.
func WriteAnnotations(w io.Writer, findings []Finding) error {
	for _, f := range findings {
		properties := "file=" + property(strings.TrimPrefix(f.File, "./"))
		if f.Line > 0 {
			properties += fmt.Sprintf(",line=%d,col=%d", f.Line, cmp.Or(f.Column, 1))
		}
		if _, err := fmt.Fprintf(w, "::error %s,title=%s::%s\n", properties, property("scaffold "+f.Rule), data(f.withTry())); err != nil {
			return err
		}
	}
	return nil
}

// data escapes the message of a workflow command, so that no text of a template
// starts another one.
func data(text string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(text)
}

func property(text string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C").Replace(text)
}
