import { expect, test } from '../fixtures.ts';
import { somebodyNew } from '../support/person.ts';
import { Visitor } from '../support/visitor.ts';

// An app of its own: one test here sets the clock back.
test.use({ settings: { SALLYPORT_CAPTCHA_COST: '1', SALLYPORT_LOG: 'warn' } });

test('the phone shows a message as it arrives, and a tap copies its code', async ({
  app,
  context,
  codeEntry,
  dashboardPage,
  simulator,
  signingIn,
}) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: app.simulator });
  const phone = await context.newPage();
  await phone.goto(app.simulator);
  await expect(phone.getByText('Live', { exact: true })).toBeVisible();
  const earlier = (await simulator.messages(signingIn.e164)).length;

  await simulator.advance(30);
  await codeEntry.comeBack();
  await codeEntry.resend.click();
  await expect.poll(() => simulator.messages(signingIn.e164)).toHaveLength(earlier + 1);

  await phone.getByRole('tab', { name: signingIn.e164 }).click();
  const messages = phone.getByRole('tabpanel').getByRole('listitem');
  await expect(messages).toHaveCount(earlier + 1);
  const code = await simulator.code(signingIn.e164);
  await expect(messages.last()).toContainText(code);
  const copy = messages.last().getByRole('button', { name: code });
  await copy.click();
  await expect(copy).toContainText('Copied');
  const copied = await phone.evaluate(() => navigator.clipboard.readText());
  expect(copied).toBe(code);

  await codeEntry.page.bringToFront();
  await codeEntry.paste(copied);
  await dashboardPage.shows(signingIn);
});

test('whoever watches the phone sees the message without a reload', async ({
  app,
  context,
  visitor,
  person,
}) => {
  const phone = await context.newPage();
  await phone.goto(app.simulator);
  await expect(phone.getByText('Live', { exact: true })).toBeVisible();
  await visitor.awaitRegistrationCode(person);
  await expect(phone.getByRole('tab', { name: person.e164 })).toBeVisible();
  await expect(phone.getByText('Your Sallyport verification code is:').last()).toBeVisible();
  await expect(phone.getByText(`New message to ${person.e164}`)).toBeAttached();
});

test('mail arrives beside the phone, and a key opens it', async ({
  app,
  context,
  visitor,
  member,
}) => {
  const phone = await context.newPage();
  await phone.goto(app.simulator);
  await expect(phone.getByText('Live', { exact: true })).toBeVisible();
  const mails = phone.getByRole('list', { name: 'Mail' }).getByRole('listitem');
  await visitor.register({ ...somebodyNew(), email: member.email });
  const mail = mails.filter({ hasText: `To ${member.email}` });
  await expect(mail).toHaveCount(1);
  await expect(phone.getByText(`New mail to ${member.email}`)).toBeAttached();

  const text = mail.getByText('there is nothing you need to do', { exact: false });
  await expect(text).toBeHidden();
  await mail.getByText('Someone tried to register with your email address').focus();
  await phone.keyboard.press('Enter');
  await expect(text).toBeVisible();
});

test('the numbers that fail on purpose are listed with what they answer', async ({ app, page }) => {
  await page.goto(app.simulator);
  await page.getByText('Numbers that fail on purpose').click();
  const row = (number: string) => page.getByRole('row', { name: number });
  await expect(row('+12025560410')).toContainText('create: 403 / 60410');
  await expect(row('+12025620003')).toContainText('check: 401 / 20003');
  await expect(row('+15005550009')).toContainText('message to: 400 / 21614');
  await expect(row('+12025510009')).toContainText('create: 401 / 10009');
  await expect(page.getByRole('row', { name: 'Telnyx' })).toHaveCount(1);
});

test('"Forget everything" empties the phone, and people register as before', async ({
  app,
  context,
  visitor,
  simulator,
  person,
}) => {
  await simulator.advance(60);
  await visitor.register(person);
  const phone = await context.newPage();
  await phone.goto(app.simulator);
  await expect(phone.getByRole('tab', { name: person.e164 })).toBeVisible();
  await phone.getByRole('button', { name: 'Forget everything' }).click();
  await expect(phone.getByText('No messages yet.')).toBeVisible();
  await expect(phone.getByRole('tab')).toHaveCount(0);
  // The clock is back where it was, behind what the app remembers.
  await new Visitor(app).register(somebodyNew());
});
