import { expect, test } from '../fixtures.ts';
import { openGalleryEntry } from '../support/gallery.ts';

/** Attributes of a text field that on-screen keyboards and password managers read; empty if the field has none. */
const ATTRIBUTES = ['type', 'inputmode', 'autocapitalize', 'autocomplete', 'enterkeyhint', 'spellcheck'] as const;

type Field = Record<(typeof ATTRIBUTES)[number], string>;

/** A value that is no sentence: nothing is capitalized or corrected, and Enter submits the form. */
const VALUE: Field = {
  type: 'text',
  inputmode: '',
  autocapitalize: 'none',
  autocomplete: 'off',
  enterkeyhint: 'go',
  spellcheck: 'false',
};

const IDENTIFIER: Field = { ...VALUE, autocomplete: 'username' };
const PASSWORD: Field = { ...VALUE, type: 'password', autocomplete: 'current-password' };
const NEW_PASSWORD: Field = { ...PASSWORD, autocomplete: 'new-password' };
const FULL_NAME: Field = { ...VALUE, autocapitalize: 'words', autocomplete: 'name' };
const USERNAME: Field = { ...VALUE, autocomplete: 'username' };
const EMAIL: Field = { ...VALUE, type: 'email', autocomplete: 'email' };
const PHONE: Field = { ...VALUE, type: 'tel', autocomplete: 'tel' };
/** The last digit submits the code, so that Enter is seldom needed. */
const CODE: Field = {
  ...VALUE,
  inputmode: 'numeric',
  autocapitalize: '',
  autocomplete: 'one-time-code',
  enterkeyhint: 'done',
};

/** Entries of the gallery with each text field of the pages, by the name of the field. */
const FIELDS: Record<string, Record<string, Field>> = {
  'sign-in': { identifier: IDENTIFIER, password: PASSWORD },
  'set-up': { identifier: IDENTIFIER, password: PASSWORD, phone: PHONE },
  'code-sent': { code: CODE },
  'code-recovery': { code: { ...VALUE, autocapitalize: 'characters' } },
  register: { full_name: FULL_NAME, username: USERNAME, email: EMAIL },
  'register-credentials': { password: NEW_PASSWORD, phone: PHONE },
  'forgot-password': { identifier: IDENTIFIER },
  'new-password': { password: NEW_PASSWORD },
  'lost-phone': { identifier: IDENTIFIER, password: PASSWORD },
  'verify-email-code': { code: { ...VALUE, inputmode: 'numeric', autocomplete: 'one-time-code' } },
  'step-up': { password: PASSWORD },
  'phone-new-number': { phone: PHONE },
  'authenticator-set-up': { code: CODE },
  'change-name': { full_name: FULL_NAME, username: USERNAME },
  'change-email': { email: EMAIL },
  'change-password': { current_password: PASSWORD, password: NEW_PASSWORD },
  // The user types the username as a confirmation.
  'delete-account': { username: VALUE },
  'payment-new': {
    recipient: { ...VALUE, autocapitalize: 'words' },
    amount: { ...VALUE, inputmode: 'decimal' },
    // A browser may send the text to a spell checker on the web.
    description: { ...VALUE, autocapitalize: 'sentences' },
  },
};

test('on-screen keyboards and password managers know what each field contains', async ({ page, pageErrors }) => {
  pageErrors.allowGalleryErrors();
  for (const [entry, fields] of Object.entries(FIELDS)) {
    await openGalleryEntry(page, entry, 'en');
    const inputs = page.locator('main input:not([type=hidden], [type=checkbox], [type=radio], [hidden])');
    const found = await inputs.evaluateAll(
      (elements, attributes) =>
        elements.map((element) => [
          element.getAttribute('name'),
          Object.fromEntries(attributes.map((name) => [name, element.getAttribute(name) ?? ''])),
        ]),
      ATTRIBUTES,
    );
    expect.soft(Object.fromEntries(found), entry).toEqual(fields);
  }
});
