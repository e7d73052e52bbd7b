// Sends one encrypted text message to the callback with each of three
// independent clients, and opens the passive reply with all of them.
// Arguments: callback address, token, EncodingAESKey, AppID, text.
'use strict';
const crypto = require('node:crypto');
const WXBizMsgCrypt = require('wechat-crypto');
const WechatEncrypt = require('wechat-encrypt');
const wecom = require('@wecom/crypto');

const [url, token, key, appId, text] = process.argv.slice(2);
const old = new WXBizMsgCrypt(token, key, appId);
const encrypt = new WechatEncrypt({ appId, encodingAESKey: key, token });

const clients = {
  'wechat-crypto': {
    seal: (xml) => old.encrypt(xml),
    sign: (ts, nonce, enc) => old.getSignature(ts, nonce, enc),
    open: (enc) => { const r = old.decrypt(enc); return { message: r.message, id: r.id }; },
  },
  'wechat-encrypt': {
    seal: (xml) => encrypt.encode(xml),
    sign: (timestamp, nonce, enc) => encrypt.genSign({ timestamp, nonce, encrypt: enc }),
    open: (enc) => ({ message: encrypt.decode(enc), id: appId }),
  },
  '@wecom/crypto': {
    seal: (xml) => wecom.encrypt(key, xml, appId),
    sign: (ts, nonce, enc) => wecom.getSignature(token, ts, nonce, enc),
    open: (enc) => wecom.decrypt(key, enc),
  },
};

const field = (xml, name) => new RegExp(`<${name}>(?:<!\\[CDATA\\[)?([\\s\\S]*?)(?:\\]\\]>)?</${name}>`).exec(xml)?.[1];
const must = (ok, what) => { if (!ok) throw new Error(what); };

async function main() {
  let id = 9000;
  for (const [name, c] of Object.entries(clients)) {
    const ts = String(Math.floor(Date.now() / 1000));
    const nonce = crypto.randomBytes(5).toString('hex');
    const xml = `<xml><ToUserName><![CDATA[gh_x]]></ToUserName><FromUserName><![CDATA[o_npm]]></FromUserName><CreateTime>${ts}</CreateTime>` +
      `<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[${text}]]></Content><MsgId>${++id}</MsgId></xml>`;
    const enc = c.seal(xml);
    const plain = crypto.createHash('sha1').update([token, ts, nonce].sort().join('')).digest('hex');
    const q = new URLSearchParams({ signature: plain, timestamp: ts, nonce, openid: 'o_npm', encrypt_type: 'aes', msg_signature: c.sign(ts, nonce, enc) });
    const res = await fetch(`${url}?${q}`, {
      method: 'POST', headers: { 'Content-Type': 'text/xml' },
      body: `<xml><ToUserName><![CDATA[gh_x]]></ToUserName><Encrypt><![CDATA[${enc}]]></Encrypt></xml>`,
    });
    const body = await res.text();
    must(res.status === 200, `${name}: HTTP ${res.status} ${body}`);
    const [e, sig, rts, rnonce] = ['Encrypt', 'MsgSignature', 'TimeStamp', 'Nonce'].map((n) => field(body, n));
    for (const [other, o] of Object.entries(clients)) {
      must(o.sign(rts, rnonce, e) === sig, `${name} → ${other}: signature of the reply differs`);
      const r = o.open(e);
      must(r.id === appId, `${name} → ${other}: AppID of the reply is ${r.id}`);
      must(field(r.message, 'ToUserName') === 'o_npm', `${name} → ${other}: reply is for somebody else`);
      console.log(JSON.stringify({ from: name, opened: other, content: field(r.message, 'Content') }));
    }
  }
}
main().catch((e) => { console.error(e.message); process.exit(1); });
