import { randomInt } from 'node:crypto';

/** Personal data of one test user. */
export interface User {
  fullName: string;
  username: string;
  email: string;
  password: string;
  /** The phone number as a user in the United States types it. */
  phone: string;
  /** The phone number as the provider receives it (E.164). */
  e164: string;
  /** The phone number as the pages show it. */
  masked: string;
}

const usedNumbers = new Set<number>();

/**
 * Generates a user whose name, email address and phone number are unique within this worker.
 * Each worker has its own app, so uniqueness within the worker is enough.
 */
export function generateUser(): User {
  let number: number;
  do {
    number = randomInt(1_000, 10_000);
  } while (usedNumbers.has(number));
  usedNumbers.add(number);
  const username = `ann.${number}`;
  return {
    fullName: 'Ann Example',
    username,
    email: `${username}@example.com`,
    password: 'correct horse battery staple',
    phone: `(415) 555-${number}`,
    e164: `+1415555${number}`,
    masked: `(***) ***-${number}`,
  };
}

/** Returns a pattern for the phone number of a user in international form, with any separators between the groups. */
export const numberPattern = ({ e164 }: Pick<User, 'e164'>): RegExp =>
  new RegExp(`^\\+${[...e164.slice(1)].join('\\D*')}$`);
