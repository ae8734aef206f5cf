import type { Locator, Page } from '@playwright/test';

import { expect, test } from '../fixtures.ts';
import { openGalleryEntry } from '../support/gallery.ts';

/** Expects a text to be in one line. */
async function expectOneLine(text: Locator): Promise<void> {
  const lines = await text.evaluate((element) => {
    const range = document.createRange();
    range.selectNodeContents(element);
    const tops = [...range.getClientRects()].map((line) => Math.round(line.top));
    return new Set(tops).size;
  });
  expect.soft(lines, await text.innerText()).toBe(1);
}

async function expectNoSidewaysScroll(page: Page): Promise<void> {
  const widths = await page.evaluate(() => [
    document.documentElement.scrollWidth,
    document.documentElement.clientWidth,
  ]);
  expect.soft(widths[0]).toBeLessThanOrEqual(widths[1] ?? 0);
}

for (const [width, fontSize] of [
  [320, 16],
  [480, 16],
  [600, 16],
  [1280, 16],
  [640, 32],
  [1280, 32],
] as const) {
  test(`address and masked number are not broken across lines at ${width} pixels with text of ${fontSize}`, async ({
    page,
    signedInUser,
  }) => {
    await page.setViewportSize({ width, height: 800 });
    for (const path of ['/dashboard', '/profile', '/profile/phone']) {
      await page.goto(path);
      await page.evaluate((size) => {
        document.documentElement.style.fontSize = `${size}px`;
      }, fontSize);
      for (const number of await page.getByText(signedInUser.masked).all()) {
        await expectOneLine(number);
      }
      for (const address of await page.getByText(signedInUser.email, { exact: true }).all()) {
        await expectOneLine(address);
      }
      await expectNoSidewaysScroll(page);
    }
  });
}

const SIZES = [
  [320, 16],
  [480, 16],
  [530, 16],
  [600, 16],
  [1280, 16],
  [1280, 32],
] as const;

// The gallery has these pages in every language. Some languages have longer links and sentences than English.
for (const language of ['en', 'de', 'fr', 'es', 'pt-BR', 'pl']) {
  test(`address and masked number are not broken across lines at every width, ${language}`, async ({
    page,
    pageErrors,
  }) => {
    pageErrors.allowGalleryErrors();
    for (const name of ['dashboard', 'profile', 'phone-new-number', 'set-up', 'set-up-code']) {
      await openGalleryEntry(page, name, language);
      for (const [width, fontSize] of SIZES) {
        await page.setViewportSize({ width, height: 800 });
        await page.evaluate((size) => {
          document.documentElement.style.fontSize = `${size}px`;
        }, fontSize);
        for (const number of await page.getByText('(***) ***-', { exact: false }).all()) {
          if ((await number.evaluate((element) => element.childElementCount)) === 0) await expectOneLine(number);
        }
        for (const address of await page.getByText('sample.user@example.com', { exact: true }).all()) {
          await expectOneLine(address);
        }
        await expectNoSidewaysScroll(page);
      }
    }
  });
}
