package source

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"sync/atomic"
	"time"

	"scaffold/generator/fault"
)

// Limits cap what one fetch may take. A zero field means the default.
type Limits struct {
	Transfer int64         // bytes from the network: 128 MiB
	Unpacked int64         // bytes of the objects, and of the files: 256 MiB
	Objects  int           // objects, and files: 100,000
	Total    time.Duration // of one fetch: 5 minutes
	Silence  time.Duration // without a byte: 20 seconds
}

func (l Limits) withDefaults() Limits {
	return Limits{
		Transfer: or(l.Transfer, 128<<20), Unpacked: or(l.Unpacked, 256<<20), Objects: or(l.Objects, 100_000),
		Total: or(l.Total, 5*time.Minute), Silence: or(l.Silence, 20*time.Second),
	}
}

func or[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}

// Progress says how far a fetch is. It is told after 300 ms and then ten times
// a second at most; Done comes last, if anything was told at all.
type Progress struct {
	Host  string
	Bytes int64
	Done  bool
}

// The rhythm of progress.
const (
	quiet = 300 * time.Millisecond
	beat  = 100 * time.Millisecond
)

// A meter counts what a fetch reads and ends one that is too large, too long or
// silent.
type meter struct {
	ref    string
	limits Limits
	bytes  atomic.Int64
	last   atomic.Int64 // when the last byte came, in nanoseconds
	over   atomic.Pointer[fault.Fault]

	disk    atomic.Int64           // bytes of dir
	dir     atomic.Pointer[string] // a scratch repository, whose growth is the measure; or nil
	patient bool                   // somebody may be typing a password
}

// start watches a fetch until stop is called; stop waits for the last progress.
func (c *Catalog) start(ctx context.Context, ref Reference) (_ context.Context, m *meter, stop func()) {
	m = &meter{ref: ref.String(), limits: c.settings.Limits.withDefaults(), patient: c.settings.Terminal}
	m.touch()
	ctx, cancel := context.WithCancelCause(ctx)
	end, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		c.watch(m, ref, cancel, end)
	}()
	return ctx, m, func() {
		close(end)
		<-ended
		cancel(nil)
	}
}

func (c *Catalog) watch(m *meter, ref Reference, cancel context.CancelCauseFunc, end <-chan struct{}) {
	tick := time.NewTicker(beat)
	defer tick.Stop()
	began, told := time.Now(), false
	for {
		select {
		case <-end:
			if told {
				c.settings.Progress(Progress{Host: ref.host(), Bytes: m.come(), Done: true})
			}
			return
		case now := <-tick.C:
			m.look()
			switch {
			case m.over.Load() != nil:
				cancel(m.over.Load())
			case now.Sub(began) > m.limits.Total:
				cancel(exceeds(m.ref, "fetching takes too long", m.limits.Total.String()))
			case !m.patient && now.UnixNano()-m.last.Load() > int64(m.limits.Silence):
				cancel(caused(unavailable(m.ref, fmt.Sprintf("nothing has come for %s: the server, or a program that git asks for credentials, has not answered", m.limits.Silence), "check the address and the network"), errUnreachable))
			case c.settings.Progress != nil && now.Sub(began) >= quiet && (!m.patient || m.come() > 0):
				told = true
				c.settings.Progress(Progress{Host: ref.host(), Bytes: m.come()})
			}
		}
	}
}

// look takes up how far git's own fetch has come on the disk.
func (m *meter) look() {
	dir := m.dir.Load()
	if dir == nil {
		return
	}
	if now := size(*dir); now != m.disk.Swap(now) {
		m.touch()
		m.check(now)
	}
}

func (m *meter) touch() { m.last.Store(time.Now().UnixNano()) }

// cause is why a fetch ended: what the meter said, or else the error itself.
func (m *meter) cause(ctx context.Context, err error) error {
	if over := m.over.Load(); over != nil {
		return over
	}
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return err
}

func (m *meter) add(n int) error {
	m.touch()
	return m.check(m.bytes.Add(int64(n)))
}

func (m *meter) check(bytes int64) error {
	if bytes <= m.limits.Transfer {
		return nil
	}
	m.over.CompareAndSwap(nil, exceeds(m.ref, "the server sends too much", bytesText(m.limits.Transfer)))
	return m.over.Load()
}

// come is what has come so far. What comes over ssh is seen on the disk alone.
func (m *meter) come() int64 { return max(m.bytes.Load(), m.disk.Load()) }

// A meteredBody counts what is read.
type meteredBody struct {
	io.Reader
	io.Closer
	meter *meter
}

func (b *meteredBody) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if over := b.meter.add(n); over != nil {
		return n, over
	}
	return n, err
}

// A meteredTransport counts the bodies of a client's responses.
type meteredTransport struct {
	next  http.RoundTripper
	meter *meter
}

func (t *meteredTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	response, err := t.next.RoundTrip(req)
	if err == nil {
		t.meter.touch()
		response.Body = &meteredBody{Reader: response.Body, Closer: response.Body, meter: t.meter}
	}
	return response, err
}
