import { expect, test } from '../fixtures.ts';
import { blockWasm, waitForIslands } from './loading.ts';

/** Returns the settings of a server that uses this CAPTCHA service of the simulator. */
export function settingsOf(service: string): Record<string, string> {
  return {
    SALLYPORT_CAPTCHA: service,
    SALLYPORT_CAPTCHA_COST: '1',
    SALLYPORT_CAPTCHA_SITE_KEY: 'site-key',
    SALLYPORT_CAPTCHA_SECRET: 'simulator-secret-of-the-captcha-service',
  };
}

const COMPLETE_CHECK = 'Complete the security check to continue.';

/** Defines the tests of a CAPTCHA service whose widget is a checkbox. */
export function testCheckbox(): void {
  test('"Submit" is enabled while the widget has a valid token, and disabled after its expiry', async ({ page, registerPage, newUser }) => {
    await registerPage.goto();
    const widget = page.getByRole('checkbox', { name: /Simulated CAPTCHA/ });
    const reason = page.locator('[data-missing]');
    await expect(widget).toBeVisible();
    await registerPage.fillDetails(newUser);
    await expect(registerPage.submit).toBeDisabled();
    await expect(reason).toHaveText(COMPLETE_CHECK);
    await widget.focus();
    await page.keyboard.press('Space');
    await expect(registerPage.submit).toBeEnabled();
    await expect(reason).toHaveText('');
    await widget.dispatchEvent('simulate-expiry');
    await expect(registerPage.submit).toBeDisabled();
    await widget.check();
    await widget.dispatchEvent('simulate-error');
    await expect(registerPage.submit).toBeDisabled();
    await expect(page.getByText('That did not work. Please try again.')).toBeVisible();
    await widget.check();
    await registerPage.submit.click();
    await expect(page).toHaveURL('/register/credentials');
  });

  test('a disabled "Submit" says what is missing, with the widget and empty fields', async ({ page, registerPage, newUser }) => {
    await registerPage.goto();
    await waitForIslands(page);
    const reason = page.locator('[data-missing]');
    await expect(reason).toHaveText('Fill in all fields to continue.');
    await page.getByRole('checkbox', { name: /Simulated CAPTCHA/ }).check();
    await expect(registerPage.submit).toBeDisabled();
    await expect(reason).toHaveText('Fill in all fields to continue.');
    await registerPage.fillDetails(newUser);
    await expect(registerPage.submit).toBeEnabled();
    await expect(reason).toHaveText('');
  });

  test('without WASM, "Submit" is disabled with a reason until the widget is solved', async ({ page, registerPage, pageErrors }) => {
    await blockWasm(page, pageErrors);
    await registerPage.goto();
    const reason = page.locator('[data-missing]');
    await expect(registerPage.submit).toBeDisabled();
    await expect(reason).toHaveText(COMPLETE_CHECK);
    await expect(registerPage.submit).toHaveAccessibleDescription(COMPLETE_CHECK);
    await page.getByRole('checkbox', { name: /Simulated CAPTCHA/ }).check();
    await expect(registerPage.submit).toBeEnabled();
    await expect(reason).toHaveText('');
  });

  test('the widget of the CAPTCHA is reset after the server refused the form', async ({ page, signInPage, newUser }) => {
    await signInPage.goto();
    const widget = page.getByRole('checkbox', { name: /Simulated CAPTCHA/ });
    await page.getByLabel('Username or email').fill(newUser.username);
    await page.getByLabel('Password', { exact: true }).fill(newUser.password);
    await widget.check();
    const submit = page.getByRole('button', { name: 'Submit' });
    await submit.click();
    await expect(page.getByRole('alert').filter({ hasText: /\S/ })).toBeVisible();
    await expect(widget).not.toBeChecked();
    await expect(submit).toBeDisabled();
  });
}
