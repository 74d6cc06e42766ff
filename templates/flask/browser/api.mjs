// A reading that is added stands first, as text; older ones follow; /docs lists operations and tries one out.
import { strict as assert } from "node:assert";
import { browse } from "./browser.mjs";

await browse(async (page, shoot) => {
  await page.goto(`/#key=${process.env.KEY}`);
  const rows = page.locator("#rows tr");
  await rows.nth(11).waitFor();
  await page.locator("[name=note]").fill("<b>by hand");
  await page.getByRole("button", { name: "Add" }).click();
  await rows.first().filter({ hasText: "<b>by hand" }).waitFor();
  await page.getByRole("button", { name: "Older" }).click();
  await rows.nth(23).waitFor();
  await shoot("readings");
  await page.goto("/docs");
  await page.locator(".opblock").first().waitFor();
  await shoot("docs");
  console.log(`${await page.locator(".opblock").count()} operations in /docs`);
});
