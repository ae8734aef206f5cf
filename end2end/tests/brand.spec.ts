import { mkdtempSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { expect, test } from '../fixtures.ts';
import { expectAccessible } from '../support/accessibility.ts';

const TEXT = 'Your customer account at Acme Bank';
const folder = mkdtempSync(path.join(os.tmpdir(), 'sallyport-brand-'));

/** Writes a logo of this colour and returns its path. */
function writeLogo(colour: string): string {
  const file = path.join(folder, `${colour}.svg`);
  const shape = `<rect width="120" height="32" fill="${colour}"/>`;
  writeFileSync(file, `<svg xmlns="http://www.w3.org/2000/svg" width="120" height="32">${shape}</svg>`);
  return file;
}

test.use({
  settings: {
    SALLYPORT_CAPTCHA_COST: '1',
    SALLYPORT_BRAND_NAME: 'Acme Bank',
    SALLYPORT_BRAND_LOGO: writeLogo('navy'),
    SALLYPORT_BRAND_LOGO_DARK: writeLogo('white'),
    SALLYPORT_BRAND_SIGN_IN_TEXT_EN: TEXT,
  },
});

test('light and dark colours each show their own logo', async ({ page }) => {
  for (const [colorScheme, colour] of [
    ['light', 'navy'],
    ['dark', 'white'],
  ] as const) {
    await page.emulateMedia({ colorScheme });
    await page.goto('/login');
    const picture = page.getByRole('img', { name: 'Acme Bank' });
    await expect(picture).toHaveJSProperty('complete', true);
    const address = await picture.evaluate((img) => (img as HTMLImageElement).currentSrc);
    expect(await (await page.request.get(address)).text()).toContain(`fill="${colour}"`);
    expect(await picture.evaluate((img) => (img as HTMLImageElement).naturalWidth)).toBe(120);
  }
});

test('the text of the operator is in the card of the sign-in form', async ({ page }) => {
  await page.goto('/login');
  await expect(page.locator('.card').filter({ hasText: TEXT })).toHaveCount(1);
  await expect(page.getByText(TEXT)).toBeVisible();
  await expectAccessible(page, 'sign-in with the text of the operator');
});
