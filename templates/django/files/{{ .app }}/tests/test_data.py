import csv
import sys

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from .. import services
from ..admin import EstimatingPaginator
from ..models import Category, Product

HEADER = "sku,name,category,price,stock"


def memory():
    """What this process holds now, in bytes."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096


@pytest.fixture(autouse=True)
def lighting(db):
    return Category.objects.create(name="Lighting", slug="lighting")


class TestImport:
    def test_good_rows_come_in_and_bad_ones_are_named_by_line(self):
        rows = [
            HEADER,
            "A-1,Lamp,lighting,1.50,3",
            "a-2,Lamp,lighting,1.50,3",
            "A-3,Lamp,unknown,1.50,3",
            "A-4,Lamp,lighting,NaN,3",
            'A-5,"two\nlines",lighting,1.50,3',
            "A-6,Lamp,lighting",
            "A-7,Lamp,lighting,1,2,3",
            "A-8,Lamp,lighting,2,0",
            "A-9,La\0mp,lighting,2,0",
        ]
        result = services.import_products("\n".join(rows).splitlines(keepends=True))
        assert (result.good, result.bad) == (3, 6)
        where = [reason.split(":")[0] for reason in result.errors]
        assert where == ["line 3", "line 4", "line 5", "line 8", "line 9", "line 11"]
        assert {p.sku for p in Product.objects.all()} == {"A-1", "A-5", "A-8"}

    def test_a_known_sku_is_updated(self):
        services.import_products([HEADER, "A-1,Lamp,lighting,1,3"])
        services.import_products([HEADER, "A-1,Old lamp,lighting,2,3", "A-1,New,lighting,2,3"])
        assert [p.name for p in Product.objects.all()] == ["New"]

    def test_missing_columns_stop_it(self):
        result = services.import_products(["sku,name", "A-1,Lamp"])
        assert result.errors == ["line 1: missing columns: category, price"]

    def test_the_command_reports_and_fails(self, tmp_path, capsys):
        file = tmp_path / "products.csv"
        file.write_text(f"{HEADER}\nA-1,Lamp,lighting,1,3\nA-2,Lamp,lighting,x,3\n")
        with pytest.raises(CommandError, match="refused"):
            call_command("import_csv", str(file))
        printed = capsys.readouterr()
        assert "line 3: price" in printed.err
        assert "1 rows imported" in printed.out

    @pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
    def test_fifty_thousand_rows_need_no_more_memory_than_a_batch(self):
        count, used = 50_000, []

        def lines():
            yield HEADER
            for n in range(count):
                if n % 5000 == 0:
                    used.append(memory())
                yield f"N-{n},Lamp {n},lighting,{n % 900}.50,{n % 90}"

        result = services.import_products(lines())
        assert (result.good, result.bad) == (count, 0)
        assert Product.objects.count() == count
        assert max(*used, memory()) - used[0] < 40_000_000  # held at once they take 100 MB


@pytest.fixture
def everything(make_user):
    user = make_user("clerk", is_staff=True, is_superuser=True)
    user.verified = True
    return user


class TestExport:
    def test_what_is_exported_can_be_imported(self, admin, lighting):
        names = ['Lamp, "big"', "+1 stool", "'+1 stool", "''=1", "'quoted'", "two\nlines", "-", "'"]
        for number, name in enumerate(names):
            Product.objects.create(sku=f"-A{number}", name=name, category=lighting, price=1)
        before = list(Product.objects.values_list("sku", "name", "price", "stock"))
        response = admin.get("/v1/products/export")
        text = b"".join(response.streaming_content).decode()
        Product.objects.all().delete()
        assert services.import_products(text.splitlines(keepends=True)).bad == 0
        after = Product.objects.values_list("sku", "name", "price", "stock")
        assert list(after) == before

    def test_it_holds_what_one_may_see_in_one_piece(self, signed_in, user, admin, lighting):
        Product.objects.create(sku="MINE", name="Lamp", category=lighting, price=1, owner=user)
        Product.objects.create(sku="OTHER", name="Lamp", category=lighting, price=1)

        def exported(browser):
            response = browser.get("/v1/products/export")
            return b"".join(response.streaming_content).decode()

        assert "OTHER" not in exported(signed_in)
        assert "MINE" in exported(signed_in)
        assert "OTHER" in exported(admin)

    @pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
    def test_a_formula_does_not_leave_as_one(self, lighting, everything, start):
        Product.objects.create(sku="A", name=f"{start}1+1", category=lighting, price=1)
        rows = list(csv.DictReader(services.export_products(everything)))
        assert rows[0]["name"] == f"'{start}1+1"

    def test_its_queries_do_not_grow_with_the_table(self, everything):
        def cost():
            with CaptureQueriesContext(connection) as queries:
                list(services.export_products(everything))
            return len(queries)

        services.import_products([HEADER, "A-1,Lamp,lighting,1,3"])
        few = cost()
        rows = [f"B-{n},Lamp,lighting,1,3" for n in range(300)]
        services.import_products([HEADER, *rows])
        assert cost() == few

    def test_it_needs_a_session(self, client):
        assert client.get("/v1/products/export").status_code == 401


def test_seeding_twice_gives_the_same_rows():
    def rows():
        return list(Product.objects.values_list("id", "sku", "name", "price", "stock"))

    call_command("seed", rows=50, verbosity=0)
    first = rows()
    call_command("seed", rows=50, verbosity=0)
    assert len(first) == 50
    assert rows() == first


class TestAdmin:
    def test_a_search_finds_a_product_and_a_form_adds_one(self, admin, lighting):
        services.import_products([HEADER, "A-1,Desk lamp,lighting,1,3", "A-2,Bench,lighting,1,3"])
        app = Product._meta.app_label
        page = admin.get(f"/admin/{app}/product/?q=lamp").content.decode()
        assert "Desk lamp" in page
        assert "Bench" not in page
        form = {"sku": "A-3", "name": "Stool", "category": lighting.id, "price": "1", "stock": "1"}
        admin.post(f"/admin/{app}/product/add/", form)
        assert "Stool" in admin.get(f"/admin/{app}/product/").content.decode()

    def test_the_list_takes_few_queries(self, admin, lighting, django_assert_max_num_queries):
        services.import_products([HEADER, *(f"A-{n},Lamp,lighting,1,3" for n in range(60))])
        with django_assert_max_num_queries(9):
            admin.get(f"/admin/{Product._meta.app_label}/product/")

    @pytest.mark.skipif(connection.vendor != "postgresql", reason="PostgreSQL keeps estimates")
    def test_a_large_table_is_estimated_and_not_counted(self):
        rows = (f"N-{n},Lamp,lighting,1,1" for n in range(12_000))
        services.import_products([HEADER, *rows])
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {Product._meta.db_table}")
        with CaptureQueriesContext(connection) as queries:
            assert EstimatingPaginator(Product.objects.all(), 50).count == 12_000
        assert "COUNT" not in str(queries.captured_queries)
        assert EstimatingPaginator(Product.objects.filter(price=2), 50).count == 0
