package step

import (
	"slices"
	"strings"
)

// kept are the variables that a command sees of the environment: where programs
// and caches are, the locale, proxies and certificates. Tokens and addresses of
// services are not among them.
var kept = []string{
	"PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TMPDIR", "TMP", "TEMP",
	"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY",
	"SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO",
	"SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT", "USERPROFILE", "USERNAME", "APPDATA", "LOCALAPPDATA",
	"PROGRAMDATA", "PROGRAMFILES", "PROGRAMFILES(X86)", "NUMBER_OF_PROCESSORS", "PROCESSOR_ARCHITECTURE",
	"PYENV_ROOT", "PYENV_VERSION", "NVM_DIR", "VOLTA_HOME", "ASDF_DATA_DIR", "GOPROXY", "GOPATH", "GOMODCACHE", "GOCACHE",
}

// keptPrefixes are the settings of package tools, without which a company's
// mirror is not found.
var keptPrefixes = []string{"LC_", "XDG_", "PIP_", "UV_", "NPM_CONFIG_"}

// Environ gives what of an environment a command sees, and the settings on top.
func Environ(all []string, settings ...string) []string {
	var out []string
	for _, kv := range all {
		if name, _, ok := strings.Cut(kv, "="); ok && passes(name) {
			out = append(out, kv)
		}
	}
	slices.Sort(out)
	return append(out, settings...)
}

func passes(name string) bool {
	upper := strings.ToUpper(name) // http_proxy, npm_config_registry, Path
	for _, word := range []string{"TOKEN", "PASSWORD", "SECRET", "AUTH"} {
		if strings.Contains(upper, word) {
			return false
		}
	}
	return slices.Contains(kept, upper) || slices.ContainsFunc(keptPrefixes, func(p string) bool { return strings.HasPrefix(upper, p) })
}
