"""Uploaded files: kept outside the source, given out by links that are signed and expire.

Whoever may see a page that shows a link may follow it; nobody can make one up or guess one.
"""

from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from django.core.files.storage import FileSystemStorage
from django.core.signing import BadSignature, TimestampSigner
from django.http import FileResponse, Http404, HttpRequest
from django.utils._os import safe_join

signer = TimestampSigner(salt="media")


class SignedStorage(FileSystemStorage):
    def url(self, name: str | None) -> str:
        return f"{super().url('')}{quote(signer.sign(name or ''))}"


def serve(request: HttpRequest, signed: str) -> FileResponse:
    try:
        name = signer.unsign(signed, max_age=settings.MEDIA_LINK_SECONDS)
        file = Path(safe_join(settings.MEDIA_ROOT, name)).open("rb")  # noqa: SIM115  # the response closes it
    except (BadSignature, OSError) as error:
        raise Http404 from error
    # As a download: what somebody uploaded never runs as a page of this site.
    return FileResponse(file, as_attachment=True, headers={"Cache-Control": "private"})
