package app

import (
	"cmp"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"scaffold/generator/fault"
	"scaffold/generator/manifest"
	"scaffold/generator/source"
	"scaffold/generator/trust"
)

// Config is what configurations say: /etc/scaffold/config.yaml and
// $XDG_CONFIG_DIRS/scaffold/config.yaml for the machine, what the person has
// joined, and $XDG_CONFIG_HOME/scaffold/config.yaml, which is the person's own.
type Config struct {
	Color   string `yaml:"color,omitempty"` // auto, always, never
	Offline bool   `yaml:"offline,omitempty"`
	Shared  `yaml:",inline"`
}

// Shared is what a company may hand out: to machines in a file, to people
// by `scaffold join`.
type Shared struct {
	Defaults manifest.Answers        `yaml:"defaults,omitempty"` // for questions of any template
	Sources  map[string]sourceConfig `yaml:"sources,omitempty"`
	Trust    []trustConfig           `yaml:"trust,omitempty"`
	Policy   policyConfig            `yaml:"policy,omitempty"`
}

// sourceConfig is one named source of templates.
type sourceConfig struct {
	URL string `yaml:"url"`
	Ref string `yaml:"ref,omitempty"`
}

// trustConfig trusts the releases of a source.
type trustConfig struct {
	Source  string `yaml:"source"`            // the name of a source, or an address
	Signers string `yaml:"signers,omitempty"` // a file beside the configuration
}

// policyConfig is enforced.
type policyConfig struct {
	Deny             []denyConfig   `yaml:"deny,omitempty"`
	RequireSignature []signedConfig `yaml:"require-signature,omitempty"`
}

// denyConfig keeps templates from being used: those of a name, or all of sources.
type denyConfig struct {
	Template string `yaml:"template,omitempty"`
	Source   string `yaml:"source,omitempty"` // a glob over addresses: git+https://old.example/**
	Text     string `yaml:"text"`             // why, for the person
}

// signedConfig lets only what is signed be used of sources.
type signedConfig struct {
	Source  string `yaml:"source"` // a glob over addresses
	Signers string `yaml:"signers"`
	Text    string `yaml:"text"`
}

// A ConfigFile is one configuration, and what it says once its names and files
// are looked up.
type ConfigFile struct {
	by  string // the file, or the address that was joined
	dir string // relative directories and files start here
	Config
}

// machineConfigs are the configurations of the machine, the weakest first.
func (m *Machine) machineConfigs() []string {
	files := []string{"/etc/scaffold/config.yaml"}
	dirs := filepath.SplitList(m.getenv("XDG_CONFIG_DIRS"))
	for _, dir := range slices.Backward(dirs) { // the first one counts most
		if filepath.IsAbs(dir) {
			files = append(files, filepath.Join(dir, "scaffold", "config.yaml"))
		}
	}
	return files
}

// ReadConfig reads all configurations, the weakest first: the machine's, what
// was joined, and the file that --config names or the person's own.
func (e *Env) ReadConfig() error {
	var all []ConfigFile
	for _, path := range e.machineConfigs() {
		c, err := e.readConfigFile(path, false)
		if err != nil {
			return err
		}
		all = append(all, c)
	}
	joined, err := e.joinedConfigs()
	if err != nil {
		return err
	}
	all = append(all, joined...)
	path, named := e.ConfigFlag, e.ConfigFlag != ""
	if !named {
		path = e.configPath()
	}
	own, err := e.readConfigFile(path, named)
	if err != nil {
		return err
	}
	if err := e.merge(append(all, own)); err != nil {
		return err
	}
	e.Color = cmp.Or(e.Color, e.Config.Color)
	return nil
}

// readConfigFile reads one file, which may be missing unless it was named.
func (m *Machine) readConfigFile(path string, named bool) (ConfigFile, error) {
	c := ConfigFile{by: path}
	if path == "" {
		return c, nil
	}
	data, err := os.ReadFile(path)
	if (errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)) && !named {
		return c, nil
	}
	if err != nil {
		return c, fault.New(fault.Usage, "the configuration cannot be read: %v", err).Try("correct the file, or the --config that names it")
	}
	if err := manifest.Decode(path, data, &c.Config); err != nil {
		return c, Document(err)
	}
	c.dir = filepath.Dir(Absolute(m.Dir, path))
	for i, t := range c.Trust {
		if c.Trust[i].Signers, err = c.signers(t.Signers); err != nil {
			return c, err
		}
	}
	for i, s := range c.Policy.RequireSignature {
		if c.Policy.RequireSignature[i].Signers, err = c.signers(s.Signers); err != nil {
			return c, err
		}
	}
	return c, nil
}

// signers reads a file of signers that a configuration names.
func (c *ConfigFile) signers(name string) (string, error) {
	if name == "" {
		return "", nil
	}
	data, err := os.ReadFile(Absolute(c.dir, name))
	if err == nil {
		err = trust.CheckSigners(string(data) + "\n")
	}
	if err != nil {
		return "", fault.New(fault.Usage, "the signers of %s cannot be read: %v", c.by, err).At(c.by, 0, 0).Try("correct signers: in it; a relative file is beside it")
	}
	return string(data), nil
}

// merge makes one configuration of all: what is named twice is the stronger
// one's; trust and policies add up.
func (m *Machine) merge(all []ConfigFile) error {
	m.Config = Config{Shared: Shared{Defaults: manifest.Answers{}}}
	sources := map[string]source.Named{}
	for _, c := range all {
		if err := c.check(); err != nil {
			return err
		}
		if c.Color != "" {
			m.Config.Color = c.Color
		}
		m.Config.Offline = m.Config.Offline || c.Offline
		maps.Copy(m.Config.Defaults, c.Defaults)
		for name, s := range c.Sources {
			url := s.URL
			if !source.IsAddress(url) && !filepath.IsAbs(url) {
				url = filepath.Join(c.dir, url)
			}
			sources[name] = source.Named{Name: name, URL: url, Ref: s.Ref, Hand: true}
		}
		m.rules = append(m.rules, c.rules()...)
		for _, t := range c.Trust {
			p, err := publisherOf(t, sources)
			if err != nil {
				return fault.As(fault.Usage, err).At(c.by, 0, 0)
			}
			p.By = c.by
			m.publishers = append(m.publishers, p)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(sources)) {
		m.sources = append(m.sources, sources[name])
	}
	return nil
}

// check holds what a configuration says against what may be said.
func (c *ConfigFile) check() error {
	wrong := func(try, format string, args ...any) error {
		return fault.New(fault.Usage, format, args...).At(c.by, 0, 0).Try(try)
	}
	switch c.Color {
	case "", "auto", "always", "never":
	default:
		return wrong("use auto, always or never", "color is %q in %s", c.Color, c.by)
	}
	for name := range c.Sources {
		if err := source.CheckName(name); err != nil {
			return err
		}
	}
	for _, d := range c.Policy.Deny {
		if (d.Template == "") == (d.Source == "") || d.Text == "" {
			return wrong("write {template: NAME, text: WHY} or {source: GLOB, text: WHY}", "a denial names one template or one source, and says why")
		}
	}
	for _, s := range c.Policy.RequireSignature {
		if s.Source == "" || s.Signers == "" || s.Text == "" {
			return wrong("write {source: GLOB, signers: FILE, text: WHY}", "require-signature names sources and signers, and says why")
		}
	}
	return nil
}

// rules are what the policy of a configuration comes to.
func (c *ConfigFile) rules() []source.Rule {
	var rules []source.Rule
	for _, d := range c.Policy.Deny {
		rules = append(rules, source.Rule{By: c.by, Template: d.Template, Source: d.Source, Text: d.Text})
	}
	for _, s := range c.Policy.RequireSignature {
		rules = append(rules, source.Rule{By: c.by, Source: s.Source, Signers: s.Signers, Text: s.Text})
	}
	return rules
}

// publisherOf looks up whom a configuration trusts.
func publisherOf(t trustConfig, sources map[string]source.Named) (trust.Publisher, error) {
	p := trust.Publisher{Source: t.Source, Signers: t.Signers}
	if n, ok := sources[t.Source]; ok {
		p.Name, p.Source = n.Name, n.Place()
		return p, nil
	}
	if !source.IsAddress(t.Source) {
		return p, fault.New(fault.Usage, "trust names %q, which is no source of this configuration", t.Source).Try("name a source, or an address: git+https://HOST/PATH")
	}
	ref, err := source.ParseReference(t.Source)
	if err != nil {
		return p, err
	}
	p.Source = ref.Place()
	return p, nil
}

// recordPath is the file that `scaffold source` keeps beside the configuration.
func (m *Machine) recordPath() string { return m.configFile("sources.yaml") }

// cachePath is where fetched sources are kept, or "" where the machine has no
// home.
func (m *Machine) cachePath() string {
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

func (m *Machine) configPath() string { return m.configFile("config.yaml") }

// configFile is a file of scaffold's own configuration, or "" where the machine
// has no home.
func (m *Machine) configFile(name string) string {
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
