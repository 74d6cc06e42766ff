package source

// WithoutGit is a machine that has no git.
func (s Settings) WithoutGit() Settings {
	s.withoutGit = true
	return s
}
