import type { Response } from '@playwright/test';

import { expect, test } from '../fixtures.ts';
import { waitForIslands } from '../support/loading.ts';
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
  await codeEntry.enter(await signInPage.requestCode(newUser, simulator));
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

test('a CAPTCHA that the server refuses as expired is solved again in the same submission', async ({
  page,
  registerPage,
  simulator,
  newUser,
}) => {
  await registerPage.goto();
  await registerPage.fillDetails(newUser);
  await registerPage.notARobot.check();
  await waitForIslands(page);
  await expect(registerPage.submit).toBeEnabled();
  await simulator.advanceClock(301);
  await registerPage.submit.click();
  await expect(page).toHaveURL('/register/credentials');
});

for (const { path, fields, button } of [
  { path: '/forgot-password', fields: ['Username or email'], button: 'Send link' },
  { path: '/lost-phone', fields: ['Username or email', 'Password'], button: 'Send mail' },
]) {
  test(`a CAPTCHA of ${path} that expired is solved again in the same submission`, async ({
    page,
    simulator,
    registeredUser,
  }) => {
    await page.goto(path);
    const values = [registeredUser.username, registeredUser.password];
    for (const [index, label] of fields.entries()) {
      await page.getByLabel(label, { exact: true }).fill(values[index] ?? '');
    }
    await page.getByLabel("I'm not a robot").check();
    const submit = page.getByRole('button', { name: button });
    await waitForIslands(page);
    await expect(submit).toBeEnabled();
    await simulator.advanceClock(301);
    await submit.click();
    await expect(page.getByText(/an email with a link is on its way/i)).toBeVisible();
  });
}

test('a sign-in page that was open for six minutes accepts the first submission', async ({
  page,
  signInPage,
  simulator,
  registeredUser,
}) => {
  await page.clock.install();
  await signInPage.goto();
  const answers: Response[] = [];
  page.on('response', (response) => {
    if (response.url().endsWith('/api/login/begin')) answers.push(response);
  });
  await simulator.advanceClock(360);
  await page.clock.fastForward('06:00');
  await signInPage.submitPassword(registeredUser);
  const texts = await Promise.all(answers.map((answer) => answer.text()));
  expect(texts).toHaveLength(1);
  expect(texts.filter((text) => text.includes('captcha_failed'))).toEqual([]);
});

test('a lost connection keeps the solved CAPTCHA and the password', async ({
  page,
  context,
  signInPage,
  pageErrors,
  registeredUser,
}) => {
  pageErrors.allow(/ERR_INTERNET_DISCONNECTED/);
  await signInPage.goto();
  await signInPage.fill(registeredUser);
  await signInPage.notARobot.check();
  await waitForIslands(page);
  await expect(signInPage.submit).toBeEnabled();
  await context.setOffline(true);
  await signInPage.submit.click();
  await expect(signInPage.error).toBeVisible();
  await expect(signInPage.notARobot).toBeChecked();
  await expect(page.getByText('Confirmed')).toBeVisible();
  await expect(signInPage.password).toHaveValue(registeredUser.password);
  await context.setOffline(false);
  await signInPage.submit.click();
  await signInPage.expectModal();
});
