from celery import shared_task

from .models import send


@shared_task
def send_waiting() -> None:
    """Every minute (config/celery.py): what the broker did not take when it was queued."""
    while send():
        pass
