// Package flask_test makes, installs, starts, checks and breaks projects of the
// flask template.
package flask_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"scaffold/internal/projecttest"
	"scaffold/internal/testenv"
)

var flask = projecttest.Template{Name: "flask", Language: projecttest.Python}

// asItComes is the sample that `make test` takes; samples are the others. They
// cover every value of every option at least once, beside the default.
var (
	asItComes = projecttest.Sample{Name: "ml as it comes", Set: "features=ml", Services: true} // installs what the recommended project does
	samples   = []projecttest.Sample{
		{Name: "as it comes", Services: true},
		{Name: "api", Set: "features=api auth=none database=sqlite sample=no license=none docker=false ci=none"},
		{Name: "data", Set: "features=data dataframe=pandas jobs=none database=postgres license=BSD-3-Clause ci=gitlab precommit=true", Services: true},
		{Name: "data by the standard library", Set: "features=data dataframe=none"},
		{Name: "in full", Set: "features=ml dataframe=polars jobs=rq database=postgres license=Apache-2.0 devcontainer=true", Services: true},
	}
)

// TestFromQuestionsToARunningRepo makes the project that scaffold recommends,
// types the two commands of its README as printed there, and uses what runs.
func TestFromQuestionsToARunningRepo(t *testing.T) {
	testenv.Long(t)
	p := flask.Stranger(t, "--use", "ml-serving")
	predict(t, p)
	p.Browse(t, "ml.mjs", "KEY="+p.Setting(t, "DEV_API_KEY"))
	p.Leave(t)
}

func TestAsItComesOnPostgreSQLAndRedis(t *testing.T) {
	testenv.Long(t)
	flask.Passes(t, asItComes)
}

// TestPages drives the pages that the recommended project does not have, on the
// production server.
func TestPages(t *testing.T) {
	testenv.All(t)
	testenv.Need(t, flask.Language.Needs...)
	for script, answers := range map[string]string{"api.mjs": "features=api", "data.mjs": "features=data"} {
		t.Run(answers, func(t *testing.T) {
			p := flask.New(t, projecttest.Set(answers)...)
			p.Install(t)
			s := p.Start(t, "python3 dev.py serve")
			s.Browse(t, script, "KEY="+s.Setting(t, "DEV_API_KEY"))
			s.Stop(t)
		})
	}
}

func TestSamples(t *testing.T) {
	testenv.All(t)
	flask.Samples(t, samples...)
}

func TestPairs(t *testing.T) {
	testenv.All(t)
	flask.Pairs(t)
}

func TestHostileMachine(t *testing.T) {
	testenv.All(t)
	flask.Hostile(t)
}

func TestBreaks(t *testing.T) { flask.Breaks(t) }

// TestBench lets the project's own load script compare itself with bare Flask.
func TestBench(t *testing.T) {
	projecttest.Bench(t)
	p := flask.New(t, "--set", "features=ml")
	p.Install(t)
	p.Bench(t, "python3", "dev.py", "load")
}

// predict asks the ML service for a prediction of one row of its own sample.
func predict(t *testing.T, s *projecttest.Server) {
	call := func(method, path, body string) string {
		req, err := http.NewRequest(method, s.URL+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Authorization", "Bearer "+s.Setting(t, "DEV_API_KEY"))
		return projecttest.Do(t, http.DefaultClient, req, http.StatusOK)
	}
	model := call(http.MethodGet, "/v1/model", "")
	features := map[string]any{}
	header, row, _ := strings.Cut(s.Read(t, "data/sample.csv"), "\n")
	row, _, _ = strings.Cut(row, "\n")
	for i, name := range strings.Split(header, ",") {
		if value := strings.Split(row, ",")[i]; strings.Contains(model, `"`+name+`"`) {
			var v any
			if json.Unmarshal([]byte(value), &v) != nil {
				v = value
			}
			features[name] = v
		}
	}
	body, err := json.Marshal(features)
	if err != nil {
		t.Fatal(err)
	}
	var answer struct {
		Label         string             `json:"label"`
		Probabilities map[string]float64 `json:"probabilities"`
	}
	text := call(http.MethodPost, "/v1/predict", string(body))
	if err := json.Unmarshal([]byte(text), &answer); err != nil {
		t.Fatal(err)
	}
	if len(features) == 0 || answer.Probabilities[answer.Label] == 0 {
		t.Errorf("the prediction of %s is %s", body, text)
	}
}
