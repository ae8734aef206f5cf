import { expect, test } from '../fixtures.ts';
import { generateUser } from '../support/user.ts';
import { FormClient } from '../support/form_client.ts';

// Settings that no other file uses, and so a separate app: one test here resets its clock.
test.use({ settings: { SALLYPORT_CAPTCHA_COST: '1', SALLYPORT_LOG: 'warn' } });

test('the phone page shows a new message, and a click copies its code', async ({
  app,
  context,
  codeEntry,
  dashboardPage,
  simulator,
  signingInUser,
}) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: app.simulator });
  const simulatorPage = await context.newPage();
  await simulatorPage.goto(app.simulator);
  await expect(simulatorPage.getByText('Live', { exact: true })).toBeVisible();
  const earlier = (await simulator.messages(signingInUser.e164)).length;

  await simulator.advanceClock(30);
  await codeEntry.simulateTabReturn();
  const code = await simulator.codeSentTo(signingInUser.e164, () => codeEntry.requestNewCode());
  expect(await simulator.messages(signingInUser.e164)).toHaveLength(earlier + 1);

  await simulatorPage.getByRole('tab', { name: signingInUser.e164 }).click();
  const messages = simulatorPage.getByRole('tabpanel').getByRole('listitem');
  await expect(messages).toHaveCount(earlier + 1);
  await expect(messages.last()).toContainText(code);
  const copy = messages.last().getByRole('button', { name: code });
  await copy.click();
  await expect(copy).toContainText('Copied');
  const copied = await simulatorPage.evaluate(() => navigator.clipboard.readText());
  expect(copied).toBe(code);

  await codeEntry.page.bringToFront();
  await codeEntry.paste(copied);
  await dashboardPage.expectUser(signingInUser);
});

test('the phone page shows a message without a reload', async ({
  app,
  context,
  formClient,
  newUser,
}) => {
  const simulatorPage = await context.newPage();
  await simulatorPage.goto(app.simulator);
  await expect(simulatorPage.getByText('Live', { exact: true })).toBeVisible();
  await formClient.requestRegistrationCode(newUser);
  await expect(simulatorPage.getByRole('tab', { name: newUser.e164 })).toBeVisible();
  await expect(
    simulatorPage.getByText('Your Sallyport verification code is:').last(),
  ).toBeVisible();
  await expect(simulatorPage.getByText(`New message to ${newUser.e164}`)).toBeAttached();
});

test('the phone page shows an email, and the Enter key opens it', async ({
  app,
  context,
  formClient,
  registeredUser,
}) => {
  const simulatorPage = await context.newPage();
  await simulatorPage.goto(app.simulator);
  await expect(simulatorPage.getByText('Live', { exact: true })).toBeVisible();
  const mails = simulatorPage.getByRole('list', { name: 'Mail' }).getByRole('listitem');
  await formClient.register({ ...generateUser(), email: registeredUser.email });
  const mail = mails.filter({ hasText: `To ${registeredUser.email}` });
  await expect(mail).toHaveCount(1);
  await expect(simulatorPage.getByText(`New mail to ${registeredUser.email}`)).toBeAttached();

  const text = mail.getByText('there is nothing you need to do', { exact: false });
  await expect(text).toBeHidden();
  await mail.getByText('Someone tried to register with your email address').focus();
  await simulatorPage.keyboard.press('Enter');
  await expect(text).toBeVisible();
});

test('the phone page lists the numbers that fail on purpose and their responses', async ({
  app,
  page,
}) => {
  await page.goto(app.simulator);
  await page.getByText('Numbers that fail on purpose').click();
  const row = (number: string) => page.getByRole('row', { name: number });
  await expect(row('+12025560410')).toContainText('create: 403 / 60410');
  await expect(row('+12025620003')).toContainText('check: 401 / 20003');
  await expect(row('+15005550009')).toContainText('message to: 400 / 21614');
  await expect(row('+12025510009')).toContainText('create: 401 / 10009');
  await expect(page.getByRole('row', { name: 'Telnyx' })).toHaveCount(1);
});

test('"Forget everything" clears the phone page, and a registration still works', async ({
  app,
  context,
  formClient,
  simulator,
  newUser,
}) => {
  await simulator.advanceClock(60);
  await formClient.register(newUser);
  const simulatorPage = await context.newPage();
  await simulatorPage.goto(app.simulator);
  await expect(simulatorPage.getByRole('tab', { name: newUser.e164 })).toBeVisible();
  await simulatorPage.getByRole('button', { name: 'Forget everything' }).click();
  await expect(simulatorPage.getByText('No messages yet.')).toBeVisible();
  await expect(simulatorPage.getByRole('tab')).toHaveCount(0);
  // The clock is now earlier than the times that the app has stored.
  await new FormClient(app).register(generateUser());
});
