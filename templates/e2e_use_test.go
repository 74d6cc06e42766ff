package templates_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// chat lets two WebSocket clients talk to each other.
func chat(t *testing.T, p *running) { node(t, p, "node-ws", "chat.mjs") }

// predict asks the ML service for a prediction of one row of its own sample.
func predict(t *testing.T, p *running) {
	key := setting(t, p, "DEV_API_KEY")
	req, err := http.NewRequest(http.MethodGet, p.url+"/v1/model", nil)
	if err != nil {
		t.Fatal(err)
	}
	model := call(t, req, key)
	features := map[string]any{}
	header, row, _ := strings.Cut(read(t, p.dir, "data/sample.csv"), "\n")
	row, _, _ = strings.Cut(row, "\n")
	for i, name := range strings.Split(header, ",") {
		if value := strings.Split(row, ",")[i]; strings.Contains(model, `"`+name+`"`) {
			var v any
			if json.Unmarshal([]byte(value), &v) != nil {
				v = value
			}
			features[name] = v
		}
	}
	body, _ := json.Marshal(features)
	req, err = http.NewRequest(http.MethodPost, p.url+"/v1/predict", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	answer := call(t, req, key)
	if !strings.Contains(answer, "probabilit") || !strings.Contains(answer, "label") {
		t.Errorf("the prediction is %s", answer)
	}
}

func call(t *testing.T, req *http.Request, key string) string {
	t.Helper()
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+key)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var body bytes.Buffer
	if _, err := body.ReadFrom(res.Body); err != nil {
		t.Fatal(err)
	}
	if res.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: %s\n%s", req.Method, req.URL, res.Status, body.String())
	}
	return body.String()
}

// setting reads what the first run wrote to .env.
func setting(t *testing.T, p *running, name string) string {
	t.Helper()
	m := regexp.MustCompile(`(?m)^` + name + `="?([^"\n]+)`).FindStringSubmatch(read(t, p.dir, ".env"))
	if m == nil {
		t.Fatalf(".env has no %s", name)
	}
	return m[1]
}

var (
	csrf     = regexp.MustCompile(`name="csrfmiddlewaretoken" value="([^"]+)"`)
	username = regexp.MustCompile(`(?m)^\s*username\s+(\S+)\s*$`)
	password = regexp.MustCompile(`(?m)^\s*password\s+(\S+)\s*$`)
)

// administer logs in to Django's admin with the printed password, makes a row
// and finds it in the list.
func administer(t *testing.T, p *running) {
	client := signedIn(t, p)
	submit(t, client, p.url+"/admin/catalog/category/add/", url.Values{"name": {"Zebra crossings"}, "slug": {"zebra-crossings"}})
	_, list := get(t, client, p.url+"/admin/catalog/category/")
	if !strings.Contains(list, "Zebra crossings") {
		t.Errorf("the new row is not in the list:\n%.3000s", list)
	}
}

// signedIn is a client that has logged in as the administrator.
func signedIn(t *testing.T, p *running) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar}
	name, pass := administrator(t, p)
	submit(t, client, p.url+"/accounts/login/?next=/admin/", url.Values{"username": {name}, "password": {pass}})
	return client
}

// administrator reads the name and the password that the first run prints.
func administrator(t *testing.T, p *running) (name, pass string) {
	t.Helper()
	names, passwords := username.FindStringSubmatch(p.proc.Output()), password.FindStringSubmatch(p.proc.Output())
	if names == nil || passwords == nil {
		t.Fatalf("the first run prints no admin user:\n%s", p.proc.Output())
	}
	return names[1], passwords[1]
}

// submit posts a form as a browser does, with the page's CSRF token.
func submit(t *testing.T, client *http.Client, page string, fields url.Values) {
	t.Helper()
	_, body := get(t, client, page)
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
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var answer bytes.Buffer
	_, _ = answer.ReadFrom(res.Body)
	if res.StatusCode != http.StatusOK || strings.Contains(answer.String(), "errornote") {
		t.Fatalf("POST %s: %s\n%.3000s", page, res.Status, answer.String())
	}
}

// takeNotes registers, adds a note and finds it in the list.
func takeNotes(t *testing.T, p *running) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar}
	post(t, client, p.url+"/v1/auth/register", `{"email": "ada@example.com", "password": "a long enough one"}`)
	post(t, client, p.url+"/v1/notes", `{"title": "Zebra crossing", "body": "mind the gap"}`)
	if _, list := get(t, client, p.url+"/v1/notes"); !strings.Contains(list, "Zebra crossing") {
		t.Errorf("the new note is not in the list: %s", list)
	}
}

func post(t *testing.T, client *http.Client, url, body string) {
	t.Helper()
	res, err := client.Post(url, "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusCreated {
		var answer bytes.Buffer
		_, _ = answer.ReadFrom(res.Body)
		t.Fatalf("POST %s: %s\n%s", url, res.Status, answer.String())
	}
}
