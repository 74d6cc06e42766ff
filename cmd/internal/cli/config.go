package cli

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"scaffold/generator/fault"
	"scaffold/generator/manifest"
	"scaffold/generator/source"
)

// config is $XDG_CONFIG_HOME/scaffold/config.yaml.
type config struct {
	Defaults manifest.Answers        `yaml:"defaults,omitempty"` // for questions of any template
	Color    string                  `yaml:"color,omitempty"`    // auto, always, never
	Offline  bool                    `yaml:"offline,omitempty"`
	Sources  map[string]sourceConfig `yaml:"sources,omitempty"`
}

// sourceConfig is one named source of templates.
type sourceConfig struct {
	URL string `yaml:"url"`
	Ref string `yaml:"ref,omitempty"`
}

// readsConfig reports whether a command looks at the configuration: help and the
// documents that are built in need none.
func readsConfig(cmd *cobra.Command) bool {
	if cmd.HasSubCommands() {
		return false
	}
	switch strings.TrimPrefix(cmd.CommandPath(), "scaffold ") {
	case "help", "version", "man", "completion", "schema manifest", "schema output":
		return false
	}
	return true
}

// completes reports whether it is the shell that asks, with or without
// descriptions.
func completes(cmd *cobra.Command) bool {
	return cmd.Name() == cobra.ShellCompRequestCmd
}

// readConfig reads the file that --config names, or the one in the usual place,
// which may be missing.
func (e *env) readConfig() error {
	path := e.configFlag
	named := path != ""
	if !named {
		if path = e.configPath(); path == "" {
			return nil
		}
	}
	data, err := os.ReadFile(path)
	if (errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)) && !named {
		return nil
	}
	if err != nil {
		return fault.New(fault.Usage, "the configuration cannot be read: %v", err).Try("correct --config, or remove it")
	}
	if err := manifest.Decode(path, data, &e.config); err != nil {
		return document(err)
	}
	e.configDir = filepath.Dir(absolute(e.dir, path))
	for name := range e.config.Sources {
		if err := source.CheckName(name); err != nil {
			return err
		}
	}
	switch e.config.Color {
	case "", "auto", "always", "never":
		e.Color = cmp.Or(e.Color, e.config.Color)
		return nil
	default:
		return fault.New(fault.Usage, "color is %q in %s", e.config.Color, path).Try("use auto, always or never")
	}
}

// configSources are the sources that the person has written down. A directory
// is relative to the file.
func (m *machine) configSources() []source.Named {
	var out []source.Named
	for name, s := range m.config.Sources {
		url := s.URL
		if !source.IsAddress(url) && !filepath.IsAbs(url) {
			url = filepath.Join(m.configDir, url)
		}
		out = append(out, source.Named{Name: name, URL: url, Ref: s.Ref, Hand: true})
	}
	slices.SortFunc(out, func(a, b source.Named) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// recordPath is the file that `scaffold source` keeps beside the configuration.
func (m *machine) recordPath() string {
	if path := m.configPath(); path != "" {
		return filepath.Join(filepath.Dir(path), "sources.yaml")
	}
	return ""
}

// cachePath is where fetched sources are kept, or "" where the machine has no
// home.
func (m *machine) cachePath() string {
	base := m.getenv("XDG_CACHE_HOME")
	if base == "" {
		home := m.getenv("HOME")
		if home == "" {
			return ""
		}
		base = filepath.Join(home, ".cache")
	}
	return filepath.Join(base, "scaffold", "sources")
}

func (m *machine) configPath() string { return m.configFile("config.yaml") }

// configFile is a file of scaffold's own configuration, or "" where the machine
// has no home.
func (m *machine) configFile(name string) string {
	base := m.getenv("XDG_CONFIG_HOME")
	if base == "" {
		home := m.getenv("HOME")
		if home == "" {
			return ""
		}
		base = filepath.Join(home, ".config")
	}
	return filepath.Join(base, "scaffold", name)
}
