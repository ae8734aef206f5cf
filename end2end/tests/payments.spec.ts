import { expect, test } from '../fixtures.ts';
import { TEXT } from '../pages/code_entry.ts';
import { expectAccessible } from '../support/accessibility.ts';

const SHOP = 'Acme & Sons';

test('a small payment is made at once', async ({ page, paymentPage, simulator, signedIn }) => {
  const sends = await simulator.sends(signedIn.e164);
  await page.goto('/dashboard');
  await paymentPage.newPayment.click();
  await expect(paymentPage.goOn).toBeDisabled();
  await expectAccessible(page, 'payment form');
  await paymentPage.pay({ recipient: SHOP, amount: '99.99', description: 'Invoice 4711' });
  await paymentPage.shows('99.99 USD', SHOP, 'Completed');
  await expect(paymentPage.fact('Description')).toHaveText('Invoice 4711');
  await expect(paymentPage.fact('Transaction')).toHaveText(/^[0-9a-f]{32}$/);
  await expectAccessible(page, 'payment made');
  expect(await simulator.sends(signedIn.e164)).toBe(sends);
});

test('a large payment shows what is paid to whom, and asks for a code', async ({
  page,
  paymentPage,
  codeEntry,
  simulator,
  signedIn,
}) => {
  await simulator.advance(30);
  await paymentPage.goto();
  await paymentPage.pay({ recipient: SHOP, amount: '150' });
  await expect(paymentPage.dialog).toBeVisible();
  await paymentPage.shows('150.00 USD', SHOP, 'Pending');
  await paymentPage.sendOtp.click();
  await codeEntry.ready();
  await paymentPage.shows('150.00 USD', SHOP, 'Pending');
  await expectAccessible(page, 'payment, code');
  await codeEntry.enter(await simulator.wrongCode(signedIn.e164));
  await codeEntry.says(TEXT.invalid(4));
  await page.reload();
  await codeEntry.enter(await simulator.code(signedIn.e164));
  await paymentPage.shows('150.00 USD', SHOP, 'Completed');

  // Back to the code, and on again: nothing is paid twice.
  const paid = page.url();
  await page.goBack();
  await page.goto('/payments/current');
  await expect(page).toHaveURL(paid);
});

test('what cannot be paid is said beside its field, and what was typed stays', async ({
  paymentPage,
  signedIn: _,
}) => {
  await paymentPage.goto();
  await paymentPage.pay({ recipient: SHOP, amount: '0' });
  await expect(paymentPage.problem).toHaveText('Enter an amount greater than zero.');
  await expect(paymentPage.amount).toBeFocused();
  await expect(paymentPage.recipient).toHaveValue(SHOP);
  await paymentPage.amount.fill('5.5');
  await paymentPage.currency.selectOption('JPY');
  await paymentPage.goOn.click();
  await expect(paymentPage.problem).toHaveText('Amounts in this currency have no decimals.');
  await paymentPage.amount.fill('5');
  await paymentPage.goOn.click();
  await expect(paymentPage.dialog).toBeVisible();
  await paymentPage.shows('5 JPY', SHOP, 'Pending');
});

test('a cancelled payment says so', async ({ page, paymentPage, signedIn: _ }) => {
  await paymentPage.goto();
  await paymentPage.pay({ recipient: SHOP, amount: '150' });
  await paymentPage.cancel.click();
  await paymentPage.shows('150.00 USD', SHOP, 'Failed');
  await expect(paymentPage.notice).toHaveText('The payment was cancelled. Nothing was paid.');
  await page.getByRole('link', { name: 'New payment' }).click();
  await expect(paymentPage.recipient).toHaveValue('');
});

test('a code that cannot be sent fails the payment', async ({
  paymentPage,
  simulator,
  signedIn: _,
}) => {
  await simulator.advance(30);
  await paymentPage.goto();
  await paymentPage.pay({ recipient: SHOP, amount: '150' });
  await simulator.fail({ on: 'create', kind: 'status', status: 503 });
  await paymentPage.sendOtp.click();
  await paymentPage.shows('150.00 USD', SHOP, 'Failed');
  await expect(paymentPage.notice).toHaveText('The code could not be sent, so nothing was paid.');
});

test('a payment that waits is found again, and a second tab says that it is paid', async ({
  context,
  page,
  paymentPage,
  codeEntry,
  simulator,
  signedIn,
}) => {
  await simulator.advance(30);
  await paymentPage.goto();
  await paymentPage.pay({ recipient: SHOP, amount: '150' });
  await paymentPage.sendOtp.click();
  await codeEntry.ready();
  const tab = await context.newPage();
  await tab.goto('/payments/new');
  await expect(tab.getByText(`Your payment of 150.00 USD to ${SHOP} waits`)).toBeVisible();
  await tab.getByRole('link', { name: 'Confirm it' }).click();
  await expect(tab.getByLabel('One-time code')).toBeVisible();

  await codeEntry.enter(await simulator.code(signedIn.e164));
  await paymentPage.shows('150.00 USD', SHOP, 'Completed');
  // Told by itself, without another code.
  await expect(tab).toHaveURL(page.url());
  await expect(tab.getByText('Completed', { exact: true })).toBeVisible();
});
