"""What comes in and goes out. The API and the CSV import check a product by the same rules."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated

from pydantic import Field, StringConstraints, WithJsonSchema

from config.schemas import In, Out

Sku = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9-]+$", max_length=32)]
# What is left of it without the spaces around is 1 to 200 characters long.
Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00]*$"),
    WithJsonSchema(
        {"type": "string", "minLength": 1, "maxLength": 200, "pattern": r"^[^\x00]*[!-~][^\x00]*$"}
    ),
]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]+$", max_length=80)]
Price = Annotated[
    Decimal,
    Field(ge=0, max_digits=10, decimal_places=2),
    WithJsonSchema({"type": "string", "pattern": r"^[0-9]{1,8}(\.[0-9]{1,2})?$"}),
]
Stock = Annotated[int, Field(ge=0, le=2_000_000_000)]


class ProductIn(In):
    sku: Sku
    name: Name
    category: Slug
    price: Price
    stock: Stock = 0


class ProductPatch(In):
    """Any of a product's fields; what is left out stays, and no default is ever used."""

    name: Name = Field(default_factory=str)
    category: Slug = Field(default_factory=str)
    price: Price = Field(default_factory=Decimal)
    stock: Stock = Field(default_factory=int)


class ProductOut(Out):
    id: int
    sku: str
    name: str
    category: str
    price: Decimal
    stock: int
    updated_at: datetime


class ProductPage(Out):
    items: list[ProductOut]
    next: int | None = Field(description="Give this as `after` to get the next page")


class PageQuery(In):
    after: int | None = Field(None, ge=1, le=2**63 - 1, description="`next` of the page before")
    limit: int = Field(20, ge=1, le=100)
    category: Slug | None = None


class CategoryOut(Out):
    name: str
    slug: str
    product_count: int
    stock_value: Decimal
