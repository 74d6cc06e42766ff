package main

import (
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"scaffold/internal/testenv"
)

// mostAtStart bounds what packages do before main, in allocations: a figure that
// is the same each time, where milliseconds are not. Ten thousand are about 5 ms.
const mostAtStart = 9400

// TestTheProgramStartsWithLittleWork: each run pays for what a library or a
// pattern of ours sets up, even `scaffold version`.
func TestTheProgramStartsWithLittleWork(t *testing.T) {
	cmd := exec.Command(testenv.Scaffold(t), "version")
	cmd.Env = testenv.Env("GODEBUG=inittrace=1", "HOME="+t.TempDir())
	var said strings.Builder
	cmd.Stderr = &said
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	all, large := 0, []string{}
	for _, line := range regexp.MustCompile(`(?m)^init (\S+) .* (\d+) allocs$`).FindAllStringSubmatch(said.String(), -1) {
		n, err := strconv.Atoi(line[2])
		if err != nil {
			t.Fatal(err)
		}
		if all += n; n > 300 {
			large = append(large, line[1]+" "+line[2])
		}
	}
	if all == 0 || all > mostAtStart {
		t.Errorf("%d allocations before main, of which %s", all, strings.Join(large, ", "))
	}
}
