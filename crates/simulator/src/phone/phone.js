// Shows sent messages and mails live. Text of messages is only set as textContent, never as HTML.

const $ = (id) => document.getElementById(id);

/** The messages of each phone number, oldest first. */
const messagesByNumber = new Map();
const unread = new Map();
let shownNumber = null;
let lastId = 0;
let lastMailId = 0;

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

/** Announces a text to screen readers. Clears it first, so that a repeated text is announced again. */
function announce(text) {
  $("said").textContent = "";
  requestAnimationFrame(() => ($("said").textContent = text));
}

// Messages

function receive(message) {
  // Ids only grow. A message that both the list and the stream contain is shown once.
  if (message.id <= lastId) return;
  lastId = message.id;
  if (!messagesByNumber.has(message.to)) messagesByNumber.set(message.to, []);
  messagesByNumber.get(message.to).push(message);
  if (message.to === shownNumber) {
    append(message);
    drawNumbers();
  } else if (isInUse()) {
    unread.set(message.to, (unread.get(message.to) ?? 0) + 1);
    drawNumbers();
  } else {
    show(message.to);
  }
}

/** Tells whether the user works on the phone. Then a new message does not change the shown number. */
function isInUse() {
  return shownNumber !== null && document.hasFocus() && $("phone").contains(document.activeElement);
}

function append(message) {
  const item = element("li");
  const kind = message.channel === "call" ? "Voice call" : "Text message";
  const time = element("time", "", clockText(message.sent_at));
  time.dateTime = message.sent_at;
  const meta = element("p", "meta", `${kind} · `);
  meta.append(time);

  const bubble = element("div", "bubble");
  bubble.append(element("p", "text", message.body));
  if (message.code !== null) bubble.append(copyButton(message.code));
  item.append(meta, bubble);
  $("messages").append(item);
  $("messages").hidden = false;
  $("empty").hidden = true;
  $("screen").scrollTop = $("screen").scrollHeight;
}

function copyButton(code) {
  const button = element("button", "code");
  button.type = "button";
  const digits = element("span", "digits", code);
  const action = element("span", "action", "Copy");
  button.append(digits, " ", action);
  button.addEventListener("click", async () => {
    const copied = await copy(code, digits);
    action.textContent = copied ? "Copied" : "Selected";
    announce(copied ? "Copied" : "Selected. Press Ctrl+C to copy.");
    setTimeout(() => (action.textContent = "Copy"), 2000);
  });
  return button;
}

/** Copies the code. On insecure origins without a clipboard, selects the digits and copies these. */
async function copy(code, digits) {
  try {
    await navigator.clipboard.writeText(code);
    return true;
  } catch {
    getSelection().selectAllChildren(digits);
    return document.execCommand("copy");
  }
}

// Mail

function receiveMail(mail) {
  if (mail.id <= lastMailId) return;
  lastMailId = mail.id;
  const time = element("time", "", clockText(mail.sent_at));
  time.dateTime = mail.sent_at;
  const meta = element("span", "meta", `To ${mail.to} · `);
  meta.append(time);
  const summary = element("summary", "", mail.subject);
  summary.append(" ", meta);
  const letter = element("details");
  letter.append(summary, element("p", "letter", mail.text));
  const item = element("li");
  item.append(letter);
  $("mails").prepend(item);
  $("mails").hidden = false;
  $("no-mail").hidden = true;
}

// Numbers

function drawNumbers() {
  const list = $("numbers");
  const hadFocus = list.contains(document.activeElement);
  list.replaceChildren(...[...messagesByNumber.keys()].map(tab));
  list.hidden = messagesByNumber.size === 0;
  const selected = list.querySelector('[aria-selected="true"]');
  $("screen").setAttribute("aria-label", shownNumber ? `Messages to ${shownNumber}` : "Messages");
  if (!selected) return;
  list.scrollLeft = selected.offsetLeft - 20;
  if (hadFocus) selected.focus({ preventScroll: true });
}

function tab(number) {
  const selected = number === shownNumber;
  const made = element("button", "tab", number);
  made.type = "button";
  made.setAttribute("role", "tab");
  made.setAttribute("aria-selected", String(selected));
  made.setAttribute("aria-controls", "screen");
  made.tabIndex = selected ? 0 : -1;
  const waiting = unread.get(number);
  if (waiting) {
    made.append(element("span", "unread", String(waiting)));
    made.setAttribute("aria-label", `${number}, ${waiting} new`);
  }
  made.addEventListener("click", () => show(number));
  return made;
}

function show(number) {
  shownNumber = number;
  unread.delete(number);
  $("messages").replaceChildren();
  messagesByNumber.get(number).forEach(append);
  drawNumbers();
}

$("numbers").addEventListener("keydown", (event) => {
  const numbers = [...messagesByNumber.keys()];
  const at = numbers.indexOf(shownNumber);
  const to = {
    ArrowRight: (at + 1) % numbers.length,
    ArrowLeft: (at - 1 + numbers.length) % numbers.length,
    Home: 0,
    End: numbers.length - 1,
  }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  show(numbers[to]);
});

function reset() {
  // After a restart, the ids of the simulator begin at 1 again.
  lastId = 0;
  lastMailId = 0;
  $("mails").replaceChildren();
  $("mails").hidden = true;
  $("no-mail").hidden = false;
  messagesByNumber.clear();
  unread.clear();
  shownNumber = null;
  $("messages").replaceChildren();
  $("messages").hidden = true;
  $("empty").hidden = false;
  drawNumbers();
}

// Clock

let aheadMillis = 0;

function clockText(time) {
  return new Date(time).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });
}

function tick() {
  const now = new Date(Date.now() + aheadMillis);
  $("time").textContent = now.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  $("now").textContent = now.toLocaleString();
}

async function readClock(request) {
  const answer = await (await request).json();
  aheadMillis = Date.parse(answer.now) - Date.now();
  tick();
}

for (const button of document.querySelectorAll("[data-advance]")) {
  button.addEventListener("click", async () => {
    const headers = { "Content-Type": "application/json" };
    const body = JSON.stringify({ advance_secs: Number(button.dataset.advance) });
    await readClock(fetch("/_simulator/clock", { method: "POST", headers, body }));
    announce(`Clock moved ahead by ${button.textContent.slice(1)}`);
  });
}

$("reset").addEventListener("click", async () => {
  await fetch("/_simulator/state", { method: "DELETE" });
  announce("Everything forgotten");
});

// Magic numbers

async function drawMagic() {
  const rows = await (await fetch("/_simulator/magic")).json();
  const lines = [];
  rows.forEach((row, at) => {
    if (row.provider !== rows[at - 1]?.provider) {
      const heading = element("th", "", row.provider);
      heading.colSpan = 2;
      heading.scope = "rowgroup";
      lines.push(element("tr", "group"));
      lines.at(-1).append(heading);
    }
    const number = element("th", "number", row.to);
    number.scope = "row";
    const answer = element("td");
    const code = row.code ? ` / ${row.code}` : "";
    answer.append(element("b", "", `${row.on}: ${row.status}${code}`), element("br"), row.effect);
    const line = element("tr");
    line.append(number, answer);
    lines.push(line);
  });
  $("magic-rows").replaceChildren(...lines);
}

// Start: subscribe before listing, so that no message is missed in between.

const events = new EventSource("/_simulator/events");
const early = [];
const earlyMails = [];
let listed = false;
let caughtUp = false;

events.addEventListener("open", () => {
  $("link").textContent = "Live";
  $("link").classList.add("live");
  readClock(fetch("/_simulator/clock"));
  if (listed) return;
  listed = true;
  catchUp();
});
events.addEventListener("error", () => {
  $("link").textContent = "Reconnecting…";
  $("link").classList.remove("live");
});
events.addEventListener("message", (event) => {
  const message = JSON.parse(event.data);
  if (!caughtUp) {
    early.push(message);
    return;
  }
  receive(message);
  announce(`New message to ${message.to}`);
});
events.addEventListener("mail", (event) => {
  const mail = JSON.parse(event.data);
  if (!caughtUp) {
    earlyMails.push(mail);
    return;
  }
  receiveMail(mail);
  announce(`New mail to ${mail.to}`);
});
events.addEventListener("reset", () => {
  reset();
  readClock(fetch("/_simulator/clock"));
});

async function catchUp() {
  const messages = await (await fetch("/_simulator/messages")).json();
  const mails = await (await fetch("/_simulator/mails")).json();
  [...messages, ...early].forEach(receive);
  [...mails, ...earlyMails].forEach(receiveMail);
  caughtUp = true;
}

drawMagic();
setInterval(tick, 1000);
