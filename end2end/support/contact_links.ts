import { expect } from '@playwright/test';

import { listMails, readCodeFromMail, readFromMail } from './mail.ts';
import type { FormClient } from './form_client.ts';
import type { Simulator } from './simulator.ts';
import type { User } from './user.ts';

/** Waits for the mail to `address` with a link below `folder`, and returns the path of the link. */
export async function waitForLink(
  simulator: Simulator,
  address: string,
  folder: string,
): Promise<string> {
  return readFromMail(simulator, address, new RegExp(`(/${folder}/[\\w-]{43})`));
}

/** Waits for a second mail to `address` with a link below `folder`, and returns the path of its link. */
export async function waitForSecondLink(
  simulator: Simulator,
  address: string,
  folder: string,
): Promise<string> {
  const pattern = new RegExp(`(/${folder}/[\\w-]{43})`);
  let found = '';
  await expect(async () => {
    const mails = await listMails(simulator, address);
    const links = mails.map(({ text }) => pattern.exec(text)?.[1]).filter(Boolean);
    found = links[1] ?? '';
    expect(found).not.toBe('');
  }).toPass();
  return found;
}

/** Signs in and changes the email address. Returns the path of the undo link in the mail to the old address. */
export async function changeEmail(
  client: FormClient,
  simulator: Simulator,
  user: User,
  address: string,
): Promise<string> {
  await client.signIn(user);
  await client.post('email/change', { email: address }, '/verify-email');
  const code = await readCodeFromMail(simulator, address);
  await client.post('email/check', { code }, '/profile');
  return waitForLink(simulator, user.email, 'undo');
}

/** Signs in and changes the phone number. Returns the path of the undo link in the text message to the old number. */
export async function changePhone(
  client: FormClient,
  simulator: Simulator,
  user: User,
  next: User,
): Promise<string> {
  await client.signIn(user);
  const code = await simulator.codeSentTo(next.e164, () =>
    client.post('phone-change/begin', { phone: next.phone }, '/profile/phone'),
  );
  await client.post('verification/check', { purpose: 'phone_change', code }, '/profile/phone');
  await client.post('phone-change/confirm', {}, '/profile');
  let link = '';
  await expect(async () => {
    const messages = await simulator.messages(user.e164);
    link = messages.map(({ body }) => /(\/undo\/[\w-]{43})/.exec(body)?.[1]).find(Boolean) ?? '';
    expect(link).not.toBe('');
  }).toPass();
  return link;
}

/** Seconds from the opening of a recovery until a new number can be set up. */
export const RECOVERY_DELAY_SECS = 72 * 60 * 60;

/** Reports the phone lost. Returns the path of the link in the mail that opens the recovery. */
export async function requestRecovery(
  client: FormClient,
  simulator: Simulator,
  user: User,
): Promise<string> {
  await client.submitPassword(user);
  await client.post('lost-phone/report', {}, '/lost-phone');
  return waitForLink(simulator, user.email, 'lost-phone');
}

/** Reports the phone lost and opens a recovery. Returns the path of the cancel link in the mail. */
export async function openRecovery(
  client: FormClient,
  simulator: Simulator,
  user: User,
): Promise<string> {
  const link = await requestRecovery(client, simulator, user);
  await client.post('lost-phone/open', { token: link.split('/').at(-1) ?? '' }, '/login');
  return waitForLink(simulator, user.email, 'recovery');
}
