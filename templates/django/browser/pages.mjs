// home → log in → the admin's search finds a seeded row → add one → it shows; /docs lists operations.
import { strict as assert } from "node:assert";
import { browse } from "./browser.mjs";

await browse(async (page, shoot) => {
  await page.goto("/");
  const sku = (await page.locator("tbody tr:first-child td:first-child").innerText()).trim();
  await shoot("home");
  await page.getByRole("link", { name: "Sign in" }).click();
  await shoot("login");
  await page.locator("[name=login]").fill(process.env.ADMIN);
  await page.locator("[name=password]").fill(process.env.PASSWORD);
  await page.getByRole("button", { name: "Sign In" }).click();
  await page.getByRole("link", { name: "Admin", exact: true }).click();

  await page.getByRole("link", { name: "Products", exact: true }).first().click();
  await page.locator("#searchbar").fill(sku);
  await page.locator("#changelist-search input[type=submit]").click();
  await page.locator("#result_list").getByText(sku, { exact: true }).waitFor();
  assert.equal(await page.locator("#result_list tbody tr").count(), 1);

  await page.goto("/admin/catalog/product/add/");
  await page.locator("[name=sku]").fill("ZEBRA-1");
  await page.locator("[name=name]").fill("Zebra <b>crossing</b>");
  await page.locator("[name=category]").selectOption({ index: 1 });
  await page.locator("[name=price]").fill("12.50");
  await page.locator("[name=stock]").fill("7");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.locator(".success").waitFor();
  await page.goto("/");
  const row = page.locator("tbody tr", { hasText: "ZEBRA-1" });
  assert.match(await row.innerText(), /Zebra <b>crossing<\/b>/); // text, not markup
  await shoot("home-staff");

  await page.goto("/docs");
  await page.locator(".opblock").first().waitFor();
  const operations = await page.locator(".opblock-summary-path").allInnerTexts();
  assert.ok(operations.some((path) => path.replaceAll("\u200b", "").includes("/v1/products")), operations.join(" "));
  console.log(`${operations.length} operations in /docs`);
});
