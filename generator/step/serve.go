package step

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

const (
	// readyWithin is how long a server without a time of its own may take to
	// answer.
	readyWithin = time.Minute
	// askEvery is how often it is asked.
	askEvery = 100 * time.Millisecond
)

// Ready says when a server counts as up.
type Ready struct {
	URL    string        // answers with a status from 200 to 299; redirects are not followed
	Within time.Duration // 0 means a minute
}

// Serve starts the command, waits until it is ready, asks it to stop and
// expects exit code 0. It is ended, whatever happens.
func (c Command) Serve(ctx context.Context, ready Ready) error {
	running, cancel := context.WithCancel(ctx)
	defer cancel()
	p, err := c.up(ctx, running, cancel, ready)
	if err != nil {
		return err
	}
	return c.stop(ctx, p, cancel)
}

// up starts the command in its own context and waits until it is ready.
func (c Command) up(ctx, running context.Context, cancel func(), ready Ready) (*process, error) {
	p, err := c.start(running)
	if err != nil {
		return nil, err
	}
	if err := c.await(ctx, p, ready); err != nil {
		cancel()
		<-p.done
		return nil, err
	}
	return p, nil
}

// Hold starts the command, calls up once it is ready, and lets it run until ctx is
// cancelled: then it is asked to stop, and however it ends is fine. An end before
// that is an error, but exit code 0 after it was ready.
func (c Command) Hold(ctx context.Context, ready Ready, up func()) error {
	running, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	p, err := c.up(ctx, running, cancel, ready)
	if err != nil {
		return err
	}
	up()
	select {
	case <-p.done:
		return c.ended(p)
	case <-ctx.Done():
		_ = askToStop(p.cmd.Process)
	}
	select {
	case <-p.done:
	case <-time.After(stopWithin):
		cancel()
		<-p.done
	}
	return nil
}

// await asks the server until it answers well, ends, or takes too long.
func (c Command) await(ctx context.Context, p *process, ready Ready) error {
	if ready.Within <= 0 {
		ready.Within = readyWithin
	}
	within, cancel := context.WithTimeout(ctx, ready.Within)
	defer cancel()
	every := time.NewTicker(askEvery)
	defer every.Stop()
	last := "no answer"
	for {
		answer := get(within, ready.URL)
		if answer == "" {
			return nil
		}
		if within.Err() == nil {
			last = answer
		}
		select {
		case <-p.done:
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			if err := c.ended(p); err != nil {
				return err
			}
			return c.fail("ended before it was ready", p)
		case <-within.Done():
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			return c.fail(fmt.Sprintf("was not ready within %s: %s from %s", ready.Within, last, ready.URL), p)
		case <-every.C:
		}
	}
}

// client asks only the server itself: no proxy, no other place.
var client = &http.Client{
	Timeout:       2 * time.Second,
	Transport:     &http.Transport{Proxy: nil, DisableKeepAlives: true},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// get asks once and says what came back instead of a good answer, or "".
func get(ctx context.Context, url string) string {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err.Error()
	}
	resp, err := client.Do(req)
	if err != nil {
		return "no answer"
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<20))
	if resp.StatusCode/100 == 2 {
		return ""
	}
	return fmt.Sprintf("status %d", resp.StatusCode)
}

func (c Command) stop(ctx context.Context, p *process, cancel context.CancelFunc) error {
	_ = askToStop(p.cmd.Process)
	select {
	case <-p.done:
		return c.afterStop(ctx, p)
	case <-ctx.Done():
		<-p.done
		return context.Cause(ctx)
	case <-time.After(stopWithin):
		cancel()
		<-p.done
		return c.fail(fmt.Sprintf("did not stop within %s of SIGTERM", stopWithin), p)
	}
}

func (c Command) afterStop(ctx context.Context, p *process) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	err := c.ended(p)
	if e, ok := err.(*Error); ok {
		e.What = "answered, and after SIGTERM " + e.What
	}
	return err
}

// FreePort gives a port of 127.0.0.1 that was free a moment ago.
func FreePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("looking for a free port: %w", err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// localURL is a path on this machine's own server.
func localURL(port int, path string) string {
	return fmt.Sprintf("http://127.0.0.1:%d/%s", port, strings.TrimPrefix(path, "/"))
}
