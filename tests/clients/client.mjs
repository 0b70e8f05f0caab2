// A small, careful client of the queue in JavaScript: Node 18 or newer, no packages.
//
//   node client.mjs SLUG '{"image": "https://…"}'
//
// It submits, polls until the job has ended, and saves the pictures in $SEGMIND_OUT, whose paths it prints.
// SEGMIND_BASE_URL (ends in /v1) and SEGMIND_API_KEY say where and who; SEGMIND_INTERVAL (seconds, 1) is how often it
// asks, SEGMIND_DEADLINE (seconds) when it gives up. What goes wrong is told on stderr, with exit code 1.

import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

const ATTEMPTS = 5;
const LONGEST_PAUSE = 60;
const PATIENCE = 30_000; // milliseconds for one exchange

class Trouble extends Error {}

class Client {
  constructor({ base, key, out, interval, deadline }) {
    this.root = base.replace(/\/v1\/?$/, "");
    this.key = key;
    this.out = out;
    this.interval = interval;
    this.until = performance.now() + deadline * 1000;
  }

  async generate(slug, body) {
    const id = await this.submit(slug, body);
    await this.ended(id);
    const result = await this.ask(`/v2/requests/${id}`);
    return Promise.all((result.images ?? []).map((image, number) => this.save(image, `${id}-${number + 1}`)));
  }

  // Every submit that is accepted is paid for: it is repeated only if the service said that it did not take it.
  async submit(slug, body) {
    const accepted = await this.ask(`/v2/${encodeURIComponent(slug)}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    if (!/^[\w-]+$/.test(accepted.request_id ?? "")) throw new Trouble("the submit was accepted, but without an id");
    return accepted.request_id;
  }

  async ended(id) {
    for (;;) {
      const { status } = await this.ask(`/v2/requests/${id}/status`);
      if (status === "COMPLETED") return;
      await this.wait(this.interval);
    }
  }

  // The JSON of an answer; a 429, a 502 or, where it is safe, a broken connection is met by asking again later.
  async ask(path, options = {}) {
    const headers = { ...options.headers, "x-api-key": this.key };
    const answer = await this.again(options.method !== "POST", () =>
      fetched(`${this.root}${path}`, { ...options, headers }, "text"),
    );
    return judged(answer);
  }

  async save({ url, file_size: size }, name) {
    // Without the key: whoever has the URL has the file.
    const answer = await this.again(true, async () => {
      const file = await fetched(url, {}, "arrayBuffer");
      // A file that was cut off may have a true Content-Length: only the result tells how large it is.
      const whole = file.status !== 200 || !size || file.body.byteLength === Number(size);
      return whole ? file : { status: 0, body: `of the picture's ${size} bytes there are ${file.body.byteLength}` };
    });
    if (answer.status !== 200) throw new Trouble(`the picture cannot be had: ${answer.status}`);
    const [kind, format] = answer.type.split(/[/;]/);
    if (kind !== "image") throw new Trouble(`the picture is none, but ${answer.type}`);
    const path = join(this.out, `${name}.${format === "jpeg" ? "jpg" : format}`);
    await mkdir(this.out, { recursive: true });
    await writeFile(`${path}.part`, Buffer.from(answer.body));
    await rename(`${path}.part`, path);
    return path;
  }

  async again(repeatable, exchange) {
    for (let attempt = 1; ; attempt++) {
      const answer = await exchange().catch((error) => {
        const refused = error.cause?.code === "ECONNREFUSED";
        if (!repeatable && !refused) throw new Trouble(`the submit broke off, and may have been accepted: ${why(error)}`);
        return { status: 0, type: "", body: why(error) };
      });
      if (![0, 429, 502].includes(answer.status)) return answer;
      if (attempt === ATTEMPTS) throw new Trouble(`no use after ${ATTEMPTS} attempts: ${told(answer)}`);
      await this.wait(Math.max(this.interval * 2 ** (attempt - 1), answer.reset ?? 0));
    }
  }

  async wait(seconds) {
    const milliseconds = Math.min(seconds, LONGEST_PAUSE) * 1000;
    if (performance.now() + milliseconds > this.until) throw new Trouble("the job did not end before the deadline");
    await pause(milliseconds);
  }
}

// One exchange, with its whole body: to have the head of an answer is not to have the answer.
async function fetched(url, options, form) {
  const answer = await fetch(url, { ...options, signal: AbortSignal.timeout(PATIENCE) });
  const reset = (Date.parse(answer.headers.get("x-rate-limit-reset-at-utc") ?? "") - Date.now()) / 1000;
  return {
    status: answer.status,
    type: answer.headers.get("content-type") ?? "",
    reset: answer.status === 429 && reset > 0 ? reset : 0,
    body: await answer[form](),
  };
}

function judged(answer) {
  const { status } = answer;
  if (status === 406) throw new Trouble(`no credits: ${told(answer)}`);
  if (status === 404) throw new Trouble(`gone: ${told(answer)}`);
  const body = parsed(answer);
  if (body?.status === "FAILED") throw new Trouble(`the job failed: ${told(answer)}`);
  if (status < 200 || status > 299 || body === null) throw new Trouble(told(answer));
  return body;
}

function parsed({ body }) {
  try {
    const value = JSON.parse(body);
    return typeof value === "object" ? value : null;
  } catch {
    return null;
  }
}

function told(answer) {
  const error = parsed(answer)?.error;
  const text = typeof error === "string" ? error : String(answer.body).slice(0, 200);
  return answer.status ? `${text} (${answer.status})` : text;
}

const why = (error) => error.cause?.message ?? error.message;

const {
  SEGMIND_BASE_URL: base,
  SEGMIND_API_KEY: key,
  SEGMIND_OUT: out = ".",
  SEGMIND_INTERVAL: interval = "1",
  SEGMIND_DEADLINE: deadline = "600",
} = process.env;
const [slug, body = "{}"] = process.argv.slice(2);
try {
  if (!base || !key || !slug) throw new Trouble("SEGMIND_BASE_URL, SEGMIND_API_KEY and a model's slug are needed");
  const client = new Client({ base, key, out, interval: Number(interval), deadline: Number(deadline) });
  for (const path of await client.generate(slug, JSON.parse(body))) console.log(path);
} catch (error) {
  console.error(error instanceof Trouble ? error.message : error);
  process.exitCode = 1;
}
