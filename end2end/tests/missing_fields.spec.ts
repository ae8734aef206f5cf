import { expect, test } from '../fixtures.ts';
import { blockWasm, waitForIslands } from '../support/loading.ts';

test.use({ settings: { SALLYPORT_CAPTCHA: 'none' } });

const FILL_IN = 'Fill in all fields to continue.';
const FILL_IN_ONE = 'Fill in this field to continue.';
const FILL_IN_REQUIRED = 'Fill in all required fields to continue.';

/** Entries of the gallery with a form that also has fields that may stay empty. */
const ENTRIES_WITH_OPTIONAL_FIELDS = ['register-password-kept', 'payment-new'];

/** Entries of the gallery with a form that has one field and never a CAPTCHA. */
const ENTRIES_WITH_ONE_FIELD = [
  'set-up',
  'new-password',
  'verify-email-code',
  'code-recovery',
  'step-up',
  'phone-new-number',
  'change-email',
  'delete-account',
];

/** Returns the text above the disabled button of a form. */
function expectedReason(name: string): string {
  if (ENTRIES_WITH_ONE_FIELD.includes(name)) return FILL_IN_ONE;
  return ENTRIES_WITH_OPTIONAL_FIELDS.includes(name) ? FILL_IN_REQUIRED : FILL_IN;
}

/** Entries of the gallery with each form that has required fields. Without a CAPTCHA, the fields alone decide. */
const ENTRIES = [
  'sign-in-without-captcha',
  'set-up',
  'register',
  'register-credentials',
  'register-password-kept',
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
  const text = expectedReason(name);

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
    await expect(reason).toHaveText(text);
    await expect(button).toHaveAccessibleDescription(text);
    const space = await reason.evaluate((line) => line.getBoundingClientRect().height);

    for (const field of await fields.all()) await field.fill('12345678');
    await expect(button).toBeEnabled();
    await expect(reason).toHaveText('');
    // The line keeps its height, so that the button does not move.
    expect(await reason.evaluate((line) => line.getBoundingClientRect().height)).toBe(space);

    await fields.first().fill('');
    await expect(button).toBeDisabled();
    await expect(reason).toHaveText(text);
    await fields.last().press('Enter');
    await expect(fields.first()).toBeFocused();
  });
}

test('a field that may stay empty says so, and the form can be submitted without it', async ({
  page,
  pageErrors,
}) => {
  pageErrors.allow(/policy: connect-src|Content Security Policy/);
  await page.goto('/_gallery/payment-new');
  await expect(page.getByLabel('Description')).toHaveAccessibleDescription('Optional');
  await expect(page.getByText('Optional', { exact: true })).toBeVisible();
  await page.waitForFunction(() => performance.getEntriesByName('hydrated').length > 0);
  await page.getByLabel('Recipient').fill('Acme Inc.');
  await page.getByLabel('Amount').fill('12.50');
  await expect(page.getByLabel('Description')).toHaveValue('');
  await expect(page.locator('form button.primary[type=submit]')).toBeEnabled();
});

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
