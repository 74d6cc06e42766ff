package source

import "time"

// WithCredentialTime shortens how long git's helpers may take.
func (s Settings) WithCredentialTime(d time.Duration) Settings {
	s.credentialTime = d
	return s
}
