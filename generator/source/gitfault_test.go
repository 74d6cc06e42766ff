package source

import "testing"

func TestWhatGitSaysIsShownWithoutSecrets(t *testing.T) {
	tests := map[string]struct{ talk, want string }{
		"a password":         {"fatal: unable to access 'https://ada:hunter2@h/r/': no", "unable to access 'https://***@h/r/': no"},
		"a token":            {"fatal: could not read from 'https://hunter2@h:8/r'", "could not read from 'https://***@h:8/r'"},
		"a query":            {"fatal: unable to access 'https://h/r?private_token=hunter2'", "unable to access 'https://h/r?***'"},
		"an @ in the path":   {"fatal: unable to access 'https://h/r@v1'", "unable to access 'https://h/r@v1'"},
		"what follows ssh":   {"warning: x\nssh: connect to host h port 22: no\nfatal: Could not read from remote repository.\n\nPlease make sure\n", "ssh: connect to host h port 22: no"},
		"no word of its own": {"remote: hunter2\nerror: it ended\n", "it ended"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := (&gitError{talk: tt.talk}).last(); got != tt.want {
				t.Errorf("got %q", got)
			}
		})
	}
}
