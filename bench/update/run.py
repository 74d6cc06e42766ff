#!/usr/bin/env python3
"""What tools that update generated projects do to what people wrote in them.

One template history of three versions in each tool's own format, seventeen
things that people do to a project, an update after each. Usage:

    run.py [--tool NAME]... [--scaffold PROGRAM] [--json]

Without --tool all that are installed run. A tool is a class with four methods;
see README.md. Exit 1: scaffold did not do what docs/benchmarks.md says of it.
"""

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

NAME = "shop"
VERSIONS = ["v1.0.0", "v1.1.0", "v2.0.0"]


def lines(first, last):
    return "".join(f"line {n}\n" for n in range(first, last + 1)).encode()


def history():
    """The files of each version: path -> bytes; @name@ stands for the answer."""
    v1 = {
        "README.md": b"# @name@\n\nIntroduction.\n\n" + lines(1, 20),
        "src/app.py": b"NAME = '@name@'\n" + lines(1, 40) + b"END = 1\n",
        "src/dropped.py": lines(100, 130),
        "src/old_name.py": lines(200, 230),
        "src/stays.py": lines(300, 310),
        "notes.txt": lines(400, 420),
        "logo.png": b"\x89PNG\x00\x01 one",
        "icon.png": b"\x89PNG\x00\x02 one",
        "run.sh": b"#!/bin/sh\necho run\n",
        "run.bat": lines(500, 520).replace(b"\n", b"\r\n"),
        "package.json": b'{\n  "name": "@name@",\n  "dependencies": {\n    "a": "1.0.0"\n  }\n}\n',
        "conf/one.ini": lines(600, 615),
        "conf/two.ini": lines(600, 615),
        ".gitignore": b".env\n",
    }
    v2 = dict(v1)
    v2["src/app.py"] = v1["src/app.py"].replace(b"END = 1", b"END = 2")
    del v2["src/dropped.py"]
    v2["src/new_name.py"] = v2.pop("src/old_name.py")
    v2["notes.txt"] = v1["notes.txt"].replace(b"line 420", b"line 420, changed by the template")
    v2["icon.png"] = b"\x89PNG\x00\x02 two"
    v2["run.bat"] = v1["run.bat"].replace(b"line 520", b"line 520, changed by the template")
    v2["package.json"] = v1["package.json"].replace(b'"a": "1.0.0"', b'"a": "1.0.0",\n    "theirs": "2.0.0"')
    v2["conf/sub/one.ini"] = v2.pop("conf/one.ini")
    v2[".env"] = b"TOKEN=template\n"
    v2["docs/new.md"] = b"# New\n"
    v3 = dict(v2)
    v3["README.md"] = v2["README.md"].replace(b"line 20", b"line 20, changed by the template")
    del v3["notes.txt"]
    return [v1, v2, v3]


def run(argv, cwd, env=None, check=True):
    done = subprocess.run(argv, cwd=cwd, env={**os.environ, **(env or {})}, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300)
    if check and done.returncode != 0:
        raise RuntimeError(f"{argv}: {done.stdout.decode(errors='replace')}")
    return done


def git(cwd, *args, check=True):
    return run(["git", *args], cwd, check=check)


def put(root, files):
    for name, data in files.items():
        at = root / name
        at.parent.mkdir(parents=True, exist_ok=True)
        at.write_bytes(data)


class Tool:
    """Keeps its template in a repository with a tag for each version."""

    name = ""

    def __init__(self, work):
        self.work, self.repo = work, work / "template"
        self.repo.mkdir(parents=True)
        git(self.repo, "init", "-q", "-b", "main")
        for tag, files in zip(VERSIONS, history()):
            for old in self.repo.iterdir():
                if old.name != ".git":
                    shutil.rmtree(old) if old.is_dir() else old.unlink()
            self.write(tag, files)
            git(self.repo, "add", "-A", "-f")
            git(self.repo, "commit", "-q", "-m", tag)
            git(self.repo, "tag", tag)
        self.project = work / NAME
        self.new()
        if not (self.project / ".git").exists():
            git(self.project, "init", "-q", "-b", "main")
            git(self.project, "add", "-A")
            git(self.project, "commit", "-q", "-m", "as generated")

    @staticmethod
    def text(data, placeholder):
        return data if b"\0" in data else data.replace(b"@name@", placeholder)


class Copier(Tool):
    name = "copier"

    def write(self, tag, files):
        put(self.repo, {"copier.yml": b"_templates_suffix: .jinja\n_subdirectory: files\nname: shop\n",
                        "files/{{_copier_conf.answers_file}}.jinja": b"{{ _copier_answers|to_nice_yaml }}"})
        for path, data in files.items():
            suffix = ".jinja" if b"@name@" in data else ""
            put(self.repo, {"files/" + path + suffix: self.text(data, b"{{ name }}")})

    def new(self):
        run(["copier", "copy", "--defaults", "--quiet", "--vcs-ref", VERSIONS[0], str(self.repo), str(self.project)], self.work)

    def update(self, project, tag):
        return run(["copier", "update", "--defaults", "--quiet", "--vcs-ref", tag], project, check=False)


class Cruft(Tool):
    name = "cruft"

    def write(self, tag, files):
        put(self.repo, {"cookiecutter.json": b'{"name": "shop"}'})
        for path, data in files.items():
            put(self.repo, {"{{ cookiecutter.name }}/" + path: self.text(data, b"{{ cookiecutter.name }}")})

    def new(self):
        run(["cruft", "create", "--no-input", "--checkout", VERSIONS[0], str(self.repo)], self.work)

    def update(self, project, tag):
        return run(["cruft", "update", "--skip-apply-ask", "--checkout", tag], project, check=False)


class Scaffold(Tool):
    name = "scaffold"
    program = "scaffold"

    def write(self, tag, files):
        put(self.repo, {"template.yaml": f"""apiVersion: scaffold/v1
name: web
title: Web
description: a web project
version: {tag[1:]}
files:
  - {{glob: package.json.tmpl, merge: json}}
""".encode()})
        for path, data in files.items():
            suffix = ".tmpl" if b"@name@" in data or path == ".gitignore" else ""
            put(self.repo, {"files/" + path + suffix: self.text(data, b"{{ .name }}")})

    def new(self):
        run([self.program, "new", NAME, "--template", f"git+file://{self.repo}@{VERSIONS[0]}", "--no-input"], self.work)

    def update(self, project, tag):
        return run([self.program, "update", "--to", tag], project, check=False)


class ScaffoldOnCopier(Copier):
    """scaffold, over copier's own template as it is."""

    name = "scaffold-copier"
    program = "scaffold"
    new, update = Scaffold.new, Scaffold.update


class ScaffoldOnCookiecutter(Cruft):
    """scaffold, over cookiecutter's own template as it is."""

    name = "scaffold-cookiecutter"
    program = "scaffold"
    new, update = Scaffold.new, Scaffold.update


TOOLS = [Scaffold, Copier, Cruft, ScaffoldOnCopier, ScaffoldOnCookiecutter]


class Scenario:
    """Something that a person does. mine: texts and bytes that must be there
    after the update; wanted: what of the template's must be; clean: nothing is
    left to be settled."""

    def __init__(self, title, edit, clean, mine=(), wanted=(), gone=(), check=None):
        self.title, self.edit, self.clean = title, edit, clean
        self.mine, self.wanted, self.gone, self.check = mine, wanted, gone, check


def replace(path, old, new):
    def edit(p):
        at = p / path
        data = at.read_bytes()
        assert old in data, path
        at.write_bytes(data.replace(old, new))
    return edit


def write(path, data):
    return lambda p: put(p, {path: data})


def remove(path):
    return lambda p: (p / path).unlink()


def move(old, new):
    def edit(p):
        (p / new).parent.mkdir(parents=True, exist_ok=True)
        (p / old).rename(p / new)
    return edit


def executable(p):
    (p / "run.sh").chmod(0o755)


def stays_executable(p):
    return os.access(p / "run.sh", os.X_OK)


THEIRS = b"END = 2"

SCENARIOS = [
    Scenario("nothing", lambda p: None, True, wanted=[THEIRS]),
    Scenario("a line far from the template's", replace("src/app.py", b"line 3\n", b"line 3, mine\n"), True, [b"line 3, mine"], [THEIRS]),
    Scenario("the same line", replace("src/app.py", b"END = 1", b"END = 'mine'"), False, [b"END = 'mine'"]),
    Scenario("a line of a file that goes", replace("src/dropped.py", b"line 110\n", b"line 110, mine\n"), False, [b"line 110, mine"], [THEIRS]),
    Scenario("a line of a file that is renamed", replace("src/old_name.py", b"line 210\n", b"line 210, mine\n"), True, [b"line 210, mine"], [THEIRS],
             check=lambda p: b"line 210, mine" in (p / "src/new_name.py").read_bytes() and not (p / "src/old_name.py").exists()),
    Scenario("renamed a file that changes", move("src/app.py", "src/main.py"), True, [b"line 40\n"], [THEIRS],
             check=lambda p: THEIRS in (p / "src/main.py").read_bytes() and not (p / "src/app.py").exists()),
    Scenario("deleted a file that changes", remove("notes.txt"), False, wanted=[THEIRS]),
    Scenario("deleted a file that does not", remove("src/stays.py"), True, wanted=[THEIRS], gone=["src/stays.py"]),
    Scenario("a binary that does not change", write("logo.png", b"\x89PNG\x00 mine"), True, [b"\x89PNG\x00 mine"], [THEIRS]),
    Scenario("a binary that changes", write("icon.png", b"\x89PNG\x00 mine"), False, [b"\x89PNG\x00 mine"], [THEIRS]),
    Scenario("an ignored .env, and the template adds one", write(".env", b"TOKEN=mine\n"), False, [b"TOKEN=mine"], [THEIRS]),
    Scenario("an untracked file, and the template adds one", write("docs/new.md", b"# Mine\n"), False, [b"# Mine"], [THEIRS]),
    Scenario("an executable bit", executable, True, wanted=[THEIRS], check=stays_executable),
    Scenario("a line of a file with CRLF", replace("run.bat", b"line 505\r\n", b"line 505, mine\r\n"), True, [b"line 505, mine\r\n"], [THEIRS, b"line 520, changed by the template\r\n"]),
    Scenario("a dependency beside a new one", replace("package.json", b'"a": "1.0.0"', b'"a": "1.0.0",\n    "mine": "3.0.0"'), True,
             [b'"mine": "3.0.0"'], [THEIRS], check=lambda p: {"mine", "theirs"} <= set(json.loads((p / "package.json").read_bytes())["dependencies"])),
    Scenario("a line of one of two like files", replace("conf/two.ini", b"line 605\n", b"line 605, mine\n"), True, [b"line 605, mine"], [THEIRS],
             check=lambda p: b"mine" in (p / "conf/two.ini").read_bytes()),
    Scenario("a file of the person's own", write("src/own.py", b"MINE = 1\n"), True, [b"MINE = 1"], [THEIRS]),
]

UNTRACKED = {".env", "docs/new.md"}


def content(project):
    """Every file outside of .git."""
    return {str(at.relative_to(project)): at.read_bytes() for at in project.rglob("*")
            if at.is_file() and ".git" not in at.relative_to(project).parts}


def unsettled(project):
    """What is left for the person: markers, rejected parts, files beside others,
    unmerged entries."""
    found = [n for n, data in content(project).items() if b"<<<<<<< " in data or n.endswith((".rej", ".orig", ".scaffold-new"))]
    return found or git(project, "ls-files", "-u").stdout.decode().split()


def play(tool, scenario, to=VERSIONS[1]):
    with tempfile.TemporaryDirectory() as tmp:
        project = pathlib.Path(tmp) / NAME
        shutil.copytree(tool.project, project, symlinks=True)
        scenario.edit(project)
        for name in git(project, "status", "--porcelain", "-uall").stdout.decode().splitlines():
            if name[3:] not in UNTRACKED:
                git(project, "add", "-A", "--", name[3:])
        if git(project, "diff", "--cached", "--name-only").stdout:
            git(project, "commit", "-q", "-m", "mine")
        started = time.monotonic()
        done = tool.update(project, to)
        seconds = time.monotonic() - started
        now = content(project)
        everything = b"\0".join(now.values())
        left = unsettled(project)
        lost = [m for m in scenario.mine if m not in everything]
        lost += [n for n in scenario.gone if n in now]
        if scenario.check is not None and not left and done.returncode == 0:
            try:
                lost += [] if scenario.check(project) else ["not where it belongs"]
            except OSError as e:
                lost.append(str(e))
        missing = [w for w in scenario.wanted if w not in everything]
        # Told: a tool that leaves something to be settled, that lost something or
        # that did not do its work ends with another code than 0.
        honest = (done.returncode != 0) == bool(left or lost or missing or not scenario.clean)
        return {
            "scenario": scenario.title, "exit": done.returncode, "lost": len(lost), "silent": int(bool(lost) and done.returncode == 0),
            "honest": honest, "needless": int(scenario.clean and (bool(left) or done.returncode != 0)), "missing": len(missing),
            "seconds": seconds, "output": done.stdout.decode(errors="replace"), "left": left,
        }


def table(results):
    names = list(results)
    out = ["| what the person did | " + " | ".join(names) + " |", "|---|" + "---|" * len(names)]
    for i, scenario in enumerate(SCENARIOS):
        cells = []
        for name in names:
            r = results[name][i]
            words = [w for w, on in (("**lost**", r["lost"]), ("**exit 0**", r["silent"]), ("exit not honest", not r["honest"]),
                                     ("needless conflict", r["needless"]), ("not updated", r["missing"])) if on]
            cells.append(", ".join(words) or ("clean" if scenario.clean else "told"))
        out.append(f"| {scenario.title} | " + " | ".join(cells) + " |")
    rows = [("scenarios in which something of the person's was lost", lambda r: sum(bool(x["lost"]) for x in r)), ("of these with exit 0", lambda r: sum(x["silent"] for x in r)),
            ("exit code not honest", lambda r: sum(not x["honest"] for x in r)), ("needless conflicts", lambda r: sum(x["needless"] for x in r)),
            ("template's change missing", lambda r: sum(bool(x["missing"]) for x in r)),
            ("seconds an update, median", lambda r: f"{sorted(x['seconds'] for x in r)[len(r) // 2]:.2f}")]
    for title, value in rows:
        out.append(f"| **{title}** | " + " | ".join(str(value(results[n])) for n in names) + " |")
    return "\n".join(out)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tool", action="append", choices=[t.name for t in TOOLS])
    parser.add_argument("--scaffold", default="scaffold", help="the program to run")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    Scaffold.program = ScaffoldOnCopier.program = ScaffoldOnCookiecutter.program = args.scaffold if os.sep not in args.scaffold else os.path.abspath(args.scaffold)
    results = {}
    with tempfile.TemporaryDirectory() as home:
        os.environ.update(HOME=home, XDG_CONFIG_HOME=home, XDG_CACHE_HOME=os.path.join(home, "cache"), GIT_CONFIG_NOSYSTEM="1", GIT_AUTHOR_NAME="Ada", GIT_AUTHOR_EMAIL="ada@example.com",
                          GIT_COMMITTER_NAME="Ada", GIT_COMMITTER_EMAIL="ada@example.com", GIT_CONFIG_COUNT="1",
                          GIT_CONFIG_KEY_0="protocol.file.allow", GIT_CONFIG_VALUE_0="always")
        for kind in TOOLS:
            if args.tool and kind.name not in args.tool:
                continue
            if shutil.which(getattr(kind, "program", kind.name)) is None:
                print(f"without {kind.name}: it is not installed", file=sys.stderr)
                continue
            tool = kind(pathlib.Path(home) / kind.name)
            results[kind.name] = [play(tool, s) for s in SCENARIOS]
    print(json.dumps(results, indent=2) if args.json else table(results))
    ours = results.get("scaffold", [])
    bad = [r for r in ours if r["lost"] or not r["honest"] or r["needless"] or r["missing"]]
    for r in bad:
        print(f"scaffold, {r['scenario']}: exit {r['exit']}, left {r['left']}\n{r['output']}", file=sys.stderr)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
