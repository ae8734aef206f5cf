import type { Locator, Page } from '@playwright/test';

import { expect, test } from '../fixtures.ts';
import { expectAccessible } from '../support/accessibility.ts';

const LONG = 'Featherstonehaugh Featherstonehaugh and Daughters International Ltd';

/** Returns the row of a list that has this name. */
function rowOf(page: Page, name: string): Locator {
  return page.getByRole('listitem').filter({ hasText: name });
}

async function topOf(element: Locator): Promise<number> {
  return (await element.boundingBox())?.y ?? NaN;
}

test('the dashboard shows the state of each factor, and each row leads to its page', async ({
  page,
  signedInUser,
}) => {
  for (const [name, state, link, path] of [
    ['Text message (SMS)', 'On', 'Change phone number', '/profile/phone'],
    ['Authenticator app (TOTP)', 'Not set up', 'Set up', '/profile/authenticator'],
    ['Recovery codes', 'Not set up', 'Create recovery codes', '/profile/recovery-codes'],
    ['Email', 'Confirmed', 'Change email address', '/profile/email'],
    ['Last other sign-in', undefined, 'Security history', '/profile/history'],
  ] as const) {
    await page.goto('/dashboard');
    const row = rowOf(page, name);
    if (state !== undefined) await expect(row.locator('.badge')).toHaveText(state);
    await expect(row.getByRole('link')).toHaveCount(1);
    await row.getByRole('link', { name: link }).click();
    await expect(page).toHaveURL(path);
  }
  await page.goto('/dashboard');
  await expect(rowOf(page, 'Email')).toContainText(signedInUser.email);
  await expectAccessible(page, 'dashboard');
});

test('payments are listed on the dashboard and on a separate page', async ({
  page,
  paymentPage,
  simulator,
  signedInUser: _,
}) => {
  await paymentPage.goto();
  await paymentPage.submit({ recipient: LONG, amount: '12.50' });
  await paymentPage.expectPayment('12.50 USD', LONG, 'Completed');
  await paymentPage.goto();
  await paymentPage.submit({ recipient: 'Blue Bakery', amount: '150' });
  await expect(paymentPage.methodDialog).toBeVisible();
  await page.goto('/dashboard');
  await expect(rowOf(page, 'Blue Bakery')).toContainText('150.00 USD');
  await expect(rowOf(page, 'Blue Bakery').locator('.badge')).toHaveText('Pending');
  await expectAccessible(page, 'dashboard with payments');
  await page.getByRole('link', { name: 'All payments' }).click();
  await expect(page).toHaveURL('/payments');
  await expect(page.getByRole('link', { name: 'Payments', exact: true })).toHaveAttribute(
    'aria-current',
    'page',
  );
  await expect(page.getByRole('listitem')).toHaveCount(2);
  await expect(page.getByRole('listitem').last()).toContainText(LONG);
  await expectAccessible(page, 'payments');
  await simulator.advanceClock(301);
  await page.reload();
  await expect(rowOf(page, 'Blue Bakery').locator('.badge')).toHaveText('Expired');
  await page.getByRole('link', { name: LONG }).click();
  await paymentPage.expectPayment('12.50 USD', LONG, 'Completed');
});

for (const [width, card, beside] of [
  [360, 328, false],
  [1280, 736, true],
] as const) {
  test(`the signed-in area has one column of ${card} pixels at ${width} pixels`, async ({
    page,
    signedInUser,
  }) => {
    await page.setViewportSize({ width, height: 800 });
    for (const path of ['/dashboard', '/payments', '/profile', '/profile/history', '/profile/name']) {
      await page.goto(path);
      const box = await page.locator('.card').first().boundingBox();
      expect.soft(box?.width, path).toBe(card);
    }
    await page.goto('/profile');
    const row = page.locator('.facts > div').filter({ hasText: signedInUser.email });
    const tops = [await topOf(row.locator('dt')), await topOf(row.locator('dd').first())];
    expect(Math.abs(tops[0]! - tops[1]!) < 4).toBe(beside);
    const form = page.locator('form.stack');
    await page.goto('/profile/name');
    expect((await form.boundingBox())?.width).toBeLessThanOrEqual(352);
  });
}

test('an action that cannot be undone has a colour that no other action has', async ({ page, signedInUser: _ }) => {
  await page.goto('/profile/delete');
  const button = page.getByRole('button', { name: 'Delete my account' });
  await page.getByLabel('Type your username to confirm').fill('ann');
  await expect(button).toBeEnabled();
  await expect(button).toHaveCSS('background-color', 'rgb(169, 35, 28)');
  await expectAccessible(page, 'deletion');
});

test.describe('a browser far from Greenwich', () => {
  test.use({ timezoneId: 'Pacific/Kiritimati' });

  test('groups the history by its own days', async ({ page, signedInUser: _ }) => {
    await page.goto('/profile/history');
    const moments = await page.locator('.records time').evaluateAll((times) =>
      times.map((time) => (time as HTMLTimeElement).dateTime),
    );
    const format = (options: Intl.DateTimeFormatOptions) => {
      const local = new Intl.DateTimeFormat('en-GB', { timeZone: 'Pacific/Kiritimati', ...options });
      return moments.map((moment) => local.format(new Date(moment)));
    };
    const days = format({ dateStyle: 'long' });
    await expect(page.locator('.days h2')).toHaveText([...new Set(days)]);
    await expect(page.locator('.records time')).toHaveText(format({ timeStyle: 'short' }));
    await expect(page.getByRole('listitem').first()).toContainText('Chrome on');
    await expectAccessible(page, 'history');
  });
});

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('dashboard and payments are complete, and times say that they are in UTC', async ({
    page,
    codeEntry,
    dashboardPage,
    paymentPage,
    signInCode,
    signingInUser,
  }) => {
    await codeEntry.fillAndSubmit(signInCode);
    await dashboardPage.expectUser(signingInUser);
    await expect(rowOf(page, 'Recovery codes').locator('.badge')).toHaveText('Not set up');
    await paymentPage.goto();
    await paymentPage.submit({ recipient: 'Acme', amount: '5', currency: 'USD' });
    await paymentPage.expectPayment('5.00 USD', 'Acme', 'Completed');
    await page.goto('/payments');
    await expect(rowOf(page, 'Acme')).toContainText(/ UTC\s*5\.00 USD\s*Completed/);
    await page.goto('/profile/history');
    await expect(page.locator('.days h2').first()).toHaveText(/^\d+ \w+ 20\d\d$/);
    await expect(page.locator('.records time').first()).toHaveText(/^\d\d:\d\d UTC$/);
  });
});

test('screen readers name the masked number by its last digits', async ({
  page,
  signedInUser,
}) => {
  const name = `number ending in ${signedInUser.e164.slice(-4)}`;
  for (const [path, count] of [
    ['/dashboard', 1],
    ['/profile', 2],
  ] as const) {
    await page.goto(path);
    const numbers = page.getByRole('img', { name });
    await expect(numbers).toHaveCount(count);
    await expect(page.getByText(signedInUser.masked)).toHaveCount(count);
    await expect(numbers.first()).toHaveText(signedInUser.masked);
  }
});
