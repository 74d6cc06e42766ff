// A CSV file gives its summary table.
import { strict as assert } from "node:assert";
import { browse } from "./browser.mjs";

const csv = (text) => ({ name: "<b>rows.csv", mimeType: "text/csv", buffer: Buffer.from(text) });

await browse(async (page, shoot) => {
  await page.goto(`/#key=${process.env.KEY}`);
  await page.locator("[name=file]").setInputFiles(csv("city,people\nOslo,700000\nBergen,290000\nBodø,\n"));
  await page.getByRole("button", { name: "Profile" }).click();
  await page.locator("#columns tr", { hasText: "people" }).waitFor();
  const people = (await page.locator("#columns tr", { hasText: "people" }).innerText()).split(/\s+/);
  assert.ok(people.includes("1"), `one value is missing: ${people}`);
  assert.equal(await page.locator("#columns tr").count(), 2);
  assert.match(await page.locator("#profile-title").innerText(), /<b>rows\.csv/); // text, not markup
  await shoot("data");
});
