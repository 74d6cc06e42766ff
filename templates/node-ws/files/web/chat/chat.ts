import { ChatClient } from "../../client/chat.ts";
import type { Status } from "../../client/socket.ts";
import { ROOM, type ChatMessage, type Person } from "../../shared/protocol.ts";
import { byId, colour, forget, signIn, token } from "../session.ts";

const list = byId("messages", HTMLOListElement);
const scroll = byId("scroll", HTMLDivElement);
const status = byId("status", HTMLParagraphElement);
const text = byId("text", HTMLTextAreaElement);
/** Shown before it has come back, by nonce. */
const pending = new Map<string, HTMLLIElement>();
let me: Person | undefined;

signIn(() => {
  const url = () => location.href;
  const room = roomInUrl();
  const chat = new ChatClient({
    url,
    token,
    room,
    status: showStatus,
    message: show,
    gap: divider,
    people: showPeople,
  });

  byId("composer", HTMLFormElement).addEventListener("submit", (event) => {
    event.preventDefault();
    const said = text.value.trim();
    me = chat.me;
    if (said === "" || !me) return;
    const nonce = chat.say(said);
    const item = render({ id: "", from: me, text: said, at: Date.now(), nonce });
    item.classList.add("pending");
    pending.set(nonce, item);
    text.value = "";
    resize();
    toEnd();
  });

  addEventListener("hashchange", () => {
    list.replaceChildren();
    showRoom();
    chat.enter(roomInUrl());
  });

  byId("sign-out", HTMLButtonElement).addEventListener("click", () => {
    forget();
    location.reload();
  });
  showRoom();
  text.focus();

  function showPeople(people: Person[], count: number): void {
    me = chat.me;
    byId("count", HTMLSpanElement).textContent = String(count);
    const sorted = people.sort((a, b) => a.name.localeCompare(b.name));
    byId("people", HTMLUListElement).replaceChildren(...sorted.map(entry));
  }
});

text.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  text.form?.requestSubmit();
});
text.addEventListener("input", resize);

function show(message: ChatMessage): void {
  const atEnd = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 80;
  pending.get(message.nonce)?.remove();
  pending.delete(message.nonce);
  const item = render(message);
  // What is still on its way stays below what has arrived.
  const first = list.querySelector(".pending");
  if (first) list.insertBefore(item, first);
  if (atEnd) toEnd();
}

/** Only textContent: what people write is text, whatever it looks like. */
function render(message: ChatMessage): HTMLLIElement {
  const item = document.createElement("li");
  const mine = message.from.id === me?.id;
  item.className = mine ? "message mine" : "message";
  item.dataset["id"] = message.id;
  const time = document.createElement("time");
  const at = new Date(message.at);
  time.dateTime = at.toISOString();
  time.textContent = at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  const by = document.createElement("p");
  by.className = "by";
  const name = document.createElement("b");
  name.textContent = message.from.name;
  by.append(name, time);
  const body = document.createElement("p");
  body.className = "text";
  body.textContent = message.text;
  item.append(avatar(message.from), by, body);
  list.append(item);
  byId("empty", HTMLParagraphElement).hidden = true;
  return item;
}

function avatar(person: Person): HTMLSpanElement {
  const span = document.createElement("span");
  span.className = "avatar";
  span.ariaHidden = "true";
  span.textContent = String.fromCodePoint(person.name.codePointAt(0) ?? 63).toUpperCase();
  span.style.setProperty("--colour", colour(person.id));
  return span;
}

function divider(): void {
  const item = document.createElement("li");
  item.className = "divider";
  item.textContent = "some messages are no longer kept";
  list.append(item);
}

function entry(person: Person): HTMLLIElement {
  const item = document.createElement("li");
  const name = document.createElement("span");
  name.textContent = person.id === me?.id ? `${person.name} (you)` : person.name;
  item.append(avatar(person), name);
  return item;
}

function showRoom(): void {
  const room = roomInUrl();
  byId("room", HTMLHeadingElement).textContent = room;
  byId("empty", HTMLParagraphElement).hidden = false;
  for (const link of document.querySelectorAll<HTMLAnchorElement>(".rooms a")) {
    link.ariaCurrent = link.hash === `#${room}` ? "page" : null;
  }
}

function showStatus(now: Status): void {
  status.dataset["status"] = now;
  status.textContent = now === "open" ? "live" : now;
}

function roomInUrl(): string {
  const name = location.hash.slice(1);
  return ROOM.test(name) ? name : "lobby";
}

function resize(): void {
  text.style.height = "auto";
  text.style.height = `${Math.min(text.scrollHeight, 160)}px`;
}

function toEnd(): void {
  scroll.scrollTop = scroll.scrollHeight;
}
