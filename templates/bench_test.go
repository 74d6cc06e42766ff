package templates_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"scaffold/internal/testenv"
)

// rounds is how often each side is measured, in turns; the median counts.
const rounds = 3

// TestBench measures the generated servers beside bare ones that do the same
// and nothing else, and prints one line a bar of docs/benchmarks.md. It is no
// timed test: it fails only when something does not run. `make bench-templates`
// asks for it.
func TestBench(t *testing.T) {
	if os.Getenv("SCAFFOLD_BENCH") == "" {
		t.Skip("make bench-templates runs this")
	}
	t.Run("django", benchDjango)
	t.Run("flask", benchFlask)
	t.Run("node-express", benchExpress)
	t.Run("node-ws", benchChat)
	t.Run("node-ws-cluster", benchCluster)
	t.Run("node-ws-game", benchGame)
}

func bar(t *testing.T, name string, got, want float64, atMost bool) {
	t.Helper()
	verdict := "met"
	if atMost && got > want || !atMost && got < want {
		verdict = "MISSED"
	}
	sign := ">="
	if atMost {
		sign = "<="
	}
	fmt.Printf("%-58s %10.2f   bar %s %8.2f   %s\n", name, got, sign, want, verdict)
}

// bare puts a reference of a template's bench folder into the project.
func bare(t *testing.T, dir, template, name string) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(testenv.Root(), "templates", template, "bench", name))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
		t.Fatal(err)
	}
}

func benchDjango(t *testing.T) {
	dir := generate(t, "--template", "django", "--set", "database=postgres")
	settings := []string{
		"DATABASE_URL=" + testenv.Postgres(t), "SECRET_KEY=" + strings.Repeat("k9", 40), "ALLOWED_HOSTS=127.0.0.1",
		"RATE_LIMIT=off", "HTTPS=false", "LOG_LEVEL=WARNING", "WEB_CONCURRENCY=1", "DEBUG=false",
	}
	env := testenv.Env(settings...)
	testenv.Run(t, 10*time.Minute, dir, env, "python3", "dev.py", "install")
	python := filepath.Join(dir, ".venv", "bin", "python")
	app := start(t, dir, "python3 dev.py serve", settings...)
	testenv.Run(t, time.Minute, dir, env, python, "manage.py", "seed", "--rows", "1000")
	bare(t, dir, "django", "bare_django.py")
	ref := start(t, dir, ".venv/bin/gunicorn -c /dev/null --worker-class gthread --threads 8 --workers 1 --bind 127.0.0.1:$PORT bare_django:application", settings...)
	const list = "/v1/products?limit=20"
	ours, theirs := compare(t, app.url+"/healthz", ref.url+"/healthz")
	bar(t, "django /healthz / bare Django, requests/s", ours/theirs, 0.60, false)
	ours, theirs = compare(t, app.url+list, ref.url+list)
	bar(t, "django list of 20 / a bare view with the same query", ours/theirs, 0.60, false)
	ours, theirs = compare(t, app.url+list, ref.url+"/raw/products")
	fmt.Printf("%-58s %10.2f   no bar\n", "django list of 20 / the same query without the ORM", ours/theirs)
	small := p99(t, app.url+list)
	rate := importRows(t, dir, env, python, 1000, 1_000_000)
	bar(t, "django import, rows/s", rate, 10_000, false)
	large := p99(t, app.url+list)
	bar(t, "django list p99, 1,000,000 rows / 1,000 rows", large/small, 1.5, true)
	admin := signedIn(t, app)
	for what, query := range map[string]string{"changelist": "", "search": "?q=0500000"} {
		var seconds []float64
		for range rounds {
			started := time.Now()
			if res, body := get(t, admin, app.url+"/admin/catalog/product/"+query); res.StatusCode != http.StatusOK || !strings.Contains(body, "result_list") {
				t.Fatalf("the admin's %s gives %s", what, res.Status)
			}
			seconds = append(seconds, time.Since(started).Seconds())
		}
		bar(t, "django admin "+what+" at 1,000,000 rows, s", median(seconds), 1, true)
	}
}

// importRows makes a CSV file of the products from..to and imports it with the
// project's own command; it gives the rows a second.
func importRows(t *testing.T, dir string, env []string, python string, from, to int) float64 {
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
	testenv.Run(t, 20*time.Minute, dir, env, python, "manage.py", "import_csv", path)
	return float64(to-from) / time.Since(started).Seconds()
}

// benchFlask lets the project's own load script compare itself with bare Flask.
func benchFlask(t *testing.T) {
	dir := generate(t, "--template", "flask", "--set", "features=ml")
	testenv.Run(t, 15*time.Minute, dir, testenv.Env(), "python3", "dev.py", "install")
	out, err := testenv.Try(t, 5*time.Minute, dir, testenv.Env(), "python3", "dev.py", "load", "--rounds", strconv.Itoa(rounds))
	fmt.Println(testenv.Tail(out, 6))
	if err != nil && !strings.Contains(out, "below the bar") {
		t.Errorf("%v\n%s", err, testenv.Tail(out, 40))
	}
}

func benchExpress(t *testing.T) {
	dir := generate(t, "--template", "node-express", "--set", "auth=none", "--set", "database=postgres")
	settings := []string{
		"DATABASE_URL=" + testenv.Postgres(t), "RATE_LIMIT=1000000", "NODE_ENV=production",
		"SECRET_KEY=" + strings.Repeat("k9", 40), "ORIGINS=http://127.0.0.1",
	}
	testenv.Run(t, 10*time.Minute, dir, testenv.Env(settings...), "npm", "run", "migrate")
	bare(t, dir, "node-express", "raw_express.mjs")
	app := start(t, dir, "npm start >/dev/null", append(settings, "LOG_LEVEL=info")...)
	ref := start(t, dir, "node raw_express.mjs", settings...)
	for i := range 30 {
		post(t, http.DefaultClient, app.url+"/v1/notes", fmt.Sprintf(`{"title": "Note %d", "body": "some text"}`, i))
	}
	ours, theirs := compare(t, app.url+"/healthz", ref.url+"/healthz")
	bar(t, "node-express /healthz / raw Express, requests/s", ours/theirs, 0.55, false)
	ours, theirs = compare(t, app.url+"/v1/notes", ref.url+"/v1/notes")
	bar(t, "node-express list of 20 / raw Express + pg, requests/s", ours/theirs, 0.50, false)
	silent := start(t, dir, "npm start", append(settings, "LOG_LEVEL=silent")...)
	loud, quiet := compare(t, app.url+"/v1/notes", silent.url+"/v1/notes")
	bar(t, "node-express cost of logging, share of requests/s", 1-loud/quiet, 0.15, true)
}

func benchChat(t *testing.T) {
	dir := generate(t, "--template", "node-ws", "--set", "features=chat")
	settings := []string{"MAX_CONNECTIONS_PER_IP=5000", "LOG_LEVEL=warn"}
	warm := start(t, dir, "npm start", settings...)
	warm.proc.Stop(20 * time.Second)
	for _, name := range []string{"raw_ws.mjs", "socketio.mjs", "chat_load.mjs"} {
		bare(t, dir, "node-ws", name)
	}
	testenv.Run(t, 5*time.Minute, dir, testenv.Env(), "npm", "install", "--no-save", "--no-audit", "--no-fund", "socket.io@4")
	latency, cpu := map[string][]float64{}, map[string][]float64{}
	for range rounds {
		for _, side := range []chatSide{
			{"app", "npm start", 1}, {"raw", "node raw_ws.mjs", 1}, {"socketio", "node socketio.mjs", 1},
		} {
			side.measure(t, dir, settings, latency, cpu)
		}
	}
	bar(t, "node-ws chat p99 / raw ws", median(latency["app"])/median(latency["raw"]), 1.5, true)
	bar(t, "node-ws CPU a delivery / raw ws, joins included", median(cpu["app"])/median(cpu["raw"]), 1.25, true)
	bar(t, "node-ws CPU a delivery / socket.io, joins included", median(cpu["app"])/median(cpu["socketio"]), 1, true)
}

// benchCluster spreads the same connections over two processes that share a Redis.
func benchCluster(t *testing.T) {
	dir := generate(t, "--template", "node-ws", "--set", "features=chat", "--set", "scale=cluster")
	settings := []string{"MAX_CONNECTIONS_PER_IP=5000", "LOG_LEVEL=warn"}
	warm := start(t, dir, "npm start", settings...)
	warm.proc.Stop(20 * time.Second)
	bare(t, dir, "node-ws", "raw_ws.mjs")
	bare(t, dir, "node-ws", "chat_load.mjs")
	both := append(settings, "REDIS_URL="+testenv.Redis(t))
	latency, cpu := map[string][]float64{}, map[string][]float64{}
	for range rounds {
		chatSide{"app", "npm start", 2}.measure(t, dir, both, latency, cpu)
		chatSide{"raw", "node raw_ws.mjs", 1}.measure(t, dir, settings, latency, cpu)
	}
	bar(t, "node-ws two processes and Redis, chat p99 / raw ws", median(latency["app"])/median(latency["raw"]), 2.5, true)
	bar(t, "node-ws two processes and Redis, CPU a delivery / raw ws", median(cpu["app"])/median(cpu["raw"]), 1.8, true)
}

var (
	shareOfJSON = regexp.MustCompile(`of the world as JSON: ([0-9.]+) %`)
	tickP99     = regexp.MustCompile(`tick p99: at most ([0-9.]+) ms`)
)

// benchGame lets the project's own load script play with 100 players.
func benchGame(t *testing.T) {
	dir := generate(t, "--template", "node-ws", "--set", "features=game")
	metrics := testenv.FreePort(t)
	p := start(t, dir, "npm start", "MAX_CONNECTIONS_PER_IP=5000", "LOG_LEVEL=warn", fmt.Sprintf("METRICS_PORT=%d", metrics))
	env := append(p.env, "URL=ws"+strings.TrimPrefix(p.url, "http")+"/ws", fmt.Sprintf("METRICS=http://127.0.0.1:%d/metrics", metrics))
	out, err := testenv.Try(t, 5*time.Minute, dir, env, "npm", "run", "load", "game")
	share, tick := shareOfJSON.FindStringSubmatch(out), tickP99.FindStringSubmatch(out)
	if share == nil || tick == nil {
		t.Fatalf("%v\n%s", err, out)
	}
	percent, _ := strconv.ParseFloat(share[1], 64)
	ms, _ := strconv.ParseFloat(tick[1], 64)
	bar(t, "node-ws game, 100 players: deltas / full JSON, %", percent, 5, true)
	bar(t, "node-ws game, 100 players: tick p99, ms (upper bound)", ms, 5, true)
}

// A chatSide is one of the servers that are loaded in turns.
type chatSide struct {
	mode, command string
	processes     int
}

// measure loads the side once and notes its p99, in ms, and its CPU a delivery,
// in seconds. What it took to start is no delivery; the joins are in it.
func (side chatSide) measure(t *testing.T, dir string, settings []string, latency, cpu map[string][]float64) {
	t.Helper()
	var servers []*running
	var urls []string
	for range side.processes {
		p := start(t, dir, side.command, settings...)
		servers, urls = append(servers, p), append(urls, p.url)
	}
	spent := func() (sum float64) {
		for _, p := range servers {
			sum += p.proc.CPU().Seconds()
		}
		return sum
	}
	before := spent()
	r := chatLoad(t, dir, servers[0].env, strings.Join(urls, ","), side.mode)
	if r.Lost != 0 {
		t.Errorf("%s lost %d of %d", side.mode, r.Lost, r.Deliveries+r.Lost)
	}
	latency[side.mode] = append(latency[side.mode], r.P99)
	cpu[side.mode] = append(cpu[side.mode], (spent()-before)/float64(r.Deliveries))
	for _, p := range servers {
		p.proc.Stop(20 * time.Second)
	}
}

type chatResult struct {
	Deliveries, Lost int
	P50, P99         float64 // ms
}

func chatLoad(t *testing.T, dir string, env []string, urls, mode string) chatResult {
	t.Helper()
	out := testenv.Run(t, 3*time.Minute, dir, append(env, "MODE="+mode, "URL="+urls), "node", "chat_load.mjs")
	var r chatResult
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return r
}

// compare loads two servers in turns and gives the medians of requests a second.
func compare(t *testing.T, ours, theirs string) (float64, float64) {
	t.Helper()
	hammer(t, ours, time.Second)
	hammer(t, theirs, time.Second)
	var a, b []float64
	for range rounds {
		rate, _ := hammer(t, ours, 3*time.Second)
		a = append(a, rate)
		rate, _ = hammer(t, theirs, 3*time.Second)
		b = append(b, rate)
	}
	return median(a), median(b)
}

func p99(t *testing.T, url string) float64 {
	t.Helper()
	var all []float64
	hammer(t, url, time.Second)
	for range rounds {
		_, p := hammer(t, url, 3*time.Second)
		all = append(all, p)
	}
	return median(all)
}

// hammer asks a server over 8 connections and gives the requests a second and the
// 99th percentile in ms.
func hammer(t *testing.T, url string, during time.Duration) (float64, float64) {
	t.Helper()
	const connections = 8
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: connections}, Timeout: 30 * time.Second}
	defer client.CloseIdleConnections()
	var mu sync.Mutex
	var times []float64
	var wrong error
	end := time.Now().Add(during)
	var all sync.WaitGroup
	for range connections {
		all.Go(func() {
			var mine []float64
			for time.Now().Before(end) {
				started := time.Now()
				res, err := client.Get(url)
				if err == nil {
					_, err = io.Copy(io.Discard, res.Body)
					res.Body.Close()
					if res.StatusCode != http.StatusOK {
						err = fmt.Errorf("%s: %s", url, res.Status)
					}
				}
				if err != nil {
					mu.Lock()
					wrong = err
					mu.Unlock()
					return
				}
				mine = append(mine, float64(time.Since(started).Microseconds())/1000)
			}
			mu.Lock()
			times = append(times, mine...)
			mu.Unlock()
		})
	}
	all.Wait()
	if wrong != nil {
		t.Fatal(wrong)
	}
	slices.Sort(times)
	return float64(len(times)) / during.Seconds(), times[len(times)*99/100]
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}
