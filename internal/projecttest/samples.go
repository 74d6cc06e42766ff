package projecttest

import (
	"path/filepath"
	"strings"
	"testing"

	"scaffold/internal/testenv"
)

// Nasty is a description that breaks what is not quoted: YAML, TOML, HTML, a
// shell, a format string. Quotes and brackets some templates refuse, and say so.
const Nasty = `Ada's shop & co: #1, 100 %s – yes`

// A Sample is a project of a template by some of its answers. Together with the
// default, a template's samples are to cover each value of each option.
type Sample struct {
	Name     string
	Set      string // KEY=VALUE, separated by blanks
	Services bool   // PostgreSQL and Redis by the env contract
}

// Samples installs each sample from its lock, checks format, lint and types, and
// passes its own tests: on what is embedded, or on PostgreSQL and Redis.
func (tpl Template) Samples(t *testing.T, samples ...Sample) {
	tpl.try(t, samples, func(t *testing.T, p *Project) {
		Timed(t, "check", func() { p.Check(t) })
	})
}

// Passes is Samples for one sample whose format, lint and types others show.
func (tpl Template) Passes(t *testing.T, s Sample) {
	tpl.try(t, []Sample{s}, func(*testing.T, *Project) {})
}

func (tpl Template) try(t *testing.T, samples []Sample, before func(*testing.T, *Project)) {
	testenv.Need(t, tpl.Language.Needs...)
	if len(samples) == 0 {
		t.Fatal("no samples")
	}
	var services *Services
	for _, s := range samples {
		if s.Services && services == nil {
			services = StartServices(t)
		}
		t.Run(strings.ReplaceAll(s.Name, " ", "-"), func(t *testing.T) {
			p := tpl.New(t, append(Set(s.Set), "--set", "description="+Nasty)...)
			env := testenv.Env()
			if s.Services {
				env = testenv.Env(services.Settings(t)...)
			}
			Timed(t, "install", func() { p.Install(t) })
			before(t, p)
			Timed(t, "test", func() { t.Log(passed(t, p.Run(t, env, tpl.Language.test...))) })
			p.Clean(t)
		})
	}
}

// Check runs the project's own check of format, lint and types. What the type
// checker knows of packages is kept from one project to the next.
func (p *Project) Check(t *testing.T) {
	t.Helper()
	types := filepath.Join(testenv.Root(), ".cache", "mypy", p.Template.Name)
	p.Run(t, testenv.Env("MYPY_CACHE_DIR="+types), p.Template.Language.check...)
}

// Services are a PostgreSQL and a Redis, once for all projects of a test.
type Services struct {
	postgres *testenv.PostgresServer
	redis    string
}

// StartServices starts them for the length of a test.
func StartServices(t *testing.T) *Services {
	t.Helper()
	return &Services{testenv.StartPostgres(t), testenv.Redis(t)}
}

// Settings name the services to a server, and to tests that empty what they are
// given: each project has a database of its own.
func (s *Services) Settings(t *testing.T) []string {
	t.Helper()
	database := s.postgres.Database(t)
	return []string{"DATABASE_URL=" + database, "REDIS_URL=" + s.redis, "TEST_DATABASE_URL=" + database, "TEST_REDIS_URL=" + s.redis}
}

// passed is the line by which a suite says how many of its tests passed. A suite
// that says nothing, or ran nothing, has not passed.
func passed(t *testing.T, out string) string {
	t.Helper()
	for line := range strings.Lines(out) {
		line = strings.TrimSpace(line)
		number, found := strings.CutPrefix(strings.TrimPrefix(line, "ℹ "), "pass ")
		if !found {
			number, found = strings.CutPrefix(line, "# pass ")
		}
		if found && number != "0" || strings.Contains(line, " passed") {
			return line
		}
	}
	t.Errorf("the suite does not say that tests passed:\n%s", testenv.Tail(out, 20))
	return ""
}
