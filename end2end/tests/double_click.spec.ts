import { expect, test } from '../fixtures.ts';
import { blockWasm } from '../support/loading.ts';
import { generateUser } from '../support/user.ts';

// With blocked WASM the browser posts the forms itself, as it does until the WASM runs.
test.use({ settings: { SALLYPORT_CAPTCHA: 'none' } });

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
  await codeEntry.validate.dblclick();
  await dashboardPage.expectUser(registeredUser);
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
  await registerPage.goto();
  await registerPage.fillDetails(newUser);
  await registerPage.submit.dblclick();
  await expect(page).toHaveURL('/register/credentials');
  await registerPage.fillCredentials(newUser);
  await registerPage.verify.dblclick();
  await expect(page).toHaveURL('/register/verify');
  await codeEntry.input.fill(await simulator.codeSentTo(newUser.e164, () => registerPage.sendOtp.dblclick()));
  await codeEntry.validate.dblclick();
  await expect(page).toHaveURL('/login');
  await expect(page.getByText(/^Phone number verified\. Please sign in\./)).toBeVisible();
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
  await codeEntry.validate.dblclick();
  await phonePage.confirm.dblclick();
  await expect(page.getByText('Your phone number has been updated.')).toBeVisible();
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
  await expect(async () => {
    await signInPage.submit.click();
    await expect(signInPage.error).toHaveText(/^Incorrect username or password\./, { timeout: 2_000 });
  }).toPass();
});
