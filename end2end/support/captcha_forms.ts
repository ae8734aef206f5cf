import { type Locator, type Page, expect } from '@playwright/test';

import type { User } from './user.ts';

/** A form with a CAPTCHA. */
export interface CaptchaForm {
  path: string;
  /** The label of each field, and the value of the user for it. */
  fields: [label: string, value: (user: User) => string][];
  /** Label of the submit button. */
  button: string;
  /** Text of the page after the server has accepted the CAPTCHA of a user without an account. */
  accepted: RegExp;
}

const identifier: CaptchaForm['fields'][number] = ['Username or email', (user) => user.username];
const password: CaptchaForm['fields'][number] = ['Password', (user) => user.password];

/** All forms with a CAPTCHA. */
export const CAPTCHA_FORMS: CaptchaForm[] = [
  {
    path: '/login',
    fields: [identifier, password],
    button: 'Submit',
    accepted: /^Incorrect username or password\./,
  },
  {
    path: '/register',
    fields: [
      ['Full name', (user) => user.fullName],
      ['Username', (user) => user.username],
      ['Email', (user) => user.email],
    ],
    button: 'Submit',
    accepted: /^Password and phone$/,
  },
  {
    path: '/forgot-password',
    fields: [identifier],
    button: 'Send link',
    accepted: /an email with a link is on its way/i,
  },
  {
    path: '/lost-phone',
    fields: [identifier, password],
    button: 'Send mail',
    accepted: /^Incorrect username or password\./,
  },
];

/** Fills in all fields of a form except the CAPTCHA. */
export async function fillFields(page: Page, form: CaptchaForm, user: User): Promise<void> {
  for (const [label, value] of form.fields) {
    await page.getByLabel(label, { exact: true }).fill(value(user));
  }
}

/** Returns the submit button of a form. */
export function submitButton(page: Page, form: CaptchaForm): Locator {
  return page.getByRole('button', { name: form.button });
}

/** Expects that the server has accepted the CAPTCHA of a form. */
export async function expectAccepted(page: Page, form: CaptchaForm): Promise<void> {
  await expect(page.getByText(form.accepted).first()).toBeVisible();
}
