// What a diagnosis looks like and what its evidence says, in people's words.
import { accountWord, channelWord, kindWord, stateWord, t } from './words'

export type Tone = 'good' | 'wait' | 'warn' | 'bad' | 'plain'

const tones: Record<Exclude<Tone, 'warn' | 'bad'>, string[]> = {
  good: ['PAID_NOT_NOTICED', 'FEE_NET', 'MERGED_PAYOUT', 'OFFSET'],
  wait: ['CYCLE_NOT_DUE', 'AFTER_CUTOFF', 'HOLIDAY_DEFERRED', 'SETTLE_PROCESSING', 'REFUND_IN_PROGRESS', 'D0_DOWNGRADED', 'BELOW_MINIMUM', 'MANUAL_WITHDRAW'],
  plain: ['TXN_DECLINED', 'TXN_REVERSED', 'VOIDED', 'REFUNDED', 'PREAUTH_NOT_COMPLETED'],
}

/** The colour of a cause: bad = the rules want a human; warn = something has
 * to be done by somebody; wait = the money is on its way; good = it was paid;
 * plain = there is no money to come. */
export function tone(d: { cause: string; human: boolean } | null): Tone {
  if (!d) return 'plain'
  if (d.human) return 'bad'
  for (const [k, causes] of Object.entries(tones)) if (causes.includes(d.cause)) return k as Tone
  return 'warn'
}

type Pair = [zh: string, en: string]
const fields: Record<string, Pair> = {
  state: ['状态', 'state'],
  status: ['状态', 'status'],
  due: ['应付日', 'due'],
  paid_at: ['付款时间', 'paid at'],
  resp_code: ['应答码', 'response code'],
  amount_fen: ['金额', 'amount'],
  net_fen: ['净额', 'net'],
  fee_fen: ['手续费', 'fee'],
  error: ['错误', 'error'],
  human: ['转人工', 'human'],
  match: ['匹配', 'match'],
  replaces: ['代替', 'replaces'],
  symptom: ['现象', 'symptom'],
  time: ['时间', 'time'],
  kind: ['类型', 'kind'],
  channel: ['渠道', 'channel'],
  cycle: ['结算周期', 'cycle'],
  account_class: ['账户类型', 'account class'],
  account_last4: ['结算卡尾号', 'account tail'],
  return_code: ['退票码', 'return code'],
  reason: ['原因', 'reason'],
  unsent_offline: ['机具未上送', 'unsent on terminal'],
}
const reasons: Record<string, Pair> = {
  amount_gross: ['金额相符', 'amount'],
  amount_net: ['与净额相符', 'net amount'],
  amount_net_computed: ['与算出的净额相符', 'computed net'],
  amount_linked: ['与关联交易金额相符', 'linked amount'],
  amount_remaining: ['与余下金额相符', 'remaining amount'],
  amount_fee: ['与手续费相符', 'fee'],
  amount_payout_sum: ['与出款总额相符', 'payout sum'],
  amount_sum: ['与合计相符', 'sum'],
  terminal: ['终端号相符', 'terminal'],
  tail: ['卡尾号相符', 'card tail'],
  reference: ['参考号相符', 'reference'],
  channel: ['渠道相符', 'channel'],
  time: ['时间相符', 'time'],
  day: ['日期相符', 'day'],
  neighbour_day: ['前后一天', 'a day off'],
  chosen: ['商户选的', 'chosen'],
  focus_kept: ['接着上一笔说的', 'still the same one'],
  not_paid_out: ['还没付出的', 'not paid out'],
  latest: ['最近的一笔', 'the latest'],
  charged_twice: ['扣了两次', 'charged twice'],
}

/** "DEMOB010002 的状态是 已排期" for an agent; the row keeps its number. */
export function evidenceLine(e: { row: string; field: string; value: string }): string {
  const f = fields[e.field]
  const value = stateWord(e.value) !== e.value ? stateWord(e.value) : kindWord(e.value) !== e.value ? kindWord(e.value) : channelWord(e.value)
  return `${e.row} · ${f ? t(...f) : e.field}${t('：', ': ')}${value}`
}

/** Why a candidate was thought to be the one. */
export function matchWord(r: string): string {
  const w = reasons[r]
  return w ? t(...w) : r
}

/** "I" → "I类户"; "" stays "". */
export const accountClass = (c: string | undefined): string => accountWord(c)
