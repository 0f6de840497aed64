// Looks at Zipkin's UI in a browser: the list of traces, the timeline of one, the graph of dependencies.
//
//   node look.mjs PLAYWRIGHT CHROMIUM URL TRACE_ID FOLDER
//
// Takes a picture of each into FOLDER, and prints what it has seen as one line of JSON.
import { createRequire } from 'node:module';

const [playwright, executablePath, url, traceId, folder] = process.argv.slice(2);
const { chromium } = createRequire(import.meta.url)(playwright);
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
const seen = { errors: [] };
try {
  const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
  page.setDefaultTimeout(60_000);
  page.on('pageerror', (error) => seen.errors.push(String(error)));

  await page.goto(`${url}/zipkin/?limit=20&lookback=15m`);
  await page.getByRole('button', { name: /run query/i }).click();
  await page.getByText(/^show$/i).first().waitFor();
  seen.list = await page.locator('body').innerText();
  await page.screenshot({ path: `${folder}/list.png` });

  await page.goto(`${url}/zipkin/traces/${traceId}`);
  await page.getByText('Total Spans').waitFor();
  seen.trace = await page.locator('body').innerText();
  await page.screenshot({ path: `${folder}/trace.png` });

  const now = Date.now();
  await page.goto(`${url}/zipkin/dependency?startTime=${now - 3_600_000}&endTime=${now}`);
  await page.locator('canvas').waitFor();
  // The nodes take a moment to their places. Nothing is read from the picture: the API has said what is in it.
  await page.waitForTimeout(3_000);
  await page.screenshot({ path: `${folder}/dependencies.png` });
} finally {
  await browser.close();
}
console.log(JSON.stringify(seen));
