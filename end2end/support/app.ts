import { execFileSync, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** Variables of the app's environment beside the fixed ones. */
export type Settings = Record<string, string>;

/** A running app with the phone simulator beside it. */
export interface App {
  readonly origin: string;
  readonly simulator: string;
  /** Runs one of the operators' commands on this app's data; what it printed. */
  command(args: string[], input?: string): string;
  stop(): Promise<void>;
}

const HERE = path.dirname(fileURLToPath(import.meta.url));

function binary(): string {
  const named = process.env['SALLYPORT_BINARY'] ?? '../target/release/sallyport';
  return path.resolve(HERE, '..', named);
}

/** Starts an app of its own: free ports, an empty database, nothing of the caller's settings. */
export async function start(settings: Settings): Promise<App> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'sallyport-'));
  const env = {
    SALLYPORT_LISTEN: '127.0.0.1:0',
    SALLYPORT_SIMULATOR_LISTEN: '127.0.0.1:0',
    SALLYPORT_SIMULATOR_SMTP_LISTEN: '127.0.0.1:0',
    SALLYPORT_DATA_DIR: folder,
    ...settings,
  };
  const command = (args: string[], input = ''): string =>
    execFileSync(binary(), args, { cwd: folder, env, input, encoding: 'utf8' });
  const program = spawn(binary(), ['serve'], {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<void>((resolve) => {
    program.once('exit', () => resolve());
    program.once('error', () => resolve());
  });

  let log = '';
  program.stderr.on('data', (text: Buffer) => {
    log = (log + text.toString()).slice(-4_000);
  });
  const stop = async (): Promise<void> => {
    // Nothing of it is kept, so there is nothing to finish either.
    program.kill('SIGKILL');
    await ended;
    await rm(folder, { recursive: true, force: true });
  };

  const addresses = new Promise<[string, string]>((resolve, reject) => {
    let app: string | undefined;
    createInterface(program.stdout).on('line', (line) => {
      app ??= /^Sallyport is listening on (\S+)/.exec(line)?.[1];
      const simulator = /^Phone simulator is listening on (\S+)/.exec(line)?.[1];
      if (app !== undefined && simulator !== undefined) resolve([app, simulator]);
    });
    program.once('error', reject);
    void ended.then(() => reject(new Error(`the app ended before it listened:\n${log}`)));
  });
  try {
    const [origin, simulator] = await addresses;
    return { origin, simulator, command, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
