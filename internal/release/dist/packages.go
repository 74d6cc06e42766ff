package main

import (
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

const (
	summary = "Recommend a backend, say why, and make a repo that runs at once"
	npmName = "scaffold-backend"
	pyName  = "scaffold_backend"
)

// debian builds a package by dpkg-deb, which a Debian system has.
func (r *release) debian(t target, program file) error {
	dir, err := os.MkdirTemp("", "scaffold-deb-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	program.name = "bin/" + program.name
	size := 0
	for _, f := range sorted("usr", []file{program}, r.extras, []file{{"share/doc/scaffold/copyright", 0o644, r.docs[0].data}}) {
		size += len(f.data)
		if err := write(dir, f); err != nil {
			return err
		}
	}
	control := fmt.Sprintf("Package: scaffold\nVersion: %s\nArchitecture: %s\nMaintainer: The scaffold authors <scaffold@example.com>\n"+
		"Installed-Size: %d\nRecommends: git\nSection: devel\nPriority: optional\nDescription: %s\n", r.version, t.deb, size/1024, summary)
	if err := write(dir, file{"DEBIAN/control", 0o644, []byte(control)}); err != nil {
		return err
	}
	cmd := exec.Command("dpkg-deb", "--build", "--root-owner-group", dir, filepath.Join(r.out, fmt.Sprintf("scaffold_%s_%s.deb", r.version, t.deb)))
	cmd.Env = append(os.Environ(), fmt.Sprintf("SOURCE_DATE_EPOCH=%d", r.at.Unix()))
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("dpkg-deb: %w: %s", err, out)
	}
	return nil
}

func write(dir string, f file) error {
	path := filepath.Join(dir, filepath.FromSlash(f.name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, f.data, f.mode)
}

// npmPlatform is the package with the binary of one system, which npm installs
// there alone.
func (r *release) npmPlatform(t target, program file) error {
	name := npmName + "-" + t.npmOS + "-" + t.npmCPU
	program.name = "bin/" + program.name
	return r.npm(name, map[string]any{
		"name": name, "version": r.version, "description": summary + " (the program for " + t.String() + ")", "license": "MIT",
		"os": []string{t.npmOS}, "cpu": []string{t.npmCPU}, "files": []string{"bin"}, "preferUnplugged": true,
	}, program, r.docs[0])
}

// npmMain is the package that people install: it starts the binary of the
// platform's package. It runs nothing while it is installed.
func (r *release) npmMain() error {
	optional := map[string]string{}
	for _, t := range targets {
		optional[npmName+"-"+t.npmOS+"-"+t.npmCPU] = r.version
	}
	var pages []string
	files := []file{{"bin/scaffold.js", 0o755, []byte(npmStart)}, r.docs[0], r.docs[1]}
	for _, f := range r.extras {
		if strings.HasPrefix(f.name, "share/man/") {
			pages = append(pages, "./"+f.name)
		}
		files = append(files, f)
	}
	return r.npm(npmName, map[string]any{
		"name": npmName, "version": r.version, "description": summary, "license": "MIT",
		"bin": map[string]string{"scaffold": "bin/scaffold.js"}, "man": pages, "files": []string{"bin", "share"},
		"engines": map[string]string{"node": ">=18"}, "optionalDependencies": optional,
	}, files...)
}

const npmStart = `#!/usr/bin/env node
// Starts the program of this system's package.
const { spawnSync } = require("node:child_process");
const name = "` + npmName + `-" + process.platform + "-" + process.arch;
const file = process.platform === "win32" ? "scaffold.exe" : "scaffold";
let program;
try {
  program = require.resolve(name + "/bin/" + file);
} catch {
  console.error("error: " + name + " is not installed\n  try: install again without --omit=optional; the systems are in this package's optionalDependencies");
  process.exit(1);
}
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => {}); // the program's to answer
const done = spawnSync(program, process.argv.slice(2), { stdio: "inherit" });
if (done.error) throw done.error;
process.exit(done.status ?? 128 + (require("node:os").constants.signals[done.signal] ?? 0));
`

func (r *release) npm(name string, about map[string]any, files ...file) error {
	data, err := json.MarshalIndent(about, "", "  ")
	if err != nil {
		return err
	}
	files = sorted("package", files, []file{{"package.json", 0o644, append(data, '\n')}})
	return r.put(fmt.Sprintf("%s-%s.tgz", name, r.version), tarred(files, r.at))
}

// wheel is the Python package of one system
// (https://packaging.python.org/en/latest/specifications/binary-distribution-format/).
func (r *release) wheel(t target, program file) error {
	base := pyName + "-" + r.version
	program.name = base + ".data/scripts/" + program.name
	files := []file{program}
	for _, f := range r.extras {
		f.name = base + ".data/data/" + f.name
		files = append(files, f)
	}
	var tags strings.Builder
	for _, tag := range strings.Split(t.wheel, ".") {
		fmt.Fprintf(&tags, "Tag: py3-none-%s\n", tag)
	}
	about := base + ".dist-info/"
	files = append(files,
		file{about + "METADATA", 0o644, []byte(fmt.Sprintf("Metadata-Version: 2.1\nName: %s\nVersion: %s\nSummary: %s\nLicense: MIT\nRequires-Python: >=3.8\nDescription-Content-Type: text/markdown\n\n%s",
			strings.ReplaceAll(pyName, "_", "-"), r.version, summary, r.docs[1].data))},
		file{about + "WHEEL", 0o644, []byte("Wheel-Version: 1.0\nGenerator: make dist\nRoot-Is-Purelib: false\n" + tags.String())},
		file{about + "licenses/LICENSE", 0o644, r.docs[0].data},
	)
	files = sorted("", files)
	var record strings.Builder
	for _, f := range files {
		sum := sha256.Sum256(f.data)
		fmt.Fprintf(&record, "%s,sha256=%s,%d\n", f.name, base64.RawURLEncoding.EncodeToString(sum[:]), len(f.data))
	}
	fmt.Fprintf(&record, "%sRECORD,,\n", about)
	files = append(files, file{about + "RECORD", 0o644, []byte(record.String())})
	return r.put(fmt.Sprintf("%s-py3-none-%s.whl", base, t.wheel), zipped(files, r.at))
}

// bill lists what a binary was built from, as Go recorded it in the binary, in
// the form of CycloneDX (https://cyclonedx.org/docs/1.5/json/).
func (r *release) bill(path, name string) error {
	info, err := buildinfo.ReadFile(path)
	if err != nil {
		return err
	}
	components := []map[string]any{{"type": "library", "name": "std", "version": strings.TrimPrefix(info.GoVersion, "go"), "purl": "pkg:golang/std@" + strings.TrimPrefix(info.GoVersion, "go")}}
	for _, m := range info.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		components = append(components, map[string]any{"type": "library", "name": m.Path, "version": m.Version, "purl": "pkg:golang/" + m.Path + "@" + m.Version})
	}
	data, err := json.MarshalIndent(map[string]any{
		"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1,
		"metadata": map[string]any{
			"timestamp": r.at.Format("2006-01-02T15:04:05Z"),
			"component": map[string]any{"type": "application", "name": "scaffold", "version": r.version},
		},
		"components": components,
	}, "", "  ")
	if err != nil {
		return err
	}
	return r.put(name+".cdx.json", append(data, '\n'))
}
