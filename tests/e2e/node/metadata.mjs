// Drives an unmodified ImapFlow through METADATA, which it has no calls for: its compiler writes the commands, its
// parser reads the answers. Prints {step: {…} or {error}} as JSON.
import { ImapFlow } from 'imapflow';

const [port, user, pass] = process.argv.slice(2);
const seen = {};
const client = new ImapFlow({ host: 'localhost', port: Number(port), secure: false, auth: { user, pass }, qresync: true,
  tls: { servername: 'localhost' }, logger: false });
await client.connect();

const step = async (name, work) => {
  try {
    seen[name] = await work();
  } catch (error) {
    seen[name] = { error: String(error), response: error.responseText, code: error.serverResponseCode };
  }
};
const string = (value) => value === null ? null
  : { type: /[\r\n\0]/.test(value) ? 'LITERAL' : 'STRING', value: Buffer.from(value) };
const text = (node) => Buffer.isBuffer(node?.value) ? node.value.toString() : node?.value;

const get = async (mailbox, entries, ...options) => {
  const found = {};
  const response = await client.exec('GETMETADATA', [...options, string(mailbox), entries.map((name) => string(name))], {
    untagged: { METADATA: async (untagged) => {
      const values = untagged.attributes[1];
      for (let i = 0; i < values.length; i += 2) found[text(values[i])] = text(values[i + 1]);
    } } });
  response.next();
  return found;
};
const set = async (mailbox, entries) => {
  const pairs = Object.entries(entries).flatMap(([name, value]) => [string(name), string(value)]);
  const response = await client.exec('SETMETADATA', [string(mailbox), pairs]);
  response.next();
  return { done: true };
};

const ours = '/private/vendor/message-center';
seen.capable = client.capabilities.has('METADATA');
await step('set', () => set('INBOX', { '/private/comment': 'Grüße', '/shared/comment': 'two\r\nlines' }));
await step('get', () => get('INBOX', ['/private/comment', '/shared/comment']));
await step('remove', () => set('INBOX', { '/private/comment': null }));
await step('removed', () => get('INBOX', ['/private/comment']));
await step('choose', () => set('', { [`${ours}/tab/updates`]: 'center' }));
await step('chosen', () => get('', [`${ours}/tab`], [{ type: 'ATOM', value: 'DEPTH' }, { type: 'ATOM', value: 'infinity' }]));
await step('refused', () => set('', { [`${ours}/type/payment_method.changed`]: 'none' }));
await client.logout();
process.stdout.write(JSON.stringify(seen));
process.exit(0);
