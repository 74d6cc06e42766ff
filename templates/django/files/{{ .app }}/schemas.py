"""What comes in and goes out. The API and the CSV import check a product by the same rules."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated

from ninja import Schema
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Sku = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9-]+$", max_length=32)]
NO_NUL = r"^[^\x00]*$"  # PostgreSQL cannot hold one
Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=NO_NUL),
]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]+$", max_length=80)]
Price = Annotated[Decimal, Field(ge=0, max_digits=10, decimal_places=2)]
Stock = Annotated[int, Field(ge=0, le=2_000_000_000)]


class ProductIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    sku: Sku
    name: Name
    category: Slug
    price: Price
    stock: Stock = 0


class ProductPatch(BaseModel):
    """Any of a product's fields; what is left out stays (the defaults here are never used)."""

    model_config = ConfigDict(extra="forbid")

    name: Name = ""
    category: Slug = ""
    price: Price = Decimal(0)
    stock: Stock = 0


# A plain model: ninja's Schema would look up each field of each row by itself.
class ProductOut(BaseModel):
    id: int
    sku: str
    name: str
    category: str
    price: Decimal
    stock: int
    updated_at: datetime


class ProductPage(BaseModel):
    items: list[ProductOut]
    next: int | None = Field(description="Give this as `after` to get the next page")


class PageQuery(Schema):
    after: int | None = Field(None, ge=1, le=2**63 - 1, description="`next` of the page before")
    limit: int = Field(20, ge=1, le=100)
    category: Slug | None = None


class CategoryOut(Schema):
    name: str
    slug: str
    product_count: int
    stock_value: Decimal
