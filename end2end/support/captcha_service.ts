import type { Locator, Page } from '@playwright/test';

import { expect, test } from '../fixtures.ts';
import { expectAccessible } from './accessibility.ts';
import type { App } from './app.ts';
import { CAPTCHA_FORMS, type CaptchaForm, expectAccepted, fillFields, submitButton } from './captcha_forms.ts';
import { blockWasm, waitForIslands } from './loading.ts';
import type { User } from './user.ts';

/** Returns the settings of a server that uses this CAPTCHA service of the simulator. */
export function settingsOf(service: string): Record<string, string> {
  return {
    SALLYPORT_CAPTCHA: service,
    SALLYPORT_CAPTCHA_COST: '1',
    SALLYPORT_CAPTCHA_SITE_KEY: 'site-key',
    SALLYPORT_CAPTCHA_SECRET: 'simulator-secret-of-the-captcha-service',
  };
}

/** An origin without a server. */
const CLOSED = 'http://127.0.0.1:2';

/** Returns the settings of a server that cannot reach this CAPTCHA service. */
export function settingsOfUnreachable(service: string): Record<string, string> {
  return { ...settingsOf(service), SALLYPORT_CAPTCHA_BASE_URL: CLOSED };
}

/**
 * Lets the browser load the script of an unreachable CAPTCHA service, as from a cache. `path` is the path of the script,
 * and `end` is added to it.
 */
export async function serveScriptOfUnreachableService(page: Page, app: App, path: string, end = ''): Promise<void> {
  const script = await (await fetch(app.simulator + path)).text();
  await page.route(`${CLOSED}${path}*`, (route) =>
    route.fulfill({ contentType: 'text/javascript', body: script + end }),
  );
}

const FILL_IN = 'Fill in all fields to continue.';
export const COMPLETE_CHECK = 'Complete the security check to continue.';
export const CHECK_FAILED = 'That did not work. Please try again.';
const NOT_CONFIRMED = 'Please confirm that you are not a robot.';
/** Form fields that the real services add for the token. */
const RESPONSE_FIELDS = ['g-recaptcha-response', 'h-captcha-response', 'cf-turnstile-response'];

/** Returns the checkbox of the simulated widget. */
export function widgetOf(page: Page): Locator {
  return page.getByRole('checkbox', { name: /Simulated CAPTCHA/ });
}

/** Returns the group that contains the widget. */
export function groupOf(page: Page): Locator {
  return page.getByRole('group', { name: "I'm not a robot" });
}

/** Opens a page with a widget. With WASM, waits until it controls the form; otherwise the browser could post the form itself. */
export async function openForm(page: Page, path: string, loadsWasm: boolean): Promise<void> {
  await page.goto(path, { waitUntil: 'domcontentloaded' });
  if (loadsWasm) await expect(groupOf(page)).toHaveAttribute('data-hydrated', 'true');
}

/** Replaces the token of the widget in the form. */
export async function replaceToken(page: Page, token: string): Promise<void> {
  await page.locator('input[name=captcha]').evaluate((input, token) => {
    (input as HTMLInputElement).value = token;
    input.dispatchEvent(new Event('input', { bubbles: true }));
  }, token);
}

/** Expects the error message of a refused CAPTCHA at the group of the widget, which has the focus after a script sent the form. */
export async function expectRefused(page: Page, loadsWasm: boolean): Promise<void> {
  const group = groupOf(page);
  await expect(group).toHaveAttribute('aria-invalid', 'true');
  await expect(group).toHaveAccessibleDescription(NOT_CONFIRMED);
  if (loadsWasm) await expect(group).toBeFocused();
}

/**
 * Fills in and sends a form whose widget has failed, and expects that a proof of work replaces the widget, with which the
 * server accepts the form.
 */
export async function expectProofOfWorkInPlaceOfWidget(
  page: Page,
  form: CaptchaForm,
  user: User,
  loadsWasm: boolean,
): Promise<void> {
  await expect(page.getByText(CHECK_FAILED)).toBeVisible();
  await fillFields(page, form, user);
  const submit = submitButton(page, form);
  await expect(submit).toBeEnabled();
  await submit.click();
  await expect(page.locator('#captcha-error')).toHaveText(NOT_CONFIRMED);
  const checkbox = page.getByRole('checkbox', { name: "I'm not a robot" });
  await expect(checkbox).not.toBeChecked();
  await expect(checkbox).toHaveAttribute('aria-invalid', 'true');
  if (loadsWasm) await expect(checkbox).toBeFocused();
  await expect(submit).toBeDisabled();
  await expect(page.getByText(CHECK_FAILED)).toBeHidden();
  await fillFields(page, form, user);
  await checkbox.check();
  await expect(page.locator('.captcha').getByRole('status')).toHaveText('Confirmed');
  await submit.click();
  await expectAccepted(page, form);
}

/** Defines the test of a CAPTCHA service that can remove a widget. `service` is the name of its interface. */
export function testThemeChange(service: 'hcaptcha' | 'turnstile'): void {
  test('an unsolved widget follows a later change of the theme, and a solved one stays', async ({ page }) => {
    await page.emulateMedia({ colorScheme: 'light' });
    await page.goto('/register');
    const themed = page.locator('.captcha-widget [data-theme]');
    await expect(themed).toHaveAttribute('data-theme', 'light');
    await page.evaluate((service) => {
      const { [service]: api } = globalThis as unknown as Record<string, object>;
      Object.assign(api ?? {}, { remove: () => undefined });
    }, service);
    await page.emulateMedia({ colorScheme: 'dark' });
    await expect(themed).toHaveAttribute('data-theme', 'dark');
    await widgetOf(page).check();
    await page.emulateMedia({ colorScheme: 'light' });
    await page.waitForFunction(() => matchMedia('(prefers-color-scheme: light)').matches);
    await expect(widgetOf(page)).toBeChecked();
    await expect(themed).toHaveAttribute('data-theme', 'dark');
  });
}

/** Defines the tests of a CAPTCHA service whose widget is a checkbox. */
export function testCheckbox(): void {
  test('"Submit" is enabled while the widget has a valid token and after an error, and disabled after an expiry', async ({ page, registerPage, newUser }) => {
    await registerPage.goto();
    const widget = widgetOf(page);
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
    await expect(page.getByText(CHECK_FAILED)).toBeVisible();
    // The server then checks whether the service is available.
    await expect(registerPage.submit).toBeEnabled();
    await widget.check();
    await registerPage.submit.click();
    await expect(page).toHaveURL('/register/credentials');
  });

  test('a disabled "Submit" says what is missing, with the widget and empty fields', async ({ page, registerPage, newUser }) => {
    await registerPage.goto();
    await waitForIslands(page);
    const reason = page.locator('[data-missing]');
    await expect(reason).toHaveText(FILL_IN);
    await widgetOf(page).check();
    await expect(registerPage.submit).toBeDisabled();
    await expect(reason).toHaveText(FILL_IN);
    await registerPage.fillDetails(newUser);
    await expect(registerPage.submit).toBeEnabled();
    await expect(reason).toHaveText('');
  });

  test('without WASM, "Submit" is disabled with a reason until all fields are filled and the widget is solved', async ({
    page,
    registerPage,
    pageErrors,
    newUser,
  }) => {
    await blockWasm(page, pageErrors);
    await registerPage.goto();
    const reason = page.locator('[data-missing]');
    const widget = widgetOf(page);
    await expect(registerPage.submit).toBeDisabled();
    await expect(reason).toHaveText(FILL_IN);
    await expect(registerPage.submit).toHaveAccessibleDescription(FILL_IN);
    await widget.check();
    await expect(registerPage.submit).toBeDisabled();
    await expect(reason).toHaveText(FILL_IN);
    await registerPage.fullName.fill(newUser.fullName);
    await registerPage.fullName.press('Enter');
    await expect(registerPage.username).toBeFocused();
    await registerPage.fillDetails(newUser);
    await expect(registerPage.submit).toBeEnabled();
    await expect(reason).toHaveText('');
    await registerPage.username.fill('');
    await expect(registerPage.submit).toBeDisabled();
    await expect(reason).toHaveText(FILL_IN);
    await registerPage.fillDetails(newUser);
    await widget.dispatchEvent('simulate-expiry');
    await expect(registerPage.submit).toBeDisabled();
    await expect(reason).toHaveText(COMPLETE_CHECK);
    await registerPage.email.press('Enter');
    await expect(groupOf(page)).toBeFocused();
  });

  test('the widget of the CAPTCHA is reset after the server refused the form', async ({ page, signInPage, newUser }) => {
    await signInPage.goto();
    const widget = widgetOf(page);
    await page.getByLabel('Username or email').fill(newUser.username);
    await page.getByLabel('Password', { exact: true }).fill(newUser.password);
    await widget.check();
    const submit = page.getByRole('button', { name: 'Submit' });
    await submit.click();
    await expect(page.getByRole('alert').filter({ hasText: /\S/ })).toBeVisible();
    await expect(widget).not.toBeChecked();
    await expect(submit).toBeDisabled();
  });

  for (const form of CAPTCHA_FORMS) {
    test(`the widget of ${form.path} gives a token that the server accepts`, async ({ page, newUser }) => {
      await page.goto(form.path);
      await fillFields(page, form, newUser);
      await widgetOf(page).check();
      await submitButton(page, form).click();
      await expectAccepted(page, form);
    });
  }

  for (const language of ['de', 'pt-BR']) {
    test.describe(`in the language ${language}`, () => {
      test.use({ locale: language });

      test('the widget has the language of the page', async ({ page }) => {
        await page.goto('/register');
        await expect(page.locator('html')).toHaveAttribute('lang', language);
        await expect(widgetOf(page)).toHaveAccessibleName(new RegExp(`\\(${language}\\)`));
      });
    });
  }

  for (const colorScheme of ['light', 'dark'] as const) {
    test.describe(`in ${colorScheme} colours`, () => {
      test.use({ colorScheme });

      test('the widget has the theme of the page', async ({ page }) => {
        await page.goto('/register');
        await expect(page.locator('.captcha-widget [data-theme]')).toHaveAttribute('data-theme', colorScheme);
      });
    });
  }

  for (const loadsWasm of [true, false]) {
    test.describe(loadsWasm ? 'with WASM' : 'without WASM', () => {
      test.beforeEach(async ({ page, pageErrors }) => {
        if (!loadsWasm) await blockWasm(page, pageErrors);
      });

      test('a refused token marks the widget as invalid, and another token is accepted', async ({ page, registerPage, newUser }) => {
        // During a colour transition the contrast would be that of an intermediate colour.
        await page.emulateMedia({ reducedMotion: 'reduce' });
        await openForm(page, '/register', loadsWasm);
        const widget = widgetOf(page);
        await expect(widget).toBeVisible();
        await expectAccessible(page, 'widget of a CAPTCHA service');
        await registerPage.fillDetails(newUser);
        await widget.check();
        await replaceToken(page, 'error=invalid-input-response');
        await registerPage.submit.click();
        await expectRefused(page, loadsWasm);
        await expect(widget).not.toBeChecked();
        await expect(registerPage.submit).toBeDisabled();
        await expectAccessible(page, 'refused token of a CAPTCHA service');
        await registerPage.fillDetails(newUser);
        await widget.check();
        await registerPage.submit.click();
        await expect(page).toHaveURL('/register/credentials');
      });

      test('the request has a long token once, without the fields of the service', async ({ page, registerPage, newUser }) => {
        await openForm(page, '/register', loadsWasm);
        await registerPage.fillDetails(newUser);
        await widgetOf(page).check();
        await page.locator('.captcha-widget').evaluate((container, names) => {
          for (const name of names) {
            const field = document.createElement('textarea');
            field.hidden = true;
            field.name = name;
            field.value = 'x'.repeat(8_000);
            container.append(field);
          }
        }, RESPONSE_FIELDS);
        const sent = page.waitForRequest(/\/api\/register\/begin$/);
        await registerPage.submit.click();
        const body = new URLSearchParams((await sent).postData() ?? '');
        expect([...body.keys()].filter((name) => RESPONSE_FIELDS.includes(name))).toEqual([]);
        expect(body.get('captcha')).not.toBe('');
        await expect(page).toHaveURL('/register/credentials');
      });
    });
  }
}
