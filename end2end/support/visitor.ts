import type { BrowserContext } from '@playwright/test';

import type { App } from './app.ts';
import type { Person } from './person.ts';
import { solve } from './proof_of_work.ts';
import { Simulator } from './simulator.ts';

/**
 * Somebody who posts the app's plain forms, quickly and without drawing anything: for what a test
 * needs and is not about. The cookies can be handed to a browser at any step.
 */
export class Visitor {
  readonly #cookies = new Map<string, string>();
  readonly #simulator: Simulator;

  constructor(readonly app: App) {
    this.#simulator = new Simulator(app.simulator);
  }

  /** From nothing to an account with a verified phone. */
  async register(person: Person): Promise<void> {
    await this.awaitRegistrationCode(person);
    const code = await this.#simulator.code(person.e164);
    await this.post('verification/check', { purpose: 'registration', code }, '/login');
  }

  /** A registration up to where the code is asked for. */
  async awaitRegistrationCode(person: Person): Promise<void> {
    const { fullName, username, email, password, phone } = person;
    const captcha = await this.#captcha('registration');
    const details = { full_name: fullName, username, email, captcha };
    await this.post('register/begin', details, '/register/credentials');
    await this.post('register/credentials', { password, phone }, '/register/verify');
    await this.post('verification/send', { purpose: 'registration' }, '/register/verify');
  }

  /** A sign-in up to the choice of method. */
  async chooseMethod({ username, password }: Person): Promise<void> {
    const captcha = await this.#captcha('sign_in');
    await this.post('login/begin', { identifier: username, password, captcha }, '/login');
  }

  /** A sign-in up to where the code is asked for. */
  async awaitSignInCode(person: Person): Promise<void> {
    await this.chooseMethod(person);
    await this.post('verification/method', { purpose: 'sign_in', method: 'sms' }, '/login/verify');
  }

  /** Lets a browser go on from where this visitor is. */
  async handOver(context: BrowserContext): Promise<void> {
    const cookies = [...this.#cookies].map(([name, value]) => ({
      name,
      value,
      url: this.app.origin.replace('http:', 'https:'),
      secure: true,
      httpOnly: true,
      sameSite: 'Lax' as const,
    }));
    await context.addCookies(cookies);
  }

  /** Posts a form and expects to be sent to `next`. */
  async post(name: string, fields: Record<string, string>, next: string): Promise<void> {
    const answer = await this.#send(name, fields, 'text/html');
    const location = answer.headers.get('location');
    if (location !== next) throw new Error(`${name} led to ${location}, not to ${next}`);
  }

  async #captcha(purpose: string): Promise<string> {
    const answer = await this.#send('captcha/challenge', { purpose }, 'application/json');
    const challenge = (await answer.json()) as string | null;
    return challenge === null ? '' : solve(challenge);
  }

  async #send(name: string, fields: Record<string, string>, accept: string): Promise<Response> {
    const answer = await fetch(`${this.app.origin}/api/${name}`, {
      method: 'POST',
      redirect: 'manual',
      headers: {
        accept,
        origin: this.app.origin,
        cookie: [...this.#cookies].map(([key, value]) => `${key}=${value}`).join('; '),
      },
      body: new URLSearchParams(fields),
    });
    for (const line of answer.headers.getSetCookie()) {
      const [, key = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (/; max-age=0/i.test(line)) this.#cookies.delete(key);
      else this.#cookies.set(key, value);
    }
    return answer;
  }
}
