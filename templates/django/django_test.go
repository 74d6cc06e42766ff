// Package django_test makes, installs, starts, checks and breaks projects of the
// django template.
package django_test

import (
	"testing"

	"scaffold/internal/projecttest"
	"scaffold/internal/testenv"
)

var django = projecttest.Template{Name: "django", Language: projecttest.Python}

// asItComes is the sample that `make test` takes; samples are the others. They
// cover every value of every option at least once, beside the default.
var (
	asItComes = projecttest.Sample{Name: "as it comes", Services: true}
	samples   = []projecttest.Sample{
		{Name: "on its own", Set: "auth=session+totp tasks=db database=sqlite license=Apache-2.0 docker=false ci=none precommit=true app=inventory"},
		{Name: "without the sample", Set: "sample=no tasks=celery database=postgres license=none ci=gitlab devcontainer=true", Services: true},
		{Name: "in full", Set: "auth=session+totp tasks=celery database=postgres license=GPL-3.0", Services: true},
	}
)

// TestFromQuestionsToARunningRepo makes the project that scaffold recommends,
// types the two commands of its README as printed there, and uses what runs.
func TestFromQuestionsToARunningRepo(t *testing.T) {
	testenv.Long(t)
	p := django.Stranger(t, "--use", "data-web-app,admin-cms", "--size", "large")
	administer(t, p)
	name, pass := administrator(t, p)
	p.Browse(t, "pages.mjs", "ADMIN="+name, "PASSWORD="+pass)
	p.Leave(t)
}

func TestAsItComesOnPostgreSQLAndRedis(t *testing.T) {
	testenv.Long(t)
	django.Passes(t, asItComes)
}

func TestSamples(t *testing.T) {
	testenv.All(t)
	django.Samples(t, samples...)
}

func TestPairs(t *testing.T) {
	testenv.All(t)
	django.Pairs(t)
}

func TestHostileMachine(t *testing.T) {
	testenv.All(t)
	django.Hostile(t)
}

func TestBreaks(t *testing.T) { django.Breaks(t) }
