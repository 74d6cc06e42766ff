import { compareIds, ROOM, START } from '../../shared/protocol.js';
import type { ChatMessage, Person, ServerMessage } from '../../shared/protocol.js';
import { byId, colour, forget, signIn, token } from '../lib/session.js';
import { LiveSocket, type Status } from '../lib/socket.js';

const list = byId('messages', HTMLOListElement);
const scroll = byId('scroll', HTMLDivElement);
const status = byId('status', HTMLParagraphElement);
const text = byId('text', HTMLTextAreaElement);

let me: Person | undefined;
let room = roomInUrl();
/** The last message shown: where to go on after a reconnect. */
let cursor: string | undefined;
let people = new Map<string, Person>();
/** Said but not yet seen coming back. Sent again after a reconnect; the server drops repeats. */
const outbox = new Map<string, { room: string; text: string; item: HTMLLIElement }>();

signIn(() => {
  const socket = new LiveSocket({ token, opened: join, message: receive, status: showStatus });

  function join(): void {
    socket.send({ t: 'join', room, after: cursor });
  }

  function receive(message: ServerMessage): void {
    if (message.t === 'welcome') me = message.you;
    if (!('room' in message) || message.room !== room) return;
    if (message.t === 'said') show(message.message);
    if (message.t === 'people') {
      for (const person of message.joined) people.set(person.id, person);
      for (const id of message.left) people.delete(id);
      showPeople(message.count);
    }
    if (message.t === 'joined') {
      if (message.gap && cursor !== undefined && cursor !== START) divider();
      message.messages.forEach(show);
      cursor ??= START;
      people = new Map(message.people.map((person) => [person.id, person]));
      showPeople(message.count);
      if (message.more) join();
      else for (const [nonce, said] of outbox) say(nonce, said);
    }
  }

  function say(nonce: string, said: { room: string; text: string }): void {
    if (said.room === room) socket.send({ t: 'say', nonce, room, text: said.text });
  }

  byId('composer', HTMLFormElement).addEventListener('submit', (event) => {
    event.preventDefault();
    const said = text.value.trim();
    if (said === '' || !me) return;
    const nonce = randomId();
    const item = render({ id: '', from: me, text: said, at: Date.now(), nonce });
    item.classList.add('pending');
    outbox.set(nonce, { room, text: said, item });
    say(nonce, { room, text: said });
    text.value = '';
    resize();
    toEnd();
  });

  addEventListener('hashchange', () => {
    socket.send({ t: 'leave', room });
    room = roomInUrl();
    cursor = undefined;
    list.replaceChildren();
    showRoom();
    join();
  });

  byId('sign-out', HTMLButtonElement).addEventListener('click', () => {
    forget();
    location.reload();
  });
  showRoom();
  text.focus();
});

text.addEventListener('keydown', (event) => {
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  text.form?.requestSubmit();
});
text.addEventListener('input', resize);

function show(message: ChatMessage): void {
  if (cursor !== undefined && compareIds(message.id, cursor) <= 0) return; // seen before
  cursor = message.id;
  const atEnd = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 80;
  outbox.get(message.nonce)?.item.remove();
  outbox.delete(message.nonce);
  const item = render(message);
  // What is still on its way stays below what has arrived.
  const pending = list.querySelector('.pending');
  if (pending) list.insertBefore(item, pending);
  if (atEnd) toEnd();
}

/** Only textContent: what people write is text, whatever it looks like. */
function render(message: ChatMessage): HTMLLIElement {
  const item = document.createElement('li');
  const mine = message.from.id === me?.id;
  item.className = mine ? 'message mine' : 'message';
  item.dataset.id = message.id;
  const time = document.createElement('time');
  const at = new Date(message.at);
  time.dateTime = at.toISOString();
  time.textContent = at.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
  const by = document.createElement('p');
  by.className = 'by';
  const name = document.createElement('b');
  name.textContent = message.from.name;
  by.append(name, time);
  const body = document.createElement('p');
  body.className = 'text';
  body.textContent = message.text;
  item.append(avatar(message.from), by, body);
  list.append(item);
  byId('empty', HTMLParagraphElement).hidden = true;
  return item;
}

function avatar(person: Person): HTMLSpanElement {
  const span = document.createElement('span');
  span.className = 'avatar';
  span.ariaHidden = 'true';
  span.textContent = String.fromCodePoint(person.name.codePointAt(0) ?? 63).toUpperCase();
  span.style.setProperty('--colour', colour(person.id));
  return span;
}

function divider(): void {
  const item = document.createElement('li');
  item.className = 'divider';
  item.textContent = 'some messages are no longer kept';
  list.append(item);
}

function showPeople(count: number): void {
  byId('count', HTMLSpanElement).textContent = String(count);
  const sorted = [...people.values()].sort((a, b) => a.name.localeCompare(b.name));
  const items = sorted.map((person) => {
    const item = document.createElement('li');
    const name = document.createElement('span');
    name.textContent = person.id === me?.id ? `${person.name} (you)` : person.name;
    item.append(avatar(person), name);
    return item;
  });
  byId('people', HTMLUListElement).replaceChildren(...items);
}

function showRoom(): void {
  byId('room', HTMLHeadingElement).textContent = room;
  byId('empty', HTMLParagraphElement).hidden = false;
  for (const link of document.querySelectorAll<HTMLAnchorElement>('.rooms a')) {
    link.ariaCurrent = link.hash === `#${room}` ? 'page' : null;
  }
}

function showStatus(now: Status): void {
  status.dataset.status = now;
  status.textContent = now === 'open' ? 'live' : now;
}

function roomInUrl(): string {
  const name = location.hash.slice(1);
  return ROOM.test(name) ? name : 'lobby';
}

/** crypto.randomUUID would need https; this works on a plain http address too. */
function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function resize(): void {
  text.style.height = 'auto';
  text.style.height = `${Math.min(text.scrollHeight, 160)}px`;
}

function toEnd(): void {
  scroll.scrollTop = scroll.scrollHeight;
}
