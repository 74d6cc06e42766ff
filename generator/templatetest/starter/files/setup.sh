#!/bin/sh
# Make the virtual environment and install what the service and its tests need.
set -eu
python3 -m venv .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check -r requirements.txt -r requirements-dev.txt
