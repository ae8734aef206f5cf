import { expect, test } from '../fixtures.ts';
import { TEXT } from '../pages/code_entry.ts';
import { expectAccessible } from '../support/accessibility.ts';

// Colours in the middle of a change are nobody's colours.
test.use({ contextOptions: { reducedMotion: 'reduce' } });

test('registering is accessible at every step', async ({
  page,
  registerPage,
  codeEntry,
  person,
}) => {
  test.slow();
  await registerPage.goto();
  await expectAccessible(page, 'details, empty');
  await registerPage.fillDetails({ ...person, username: 'a b' });
  await registerPage.robot.check();
  await expect(registerPage.submit).toBeEnabled();
  await expectAccessible(page, 'details, filled in');
  await registerPage.submit.click();
  await expect(registerPage.username).toHaveAttribute('aria-invalid', 'true');
  await expectAccessible(page, 'details, with an error');

  await registerPage.submitDetails(person);
  await registerPage.password.fill('abcdefgh1');
  await expectAccessible(page, 'credentials, with a strength');
  await registerPage.password.fill('password1');
  await registerPage.phone.fill('12');
  await registerPage.verify.click();
  await expect(registerPage.phone).toHaveAttribute('aria-invalid', 'true');
  await expectAccessible(page, 'credentials, with errors');

  await registerPage.submitCredentials(person);
  await expectAccessible(page, 'send');
  await registerPage.sendOtp.click();
  await codeEntry.ready();
  await expectAccessible(page, 'code');
});

test('signing in is accessible at every step', async ({
  page,
  signInPage,
  codeEntry,
  dashboardPage,
  simulator,
  member,
}) => {
  test.slow();
  await signInPage.goto();
  await expectAccessible(page, 'password, empty');
  await signInPage.fill({ ...member, password: 'not her password' });
  await signInPage.robot.check();
  await signInPage.submit.click();
  await expect(signInPage.error).toBeVisible();
  await expectAccessible(page, 'password, refused');

  await signInPage.passPassword(member);
  await expectAccessible(page, 'choice of method');
  await signInPage.sendOtp.click();
  await codeEntry.ready();
  await expectAccessible(page, 'code');
  await codeEntry.enter(await simulator.wrongCode(member.e164));
  await codeEntry.says(TEXT.invalid(4));
  await expectAccessible(page, 'code, refused');
  await codeEntry.enter(await simulator.code(member.e164));
  await dashboardPage.shows(member);
  await expectAccessible(page, 'dashboard');
});

test('what ends a flow is accessible', async ({
  page,
  codeEntry,
  signInPage,
  dashboardPage,
  simulator,
  signingIn,
  watch,
}) => {
  test.slow();
  await codeEntry.ready();
  await simulator.advance(280);
  await codeEntry.comeBack();
  await expectAccessible(page, 'code, seconds before its end');
  await simulator.advance(21);
  await codeEntry.comeBack();
  await codeEntry.says(TEXT.expired);
  await expectAccessible(page, 'code, expired');
  await codeEntry.resend.click();
  await expect(codeEntry.countdown).toBeVisible();
  await codeEntry.enter(await simulator.code(signingIn.e164));
  await dashboardPage.shows(signingIn);
  await dashboardPage.signOut.click();
  await expect(signInPage.notice).toBeVisible();
  await expectAccessible(page, 'signed out');
  watch.allow(/404/);
  await page.goto('/nothing-here');
  await expectAccessible(page, 'page not found');
});

test('too many wrong codes are accessible', async ({ page, codeEntry, simulator, signingIn }) => {
  for (const salt of [1, 2, 3, 4, 5]) {
    await codeEntry.enter(await simulator.wrongCode(signingIn.e164, salt));
    if (salt < 5) await codeEntry.says(TEXT.invalid(5 - salt));
  }
  await codeEntry.says(TEXT.tooMany);
  await expectAccessible(page, 'code, too many attempts');
  await page.reload();
  await codeEntry.says(TEXT.tooMany);
  await expectAccessible(page, 'start again');
});

test('nothing moves for those who asked for less motion', async ({
  page,
  registerPage,
  codeEntry,
  person,
}) => {
  const moving = () =>
    page.evaluate(() =>
      document
        .getAnimations()
        .filter((animation) => animation.playState === 'running')
        .map((animation) => animation.effect?.getComputedTiming())
        .filter((timing) => timing?.iterations === Infinity || Number(timing?.duration) > 1),
    );
  await registerPage.goto();
  await registerPage.robot.check();
  expect(await moving()).toEqual([]);
  await registerPage.submitDetails(person);
  await registerPage.submitCredentials(person);
  await registerPage.sendOtp.click();
  await codeEntry.ready();
  expect(await moving()).toEqual([]);
});
