import { createHash } from 'node:crypto';

interface Challenge {
  parameters: {
    cost: number;
    keyLength: number;
    keyPrefix: string;
    nonce: string;
    salt: string;
  };
}

/** Solves a CAPTCHA challenge. Independent of the app's solver, so that both must agree. */
export function solveChallenge(json: string): string {
  const { cost, keyLength, keyPrefix, nonce, salt } = (JSON.parse(json) as Challenge).parameters;
  const head = Buffer.from(salt + nonce, 'hex');
  const count = Buffer.alloc(4);
  for (let counter = 0; ; counter++) {
    count.writeUInt32BE(counter);
    let key = sha256(Buffer.concat([head, count]));
    for (let round = 1; round < cost; round++) key = sha256(key);
    const derivedKey = key.subarray(0, keyLength).toString('hex');
    if (derivedKey.startsWith(keyPrefix)) {
      const solution = JSON.stringify({ counter, derivedKey });
      return Buffer.from(`{"challenge":${json},"solution":${solution}}`).toString('base64');
    }
  }
}

const sha256 = (bytes: Buffer): Buffer => createHash('sha256').update(bytes).digest();
