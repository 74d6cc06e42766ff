package ui

import (
	"context"
	"fmt"
	"time"

	"scaffold/generator/fault"
	"scaffold/generator/quote"
	"scaffold/generator/session"
)

// A Receipt is what became of a job.
type Receipt struct {
	Name   string
	Status string
	Took   time.Duration
}

// What becomes of a job.
const (
	jobPassed    = "passed"
	JobFailed    = "failed"
	jobSkipped   = "skipped"   // the person, or --no-hooks, said so
	jobPlanned   = "planned"   // on a dry run: it would run
	jobUntrusted = "untrusted" // on a dry run: it would be asked about, or refused
)

// RunJobs runs the jobs in order, with a line about each, up to the first that
// goes wrong: that is a [*jobError].
func RunJobs(ctx context.Context, s *Streams, dir string, jobs []session.Job) ([]Receipt, error) {
	var done []Receipt
	for _, j := range jobs {
		started := time.Now()
		stop := s.Watch(j.Name)
		err := j.Do(ctx, s.Line())
		stop()
		r := Receipt{Name: j.Name, Status: jobPassed, Took: time.Since(started)}
		if err != nil {
			r.Status = JobFailed
			return append(done, r), &JobError{dir: dir, name: j.Name, again: j.Again, Cause: err}
		}
		sayReceipt(s, r, j.Run)
		done = append(done, r)
	}
	return done, nil
}

func sayReceipt(s *Streams, r Receipt, run []string) {
	if s.JSON || s.Quiet {
		return
	}
	fmt.Fprintf(s.Err, "%s %s %.1f s   %s\n", s.Tick(), quote.Text(r.Name), r.Took.Seconds(), quote.Text(quote.Shell(run...)))
}

// A JobError is a job that went wrong, or was interrupted, in a project whose
// files are complete.
type JobError struct {
	dir   string // as the person would type it
	name  string
	again string
	Cause error
}

func (e *JobError) Error() string {
	if fault.Is(e.Cause, fault.Cancelled, fault.Terminated) {
		return fmt.Sprintf("%s was interrupted; the project in %s is complete", e.name, e.dir)
	}
	return fmt.Sprintf("%v; the project in %s is complete", e.Cause, e.dir)
}

func (e *JobError) Unwrap() error { return e.Cause }

// Fault is a failed step, or the interruption, with how to run it again.
func (e *JobError) Fault() *fault.Fault {
	f := fault.As(fault.Step, e.Cause)
	f.Message, f.Hint = e.Error(), "mend it, then "+e.again
	if fault.Is(e.Cause, fault.Cancelled, fault.Terminated) {
		f.Kind, f.Hint = fault.KindOf(e.Cause), e.again
	}
	return f
}
