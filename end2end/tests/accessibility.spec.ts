import { expect, test } from '../fixtures.ts';
import { TEXT } from '../pages/code_entry.ts';
import { expectAccessible } from '../support/accessibility.ts';
import { waitForIslands } from '../support/loading.ts';
import { refuseWorkers } from '../support/proof_of_work.ts';
import { wrongCode } from '../support/simulator.ts';

// During a colour transition the contrast would be that of an intermediate colour.
test.use({ contextOptions: { reducedMotion: 'reduce' } });

test('every step of a registration is accessible', async ({
  page,
  registerPage,
  codeEntry,
  newUser,
}) => {
  test.slow();
  await registerPage.goto();
  await expectAccessible(page, 'details, empty');
  await registerPage.fillDetails({ ...newUser, username: 'a b' });
  await registerPage.notARobot.check();
  await expect(registerPage.submit).toBeEnabled();
  await expectAccessible(page, 'details, filled in');
  await registerPage.submit.click();
  await expect(registerPage.username).toHaveAttribute('aria-invalid', 'true');
  await expectAccessible(page, 'details, with an error');

  await registerPage.submitDetails(newUser);
  await registerPage.password.fill('abcdefgh1');
  await expectAccessible(page, 'credentials, with a strength');
  await registerPage.password.fill('password1');
  await registerPage.phone.fill('12');
  await registerPage.verify.click();
  await expect(registerPage.phone).toHaveAttribute('aria-invalid', 'true');
  await expectAccessible(page, 'credentials, with errors');

  await registerPage.submitCredentials(newUser);
  await expectAccessible(page, 'send');
  await registerPage.sendOtp.click();
  await codeEntry.waitUntilReady();
  await expectAccessible(page, 'code');
});

test('every step of a sign-in is accessible', async ({
  page,
  signInPage,
  codeEntry,
  dashboardPage,
  simulator,
  registeredUser,
}) => {
  test.slow();
  await signInPage.goto();
  await expectAccessible(page, 'password, empty');
  await signInPage.fill({ ...registeredUser, password: 'a wrong password' });
  await signInPage.notARobot.check();
  await signInPage.submit.click();
  await expect(signInPage.error).toBeVisible();
  await expectAccessible(page, 'password, refused');

  await signInPage.submitPassword(registeredUser);
  await expectAccessible(page, 'choice of method');
  const code = await signInPage.requestCode(registeredUser, simulator);
  await codeEntry.waitUntilReady();
  await expectAccessible(page, 'code');
  await codeEntry.enter(wrongCode(code));
  await codeEntry.expectText(TEXT.invalid(4));
  await expectAccessible(page, 'code, refused');
  await codeEntry.enter(code);
  await dashboardPage.expectUser(registeredUser);
  await expectAccessible(page, 'dashboard');
});

test('the pages at the end of a flow are accessible', async ({
  page,
  codeEntry,
  signInPage,
  dashboardPage,
  simulator,
  signingInUser,
  pageErrors,
}) => {
  test.slow();
  await codeEntry.waitUntilReady();
  // The code is valid for 29 more seconds, which are enough for the test of the page on a busy machine.
  await simulator.advanceClock(271);
  await codeEntry.simulateTabReturn();
  await expectAccessible(page, 'code, seconds before its end');
  await simulator.advanceClock(30);
  await codeEntry.simulateTabReturn();
  await codeEntry.expectText(TEXT.expired);
  await expectAccessible(page, 'code, expired');
  const code = await simulator.codeSentTo(signingInUser.e164, () => codeEntry.requestNewCode());
  await expect(codeEntry.countdown).toBeVisible();
  await codeEntry.enter(code);
  await dashboardPage.expectUser(signingInUser);
  await dashboardPage.signOut.click();
  await expect(signInPage.notice).toBeVisible();
  await expectAccessible(page, 'signed out');
  pageErrors.allow(/404/);
  await page.goto('/nothing-here');
  await expectAccessible(page, 'page not found');
});

test('the page after too many wrong codes is accessible', async ({
  page,
  codeEntry,
  signInCode,
  signingInUser: _,
}) => {
  await codeEntry.useUpAttempts(signInCode);
  await codeEntry.expectText(TEXT.tooMany);
  await expectAccessible(page, 'code, too many attempts');
  await page.reload();
  await codeEntry.expectText(TEXT.tooMany);
  await expectAccessible(page, 'start again');
});

test('pages have no animation for a user who prefers reduced motion', async ({
  page,
  registerPage,
  codeEntry,
  newUser,
}) => {
  const movingAnimations = () =>
    page.evaluate(() =>
      document
        .getAnimations()
        .filter((animation) => animation.playState === 'running')
        .map((animation) => animation.effect?.getComputedTiming())
        .filter((timing) => timing?.iterations === Infinity || Number(timing?.duration) > 1),
    );
  await registerPage.goto();
  await registerPage.notARobot.check();
  expect(await movingAnimations()).toEqual([]);
  await registerPage.submitDetails(newUser);
  await registerPage.submitCredentials(newUser);
  await registerPage.sendOtp.click();
  await codeEntry.waitUntilReady();
  expect(await movingAnimations()).toEqual([]);
});

test('the dark colour scheme changes nothing but colours', async ({ page, signInPage }) => {
  await signInPage.goto();
  const declarations = await page.evaluate(() =>
    [...document.styleSheets]
      .flatMap((sheet) => [...sheet.cssRules])
      .filter((rule) => rule instanceof CSSMediaRule)
      .filter((media) => media.conditionText.includes('prefers-color-scheme'))
      .flatMap((media) => [...media.cssRules] as CSSStyleRule[])
      .flatMap(({ style }) =>
        [...style].map((name) => ({ name, value: style.getPropertyValue(name) })),
      )
      .map(({ name, value }) => {
        const colour = CSS.supports('color', value) || CSS.supports('box-shadow', value);
        return { name, value, colourOnly: name.startsWith('--') && colour };
      }),
  );
  expect(declarations.length).toBeGreaterThan(0);
  expect(declarations.filter(({ colourOnly }) => !colourOnly)).toEqual([]);
});

test('a busy button and a failed CAPTCHA are accessible', async ({
  page,
  signInPage,
  registeredUser,
  pageErrors,
}) => {
  pageErrors.allow(/Worker/);
  await refuseWorkers(page);
  await signInPage.goto();
  const retry = page.getByRole('button', { name: 'Retry' });
  await expect(retry).toBeVisible();
  await expectAccessible(page, 'failed CAPTCHA');

  await waitForIslands(page);
  await page.evaluate(() => dispatchEvent(new Event('permit-workers')));
  await signInPage.fill(registeredUser);
  await retry.click();
  await expect(signInPage.submit).toBeEnabled();
  let releaseRequest = (): void => {};
  const released = new Promise<void>((resolve) => (releaseRequest = resolve));
  await page.route('**/api/login/begin', async (route) => {
    await released;
    await route.continue();
  });
  await signInPage.submit.click();
  await expect(signInPage.submit).toHaveAttribute('aria-busy', 'true');
  await expect(signInPage.submit).toBeFocused();
  await expectAccessible(page, 'busy button');
  releaseRequest();
  await signInPage.expectModal();
});
