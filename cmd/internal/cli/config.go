package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"scaffold/generator/manifest"
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

// readConfig reads the file that --config names, or the one in the usual place,
// which may be missing.
func (e *env) readConfig() error {
	path := e.global.configFile
	named := path != ""
	if !named {
		if path = e.configPath(); path == "" {
			return nil
		}
	}
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && !named {
		return nil
	}
	if err != nil {
		return &usageError{what: fmt.Sprintf("the configuration cannot be read: %v", err), try: "correct --config, or remove it"}
	}
	if err := manifest.Decode(path, data, &e.config); err != nil {
		return err
	}
	switch e.config.Color {
	case "", "auto", "always", "never":
		return nil
	default:
		return &usageError{what: fmt.Sprintf("color is %q in %s", e.config.Color, path), try: "use auto, always or never"}
	}
}

// configPath is "" where the machine has no home.
func (e *env) configPath() string {
	base := e.getenv("XDG_CONFIG_HOME")
	if base == "" {
		home := e.getenv("HOME")
		if home == "" {
			return ""
		}
		base = filepath.Join(home, ".config")
	}
	return filepath.Join(base, "scaffold", "config.yaml")
}
