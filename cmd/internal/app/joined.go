package app

import (
	"slices"

	"scaffold/generator/fault"
	"scaffold/generator/manifest"
	"scaffold/generator/source"
)

// JoinFile is what a company hands out, at the root of a repository: the keys of
// a configuration but color and offline.
const JoinFile = "join.yaml"

// joinedConfigs are what the person has joined.
func (e *Env) joinedConfigs() ([]ConfigFile, error) {
	joins, err := source.Joins(e.JoinedPath())
	if err != nil {
		return nil, err
	}
	var all []ConfigFile
	for _, j := range joins {
		c, err := ParseJoin(j.URL, j.File, j.Signers)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, nil
}

// JoinedPath is the file that keeps what was joined.
func (e *Env) JoinedPath() string { return e.configFile("joined.yaml") }

// ParseJoin reads a join.yaml; by is where it is from, and signers the files that
// it names.
func ParseJoin(by, text string, signers map[string]string) (ConfigFile, error) {
	c := ConfigFile{by: by}
	if err := manifest.Decode(by+"/"+JoinFile, []byte(text), &c.Shared); err != nil {
		return c, Document(err)
	}
	for name, s := range c.Sources {
		if !source.IsAddress(s.URL) {
			return c, fault.New(fault.Usage, "source %s of %s is no address", name, JoinFile).At(by+"/"+JoinFile, 0, 0).Try("only repositories can be handed out: git+https://HOST/PATH")
		}
	}
	for i, t := range c.Trust {
		c.Trust[i].Signers = signers[t.Signers]
	}
	for i, s := range c.Policy.RequireSignature {
		c.Policy.RequireSignature[i].Signers = signers[s.Signers]
	}
	return c, c.check()
}

// SignersOf lists the files of signers that a join.yaml names.
func SignersOf(text string) []string {
	var c Shared
	if manifest.Decode(JoinFile, []byte(text), &c) != nil {
		return nil // parseJoin says so
	}
	var names []string
	for _, t := range c.Trust {
		names = append(names, t.Signers)
	}
	for _, s := range c.Policy.RequireSignature {
		names = append(names, s.Signers)
	}
	return slices.DeleteFunc(names, func(n string) bool { return n == "" })
}
