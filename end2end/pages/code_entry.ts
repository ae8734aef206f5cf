import { type Locator, type Page, expect } from '@playwright/test';

/** The sentences product.md fixes to the letter. */
export const TEXT = {
  invalid: (left: number): string => `Invalid code. ${left} attempts remaining.`,
  expired: 'Code expired. Click Resend to get a new code.',
  tooMany: 'Too many attempts. Please start the login process again.',
  couldNotVerify: 'Could not verify. Check your connection and try again.',
};

/** The code entry, the same in every flow. */
export class CodeEntry {
  readonly input: Locator;
  readonly boxes: Locator;
  readonly validate: Locator;
  readonly resend: Locator;
  readonly resendWait: Locator;
  readonly countdown: Locator;
  readonly announcement: Locator;
  readonly anotherMethod: Locator;
  readonly callInstead: Locator;
  readonly differentNumber: Locator;
  readonly cancel: Locator;
  readonly startAgain: Locator;

  constructor(readonly page: Page) {
    this.input = page.getByLabel('One-time code');
    this.boxes = page.locator('.boxes .box');
    this.validate = page.getByRole('button', { name: /^(Validate|Verify OTP)$/ });
    this.resend = page.getByRole('button', { name: 'Resend' });
    this.resendWait = page.getByText(/^in \d+ s$/);
    this.countdown = page.getByText(/^Code expires in \d+:\d\d$/);
    this.announcement = page.getByRole('status');
    this.anotherMethod = page.getByRole('button', { name: 'Use another method' });
    this.callInstead = page.getByRole('button', { name: 'Call me instead' });
    this.differentNumber = page.getByRole('button', { name: 'Use a different number' });
    this.cancel = page.getByRole('button', { name: 'Cancel' });
    this.startAgain = page.getByRole('link', { name: 'Start again' });
  }

  /** Until the script runs the boxes are hidden and the field is an ordinary one. */
  async ready(): Promise<void> {
    await expect(this.boxes.first()).toBeVisible();
  }

  /** Types digit by digit; the last one submits. */
  async enter(code: string): Promise<void> {
    await this.ready();
    await this.input.pressSequentially(code);
  }

  async paste(text: string): Promise<void> {
    await this.ready();
    await this.input.evaluate((input, text) => {
      const clipboardData = new DataTransfer();
      clipboardData.setData('text', text);
      const paste = { clipboardData, bubbles: true, cancelable: true };
      input.dispatchEvent(new ClipboardEvent('paste', paste));
    }, text);
  }

  async says(text: string): Promise<void> {
    await expect(this.page.getByText(text, { exact: true })).toBeVisible();
  }

  /** What the countdown shows, in seconds. */
  async secondsLeft(): Promise<number> {
    return this.#number(this.countdown, /(\d+):(\d\d)/);
  }

  /** What the wait beside "Resend" shows. */
  async secondsToResend(): Promise<number> {
    return this.#number(this.resendWait, /()(\d+)/);
  }

  /** The field holds the keyboard, its content marked: the next digit replaces it. */
  async isReadyForTheNextTry(): Promise<void> {
    await expect(this.input).toBeFocused();
    await expect
      .poll(() =>
        this.input.evaluate((input: HTMLInputElement) =>
          input.value.slice(input.selectionStart ?? 0, input.selectionEnd ?? 0),
        ),
      )
      .toBe(await this.input.inputValue());
  }

  /** As when the person comes back to the tab: the page asks the server where things stand. */
  async comeBack(): Promise<void> {
    const asked = this.page.waitForResponse(/\/api\/verification\/entry$/);
    await this.page.evaluate(() => {
      document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
    });
    await asked;
  }

  async #number(of: Locator, pattern: RegExp): Promise<number> {
    const [, minutes, seconds] = pattern.exec(await of.innerText()) ?? [];
    return Number(minutes) * 60 + Number(seconds);
  }
}
