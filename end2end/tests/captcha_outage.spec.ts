import { expect, test } from '../fixtures.ts';
import { openForm, replaceToken, settingsOf, widgetOf } from '../support/captcha_service.ts';

test.use({ settings: settingsOf('hcaptcha') });

test('the widget of the CAPTCHA service returns in the same form after an outage', async ({
  page,
  registerPage,
  simulator,
  newUser,
}) => {
  const checkbox = page.getByRole('checkbox', { name: "I'm not a robot" });
  const widget = widgetOf(page);
  await openForm(page, '/register', true);
  await registerPage.fillDetails(newUser);
  await widget.check();
  await replaceToken(page, 'status=503');
  let challenges = 0;
  page.on('response', (response) => {
    if (response.url().endsWith('/api/captcha/challenge')) challenges++;
  });
  await registerPage.submit.click();
  await expect(checkbox).toBeFocused();
  await expect(widget).toBeHidden();
  // The form requests a challenge because of the refused token, and another one for the next submission.
  await expect.poll(() => challenges).toBe(2);

  await simulator.advanceClock(61);
  await registerPage.username.fill('no username');
  await checkbox.check();
  await registerPage.submit.click();
  await expect(page.getByText(/^Use 3 to 64 letters/)).toBeVisible();
  await expect(widget).toBeVisible();
  await expect(checkbox).toBeHidden();
  await expect(registerPage.submit).toBeDisabled();
  await registerPage.username.fill(newUser.username);
  await widget.check();
  await registerPage.submit.click();
  await expect(page).toHaveURL('/register/credentials');
});
