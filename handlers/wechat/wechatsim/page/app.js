// The simulated phone: one merchant at a time, live by server-sent events.
import { avatar, clock, el, icon, message, preview } from './view.js';

const api = '/simulator/api/';
const $ = (id) => document.getElementById(id);
const quotas = { message: ['发消息后', 5, '48 小时'], click: ['点菜单后', 3, '1 分钟'], follow: ['关注后', 3, '1 分钟'], scan: ['扫码后', 3, '1 分钟'] };
const faultWords = { '-1': '系统繁忙', 40001: '令牌失效', 45015: '超出时限', 45047: '条数用完', 48001: '无权限', 40164: 'IP 不在白名单' };

let state = null; // as /state gives it
let current = location.hash ? decodeURIComponent(location.hash.slice(1)) : '';
let chat = []; // messages of the current merchant
let skew = 0; // the platform's clock minus ours
let typingTimer = 0;

// changed says whether a part of the page must be drawn again: redrawing what
// is the same would close an open menu and lose the keyboard's place.
const drawn = {};
function changed(part, value) {
  const v = JSON.stringify(value);
  if (drawn[part] === v) return false;
  drawn[part] = v;
  return true;
}

const now = () => Date.now() + skew;
const person = () => state?.followers.find((f) => f.openid === current);

async function call(path, body, method = 'POST') {
  const form = body instanceof FormData;
  const r = await fetch(api + path, {
    method,
    headers: form || method === 'GET' ? undefined : { 'Content-Type': 'application/json' },
    body: method === 'GET' ? undefined : form ? body : JSON.stringify(body ?? {}),
  }).catch(() => { throw new Error('连不上模拟平台，请确认程序还在运行'); });
  const data = await r.json().catch(() => ({}));
  if (!r.ok) throw new Error(data.error || `操作失败（${r.status}）`);
  return data;
}

// act runs a user's action and shows what went wrong.
async function act(path, body, method) {
  try {
    await call(path, body, method);
    return true;
  } catch (e) {
    toast(e.message);
    return false;
  }
}
const mine = (what, body) => act(`followers/${encodeURIComponent(current)}/${what}`, body);

let toastTimer = 0;
function toast(text) {
  $('toast').textContent = text;
  $('toast').hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => { $('toast').hidden = true; }, 3200);
}

// ---- loading -------------------------------------------------------------

async function loadState() {
  state = await call('state', null, 'GET');
  skew = state.now - Date.now();
  if (!person()) current = state.followers[0]?.openid ?? '';
  drawPeople();
  drawTools();
  drawDock();
}

async function loadChat() {
  const id = current;
  if (!id) {
    $('chat').replaceChildren(blank('还没有商户', '演示数据里没有关注者。'));
    return;
  }
  $('chat').replaceChildren(el('div', { class: 'blank', role: 'status' }, el('span', { class: 'spin big' }), '正在加载…'));
  const { messages } = await call(`followers/${encodeURIComponent(id)}/messages`, null, 'GET');
  if (id !== current) return; // switched meanwhile
  chat = messages;
  drawChat();
  setTyping(person()?.typing);
  read();
}

async function load() {
  try {
    await loadState();
    await loadChat();
  } catch (e) {
    $('chat').replaceChildren(blank('打不开聊天', e.message, el('button', { class: 'primary', onclick: load }, '重试')));
  }
}

function blank(title, text, ...more) {
  return el('div', { class: 'blank' }, avatar('', 'account'), el('b', {}, title), el('p', {}, text), ...more);
}

function read() {
  const p = person();
  if (!p || document.hidden) return;
  if (p.unread) {
    p.unread = 0;
    mine('read');
    drawPeople();
  }
}

// ---- drawing -------------------------------------------------------------

const doing = {
  tap: (content, id) => mine('tap', { text: content, id }),
  view: (src) => { $('viewerImg').src = src; $('viewer').showModal(); },
  fill: (text) => { $('input').value = text; $('input').dispatchEvent(new Event('input')); $('input').focus(); },
  settled: () => { if (stick) toEnd(); }, // a picture has got its height
};

function drawChat() {
  const box = $('chat');
  box.replaceChildren();
  if (!chat.length) {
    const p = person();
    box.append(blank(`你现在是「${p?.nickname ?? ''}」`, p?.shop ? `${p.shop} · 像平时发微信一样，说说哪笔钱没到` : '像平时发微信一样，说说哪笔钱没到',
      el('div', { class: 'chips' }, ...(p?.examples ?? []).slice(0, 3).map((t) => el('button', { class: 'chip', onclick: () => mine('text', { text: t }) }, t)))));
    return;
  }
  let last = 0;
  for (const m of chat) {
    if (m.at - last > 5 * 60e3) box.append(el('div', { class: 'time' }, clock(m.at, now())));
    last = m.at;
    box.append(message(m, person(), doing));
  }
  toEnd();
}

// stick: the reader is at the end, so that what comes scrolls into view.
let stick = true;
function toEnd() {
  const box = $('chat');
  box.scrollTop = box.scrollHeight;
  stick = true;
}

function upsert(m) {
  const i = chat.findIndex((x) => x.id === m.id);
  if (i >= 0) {
    chat[i] = m;
    $('chat').querySelector(`[data-id="${m.id}"]`)?.replaceWith(message(m, person(), doing));
    return;
  }
  const last = chat.at(-1)?.at ?? 0;
  chat.push(m);
  if (chat.length === 1) return drawChat();
  if (m.at - last > 5 * 60e3) $('chat').append(el('div', { class: 'time' }, clock(m.at, now())));
  const node = message(m, person(), doing);
  node.classList.add('fresh');
  $('chat').append(node);
  if (stick || m.from === 'user') toEnd();
}

function setTyping(on) {
  clearTimeout(typingTimer);
  $('title').textContent = on ? '对方正在输入…' : state?.name ?? '到账助手';
  if (on) typingTimer = setTimeout(() => setTyping(false), 15e3);
}

function drawPeople() {
  $('accountName').textContent = state.name;
  document.title = `模拟微信 · ${state.name}`;
  $('contacts').replaceChildren(...state.followers.map((f) => el('li', {},
    el('button', { class: 'contact', 'aria-current': f.openid === current ? 'true' : null, onclick: () => choose(f.openid) },
      el('span', { class: 'face' }, avatar(f.nickname, 'me'), f.unread ? el('span', { class: 'badge' }, f.unread > 99 ? '99+' : String(f.unread)) : null),
      el('span', { class: 'info' },
        el('span', { class: 'top' }, el('b', {}, f.nickname), el('time', {}, f.last ? clock(f.last.at, now()) : '')),
        el('small', { class: 'shop' }, f.shop || '还没有绑定商户'),
        el('small', { class: 'last' }, f.subscribed ? preview(f.last) : '未关注'))))));
  const others = state.followers.reduce((n, f) => n + (f.openid === current ? 0 : f.unread), 0);
  $('otherUnread').hidden = !others;
  $('otherUnread').textContent = others > 99 ? '99+' : String(others);
}

function drawTools() {
  const p = person();
  if (changed('examples', [p?.examples, p?.subscribed])) {
    $('examples').replaceChildren(...(p?.examples ?? []).map((t) =>
      el('button', { class: 'chip', disabled: !p.subscribed, onclick: () => { closePanels(); mine('text', { text: t }); } }, t)));
    if (!p?.examples?.length) $('examples').append(el('p', { class: 'hint' }, '这位商户没有例句，直接输入即可。'));
  }
  $('verified').checked = state.verified;
  $('verifiedHint').textContent = state.verified ? '可以主动发客服消息' : '未认证：只能在 5 秒内被动回复';
  $('safe').checked = state.safe;
  $('safeHint').textContent = state.safe ? '消息加密并签名' : '明文：安全模式的服务端会拒收';
  $('quota').replaceChildren(...Object.entries(quotas).map(([k, [name, max, life]]) => {
    const left = p?.quota?.[k];
    const open = left !== undefined;
    return el('div', { class: `q ${open ? '' : 'shut'}` }, el('span', {}, name, el('small', {}, life)),
      el('span', { class: 'dots', role: 'img', 'aria-label': open ? `还可发 ${left} 条` : '没有窗口' },
        ...Array.from({ length: max }, (_, i) => el('i', { class: open && i < left ? 'on' : '' }))),
      el('b', {}, open ? `${left}/${max}` : '—'));
  }));
  $('faults').replaceChildren(...(state.injections ?? []).map((f) =>
    el('li', {}, `${f.api === '*' ? '所有接口' : f.api} · ${f.drop ? '断开' : f.errcode ? `${f.errcode} ${faultWords[f.errcode] ?? ''}` : `慢 ${f.delay_ms / 1000} 秒`}${f.times ? ` × ${f.times}` : ''}`)));
  if (state.injections?.length) $('faults').append(el('li', {}, el('button', { class: 'link', onclick: () => act('injections', null, 'DELETE') }, '全部清除')));
}

function drawDock() {
  const p = person();
  $('followBar').hidden = !p || p.subscribed;
  $('dock').hidden = !p?.subscribed;
  if (!changed('menu', state.menu)) return;
  $('menu').replaceChildren(...(state.menu ?? []).map((b) => {
    const sub = b.sub_button?.length;
    const button = el('button', { type: 'button', 'aria-haspopup': sub ? 'menu' : null, 'aria-expanded': sub ? 'false' : null, onclick: (e) => press(b, e.currentTarget) }, sub ? icon('list') : null, b.name);
    if (!sub) return el('div', {}, button);
    return el('div', {}, button, el('div', { class: 'sub', role: 'menu', hidden: true },
      ...b.sub_button.map((s) => el('button', { type: 'button', role: 'menuitem', onclick: () => press(s) }, s.name))));
  }));
}

function closeSubs(except) {
  for (const s of document.querySelectorAll('.sub')) {
    if (s === except) continue;
    s.hidden = true;
    s.previousElementSibling.setAttribute('aria-expanded', 'false');
  }
}

function press(b, button) {
  const sub = button?.nextElementSibling;
  closeSubs(sub);
  if (b.sub_button?.length) {
    sub.hidden = !sub.hidden;
    button.setAttribute('aria-expanded', String(!sub.hidden));
    if (!sub.hidden) sub.querySelector('button').focus();
    return;
  }
  if (b.url) window.open(b.url, '_blank', 'noopener');
  else mine('menu', { key: b.key });
}

// ---- doing ---------------------------------------------------------------

function choose(id) {
  closePanels();
  if (id === current) return;
  current = id;
  history.replaceState(null, '', '#' + encodeURIComponent(id));
  drawPeople(); drawTools(); drawDock(); setTyping(false);
  loadChat().catch((e) => $('chat').replaceChildren(blank('打不开聊天', e.message, el('button', { class: 'primary', onclick: load }, '重试'))));
}

function showInput(on) {
  $('dock').classList.toggle('typing', on);
  setExtras(false);
  if (on) $('input').focus();
}

function setExtras(on) {
  $('extras').hidden = !on;
  $('plus').setAttribute('aria-expanded', String(on));
  if (on) toEnd();
}

function grow() {
  const t = $('input');
  t.style.height = 'auto';
  t.style.height = `${Math.min(t.scrollHeight, 116)}px`;
  $('form').classList.toggle('filled', t.value.trim() !== '');
}

async function say() {
  const text = $('input').value.trim();
  if (!text) return;
  $('input').value = '';
  grow();
  if (!await mine('text', { text })) { $('input').value = text; grow(); } // nothing typed is lost
}

function ask(title, hint, ok) {
  $('askTitle').textContent = title;
  $('askHint').textContent = hint;
  $('askOk').textContent = ok;
  $('askInput').value = '';
  $('ask').returnValue = 'cancel';
  $('ask').showModal();
  return new Promise((done) => $('ask').addEventListener('close', () => done($('ask').returnValue === 'ok' ? $('askInput').value.trim() : null), { once: true }));
}

const extras = {
  photo: () => $('file').click(),
  voice: async () => {
    const text = await ask('发送语音', '写下微信识别出的文字；留空表示没有识别出来，真实的微信也常常如此。', '发送');
    if (text !== null) mine('voice', { text, seconds: Math.max(2, Math.ceil([...text].length / 4)) });
  },
  scan: async () => {
    const scene = await ask('扫一扫', '输入二维码的场景值（例如控制台里生成的绑定码）。', '扫码');
    if (scene) mine('scan', { scene });
  },
  unfollow: () => mine('unfollow'),
};

function openPanel(name) {
  $('layout').dataset.open = name;
  $('shade').hidden = false;
  $(name).querySelector('button')?.focus();
}

function closePanels() {
  delete $('layout').dataset.open;
  $('shade').hidden = true;
}

$('chat').addEventListener('scroll', (e) => {
  const box = e.currentTarget;
  stick = box.scrollHeight - box.scrollTop - box.clientHeight < 60;
});
new ResizeObserver(() => { if (stick) toEnd(); }).observe($('chat')); // keyboard, menus
$('form').addEventListener('submit', (e) => { e.preventDefault(); say(); });
$('input').addEventListener('input', grow);
$('input').addEventListener('focus', () => { setExtras(false); });
$('input').addEventListener('keydown', (e) => {
  if (e.key !== 'Enter' || e.shiftKey || e.isComposing) return; // Enter of an input method picks a word
  e.preventDefault();
  say();
});
$('toInput').addEventListener('click', () => showInput(true));
$('toMenu').addEventListener('click', () => showInput(false));
$('plus').addEventListener('click', () => setExtras($('extras').hidden));
$('extras').addEventListener('click', (e) => {
  const what = e.target.closest('[data-do]')?.dataset.do;
  if (what) { setExtras(false); extras[what](); }
});
$('file').addEventListener('change', async () => {
  const f = $('file').files[0];
  $('file').value = '';
  if (!f) return;
  if (f.size > 4 << 20) return toast('图片不能超过 4 MB');
  const form = new FormData();
  form.append('file', f);
  await mine('image', form);
});
$('follow').addEventListener('click', () => mine('follow'));
$('verified').addEventListener('change', (e) => act('switches', { verified: e.target.checked }));
$('safe').addEventListener('change', (e) => act('switches', { safe: e.target.checked }));
$('faultForm').addEventListener('submit', (e) => {
  e.preventDefault();
  const kind = $('faultKind').value;
  const fault = { api: $('faultApi').value, times: 1 };
  if (kind === 'drop') fault.drop = true;
  else if (kind === 'slow') fault.delay_ms = 3000;
  else fault.errcode = Number(kind);
  act('injections', fault);
});
$('openPeople').addEventListener('click', () => openPanel('people'));
$('openTools').addEventListener('click', () => openPanel('tools'));
$('shade').addEventListener('click', closePanels);
for (const b of document.querySelectorAll('[data-close]')) b.addEventListener('click', closePanels);
document.addEventListener('keydown', (e) => { if (e.key === 'Escape') { closePanels(); closeSubs(); setExtras(false); } });
document.addEventListener('click', (e) => { if (!e.target.closest('#menu')) closeSubs(); });
document.addEventListener('visibilitychange', read);

// ---- live ----------------------------------------------------------------

let refresh = 0;
function soon() { // quotas and previews, not more than twice a second
  refresh ||= setTimeout(() => { refresh = 0; loadState().catch(() => {}); }, 500);
}

function listen() {
  const source = new EventSource(api + 'events');
  let lost = false;
  source.onopen = () => {
    $('offline').hidden = true;
    if (lost) load(); // what was missed
    lost = false;
  };
  source.onerror = () => {
    lost = true;
    $('offline').hidden = false;
    if (source.readyState === EventSource.CLOSED) setTimeout(listen, 2000);
  };
  source.onmessage = (e) => {
    const ev = JSON.parse(e.data);
    if (ev.type === 'typing') {
      if (ev.openid === current) setTyping(ev.on);
      return;
    }
    if (ev.type === 'message') {
      const f = state?.followers.find((x) => x.openid === ev.openid);
      if (f) { f.unread = ev.unread; if (!f.last || Number(ev.message.id) >= Number(f.last.id)) f.last = ev.message; }
      if (ev.openid === current) {
        if (ev.message.from === 'account') setTyping(false);
        upsert(ev.message);
        read();
      }
      if (state) drawPeople();
    }
    soon();
  };
}

load().then(listen);
showInput(!matchMedia('(pointer: coarse)').matches && innerWidth > 900);
