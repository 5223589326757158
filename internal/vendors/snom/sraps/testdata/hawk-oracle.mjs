// Answers questions about Hawk with its reference implementation, one JSON
// object a line in, one out. hawk_oracle_test.go asks them. Started with the
// folder that holds node_modules as its only argument.
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import path from 'node:path';

const Hawk = createRequire(path.join(path.resolve(process.argv[2]), 'package.json'))('hawk');

const credentials = (q) => ({ id: q.id, key: q.key, algorithm: 'sha256' });

const questions = {
  // What the reference client sends.
  header(q) {
    const { header } = Hawk.client.header(q.url, q.method, {
      credentials: credentials(q), timestamp: q.ts, nonce: q.nonce, ext: q.ext || undefined,
      payload: q.payload || undefined, contentType: q.contentType,
    });
    return { header };
  },
  // Whether the reference server takes a request, and how it signs its answer.
  async authenticate(q) {
    const url = new URL(q.url);
    const request = {
      method: q.method, url: q.target, connection: { encrypted: url.protocol === 'https:' },
      headers: { host: url.host, authorization: q.authorization, 'content-type': q.contentType },
    };
    const { artifacts } = await Hawk.server.authenticate(request, async (id) => (id === q.id ? credentials(q) : null), {
      payload: q.payload || undefined,
      timestampSkewSec: q.skew,
    });
    const answer = Hawk.server.header(credentials(q), artifacts, {
      payload: q.answer, contentType: q.answerType, ext: q.answerExt || undefined,
    });
    return { header: answer };
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const q = JSON.parse(line);
  let out;
  try {
    out = await questions[q.ask](q);
  } catch (e) {
    out = { error: e.message, challenge: e.output?.headers?.['WWW-Authenticate'] };
  }
  process.stdout.write(JSON.stringify(out) + '\n');
}
