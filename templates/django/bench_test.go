package django_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"scaffold/internal/projecttest"
	"scaffold/internal/testenv"
)

// TestBench measures the server beside a bare Django.
func TestBench(t *testing.T) {
	projecttest.Bench(t)
	p := django.New(t, "--set", "database=postgres")
	settings := []string{
		"DATABASE_URL=" + testenv.StartPostgres(t).Database(t), "SECRET_KEY=" + strings.Repeat("k9", 40), "ALLOWED_HOSTS=127.0.0.1",
		"RATE_LIMIT=off", "HTTPS=false", "LOG_LEVEL=WARNING", "WEB_CONCURRENCY=1", "DEBUG=false",
	}
	env := testenv.Env(settings...)
	p.Install(t)
	python := filepath.Join(p.Dir, ".venv", "bin", "python")
	app := p.Start(t, "python3 dev.py serve", settings...)
	p.Run(t, env, python, "manage.py", "seed", "--rows", "1000")
	p.Add(t, "bench/bare_django.py", "bare_django.py")
	ref := p.Start(t, ".venv/bin/python -m gunicorn -c /dev/null --worker-class gthread --threads 8 --workers 1 --bind 127.0.0.1:$PORT bare_django:application", settings...)
	const list = "/v1/products?limit=20"
	ours, theirs := projecttest.Compare(t, app.URL+"/healthz", ref.URL+"/healthz")
	projecttest.Bar("django /healthz / bare Django, requests/s", ours/theirs, 0.60, false)
	ours, theirs = projecttest.Compare(t, app.URL+list, ref.URL+list)
	projecttest.Bar("django list of 20 / a bare view with the same query", ours/theirs, 0.60, false)
	ours, theirs = projecttest.Compare(t, app.URL+list, ref.URL+"/raw/products")
	fmt.Printf("%-58s %10.2f   no bar\n", "django list of 20 / the same query without the ORM", ours/theirs)
	small := projecttest.P99(t, app.URL+list)
	projecttest.Bar("django import, rows/s", importRows(t, p, env, python, 1000, 1_000_000), 10_000, false)
	large := projecttest.P99(t, app.URL+list)
	projecttest.Bar("django list p99, 1,000,000 rows / 1,000 rows", large/small, 1.5, true)
	admin := signedIn(t, app)
	for what, query := range map[string]string{"changelist": "", "search": "?q=0500000"} {
		var seconds []float64
		for range projecttest.Rounds {
			started := time.Now()
			if res, body := projecttest.Get(t, admin, app.URL+"/admin/catalog/product/"+query); res.StatusCode != http.StatusOK || !strings.Contains(body, "result_list") {
				t.Fatalf("the admin's %s gives %s", what, res.Status)
			}
			seconds = append(seconds, time.Since(started).Seconds())
		}
		projecttest.Bar("django admin "+what+" at 1,000,000 rows, s", projecttest.Median(seconds), 1, true)
	}
}

// importRows makes a CSV file of the products from..to and imports it with the
// project's own command; it gives the rows a second.
func importRows(t *testing.T, p *projecttest.Project, env []string, python string, from, to int) float64 {
	t.Helper()
	path := filepath.Join(t.TempDir(), "rows.csv")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	categories := []string{"lighting", "seating", "storage", "tables"} // what seed makes
	fmt.Fprintln(f, "sku,name,category,price,stock")
	for i := from; i < to; i++ {
		fmt.Fprintf(f, "SKU-%07d,Product number %d,%s,%d.50,%d\n", i, i, categories[i%len(categories)], i%500, i%90)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	started := time.Now()
	p.Run(t, env, python, "manage.py", "import_csv", path)
	return float64(to-from) / time.Since(started).Seconds()
}
