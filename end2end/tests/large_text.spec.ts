import type { Page } from '@playwright/test';

import { expect, test } from '../fixtures.ts';
import { doubleTextSize } from '../support/text_size.ts';

/** Expects no horizontal scrolling, no text that is cut off, and no texts or controls on top of each other. */
async function expectReadable(page: Page, state: string): Promise<void> {
  await page.waitForLoadState();
  await doubleTextSize(page);
  const found = await page.evaluate(() => {
    const visible = (element: Element): boolean =>
      element.checkVisibility({ visibilityProperty: true }) &&
      element.closest('.visually-hidden, .skip, [inert]') === null;
    const hasText = (element: Element): boolean =>
      [...element.childNodes].some((it) => it.nodeType === Node.TEXT_NODE && it.textContent?.trim());
    const name = (element: Element): string =>
      `${element.tagName.toLowerCase()} ${element.textContent?.trim().slice(0, 40)}`;
    const dialog = document.querySelector('dialog[open]');
    const scope = dialog ?? document.body;
    const elements = [...scope.querySelectorAll('*')].filter(visible);
    // The name of the service in the header may end with an ellipsis: its tooltip has the whole name.
    const texts = elements.filter((it) => hasText(it) && it.closest('.brand, option, select') === null);
    const cut = texts.filter((it) => {
      const hides = getComputedStyle(it).overflowX !== 'visible';
      const { left, right } = it.getBoundingClientRect();
      const isOutside = left < -1 || right > document.documentElement.clientWidth + 1;
      return (hides && it.scrollWidth > it.clientWidth + 1) || isOutside;
    });
    const boxes = texts.map((element) => {
      const range = document.createRange();
      range.selectNodeContents(element);
      return { element, lines: [...range.getClientRects()] };
    });
    const overlaps: string[] = [];
    for (const [index, one] of boxes.entries()) {
      for (const other of boxes.slice(index + 1)) {
        if (one.element.contains(other.element) || other.element.contains(one.element)) continue;
        const meet = one.lines.some((a) =>
          other.lines.some(
            (b) =>
              Math.min(a.right, b.right) - Math.max(a.left, b.left) > 2 &&
              // Line boxes of neighbouring lines touch; glyphs that meet overlap by more.
              Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 0.3 * Math.min(a.height, b.height),
          ),
        );
        if (meet) overlaps.push(`${name(one.element)} / ${name(other.element)}`);
      }
    }
    const { scrollWidth, clientWidth } = document.documentElement;
    return { scrolls: scrollWidth > clientWidth, cut: cut.map(name), overlaps };
  });
  expect.soft(found, state).toEqual({ scrolls: false, cut: [], overlaps: [] });
}

for (const width of [1280, 640]) {
  test(`a sign-in is readable with text of double size at ${width} pixels`, async ({
    page,
    signInPage,
    codeEntry,
    dashboardPage,
    simulator,
    registeredUser,
  }) => {
    await page.setViewportSize({ width, height: 900 });
    await signInPage.goto();
    await expectReadable(page, 'password');
    await signInPage.submitPassword(registeredUser);
    await expectReadable(page, 'choice of method');
    const code = await signInPage.requestCode(registeredUser, simulator);
    await codeEntry.waitUntilReady();
    await expectReadable(page, 'code');
    await codeEntry.enter(code);
    await dashboardPage.expectUser(registeredUser);
    await expectReadable(page, 'dashboard');
  });

  test(`profile and payments are readable with text of double size at ${width} pixels`, async ({
    page,
    paymentPage,
    signedInUser: _,
  }) => {
    await page.setViewportSize({ width, height: 900 });
    await paymentPage.goto();
    await expectReadable(page, 'new payment');
    await paymentPage.submit({ recipient: 'Acme & Sons', amount: '99.99' });
    await paymentPage.expectPayment('99.99 USD', 'Acme & Sons', 'Completed');
    await expectReadable(page, 'payment');
    for (const path of ['/payments', '/profile', '/profile/history', '/profile/sessions']) {
      await page.goto(path);
      await expectReadable(page, path);
    }
  });
}
