package generator_test

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"scaffold/generator"
	"scaffold/generator/fault"
)

func TestARecordIsReadAsItWasWritten(t *testing.T) {
	req := request(t, "/projects/shop")
	req.Template.Layers = append([]generator.Layer{{Name: "base", Source: "git+https://h/r#base", Ref: "v1.0.0", Commit: "c0ffee", Version: "1.0.0", SHA256: "sha256:11"}}, req.Template.Layers...)
	plan, err := generator.New(generator.Options{Now: noon}).Plan(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range plan.Files {
		if f.Path != generator.LockFile {
			continue
		}
		record, err := generator.ReadRecord(fstest.MapFS{generator.LockFile: {Data: f.Data}})
		if err != nil {
			t.Fatalf("%v\n%s", err, f.Data)
		}
		want := &generator.Record{Scaffold: generator.Version, Parts: []generator.RecordedPart{{Path: ".", Layers: req.Template.Layers}}}
		if diff := cmp.Diff(want, record); diff != "" {
			t.Error(diff)
		}
		return
	}
	t.Error("there is no lock")
}

func TestARecordThatCannotBeReadIsSaid(t *testing.T) {
	tests := map[string]struct{ lock, want string }{
		"nothing there":   {"", "not made by scaffold"},
		"another version": {"apiVersion: scaffold/lock/v9\nscaffold: 9.0.0\nparts: []\n", "reads scaffold/lock/v1"},
		"no parts":        {"apiVersion: scaffold/lock/v1\nscaffold: 1.0.0\nparts: []\n", "no parts"},
		"no layers":       {"apiVersion: scaffold/lock/v1\nscaffold: 1.0.0\nparts:\n  - {path: ., layers: []}\n", "no layers"},
		"no YAML":         {"{{{", "cannot be read"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			dir := fstest.MapFS{}
			if test.lock != "" {
				dir[generator.LockFile] = &fstest.MapFile{Data: []byte(test.lock)}
			}
			_, err := generator.ReadRecord(dir)
			if !fault.Is(err, fault.Destination) || !strings.Contains(err.Error(), test.want) {
				t.Error(err)
			}
			if errors.Is(err, fs.ErrNotExist) != (test.lock == "") {
				t.Error(err)
			}
		})
	}
}

func TestTheLockKeepsHowAFileIsMerged(t *testing.T) {
	req := request(t, "/projects/shop")
	req.Template.Manifest.Files[0].Merge = "json" // the rule of one file
	plan, err := generator.New(generator.Options{Now: noon}).Plan(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range plan.Files {
		if f.Path == generator.LockFile && strings.Count(string(f.Data), "merge: json") == 1 {
			return
		}
	}
	t.Error("the lock does not say how that file is merged")
}

// FuzzReadRecord holds that a lock file, which anybody may edit, is read or
// refused.
func FuzzReadRecord(f *testing.F) {
	f.Add([]byte("apiVersion: scaffold/lock/v1\nscaffold: 1.0.0\nparts:\n  - {path: ., layers: [{name: a, source: b, ref: c, commit: null, version: d, sha256: e}]}\n"))
	f.Add([]byte("parts: &a [*a]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		record, err := generator.ReadRecord(fstest.MapFS{generator.LockFile: {Data: data}})
		if (record == nil) == (err == nil) {
			t.Errorf("%v %v", record, err)
		}
		if record != nil {
			_ = record.Parts[0].Template()
		}
	})
}
