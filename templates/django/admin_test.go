package django_test

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"scaffold/internal/projecttest"
)

var (
	csrf     = regexp.MustCompile(`name="csrfmiddlewaretoken" value="([^"]+)"`)
	username = regexp.MustCompile(`(?m)^\s*username\s+(\S+)\s*$`)
	password = regexp.MustCompile(`(?m)^\s*password\s+(\S+)\s*$`)
)

// administer logs in to Django's admin with the printed password, makes a row
// and finds it in the list.
func administer(t *testing.T, s *projecttest.Server) {
	client := signedIn(t, s)
	submit(t, client, s.URL+"/admin/catalog/category/add/", url.Values{"name": {"Zebra crossings"}, "slug": {"zebra-crossings"}})
	_, list := projecttest.Get(t, client, s.URL+"/admin/catalog/category/")
	if !strings.Contains(list, "Zebra crossings") {
		t.Errorf("the new row is not in the list:\n%.3000s", list)
	}
}

// signedIn is a client that has logged in as the administrator.
func signedIn(t *testing.T, s *projecttest.Server) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar}
	name, pass := administrator(t, s)
	submit(t, client, s.URL+"/accounts/login/?next=/admin/", url.Values{"login": {name}, "password": {pass}})
	return client
}

// administrator reads the name and the password that the first run prints.
func administrator(t *testing.T, s *projecttest.Server) (name, pass string) {
	t.Helper()
	names, passwords := username.FindStringSubmatch(s.Proc.Output()), password.FindStringSubmatch(s.Proc.Output())
	if names == nil || passwords == nil {
		t.Fatalf("the first run prints no admin user:\n%s", s.Proc.Output())
	}
	return names[1], passwords[1]
}

// submit posts a form as a browser does, with the page's CSRF token.
func submit(t *testing.T, client *http.Client, page string, fields url.Values) {
	t.Helper()
	_, body := projecttest.Get(t, client, page)
	token := csrf.FindStringSubmatch(body)
	if token == nil {
		t.Fatalf("%s has no CSRF token", page)
	}
	fields.Set("csrfmiddlewaretoken", token[1])
	req, err := http.NewRequest(http.MethodPost, page, strings.NewReader(fields.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Referer", page)
	if answer := projecttest.Do(t, client, req, http.StatusOK); strings.Contains(answer, "errornote") {
		t.Fatalf("POST %s: the form was refused\n%.3000s", page, answer)
	}
}
