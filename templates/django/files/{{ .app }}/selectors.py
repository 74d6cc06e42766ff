"""Reading. Every query of the API and the pages is here, so that its cost is seen in one place."""

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet

from accounts.models import User

from .models import Category, Product

FIELDS = ("id", "sku", "name", "price", "stock", "updated_at")


def categories() -> QuerySet[Category]:
    return Category.objects.all()


def newest_products(
    *, after: int | None = None, limit: int = 20, category: str | None = None
) -> tuple[list[dict[str, Any]], int | None]:
    """One page and the cursor of the next, by key: page 50,000 costs what page 1 costs."""
    query = Product.objects.order_by("-id")
    if category is not None:
        # Resolved first: a join would make the planner walk all products of a rare category.
        query = query.filter(category=Category.objects.filter(slug=category).first())
    if after is not None:
        query = query.filter(id__lt=after)
    rows = list(query.values(*FIELDS, "category__slug", "category__name")[: limit + 1])
    for row in rows:
        row["category"] = row.pop("category__slug")
    return rows[:limit], rows[limit - 1]["id"] if len(rows) > limit else None


def product(product_id: int) -> QuerySet[Product]:
    return Product.objects.select_related("category").filter(id=product_id)


def every_product(owner: User | None) -> Iterator[tuple[Any, ...]]:
    """All products, or one owner's, in constant memory."""
    products = Product.objects.order_by("id")
    if owner is not None:
        products = products.filter(owner=owner)
    rows = products.values_list("sku", "name", "category__slug", "price", "stock")
    return rows.iterator(chunk_size=2000)
