package state_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"scaffold/generator/fault"
	"scaffold/generator/internal/state"
)

type pets struct {
	Names map[string]string `yaml:"names,omitempty"`
}

func file(path string) state.File[pets] {
	return state.File[pets]{Path: path, What: "the list of pets", Header: "Pets.", Kind: "scaffold/pets", Version: 3}
}

func set(name, kind string) func(*pets) error {
	return func(p *pets) error {
		if p.Names == nil {
			p.Names = map[string]string{}
		}
		p.Names[name] = kind
		return nil
	}
}

func TestWhatIsChangedIsRead(t *testing.T) {
	f := file(filepath.Join(t.TempDir(), "deep", "down", "pets.yaml"))
	if got, err := f.Read(); err != nil || got.Names != nil {
		t.Fatalf("a file that is missing holds nothing: %v, %v", got, err)
	}
	for name, kind := range map[string]string{"Tom": "cat", "...": "---\n...\n", "# no": "é\u2028\x7f"} {
		if err := f.Change(t.Context(), set(name, kind)); err != nil {
			t.Fatal(err)
		}
	}
	got, err := f.Read()
	want := pets{map[string]string{"Tom": "cat", "...": "---\n...\n", "# no": "é\u2028\x7f"}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Fatal(diff, err)
	}
	data, _ := os.ReadFile(f.Path)
	if !strings.HasPrefix(string(data), "# Pets.\napiVersion: scaffold/pets/v3\n") || !strings.HasSuffix(string(data), "\n...\n") {
		t.Errorf("%s", data)
	}
	if info, _ := os.Stat(f.Path); runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Error(info.Mode())
	}
}

func TestAChangeThatFailsOrChangesNothingLeavesTheFile(t *testing.T) {
	f := file(filepath.Join(t.TempDir(), "pets.yaml"))
	if err := f.Change(t.Context(), func(*pets) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(f.Path); !os.IsNotExist(err) {
		t.Error("a file was made for nothing")
	}
	no := errors.New("no")
	if err := f.Change(t.Context(), func(p *pets) error { return errors.Join(set("Tom", "cat")(p), no) }); !errors.Is(err, no) {
		t.Fatal(err)
	}
	if got, _ := f.Read(); got.Names != nil {
		t.Error(got)
	}
}

func TestOlderVersionsAreReadAndWrittenAnew(t *testing.T) {
	f := file(filepath.Join(t.TempDir(), "pets.yaml"))
	for _, old := range []string{
		"apiVersion: scaffold/pets/v1\nnames: {Tom: cat}\n",
		"# by hand\napiVersion: \"scaffold/pets/v1\"\r\nnames: {Tom: cat}\r\n",
		"apiVersion: scaffold/pets/v2\nnames: {Tom: cat}\n...\n",
	} {
		write(t, f.Path, old)
		if got, err := f.Read(); err != nil || got.Names["Tom"] != "cat" {
			t.Fatalf("%q: %v, %v", old, got, err)
		}
		if err := f.Change(t.Context(), set("Rex", "dog")); err != nil {
			t.Fatal(err)
		}
		data, _ := os.ReadFile(f.Path)
		if got, err := f.Read(); err != nil || len(got.Names) != 2 || !strings.Contains(string(data), "pets/v3") {
			t.Fatalf("%v, %v, %s", got, err, data)
		}
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestWhatCannotBeReadIsLeftAsItIs(t *testing.T) {
	tests := map[string]struct{ text, says, try string }{
		"unknown key":          {"apiVersion: scaffold/pets/v1\nnomes: {}\n", `unknown key "nomes"`, "move it away"},
		"wrong type":           {"apiVersion: scaffold/pets/v1\nnames: [Tom]\n", "cannot be read", "move it away"},
		"no YAML":              {"{{{", "cannot be read", "move it away"},
		"empty":                {"", "names no apiVersion", "move it away"},
		"zeros":                {"\x00\x00\x00\x00", "cannot be read", "move it away"},
		"no version":           {"names: {}\n", "names no apiVersion", "move it away"},
		"another kind":         {"apiVersion: scaffold/plants/v1\n", "should be scaffold/pets/v3", "move it away"},
		"no number":            {"apiVersion: scaffold/pets/vx\n", "should be scaffold/pets/v3", "move it away"},
		"two documents":        {"apiVersion: scaffold/pets/v3\n---\nnames: {}\n...\n", "more than one", "move it away"},
		"a newer scaffold":     {"apiVersion: scaffold/pets/v4\nnew: {thing: 1}\n...\n", "a newer scaffold wrote it", "update scaffold"},
		"too large to be ours": {"apiVersion: scaffold/pets/v1\n#" + strings.Repeat("x", 5<<20), "bytes", "move it away"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			f := file(filepath.Join(t.TempDir(), "pets.yaml"))
			write(t, f.Path, tt.text)
			_, err := f.Read()
			mustFault(t, err, fault.State, f.Path, tt.says, tt.try)
			mustFault(t, f.Change(t.Context(), set("Rex", "dog")), fault.State, f.Path, tt.says, tt.try)
			if data, _ := os.ReadFile(f.Path); string(data) != tt.text {
				t.Errorf("the file is now %.200q", data)
			}
		})
	}
}

func mustFault(t *testing.T, err error, kind fault.Kind, path, says, try string) {
	t.Helper()
	f := fault.Of(err)
	if f == nil || f.Kind != kind || f.Place.File != path || !strings.Contains(f.Message, says) || !strings.Contains(f.Hint, try) {
		t.Fatalf("want %s of %s with %q and %q, got %#v", kind, path, says, try, f)
	}
	if path != "" && strings.Contains(f.Message, path) {
		t.Errorf("the path is said twice: %v", f)
	}
}

// TestAFileThatWasCutShortIsNeverTakenForAWholeOne cuts a file behind each of
// its bytes: most of what is left is good YAML with fewer entries.
func TestAFileThatWasCutShortIsNeverTakenForAWholeOne(t *testing.T) {
	f := file(filepath.Join(t.TempDir(), "pets.yaml"))
	for i := range 20 {
		if err := f.Change(t.Context(), set(fmt.Sprint("pet", i), "cat")); err != nil {
			t.Fatal(err)
		}
	}
	whole, _ := os.ReadFile(f.Path)
	for n := range whole {
		write(t, f.Path, string(whole[:n]))
		if _, err := f.Read(); !fault.Is(err, fault.State) {
			t.Fatalf("cut behind byte %d it is read: %v\n%s", n, err, whole[:n])
		}
	}
}

func TestWhatIsNoFileIsSaid(t *testing.T) {
	f := file(filepath.Join(t.TempDir(), "pets.yaml"))
	if err := os.Mkdir(f.Path, 0o700); err != nil {
		t.Fatal(err)
	}
	_, err := f.Read()
	mustFault(t, err, fault.State, f.Path, "it is a directory", "move it away")
	mustFault(t, f.Change(t.Context(), set("Rex", "dog")), fault.State, f.Path, "it is a directory", "move it away")
}

func TestWhereNothingCanBeWrittenIsSaid(t *testing.T) {
	blocked := filepath.Join(t.TempDir(), "config")
	write(t, blocked, "")
	f := file(filepath.Join(blocked, "pets.yaml")) // below a file
	if _, err := f.Read(); err != nil {
		t.Fatal(err)
	}
	mustFault(t, f.Change(t.Context(), set("Rex", "dog")), fault.State, f.Path, "cannot be written", "XDG_CONFIG_HOME")
	err := file("").Change(t.Context(), set("Rex", "dog"))
	mustFault(t, err, fault.State, "", "no home directory", "XDG_CONFIG_HOME")
}

func TestALinkStaysOne(t *testing.T) {
	dir := t.TempDir()
	f := file(filepath.Join(dir, "pets.yaml"))
	real := filepath.Join(dir, "dotfiles.yaml")
	write(t, real, "apiVersion: scaffold/pets/v1\n")
	if err := os.Symlink(real, f.Path); err != nil {
		t.Skip(err)
	}
	if err := f.Change(t.Context(), set("Tom", "cat")); err != nil {
		t.Fatal(err)
	}
	data, _ := os.ReadFile(real)
	if info, _ := os.Lstat(f.Path); info.Mode()&os.ModeSymlink == 0 || !bytes.Contains(data, []byte("Tom")) {
		t.Fatalf("%v\n%s", info.Mode(), data)
	}
}

// holder, as the test binary again, holds the lock until its input ends.
func TestMain(m *testing.M) {
	if path := os.Getenv("HOLD"); path != "" {
		err := file(path).Change(context.Background(), func(*pets) error {
			fmt.Println("held")
			bytes.NewBuffer(nil).ReadFrom(os.Stdin)
			return nil
		})
		fmt.Println(err)
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func hold(t *testing.T, path string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "HOLD="+path)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close(); cmd.Wait() })
	if line := make([]byte, 5); true {
		if _, err := out.Read(line); err != nil || string(line) != "held\n" {
			t.Fatal(string(line), err)
		}
	}
	return cmd
}

func TestALiveProcessIsWaitedForAndNamed(t *testing.T) {
	f := file(filepath.Join(t.TempDir(), "pets.yaml"))
	other := hold(t, f.Path)
	f.Wait = 300 * time.Millisecond
	began := time.Now()
	err := f.Change(t.Context(), set("Tom", "cat"))
	mustFault(t, err, fault.Busy, f.Path, "process "+strconv.Itoa(other.Process.Pid), "wait until it is done")
	if waited := time.Since(began); waited < f.Wait {
		t.Errorf("waited only %s", waited)
	}
	if _, err := f.Read(); err != nil {
		t.Error("reading waits for nobody:", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	f.Wait = time.Hour
	if err := f.Change(ctx, set("Tom", "cat")); !errors.Is(err, context.Canceled) {
		t.Error("waiting does not end with its context:", err)
	}
}

func TestTheLockOfADeadProcessIsTakenOver(t *testing.T) {
	f := file(filepath.Join(t.TempDir(), "pets.yaml"))
	other := hold(t, f.Path)
	write(t, f.Path+".new", "what it was about to write")
	if err := other.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := f.Change(t.Context(), set("Tom", "cat")); err != nil {
		t.Fatal(err)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(f.Path), "*.new")); len(left) > 0 {
		t.Error(left)
	}
}

func TestParallelChangesAreAllKept(t *testing.T) {
	f := file(filepath.Join(t.TempDir(), "pets.yaml"))
	var wg sync.WaitGroup
	for i := range 64 {
		wg.Go(func() {
			if err := f.Change(t.Context(), set(strconv.Itoa(i), "cat")); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got, err := f.Read(); len(got.Names) != 64 {
		t.Errorf("%d are left, %v", len(got.Names), err)
	}
}
