/** One call that the simulated provider received. */
export interface Call {
  operation: 'create' | 'check' | 'update' | 'fetch' | 'message' | 'unknown';
  params: Record<string, string>;
  status: number | null;
  verification: string | null;
}

/** One text message or voice call that the simulated provider delivered. */
export interface Message {
  /** Number of the message. Each message has a larger number than all earlier ones. */
  id: number;
  to: string;
  body: string;
  /** One-time code; null in a message without a code, for example a security notice. */
  code: string | null;
  verification: string | null;
  /** Time of the provider, which is also the time of the app (RFC 3339). */
  sent_at: string;
}

/** An error that the simulator injects into the next provider calls. */
export interface Fault {
  on: 'create' | 'check' | 'update' | 'any';
  kind: 'delay' | 'drop_before' | 'drop_after' | 'status' | 'stall';
  times?: number;
  status?: number;
  delay_ms?: number;
}

/** Maximum time in seconds until a message arrives. */
const MESSAGE_TIMEOUT_SECS = 30;

/** Client of the simulated provider's control interface: clock, faults, messages, received calls. */
export class Simulator {
  constructor(readonly origin: string) {}

  /** Returns all messages to a phone number, oldest first. */
  async messages(to: string): Promise<Message[]> {
    return this.#request<Message[]>(`messages?${new URLSearchParams({ to })}`);
  }

  /**
   * Runs `action` and returns the code that it causes to be sent to the phone number `to`.
   *
   * Waits for a message that arrives after `action` began, so that a test cannot use the code of an earlier
   * step. The simulator offers no other way to read a code.
   */
  async codeSentTo(to: string, action: () => Promise<unknown>): Promise<string> {
    let newestId = (await this.messages(to)).at(-1)?.id ?? 0;
    await action();
    const deadline = Date.now() + MESSAGE_TIMEOUT_SECS * 1_000;
    while (Date.now() < deadline) {
      const query = new URLSearchParams({ to, after: String(newestId), wait: '10' });
      for (const { id, code } of await this.#request<Message[]>(`messages?${query}`)) {
        if (code !== null) return code;
        newestId = id;
      }
    }
    throw new Error(`no code was sent to ${to} within ${MESSAGE_TIMEOUT_SECS} s of the action`);
  }

  /** Advances the clock of the provider, which is also the clock of the app. */
  async advanceClock(secs: number): Promise<void> {
    await this.#request('clock', 'POST', { advance_secs: secs });
  }

  /** Returns the time of the provider and of the app, in milliseconds since 1970. */
  async now(): Promise<number> {
    const { now } = await this.#request<{ now: string }>('clock');
    return Date.parse(now);
  }

  /** Returns the seconds since the newest message to a phone number. */
  async secondsSinceMessage(to: string): Promise<number> {
    const message = (await this.messages(to)).at(-1);
    if (message === undefined) throw new Error(`no message was sent to ${to}`);
    return ((await this.now()) - Date.parse(message.sent_at)) / 1_000;
  }

  /** Makes the next provider calls fail as described. */
  async injectFaults(...faults: Fault[]): Promise<void> {
    await this.#request('faults', 'PUT', faults);
  }

  async clearFaults(): Promise<void> {
    await fetch(`${this.origin}/_simulator/faults`, { method: 'DELETE' });
  }

  /** Returns the provider calls that name a phone number or one of its verifications. */
  async calls(to: string): Promise<Call[]> {
    const calls = await this.#request<Call[]>('ledger');
    const verifications = new Set(
      calls.filter((call) => call.params['To'] === to).map((call) => call.verification),
    );
    verifications.delete(null);
    return calls.filter((call) => call.params['To'] === to || verifications.has(call.verification));
  }

  /** Returns how many messages the provider was asked to send to a phone number. */
  async sendCount(to: string): Promise<number> {
    return (await this.calls(to)).filter((call) => call.operation === 'create').length;
  }

  /** Returns how many verifications of a phone number were cancelled. */
  async cancellationCount(to: string): Promise<number> {
    const calls = await this.calls(to);
    return calls.filter((call) => call.params['Status'] === 'canceled').length;
  }

  async #request<T>(path: string, method = 'GET', body?: unknown): Promise<T> {
    const headers = { 'content-type': 'application/json' };
    const init = body === undefined ? { method } : { method, headers, body: JSON.stringify(body) };
    const response = await fetch(`${this.origin}/_simulator/${path}`, init);
    if (!response.ok) throw new Error(`${method} ${path} failed: ${await response.text()}`);
    return (await response.json()) as T;
  }
}

/** Returns a code of the same length that differs from `code` by `offset`. */
export function wrongCode(code: string, offset = 1): string {
  const other = (Number(code) + offset) % 10 ** code.length;
  return String(other).padStart(code.length, '0');
}
