// Works the pages of `callweave report` in Chromium, and says what is wrong with them.
//
// Usage: node page.cjs LIBRARIES CHROMIUM PICTURES FULL_PAGE WIDE_PAGE SPARSE_PAGE...
"use strict";

const path = require("path");
const fs = require("fs");

const [libraries, chromium, pictures, full, wide, ...sparse] = process.argv.slice(2);
const playwright = require(path.join(libraries, "playwright-core"));
const axe = fs.readFileSync(path.join(libraries, "axe-core", "axe.min.js"), "utf8");

const LOOKS = {
  light: { viewport: { width: 1280, height: 900 }, colorScheme: "light" },
  dark: { viewport: { width: 1280, height: 900 }, colorScheme: "dark" },
  narrow: { viewport: { width: 390, height: 800 }, colorScheme: "light" },
};
const complaints = [];
const complain = (text) => complaints.push(text);
const expect = (holds, text) => { if (!holds) complain(text); };

async function opened(browser, file, look, more = {}) {
  const context = await browser.newContext({ ...LOOKS[look], reducedMotion: "reduce", ...more });
  const page = await context.newPage();
  const where = `${path.basename(file)}, ${look}`;
  page.on("console", (message) => complain(`${where}: the console says: ${message.text()}`));
  page.on("pageerror", (error) => complain(`${where}: ${error.stack}`));
  page.on("dialog", (dialog) => { complain(`${where}: a dialog`); dialog.dismiss(); });
  page.on("request", (request) => {
    if (request.url() !== `file://${file}`) complain(`${where}: asks for ${request.url().slice(0, 200)}`);
  });
  await page.goto(`file://${file}`);
  return page;
}

// Takes a picture, and lets axe-core look for faults.
async function look(browser, file, name) {
  const page = await opened(browser, file, name);
  const where = `${path.basename(file)}, ${name}`;
  await page.screenshot({ path: path.join(pictures, `${path.basename(file, ".html")}-${name}.png`), fullPage: true });
  const beyond = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(beyond <= 0, `${where}: is ${beyond} pixels wider than the screen`);
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run());
  for (const { id, help, nodes } of violations) {
    complain(`${where}: ${id}: ${help}: ${nodes.length} times, as in ${nodes[0].html.slice(0, 160)}`);
  }
  expect((await page.evaluate(() => globalThis.hostile)) === undefined, `${where}: a name was run`);
  await page.context().close();
}

// Presses Tab until the element with the focus fits.
async function tabTo(page, selector, most = 400) {
  for (let pressed = 0; pressed < most; pressed++) {
    await page.keyboard.press("Tab");
    if (await page.evaluate((wanted) => document.activeElement.matches(wanted), selector)) return true;
  }
  complain(`the key Tab does not reach ${selector}`);
  return false;
}

const text = (page, selector) => page.locator(selector).first().textContent();

async function workByKeyboard(browser) {
  const page = await opened(browser, full, "light");
  await page.keyboard.press("Tab");
  expect((await page.evaluate(() => document.activeElement.className)) === "skip", "the first stop is not the skip link");
  const rows = () => page.locator("#edges-body tbody tr").count();
  const all = await rows();

  await tabTo(page, "#filter");
  const name = (await text(page, "#services-body tbody td.name")).trim();
  await page.keyboard.type(name.slice(0, 20));
  const filtered = await rows();
  expect(filtered > 0 && filtered < all, `the filter leaves ${filtered} of ${all} edges`);
  await page.keyboard.press("Control+a");
  await page.keyboard.press("Delete");
  expect((await rows()) === all, "an empty filter does not show all edges");

  await tabTo(page, ".node");
  await page.keyboard.press("Enter");
  expect(await page.evaluate(() => document.activeElement.getAttribute("aria-pressed") === "true"), "Enter does not focus on a service, or loses the keyboard's focus");
  const near = await rows();
  expect(near > 0 && near < all, `the focus on a service leaves ${near} of ${all} edges`);
  await page.screenshot({ path: path.join(pictures, "full-focus.png") });
  await page.keyboard.press("Escape");
  expect((await rows()) === all, "Escape does not show all services again");

  await tabTo(page, "#edges-body th:nth-child(6) button");
  await page.keyboard.press("Enter");
  const sorted = await page.evaluate(() => {
    const head = document.querySelector("#edges-body th:nth-child(6)");
    const times = [...document.querySelectorAll("#edges-body tbody td:nth-child(6)")].map((cell) => {
      const [number, unit] = cell.textContent.replace(/,/g, "").split(" ");
      return Number(number) * (unit === "s" ? 1000 : 1);
    });
    return { order: head.getAttribute("aria-sort"), isSorted: times.every((time, at) => at === 0 || times[at - 1] >= time) };
  });
  expect(sorted.order === "descending" && sorted.isSorted, `sorting by p95 gives ${JSON.stringify(sorted)}`);
  await page.keyboard.press("Enter");
  expect((await page.getAttribute("#edges-body th:nth-child(6)", "aria-sort")) === "ascending", "a second Enter does not turn the order round");

  const histogram = () => page.getAttribute("#latency-body svg", "aria-label");
  const before = await histogram();
  await tabTo(page, "#edges-body td button");
  await page.keyboard.press("Enter");
  expect((await page.locator("#edges-body tr.chosen").count()) === 1, "Enter does not choose an edge");
  expect((await histogram()) !== before, "the histogram does not follow the edge that is chosen");
  expect(await page.evaluate(() => document.activeElement.getAttribute("aria-pressed") === "true"), "choosing an edge loses the keyboard's focus");
  expect((await page.locator(".edge.chosen").count()) <= 1, "more than one edge is marked in the map");

  await tabTo(page, "#chains-body details:nth-of-type(2) summary");
  await page.keyboard.press("Enter");
  const calls = page.locator("#chains-body details:nth-of-type(2) tbody tr");
  await calls.first().waitFor({ timeout: 30_000 });
  await page.context().close();
}

async function workWide(browser) {
  const page = await opened(browser, wide, "light");
  const begin = Date.now();
  await page.locator("#map-body select").selectOption({ index: (await page.locator("#map-body select option").count()) - 1 });
  await page.waitForFunction(() => document.querySelectorAll(".edge").length >= 900, null, { timeout: 60_000 });
  console.log(`a map of ${await page.locator(".edge").count()} edges took ${Date.now() - begin} ms`);
  await page.screenshot({ path: path.join(pictures, "wide-all.png") });
  await page.context().close();
}

async function onPaper(browser) {
  const page = await opened(browser, full, "dark");
  const pdf = await page.pdf({ path: path.join(pictures, "full.pdf"), format: "A4" });
  expect(pdf.length > 50_000, `the page on paper has ${pdf.length} bytes`);
  await page.context().close();
}

async function withoutScripts(browser) {
  const page = await opened(browser, full, "light", { javaScriptEnabled: false });
  const said = await page.locator("noscript").innerText();
  expect(said.includes("JavaScript"), "without JavaScript the page does not say so");
  await page.context().close();
}

async function main() {
  const browser = await playwright.chromium.launch({ executablePath: chromium, args: ["--no-sandbox"] });
  try {
    for (const name of Object.keys(LOOKS)) await look(browser, full, name);
    await look(browser, wide, "dark");
    for (const file of sparse) await look(browser, file, "light");
    await workByKeyboard(browser);
    await workWide(browser);
    await onPaper(browser);
    await withoutScripts(browser);
  } finally {
    await browser.close();
  }
  complaints.forEach((complaint) => console.error(complaint));
  process.exitCode = complaints.length ? 1 : 0;
}

main().catch((error) => {
  console.error(error.stack);
  process.exitCode = 1;
});
