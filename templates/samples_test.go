package templates_test

import (
	"strings"
	"testing"
	"time"

	"scaffold/internal/testenv"
)

// nasty is a description that breaks what is not quoted: YAML, TOML, HTML, a
// shell, a format string. Quotes and brackets some templates refuse, and say so.
const nasty = `Ada's shop & co: #1, 100 %s – yes`

// samples cover every value of every option at least once, beside the defaults
// that TestFromQuestionsToARunningRepo installs and runs.
var samples = []struct {
	name     string
	template string
	set      string // KEY=VALUE, separated by blanks
	services bool   // PostgreSQL and Redis by the env contract
}{
	{"django on its own", "django", "auth=session+totp tasks=db database=sqlite license=Apache-2.0 docker=false ci=none precommit=true app=inventory", false},
	{"django as it comes", "django", "", true},
	{"django without the sample", "django", "sample=no tasks=celery database=postgres license=none ci=gitlab devcontainer=true", true},
	{"django in full", "django", "auth=session+totp tasks=celery database=postgres license=GPL-3.0", true},
	{"flask api", "flask", "features=api auth=none database=sqlite sample=no license=none docker=false ci=none", false},
	{"flask as it comes", "flask", "", true},
	{"flask data", "flask", "features=data dataframe=pandas jobs=none database=postgres license=BSD-3-Clause ci=gitlab precommit=true", true},
	{"flask in full", "flask", "features=ml dataframe=polars jobs=rq database=postgres license=Apache-2.0 devcontainer=true", true},
	{"express api only", "node-express", "auth=jwt frontend=no extras=etag,idempotency sample=no license=none docker=false ci=none precommit=true", false},
	{"express without accounts", "node-express", "auth=none extras= database=postgres license=Apache-2.0 ci=gitlab devcontainer=true", true},
	{"express in full", "node-express", "auth=session-cookie extras=events,etag,idempotency database=postgres license=GPL-3.0", true},
	{"ws game", "node-ws", "features=game scale=single sample=no tick_rate=30 license=none docker=false ci=none precommit=true", false},
	{"ws in full", "node-ws", "features=both scale=cluster auth=jwt license=Apache-2.0 ci=gitlab devcontainer=true", true},
}

// TestSamples installs each sample from its lock, checks format, lint and
// types, and passes its own tests: the embedded default, or PostgreSQL and Redis.
func TestSamples(t *testing.T) {
	testenv.Long(t)
	for _, s := range samples {
		t.Run(s.name, func(t *testing.T) {
			flags := []string{"--template", s.template, "--set", "description=" + nasty}
			for _, kv := range strings.Fields(s.set) {
				flags = append(flags, "--set", kv)
			}
			dir := generate(t, flags...)
			env := testenv.Env()
			if s.services {
				env = testenv.Env(services(t)...)
			}
			commands := [][]string{{"python3", "dev.py", "check"}, {"python3", "dev.py", "test"}}
			if strings.HasPrefix(s.template, "node-") {
				commands = [][]string{{"npm", "run", "check"}, {"npm", "test"}}
			}
			testenv.Need(t, commands[0][0])
			for _, argv := range commands {
				started := time.Now()
				out := testenv.Run(t, 25*time.Minute, dir, env, argv...)
				t.Logf("%s: %s in %.1f s; %s", s.name, strings.Join(argv, " "), time.Since(started).Seconds(), summary(out))
			}
			if out := testenv.Run(t, time.Minute, dir, env, "git", "status", "--porcelain"); out != "" {
				t.Errorf("installing, checking and testing changed tracked files or left others:\n%s", out)
			}
		})
	}
}

// services starts PostgreSQL and Redis and gives the settings that name them, to
// a server and to tests that empty what they are given.
func services(t *testing.T) []string {
	t.Helper()
	database, redis := testenv.Postgres(t), testenv.Redis(t)
	return []string{"DATABASE_URL=" + database, "REDIS_URL=" + redis, "TEST_DATABASE_URL=" + database, "TEST_REDIS_URL=" + redis}
}

// summary is the line of a test run that counts.
func summary(out string) string {
	for _, line := range strings.Split(out, "\n") {
		if strings.Contains(line, " passed") || strings.HasPrefix(line, "# tests") || strings.HasPrefix(line, "ℹ tests") {
			return strings.TrimSpace(line)
		}
	}
	return ""
}
