import { createHash } from 'node:crypto';

import type { Page } from '@playwright/test';

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

/** Holds back the messages of the page to its workers. The returned function delivers them. */
export async function holdWorkers(page: Page): Promise<() => Promise<void>> {
  await page.addInitScript(() => {
    const delivered = new Promise((resolve) => addEventListener('deliver-to-workers', resolve));
    const original = Worker;
    Object.assign(globalThis, {
      Worker: class extends original {
        override postMessage(message: unknown): void {
          void delivered.then(() => super.postMessage(message));
        }
      },
    });
  });
  return async () => {
    await page.evaluate(() => dispatchEvent(new Event('deliver-to-workers')));
  };
}

/** Makes the browser refuse every worker of the page, until the page gets the event `permit-workers`. */
export async function refuseWorkers(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const original = Worker;
    let fails = true;
    addEventListener('permit-workers', () => (fails = false));
    Object.assign(globalThis, {
      Worker: class extends original {
        constructor(url: string) {
          if (fails) throw new Error('Worker refused');
          super(url);
        }
      },
    });
  });
}

const sha256 = (bytes: Buffer): Buffer => createHash('sha256').update(bytes).digest();
