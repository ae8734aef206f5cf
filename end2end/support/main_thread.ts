import type { Browser, Page } from '@playwright/test';

interface TraceEvent {
  name: string;
  pid: number;
  tid: number;
  /** Processor time in microseconds. Excludes the time of other processes. */
  tdur?: number;
  args: { name?: string };
}

/** Returns the processor time of each main-thread task during `action`, in milliseconds. */
export async function taskTimesDuring(
  browser: Browser,
  page: Page,
  action: () => Promise<void>,
): Promise<number[]> {
  const categories = ['disabled-by-default-devtools.timeline', '__metadata'];
  await browser.startTracing(page, { categories });
  await action();
  const trace = JSON.parse((await browser.stopTracing()).toString()) as {
    traceEvents: TraceEvent[];
  };
  const thread = ({ pid, tid }: TraceEvent): string => `${pid}/${tid}`;
  const main = new Set(
    trace.traceEvents
      .filter((event) => event.name === 'thread_name' && event.args.name === 'CrRendererMain')
      .map(thread),
  );
  return trace.traceEvents
    .filter((event) => event.name === 'RunTask' && main.has(thread(event)))
    .map((event) => (event.tdur ?? 0) / 1_000);
}
