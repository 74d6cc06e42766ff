// What the browser paths share: Chromium, a page that notes every console error, and screenshots.
// Settings: CHROMIUM (a path), URL, SHOTS (a directory for screenshots; none are taken without it).
import { strict as assert } from "node:assert";
import { chromium } from "playwright-core";

const phone = { width: 390, height: 844 };
const desktop = { width: 1280, height: 900 };

/** Runs a path on a fresh page; an error in the page's console, or of a request, fails it. */
export async function browse(path) {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"],
  });
  try {
    const page = await browser.newPage({ viewport: desktop, baseURL: process.env.URL });
    page.setDefaultTimeout(20_000);
    const wrong = [];
    page.on("console", (message) => message.type() === "error" && wrong.push(`console: ${message.text()}`));
    page.on("pageerror", (error) => wrong.push(`page: ${error.message}`));
    page.on("requestfailed", (request) => {
      // Leaving a page ends what it was still loading.
      const why = request.failure()?.errorText ?? "";
      if (!why.includes("ERR_ABORTED")) wrong.push(`request: ${request.url()} ${why}`);
    });
    page.on("response", (response) => {
      if (response.status() >= 500) wrong.push(`response: ${response.url()} ${response.status()}`);
    });
    await path(page, (name) => shoot(page, name));
    assert.deepEqual(wrong, []);
  } finally {
    await browser.close();
  }
}

/** Takes a page at desktop and at phone width, light and dark, and holds it to the phone's width. */
async function shoot(page, name) {
  for (const [size, viewport] of Object.entries({ desktop, phone })) {
    await page.setViewportSize(viewport);
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme });
      if (process.env.SHOTS) {
        await page.screenshot({ path: `${process.env.SHOTS}/${name}-${size}-${colorScheme}.png`, fullPage: true });
      }
    }
    const wider = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    assert.ok(wider <= 0, `${name} is ${wider} px wider than the ${size} window`);
  }
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize(desktop);
}
