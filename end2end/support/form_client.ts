import type { BrowserContext } from '@playwright/test';

import type { App } from './app.ts';
import { solveChallenge } from './proof_of_work.ts';
import { Simulator } from './simulator.ts';
import type { User } from './user.ts';

/**
 * HTTP client that posts the HTML forms of the app and keeps the cookies. Brings an account or a flow quickly
 * to the step at which a test starts. A browser can take over the cookies at any step.
 */
export class FormClient {
  readonly #cookies = new Map<string, string>();
  readonly #simulator: Simulator;

  constructor(readonly app: App) {
    this.#simulator = new Simulator(app.simulator);
  }

  /** Registers an account and verifies its phone number with the sent code. */
  async register(user: User): Promise<void> {
    const code = await this.requestRegistrationCode(user);
    await this.post('verification/check', { purpose: 'registration', code }, '/login');
  }

  /** Registers up to the code entry and returns the code that was sent. */
  async requestRegistrationCode(user: User): Promise<string> {
    return this.#simulator.codeSentTo(user.e164, () => this.beginRegistration(user));
  }

  /** Registers up to the code entry. Does not wait for the message, which may get lost. */
  async beginRegistration(user: User): Promise<void> {
    const { fullName, username, email, password, phone } = user;
    const captcha = await this.#solveCaptcha('registration');
    const details = { full_name: fullName, username, email, captcha };
    await this.post('register/begin', details, '/register/credentials');
    await this.post('register/credentials', { password, phone }, '/register/verify');
    await this.post('verification/send', { purpose: 'registration' }, '/register/verify');
  }

  /** Signs in up to the choice of verification method. */
  async submitPassword({ username, password }: User): Promise<void> {
    const captcha = await this.#solveCaptcha('sign_in');
    await this.post('login/begin', { identifier: username, password, captcha }, '/login');
  }

  /** Signs in up to the entry of a code that is not sent: from an authenticator app, or a recovery code. */
  async chooseMethod(user: User, method: 'totp' | 'recovery'): Promise<void> {
    await this.submitPassword(user);
    await this.post('verification/method', { purpose: 'sign_in', method }, '/login/verify');
  }

  /** Requests the deletion of the account and signs in again, up to the question whether to keep the account. */
  async signInAfterDeletionRequest(user: User): Promise<void> {
    await this.signIn(user);
    await this.post('account/delete', { username: user.username }, '/login');
    await this.#simulator.advanceClock(30);
    const code = await this.requestSignInCode(user);
    await this.post('verification/check', { purpose: 'sign_in', code }, '/keep-account');
  }

  /** Signs in up to the code entry and returns the code that was sent. */
  async requestSignInCode(user: User): Promise<string> {
    await this.submitPassword(user);
    const choice = { purpose: 'sign_in', method: 'sms' };
    return this.#simulator.codeSentTo(user.e164, () =>
      this.post('verification/method', choice, '/login/verify'),
    );
  }

  /** Signs in with password and code, up to the dashboard. */
  async signIn(user: User): Promise<void> {
    const code = await this.requestSignInCode(user);
    await this.post('verification/check', { purpose: 'sign_in', code }, '/dashboard');
  }

  /** Copies the cookies whose names contain `part` into a browser, which then continues at the same step. */
  async copyCookiesTo(context: BrowserContext, part = ''): Promise<void> {
    const copied = [...this.#cookies].filter(([name]) => name.includes(part));
    const cookies = copied.map(([name, value]) => ({
      name,
      value,
      url: this.app.origin.replace('http:', 'https:'),
      secure: true,
      httpOnly: true,
      sameSite: 'Lax' as const,
    }));
    await context.addCookies(cookies);
  }

  /** Copies the cookies of a browser, to continue at the same step without it. */
  async copyCookiesFrom(context: BrowserContext): Promise<void> {
    for (const { name, value } of await context.cookies()) this.#cookies.set(name, value);
  }

  /** Posts a form and expects a redirect to `next`. */
  async post(name: string, fields: Record<string, string>, next: string): Promise<void> {
    const response = await this.#send(name, fields, 'text/html');
    const location = response.headers.get('location');
    if (location !== next) throw new Error(`${name} redirected to ${location}, not to ${next}`);
  }

  async #solveCaptcha(purpose: string): Promise<string> {
    const response = await this.#send('captcha/challenge', { purpose }, 'application/json');
    const challenge = (await response.json()) as string | null;
    return challenge === null ? '' : solveChallenge(challenge);
  }

  async #send(name: string, fields: Record<string, string>, accept: string): Promise<Response> {
    const response = await fetch(`${this.app.origin}/api/${name}`, {
      method: 'POST',
      redirect: 'manual',
      headers: {
        accept,
        origin: this.app.origin,
        cookie: [...this.#cookies].map(([key, value]) => `${key}=${value}`).join('; '),
      },
      body: new URLSearchParams(fields),
    });
    for (const line of response.headers.getSetCookie()) {
      const [, key = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (/; max-age=0/i.test(line)) this.#cookies.delete(key);
      else this.#cookies.set(key, value);
    }
    return response;
  }
}
