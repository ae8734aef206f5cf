import { type Locator, type Page, expect } from '@playwright/test';

import { type Simulator, wrongCode } from '../support/simulator.ts';
import type { User } from '../support/user.ts';

/** Error messages of the code entry. */
export const TEXT = {
  invalid: (left: number): string =>
    `Invalid code. ${left} ${left === 1 ? 'attempt' : 'attempts'} remaining.`,
  expired: 'Code expired. Click Resend to get a new code.',
  tooMany: 'Too many attempts. Please start the login process again.',
  unclear: 'There is no code in this text, or more than one. Enter the 6 digits.',
  tooManyElsewhere: 'Too many attempts. Please start again.',
  couldNotSend: 'The code could not be sent. Please try again.',
  couldNotVerify: 'Could not verify. Check your connection and try again.',
};

/** Fills a field without any event, as some password managers do. */
export async function fillSilently(input: Locator, text: string): Promise<void> {
  await input.evaluate((element, text) => {
    (element as HTMLInputElement).value = text;
  }, text);
}

/** The form for a one-time code, the same in every flow. */
export class CodeEntry {
  readonly input: Locator;
  readonly boxes: Locator;
  /** The button that submits the code. The label depends on the purpose. */
  readonly submit: Locator;
  readonly validate: Locator;
  readonly resend: Locator;
  readonly resendWait: Locator;
  /** The line that replaces "Resend" after the last message of an hour. */
  readonly messageLimit: Locator;
  readonly countdown: Locator;
  readonly announcement: Locator;
  readonly anotherMethod: Locator;
  readonly callInstead: Locator;
  readonly differentNumber: Locator;
  readonly cancel: Locator;
  readonly startAgain: Locator;
  readonly notYou: Locator;
  readonly lostPhone: Locator;

  constructor(
    readonly page: Page,
    label = 'One-time code',
  ) {
    this.input = page.getByLabel(label);
    this.boxes = page.locator('.boxes .box');
    const form = page.locator('form').filter({ has: this.input });
    this.submit = form.locator('button.primary[type=submit]');
    this.validate = page.getByRole('button', { name: /^(Validate|Verify OTP)$/ });
    this.resend = page.getByRole('button', { name: 'Resend' });
    this.resendWait = page.getByText(/^in \d:\d\d$/);
    this.messageLimit = page.getByText(/^You can request another code in \d+ minutes\.$/);
    this.countdown = page.getByText(/^Code expires in \d+:\d\d$/);
    this.announcement = page.getByRole('status');
    this.anotherMethod = page.getByRole('button', { name: 'Use another method' });
    this.callInstead = page.getByRole('button', { name: 'Call me instead' });
    this.differentNumber = page.getByRole('button', { name: 'Use a different number' });
    this.cancel = page.getByRole('button', { name: 'Cancel' });
    this.startAgain = page.getByRole('link', { name: 'Start again' });
    this.notYou = page.getByRole('button', { name: 'Not you?' });
    this.lostPhone = page.getByRole('link', { name: 'Lost your phone?' });
  }

  /** Waits until the island runs: only then the boxes are shown. */
  async waitUntilReady(): Promise<void> {
    // Waits for the field first, because the boxes may belong to the previous page during a navigation.
    await expect(this.input).toBeVisible();
    await expect(this.boxes.first()).toBeVisible();
  }

  /**
   * Types a code digit by digit; the last digit submits it. Waits first until the answer to the
   * previous request has arrived and the previous code, if any, is selected.
   */
  async enter(code: string): Promise<void> {
    await this.waitUntilReady();
    await expect(this.submit).toBeEnabled();
    await this.#expectContentSelected();
    await this.input.pressSequentially(code);
  }

  /** Fills the field and clicks the button. Works without scripts too. */
  async fillAndSubmit(code: string): Promise<void> {
    await this.input.fill(code);
    await this.validate.click();
  }

  /** Enters five codes that differ from `code`, so that no attempt remains. */
  async useUpAttempts(code: string): Promise<void> {
    for (const attempt of [1, 2, 3, 4, 5]) {
      await this.enter(wrongCode(code, attempt));
      if (attempt < 5) await this.expectText(TEXT.invalid(5 - attempt));
    }
  }

  /** Inserts a text as a whole and without a paste event, as keyboards and dictation do. */
  async insert(text: string): Promise<void> {
    await this.waitUntilReady();
    await expect(this.submit).toBeEnabled();
    await this.input.focus();
    await this.page.keyboard.insertText(text);
  }

  /** Fills the field without any event, as some password managers do. */
  async fillSilently(text: string): Promise<void> {
    await this.waitUntilReady();
    await fillSilently(this.input, text);
  }

  /** Pastes a text into the field. */
  async paste(text: string): Promise<void> {
    await this.waitUntilReady();
    await this.input.evaluate((input, text) => {
      const clipboardData = new DataTransfer();
      clipboardData.setData('text', text);
      const paste = { clipboardData, bubbles: true, cancelable: true };
      input.dispatchEvent(new ClipboardEvent('paste', paste));
    }, text);
  }

  /** Clicks "Resend" and waits until the page shows the cooldown that follows a message. */
  async requestNewCode(): Promise<void> {
    await this.resend.click();
    await expect(this.resendWait).toBeVisible();
    await expect(this.submit).toBeEnabled();
  }

  /**
   * Clicks "Resend" until the number has one message of the hour left. One message for the registration of `user` and one
   * for this sign-in came before.
   */
  async useUpMessagesExceptLast(user: User, simulator: Simulator): Promise<void> {
    for (const sent of [3, 4]) {
      await this.#requestCodeAfterCooldown(user, simulator, sent);
      // Not `toBeDisabled`, which is true during the call too: the clock must not advance before its end.
      await expect(this.resend).toHaveAttribute('disabled');
    }
  }

  /** Clicks "Resend" until the number has all its messages of the hour. The page then says how long to wait. */
  async useUpMessages(user: User, simulator: Simulator): Promise<void> {
    await this.useUpMessagesExceptLast(user, simulator);
    await this.#requestCodeAfterCooldown(user, simulator, 5);
    await expect(this.messageLimit).toBeVisible();
  }

  /** Expects a visible element with exactly this text. */
  async expectText(text: string): Promise<void> {
    await expect(this.page.getByText(text, { exact: true })).toBeVisible();
  }

  /** Returns the seconds that the countdown shows. */
  async secondsLeft(): Promise<number> {
    return this.#readSeconds(this.countdown, /(\d+):(\d\d)/);
  }

  /** Returns the seconds that the cooldown beside "Resend" shows. */
  async secondsToResend(): Promise<number> {
    return this.#readSeconds(this.resendWait, /(\d+):(\d\d)/);
  }

  /** Expects the countdown to show what is left of `lifetime` seconds since the newest message to the number `to`. */
  async expectSecondsLeft(lifetime: number, simulator: Simulator, to: string): Promise<void> {
    await this.#expectRemainder(lifetime, () => this.secondsLeft(), simulator, to);
  }

  /** Expects the cooldown beside "Resend" to show what is left of 30 seconds since the newest message to the number `to`. */
  async expectSecondsToResend(simulator: Simulator, to: string): Promise<void> {
    await this.#expectRemainder(30, () => this.secondsToResend(), simulator, to);
  }

  /** Expects the field to have the focus and its content selected, so that typing replaces it. */
  async expectReadyForNextAttempt(): Promise<void> {
    await expect(this.input).toBeFocused();
    await this.#expectContentSelected();
  }

  /** Simulates the return to this tab: the page then asks the server for the current step. */
  async simulateTabReturn(): Promise<void> {
    // Waits until the page listens for the event.
    await this.waitUntilReady();
    const answered = this.page.waitForResponse(/\/api\/verification\/entry$/);
    await this.page.evaluate(() => {
      document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
    });
    await answered;
  }

  /** Lets the code expire, and returns to this tab, which then shows the expiry. */
  async expireCode(simulator: Simulator): Promise<void> {
    await this.waitUntilReady();
    await simulator.advanceClock(301);
    await this.simulateTabReturn();
  }

  /** Clicks "Resend" after the cooldown, and waits until the number has received `sent` messages. */
  async #requestCodeAfterCooldown(user: User, simulator: Simulator, sent: number): Promise<void> {
    await simulator.advanceClock(30);
    await this.simulateTabReturn();
    await this.resend.click();
    await expect.poll(() => simulator.sendCount(user.e164)).toBe(sent);
  }

  async #expectContentSelected(): Promise<void> {
    await expect
      .poll(() =>
        this.input.evaluate((input: HTMLInputElement) => {
          const selected = [input.selectionStart ?? 0, input.selectionEnd ?? 0] as const;
          return input.value.slice(...selected) === input.value;
        }),
      )
      .toBe(true);
  }

  /**
   * Expects that the shown seconds and the seconds since the newest message to `to` are `total` together. So it makes no
   * difference how long a busy machine needed to show the page. The page estimates the time of the server and can be
   * some seconds ahead.
   */
  async #expectRemainder(
    total: number,
    readShown: () => Promise<number>,
    simulator: Simulator,
    to: string,
  ): Promise<void> {
    await expect(async () => {
      const sum = (await readShown()) + (await simulator.secondsSinceMessage(to));
      expect(sum).toBeGreaterThan(total - 10);
      expect(sum).toBeLessThan(total + 2);
    }).toPass({ timeout: 30_000 });
  }

  async #readSeconds(locator: Locator, pattern: RegExp): Promise<number> {
    const [, minutes, seconds] = pattern.exec(await locator.innerText()) ?? [];
    return Number(minutes) * 60 + Number(seconds);
  }
}
