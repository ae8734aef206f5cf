import { expect, test } from '../fixtures.ts';
import { blockWasm, waitForIslands } from '../support/loading.ts';

test.use({ settings: { SALLYPORT_CAPTCHA: 'none' } });

const FILL_IN = 'Fill in all fields to continue.';

/** Entries of the gallery with each form that has required fields. Without a CAPTCHA, the fields alone decide. */
const ENTRIES = [
  'sign-in-without-captcha',
  'set-up',
  'register',
  'register-credentials',
  'forgot-password',
  'lost-phone',
  'new-password',
  'verify-email-code',
  'code-recovery',
  'step-up',
  'phone-new-number',
  'change-name',
  'change-email',
  'change-password',
  'delete-account',
  'payment-new',
];

for (const name of ENTRIES) {
  test(`a disabled submit button has its reason above it: ${name}`, async ({ page, pageErrors }) => {
    pageErrors.allowGalleryErrors();
    await page.goto(`/_gallery/${name}`);
    await waitForIslands(page);
    // The set-up is a dialog over the sign-in form.
    const form = page
      .locator(name === 'set-up' ? 'dialog form' : 'form')
      .filter({ has: page.locator('[data-missing]') });
    const fields = form.locator('input[required]');
    const button = form.locator('button.primary[type=submit]');
    const reason = form.locator('[data-missing]');

    await fields.last().fill('');
    await expect(button).toBeDisabled();
    await expect(reason).toHaveText(FILL_IN);
    await expect(button).toHaveAccessibleDescription(FILL_IN);
    const space = await reason.evaluate((line) => line.getBoundingClientRect().height);

    for (const field of await fields.all()) await field.fill('12345678');
    await expect(button).toBeEnabled();
    await expect(reason).toHaveText('');
    // The line keeps its height, so that the button does not move.
    expect(await reason.evaluate((line) => line.getBoundingClientRect().height)).toBe(space);

    await fields.first().fill('');
    await expect(button).toBeDisabled();
    await expect(reason).toHaveText(FILL_IN);
  });
}

test('without WASM, no form without a CAPTCHA disables its button', async ({
  page,
  pageErrors,
  signInPage,
  registerPage,
}) => {
  await blockWasm(page, pageErrors);
  await signInPage.goto();
  await expect(signInPage.submit).toBeEnabled();
  await signInPage.submit.click();
  await expect(page.locator('.error').filter({ hasText: /./ }).first()).toBeVisible();
  await registerPage.goto();
  await expect(registerPage.submit).toBeEnabled();
});
