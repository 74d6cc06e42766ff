"""The production server. SIGTERM: readiness fails, after SHUTDOWN_DELAY new connections are
refused, the open requests end, then exit 0; all inside SHUTDOWN_TIMEOUT."""

import os
import shutil
import signal
import tempfile
from typing import Any

from config.settings import DATABASES, env

MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108
METRICS = tempfile.mkdtemp(prefix="metrics-", dir=MEMORY) if env.metrics_port else ""
if METRICS:  # set before prometheus_client is imported: the workers add up their figures there
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = METRICS

from gunicorn.workers.gthread import ThreadWorker
from prometheus_client.multiprocess import mark_process_dead

from config import health


class Worker(ThreadWorker):  # type: ignore[misc]
    """Closes its doors when it stops: left open but unattended, they keep new clients waiting."""

    def set_accept_enabled(self, enabled: bool) -> None:
        super().set_accept_enabled(enabled)
        if not self.alive:
            for listener in self.sockets:
                listener.close()


if DATABASES["default"]["ENGINE"] == "django.db.backends.postgresql":
    # The threads outnumber the connections: a request waits for one, and not for long.
    pool = {"min_size": 1, "max_size": env.db_pool_size, "timeout": env.db_pool_timeout}
    DATABASES["default"]["CONN_MAX_AGE"] = 0
    DATABASES["default"]["OPTIONS"]["pool"] = pool

wsgi_app = "config.wsgi"
listens = [(env.host, env.port)]
if env.metrics_port:
    listens.append((env.metrics_host, env.metrics_port))
bind = [f"[{host}]:{port}" if ":" in host else f"{host}:{port}" for host, port in listens]
worker_class = Worker
workers = env.web_concurrency
threads = 64  # most of them wait for a client; docs/OPERATIONS.md has the figures
preload_app = True
graceful_timeout = max(1, int(env.shutdown_timeout - env.shutdown_delay) - 1)
forwarder_headers = ""  # no client says what SCRIPT_NAME is
forwarded_allow_ips = "*" if env.trust_proxy else ""
worker_tmp_dir = MEMORY
control_socket_disable = True


def when_ready(server: Any) -> None:
    """Let SIGTERM fail readiness first, and give load balancers SHUTDOWN_DELAY to see it."""
    stop = signal.getsignal(signal.SIGTERM)

    def drain(*_: Any) -> None:
        health.draining[0] = 1
        signal.signal(signal.SIGTERM, stop)  # a second SIGTERM does not wait
        signal.signal(signal.SIGALRM, lambda *_: os.kill(os.getpid(), signal.SIGTERM))
        signal.setitimer(signal.ITIMER_REAL, max(env.shutdown_delay, 0.001))

    signal.signal(signal.SIGTERM, drain)


def child_exit(server: Any, worker: Any) -> None:
    if METRICS:
        mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def on_exit(server: Any) -> None:
    if METRICS:
        shutil.rmtree(METRICS, ignore_errors=True)
