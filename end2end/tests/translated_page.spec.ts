import type { Page } from '@playwright/test';

import { expect, test } from '../fixtures.ts';

/** Replaces each text node by a new one inside of two elements, as the translator of Chromium does. */
async function translatePage(page: Page, { respectsAttribute }: { respectsAttribute: boolean }): Promise<void> {
  await page.evaluate((respectsAttribute) => {
    const nodes = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const texts: CharacterData[] = [];
    while (nodes.nextNode()) texts.push(nodes.currentNode as CharacterData);
    const kept = respectsAttribute ? 'script, style, [translate=no]' : 'script, style';
    for (const text of texts) {
      if (!text.data.trim() || text.parentElement?.closest(kept)) continue;
      const outer = document.createElement('font');
      const inner = document.createElement('font');
      inner.append(text.data);
      outer.append(inner);
      text.replaceWith(outer);
    }
  }, respectsAttribute);
}

test('the countdowns go on after the browser has translated the page', async ({
  page,
  codeEntry,
  signingInUser: _,
}) => {
  await codeEntry.waitUntilReady();
  await translatePage(page, { respectsAttribute: true });
  const [left, wait] = [await codeEntry.secondsLeft(), await codeEntry.secondsToResend()];
  await expect.poll(() => codeEntry.secondsLeft()).toBeLessThan(left);
  await expect.poll(() => codeEntry.secondsToResend()).toBeLessThan(wait);
});

test('a page that the browser translates before the WASM arrives counts down and accepts the code', async ({
  page,
  codeEntry,
  dashboardPage,
  registeredUser,
  signInCode,
}) => {
  let release = (): void => {};
  const translated = new Promise<void>((resolve) => (release = resolve));
  await page.route('**/*.wasm', async (route) => {
    await translated;
    await route.continue();
  });
  await page.goto('/login/verify');
  await expect(codeEntry.input).toBeVisible();
  await translatePage(page, { respectsAttribute: false });
  const arrived = page.waitForResponse('**/*.wasm');
  release();
  await (await arrived).finished();
  const [left, wait] = [await codeEntry.secondsLeft(), await codeEntry.secondsToResend()];
  await expect.poll(() => codeEntry.secondsLeft()).toBeLessThan(left);
  await expect.poll(() => codeEntry.secondsToResend()).toBeLessThan(wait);
  // The islands do not run, and the browser posts the form.
  await expect(page.locator('html[data-hydrated]')).toHaveCount(0);
  await codeEntry.fillAndSubmit(signInCode);
  await dashboardPage.expectUser(registeredUser);
});
