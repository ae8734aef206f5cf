import { createHmac } from 'node:crypto';

import type { Simulator } from './simulator.ts';

const STEP_SECS = 30;
/** Number of steps before and after the current one whose codes are not wrong codes. The app recognises 20 of them. */
const RECOGNISED_STEPS = 25;
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** An authenticator app that holds one key and uses the clock of the app under test (RFC 6238). */
export class AuthenticatorApp {
  readonly #secret: Buffer;

  constructor(
    readonly key: string,
    readonly simulator: Simulator,
  ) {
    const bits = [...key]
      .map((letter) => BASE32.indexOf(letter).toString(2).padStart(5, '0'))
      .join('');
    const bytes = bits.match(/.{8}/g) ?? [];
    this.#secret = Buffer.from(bytes.map((byte) => parseInt(byte, 2)));
  }

  /** Returns the code of the current 30 seconds. */
  async code(): Promise<string> {
    return this.#codeOf(await this.#currentStep());
  }

  /**
   * Returns six digits that differ from the current code in every position. They are not the code of another step near
   * the current one, for which the app shows another message.
   */
  async wrongCode(): Promise<string> {
    const step = await this.#currentStep();
    const codes = new Set<string>();
    for (let offset = -RECOGNISED_STEPS; offset <= RECOGNISED_STEPS; offset += 1) codes.add(this.#codeOf(step + offset));
    const digits = [...this.#codeOf(step)].map(Number);
    for (let shift = 1; shift < 10; shift += 1) {
      const code = digits.map((digit) => (digit + shift) % 10).join('');
      if (!codes.has(code)) return code;
    }
    throw new Error('each shifted code is the code of another step');
  }

  async #currentStep(): Promise<number> {
    return Math.floor((await this.simulator.now()) / 1_000 / STEP_SECS);
  }

  /** Returns the code of a step, counted from 1970. */
  #codeOf(step: number): string {
    const counter = Buffer.alloc(8);
    counter.writeBigInt64BE(BigInt(step));
    const digest = createHmac('sha1', this.#secret).update(counter).digest();
    const offset = digest.readUInt8(19) & 15;
    const number = digest.readUInt32BE(offset) & 0x7fff_ffff;
    return String(number % 1_000_000).padStart(6, '0');
  }
}
