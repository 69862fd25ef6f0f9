/** A real Chromium for tests: Debian's, or the one that HINDCAST_CHROMIUM names. */
import { accessSync, constants, mkdirSync, statSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import axe from 'axe-core';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect } from 'vitest';

const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];

/** @throws Error that says how to come by one: without it these tests fail, rather than not run */
function findChromium(): string {
  const given = process.env['HINDCAST_CHROMIUM'];
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const candidates = given
    ? [given]
    : names.flatMap((name) => folders.map((folder) => join(folder, name)));
  const found = candidates.find(isExecutable);
  if (found !== undefined) return found;
  throw new Error(
    `no Chromium${given ? ` at ${given}` : ' on PATH'}: apt-get install chromium, or set HINDCAST_CHROMIUM`,
  );
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** What a page asked for and what it complained of. */
export interface Watched {
  readonly page: Page;
  readonly requests: readonly string[];
  readonly complaints: readonly string[];
}

export const sizes = {
  wide: { viewport: { width: 1280, height: 900 } },
  phone: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true },
  narrow: { viewport: { width: 360, height: 740 } },
} as const satisfies Record<string, BrowserContextOptions>;

/** A name that resolves to this machine, though nobody here gave it. */
export const reboundName = 'rebound.example';

/** One browser for a file's tests. Pages close with it. */
export function browserOfTests(): {
  readonly open: (url: string, options?: BrowserContextOptions) => Promise<Watched>;
} {
  let browser: Browser | null = null;
  beforeAll(async () => {
    // A container's root has no sandbox to give.
    const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
    // As a stranger's DNS would have it.
    const args = [...sandbox, `--host-resolver-rules=MAP ${reboundName} 127.0.0.1`];
    browser = await chromium.launch({ executablePath: findChromium(), args });
  });
  afterAll(() => browser?.close());
  return {
    open: async (url, options = {}) => {
      const context = await browser!.newContext({
        colorScheme: 'light',
        ...sizes.wide,
        ...options,
      });
      const page = await context.newPage();
      const requests: string[] = [];
      const complaints: string[] = [];
      page.on('request', (request) => requests.push(request.url()));
      page.on('console', (message) => {
        if (message.type() === 'error' || message.type() === 'warning')
          complaints.push(message.text());
      });
      page.on('pageerror', (error) => complaints.push(String(error)));
      page.on('dialog', (dialog) => {
        complaints.push(`dialog: ${dialog.message()}`);
        void dialog.dismiss();
      });
      await page.goto(url);
      return { page, requests, complaints };
    },
  };
}

/** Nothing that axe calls serious or critical. */
export async function expectAccessible(page: Page): Promise<void> {
  // The page's own policy lets it run no script of others: evaluation goes past it.
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() =>
    (globalThis as unknown as { axe: typeof axe }).axe.run({ resultTypes: ['violations'] }),
  );
  const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  expect(
    grave.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes[0]?.html} (${nodes.length})`),
  ).toEqual([]);
}

/** The page is never wider than the window. */
export async function expectFits(page: Page): Promise<void> {
  const [content, window] = await page.evaluate<[number, number]>(
    '[document.documentElement.scrollWidth, document.documentElement.clientWidth]',
  );
  expect(content).toBeLessThanOrEqual(window);
}

const images = fileURLToPath(new URL('../../docs/images/', import.meta.url));

/**
 * A picture of the window for the docs, when HINDCAST_SCREENSHOTS=1 asks for it: a plain test run changes
 * no file.
 * @param height of the window; as it is, where not given
 */
export async function picture(page: Page, name: string, height?: number): Promise<void> {
  if (process.env['HINDCAST_SCREENSHOTS'] !== '1') return;
  const path = join(images, `${name}.png`);
  mkdirSync(dirname(path), { recursive: true });
  const { width } = page.viewportSize()!;
  if (height !== undefined) await page.setViewportSize({ width, height });
  await page.screenshot({ path });
}
