import type { Page } from '@playwright/test';

import { expect, test } from '../fixtures.ts';
import { blockWasm } from '../support/loading.ts';
import { generateUser } from '../support/user.ts';

// With blocked WASM the browser posts the forms itself, as it does until the WASM runs.
test.use({ settings: { SALLYPORT_CAPTCHA: 'none' } });

/** So that the browser sends the request of the first click before the second click. */
const SLOW = { delay: 60 };

/** Records the paths of the forms that the page posts. */
function recordPosts(page: Page): string[] {
  const posts: string[] = [];
  page.on('request', (request) => {
    if (request.isNavigationRequest() && request.method() === 'POST') posts.push(new URL(request.url()).pathname);
  });
  return posts;
}

test('a double click on "Validate" signs in without WASM', async ({
  page,
  pageErrors,
  codeEntry,
  dashboardPage,
  registeredUser,
  signInCode,
}) => {
  await blockWasm(page, pageErrors);
  await page.goto('/login/verify');
  await codeEntry.input.fill(signInCode);
  const posts = recordPosts(page);
  await codeEntry.validate.dblclick(SLOW);
  await dashboardPage.expectUser(registeredUser);
  expect(posts).toEqual(['/api/verification/check']);
});

test('a double click on "Validate" registers without WASM', async ({
  page,
  pageErrors,
  registerPage,
  codeEntry,
  simulator,
  newUser,
}) => {
  await blockWasm(page, pageErrors);
  const posts = recordPosts(page);
  await registerPage.goto();
  await registerPage.fillDetails(newUser);
  await registerPage.submit.dblclick(SLOW);
  await expect(page).toHaveURL('/register/credentials');
  await registerPage.fillCredentials(newUser);
  await registerPage.verify.dblclick(SLOW);
  await expect(page).toHaveURL('/register/verify');
  await codeEntry.input.fill(await simulator.codeSentTo(newUser.e164, () => registerPage.sendOtp.dblclick(SLOW)));
  await codeEntry.validate.dblclick(SLOW);
  await expect(page).toHaveURL('/login');
  await expect(page.getByText(/^Phone number verified\. Please sign in\./)).toBeVisible();
  expect(posts).toEqual([...new Set(posts)]);
  expect(await simulator.sendCount(newUser.e164)).toBe(1);
});

test('a double click on "Confirm" changes the phone number without WASM', async ({
  page,
  pageErrors,
  codeEntry,
  phonePage,
  simulator,
  signedInUser: _,
}) => {
  await blockWasm(page, pageErrors);
  const next = generateUser();
  await phonePage.goto();
  await codeEntry.input.fill(await phonePage.sendCodeTo(next, simulator));
  const posts = recordPosts(page);
  await codeEntry.validate.dblclick(SLOW);
  await phonePage.confirm.dblclick(SLOW);
  await expect(page.getByText('Your phone number has been updated.')).toBeVisible();
  expect(posts).toEqual(['/api/verification/check', '/api/phone-change/confirm']);
});

test('a form whose request has failed can be submitted again after a second', async ({
  page,
  pageErrors,
  signInPage,
  newUser,
}) => {
  await blockWasm(page, pageErrors);
  await signInPage.goto();
  await signInPage.fill(newUser);
  // The browser stays on the page after an answer without content.
  await page.route('/api/login/begin', (route) => route.fulfill({ status: 204 }), { times: 1 });
  await Promise.all([page.waitForResponse('/api/login/begin'), signInPage.submit.click()]);
  const answered = await page.evaluate(() => performance.now());
  await page.waitForFunction((time) => performance.now() > time + 1_000, answered);
  await signInPage.submit.click();
  await expect(signInPage.error).toHaveText(/^Incorrect username or password\./);
});
