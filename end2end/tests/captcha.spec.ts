import { expect, test } from '../fixtures.ts';
import { somebodyNew } from '../support/person.ts';

test('nobody else hears of a registration and a sign-in', async ({
  page,
  context,
  app,
  registerPage,
  signInPage,
  codeEntry,
  dashboardPage,
  simulator,
  person,
}) => {
  const asked = new Set<string>();
  context.on('request', (request) => asked.add(new URL(request.url()).origin));

  await registerPage.submitDetails(person);
  await registerPage.submitCredentials(person);
  await registerPage.sendOtp.click();
  await codeEntry.enter(await simulator.code(person.e164));
  await expect(signInPage.notice).toBeVisible();
  await simulator.advance(30);
  await signInPage.passPassword(person);
  await signInPage.sendOtp.click();
  await codeEntry.ready();
  await codeEntry.enter(await simulator.code(person.e164));
  await dashboardPage.shows(person);

  expect([...asked]).toEqual([app.origin]);
  expect(page.url()).toBe(`${app.origin}/dashboard`);
});

test('a solved check opens one form, once', async ({ page, registerPage, person }) => {
  await registerPage.goto();
  await registerPage.fillDetails(person);
  await registerPage.robot.check();
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
  const other = somebodyNew();
  body.set('username', other.username);
  body.set('email', other.email);
  expect(await post('/api/register/begin', body)).toContain('captcha_failed');

  // Nor does it open a form of another kind.
  const signIn = new URLSearchParams({ identifier: other.username, password: other.password });
  signIn.set('captcha', body.get('captcha') ?? '');
  expect(await post('/api/login/begin', signIn)).toContain('captcha_failed');
});

test('a check that has grown old is made anew, and nothing typed is lost', async ({
  page,
  registerPage,
  simulator,
  person,
}) => {
  await registerPage.goto();
  await registerPage.fillDetails(person);
  await registerPage.robot.check();
  await expect(registerPage.submit).toBeEnabled();
  await simulator.advance(301);
  await registerPage.submit.click();
  await expect(page.getByText('Please confirm that you are not a robot.')).toBeVisible();
  await expect(registerPage.email).toHaveValue(person.email);
  await registerPage.submit.click();
  await expect(page).toHaveURL('/register/credentials');
});
