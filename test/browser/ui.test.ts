/** The UI in a real browser: a reader's way through it, by keyboard, too, and who else may ask. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningUi, startUi } from '../cli/run-ui.js';
import {
  browserOfTests,
  expectAccessible,
  expectFits,
  picture,
  reboundName,
  sizes,
} from './browser.js';
import { openShop, type Shop } from './shop.js';

const { open } = browserOfTests();
const root = mkdtempSync(join(tmpdir(), 'hindcast-ui-'));
let shop: Shop;
let ui: RunningUi;
let table: string;
let explained: string;
beforeAll(async () => {
  shop = await openShop(root);
  ui = await startUi(shop.warehouse, root);
  table = `${ui.url}/tables/shop.shop_training_set_v3`;
  explained = `${ui.url}/explain-row?${new URLSearchParams({ ds: '2023-11-30', where: 'user_id = 24' })}`;
});
afterAll(async () => {
  await ui?.stop();
  rmSync(root, { recursive: true, force: true });
});

const heading = (page: Page) => page.getByRole('heading', { level: 1 }).textContent();

describe.each([
  ['wide', sizes.wide, 'light'],
  ['on a phone, dark', sizes.phone, 'dark'],
] as const)('%s', (_, size, colorScheme) => {
  test.each([
    ['runs', () => ui.url],
    ['tables', () => `${ui.url}/tables`],
    ['a table', () => table],
    ['the form', () => `${ui.url}/explain-row`],
    ['an explanation', () => explained],
  ])('%s ask nobody else, complain of nothing, fit, are accessible', async (_, address) => {
    const { page, requests, complaints } = await open(address(), { ...size, colorScheme });
    await expectFits(page);
    await expectAccessible(page);
    expect(requests.every((url) => url.startsWith(`${ui.url}/`))).toBe(true);
    expect(complaints).toEqual([]);
  });

  test('what is wrong is said on a page like others', async () => {
    const { page } = await open(`${ui.url}/tables/shop.nothing`, { ...size, colorScheme });
    expect(await heading(page)).toBe('Not found');
    expect(await page.getByRole('alert').textContent()).toMatch('no table "shop.nothing"');
    await expectFits(page);
    await expectAccessible(page);
  });
});

test('from the runs to a report, to its table, to the run that made a version', async () => {
  const { page, complaints } = await open(ui.url);
  expect(await page.getByRole('row').count()).toBe(4);
  await page
    .getByRole('row', { name: /nightly/ })
    .getByRole('link')
    .click();
  await expect.poll(() => heading(page)).toBe('shop.training_set.v3');
  const site = page.getByRole('navigation', { name: 'Hindcast' });
  expect(await site.locator('[aria-current]').textContent()).toBe('Runs');
  await site.getByRole('link', { name: 'Tables' }).click();
  await page.getByRole('link', { name: 'shop.shop_training_set_v3', exact: true }).click();
  const history = page.getByRole('region', { name: /^Commits/ });
  await history.waitFor();
  expect(await history.getByRole('row').count()).toBe(4);
  await history.getByRole('row').last().getByRole('link').click();
  await expect.poll(() => page.locator('dl').textContent()).toMatch('backfill');
  expect(complaints).toEqual([]);
});

test('features of a table: the price that rose moved most', async () => {
  const { page } = await open(table);
  const moved = page.getByRole('region', { name: /^Columns that moved most/ });
  const names = await moved.getByRole('link').allTextContents();
  expect(names.some((name) => /price_(sum|average|max)_1d/.test(name))).toBe(true);
  await moved.getByRole('link').first().click();
  await expect.poll(() => page.locator('details.f[open]').count()).toBe(1);
  expect(await page.locator('details.f[open] tbody tr').count()).toBe(30);
});

test('a row is asked for and explained by keyboard alone', async () => {
  const { page, complaints } = await open(`${ui.url}/explain-row`);
  await page.getByLabel('Row Spark SQL').focus();
  await page.keyboard.type('user_id = 24');
  await page.keyboard.press('Tab');
  expect(await page.getByLabel('Partition').inputValue()).toBe('2023-11-30');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'The row' }).waitFor();
  expect(await page.locator('.box.good').textContent()).toMatch(
    'shop.shop_training_set_v3 holds these values.',
  );
  expect(await page.getByLabel('Row Spark SQL').inputValue()).toBe('user_id = 24');
  const sum = page.getByRole('row', { name: /^price_sum_1d / });
  const said = await sum.getByRole('cell').allTextContents();
  const [value, window, how] = said as [string, string, string];
  expect([window, how]).toEqual(['1 d', expect.stringMatching(new RegExp(`= ${value}$|one$`))]);
  await sum.getByRole('link').focus();
  await page.keyboard.press('Enter');
  await page.getByText('SUM of price over 1 d: from 2023-11-').waitFor();
  expect(await page.locator('svg.windows').getAttribute('aria-label')).toMatch(
    /^Windows of shop\.purchases\.v2 .*1 windows? that ends? at 2023-11-30/,
  );
  expect(complaints).toEqual([]);
});

test('what is typed stays text', async () => {
  const { page, requests } = await open(`${ui.url}/explain-row`);
  const hostile = `"><script>document.title='run'</script><img src=x onerror="document.title='run'">`;
  await page.getByLabel('Row Spark SQL').fill(hostile);
  await page.getByLabel('Features').fill(hostile);
  await page.getByRole('button', { name: 'Explain' }).click();
  await page.getByRole('alert').waitFor();
  expect(await page.title()).toBe('Explain a row · Hindcast');
  expect(await page.getByLabel('Row Spark SQL').inputValue()).toBe(hostile);
  expect(await page.locator('img, script').count()).toBe(1);
  expect(requests.every((url) => url.startsWith(`${ui.url}/`))).toBe(true);
});

describe('another site', () => {
  let site: Server;
  let elsewhere: string;
  beforeAll(async () => {
    site = createServer((_, response) => {
      response.setHeader('Content-Type', 'text/html');
      response.end('<!doctype html><html lang="en"><title>elsewhere</title><body></body></html>');
    });
    await new Promise<void>((done) => site.listen(0, '127.0.0.1', done));
    elsewhere = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
  });
  afterAll(() => site.close());

  /** What became of all that the page asked the UI. */
  async function answersTo(script: string): Promise<(number | 'kept from the page')[]> {
    const { page } = await open(elsewhere);
    const answers: (number | 'kept from the page')[] = [];
    page.on('response', (response) => {
      if (response.url().startsWith(ui.url)) answers.push(response.status());
    });
    page.on('requestfailed', (request) => {
      if (request.url().startsWith(ui.url)) answers.push('kept from the page');
    });
    await page.evaluate(script);
    await expect.poll(() => answers.length).toBeGreaterThan(0);
    return answers;
  }

  test.each([
    ['by fetch', (url: string) => `fetch('${url}', { mode: 'no-cors' }).catch(() => {})`],
    ['by a picture', (url: string) => `new Image().src = '${url}'`],
    ['by a frame', (url: string) => `document.body.innerHTML = '<iframe src="${url}"></iframe>'`],
    ['by a link', (url: string) => `setTimeout(() => { location.href = '${url}' })`],
    [
      'by a form',
      (url: string) => {
        const form = `<form method="post" action="${url}"></form>`;
        return `document.body.innerHTML = '${form}'; setTimeout(() => document.forms[0].submit())`;
      },
    ],
  ])('gets nothing %s', async (_, script) => {
    const answers = await answersTo(script(`${ui.url}/explain-row`));
    expect(answers.filter((answer) => typeof answer === 'number' && answer < 400)).toEqual([]);
  });

  test('gets nothing under a name that its DNS points here', async () => {
    const { page } = await open(`http://${reboundName}:${ui.port}/runs`);
    expect(await page.locator('body').textContent()).toMatch('under no other name');
    expect(await page.locator('body').textContent()).not.toMatch('shop');
  });
});

test('pictures for the docs', async () => {
  const runs = await open(ui.url);
  await picture(runs.page, 'ui-runs', 450);
  const wide = await open(table, { viewport: { width: 1280, height: 1100 } });
  await picture(wide.page, 'ui-table', 1180);
  const row = await open(explained, { viewport: { width: 1280, height: 1100 } });
  await row.page.getByRole('heading', { name: 'The row' }).evaluate(scrollHere);
  await picture(row.page, 'ui-explain-row');
  const dark = await open(explained, {
    colorScheme: 'dark',
    viewport: { width: 1280, height: 1000 },
  });
  await dark.page.getByRole('heading', { name: 'shop.purchases.v2' }).evaluate(scrollHere);
  await picture(dark.page, 'ui-explain-row-dark');
  const phone = await open(explained, sizes.phone);
  await phone.page.getByRole('heading', { name: 'shop.purchases.v2' }).evaluate(scrollHere);
  await picture(phone.page, 'ui-explain-row-phone');
});

function scrollHere(element: { scrollIntoView(): void }): void {
  element.scrollIntoView();
}
