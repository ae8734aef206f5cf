import { expect, test } from '../fixtures.ts';
import { settingsOf } from '../support/captcha_service.ts';

test.use({ settings: settingsOf('recaptcha_v3') });

test('a CAPTCHA service that rates the visit needs no click of the user', async ({ page, registerPage, newUser }) => {
  await registerPage.goto();
  await registerPage.fillDetails(newUser);
  await registerPage.submit.click();
  await expect(page).toHaveURL('/register/credentials');
});
