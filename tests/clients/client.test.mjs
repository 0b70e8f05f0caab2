// The client in JavaScript against a mock: segmind-mock exec --timing instant -- node --test client.test.mjs
//
// Every test has a key of its own, and with it an account that no other test sees.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";

const { SEGMIND_MOCK_URL: mock, SEGMIND_OUT: out } = process.env;
assert.ok(mock && out, "run this through: segmind-mock exec -- node --test");

const CLIENT = fileURLToPath(new URL("client.mjs", import.meta.url));
const KITCHEN = { image: "https://segmind.com/kitchen.jpg" };
const SUBMIT = { operation: "submit" };

let worlds = 0;

class World {
  static async fresh() {
    const world = new World();
    world.key = `SG_0de0${String(++worlds).padStart(12, "0")}`;
    world.out = await mkdtemp(join(out, "node-"));
    return world;
  }

  // Exit code and output of the client, run for one call.
  run({ slug = "sam-img2img", body = KITCHEN, ...variables } = {}) {
    const env = { ...process.env, SEGMIND_API_KEY: this.key, SEGMIND_OUT: this.out, SEGMIND_INTERVAL: "0.02", ...variables };
    const child = spawn(process.execPath, [CLIENT, slug, JSON.stringify(body)], { env });
    const seen = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"]) child[name].setEncoding("utf8").on("data", (more) => (seen[name] += more));
    return new Promise((resolve) => child.on("close", (code) => resolve({ code, ...seen })));
  }

  async control(method, path, body) {
    const answer = await fetch(`${mock}/_mock/${path}`, { method, body: JSON.stringify(body) });
    const told = await answer.json();
    assert.ok(answer.ok || path === "verify", JSON.stringify(told));
    return told;
  }

  account = (changes) => this.control("PUT", `accounts/${this.key}`, changes);

  play(scenario) {
    const whole = Array.isArray(scenario) ? { scenario: "test", rules: scenario } : scenario;
    const named = typeof scenario === "string" ? { scenario } : whole;
    return this.control("PUT", `scenario?account=${this.key}`, named);
  }

  async verify(demand) {
    const verdict = await this.control("POST", "verify", { account: this.key, ...demand });
    assert.ok(verdict.holds, JSON.stringify(verdict, null, 2));
  }

  async pictures() {
    return (await readdir(this.out)).sort();
  }
}

const stories = [];
const check = (name, story) => stories.push([name, story]);

check("a picture is saved whole, and its path told", async (world) => {
  const done = await world.run();
  assert.deepEqual([done.code, done.stderr], [0, ""]);
  const content = await readFile(done.stdout.trim());
  assert.equal(content.toString("latin1", 1, 4), "PNG");
  assert.equal((await world.pictures()).length, 1);
  await world.verify({ operation: "submit", count: 1 });
});

check("every picture of a call is saved", async (world) => {
  const body = { image_url: KITCHEN.image, target_sizes: ["64x64", "96x64", "32x64"] };
  const done = await world.run({ slug: "smart-banner-resizer", body });
  assert.equal(done.code, 0, done.stderr);
  assert.equal((await world.pictures()).length, 3);
  assert.equal(done.stdout.trim().split("\n").length, 3);
});

check("it polls with a pause until the job has ended", async (world) => {
  await world.play([{ match: SUBMIT, do: { job: { queue: 0.1, run: 0.1 } } }]);
  assert.equal((await world.run()).code, 0);
  await world.verify({ operation: "status", at_least: 2, spacing: { at_least: 0.018, by: "real" } });
  await world.verify({ operation: "result", count: 1, state: "COMPLETED" });
});

check("a job that failed is told with the service's text", async (world) => {
  const body = { ...KITCHEN, prompt: "mock:fail" };
  const done = await world.run({ slug: "sd1.5-img2img", body });
  assert.deepEqual([done.code, done.stdout], [1, ""]);
  assert.match(done.stderr, /the job failed: Failed while returning the output \(422\)/);
  await world.verify({ operation: "submit", count: 1 });
  await world.verify({ operation: "result", count: 0 });
});

check("without credits it says so, and does not ask again", async (world) => {
  await world.account({ credits: 0 });
  const done = await world.run();
  assert.deepEqual([done.code, done.stdout], [1, ""]);
  assert.match(done.stderr, /no credits: Insufficient credits/);
  await world.verify({ operation: "submit", count: 1, status: 406 });
});

check("a record that has expired is gone", async (world) => {
  await world.play("expired-early");
  const done = await world.run();
  assert.equal(done.code, 1);
  assert.match(done.stderr, /^gone: /);
  await world.verify({ operation: "submit", count: 1 });
});

check("a submit that got a 502 is sent again, one that got a 200 is not", async (world) => {
  await world.play("wobbly-gateway");
  assert.equal((await world.run()).code, 0);
  await world.verify({ operation: "submit", count: 3 });
  await world.verify({ operation: "submit", count: 1, status: 200 });
});

check("it does not try for ever", async (world) => {
  await world.play([{ match: SUBMIT, do: { error: 502 } }]);
  const done = await world.run();
  assert.equal(done.code, 1);
  assert.match(done.stderr, /no use after 5 attempts: .*\(502\)/);
  await world.verify({ operation: "submit", count: 5 });
});

check("after a 429 it waits for the limit to pass", async (world) => {
  await world.play([{ match: SUBMIT, when: { first: 1 }, do: { error: { code: 429, reset_in: 1 } } }]);
  assert.equal((await world.run()).code, 0);
  await world.verify({ operation: "submit", count: 2, spacing: { at_least: 0.5, by: "real", per: "account" } });
  await world.verify({ operation: "submit", count: 1, status: 200 });
});

check("a result behind a bad gateway is asked for again, and not paid for again", async (world) => {
  await world.play([{ match: { operation: "result" }, when: { first: 3 }, do: { error: 502 } }]);
  assert.equal((await world.run()).code, 0);
  await world.verify({ operation: "submit", count: 1 });
  await world.verify({ operation: "result", count: 4 });
});

check("a poll that breaks off is repeated", async (world) => {
  await world.play([{ match: { operation: "status" }, when: { first: 2 }, do: { reset: "before" } }]);
  assert.equal((await world.run()).code, 0);
  await world.verify({ operation: "submit", count: 1 });
});

check("a submit whose answer is lost is not sent again", async (world) => {
  await world.play("lost-answer");
  const done = await world.run();
  assert.equal(done.code, 1);
  assert.match(done.stderr, /may have been accepted/);
  await world.verify({ operation: "submit", count: 1 });
});

check("a picture that was cut off is fetched again", async (world) => {
  await world.play([{ match: { operation: "file" }, when: { first: 2 }, do: { cut: 0.5 } }]);
  const done = await world.run();
  assert.equal(done.code, 0, done.stderr);
  assert.equal((await world.pictures()).length, 1);
});

check("a picture that was cut off, and does not say so, is fetched again", async (world) => {
  await world.play("cut-file");
  const done = await world.run();
  assert.equal(done.code, 0, done.stderr);
  await world.verify({ operation: "file", count: 2 });
});

check("a picture that never arrives whole is not saved", async (world) => {
  await world.play([{ match: { operation: "file" }, do: { truncate: 0.5 } }]);
  const done = await world.run();
  assert.equal(done.code, 1);
  assert.match(done.stderr, /bytes there are/);
  assert.deepEqual(await world.pictures(), []);
});

check("a job that does not end is given up at the deadline", async (world) => {
  await world.play([{ match: SUBMIT, do: { job: { stuck: "QUEUED" } } }]);
  const done = await world.run({ SEGMIND_DEADLINE: "0.3" });
  assert.equal(done.code, 1);
  assert.match(done.stderr, /did not end before the deadline/);
});

check("a key that is refused is told", async (world) => {
  await world.account({ status: "invalid" });
  const done = await world.run();
  assert.equal(done.code, 1);
  assert.match(done.stderr, /\(401\)/);
});

describe("client.mjs", { concurrency: 3 }, () => {
  for (const [name, story] of stories) it(name, async () => story(await World.fresh()));
});
