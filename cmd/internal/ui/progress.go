package ui

import (
	"fmt"
	"sync"
	"time"

	"scaffold/generator/quote"
)

// wipe goes to the start of a line and empties it.
const wipe = "\r\x1b[K"

// Fetching draws how far a fetch is on one line, and clears it when it is done;
// nil where nothing may be drawn.
func (s *Streams) Fetching() func(host string, bytes int64, done bool) {
	if !s.Draws() {
		return nil
	}
	return func(host string, bytes int64, done bool) {
		if done {
			fmt.Fprint(s.Err, wipe)
			return
		}
		fmt.Fprintf(s.Err, wipe+"Fetching from %s: %s", quote.Text(host), quote.Size(bytes))
	}
}

// Line shows a line that a command prints, with --verbose; nil otherwise.
func (s *Streams) Line() func(string) {
	if !s.Verbose || s.JSON {
		return nil
	}
	return func(line string) { fmt.Fprintln(s.Err, "  | "+quote.Text(line)) }
}

// When something that runs is talked about.
const (
	progressAfter = 300 * time.Millisecond
	progressEvery = 100 * time.Millisecond
)

// Watch says on a terminal what is running and for how long, until stop.
func (s *Streams) Watch(name string) (stop func()) {
	if s.Running != nil {
		s.Running(name)
	}
	if !s.Draws() || s.Verbose {
		return func() {}
	}
	quit := make(chan struct{})
	var over sync.WaitGroup
	over.Go(func() { s.draw(quote.Text(name), quit) })
	return func() { close(quit); over.Wait() }
}

func (s *Streams) draw(name string, quit <-chan struct{}) {
	started := time.Now()
	wait := time.NewTimer(progressAfter)
	defer wait.Stop()
	drawn := false
	for {
		select {
		case <-quit:
			if drawn {
				fmt.Fprint(s.Err, wipe)
			}
			return
		case <-wait.C:
			line := []rune(fmt.Sprintf("… %s %.1f s", name, time.Since(started).Seconds()))
			fmt.Fprint(s.Err, wipe+string(line[:min(len(line), max(1, s.Width-1))]))
			drawn = true
			wait.Reset(progressEvery)
		}
	}
}
