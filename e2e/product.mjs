// The product under test: the built binary with a fresh installation, and the Snom
// simulator beside it. Everything is on loopback and gone with the test.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const binary = fileURLToPath(new URL('../bin/zerotouch', import.meta.url));
const startTimeout = 30_000;

// Variables of the product are not passed on: whoever runs the tests may have set
// them for a server of theirs.
const inherited = Object.fromEntries(['PATH', 'HOME', 'TMPDIR'].filter(n => n in process.env).map(n => [n, process.env[n]]));

export const people = {
  ops: { name: 'ops@example.net', password: 'a long password for tests', role: 'super-admin' },
  guest: { name: 'guest', password: 'another password for tests', role: 'viewer' },
};

// children are what is running now. Whoever ends this process, or it does itself,
// ends them too: nobody else would.
const children = new Set();
process.on('exit', () => children.forEach((c) => c.kill('SIGKILL')));
for (const sig of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(sig, () => process.exit(1));

// startProduct starts simulator and server. latency is that of the simulator:
// with some, there is a middle of things to look at.
export async function startProduct({ latency = '0s' } = {}) {
  if (!existsSync(binary)) throw new Error(`${binary} is missing; run make build first`);
  const dir = await mkdtemp(join(tmpdir(), 'zerotouch-e2e-'));
  const running = [];
  const stop = async () => {
    await Promise.all(running.map(p => p.exitCode === null && (p.kill('SIGKILL'), once(p, 'exit'))));
    await rm(dir, { recursive: true, force: true });
  };
  try {
    return await furnish(dir, running, latency, stop);
  } catch (err) {
    await stop();
    throw err;
  }
}

async function furnish(dir, running, latency, stop) {
  const keyFile = join(dir, 'reseller.secret');
  const sim = await start(running, ['sim', 'snom', '--listen', '127.0.0.1:0', '--control', '127.0.0.1:0', '--key-file', keyFile, '--latency', latency],
    inherited, /Simulated SRAPS: (\S+)\nControl port: (\S+)/);
  const [admin, phone, ops] = await Promise.all([freeAddress(), freeAddress(), freeAddress()]);
  const env = {
    ...inherited, ZEROTOUCH_DATA_DIR: join(dir, 'data'), ZEROTOUCH_INSTALLATION: 'browser-tests',
    ZEROTOUCH_ADMIN_LISTEN: admin, ZEROTOUCH_PHONE_LISTEN: phone, ZEROTOUCH_OPS_LISTEN: ops,
    ZEROTOUCH_PROVISIONING_URL: `http://${phone}`, ZEROTOUCH_SNOM_BASE_URL: sim[1], ZEROTOUCH_SNOM_RATE: '0',
  };
  await start(running, ['serve'], env, /msg=serving/);
  const verb = (input, ...args) => run(env, input, args);
  for (const u of Object.values(people)) await verb(`${u.password}\n`, 'user', 'add', u.name, '--role', u.role);
  const token = (await verb('', 'token', 'add', 'browser-tests')).trim();
  const url = `http://${admin}`;
  return {
    url, stop, snom: new Snom(sim[2]), api: new API(url, token),
    seed: async () => verb(await readFile(keyFile, 'utf8'), 'reseller', 'set', 'snom', '--key-id', 'ck_reseller'),
    unseed: () => verb('', 'reseller', 'remove', 'snom', '--yes'),
  };
}

// startDemo starts `zerotouch demo`, as a newcomer does.
export async function startDemo() {
  const dir = await mkdtemp(join(tmpdir(), 'zerotouch-e2e-'));
  const running = [];
  const stop = async () => {
    await Promise.all(running.map(p => p.exitCode === null && (p.kill('SIGINT'), once(p, 'exit'))));
    await rm(dir, { recursive: true, force: true });
  };
  try {
    const listen = await Promise.all(['admin', 'phone', 'ops', 'desk', 'snom'].map(async n => `--${n}-listen=${await freeAddress()}`));
    const said = await start(running, ['demo', `--data-dir=${join(dir, 'data')}`, ...listen], inherited,
      /Portal +(\S+)[^]*Sign in as +(\S+)\s+Password +(\S+)\s+Demo desk +(\S+)[^]*ZEROTOUCH_TOKEN=(\S+)/);
    const [, url, name, password, desk, token] = said;
    return { url, desk, stop, api: new API(url, token), demo: { name, password } };
  } catch (err) {
    await stop();
    throw err;
  }
}

// start runs the program in the background and gives the match of ready in what it says.
async function start(running, args, env, ready) {
  const child = spawn(binary, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  running.push(child);
  children.add(child);
  child.once('exit', () => children.delete(child));
  let said = '';
  return new Promise((found, failed) => {
    const late = setTimeout(() => failed(new Error(`${args[0]} does not answer\n${said}`)), startTimeout);
    const listen = text => {
      said += text;
      const match = ready.exec(said);
      if (match) { clearTimeout(late); found(match); }
    };
    child.stdout.on('data', listen);
    child.stderr.on('data', listen);
    child.on('exit', code => { clearTimeout(late); failed(new Error(`${args[0]} ended with ${code}\n${said}`)); });
  });
}

// run runs a command of the program to its end and gives what it printed.
function run(env, input, args) {
  return new Promise((done, failed) => {
    const child = execFile(binary, args, { env, timeout: startTimeout }, (err, out, said) => (err ? failed(new Error(`${args.join(' ')}: ${said}`)) : done(out)));
    child.stdin.end(input);
  });
}

// freeAddress: any address in 127.0.0.0/8 is loopback, so one of our own keeps its
// port free until the server takes it.
async function freeAddress() {
  const part = () => 1 + Math.floor(Math.random() * 254);
  const probe = createServer();
  probe.listen(0, `127.${part()}.${part()}.${part()}`);
  await once(probe, 'listening');
  const { address, port } = probe.address();
  probe.close();
  await once(probe, 'close');
  return `${address}:${port}`;
}

// Snom is the vendor's side, by the control port of the simulator.
class Snom {
  constructor(control) { this.control = control; }

  async calls() { return (await (await fetch(`${this.control}/calls`)).json()).calls; }

  // changes are the calls so far that were meant to change something, as METHOD resource.
  async changes() {
    return (await this.calls()).filter(c => c.method !== 'GET').map(c => `${c.method} ${c.resource}`);
  }

  // company is the one that was made for the platform of that name.
  async company(name) {
    const { companies } = await (await fetch(`${this.control}/state`)).json();
    return companies.find(c => c.name.startsWith(`${name} [zt:`));
  }
}

// API is what a test prepares and checks by, beside the browser.
class API {
  constructor(url, token) { this.url = url; this.token = token; }

  // ask sends text as a file of phones, and anything else as JSON.
  async ask(method, path, body) {
    const file = typeof body === 'string';
    const headers = { Authorization: `Bearer ${this.token}`, 'Content-Type': file ? 'text/csv' : 'application/json' };
    const r = await fetch(`${this.url}/api/v1${path}`, { method, headers, body: file ? body : body && JSON.stringify(body) });
    const text = await r.text();
    if (!r.ok) throw new Error(`${method} ${path}: ${r.status} ${text}`);
    return text ? JSON.parse(text) : undefined;
  }

  // platform makes a platform with an account; its slug follows from the name.
  async platform(name) {
    const { slug } = await this.ask('POST', '/platforms', { name });
    await this.ask('POST', `/platforms/${slug}/accounts`, { name: 'Main' });
    return slug;
  }

  // done asks for something and waits for the operation's end.
  async done(method, path, body) {
    let op = await this.ask(method, path, body);
    while (!['done', 'failed', 'needs_operator'].includes(op.state)) op = await this.ask('GET', `/operations/${op.id}?wait=30s`);
    if (op.state !== 'done') throw new Error(`${method} ${path}: ${op.state} ${JSON.stringify(op.error)}`);
    return op;
  }

  onboard(slug) { return this.done('POST', `/platforms/${slug}/vendors/snom/onboard`); }

  phone(slug, mac) { return this.done('PUT', `/platforms/${slug}/endpoints/${mac}`, { account: 'main' }); }
}
