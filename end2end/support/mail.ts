import { expect } from '@playwright/test';

import type { Simulator } from './simulator.ts';

/** Waits for a mail to `address` whose text matches, and returns the first group of the match. */
export async function readFromMail(
  simulator: Simulator,
  address: string,
  pattern: RegExp,
): Promise<string> {
  let found = '';
  await expect(async () => {
    const query = new URLSearchParams({ to: address });
    const response = await fetch(`${simulator.origin}/_simulator/mails?${query}`);
    const mails = (await response.json()) as { text: string }[];
    found = mails.map((mail) => pattern.exec(mail.text)?.[1]).find(Boolean) ?? '';
    expect(found).not.toBe('');
  }).toPass();
  return found;
}

/** Waits for a mail to `address` with a code that confirms the address, and returns the code. */
export async function readCodeFromMail(simulator: Simulator, address: string): Promise<string> {
  return readFromMail(simulator, address, /Your code:\s+(\d{6})/);
}
