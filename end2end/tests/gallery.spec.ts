import type { Page } from '@playwright/test';

import { expect, test } from '../fixtures.ts';
import { expectAccessible } from '../support/accessibility.ts';
import { listGalleryEntries, openGalleryEntry } from '../support/gallery.ts';
import { doubleTextSize } from '../support/text_size.ts';

const LANGUAGES = ['en', 'de', 'fr', 'es', 'pt-BR', 'pl'] as const;
/** The narrowest phone (WCAG 2.2, 1.4.10). */
const NARROWEST = 320;
/** The tests that share the entries, so that two of them can run at the same time. */
const PARTS = 2;

// During a colour transition the contrast would be that of an intermediate colour.
test.use({ contextOptions: { reducedMotion: 'reduce' } });

test.beforeEach(({ pageErrors }) => pageErrors.allowGalleryErrors());

/** Expects no horizontal scrolling at the width of the narrowest phone, then restores the size of the window. */
async function expectFitsNarrowest(page: Page, state: string): Promise<void> {
  const size = page.viewportSize();
  await page.setViewportSize({ width: NARROWEST, height: 640 });
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  expect.soft(width, `${state}: width of the page`).toBeLessThanOrEqual(NARROWEST);
  if (size !== null) await page.setViewportSize(size);
}

/** Expects no horizontal scrolling with a font of twice the usual size (WCAG 2.2, 1.4.4), then restores the font. */
async function expectFitsWithDoubleTextSize(page: Page, state: string): Promise<void> {
  await doubleTextSize(page);
  const excess = await page.evaluate(() => {
    const { documentElement: root } = document;
    const excess = root.scrollWidth - root.clientWidth;
    root.style.fontSize = '';
    return excess;
  });
  expect.soft(excess, `${state}: width beyond the window with large text`).toBeLessThanOrEqual(0);
}

/** Returns the labels of disabled buttons whose form says neither what is missing nor what went wrong. */
async function unexplainedButtons(page: Page): Promise<string[]> {
  return page.locator('button.primary[type=submit]:disabled').evaluateAll((buttons) =>
    buttons
      .filter((button) => {
        const texts = button.closest('form')?.querySelectorAll('[data-missing], [role=alert]') ?? [];
        return button.checkVisibility() && ![...texts].some((text) => text.textContent?.trim());
      })
      .map((button) => button.textContent ?? ''),
  );
}

for (let part = 0; part < PARTS; part++) {
  test(`every page in every state is accessible and fits the screen, part ${part + 1}`, async ({ page }, { project }) => {
    test.slow();
    // Roles, names and colours are those of the phone, whose run checks them in light and dark.
    const checksAccessibility = project.name === 'phone';
    const entries = await listGalleryEntries(page);
    expect(entries.length).toBeGreaterThan(90);
    for (const [index, { name }] of entries.entries()) {
      if (index % PARTS !== part) continue;
      const language = LANGUAGES[Math.floor(index / PARTS) % LANGUAGES.length] ?? 'en';
      await openGalleryEntry(page, name, language);
      await expect.poll(() => unexplainedButtons(page), `${name}: disabled without a reason`).toEqual([]);
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      const windowWidth = page.viewportSize()?.width ?? 0;
      expect.soft(width, `${name}, ${language}`).toBeLessThanOrEqual(windowWidth);
      if (checksAccessibility) await expectAccessible(page, `${name}, ${language}`);
      await expectFitsWithDoubleTextSize(page, `${name}, ${language}`);
      await expectFitsNarrowest(page, `${name}, ${language}`);
    }
  });
}

// The longest words are German, for example "Wiederherstellungscodes".
for (const name of ['dashboard-incomplete', 'profile-unverified', 'recovery-codes', 'verify-email']) {
  test(`the page ${name} fits the screen in German with text of double size`, async ({ page }) => {
    await openGalleryEntry(page, name, 'de');
    await expectFitsWithDoubleTextSize(page, name);
  });
}

test('the entry of a busy form shows its button as busy, and keeps it focusable', async ({ page }) => {
  await openGalleryEntry(page, 'busy-form', 'en');
  const button = page.getByRole('button', { name: 'Submit' });
  await expect(button).toHaveAttribute('aria-busy', 'true');
  await expect(button).toHaveAttribute('aria-disabled', 'true');
  await expect(button).toHaveJSProperty('disabled', false);
  await button.focus();
  await expect(button).toBeFocused();
  // A disabled button has another colour.
  const colour = (): Promise<string> =>
    button.evaluate((element) => getComputedStyle(element).backgroundColor);
  const busyColour = await colour();
  await button.evaluate((element) => element.removeAttribute('aria-busy'));
  expect(await colour()).not.toBe(busyColour);
});

test('a gallery entry neither calls the server nor leaves its page', async ({ page }) => {
  const answered: string[] = [];
  page.on('response', (response) => answered.push(new URL(response.url()).pathname));
  await openGalleryEntry(page, 'code-resend', 'en');
  await page.getByRole('textbox', { name: 'One-time code' }).fill('123456');
  await page.getByRole('button', { name: 'Resend' }).click();
  await expect(page.getByRole('alert').filter({ hasText: /\S/ }).first()).toBeVisible();
  await expect(page).toHaveURL('/_gallery/code-resend?lang=en');
  const files = /^\/(pkg\/|_gallery\/|favicon|apple-touch-icon|manifest|[\w.-]+\.(js|svg|webmanifest)$)/;
  expect(answered.filter((path) => !files.test(path))).toEqual([]);
});
