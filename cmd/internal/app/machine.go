package app

import (
	"os"
	"slices"
	"strings"
	"time"

	"scaffold/generator"
	"scaffold/generator/fault"
	"scaffold/generator/project"
	"scaffold/generator/prompt"
	"scaffold/generator/session"
	"scaffold/generator/source"
	"scaffold/generator/trust"
)

// A Machine is what commands take from the process around them, beside its
// streams.
type Machine struct {
	Dir        string // the working directory
	Environ    []string
	Now        time.Time
	Offline    bool
	Format     string            // of a template that is one of several tools; "" sees it
	Config     Config            // of all files, merged
	sources    []source.Named    // of the configurations
	rules      []source.Rule     // of their policies
	publishers []trust.Publisher // whom they trust
	ConfigFlag string            // the configuration file that --config names
}

func thisMachine() (Machine, error) {
	dir, err := os.Getwd()
	if err != nil {
		return Machine{}, fault.New(fault.Destination, "the working directory is gone").Try("change to a directory that exists")
	}
	m := Machine{Dir: dir, Environ: os.Environ()}
	m.Now = clock(m.getenv)
	return m, nil
}

// getenv gives a variable; where it is there twice, the last one holds.
func (m *Machine) getenv(name string) string {
	for _, kv := range slices.Backward(m.Environ) {
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

func (m *Machine) trustPath() string { return m.configFile("trust.yaml") }

// TrustStore is what this person trusts, with what the configurations do.
func (m *Machine) TrustStore() (*trust.Store, error) {
	return trust.Open(m.trustPath(), m.publishers...)
}

// Session is what a session needs of this process.
func (e *Env) Session() session.Machine {
	return session.Machine{
		Program: e.Program(), Beside: e.beside(),
		Templates: e.Catalog(), Dir: e.Dir, Now: e.Now, Environ: e.Environ,
		Defaults: e.Config.Defaults, TrustFile: e.trustPath(), Publishers: e.publishers,
		Screen: session.Screen{Width: e.Width, Height: e.Height, Spoken: e.Spoken()},
	}
}

// Prompter asks a session's steps as this terminal can show them.
func (e *Env) Prompter() prompt.Prompter {
	if e.Spoken() {
		return prompt.NewPlain(e.In, e.Err)
	}
	return prompt.NewWizard(prompt.Terminal{In: e.In, Out: e.TTY, Color: e.Colored(true)})
}

// ProjectMachine is what work on an existing project needs of this process.
func (e *Env) ProjectMachine() project.Machine {
	return project.Machine{Templates: e.Catalog(), Generator: generator.New(generator.Options{Now: e.Now}), Environ: e.Environ}
}
