import { type Browser, expect, test } from '@playwright/test';

import { RegisterPage } from '../pages/register_page.ts';
import { startApp } from '../support/app.ts';
import { settingsOf } from '../support/captcha_service.ts';
import { generateUser } from '../support/user.ts';

/** A pair of public keys for tests. */
interface TestKeys {
  readonly service: string;
  readonly siteKey: string;
  readonly secret: string;
}

const GOOGLE_SITE_KEY = '6LeIxAcTAAAAAJcZVRqyHh71UMIEGNQ_MXjiZKhI';
const GOOGLE_SECRET = '6LeIxAcTAAAAAGG-vFI1TnRWxMZNFuojJ4WifJWe';
const HCAPTCHA_SECRET = '0x0000000000000000000000000000000000000000';
const TURNSTILE_SECRET = '1x0000000000000000000000000000000AA';
/** Secret that refuses every token. */
const TURNSTILE_FAILING_SECRET = '2x0000000000000000000000000000000AA';

/** Test keys that pass after a click. */
const PASS_BY_CLICK: readonly TestKeys[] = [
  { service: 'recaptcha_v2', siteKey: GOOGLE_SITE_KEY, secret: GOOGLE_SECRET },
  { service: 'hcaptcha', siteKey: '10000000-ffff-ffff-ffff-000000000001', secret: HCAPTCHA_SECRET },
  { service: 'hcaptcha', siteKey: '20000000-ffff-ffff-ffff-000000000002', secret: HCAPTCHA_SECRET },
  { service: 'hcaptcha', siteKey: '30000000-ffff-ffff-ffff-000000000003', secret: HCAPTCHA_SECRET },
  { service: 'turnstile', siteKey: '1x00000000000000000000AA', secret: TURNSTILE_SECRET },
  { service: 'turnstile', siteKey: '3x00000000000000000000FF', secret: TURNSTILE_SECRET },
];

/** Test keys that pass without an action of the user. */
const PASS_WITHOUT_CLICK: readonly TestKeys[] = [
  { service: 'recaptcha_v3', siteKey: GOOGLE_SITE_KEY, secret: GOOGLE_SECRET },
  { service: 'turnstile', siteKey: '1x00000000000000000000BB', secret: TURNSTILE_SECRET },
];

/** Opens the registration with a separate app that uses these keys. */
async function withRegisterPage(
  browser: Browser,
  { service, siteKey, secret }: TestKeys,
  use: (registerPage: RegisterPage) => Promise<void>,
): Promise<void> {
  const app = await startApp({
    ...settingsOf(service),
    SALLYPORT_CAPTCHA_SITE_KEY: siteKey,
    SALLYPORT_CAPTCHA_SECRET: secret,
  });
  const context = await browser.newContext({ baseURL: app.origin });
  try {
    const registerPage = new RegisterPage(await context.newPage());
    await registerPage.goto();
    await registerPage.fillDetails(generateUser());
    await use(registerPage);
  } finally {
    await context.close();
    await app.stop();
  }
}

for (const keys of PASS_BY_CLICK) {
  test(`the form with the ${keys.service} test key ${keys.siteKey} is accepted after a click`, async ({ browser }) => {
    await withRegisterPage(browser, keys, async ({ page, submit }) => {
      await page.getByRole('checkbox', { name: /Simulated CAPTCHA/ }).check();
      await submit.click();
      await expect(page).toHaveURL('/register/credentials');
    });
  });
}

for (const keys of PASS_WITHOUT_CLICK) {
  test(`the form with the ${keys.service} test key ${keys.siteKey} is accepted without a click`, async ({ browser }) => {
    await withRegisterPage(browser, keys, async ({ page, submit }) => {
      await expect(submit).toBeEnabled();
      await expect(page.getByRole('checkbox', { name: /Simulated CAPTCHA/ })).toHaveCount(0);
      await submit.click();
      await expect(page).toHaveURL('/register/credentials');
    });
  });
}

/** Expects that the page shows the failure of the widget, and that the server refuses the form with a message. */
async function expectFailureAndRefusal({ page, submit }: RegisterPage): Promise<void> {
  await expect(page.locator('[data-captcha-status]')).toHaveText(/\S/);
  await submit.click();
  await expect(page.locator('#captcha-error')).toHaveText(/\S/);
  await expect(page).toHaveURL('/register');
}

test('the form with the visible widget of the turnstile test key that always fails is refused with a message after a click', async ({ browser }) => {
  const keys = { service: 'turnstile', siteKey: '2x00000000000000000000AB', secret: TURNSTILE_FAILING_SECRET };
  await withRegisterPage(browser, keys, async (registerPage) => {
    await expect(registerPage.submit).toBeDisabled();
    await registerPage.page.getByRole('checkbox', { name: /Simulated CAPTCHA/ }).click();
    await expectFailureAndRefusal(registerPage);
  });
});

test('the form with the invisible widget of the turnstile test key that always fails is refused with a message', async ({ browser }) => {
  const keys = { service: 'turnstile', siteKey: '2x00000000000000000000BB', secret: TURNSTILE_FAILING_SECRET };
  await withRegisterPage(browser, keys, expectFailureAndRefusal);
});

test('a test key that passes and a test secret that fails refuse the form with a message', async ({ browser }) => {
  const keys = {
    service: 'turnstile',
    siteKey: '1x00000000000000000000AA',
    secret: TURNSTILE_FAILING_SECRET,
  };
  await withRegisterPage(browser, keys, async ({ page, submit }) => {
    const widget = page.getByRole('checkbox', { name: /Simulated CAPTCHA/ });
    await widget.check();
    await submit.click();
    await expect(page.locator('#captcha-error')).toHaveText(/\S/);
    await expect(widget).not.toBeChecked();
    await expect(page).toHaveURL('/register');
  });
});
