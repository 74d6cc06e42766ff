import re
from decimal import Decimal

import pytest
from django.test import Client

from config.api import api
from config.problems import Problem

from .. import services
from ..models import Category, Product

PROBLEM = "application/problem+json"
LAMP = {"sku": "L-1", "name": "Lamp", "category": "lighting", "price": "19.90", "stock": 3}


@pytest.fixture
def lighting(db):
    return Category.objects.create(name="Lighting", slug="lighting")


@pytest.fixture
def products(lighting):
    rows = [Product(sku=f"P-{n}", name="P", category=lighting, price=n) for n in range(45)]
    return Product.objects.bulk_create(rows)


@pytest.fixture(scope="module")
def description():
    return api.get_openapi_schema(path_prefix="")


@pytest.fixture
def send(description):
    """Sends JSON; an error must be one that the description of the API names, and look like it."""

    def send(client, method, path, body):
        response = getattr(client, method)(path, body, content_type="application/json")
        if response.status_code >= 400:
            operation = description["paths"][re.sub("[0-9]+$", "{product_id}", path)][method]
            assert PROBLEM in operation["responses"][response.status_code]["content"]
            assert response["Content-Type"] == PROBLEM
            Problem.model_validate_json(response.content)
        return response

    return send


class TestList:
    def test_pages_hold_every_product_once_newest_first(self, client, products):
        seen, after = [], ""
        while after is not None:
            page = client.get(f"/v1/products?limit=20{after and f'&after={after}'}").json()
            seen += [item["sku"] for item in page["items"]]
            after = page["next"]
        assert seen == [f"P-{n}" for n in range(44, -1, -1)]

    def test_a_product_added_meanwhile_moves_nothing(self, client, products, lighting):
        first = client.get("/v1/products?limit=20").json()
        Product.objects.create(sku="NEW", name="New", category=lighting, price=1)
        second = client.get(f"/v1/products?limit=20&after={first['next']}").json()
        skus = {item["sku"] for item in first["items"] + second["items"]}
        assert len(skus) == 40

    @pytest.mark.parametrize("query", ["limit=1", "limit=40", "limit=40&category=lighting"])
    def test_it_takes_at_most_three_queries(
        self, client, products, django_assert_max_num_queries, query
    ):
        with django_assert_max_num_queries(3):
            assert client.get(f"/v1/products?{query}").json()["items"]

    def test_the_home_page_takes_at_most_three_queries(
        self, client, products, django_assert_max_num_queries
    ):
        with django_assert_max_num_queries(3):
            assert "P-44" in client.get("/").content.decode()

    def test_a_category_filters(self, client, products, db):
        Category.objects.create(name="Empty", slug="empty")
        assert client.get("/v1/products?category=empty").json()["items"] == []
        assert client.get("/v1/products?category=unknown").json()["items"] == []
        assert "P-44" not in client.get("/?category=empty").content.decode()

    @pytest.mark.parametrize(
        ("query", "status"), [("category=unknown", 404), ("category=%00", 400), ("after=x", 200)]
    )
    def test_the_home_page_takes_any_query(self, client, products, query, status):
        assert client.get(f"/?{query}").status_code == status

    @pytest.mark.parametrize(
        ("query", "path"),
        [
            ("limit=0", "query.limit"),
            ("limit=101", "query.limit"),
            ("limit=x", "query.limit"),
            ("after=-1", "query.after"),
            ("after=99999999999999999999", "query.after"),
            ("category=%27--", "query.category"),
        ],
    )
    def test_a_bad_query_names_the_field(self, client, db, description, query, path):
        response = client.get(f"/v1/products?{query}")
        assert (response.status_code, response["Content-Type"]) == (422, PROBLEM)
        assert 422 in description["paths"]["/v1/products"]["get"]["responses"]
        assert [error["path"] for error in response.json()["errors"]] == [path]

    def test_categories_show_their_totals(self, client, lighting):
        expected = {"name": "Lighting", "slug": "lighting", "product_count": 0}
        assert expected.items() <= client.get("/v1/categories").json()[0].items()


class TestChange:
    def test_a_made_product_can_be_read(self, send, signed_in, user, lighting):
        made = send(signed_in, "post", "/v1/products", LAMP)
        assert made.status_code == 201
        assert Product.objects.get().owner == user
        assert signed_in.get(f"/v1/products/{made.json()['id']}").json() == made.json()

    def test_the_same_sku_twice_is_a_conflict(self, send, signed_in, lighting):
        send(signed_in, "post", "/v1/products", LAMP)
        assert send(signed_in, "post", "/v1/products", LAMP).status_code == 409

    @pytest.mark.parametrize(
        ("change", "path"),
        [
            ({"price": "NaN"}, "body.price"),
            ({"price": "Infinity"}, "body.price"),
            ({"price": "-1"}, "body.price"),
            ({"price": "1.999"}, "body.price"),
            ({"price": None}, "body.price"),
            ({"stock": "many"}, "body.stock"),
            ({"stock": 2**40}, "body.stock"),
            ({"sku": "lower"}, "body.sku"),
            ({"name": " "}, "body.name"),
            ({"name": "x" * 201}, "body.name"),
            ({"name": "a\0b"}, "body.name"),
            ({"category": "unknown"}, "body.category"),
            ({"owner": 1}, "body.owner"),
        ],
    )
    def test_a_bad_field_is_named(self, send, signed_in, lighting, change, path):
        response = send(signed_in, "post", "/v1/products", LAMP | change)
        assert response.status_code == 422
        assert [error["path"] for error in response.json()["errors"]] == [path]
        assert not Product.objects.exists()

    @pytest.mark.parametrize(
        ("body", "status"), [("{", 400), ("[" * 9999, 400), ("NaN", 422), ("x" * 2_000_000, 413)]
    )
    def test_a_bad_body_is_a_problem(self, send, signed_in, lighting, body, status):
        assert send(signed_in, "post", "/v1/products", body).status_code == status

    def test_without_a_session_nothing_changes(self, send, client, lighting):
        assert send(client, "post", "/v1/products", LAMP).status_code == 401

    def test_without_the_csrf_token_nothing_changes(self, send, user, lighting):
        browser = Client(enforce_csrf_checks=True)
        browser.force_login(user)
        response = send(browser, "post", "/v1/products", LAMP)
        assert response.status_code == 403

    def test_only_what_is_sent_changes(self, send, signed_in, user, lighting):
        product = services.create_product(user, **LAMP | {"category": lighting})
        response = send(signed_in, "patch", f"/v1/products/{product.id}", {"price": "5"})
        assert response.status_code == 200
        product.refresh_from_db()
        assert (product.name, product.price, product.stock) == ("Lamp", Decimal(5), 3)

    @pytest.mark.parametrize("method", ["patch", "delete"])
    def test_another_persons_product_is_out_of_reach(
        self, send, signed_in, make_user, lighting, method
    ):
        theirs = services.create_product(make_user("bob"), **LAMP | {"category": lighting})
        response = send(signed_in, method, f"/v1/products/{theirs.id}", {"price": "1"})
        assert response.status_code == 403
        theirs.refresh_from_db()
        assert theirs.price == Decimal("19.90")

    def test_an_unknown_product_is_not_found(self, send, signed_in, db):
        for method in ("get", "patch", "delete"):
            assert send(signed_in, method, "/v1/products/9", {}).status_code == 404
