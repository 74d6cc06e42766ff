package templatetest

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"
)

type junitSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Time     string       `xml:"time,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Time     string      `xml:"time,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Class   string        `xml:"classname,attr"`
	Name    string        `xml:"name,attr"`
	File    string        `xml:"file,attr"`
	Line    int           `xml:"line,attr,omitempty"` // of the first failure
	Time    string        `xml:"time,attr"`
	Failure *junitFailure `xml:"failure,omitempty"`
}

type junitFailure struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

// WriteJUnit writes reports as the XML that CI systems read, a suite a template.
func WriteJUnit(w io.Writer, reports ...*Report) error {
	var all junitSuites
	var total time.Duration
	for _, r := range reports {
		suite, took := r.junit()
		all.Suites = append(all.Suites, suite)
		all.Tests, all.Failures, total = all.Tests+suite.Tests, all.Failures+suite.Failures, total+took
	}
	all.Time = seconds(total)
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(all); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func (r *Report) junit() (junitSuite, time.Duration) {
	suite := junitSuite{Name: r.Template, Tests: len(r.Checks), Failures: r.Failed()}
	var total time.Duration
	for _, c := range r.Checks {
		total += c.Duration
		suite.Cases = append(suite.Cases, c.junit(r.Template))
	}
	suite.Time = seconds(total)
	return suite, total
}

func (c Check) junit(template string) junitCase {
	entry := junitCase{Class: template + "." + c.Group, Name: c.Name, File: relative(c.File), Time: seconds(c.Duration)}
	if c.OK() {
		return entry
	}
	first := c.Problems[0]
	entry.File, entry.Line = relative(first.File), first.Line
	var text []string
	for _, p := range c.Problems {
		text = append(append(text, p.String()), p.Lines...)
	}
	entry.Failure = &junitFailure{Message: first.String(), Text: strings.Join(text, "\n")}
	return entry
}

// relative is a path as CI systems match it with those of a repository.
func relative(path string) string { return strings.TrimPrefix(path, "./") }

func seconds(d time.Duration) string { return fmt.Sprintf("%.3f", d.Seconds()) }
