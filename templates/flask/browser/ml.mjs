// The form of the ML page gives a label, its bars and a row of the last predictions; /docs lists operations.
import { strict as assert } from "node:assert";
import { browse } from "./browser.mjs";

await browse(async (page, shoot) => {
  await page.goto(`/#key=${process.env.KEY}`);
  await page.getByRole("button", { name: "Predict" }).click();
  await page.locator("#bars meter").first().waitFor();
  const shares = await page.locator("#bars meter").evaluateAll((bars) => bars.map((bar) => bar.value));
  assert.ok(Math.abs(shares.reduce((a, b) => a + b) - 1) < 0.01, `the bars add up to ${shares}`);
  const label = (await page.locator("#label").innerText()).trim();
  await page.locator("#rows tr", { hasText: label }).first().waitFor();
  await shoot("ml");
  await page.goto("/docs");
  await page.locator(".opblock").first().waitFor();
  console.log(`predicted ${label}; ${await page.locator(".opblock").count()} operations in /docs`);
});
