from functools import cached_property
from typing import Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.db import connection
from django.db.models import QuerySet
from django.http import HttpRequest

from . import tasks
from .models import Category, Product


class EstimatingPaginator(Paginator):
    """Takes PostgreSQL's own estimate for a whole table: counting a million rows is slow."""

    @cached_property
    def count(self) -> int:
        query = self.object_list.query if isinstance(self.object_list, QuerySet) else None
        if connection.vendor == "postgresql" and query is not None and not query.where:
            with connection.cursor() as cursor:
                table = query.get_meta().db_table
                cursor.execute("SELECT reltuples FROM pg_class WHERE oid = %s::regclass", [table])
                estimate = int(cursor.fetchone()[0])
            if estimate > 10_000:
                return estimate
        return super().count


@admin.register(Category)
class CategoryAdmin(admin.ModelAdmin):
    list_display = ["name", "slug", "product_count", "stock_value"]
    prepopulated_fields = {"slug": ["name"]}
    readonly_fields = ["product_count", "stock_value"]


@admin.register(Product)
class ProductAdmin(admin.ModelAdmin):
    list_display = ["sku", "name", "category", "price", "stock", "updated_at"]
    list_filter = ["category"]
    list_per_page = 50
    list_select_related = ["category"]
    # A trigram index on PostgreSQL (migration 0001) keeps this fast.
    search_fields = ["sku", "name"]
    sortable_by = ["sku"]  # only what has an index
    autocomplete_fields = ["owner"]
    readonly_fields = ["created_at", "updated_at"]
    paginator = EstimatingPaginator
    show_full_result_count = False

    def save_model(self, request: HttpRequest, obj: Product, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        before = form.initial.get("category")
        tasks.refresh_later(*{obj.category_id, before or obj.category_id})

    def delete_model(self, request: HttpRequest, obj: Product) -> None:
        super().delete_model(request, obj)
        tasks.refresh_later(obj.category_id)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Product]) -> None:
        touched = set(queryset.values_list("category_id", flat=True))
        super().delete_queryset(request, queryset)
        tasks.refresh_later(*touched)
