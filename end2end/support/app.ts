import { execFileSync, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** Environment variables of the app in addition to the fixed ones of `startApp`. */
export type Settings = Record<string, string>;

/** A running app, and the phone simulator that receives the app's messages. */
export interface App {
  readonly origin: string;
  /** Origin of the phone simulator. */
  readonly simulator: string;
  /** Runs an operator command on this app's data and returns its output. */
  runCommand(args: string[], input?: string): string;
  stop(): Promise<void>;
}

const HERE = path.dirname(fileURLToPath(import.meta.url));

/** Returns the path of the server under test: `SALLYPORT_BINARY`, relative to `end2end/`, or the release build. */
function findBinary(): string {
  const file = process.env['SALLYPORT_BINARY'] ?? '../target/release/sallyport';
  return path.resolve(HERE, '..', file);
}

/** Starts an app on free ports with an empty database. It does not inherit environment variables. */
export async function startApp(settings: Settings): Promise<App> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'sallyport-'));
  const env = {
    SALLYPORT_LISTEN: '127.0.0.1:0',
    SALLYPORT_SIMULATOR_LISTEN: '127.0.0.1:0',
    SALLYPORT_SIMULATOR_SMTP_LISTEN: '127.0.0.1:0',
    SALLYPORT_DATA_DIR: folder,
    // The default of production; the default of development is 0.
    SALLYPORT_LIMIT_COOLING_HOURS: '24',
    ...settings,
  };
  const runCommand = (args: string[], input = ''): string =>
    execFileSync(findBinary(), args, { cwd: folder, env, input, encoding: 'utf8' });
  const server = spawn(findBinary(), ['serve'], {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = new Promise<void>((resolve) => {
    server.once('exit', () => resolve());
    server.once('error', () => resolve());
  });

  let log = '';
  let panic = '';
  server.stderr.on('data', (text: Buffer) => {
    log = (log + text.toString()).slice(-4_000);
    // A panic of a background task changes no page. The end of the log can leave it out.
    if (panic === '' && log.includes('panicked at')) panic = log;
  });
  const stop = async (): Promise<void> => {
    // The data is deleted, so a graceful shutdown would only cost time.
    server.kill('SIGKILL');
    await exited;
    await rm(folder, { recursive: true, force: true });
    if (panic !== '') throw new Error(`the server panicked:\n${panic}`);
  };

  const addresses = new Promise<[string, string]>((resolve, reject) => {
    let app: string | undefined;
    createInterface(server.stdout).on('line', (line) => {
      app ??= /^Sallyport is listening on (\S+)/.exec(line)?.[1];
      const simulator = /^Phone simulator is listening on (\S+)/.exec(line)?.[1];
      if (app !== undefined && simulator !== undefined) resolve([app, simulator]);
    });
    server.once('error', reject);
    void exited.then(() => reject(new Error(`the server exited before it listened:\n${log}`)));
  });
  try {
    const [origin, simulator] = await addresses;
    return { origin, simulator, runCommand, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
