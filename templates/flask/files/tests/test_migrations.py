from __future__ import annotations

import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from flask import Flask
from sqlalchemy import Column, Index, Integer, String, Table, inspect, text

from app import db
from app.config import ROOT
from app.models import Base
from tests.conftest import ALEMBIC


def tables(app: Flask) -> set[str]:
    with app.app_context():
        return set(inspect(db.engine()).get_table_names()) - {"alembic_version"}


def test_forward_back_and_forward_again(app: Flask) -> None:
    assert tables(app) == set(Base.metadata.tables)
    command.downgrade(ALEMBIC, "base")
    try:
        assert tables(app) == set()
    finally:
        command.upgrade(ALEMBIC, "head")
    assert tables(app) == set(Base.metadata.tables)


@pytest.mark.usefixtures("app")
def test_the_models_need_no_further_migration() -> None:
    command.check(ALEMBIC)


def test_a_migration_written_on_sqlite_applies_here_too(
    app: Flask, environment: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(ROOT / "migrations", tmp_path / "migrations")
    config = Config()
    config.set_main_option("script_location", str(tmp_path / "migrations"))
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/draft.db")
    command.upgrade(config, "head")
    extra = Table("extra", Base.metadata, Column("id", Integer, primary_key=True))
    try:
        command.revision(config, "a table", autogenerate=True)
        command.upgrade(config, "head")
        extra.append_column(Column("name", String(9), nullable=False, server_default="x"))
        extra.append_constraint(Index("ix_extra_name", extra.c.name))
        command.revision(config, "a column and an index", autogenerate=True)
        monkeypatch.setenv("DATABASE_URL", environment["DATABASE_URL"])
        command.upgrade(config, "head")
        command.check(config)
        command.downgrade(config, "-2")
        assert "extra" not in tables(app)
    finally:
        Base.metadata.remove(extra)


def test_a_migration_waits_for_one_that_runs(app: Flask) -> None:
    """Several hosts of one deployment may all begin with `alembic upgrade head`."""
    with app.app_context():
        if db.engine().dialect.name != "postgresql":
            pytest.skip("the lock is PostgreSQL's: set TEST_DATABASE_URL")
    command.downgrade(ALEMBIC, "base")
    with app.app_context(), db.engine().connect() as other:
        other.execute(text("select pg_advisory_xact_lock(7202611)"))  # as in migrations/env.py
        process = subprocess.Popen([sys.executable, "-m", "alembic", "upgrade", "head"])
        waiting = text(
            "select count(*) from pg_locks join pg_database d on d.oid = database "
            "where locktype = 'advisory' and not granted and datname = current_database()"
        )
        while not (waits := other.scalar(waiting)) and process.poll() is None:
            time.sleep(0.1)
        other.rollback()
    assert process.wait(60) == 0
    assert waits
    assert tables(app) == set(Base.metadata.tables)
