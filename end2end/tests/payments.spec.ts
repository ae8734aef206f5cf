import { gzipSync } from 'node:zlib';

import type { Page } from '@playwright/test';

import { expect, test } from '../fixtures.ts';
import { CodeEntry, TEXT } from '../pages/code_entry.ts';
import { PaymentPage } from '../pages/payment_page.ts';
import { expectAccessible } from '../support/accessibility.ts';
import { blockEventStream, waitForIslands } from '../support/loading.ts';
import { wrongCode } from '../support/simulator.ts';

const SHOP = 'Acme & Sons';

test('a payment below the limit completes without a code', async ({
  page,
  paymentPage,
  simulator,
  signedInUser,
}) => {
  const sends = await simulator.sendCount(signedInUser.e164);
  await page.goto('/dashboard');
  await paymentPage.newPayment.click();
  await expect(paymentPage.continueButton).toBeDisabled();
  await expectAccessible(page, 'payment form');
  await paymentPage.submit({ recipient: SHOP, amount: '99.99', description: 'Invoice 4711' });
  await paymentPage.expectPayment('99.99 USD', SHOP, 'Completed');
  await expect(paymentPage.detail('Description')).toHaveText('Invoice 4711');
  await expect(paymentPage.detail('Transaction')).toHaveText(/^[0-9a-f]{32}$/);
  await expectAccessible(page, 'payment made');
  expect(await simulator.sendCount(signedInUser.e164)).toBe(sends);
});

test('a payment above the limit shows amount and recipient and requires a code', async ({
  page,
  paymentPage,
  codeEntry,
  simulator,
  signedInUser,
}) => {
  await simulator.advanceClock(30);
  await paymentPage.goto();
  await paymentPage.submit({ recipient: SHOP, amount: '150' });
  await expect(paymentPage.methodDialog).toBeVisible();
  await paymentPage.expectPayment('150.00 USD', SHOP, 'Pending');
  const code = await simulator.codeSentTo(signedInUser.e164, () => paymentPage.sendOtp.click());
  await codeEntry.waitUntilReady();
  await paymentPage.expectPayment('150.00 USD', SHOP, 'Pending');
  await expectAccessible(page, 'payment, code');
  await codeEntry.enter(wrongCode(code));
  await codeEntry.expectText(TEXT.invalid(4));
  await page.reload();
  await codeEntry.enter(code);
  await paymentPage.expectPayment('150.00 USD', SHOP, 'Completed');

  // Going back to the code entry does not pay a second time.
  const paidUrl = page.url();
  await page.goBack();
  await page.goto('/payments/current');
  await expect(page).toHaveURL(paidUrl);
});

/** Returns the texts of the page that have its largest font size. */
function largestTexts(page: Page): Promise<string[]> {
  return page.locator('body').evaluate((body) => {
    const texts = document.createTreeWalker(body, NodeFilter.SHOW_TEXT);
    let largest = 0;
    let found: string[] = [];
    for (let node = texts.nextNode(); node !== null; node = texts.nextNode()) {
      const text = node.textContent?.trim() ?? '';
      const element = node.parentElement;
      if (text === '' || element === null || !element.checkVisibility()) continue;
      const size = Number.parseFloat(getComputedStyle(element).fontSize);
      if (size < largest) continue;
      found = size > largest ? [text] : [...found, text];
      largest = size;
    }
    return found;
  });
}

test('what a payment confirms is the largest text until it is completed', async ({
  page,
  paymentPage,
  codeEntry,
  simulator,
  signedInUser,
}) => {
  // The recipient is isolated, because it may be written from right to left.
  const quote = `$1,250.00 to \u2068${SHOP}\u2069`;
  await simulator.advanceClock(30);
  await paymentPage.goto();
  await paymentPage.submit({ recipient: SHOP, amount: '1,250' });
  await expect(paymentPage.methodDialog.locator('.quote')).toHaveText(quote);
  await expect.poll(() => largestTexts(page)).toEqual([quote, quote]);
  const code = await simulator.codeSentTo(signedInUser.e164, () => paymentPage.sendOtp.click());
  await codeEntry.waitUntilReady();
  await expect(paymentPage.quote).toHaveText(quote);
  await expect.poll(() => largestTexts(page)).toEqual([quote]);
  await codeEntry.enter(code);
  await paymentPage.expectPayment('1,250.00 USD', SHOP, 'Completed');
  await expect.poll(() => largestTexts(page)).toEqual([quote]);
});

/**
 * Gives all events of the pages that are opened next the same time. The list of currencies begins another search after a
 * second without a key, and a busy machine can be slower.
 */
async function stopEventTimes(page: Page): Promise<void> {
  await page.addInitScript(() => {
    Object.defineProperty(Event.prototype, 'timeStamp', { value: 0 });
  });
}

test('the currencies of earlier payments come first, and a typed code selects any named currency', async ({
  page,
  paymentPage,
  signedInUser: _,
}) => {
  await stopEventTimes(page);
  await paymentPage.goto();
  const frequent = paymentPage.currency.locator('optgroup').first().locator('option');
  await expect(frequent).toHaveText(['USD', 'EUR', 'GBP']);
  await expect(frequent.first()).toHaveAttribute('label', 'USD – US Dollar');
  const codes = await paymentPage.currency.locator('option').allTextContents();
  expect(new Set(codes).size).toBe(codes.length);
  expect(codes.length).toBeGreaterThan(150);
  await expect(paymentPage.currency).toHaveValue('USD');
  await paymentPage.currency.focus();
  await page.keyboard.type('JPY');
  await expect(paymentPage.currency).toHaveValue('JPY');
  await paymentPage.submit({ recipient: SHOP, amount: '500' });
  await expect(paymentPage.methodDialog).toBeVisible();
  const response = await page.goto('/payments/new');
  const html = (await response?.body()) ?? Buffer.alloc(0);
  // The page is sent as it is, because it has personal data.
  expect(html.length).toBeLessThanOrEqual(7_500);
  expect(gzipSync(html).length).toBeLessThanOrEqual(6_000);
  await expect(frequent).toHaveText(['USD', 'EUR', 'GBP', 'JPY']);
  await expect(paymentPage.currency).toHaveValue('USD');
});

test('typing the beginning of a code or of a word of a name selects the currency', async ({
  page,
  paymentPage,
  signedInUser: _,
}) => {
  await stopEventTimes(page);
  await paymentPage.goto();
  for (const [keys, code] of [
    ['yen', 'JPY'],
    ['Swiss f', 'CHF'],
    ['sek', 'SEK'],
    ['colon', 'CRC'],
    ['krona', 'ISK'],
    ['pound', 'GBP'],
  ] as const) {
    // Leaving the list ends the search.
    await paymentPage.amount.focus();
    await paymentPage.currency.focus();
    await page.keyboard.type(keys);
    await expect(paymentPage.currency, keys).toHaveValue(code);
  }
});

test('an invalid amount is refused beside its field, and the entered values stay', async ({
  paymentPage,
  signedInUser: _,
}) => {
  await paymentPage.goto();
  await waitForIslands(paymentPage.page);
  await paymentPage.submit({ recipient: SHOP, amount: '0' });
  await expect(paymentPage.problem).toHaveText('Enter an amount greater than zero.');
  await expect(paymentPage.amount).toBeFocused();
  await expect(paymentPage.recipient).toHaveValue(SHOP);
  await paymentPage.amount.fill('5.5');
  await paymentPage.currency.selectOption('JPY');
  await paymentPage.continueButton.click();
  await expect(paymentPage.problem).toHaveText('Amounts in this currency have no decimals.');
  await paymentPage.amount.fill('5');
  await paymentPage.continueButton.click();
  await expect(paymentPage.methodDialog).toBeVisible();
  await paymentPage.expectPayment('5 JPY', SHOP, 'Pending');
});

test('a cancelled payment is shown as failed', async ({ page, paymentPage, signedInUser: _ }) => {
  await paymentPage.goto();
  await paymentPage.submit({ recipient: SHOP, amount: '150' });
  await paymentPage.cancel.click();
  await paymentPage.expectPayment('150.00 USD', SHOP, 'Failed');
  await expect(paymentPage.notice).toHaveText('The payment was cancelled. Nothing was paid.');
  await page.getByRole('link', { name: 'New payment' }).click();
  await expect(paymentPage.recipient).toHaveValue('');
});

test('a code that cannot be sent fails the payment', async ({
  paymentPage,
  simulator,
  signedInUser: _,
}) => {
  await simulator.advanceClock(30);
  await paymentPage.goto();
  await paymentPage.submit({ recipient: SHOP, amount: '150' });
  await simulator.injectFaults({ on: 'create', kind: 'status', status: 503 });
  await paymentPage.sendOtp.click();
  await paymentPage.expectPayment('150.00 USD', SHOP, 'Failed');
  await expect(paymentPage.notice).toHaveText('The code could not be sent, so nothing was paid.');
});

test('a second tab finds a pending payment and shows its completion', async ({
  context,
  page,
  paymentPage,
  codeEntry,
  simulator,
  signedInUser,
}) => {
  await simulator.advanceClock(30);
  const code = await paymentPage.requestCode({ recipient: SHOP, amount: '150' }, signedInUser, simulator);
  await codeEntry.waitUntilReady();
  const tab = await context.newPage();
  await tab.goto('/payments/new');
  await expect(tab.getByText(`Your payment of 150.00 USD to ${SHOP} is waiting for its code.`)).toBeVisible();
  await tab.getByRole('link', { name: 'Confirm it' }).click();
  await expect(tab.getByLabel('One-time code')).toBeVisible();

  await codeEntry.enter(code);
  await paymentPage.expectPayment('150.00 USD', SHOP, 'Completed');
  // The second tab receives the event.
  await expect(tab).toHaveURL(page.url());
  await expect(tab.getByText('Completed', { exact: true })).toBeVisible();
});

test('a code typed under one payment does not confirm the payment of another tab', async ({
  context,
  page,
  paymentPage,
  codeEntry,
  simulator,
  signedInUser,
  pageErrors,
}) => {
  await simulator.advanceClock(30);
  // With the event stream the first tab would leave its code entry when the other payment begins.
  await blockEventStream(page, pageErrors);
  await paymentPage.requestCode({ recipient: SHOP, amount: '150' }, signedInUser, simulator);
  await codeEntry.waitUntilReady();
  await simulator.advanceClock(30);
  const other = await context.newPage();
  const otherPayment = new PaymentPage(other);
  const dear = { recipient: 'Other Shop', amount: '9000' };
  const code = await otherPayment.requestCode(dear, signedInUser, simulator);
  const otherEntry = new CodeEntry(other);
  await otherEntry.waitUntilReady();

  await codeEntry.enter(code);
  await paymentPage.expectPayment('150.00 USD', SHOP, 'Failed');
  await other.reload();
  await otherPayment.expectPayment('9,000.00 USD', 'Other Shop', 'Pending');
  await otherEntry.enter(code);
  await otherPayment.expectPayment('9,000.00 USD', 'Other Shop', 'Completed');
});

test('the code entry of a replaced payment shows its failure when the tab becomes visible', async ({
  context,
  page,
  paymentPage,
  codeEntry,
  simulator,
  signedInUser,
  pageErrors,
}) => {
  await simulator.advanceClock(30);
  await blockEventStream(page, pageErrors);
  await paymentPage.requestCode({ recipient: SHOP, amount: '150' }, signedInUser, simulator);
  await codeEntry.waitUntilReady();
  await simulator.advanceClock(30);
  const otherPayment = new PaymentPage(await context.newPage());
  const next = { recipient: 'Other Shop', amount: '9000' };
  await otherPayment.requestCode(next, signedInUser, simulator);
  await codeEntry.simulateTabReturn();
  await paymentPage.expectPayment('150.00 USD', SHOP, 'Failed');
});

test('"Cancel" in the tab of a replaced payment does not cancel the payment of another tab', async ({
  context,
  paymentPage,
  signedInUser: _,
}) => {
  await paymentPage.goto();
  await paymentPage.submit({ recipient: SHOP, amount: '150' });
  await expect(paymentPage.methodDialog).toBeVisible();
  const other = await context.newPage();
  const otherPayment = new PaymentPage(other);
  await otherPayment.goto();
  await otherPayment.submit({ recipient: 'Other Shop', amount: '9000' });
  await expect(otherPayment.methodDialog).toBeVisible();

  await paymentPage.cancel.click();
  await paymentPage.expectPayment('150.00 USD', SHOP, 'Failed');
  await other.reload();
  await otherPayment.expectPayment('9,000.00 USD', 'Other Shop', 'Pending');
});
