// An agent's ImapFlow, unmodified: what it lists, and what becomes of a ticket it moves. Prints {step: {…} or {error}}.
import { ImapFlow } from 'imapflow';

const [port, user, pass] = process.argv.slice(2);
const seen = {};
const big = (value) => JSON.parse(JSON.stringify(value, (_, v) => typeof v === 'bigint' ? Number(v)
  : v instanceof Map ? Object.fromEntries(v) : v instanceof Set ? [...v] : v));
const step = async (name, work) => {
  try { seen[name] = big(await work()); } catch (error) { seen[name] = { error: String(error.responseText || error) }; }
};
const connect = async () => {
  const client = new ImapFlow({ host: 'localhost', port: Number(port), secure: false, auth: { user, pass }, qresync: true,
    tls: { servername: 'localhost' }, logger: false });
  await client.connect();
  return client;
};

const client = await connect();
await step('namespace', async () => client.namespaces);
await step('list', async () => (await client.list()).map((box) => ({ path: box.path, subscribed: box.subscribed })));
let lock = await client.getMailboxLock('Support/Unassigned');
await step('unassigned', async () => ({ exists: client.mailbox.exists, permanent: client.mailbox.permanentFlags }));

// Another session of his waits in Mine.
const other = await connect();
const theirs = await other.getMailboxLock('Support/Mine');
const arrived = new Promise((done) => other.once('exists', done));
other.idle().catch(() => {});
await step('move', async () => client.messageMove('1', 'Support/Mine'));
await step('arrived', async () => ({ count: (await arrived).count }));
await step('left', async () => ({ exists: client.mailbox.exists }));
theirs.release();
lock.release();

lock = await client.getMailboxLock('Support/Mine');
await step('subjects', async () => {
  const found = [];
  for await (const one of client.fetch('1:*', { envelope: true })) found.push(one.envelope.subject);
  return found;
});
await step('flag', async () => client.messageFlagsAdd('1', ['\\Flagged']));
await step('flagged', async () => client.search({ flagged: true }, { uid: true }));
await step('delete', async () => client.messageDelete('1:*'));
await step('copyOut', async () => client.messageCopy('1', 'Archive'));
await step('moveOut', async () => client.messageMove('1', 'Archive'));
await step('stays', async () => client.status('Support/Mine', { messages: true }));
lock.release();
await step('append', async () => client.append('Support/Mine', 'Subject: x\r\n\r\nx\r\n'));
await step('create', async () => client.mailboxCreate('Support/Later'));
await step('remove', async () => client.mailboxDelete('Support/Mine'));
await other.logout();
await client.logout();
process.stdout.write(JSON.stringify(seen));
process.exit(0);
