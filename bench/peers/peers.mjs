// What the npm peers make of a message: JSON lines in, JSON lines out.
// In:  {"text","now"}   now as RFC 3339
// Out: {"recognizers":{"times":[Candidate],"money":[fen],"numbers":[fen]},"chrono":{"times":[Candidate]}}
// Candidate is {"from":"2006-01-02 15:04","day":bool,"part":bool}: every reading
// that a peer offers is one; day: no time of day was read; part: only a part
// of the day. Run with TZ=Asia/Shanghai (both peers reckon in the local zone).
import { createInterface } from 'node:readline';
import suite from '@microsoft/recognizers-text-suite';
import * as chrono from 'chrono-node';

const pad = (n) => String(n).padStart(2, '0');
const write = (d) => `${d.getFullYear()}-${pad(d.getMonth() + 1)}-${pad(d.getDate())} ${pad(d.getHours())}:${pad(d.getMinutes())}`;

// recognizersTimes reads start or value of every resolution. A time without a
// date is offered today and as its latest past.
function recognizersTimes(text, now) {
  const out = [];
  for (const r of suite.recognizeDateTime(text, suite.Culture.Chinese, suite.DateTimeOptions?.None, now)) {
    for (const v of r.resolution?.values ?? []) {
      if (v.type === 'duration' || v.type === 'set') continue;
      const s = v.start ?? v.value;
      if (typeof s !== 'string') continue;
      const part = /T(MO|MI|AF|EV|NI|DT)/.test(v.timex ?? '');
      let m;
      if ((m = /^(\d{2}):(\d{2}):\d{2}$/.exec(s))) {
        const today = new Date(now);
        today.setHours(Number(m[1]), Number(m[2]), 0, 0);
        out.push({ from: write(today), day: false, part });
        if (today > now) {
          today.setDate(today.getDate() - 1);
          out.push({ from: write(today), day: false, part });
        }
      } else if (/^\d{4}-\d{2}-\d{2}/.test(s)) {
        out.push({ from: s.length > 10 ? s.slice(0, 16) : `${s} 00:00`, day: s.length === 10, part });
      }
    }
  }
  return out;
}

// chronoTimes joins both Chinese scripts of chrono-node. It has no preference
// for the past; what it left open (year, month, week, day) is offered one step
// back too when its reading lies ahead.
function chronoTimes(text, now) {
  const out = [];
  for (const script of [chrono.zh.hans, chrono.zh.hant]) {
    for (const r of script.casual.parse(text, { instant: now, timezone: 480 })) {
      const s = r.start;
      const hour = s.isCertain('hour');
      const d = s.date();
      const add = (at) => out.push({ from: hour ? write(at) : `${write(at).slice(0, 10)} 00:00`, day: !hour && s.get('hour') === 12, part: !hour && s.get('hour') !== 12 });
      add(d);
      if (d > now) {
        const back = new Date(d);
        if (s.isCertain('weekday') && !s.isCertain('day')) back.setDate(back.getDate() - 7);
        else if (!s.isCertain('day')) back.setDate(back.getDate() - 1);
        else if (!s.isCertain('month')) back.setMonth(back.getMonth() - 1);
        else if (!s.isCertain('year')) back.setFullYear(back.getFullYear() - 1);
        if (back < d) add(back);
      }
    }
  }
  return out;
}

// fen of a value in yuan; what is no amount (a card number read as a number) is NaN.
const fen = (v) => (Math.abs(Number(v)) < 1e12 ? Math.round(Number(v) * 100) : NaN);

function recognizersMoney(text) {
  const currency = suite.recognizeCurrency(text, suite.Culture.Chinese);
  const chinese = currency.filter((r) => !r.resolution?.isoCurrency || r.resolution.isoCurrency === 'CNY');
  return chinese.map((r) => fen(r.resolution?.value)).filter(Number.isFinite);
}

// recognizersNumbers are the numbers that are no part of a date, a time, a
// percentage or a telephone number: what an integrator would take for money
// where nobody says 元.
function recognizersNumbers(text, now) {
  const zh = suite.Culture.Chinese;
  const taken = [
    ...suite.recognizeDateTime(text, zh, suite.DateTimeOptions?.None, now),
    ...suite.recognizePercentage(text, zh),
    ...suite.recognizePhoneNumber(text, zh),
  ];
  return suite
    .recognizeNumber(text, zh)
    .filter((n) => !taken.some((t) => n.start <= t.end && t.start <= n.end))
    .map((n) => fen(n.resolution?.value))
    .filter(Number.isFinite);
}

const quietly = (f) => {
  try {
    return f();
  } catch {
    return []; // a peer that throws has said nothing
  }
};

for await (const line of createInterface({ input: process.stdin })) {
  const c = JSON.parse(line);
  const now = new Date(c.now);
  process.stdout.write(
    JSON.stringify({
      recognizers: {
        times: quietly(() => recognizersTimes(c.text, now)),
        money: quietly(() => recognizersMoney(c.text)),
        numbers: quietly(() => recognizersNumbers(c.text, now)),
      },
      chrono: { times: quietly(() => chronoTimes(c.text, now)) },
    }) + '\n',
  );
}
