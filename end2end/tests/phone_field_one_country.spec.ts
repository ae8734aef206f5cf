import { expect, test } from '../fixtures.ts';

test.use({ settings: { SALLYPORT_CAPTCHA_COST: '1', SALLYPORT_ALLOWED_COUNTRIES: 'US' } });

test('with one allowed country there is no list, and typed digits are grouped', async ({
  page,
  registerPage,
  newUser,
}) => {
  await registerPage.submitDetails(newUser);
  await expect(page.locator('select[name=country]')).toBeHidden();
  await expect(page.getByLabel('Country', { exact: true })).toHaveCount(0);
  await registerPage.phone.pressSequentially('4155550132');
  await expect(registerPage.phone).toHaveValue('(415) 555-0132');
  await registerPage.password.fill(newUser.password);
  await registerPage.phone.fill(newUser.phone);
  await registerPage.verify.click();
  await expect(registerPage.sendOtp).toBeVisible();
});
