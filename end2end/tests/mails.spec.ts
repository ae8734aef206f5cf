import type { Page } from '@playwright/test';

import { expect, test } from '../fixtures.ts';
import { expectAccessible } from '../support/accessibility.ts';
import { changeEmail, openRecovery } from '../support/contact_links.ts';
import { FormClient } from '../support/form_client.ts';
import { type Mail, listMails, readCodeFromMail } from '../support/mail.ts';
import { generateUser } from '../support/user.ts';

/** The narrowest phone (WCAG 2.2, 1.4.10). */
const NARROWEST = 320;
/** The smallest height of a touch target in pixels. */
const TARGET = 44;

/** The subject of one mail of each kind, with the words of its button; null for a mail without link and code. */
const BUTTONS: Record<string, string | null> = {
  'Confirm your email address': 'Enter the code',
  'Someone tried to register with your email address': 'Sign in',
  'Confirm that you lost your phone': 'Confirm the loss',
  'Your phone number is about to be replaced': 'Keep my number',
  'Choose a new password': 'Choose a new password',
  'Your password was changed': 'Choose a new password',
  'Two-factor authentication was reset': null,
  'Your email address is about to change': 'Stop the change',
  'Your email address was changed': 'Undo the change',
  'Your account will be deleted': 'Keep my account',
};

/** Expects that the mail on the page is accessible, fits the narrowest phone and the screen, and has its button. */
async function expectReadable(page: Page, mail: Mail, state: string): Promise<void> {
  const screen = page.viewportSize();
  for (const width of [NARROWEST, screen?.width ?? NARROWEST]) {
    await page.setViewportSize({ width, height: 800 });
    const content = await page.evaluate(() => document.documentElement.scrollWidth);
    expect.soft(content, `${state}: width at ${width}`).toBeLessThanOrEqual(width);
    await expectAccessible(page, `${state} at ${width}`);
    await expect(page.getByRole('heading', { name: mail.subject, exact: true })).toBeVisible();
    await expect(page.getByText('Sallyport', { exact: true })).toHaveCount(2);
    const label = BUTTONS[mail.subject];
    const button = page.locator('a.button');
    await expect(button).toHaveCount(label ? 1 : 0);
    if (!label) continue;
    await expect(button).toHaveText(label);
    const box = await button.boundingBox();
    expect.soft(box?.height, `${state}: height of the button`).toBeGreaterThanOrEqual(TARGET);
    const url = (await button.getAttribute('href')) ?? '';
    expect(mail.text).toContain(`\n${url}\n`);
    await expect(page.getByText(url, { exact: true })).toBeVisible();
    const background = await button.evaluate((link) => getComputedStyle(link).backgroundColor);
    expect.soft(background, `${state}: look of the button`).not.toBe('rgba(0, 0, 0, 0)');
  }
  if (screen !== null) await page.setViewportSize(screen);
}

/** Returns the background colour of the card in this colour scheme. */
async function cardColour(page: Page, colorScheme: 'light' | 'dark'): Promise<string> {
  await page.emulateMedia({ colorScheme });
  return page.locator('.card').evaluate((card) => getComputedStyle(card).backgroundColor);
}

test('every kind of mail is readable on small and large screens, with and without its styles', async ({
  page,
  app,
  formClient,
  passwordResetPage,
  simulator,
  registeredUser,
}) => {
  test.slow();
  // The mails of the first user.
  await new FormClient(app).register({ ...generateUser(), email: registeredUser.email });
  await openRecovery(formClient, simulator, registeredUser);
  await passwordResetPage.requestLink(registeredUser, simulator);
  const { username, email } = registeredUser;
  app.runCommand(['user', 'set-password', username, '--password-stdin'], 'another 88 phrase');
  app.runCommand(['user', 'reset-mfa', username]);
  // The mails of the second user.
  const other = generateUser();
  const client = new FormClient(app);
  await client.register(other);
  app.runCommand(['user', 'verify-email', other.username]);
  await simulator.advanceClock(30);
  const address = `new.${other.email}`;
  await changeEmail(client, simulator, other, address);
  await client.post('account/delete', { username: other.username }, '/login');

  const mails = new Map<string, Mail>();
  await expect(async () => {
    for (const to of [email, other.email, address]) {
      for (const mail of await listMails(simulator, to)) mails.set(mail.subject, mail);
    }
    expect([...mails.keys()].sort()).toEqual(expect.arrayContaining(Object.keys(BUTTONS)));
  }).toPass();

  await page.goto('about:blank');
  for (const subject of Object.keys(BUTTONS)) {
    const mail = mails.get(subject);
    if (mail === undefined) throw new Error(`no mail has the subject ${subject}`);
    await page.setContent(mail.html);
    await expectReadable(page, mail, subject);
    const light = await cardColour(page, 'light');
    expect(await cardColour(page, 'dark'), `${subject}: dark card`).not.toBe(light);

    const plain = mail.html.replace(/<style>[\s\S]*?<\/style>/, '');
    expect(plain).not.toContain('<style');
    await page.setContent(plain);
    await expectReadable(page, mail, `${subject} without its style element`);
    expect(await cardColour(page, 'dark'), `${subject}: card without style element`).toBe(light);
  }
});

test('the code of a mail is large and has equally wide digits', async ({
  page,
  formClient,
  simulator,
  registeredUser,
}) => {
  const { email } = generateUser();
  await formClient.signIn(registeredUser);
  await formClient.post('email/change', { email }, '/verify-email');
  const code = await readCodeFromMail(simulator, email);
  const [mail] = await listMails(simulator, email);
  await page.setContent(mail?.html ?? '');
  const style = await page.getByText(code, { exact: true }).evaluate((element) => {
    const { fontFamily, fontSize } = getComputedStyle(element);
    return { fontFamily, fontSize };
  });
  expect(style.fontFamily).toContain('monospace');
  expect(Number.parseFloat(style.fontSize)).toBeGreaterThanOrEqual(28);
});
