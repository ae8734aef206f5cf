import { expect, test } from '../fixtures.ts';
import { generateUser } from '../support/user.ts';

test('registration and sign-in send requests only to the app', async ({
  page,
  context,
  app,
  registerPage,
  signInPage,
  codeEntry,
  dashboardPage,
  simulator,
  newUser,
}) => {
  const origins = new Set<string>();
  context.on('request', (request) => origins.add(new URL(request.url()).origin));

  await registerPage.submitDetails(newUser);
  await registerPage.submitCredentials(newUser);
  await codeEntry.enter(
    await simulator.codeSentTo(newUser.e164, () => registerPage.sendOtp.click()),
  );
  await expect(signInPage.notice).toBeVisible();
  await simulator.advanceClock(30);
  await signInPage.submitPassword(newUser);
  await codeEntry.enter(await simulator.codeSentTo(newUser.e164, () => signInPage.sendOtp.click()));
  await dashboardPage.expectUser(newUser);

  expect([...origins]).toEqual([app.origin]);
  expect(page.url()).toBe(`${app.origin}/dashboard`);
});

test('a solved CAPTCHA is accepted once and for one form only', async ({
  page,
  registerPage,
  newUser,
}) => {
  await registerPage.goto();
  await registerPage.fillDetails(newUser);
  await registerPage.notARobot.check();
  const sent = page.waitForRequest(/\/api\/register\/begin$/);
  await registerPage.submit.click();
  const body = new URLSearchParams((await sent).postData() ?? '');
  await expect(page).toHaveURL('/register/credentials');
  expect(body.get('captcha')).not.toBe('');

  const post = (path: string, fields: URLSearchParams) =>
    page.evaluate(
      async ({ path, body }) => {
        const headers = { 'content-type': 'application/x-www-form-urlencoded' };
        return (await fetch(path, { method: 'POST', headers, body })).text();
      },
      { path, body: fields.toString() },
    );
  const other = generateUser();
  body.set('username', other.username);
  body.set('email', other.email);
  expect(await post('/api/register/begin', body)).toContain('captcha_failed');

  // A solution for registration is refused for sign-in.
  const signIn = new URLSearchParams({ identifier: other.username, password: other.password });
  signIn.set('captcha', body.get('captcha') ?? '');
  expect(await post('/api/login/begin', signIn)).toContain('captcha_failed');
});

test('an expired CAPTCHA is solved again, and the entered values stay', async ({
  page,
  registerPage,
  simulator,
  newUser,
}) => {
  await registerPage.goto();
  await registerPage.fillDetails(newUser);
  await registerPage.notARobot.check();
  await expect(registerPage.submit).toBeEnabled();
  await simulator.advanceClock(301);
  await registerPage.submit.click();
  await expect(page.getByText('Please confirm that you are not a robot.')).toBeVisible();
  await expect(registerPage.email).toHaveValue(newUser.email);
  await registerPage.submit.click();
  await expect(page).toHaveURL('/register/credentials');
});
