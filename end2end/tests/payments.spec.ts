import { expect, test } from '../fixtures.ts';
import { TEXT } from '../pages/code_entry.ts';
import { expectAccessible } from '../support/accessibility.ts';
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

test('an invalid amount is refused beside its field, and the entered values stay', async ({
  paymentPage,
  signedInUser: _,
}) => {
  await paymentPage.goto();
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
  await paymentPage.goto();
  await paymentPage.submit({ recipient: SHOP, amount: '150' });
  const code = await simulator.codeSentTo(signedInUser.e164, () => paymentPage.sendOtp.click());
  await codeEntry.waitUntilReady();
  const tab = await context.newPage();
  await tab.goto('/payments/new');
  await expect(tab.getByText(`Your payment of 150.00 USD to ${SHOP} waits`)).toBeVisible();
  await tab.getByRole('link', { name: 'Confirm it' }).click();
  await expect(tab.getByLabel('One-time code')).toBeVisible();

  await codeEntry.enter(code);
  await paymentPage.expectPayment('150.00 USD', SHOP, 'Completed');
  // The second tab receives the event.
  await expect(tab).toHaveURL(page.url());
  await expect(tab.getByText('Completed', { exact: true })).toBeVisible();
});
