from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from . import selectors


def home(request: HttpRequest) -> HttpResponse:
    given = request.GET.get("after", "")
    after = int(given) if given.isascii() and given.isdigit() and len(given) < 19 else None
    category = request.GET.get("category")
    products, following = selectors.newest_products(after=after, limit=12, category=category)
    context = {
        "categories": selectors.categories(),
        "chosen": category,
        "products": products,
        "after": after,
        "following": following,
    }
    return render(request, f"{__package__}/home.html", context)
