import type { Page } from '@playwright/test';

import { expect, test } from '../fixtures.ts';

const NAME = 'Featherstonehaugh and Sons Savings Bank';

test.use({
  settings: {
    SALLYPORT_CAPTCHA_COST: '1',
    SALLYPORT_BRAND_NAME: NAME,
    SALLYPORT_BRAND_SMS_NAME: 'Savings',
  },
});

const LANGUAGES = ['English', 'Deutsch', 'Français', 'Español', 'Português (Brasil)', 'Polski'];

/** Expects the whole header in one line, with no link that is cut or that overlaps the brand. */
async function expectOneLine(page: Page, state: string): Promise<void> {
  const found = await page.locator('header.site').evaluate((header) => {
    const boxes = [...header.querySelectorAll('a, button')].map((it) => it.getBoundingClientRect());
    return {
      centres: new Set(boxes.map((box) => Math.round((box.top + box.bottom) / 2))).size,
      overlaps: boxes.filter((box, index) => box.right > (boxes[index + 1]?.left ?? Infinity) + 1).length,
      outside: boxes.filter((box) => box.left < 0 || box.right > document.documentElement.clientWidth).length,
      scrolls: document.documentElement.scrollWidth > document.documentElement.clientWidth,
    };
  });
  expect.soft(found, state).toEqual({ centres: 1, overlaps: 0, outside: 0, scrolls: false });
}

test('the header has one line in every language from 320 pixels on', async ({
  page,
  signedInUser: _,
}) => {
  for (const language of LANGUAGES) {
    await page.waitForLoadState();
    const loaded = page.waitForEvent('load');
    const button = page.getByRole('button', { name: language, exact: true });
    await button.click();
    await loaded;
    await expect(button).toHaveAttribute('aria-current', 'true');
    for (const width of [320, 360, 480, 1280]) {
      await page.setViewportSize({ width, height: 700 });
      await expectOneLine(page, `${language}, ${width} pixels`);
    }
  }
});

test('a long name of the service ends with an ellipsis, and its tooltip has the whole name', async ({
  page,
  signedInUser: _,
}) => {
  await page.setViewportSize({ width: 390, height: 700 });
  await page.waitForLoadState();
  const brand = page.getByRole('link', { name: NAME });
  await expect(brand).toHaveAttribute('title', NAME);
  const { isCut, overflow } = await brand.locator('span').evaluate((name) => ({
    isCut: name.scrollWidth > name.clientWidth,
    overflow: getComputedStyle(name).textOverflow,
  }));
  expect(isCut).toBe(true);
  expect(overflow).toBe('ellipsis');
});
