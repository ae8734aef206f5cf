import { fileURLToPath } from 'node:url';

import { expect, test } from '../fixtures.ts';

/** Returns the path of a screenshot in the documents. */
function screenshotPath(name: string): string {
  return fileURLToPath(new URL(`../../docs/images/${name}.png`, import.meta.url));
}

test('the screenshots of the documents are taken', async ({ page, signInPage, codeEntry, registeredUser, simulator }) => {
  await signInPage.goto();
  await signInPage.fill(registeredUser);
  await expect(signInPage.notARobot).toBeVisible();
  await page.screenshot({ path: screenshotPath('sign-in') });

  await signInPage.notARobot.check();
  await signInPage.submit.click();
  await expect(signInPage.methodDialog).toBeVisible();
  await page.screenshot({ path: screenshotPath('choose-method') });

  const code = await simulator.codeSentTo(registeredUser.e164, () => signInPage.sendOtp.click());
  await expect(page).toHaveURL('/login/verify');
  await codeEntry.input.pressSequentially(code.slice(0, 3));
  await page.screenshot({ path: screenshotPath('code-entry') });

  await page.goto(simulator.origin);
  await expect(page.getByRole('button', { name: code })).toBeVisible();
  await page.screenshot({ path: screenshotPath('simulator-phone') });
});
