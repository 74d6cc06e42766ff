package projecttest

import (
	"testing"

	"scaffold/internal/testenv"
)

// Stranger makes the project that scaffold recommends for the flags and types
// the first command of its README, as somebody does who has nothing but the
// language: nothing is shared with other projects. The server answers.
func (tpl Template) Stranger(t *testing.T, flags ...string) *Server {
	t.Helper()
	testenv.Need(t, tpl.Language.Needs...)
	p := tpl.Recommended(t, flags...)
	run, _ := p.Commands(t)
	var s *Server
	Timed(t, "`"+run+"` to the first 200, installing all", func() { s = p.Start(t, run) })
	s.Page(t)
	return s
}

// Leave stops the server and types the second command of the README: the
// project's own tests pass, on what is embedded.
func (s *Server) Leave(t *testing.T) {
	t.Helper()
	s.Stop(t)
	_, test := s.Commands(t)
	Timed(t, "`"+test+"`", func() { t.Log(passed(t, s.Run(t, testenv.Env(), "sh", "-c", test))) })
	s.Clean(t)
	s.Keep(t)
}
