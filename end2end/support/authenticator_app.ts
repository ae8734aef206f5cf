import { createHmac } from 'node:crypto';

import type { Simulator } from './simulator.ts';

const STEP_SECS = 30;
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
    const step = Buffer.alloc(8);
    step.writeBigInt64BE(BigInt(Math.floor((await this.simulator.now()) / 1_000 / STEP_SECS)));
    const digest = createHmac('sha1', this.#secret).update(step).digest();
    const offset = digest.readUInt8(19) & 15;
    const number = digest.readUInt32BE(offset) & 0x7fff_ffff;
    return String(number % 1_000_000).padStart(6, '0');
  }

  /** Returns six digits that differ from the current code in every position. */
  async wrongCode(): Promise<string> {
    return [...(await this.code())].map((digit) => (digit === '7' ? '3' : '7')).join('');
  }
}
