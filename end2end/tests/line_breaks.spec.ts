import type { Locator, Page } from '@playwright/test';

import { expect, test } from '../fixtures.ts';
import { openGalleryEntry } from '../support/gallery.ts';
import { doubleTextSize } from '../support/text_size.ts';

const LANGUAGES = ['en', 'de', 'fr', 'es', 'pt-BR', 'pl'] as const;
/** Width of the window and font size of the browser, in pixels. */
const SIZES = [
  [320, 16],
  [390, 16],
  [640, 32],
] as const;

/** Width of a common phone, in pixels. */
const PHONE_WIDTH = 390;

/** Opens an entry of the gallery on a phone with a font of twice the usual size (WCAG 2.2, 1.4.4). */
async function openWithDoubleTextSize(page: Page, name: string, language: string): Promise<void> {
  await page.setViewportSize({ width: PHONE_WIDTH, height: 844 });
  await openGalleryEntry(page, name, language);
  await doubleTextSize(page);
}

test.beforeEach(({ pageErrors }) => pageErrors.allowGalleryErrors());

/** Returns the words of an element that have a line break inside. `pattern` matches the words. */
const brokenWords = (element: Locator, pattern = /\S+/g): Promise<string[]> =>
  element.evaluate((element, pattern) => {
    const text = [...element.childNodes].find((node) => node.nodeType === Node.TEXT_NODE);
    if (text === undefined) throw new Error('the element has no text');
    const words = [...(text.textContent ?? '').matchAll(pattern)];
    const broken = words.filter(({ 0: word, index }) => {
      const range = document.createRange();
      range.setStart(text, index);
      range.setEnd(text, index + word.length);
      return range.getClientRects().length > 1;
    });
    return broken.map(({ 0: word }) => word);
  }, pattern);

for (const language of LANGUAGES) {
  test(`no word in the list of registration steps is broken, ${language}`, async ({ page }) => {
    for (const name of ['register', 'register-credentials', 'register-code']) {
      await openGalleryEntry(page, name, language);
      await expect(page.locator('.steps li')).not.toHaveCount(0);
      for (const [width, fontSize] of SIZES) {
        await page.setViewportSize({ width, height: 640 });
        await page.evaluate((size) => {
          document.documentElement.style.fontSize = `${size}px`;
        }, fontSize);
        for (const step of await page.locator('.steps li').all()) {
          expect.soft(await brokenWords(step), `${name}, ${width} pixels`).toEqual([]);
        }
      }
    }
  });

  test(`no line of a heading or label ends with the "e" of "e-mail", ${language}`, async ({ page }) => {
    for (const name of ['sign-in', 'undo-email', 'email-change-cancel', 'change-email']) {
      await openGalleryEntry(page, name, language);
      await expect(page.locator('main :is(h1, label)')).not.toHaveCount(0);
      for (let width = 240; width <= 480; width += 20) {
        await page.setViewportSize({ width, height: 640 });
        for (const text of await page.locator('main :is(h1, label)').filter({ hasText: /e.?mail/i }).all()) {
          expect.soft(await brokenWords(text, /e.?mail/gi), `${name}, ${width} pixels`).toEqual([]);
        }
      }
    }
  });

  test(`the form for a new phone number does not scroll sideways with text of double size, ${language}`, async ({
    page,
  }) => {
    for (const name of ['phone-new-number', 'phone-unchanged']) {
      await openWithDoubleTextSize(page, name, language);
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      expect.soft(width, name).toBeLessThanOrEqual(PHONE_WIDTH);
    }
  });

  test(`"Resend" and its waiting time are in one line, ${language}`, async ({ page }) => {
    await page.setViewportSize({ width: 320, height: 640 });
    await openGalleryEntry(page, 'code-sent', language);
    const wait = page.locator('[data-wait]');
    const middle = async (element: Locator): Promise<number> => {
      const box = await element.boundingBox();
      return box === null ? Number.NaN : box.y + box.height / 2;
    };
    const resend = page.locator('form', { has: page.locator('[value=sms]') }).getByRole('button');
    expect(Math.abs((await middle(wait)) - (await middle(resend)))).toBeLessThan(4);
  });
}

test('no word of the German methods is broken on a phone with text of double size', async ({ page }) => {
  await openWithDoubleTextSize(page, 'method-dialog', 'de');
  const names = page.locator('.method-name').filter({ hasText: /Textnachricht|Authenticator/ });
  await expect(names).toHaveCount(2);
  // A break after the hyphen of "Authenticator-App" is right.
  for (const name of await names.all()) {
    expect.soft(await brokenWords(name, /Textnachricht|Authenticator/g)).toEqual([]);
  }
});

test('a refused CAPTCHA checkbox is a square, and its box is red', async ({ page }) => {
  await openGalleryEntry(page, 'sign-in-captcha-failed', 'en');
  const checkbox = page.getByLabel("I'm not a robot");
  await expect(checkbox).toHaveAttribute('aria-invalid', 'true');
  const box = await checkbox.boundingBox();
  expect(box).not.toBeNull();
  expect(box?.height).toBe(box?.width);
  await expect(checkbox).toHaveCSS('box-shadow', 'none');
  const colour = await page
    .locator('#captcha-error')
    .evaluate((error) => getComputedStyle(error).color);
  await expect(page.locator('.captcha')).toHaveCSS('border-top-color', colour);
});
