// What the chat looks like: messages in, elements out. Text of messages is only
// ever set as text; the one tag that is read is a link of a known kind.

export function el(tag, props = {}, ...children) {
  const e = document.createElement(tag);
  for (const [k, v] of Object.entries(props)) {
    if (v === undefined || v === null || v === false) continue;
    if (k.startsWith('on')) e.addEventListener(k.slice(2), v);
    else if (k === 'class') e.className = v;
    else e.setAttribute(k, v === true ? '' : v);
  }
  e.append(...children.filter((c) => c !== null && c !== undefined && c !== ''));
  return e;
}

export function icon(name) {
  const ns = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(ns, 'svg');
  const use = document.createElementNS(ns, 'use');
  use.setAttribute('href', '#i-' + name);
  svg.append(use);
  svg.setAttribute('aria-hidden', 'true');
  return svg;
}

const tint = (s) => [...s].reduce((n, c) => (n * 31 + c.codePointAt(0)) % 6, 7);

export function avatar(name, kind) {
  if (kind === 'account') return el('span', { class: 'avatar account', 'aria-hidden': 'true' }, icon('check'));
  return el('span', { class: `avatar t${tint(name)} ${kind}`, 'aria-hidden': 'true' }, [...name][0] || '客');
}

const linkTag = /<a\s+([^>]*?)>([\s\S]*?)<\/a>|(https?:\/\/[\x21-\x3b\x3d\x3f-\x7e]+)/g;

// rich turns message text into nodes; onTap(content, id) is called for links
// that send a message.
export function rich(text, onTap) {
  const out = [];
  let at = 0;
  for (const m of text.matchAll(linkTag)) {
    const node = m[3] ? webLink(m[3], m[3]) : anchor(m[1], m[2], onTap);
    if (!node) continue;
    out.push(text.slice(at, m.index), node);
    at = m.index + m[0].length;
  }
  out.push(text.slice(at));
  return out;
}

function anchor(attrs, words, onTap) {
  const href = /href\s*=\s*["']([^"']*)["']/.exec(attrs)?.[1];
  if (!href) return null;
  if (href.startsWith('weixin://bizmsgmenu?')) {
    const q = href.slice(href.indexOf('?') + 1);
    const get = (k) => decode(new RegExp(`(?:^|&)${k}=([^&]*)`).exec(q)?.[1] ?? '');
    return el('button', { type: 'button', class: 'link', onclick: () => onTap(get('msgmenucontent'), get('msgmenuid')) }, words);
  }
  return /^(https?:\/\/|tel:|\/)/.test(href) ? webLink(href, words) : null;
}

function decode(s) {
  try { return decodeURIComponent(s); } catch { return s; }
}

function webLink(href, words) {
  return el('a', { class: 'link', href, target: '_blank', rel: 'noopener noreferrer' }, words);
}

const two = (n) => String(n).padStart(2, '0');
// All times are those of China, wherever the browser is.
const china = (ms) => new Date(ms + 8 * 3600e3);
const dayOf = (ms) => Math.floor((ms + 8 * 3600e3) / 86400e3);

export function clock(ms, now) {
  const d = china(ms);
  const hm = `${two(d.getUTCHours())}:${two(d.getUTCMinutes())}`;
  const ago = dayOf(now) - dayOf(ms);
  if (ago === 0) return hm;
  if (ago === 1) return `昨天 ${hm}`;
  if (ago > 1 && ago < 7) return `星期${'日一二三四五六'[d.getUTCDay()]} ${hm}`;
  const year = d.getUTCFullYear() === china(now).getUTCFullYear() ? '' : `${d.getUTCFullYear()}年`;
  return `${year}${d.getUTCMonth() + 1}月${d.getUTCDate()}日 ${hm}`;
}

// preview is one line for the list of merchants.
export function preview(m) {
  if (!m) return '还没有消息';
  switch (m.kind) {
    case 'image': return '[图片]';
    case 'voice': return '[语音]';
    case 'template': return '[服务通知]';
    case 'sms': return '[短信]';
    default: return (m.agent ? `${m.agent}：` : '') + (m.text || '').replace(/<[^>]*>/g, '').replace(/\s+/g, ' ');
  }
}

// message draws one entry of the chat.
export function message(m, who, act) {
  if (m.kind === 'sms') return textMessage(m, act);
  if (m.kind === 'notice' || m.from === 'system') {
    return el('div', { class: 'notice', 'data-id': m.id }, m.text);
  }
  if (m.kind === 'template') return template(m);
  const mine = m.from === 'user';
  const name = mine ? who.nickname : m.agent || '';
  const face = mine ? avatar(who.nickname, 'me') : m.agent ? avatar(m.agent, 'agent') : avatar('', 'account');
  const label = mine ? '我' : m.agent ? `客服${m.agent}` : '公众号';
  return el('article', { class: `msg ${mine ? 'mine' : 'theirs'}${m.agent ? ' human' : ''}`, 'data-id': m.id, 'aria-label': label },
    face,
    el('div', { class: 'body' },
      !mine && name ? el('div', { class: 'who' }, name, el('span', { class: 'tag' }, '人工客服')) : null,
      el('div', { class: 'line' }, content(m, act), mine ? status(m) : null),
      m.kind === 'voice' && m.text ? el('div', { class: 'heard' }, m.text) : null,
    ));
}

// textMessage is an SMS that the phone received beside the chat.
function textMessage(m, act) {
  const code = /\d{6}/.exec(m.text)?.[0];
  return el('article', { class: 'card sms', 'data-id': m.id, 'aria-label': '手机短信' },
    el('header', {}, el('span', { class: 'avatar sms', 'aria-hidden': 'true' }, '信'), '手机短信（不在微信里）'), el('p', {}, m.text),
    code ? el('button', { type: 'button', class: 'more link', onclick: () => act.fill(code) }, '填入验证码') : null);
}

function status(m) {
  if (m.state === 'sending') return el('span', { class: 'spin', role: 'status', 'aria-label': '发送中' });
  if (m.state === 'failed') return el('span', { class: 'failed', role: 'img', 'aria-label': '公众号没有应答', title: '公众号没有应答' }, '!');
  return null;
}

function content(m, act) {
  switch (m.kind) {
    case 'image':
      return el('button', { type: 'button', class: 'pic', 'aria-label': '查看图片', onclick: () => act.view(m.media) },
        el('img', { src: m.media, alt: '图片', onload: act.settled }));
    case 'voice': {
      const b = el('div', { class: 'bubble voice', 'aria-label': `语音 ${m.seconds} 秒` }, icon('wave'), `${m.seconds}″`);
      b.style.width = `${70 + Math.min(m.seconds, 60) * 2}px`;
      return b;
    }
    case 'menu':
      return el('div', { class: 'bubble menu' },
        m.text ? el('div', {}, ...rich(m.text, act.tap)) : null,
        el('ul', {}, ...m.items.map((i) => el('li', {}, el('button', { type: 'button', class: 'link', onclick: () => act.tap(i.content, i.id) }, i.content)))),
        m.tail ? el('div', { class: 'tail' }, ...rich(m.tail, act.tap)) : null);
    default:
      return el('div', { class: 'bubble' }, ...rich(m.text || '', act.tap));
  }
}

// The real names of template fields come from the template; here their type
// speaks.
const fieldWords = { thing: '事项', amount: '金额', time: '时间', date: '日期', phrase: '状态', character_string: '单号', number: '数量', name: '姓名' };

function template(m) {
  const rows = (m.text || '').split('\n').map((l) => {
    const [k, ...v] = l.split('：');
    const word = fieldWords[k.replace(/\d+$/, '')] ?? k;
    return el('div', { class: 'kv' }, el('dt', {}, word), el('dd', {}, v.join('：')));
  });
  return el('article', { class: 'card', 'data-id': m.id, 'aria-label': '服务通知' },
    el('header', {}, avatar('', 'account'), '服务通知'), el('dl', {}, ...rows),
    m.url ? el('a', { class: 'more', href: m.url, target: '_blank', rel: 'noopener noreferrer' }, '查看详情') : null);
}
