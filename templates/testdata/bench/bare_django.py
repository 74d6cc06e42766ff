"""The least that Django can do: the same answers, with no middleware, ORM or checks."""

import os
from urllib.parse import urlsplit

from django.conf import settings

url = urlsplit(os.environ["DATABASE_URL"])
settings.configure(
    SECRET_KEY="bench",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": url.path[1:],
            "USER": url.username,
            "HOST": url.hostname,
            "PORT": url.port,
            "CONN_MAX_AGE": 60,
        }
    },
)

from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.http import JsonResponse
from django.urls import path

LIST = """
SELECT p.id, p.sku, p.name, c.slug, p.price, p.stock, p.created_at, p.updated_at
FROM catalog_product p JOIN catalog_category c ON c.id = p.category_id
ORDER BY p.id DESC LIMIT 20
"""


def healthz(request):
    return JsonResponse({"status": "ok"})


def products(request):
    with connection.cursor() as cursor:
        cursor.execute(LIST)
        names = [column[0] for column in cursor.description]
        rows = [dict(zip(names, row)) for row in cursor.fetchall()]
    return JsonResponse({"items": rows})


urlpatterns = [path("healthz", healthz), path("v1/products", products)]
application = get_wsgi_application()
