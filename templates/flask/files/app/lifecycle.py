"""What outlives a request: the draining flag, and work to finish before the process ends."""

from __future__ import annotations

import atexit
import mmap
from collections.abc import Callable

# One byte of memory shared by the gunicorn master and its workers, who inherit it.
_flag = mmap.mmap(-1, 1)
_closers: list[Callable[[], None]] = []


def start_draining() -> None:
    _flag[0] = 1


def draining() -> bool:
    return _flag[0] == 1


def on_exit(closer: Callable[[], None]) -> None:
    _closers.append(closer)


@atexit.register
def close() -> None:
    """Run the closers, last registered first; safe to call twice."""
    while _closers:
        _closers.pop()()
