"""Tasks that are to be sent. They are written in the caller's transaction, sent once it is
committed, and kept while the broker is away: a row that exists never lost its task.

A task may be sent twice (the process dies between sending and forgetting), so tasks do no harm
when they run again.
"""

from typing import Any

import structlog
from celery import Task, current_app
from django.conf import settings
from django.db import models, transaction
from kombu.exceptions import OperationalError

from config.health import Part

log = structlog.get_logger(__name__)

BATCH = 500
broker = Part("broker")


class Message(models.Model):
    task = models.CharField(max_length=200)
    arguments = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.task} {self.arguments}"


def enqueue(task: Task, *arguments: Any) -> None:
    """Send it after commit, and never if there is none. What goes wrong then is no error of the
    caller's, whose rows are there: send_waiting tries again."""
    message = Message.objects.create(task=task.name, arguments=arguments)
    transaction.on_commit(lambda: send(id=message.id), robust=True)


def send(**which: Any) -> int:
    """Sends what is waiting, oldest first, and says how many; what cannot be sent stays."""
    if broker.is_away() and not settings.CELERY_TASK_ALWAYS_EAGER:
        return 0
    with transaction.atomic():
        waiting = Message.objects.select_for_update(skip_locked=True).filter(**which)[:BATCH]
        sent = []
        for message in waiting:
            try:
                current_app.tasks[message.task].apply_async(message.arguments)
            except OperationalError as error:
                broker.lost(error)
                break
            except Exception:  # of a task that is no more, say: the others do not wait for it
                log.exception("not_sent", task=message.task)
                continue
            sent.append(message.pk)
        else:
            broker.found()
        Message.objects.filter(pk__in=sent).delete()
    return len(sent)
