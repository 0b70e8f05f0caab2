// Calls of Node's fetch, one after another: each line of the input is a call, each line of the output what came of it.
import { createInterface } from "node:readline";

async function called({ url, method, headers, body, patience, redirect }) {
  const told = { end: "", status: null, headers: {}, body: "" };
  const pieces = [];
  try {
    const answer = await fetch(url, {
      method,
      headers,
      redirect,
      body: body === null ? undefined : Buffer.from(body, "base64").toString(),
      signal: AbortSignal.timeout(patience),
    });
    told.status = answer.status;
    told.headers = Object.fromEntries(answer.headers);
    if (answer.body !== null) {
      for await (const piece of answer.body) pieces.push(piece);
    }
  } catch (error) {
    told.end = error.name === "TimeoutError" ? error.name : (error.cause?.code ?? error.cause?.message ?? error.message);
  }
  told.body = Buffer.concat(pieces).toString("base64");
  return told;
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(JSON.stringify(await called(JSON.parse(line))) + "\n");
}
