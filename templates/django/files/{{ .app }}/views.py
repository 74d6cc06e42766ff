from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from . import selectors


def home(request: HttpRequest) -> HttpResponse:
    given = request.GET.get("after", "")
    after = int(given) if given.isascii() and given.isdigit() and len(given) < 19 else None
    categories = list(selectors.categories())
    category = request.GET.get("category")
    if category not in (None, *(each.slug for each in categories)):
        raise Http404
    products, following = selectors.newest_products(after=after, limit=12, category=category)
    context = {
        "categories": categories,
        "chosen": category,
        "products": products,
        "after": after,
        "following": following,
    }
    return render(request, f"{__package__}/home.html", context)
