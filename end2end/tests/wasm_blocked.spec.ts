import { expect, test } from '../fixtures.ts';
import { somebodyNew } from '../support/person.ts';

test.use({ settings: { SALLYPORT_CAPTCHA: 'none' } });

/** The script loads, but what it needs never arrives: a proxy, a policy, a bad connection. */
test.beforeEach(async ({ page, watch }) => {
  await page.route('**/*.wasm', (route) => route.abort());
  watch.allow(/ERR_FAILED|Failed to fetch/);
});

test('Enter on every form leads on, and nothing typed appears in an address', async ({
  page,
  registerPage,
  signInPage,
  codeEntry,
  dashboardPage,
  simulator,
  person,
}) => {
  const addresses: string[] = [];
  page.on('request', (request) => addresses.push(request.url()));

  await registerPage.goto();
  await registerPage.fillDetails(person);
  await registerPage.email.press('Enter');
  await expect(page).toHaveURL('/register/credentials');
  await registerPage.fillCredentials(person);
  await registerPage.password.press('Enter');
  await expect(page).toHaveURL('/register/verify');
  await registerPage.sendOtp.press('Enter');
  await expect(codeEntry.validate).toBeVisible();
  await codeEntry.input.fill(await simulator.code(person.e164));
  await codeEntry.input.press('Enter');
  await expect(page).toHaveURL('/login');

  await simulator.advance(30);
  await signInPage.fill(person);
  await signInPage.password.press('Enter');
  await expect(signInPage.dialog).toBeVisible();
  await signInPage.sms.press('Enter');
  await expect(page).toHaveURL('/login/verify');
  await codeEntry.input.fill(await simulator.code(person.e164));
  await codeEntry.input.press('Enter');
  await dashboardPage.shows(person);

  expect(addresses.filter((address) => address.includes('?'))).toEqual([]);
});

test('a wrong password comes back with what is wrong', async ({ page, signInPage, member }) => {
  await signInPage.goto();
  await signInPage.fill({ ...member, password: 'not her password' });
  await signInPage.password.press('Enter');
  await expect(signInPage.error).toHaveText(/^Incorrect username or password\./);
  await expect(page).toHaveURL('/login');
});

test('a second factor is set up and its number changed', async ({
  page,
  signInPage,
  codeEntry,
  dashboardPage,
  phonePage,
  simulator,
  imported,
}) => {
  await signInPage.goto();
  await signInPage.fill(imported);
  await signInPage.password.press('Enter');
  await signInPage.setUpPhone.fill(imported.phone);
  await signInPage.setUpPhone.press('Enter');
  await codeEntry.input.fill(await simulator.code(imported.e164));
  await codeEntry.input.press('Enter');
  await dashboardPage.shows(imported);

  const next = { ...imported, ...somebodyNew() };
  await phonePage.goto();
  await phonePage.sendTo(next);
  await codeEntry.input.fill(await simulator.code(next.e164));
  await codeEntry.input.press('Enter');
  await phonePage.confirm.press('Enter');
  await expect(page.getByText('Your phone number has been updated.')).toBeVisible();
});
