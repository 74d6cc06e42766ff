package express_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"scaffold/internal/projecttest"
	"scaffold/internal/testenv"
)

// TestBench measures the server beside a bare Express.
func TestBench(t *testing.T) {
	projecttest.Bench(t)
	p := express.New(t, "--set", "auth=none", "--set", "database=postgres")
	settings := []string{
		"DATABASE_URL=" + testenv.StartPostgres(t).Database(t), "RATE_LIMIT=1000000", "NODE_ENV=production",
		"SECRET_KEY=" + strings.Repeat("k9", 40), "ORIGINS=http://127.0.0.1",
	}
	p.Install(t)
	p.Run(t, testenv.Env(settings...), "npm", "run", "migrate")
	p.Add(t, "bench/raw_express.mjs", "raw_express.mjs")
	app := p.Start(t, "npm start >/dev/null", append(settings, "LOG_LEVEL=info")...)
	ref := p.Start(t, "node raw_express.mjs", settings...)
	for i := range 30 {
		projecttest.Post(t, http.DefaultClient, app.URL+"/v1/notes", fmt.Sprintf(`{"title": "Note %d", "body": "some text"}`, i))
	}
	ours, theirs := projecttest.Compare(t, app.URL+"/healthz", ref.URL+"/healthz")
	projecttest.Bar("node-express /healthz / raw Express, requests/s", ours/theirs, 0.55, false)
	ours, theirs = projecttest.Compare(t, app.URL+"/v1/notes", ref.URL+"/v1/notes")
	projecttest.Bar("node-express list of 20 / raw Express + pg, requests/s", ours/theirs, 0.50, false)
	silent := p.Start(t, "npm start", append(settings, "LOG_LEVEL=silent")...)
	loud, quiet := projecttest.Compare(t, app.URL+"/v1/notes", silent.URL+"/v1/notes")
	projecttest.Bar("node-express cost of logging, share of requests/s", 1-loud/quiet, 0.15, true)
}
