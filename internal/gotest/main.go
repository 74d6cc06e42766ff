// Command gotest runs `go test` with its arguments and prints what a person
// wants to know: a line a package, what failed in full, what was skipped and
// why, and where the time went.
//
// Its exit code is that of `go test`. With -before NAME=SECONDS the table has a
// row for what was done before.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"time"
)

func main() {
	before := flag.String("before", "", "a row for the table, NAME=SECONDS")
	flag.Parse()
	os.Exit(run(os.Stdout, os.Stderr, *before, flag.Args()))
}

func run(stdout, stderr io.Writer, before string, args []string) int {
	started := time.Now()
	if _, seconds, ok := strings.Cut(before, "="); ok {
		earlier, err := time.ParseDuration(seconds + "s")
		if err != nil {
			fmt.Fprintln(stderr, err)
			return 1
		}
		started = started.Add(-earlier)
	}
	both := &sync.Mutex{} // stdout and stderr may be one
	stdout, stderr = turns{both, stdout}, turns{both, stderr}
	cmd := exec.Command("go", append([]string{"test", "-json"}, args...)...)
	cmd.Stderr = stderr
	pipe, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 1
	}
	r := newReport(stdout)
	readErr := r.read(pipe)
	err = cmd.Wait()
	r.skips()
	r.table(before)
	spent := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	fmt.Fprintf(stdout, "%s by the clock, %s of processor time, %d cores\n", minutes(time.Since(started)), minutes(spent), runtime.NumCPU())
	switch exit := (*exec.ExitError)(nil); {
	case errors.As(err, &exit):
		fmt.Fprintf(stdout, "FAIL: %s\n", strings.Join(r.failed, ", "))
		return exit.ExitCode()
	case err != nil || readErr != nil || r.passed == 0:
		fmt.Fprintln(stderr, "gotest: no result:", errors.Join(err, readErr))
		return 1
	}
	fmt.Fprintf(stdout, "ok: %d tests in %d packages\n", r.passed, len(r.packages))
	return 0
}

// minutes is a duration as minutes and seconds.
func minutes(d time.Duration) string {
	s := int(d.Round(time.Second).Seconds())
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}

// turns is a writer that several write to, one after the other.
type turns struct {
	*sync.Mutex
	to io.Writer
}

func (w turns) Write(p []byte) (int, error) {
	w.Lock()
	defer w.Unlock()
	return w.to.Write(p)
}
