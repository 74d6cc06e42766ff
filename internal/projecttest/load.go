package projecttest

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"scaffold/internal/testenv"
)

// Rounds is how often each side is measured, in turns; the median counts.
const Rounds = 3

// Bench skips a test that measures unless `make bench-templates` asks for it.
func Bench(t *testing.T) {
	t.Helper()
	if os.Getenv("SCAFFOLD_BENCH") == "" {
		t.Skip("make bench-templates runs this")
	}
}

// Bench runs a load script of the project that compares itself with a bare
// server, and prints what it says. A bar that is missed is no failure.
func (p *Project) Bench(t *testing.T, argv ...string) {
	t.Helper()
	out, err := testenv.Try(t, longest, p.Dir, testenv.Env(), append(argv, "--rounds", strconv.Itoa(Rounds))...)
	fmt.Println(testenv.Tail(out, 6))
	if err != nil && !strings.Contains(out, "below the bar") {
		t.Errorf("%v\n%s", err, testenv.Tail(out, 40))
	}
}

// Bar prints one line of docs/benchmarks.md. It is no timed test: a bar that is
// missed fails nothing.
func Bar(name string, got, want float64, atMost bool) {
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

// Compare loads two servers in turns and gives the medians of requests a second.
func Compare(t *testing.T, ours, theirs string) (float64, float64) {
	t.Helper()
	hammer(t, ours, time.Second)
	hammer(t, theirs, time.Second)
	var a, b []float64
	for range Rounds {
		rate, _ := hammer(t, ours, 3*time.Second)
		a = append(a, rate)
		rate, _ = hammer(t, theirs, 3*time.Second)
		b = append(b, rate)
	}
	return Median(a), Median(b)
}

// P99 gives the 99th percentile, in ms, of a server's answers under load.
func P99(t *testing.T, url string) float64 {
	t.Helper()
	var all []float64
	hammer(t, url, time.Second)
	for range Rounds {
		_, p := hammer(t, url, 3*time.Second)
		all = append(all, p)
	}
	return Median(all)
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
				if err := fetch(client, url); err != nil {
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
	if wrong != nil || len(times) == 0 {
		t.Fatalf("%d answers: %v", len(times), wrong)
	}
	slices.Sort(times)
	return float64(len(times)) / during.Seconds(), times[len(times)*99/100]
}

func fetch(client *http.Client, url string) error {
	res, err := client.Get(url)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", url, res.Status)
	}
	_, err = io.Copy(io.Discard, res.Body)
	return err
}

// Median is the middle one of the values.
func Median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}
