package ws_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"scaffold/internal/projecttest"
	"scaffold/internal/testenv"
)

// TestBench measures the server beside bare ones.
func TestBench(t *testing.T) {
	projecttest.Bench(t)
	t.Run("chat", benchChat)
	t.Run("cluster", benchCluster)
	t.Run("game", benchGame)
}

// chatProject is an installed and built project that has the bare servers.
func chatProject(t *testing.T, settings []string, set string) *projecttest.Project {
	t.Helper()
	p := ws.New(t, projecttest.Set(set)...)
	p.Install(t)
	p.Start(t, "npm start", settings...).Stop(t)
	for _, name := range []string{"raw_ws.mjs", "socketio.mjs", "chat_load.mjs"} {
		p.Add(t, "bench/"+name, name)
	}
	return p
}

func benchChat(t *testing.T) {
	settings := []string{"MAX_CONNECTIONS_PER_IP=5000", "LOG_LEVEL=warn"}
	p := chatProject(t, settings, "features=chat")
	p.Run(t, testenv.Env(), "npm", "install", "--no-save", "--no-audit", "--no-fund", "socket.io@4")
	latency, cpu := map[string][]float64{}, map[string][]float64{}
	for range projecttest.Rounds {
		for _, side := range []chatSide{
			{"app", "npm start", 1}, {"raw", "node raw_ws.mjs", 1}, {"socketio", "node socketio.mjs", 1},
		} {
			side.measure(t, p, settings, latency, cpu)
		}
	}
	median := projecttest.Median
	projecttest.Bar("node-ws chat p99 / raw ws", median(latency["app"])/median(latency["raw"]), 1.5, true)
	projecttest.Bar("node-ws CPU a delivery / raw ws, joins included", median(cpu["app"])/median(cpu["raw"]), 1.25, true)
	projecttest.Bar("node-ws CPU a delivery / socket.io, joins included", median(cpu["app"])/median(cpu["socketio"]), 1, true)
}

// benchCluster spreads the same connections over two processes that share a Redis.
func benchCluster(t *testing.T) {
	settings := []string{"MAX_CONNECTIONS_PER_IP=5000", "LOG_LEVEL=warn"}
	p := chatProject(t, settings, "features=chat")
	both := append(settings, "REDIS_URL="+testenv.Redis(t))
	latency, cpu := map[string][]float64{}, map[string][]float64{}
	for range projecttest.Rounds {
		chatSide{"app", "npm start", 2}.measure(t, p, both, latency, cpu)
		chatSide{"raw", "node raw_ws.mjs", 1}.measure(t, p, settings, latency, cpu)
	}
	median := projecttest.Median
	projecttest.Bar("node-ws two processes and Redis, chat p99 / raw ws", median(latency["app"])/median(latency["raw"]), 2.5, true)
	projecttest.Bar("node-ws two processes and Redis, CPU a delivery / raw ws", median(cpu["app"])/median(cpu["raw"]), 1.8, true)
}

var (
	shareOfJSON = regexp.MustCompile(`of the world as JSON: ([0-9.]+) %`)
	tickTimes   = regexp.MustCompile(`tick: mean [0-9.]+ ms, p99 between [0-9.]+ and ([0-9.]+|Infinity) ms`)
)

// benchGame lets the project's own load script play with 100 players.
func benchGame(t *testing.T) {
	p := ws.New(t, "--set", "features=game")
	p.Install(t)
	metrics := testenv.FreePort(t)
	s := p.Start(t, "npm start", "MAX_CONNECTIONS_PER_IP=5000", "LOG_LEVEL=warn", fmt.Sprintf("METRICS_PORT=%d", metrics))
	env := append(s.Env, "URL=ws"+strings.TrimPrefix(s.URL, "http")+"/ws", fmt.Sprintf("METRICS=http://127.0.0.1:%d/metrics", metrics))
	out, err := testenv.Try(t, 5*time.Minute, p.Dir, env, "npm", "run", "load", "game")
	share, tick := shareOfJSON.FindStringSubmatch(out), tickTimes.FindStringSubmatch(out)
	if share == nil || tick == nil {
		t.Fatalf("%v\n%s", err, out)
	}
	fmt.Println(tick[0])
	percent, _ := strconv.ParseFloat(share[1], 64)
	ms, _ := strconv.ParseFloat(tick[1], 64)
	projecttest.Bar("node-ws game, 100 players: deltas / full JSON, %", percent, 5, true)
	projecttest.Bar("node-ws game, 100 players: tick p99, ms (upper bound)", ms, 5, true)
}

// A chatSide is one of the servers that are loaded in turns.
type chatSide struct {
	mode, command string
	processes     int
}

// measure loads the side once and notes its p99, in ms, and its CPU a delivery,
// in seconds. What it took to start is no delivery; the joins are in it.
func (side chatSide) measure(t *testing.T, p *projecttest.Project, settings []string, latency, cpu map[string][]float64) {
	t.Helper()
	var servers []*projecttest.Server
	var urls []string
	for range side.processes {
		s := p.Start(t, side.command, settings...)
		servers, urls = append(servers, s), append(urls, s.URL)
	}
	spent := func() (sum float64) {
		for _, s := range servers {
			sum += s.Proc.CPU().Seconds()
		}
		return sum
	}
	before := spent()
	r := chatLoad(t, servers[0], strings.Join(urls, ","), side.mode)
	if r.Lost != 0 {
		t.Errorf("%s lost %d of %d", side.mode, r.Lost, r.Deliveries+r.Lost)
	}
	latency[side.mode] = append(latency[side.mode], r.P99)
	cpu[side.mode] = append(cpu[side.mode], (spent()-before)/float64(r.Deliveries))
	for _, s := range servers {
		s.Proc.Stop(20 * time.Second)
	}
}

type chatResult struct {
	Deliveries, Lost int
	P50, P99         float64 // ms
}

func chatLoad(t *testing.T, s *projecttest.Server, urls, mode string) chatResult {
	t.Helper()
	out := testenv.Run(t, 3*time.Minute, s.Dir, append(s.Env, "MODE="+mode, "URL="+urls), "node", "chat_load.mjs")
	var r chatResult
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return r
}
