import { expect, test } from '../fixtures.ts';
import { blockWasm } from '../support/loading.ts';
import { generateUser } from '../support/user.ts';

// The settings of production. The scripts load but the WASM does not.
test.use({ settings: {} });
test.slow();

/** Upper limit for the time that a solution takes on a busy machine, in milliseconds. */
const timeout = 60_000;

test.beforeEach(({ page, pageErrors }) => blockWasm(page, pageErrors));

test('a user registers and signs in without WASM, with the CAPTCHA', async ({
  page,
  registerPage,
  signInPage,
  codeEntry,
  dashboardPage,
  simulator,
  newUser,
}) => {
  await registerPage.goto();
  await registerPage.fillDetails(newUser);
  await registerPage.notARobot.check();
  await expect(registerPage.submit).toBeEnabled({ timeout });
  await registerPage.submit.click();
  await expect(page).toHaveURL('/register/credentials');
  await registerPage.fillCredentials(newUser);
  await registerPage.verify.click();
  await expect(page).toHaveURL('/register/verify');
  const code = await simulator.codeSentTo(newUser.e164, () => registerPage.sendOtp.click());
  await codeEntry.fillAndSubmit(code);
  await expect(page).toHaveURL('/login');

  await signInPage.goto();
  await signInPage.notARobot.check();
  await signInPage.fill(newUser);
  await expect(signInPage.submit).toBeEnabled({ timeout });
  await signInPage.password.press('Enter');
  await expect(signInPage.methodDialog).toBeVisible();
  const second = await signInPage.requestCode(newUser, simulator);
  await codeEntry.fillAndSubmit(second);
  await dashboardPage.expectUser(newUser);
});

test('"Submit" is disabled with a reason, and Enter focuses the missing field', async ({
  page,
  registerPage,
}) => {
  await registerPage.goto();
  const reason = page.locator('[data-missing]');
  const status = page.locator('.captcha').getByRole('status');
  await expect(registerPage.submit).toBeDisabled();
  await expect(reason).toHaveText('Fill in all fields to continue.');
  await registerPage.fullName.fill('Ann Lee');
  await registerPage.fullName.press('Enter');
  await expect(registerPage.username).toBeFocused();
  await registerPage.fillDetails(generateUser());
  await expect(reason).toHaveText('Check “I\'m not a robot” to continue.');
  await registerPage.email.press('Enter');
  await expect(registerPage.notARobot).toBeFocused();
  await expect(status).toHaveText('');
  await registerPage.notARobot.check();
  await expect(status).toHaveText('Confirmed', { timeout });
  await expect(reason).toHaveText('');
  await expect(registerPage.submit).toBeEnabled();
  await registerPage.username.fill('');
  await expect(registerPage.submit).toBeDisabled();
  await registerPage.notARobot.uncheck();
  await expect(status).toHaveText('');
});

test('a page that was open for six minutes solves a new challenge when it is submitted', async ({
  page,
  registerPage,
  simulator,
  newUser,
}) => {
  await page.clock.install();
  await registerPage.goto();
  await registerPage.fillDetails(newUser);
  await registerPage.notARobot.check();
  await expect(registerPage.submit).toBeEnabled({ timeout });
  await simulator.advanceClock(360);
  await page.clock.fastForward('06:00');
  await registerPage.submit.click();
  await expect(page).toHaveURL('/register/credentials', { timeout });
});

test('a failed CAPTCHA shows an error and can be repeated', async ({
  page,
  registerPage,
  pageErrors,
}) => {
  pageErrors.allow(/proof-of-work|Worker/);
  await page.addInitScript(() => {
    const original = Worker;
    let failures = 2;
    Object.assign(globalThis, {
      Worker: class extends original {
        constructor(url: string) {
          if (failures-- > 0) throw new Error('Worker refused');
          super(url);
        }
      },
    });
  });
  await registerPage.goto();
  await registerPage.fillDetails(generateUser());
  const status = page.locator('.captcha').getByRole('status');
  await registerPage.notARobot.check({ noWaitAfter: true, trial: false }).catch(() => {});
  await expect(async () => {
    if (await registerPage.notARobot.isChecked()) return;
    await expect(status).toHaveText('That did not work. Please try again.');
    await registerPage.notARobot.check();
  }).toPass({ timeout });
  await expect(status).toHaveText('Confirmed', { timeout });
  await expect(registerPage.submit).toBeEnabled();
});
