"""The least that Django can do: bare views with the same query, no middleware, no checks.

/v1/products asks by the ORM, /raw/products by a cursor."""

import os
from urllib.parse import urlsplit

from django.conf import settings

url = urlsplit(os.environ["DATABASE_URL"])
settings.configure(
    SECRET_KEY="bench",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "accounts", "catalog"],
    AUTH_USER_MODEL="accounts.User",
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
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

import django

django.setup()

from catalog.models import Product
from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.db.models import F
from django.http import JsonResponse
from django.urls import path

LIST = """
SELECT p.id, p.sku, p.name, c.slug, p.price, p.stock, p.updated_at
FROM catalog_product p JOIN catalog_category c ON c.id = p.category_id
ORDER BY p.id DESC LIMIT 21
"""


def healthz(request):
    return JsonResponse({"status": "ok"})


def products(request):
    rows = Product.objects.order_by("-id").values(
        "id", "sku", "name", "price", "stock", "updated_at", slug=F("category__slug")
    )
    return JsonResponse({"items": list(rows[:21])[:20]})


def raw_products(request):
    with connection.cursor() as cursor:
        cursor.execute(LIST)
        names = [column[0] for column in cursor.description]
        rows = [dict(zip(names, row)) for row in cursor.fetchall()]
    return JsonResponse({"items": rows[:20]})


urlpatterns = [path("healthz", healthz), path("v1/products", products), path("raw/products", raw_products)]
application = get_wsgi_application()
