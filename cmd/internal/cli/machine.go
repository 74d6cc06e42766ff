package cli

import (
	"os"
	"slices"
	"strings"
	"time"

	"scaffold/generator/fault"
	"scaffold/generator/session"
	"scaffold/generator/source"
	"scaffold/generator/trust"
)

// A machine is what commands take from the process around them, beside its
// streams.
type machine struct {
	dir        string // the working directory
	environ    []string
	now        time.Time
	offline    bool
	config     config            // of all files, merged
	sources    []source.Named    // of the configurations
	rules      []source.Rule     // of their policies
	publishers []trust.Publisher // whom they trust
	configFlag string            // the configuration file that --config names
}

func thisMachine() (machine, error) {
	dir, err := os.Getwd()
	if err != nil {
		return machine{}, fault.New(fault.Destination, "the working directory is gone").Try("change to a directory that exists")
	}
	m := machine{dir: dir, environ: os.Environ()}
	m.now = clock(m.getenv)
	return m, nil
}

// getenv gives a variable; where it is there twice, the last one holds.
func (m *machine) getenv(name string) string {
	for _, kv := range slices.Backward(m.environ) {
		if value, ok := strings.CutPrefix(kv, name+"="); ok {
			return value
		}
	}
	return ""
}

// clock is the time of the run, or SOURCE_DATE_EPOCH where a build fixes it
// (https://reproducible-builds.org/specs/source-date-epoch/).
func clock(getenv func(string) string) time.Time {
	if s := getenv("SOURCE_DATE_EPOCH"); s != "" {
		if d, err := time.ParseDuration(s + "s"); err == nil {
			return time.Unix(int64(d.Seconds()), 0).UTC()
		}
	}
	return time.Now().UTC().Truncate(time.Second)
}

func (m *machine) trustPath() string { return m.configFile("trust.yaml") }

func (m *machine) trustStore() (*trust.Store, error) {
	return trust.Open(m.trustPath(), m.publishers...)
}

// session is what a session needs of this process.
func (e *env) session() session.Machine {
	return session.Machine{
		Templates: e.catalog(), Dir: e.dir, Now: e.now, Environ: e.environ,
		Defaults: e.config.Defaults, TrustFile: e.trustPath(), Publishers: e.publishers,
		Screen: session.Screen{Width: e.Width, Height: e.Height, Spoken: e.Spoken()},
	}
}
