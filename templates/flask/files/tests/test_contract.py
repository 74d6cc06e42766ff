"""What openapi.json says is what happens: schemathesis tries every operation against it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.test_server import SERVE, serving


def test_the_service_keeps_to_its_document(
    environment: dict[str, str], migrated: None, tmp_path: Path
) -> None:
    with serving([*SERVE[:-1], "app:create_app()"], environment, tmp_path) as server:
        program = "from schemathesis.cli import schemathesis; schemathesis()"
        command = [sys.executable, "-c", program, "run"]
        command += [f"http://127.0.0.1:{server.port}/openapi.json", "--seed", "1", "-n", "25"]
        command += ["--generation-database", "none", "--no-color", "--max-failures", "20"]
        for name, value in server.headers.items():
            command += ["--header", f"{name}: {value}"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
