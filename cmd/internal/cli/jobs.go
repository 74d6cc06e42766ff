package cli

import (
	"context"
	"fmt"
	"scaffold/cmd/internal/ui"
	"time"

	"scaffold/generator/fault"
	"scaffold/generator/quote"
	"scaffold/generator/session"
)

// A receipt is what became of a job.
type receipt struct {
	name   string
	status string
	took   time.Duration
}

// What becomes of a job.
const (
	jobPassed    = "passed"
	jobFailed    = "failed"
	jobSkipped   = "skipped"   // the person, or --no-hooks, said so
	jobPlanned   = "planned"   // on a dry run: it would run
	jobUntrusted = "untrusted" // on a dry run: it would be asked about, or refused
)

// runJobs runs the jobs in order, with a line about each, up to the first that
// goes wrong: that is a [*jobError].
func runJobs(ctx context.Context, s *ui.Streams, dir string, jobs []session.Job) ([]receipt, error) {
	var done []receipt
	for _, j := range jobs {
		started := time.Now()
		stop := s.Watch(j.Name)
		err := j.Do(ctx, s.Line())
		stop()
		r := receipt{name: j.Name, status: jobPassed, took: time.Since(started)}
		if err != nil {
			r.status = jobFailed
			return append(done, r), &jobError{dir: dir, name: j.Name, again: j.Again, cause: err}
		}
		sayReceipt(s, r, j.Run)
		done = append(done, r)
	}
	return done, nil
}

func sayReceipt(s *ui.Streams, r receipt, run []string) {
	if s.JSON || s.Quiet {
		return
	}
	fmt.Fprintf(s.Err, "%s %s %.1f s   %s\n", s.Tick(), quote.Text(r.name), r.took.Seconds(), quote.Text(quote.Shell(run...)))
}

// A jobError is a job that went wrong, or was interrupted, in a project whose
// files are complete.
type jobError struct {
	dir   string // as the person would type it
	name  string
	again string
	cause error
}

func (e *jobError) Error() string {
	if fault.Is(e.cause, fault.Cancelled, fault.Terminated) {
		return fmt.Sprintf("%s was interrupted; the project in %s is complete", e.name, e.dir)
	}
	return fmt.Sprintf("%v; the project in %s is complete", e.cause, e.dir)
}

func (e *jobError) Unwrap() error { return e.cause }

// Fault is a failed step, or the interruption, with how to run it again.
func (e *jobError) Fault() *fault.Fault {
	f := fault.As(fault.Step, e.cause)
	f.Message, f.Hint = e.Error(), "mend it, then "+e.again
	if fault.Is(e.cause, fault.Cancelled, fault.Terminated) {
		f.Kind, f.Hint = fault.KindOf(e.cause), e.again
	}
	return f
}

// stepJSON is a job in JSON, planned or done.
type stepJSON struct {
	Name       string     `json:"name"`
	Run        []string   `json:"run"`
	Needs      *needsJSON `json:"needs,omitempty"`
	Status     string     `json:"status"`
	DurationMS int64      `json:"duration_ms"`
}

type needsJSON struct {
	Net     bool     `json:"net"`
	Tools   []string `json:"tools"`
	Secrets []string `json:"secrets"`
}

// with puts what became of the jobs into their descriptions.
func with(steps []stepJSON, receipts []receipt) []stepJSON {
	for i := range steps {
		for _, r := range receipts {
			if r.name == steps[i].Name {
				steps[i].Status, steps[i].DurationMS = r.status, r.took.Milliseconds()
			}
		}
	}
	return steps
}
