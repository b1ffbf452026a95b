// Drives an unmodified ImapFlow against the server named on the command line and prints what it saw as JSON:
// {step: {…} or {error}}. The test beside it judges.
import { ImapFlow } from 'imapflow';

const [port, securePort, user, pass] = process.argv.slice(2);
const seen = {};
const connect = async (more = {}) => {
  const client = new ImapFlow({
    host: 'localhost', port: Number(port), secure: false, auth: { user, pass }, qresync: true,
    tls: { servername: 'localhost' }, logger: false, ...more,
  });
  client.on('error', (error) => { seen.connection = { error: String(error) }; });
  await client.connect();
  return client;
};

// Waits for an event of the client; fails after 20 seconds.
const event = (client, name) => new Promise((resolve, reject) => {
  const timer = setTimeout(() => reject(new Error(`no event ${name}`)), 20_000);
  client.once(name, (value) => { clearTimeout(timer); resolve(value); });
});

const step = async (name, work) => {
  try {
    seen[name] = await work();
  } catch (error) {
    seen[name] = { error: String(error), response: error.responseText, code: error.serverResponseCode };
  }
};

const big = (value) => JSON.parse(JSON.stringify(value, (key, v) =>
  typeof v === 'bigint' ? Number(v) : v instanceof Set ? [...v] : v instanceof Map ? Object.fromEntries(v) :
    v?.type === 'Buffer' ? Buffer.from(v.data).toString() : v));

const raw = (subject) => `From: ${user}@example.test\r\nTo: tom@example.test\r\nSubject: ${subject}\r\n` +
  'Message-ID: <' + subject.replace(/\W/g, '') + '@example.test>\r\nMIME-Version: 1.0\r\n' +
  'Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n' +
  'Content-Transfer-Encoding: base64\r\n\r\nR3LDvMOfZQ==\r\n--b\r\nContent-Type: image/png; name=a.png\r\n' +
  'Content-Disposition: attachment; filename=a.png\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw0KGgo=\r\n--b--\r\n';

const client = await connect();
await step('connect', async () => big({ secure: client.secureConnection, enabled: client.enabled,
  capabilities: [...client.capabilities.keys()] }));
await step('secure', async () => {
  const other = await connect({ port: Number(securePort), secure: true });
  const facts = { authenticated: !!other.authenticated };
  await other.logout();
  return facts;
});
await step('wrongPassword', async () => connect({ auth: { user, pass: 'wrong' } }).then(() => ({ entered: true })));
await step('list', async () => (await client.list()).map((box) => big({ path: box.path, use: box.specialUse || null,
  subscribed: box.subscribed })));
await step('status', async () => big(await client.status('Account Alerts', { messages: true, unseen: true,
  uidNext: true, uidValidity: true, highestModseq: true })));
await step('append', async () => big(await client.append('INBOX', raw('First grüße'), ['\\Flagged', '$Label1'],
  new Date('2026-01-02T03:04:05Z'))));
await step('appendRefused', async () => big(await client.append('Account Alerts', raw('x'))));
await step('create', async () => big(await client.mailboxCreate(['Projekte', 'Übung & more'])));

let lock = await client.getMailboxLock('INBOX');
await step('mailbox', async () => big(client.mailbox));
await step('fetch', async () => big(await client.fetchOne('*', { uid: true, flags: true, envelope: true,
  bodyStructure: true, internalDate: true, size: true, source: true, labels: false, bodyParts: ['1', '2'] })));
await step('download', async () => {
  const { meta, content } = await client.download('*', '1');
  const chunks = [];
  for await (const chunk of content) chunks.push(chunk);
  return { type: meta.contentType, text: Buffer.concat(chunks).toString() };
});
await step('search', async () => big({
  subject: await client.search({ subject: 'grüße' }), flagged: await client.search({ flagged: true }, { uid: true }),
  none: await client.search({ from: 'nobody' }), or: await client.search({ or: [{ seen: true }, { flagged: true }] }),
}));
await step('flags', async () => {
  await client.messageFlagsAdd('1', ['\\Seen', 'custom']);
  await client.messageFlagsRemove('1', ['\\Flagged']);
  return big((await client.fetchOne('1', { flags: true })).flags);
});

// Another session appends while this one idles.
const other = await connect();
client.idle().catch(() => {});
await step('idle', async () => {
  const news = event(client, 'exists');
  await other.append('INBOX', raw('Second'));
  return big(await news);
});
await step('idleFlags', async () => {
  const news = event(client, 'flags');
  const theirs = await other.getMailboxLock('INBOX');
  await other.messageFlagsAdd('2', ['\\Answered']);
  theirs.release();
  return big(await news);
});
await step('copy', async () => big(await client.messageCopy('1:2', 'Archive')));
await step('move', async () => big(await client.messageMove('1', 'Projekte/Übung & more')));
await step('idleExpunge', async () => {
  client.idle().catch(() => {});
  const news = event(client, 'expunge');
  const theirs = await other.getMailboxLock('INBOX');
  await other.messageDelete('*');
  theirs.release();
  return big(await news);
});
await step('changedSince', async () => {
  const found = [];
  for await (const message of client.fetch('1:*', { flags: true }, { changedSince: 1n })) found.push(message.uid);
  return { found };
});
lock.release();

lock = await client.getMailboxLock('Projekte/Übung & more');
await step('moved', async () => big(await client.fetchOne('1', { envelope: true, internalDate: true, flags: true })));
lock.release();
await step('deleteRefused', async () => big(await client.mailboxDelete('Account Alerts')));
await step('rename', async () => big(await client.mailboxRename('Projekte', 'Projects')));
await step('delete', async () => big(await client.mailboxDelete('Projects/Übung & more')));
await step('quotaAndNamespace', async () => big({ namespace: client.namespace }));
await other.logout();
await client.logout();
process.stdout.write(JSON.stringify(seen));
process.exit(0);
