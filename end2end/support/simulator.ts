/** One call the provider received. */
export interface Call {
  operation: 'create' | 'check' | 'update' | 'fetch' | 'message' | 'unknown';
  params: Record<string, string>;
  status: number | null;
  verification: string | null;
}

export interface Message {
  to: string;
  body: string;
  /** Null in a message that is no verification's, such as a notice. */
  code: string | null;
  verification: string | null;
}

/** What goes wrong with the next provider calls. */
export interface Fault {
  on: 'create' | 'check' | 'update' | 'any';
  kind: 'delay' | 'drop_before' | 'drop_after' | 'status' | 'stall';
  times?: number;
  status?: number;
  delay_ms?: number;
}

/** The simulated provider's controls, and with them everybody's phone. */
export class Simulator {
  constructor(readonly origin: string) {}

  /** All messages to a number, the first of them waited for. */
  async messages(to: string): Promise<Message[]> {
    const query = new URLSearchParams({ to, wait: '10' });
    return this.#json<Message[]>(`messages?${query}`);
  }

  /** The code on this number's screen. */
  async code(to: string): Promise<string> {
    const codes = (await this.messages(to)).flatMap((message) => message.code ?? []);
    const newest = codes.at(-1);
    if (newest === undefined) throw new Error(`no code came to ${to}`);
    return newest;
  }

  /** A code of the right shape that is not the one sent. */
  async wrongCode(to: string, salt = 1): Promise<string> {
    const code = await this.code(to);
    const other = (Number(code) + salt) % 10 ** code.length;
    return String(other).padStart(code.length, '0');
  }

  /** Moves the time of the provider and of the app, which follows it. */
  async advance(secs: number): Promise<void> {
    await this.#json('clock', 'POST', { advance_secs: secs });
  }

  /** Its time and the app's, in milliseconds since 1970. */
  async now(): Promise<number> {
    const { now } = await this.#json<{ now: string }>('clock');
    return Date.parse(now);
  }

  async fail(...faults: Fault[]): Promise<void> {
    await this.#json('faults', 'PUT', faults);
  }

  async heal(): Promise<void> {
    await fetch(`${this.origin}/_simulator/faults`, { method: 'DELETE' });
  }

  /** The calls about a number: those that name it, and those about its verifications. */
  async calls(to: string): Promise<Call[]> {
    const all = await this.#json<Call[]>('ledger');
    const its = new Set(
      all.filter((call) => call.params['To'] === to).map((call) => call.verification),
    );
    its.delete(null);
    return all.filter((call) => call.params['To'] === to || its.has(call.verification));
  }

  /** How many messages the provider was asked to send to a number. */
  async sends(to: string): Promise<number> {
    return (await this.calls(to)).filter((call) => call.operation === 'create').length;
  }

  /** How many of a number's verifications were cancelled. */
  async cancellations(to: string): Promise<number> {
    const calls = await this.calls(to);
    return calls.filter((call) => call.params['Status'] === 'canceled').length;
  }

  async #json<T>(path: string, method = 'GET', body?: unknown): Promise<T> {
    const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
    const answer = await fetch(`${this.origin}/_simulator/${path}`, init);
    if (!answer.ok) throw new Error(`${method} ${path}: ${await answer.text()}`);
    return (await answer.json()) as T;
  }
}
