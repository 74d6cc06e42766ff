// Package express_test makes, installs, starts, checks and breaks projects of the
// node-express template.
package express_test

import (
	"net/http"
	"net/http/cookiejar"
	"strings"
	"testing"

	"scaffold/internal/projecttest"
	"scaffold/internal/testenv"
)

var express = projecttest.Template{Name: "node-express", Language: projecttest.Node}

// asItComes is the sample that `make test` takes; samples are the others. They
// cover every value of every option at least once, beside the default.
var (
	asItComes = projecttest.Sample{Name: "as it comes", Services: true}
	samples   = []projecttest.Sample{
		{Name: "api only", Set: "auth=jwt frontend=no extras=etag,idempotency sample=no license=none docker=false ci=none precommit=true"},
		{Name: "without accounts", Set: "auth=none extras= database=postgres license=Apache-2.0 ci=gitlab devcontainer=true", Services: true},
		{Name: "in full", Set: "auth=session-cookie extras=events,etag,idempotency database=postgres license=GPL-3.0", Services: true},
	}
)

// TestFromQuestionsToARunningRepo makes the project that scaffold recommends,
// types the two commands of its README as printed there, and uses what runs.
// The pages are driven in Chromium by the project's own tests.
func TestFromQuestionsToARunningRepo(t *testing.T) {
	testenv.Long(t)
	testenv.Need(t, "chromium|chromium-browser|google-chrome")
	p := express.Stranger(t, "--use", "rest-api", "--team", "javascript")
	takeNotes(t, p)
	p.Leave(t)
}

func TestAsItComesOnPostgreSQLAndRedis(t *testing.T) {
	testenv.Long(t)
	express.Passes(t, asItComes)
}

func TestSamples(t *testing.T) {
	testenv.All(t)
	express.Samples(t, samples...)
}

func TestPairs(t *testing.T) {
	testenv.All(t)
	express.Pairs(t)
}

// TestEveryDependencyIsUsed holds the one lock to what the options together need.
func TestEveryDependencyIsUsed(t *testing.T) {
	testenv.All(t)
	if unused := express.UnusedDependencies(t, "auth=jwt extras=events,etag,idempotency", "auth=session-cookie"); unused != nil {
		t.Errorf("no option uses %q", unused)
	}
}

func TestHostileMachine(t *testing.T) {
	testenv.All(t)
	express.Hostile(t)
}

// TestRemovingTheSample holds the README's steps to be all of them.
func TestRemovingTheSample(t *testing.T) { express.Removal(t) }

func TestBreaks(t *testing.T) { express.Breaks(t) }

// takeNotes registers, adds a note and finds it in the list.
func takeNotes(t *testing.T, s *projecttest.Server) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar}
	projecttest.Post(t, client, s.URL+"/v1/auth/register", `{"email": "ada@example.com", "password": "a long enough one"}`)
	projecttest.Post(t, client, s.URL+"/v1/notes", `{"title": "Zebra crossing", "body": "mind the gap"}`)
	if _, list := projecttest.Get(t, client, s.URL+"/v1/notes"); !strings.Contains(list, "Zebra crossing") {
		t.Errorf("the new note is not in the list: %s", list)
	}
}
