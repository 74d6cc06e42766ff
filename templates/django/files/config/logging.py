"""Logging: one JSON object a line in production, coloured text in development."""

import logging
import os
import queue
import sys
import threading
from contextlib import suppress
from typing import Any

import structlog
from structlog.types import Processor

SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso"),
]


class Patient(logging.StreamHandler):
    """Writes by a thread of its own, so that a reader of the log who is slow or gone holds up no
    request. What no longer fits is dropped."""

    SIZE = 10_000
    owner = 0  # the process whose thread it is; workers are forked

    def emit(self, record: logging.LogRecord) -> None:
        if self.owner != os.getpid():
            self.owner = os.getpid()
            # The one queue that a signal's handler may put something in, whatever it interrupts.
            self.lines: queue.SimpleQueue[str | threading.Event] = queue.SimpleQueue()
            threading.Thread(target=self.write, args=[self.lines], daemon=True).start()
        if self.lines.qsize() < self.SIZE:
            self.lines.put(self.format(record))

    def write(self, lines: queue.SimpleQueue[str | threading.Event]) -> None:
        while True:
            line = lines.get()
            if isinstance(line, threading.Event):
                line.set()
                continue
            with suppress(OSError, ValueError):
                self.stream.write(f"{line}\n")
                self.stream.flush()

    def flush(self) -> None:
        if self.owner == os.getpid():
            written = threading.Event()
            self.lines.put(written)
            written.wait(2)


def configure(level: str, *, as_json: bool) -> dict[str, Any]:
    """Set structlog up and return Django's LOGGING, so that both write the same lines."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = Patient if as_json else logging.StreamHandler
    final: list[Processor] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if as_json:
        final += [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    else:
        plain = structlog.dev.plain_traceback
        colors = sys.stderr.isatty()
        final += [structlog.dev.ConsoleRenderer(colors=colors, exception_formatter=plain)]
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": "structlog.stdlib.ProcessorFormatter",
                "processors": final,
                "foreign_pre_chain": SHARED,
            }
        },
        "handlers": {"stderr": {"()": handler, "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # RequestMiddleware writes one line a request; these would repeat it.
            "gunicorn.error": {"handlers": ["stderr"], "level": level, "propagate": False},
            "django": {"handlers": [], "level": level},
            "django.server": {"handlers": [], "level": "CRITICAL"},
            "django.request": {"level": "ERROR"},
            "django.security.DisallowedHost": {"level": "CRITICAL"},
        },
    }
