"""Writing. The API and the commands change products through these. The admin's forms write by
themselves, by the admin's own permissions, and queue the same counts (admin.py)."""

import csv
import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from pydantic import ValidationError

from accounts.models import User

from . import selectors, tasks
from .models import Category, Product
from .schemas import ProductIn

COLUMNS = ("sku", "name", "category", "price", "stock")
BATCH = 2000


@transaction.atomic
def create_product(owner: User, *, category: Category, **fields: Any) -> Product:
    product = Product.objects.create(owner=owner, category=category, **fields)
    tasks.refresh_later(category.id)
    return product


@transaction.atomic
def update_product(user: User, product: Product, **changes: Any) -> Product:
    demand(user, "change", product)
    before = product.category_id
    for name, value in changes.items():
        setattr(product, name, value)
    product.save(update_fields=[*changes, "updated_at"])
    tasks.refresh_later(*{before, product.category_id})
    return product


@transaction.atomic
def delete_product(user: User, product: Product) -> None:
    demand(user, "delete", product)
    product.delete()
    tasks.refresh_later(product.category_id)


def demand(user: User, verb: str, product: Product) -> None:
    """Owners change and delete what is theirs; staff what they have that very permission for."""
    if product.owner_id != user.id and not user.may_as_staff(verb, Product):
        raise PermissionDenied("This product belongs to somebody else.")


@dataclass
class Imported:
    """What an import did; `errors` holds the first hundred, `bad` counts all."""

    good: int = 0
    bad: int = 0
    errors: list[str] = field(default_factory=list)

    def refuse(self, line: int, reason: str) -> None:
        self.bad += 1
        if len(self.errors) < 100:
            self.errors.append(f"line {line}: {reason}")


def import_products(lines: Iterable[str], owner: User | None = None) -> Imported:
    """Create or update products from CSV, a batch at a time, so that size does not matter.

    Bad rows are reported by line and left out. A row with a known SKU updates that product.
    """
    result = Imported()
    categories = dict(Category.objects.values_list("slug", "id"))
    touched: set[int] = set()
    for batch in batched(checked(lines, categories, result), BATCH):
        products = {product.sku: product for product in batch}  # the last row of a SKU wins
        for product in products.values():
            product.owner = owner
            touched.add(product.category_id)
        with transaction.atomic():
            Product.objects.bulk_create(
                products.values(),
                update_conflicts=True,
                unique_fields=["sku"],
                update_fields=["name", "category", "price", "stock", "updated_at"],
            )
        result.good += len(batch)
    with transaction.atomic():
        tasks.refresh_later(*touched)
    return result


def checked(
    lines: Iterable[str], categories: dict[str, int], result: Imported
) -> Iterator[Product]:
    """The good rows as products; the others go to `result`."""
    reader = csv.DictReader(lines, strict=True)
    if missing := set(COLUMNS) - {"stock"} - set(reader.fieldnames or ()):
        result.refuse(1, f"missing columns: {', '.join(sorted(missing))}")
        return
    while True:
        try:
            row = {name: plain(text) for name, text in next(reader).items()}
        except StopIteration:
            return
        except csv.Error as error:
            result.refuse(reader.line_num, str(error))
            continue
        try:
            given = ProductIn.model_validate(row)
            yield Product(
                sku=given.sku,
                name=given.name,
                category_id=categories[given.category],
                price=given.price,
                stock=given.stock,
            )
        except ValidationError as error:
            first = error.errors()[0]
            column = ".".join(str(part) for part in first["loc"]) or "row"
            result.refuse(reader.line_num, f"{column}: {first['msg']}")
        except KeyError as error:
            result.refuse(reader.line_num, f"category: there is no category {error}")


def batched(items: Iterable[Product], size: int) -> Iterator[list[Product]]:
    iterator = iter(items)
    while batch := list(itertools.islice(iterator, size)):
        yield batch


class Echo:
    """A file for csv.writer that gives each line back instead of keeping it."""

    def write(self, line: str) -> str:
        return line


def export_products(user: User) -> Iterator[str]:
    """What this user may see in one piece as CSV, a line at a time: staff who may view products
    all of them, everybody else their own."""
    owner = None if user.may_as_staff("view", Product) else user
    writer = csv.writer(Echo())
    yield writer.writerow(COLUMNS)
    for row in selectors.every_product(owner):
        yield writer.writerow([harmless(value) for value in row])


FORMULA = re.compile(r"'*[=+\-@\t\r\n]")


def harmless(value: Any) -> Any:
    """A cell that no spreadsheet runs: a text that starts like a formula gets a quote before."""
    return f"'{value}" if isinstance(value, str) and FORMULA.match(value) else value


def plain(text: Any) -> Any:
    """What `harmless` was given: an import takes back what an export wrote."""
    if isinstance(text, str) and text.startswith("'") and FORMULA.match(text):
        return text[1:]
    return text
