import { randomInt } from 'node:crypto';

/** Somebody with a name, a phone, and things only they know. */
export interface Person {
  fullName: string;
  username: string;
  email: string;
  password: string;
  /** As people here write it. */
  phone: string;
  /** As the provider knows it. */
  e164: string;
  /** As the pages show it. */
  masked: string;
}

const met = new Set<number>();

/** Somebody nobody has met before. Apps are not shared between workers, so a worker's memory is enough. */
export function somebodyNew(): Person {
  let number: number;
  do {
    number = randomInt(1_000, 10_000);
  } while (met.has(number));
  met.add(number);
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
