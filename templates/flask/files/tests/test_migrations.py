from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic import command
from flask import Flask
from sqlalchemy import inspect

from app import db
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


def test_migrations_that_start_together_do_not_collide(app: Flask, tmp_path: Path) -> None:
    """Several hosts of one deployment may all begin with `alembic upgrade head`."""
    import subprocess
    import sys

    with app.app_context():
        if db.engine().dialect.name != "postgresql":
            pytest.skip("the lock is PostgreSQL's: set TEST_DATABASE_URL")
    command.downgrade(ALEMBIC, "base")
    upgrade = [sys.executable, "-m", "alembic", "upgrade", "head"]
    with ThreadPoolExecutor(3) as pool:
        codes = list(pool.map(lambda _: subprocess.run(upgrade, check=False).returncode, range(3)))
    assert codes == [0, 0, 0]
    assert tables(app) == set(Base.metadata.tables)
