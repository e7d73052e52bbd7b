// Words of the enumerations, Chinese first; an unknown one shows as it is.
import { ref } from 'vue'
import { keep, recall } from './keep'

export type Lang = 'zh' | 'en'
export const lang = ref<Lang>(recall('lang') === 'en' ? 'en' : 'zh')

export function setLang(l: Lang): void {
  lang.value = l
  keep('lang', l)
  document.documentElement.lang = l === 'zh' ? 'zh-CN' : 'en'
}

/** The text in the language chosen. */
export function t(zh: string, en: string): string {
  return lang.value === 'zh' ? zh : en
}

type Table = Record<string, [zh: string, en: string]>

const causes: Table = {
  TXN_DECLINED: ['交易未成功', 'Declined'],
  TXN_UNKNOWN: ['结果未明', 'Outcome unknown'],
  TXN_REVERSED: ['已冲正', 'Reversed'],
  SINGLE_SIDED: ['单边账', 'Single-sided'],
  NOT_UPLOADED: ['机具未上送', 'Not uploaded'],
  PREAUTH_NOT_COMPLETED: ['预授权未完成', 'Preauth not completed'],
  VOIDED: ['已撤销', 'Voided'],
  REFUNDED: ['已退款', 'Refunded'],
  REFUND_IN_PROGRESS: ['退款处理中', 'Refund in progress'],
  CYCLE_NOT_DUE: ['未到结算日', 'Not due yet'],
  AFTER_CUTOFF: ['切账后交易', 'After cut-off'],
  HOLIDAY_DEFERRED: ['节假日顺延', 'Holiday deferred'],
  SETTLE_PROCESSING: ['出款处理中', 'Payout processing'],
  OVERDUE: ['超期未到', 'Overdue'],
  D0_DOWNGRADED: ['秒到转次日', 'D0 downgraded'],
  BELOW_MINIMUM: ['低于起结金额', 'Below minimum'],
  MANUAL_WITHDRAW: ['需手动提现', 'Manual withdrawal'],
  MERGED_PAYOUT: ['合并出款', 'Merged payout'],
  FEE_NET: ['扣手续费后到账', 'Net of fee'],
  OFFSET: ['抵扣/调账', 'Offset'],
  PAYOUT_REJECTED_ACCOUNT: ['收款账户拒收', 'Account rejected'],
  PAYOUT_LIMIT_CLASS2: ['二类户限额', 'Class II limit'],
  PAYOUT_LIMIT_CLASS3: ['三类户限额', 'Class III limit'],
  PAYOUT_RETURNED: ['出款退票', 'Payout returned'],
  ACCOUNT_CHANGED: ['付到原结算卡', 'Paid to old account'],
  PAID_NOT_NOTICED: ['已付款待核对', 'Paid, not noticed'],
  RISK_HOLD: ['风控延迟结算', 'Risk hold'],
  RETRIEVAL: ['调单', 'Retrieval'],
  DISPUTE: ['拒付争议', 'Dispute'],
  MERCHANT_FROZEN: ['商户冻结', 'Merchant frozen'],
  DOCS_INCOMPLETE: ['资料待补', 'Papers missing'],
  DUPLICATE: ['重复扣款', 'Duplicate'],
  FRAUD_SUSPECTED: ['疑似诈骗', 'Fraud suspected'],
  OUTAGE: ['公告中的故障', 'Announced outage'],
  NOT_FOUND: ['未查到', 'Not found'],
  NOT_OWNED: ['非本人商户', 'Not owned'],
  NOT_BOUND: ['未绑定', 'Not bound'],
  AMBIGUOUS: ['多笔待确认', 'Ambiguous'],
  LEDGER_UNAVAILABLE: ['账务系统查不到', 'Ledger unavailable'],
  INCONSISTENT: ['账目矛盾', 'Inconsistent'],
  POLICY: ['违规请求', 'Against policy'],
}
const reasons: Table = {
  ...causes,
  'taken over': ['接管', 'taken over'],
  REQUESTED: ['要求人工', 'Asked for'],
  NO_PROGRESS: ['未能解决', 'No progress'],
  LOW_CONFIDENCE: ['没听懂', 'Not understood'],
  ANGRY: ['情绪激动', 'Angry'],
  COMPLAINT: ['投诉', 'Complaint'],
  HIGH_VALUE: ['大额', 'High value'],
  BOT_ERROR: ['机器人故障', 'Bot error'],
  UNREADABLE: ['图片/语音', 'Unreadable'],
}
const statuses: Table = {
  waiting: ['待接', 'Waiting'],
  human: ['人工中', 'With agent'],
  bot: ['机器人', 'Bot'],
  closed: ['已结束', 'Closed'],
}
const priorities: Table = { normal: ['普通', 'Normal'], high: ['优先', 'High'], urgent: ['紧急', 'Urgent'] }
const roles: Table = {
  agent: ['客服', 'Agent'],
  supervisor: ['主管', 'Supervisor'],
  admin: ['管理员', 'Admin'],
  auditor: ['审计', 'Auditor'],
  owner: ['店主', 'Owner'],
  manager: ['店长', 'Manager'],
  clerk: ['店员', 'Clerk'],
}
const states: Table = {
  PENDING: ['处理中', 'Pending'],
  SUCCESS: ['成功', 'Success'],
  FAILED: ['失败', 'Failed'],
  UNKNOWN: ['未明', 'Unknown'],
  REVERSED: ['已冲正', 'Reversed'],
  VOIDED: ['已撤销', 'Voided'],
  CLOSED: ['已关闭', 'Closed'],
  WAITING: ['待结算', 'Waiting'],
  BELOW_MIN: ['未达起结额', 'Below minimum'],
  SCHEDULED: ['已排期', 'Scheduled'],
  PROCESSING: ['出款中', 'Processing'],
  D0_FAILED: ['秒到失败', 'D0 failed'],
  HELD: ['延迟结算', 'Held'],
  PAID: ['已付款', 'Paid'],
  REJECTED: ['收款行拒绝', 'Rejected'],
  RETURNED: ['退票', 'Returned'],
  OFFSET: ['已抵扣', 'Offset'],
  NORMAL: ['正常', 'Normal'],
  LIMITED: ['受限', 'Limited'],
  PENDING_DOCS: ['待补资料', 'Papers due'],
  FROZEN: ['冻结', 'Frozen'],
}
const channels: Table = {
  CARD: ['刷卡', 'Card'],
  WECHAT: ['微信', 'WeChat'],
  ALIPAY: ['支付宝', 'Alipay'],
  UNIONPAY_QR: ['云闪付', 'UnionPay QR'],
  ECNY: ['数字人民币', 'e-CNY'],
}
const kinds: Table = {
  SALE: ['消费', 'Sale'],
  PREAUTH: ['预授权', 'Preauth'],
  PREAUTH_COMPLETE: ['预授权完成', 'Completion'],
  PREAUTH_CANCEL: ['预授权撤销', 'Preauth cancel'],
  VOID: ['撤销', 'Void'],
  REFUND: ['退款', 'Refund'],
}
const deliveries: Table = {
  pending: ['待发送', 'Pending'],
  passive: ['发送中', 'Sending'],
  sending: ['发送中', 'Sending'],
  sent: ['已发出', 'Sent'],
  held: ['待对方来消息后发出', 'Held'],
  dead: ['未发出', 'Not sent'],
}
const articleStates: Table = {
  draft: ['草稿', 'Draft'],
  review: ['待审', 'In review'],
  published: ['已发布', 'Published'],
  archived: ['已下架', 'Archived'],
}
const tolds: Table = {
  in_force: ['已发布', 'Published'],
  not_yet: ['未到生效时间', 'Not yet in force'],
  expired: ['已过有效期', 'Expired'],
  archived: ['已下架', 'Archived'],
  never: ['从未发布', 'Never published'],
}
const outcomes: Table = {
  solved: ['已解决', 'Solved'],
  explained: ['已解释', 'Explained'],
  forwarded: ['已转交', 'Forwarded'],
  unreachable: ['联系不上', 'Unreachable'],
  other: ['其他', 'Other'],
}

const accounts: Table = { I: ['I类户', 'class I'], II: ['II类户', 'class II'], III: ['III类户', 'class III'] }
const cycles: Table = {
  D0: ['D+0 秒到', 'D+0'],
  T0: ['T+0 当天', 'T+0'],
  D1: ['D+1 次日（节假日照算）', 'D+1'],
  T1: ['T+1 下个工作日', 'T+1'],
  MANUAL: ['手动提现', 'Manual'],
}
const intents: Table = {
  missing_payment: ['钱没到', 'Missing payment'],
  declined: ['刷卡失败', 'Declined'],
  unknown_result: ['结果不明', 'Unknown result'],
  fee: ['手续费', 'Fee'],
  limit: ['限额', 'Limit'],
  frozen: ['冻结', 'Frozen'],
  refund: ['退款', 'Refund'],
  duplicate_charge: ['重复扣款', 'Charged twice'],
  account_change: ['换结算卡', 'Account change'],
  device: ['机具', 'Device'],
  network: ['网络', 'Network'],
  settlement_rule: ['到账规则', 'Settlement rule'],
  statement: ['对账', 'Statement'],
  identity: ['绑定核实', 'Identity'],
  human: ['找人工', 'Human'],
  complaint: ['投诉', 'Complaint'],
  fraud: ['诈骗', 'Fraud'],
  cashout: ['套现', 'Cash-out'],
  thanks: ['道谢', 'Thanks'],
  greeting: ['打招呼', 'Greeting'],
  confirm: ['肯定', 'Yes'],
  deny: ['否定', 'No'],
  other: ['其他', 'Other'],
}
const audiences: Table = { all: ['所有人', 'Everybody'], merchant: ['店主', 'Merchants'], clerk: ['店员', 'Clerks'], payer: ['付款人', 'Payers'] }
const scopes: Table = {
  'ledger:write': ['推送账务数据', 'Push ledger rows'],
  'conversations:read': ['读会话', 'Read conversations'],
  'knowledge:read': ['读知识库', 'Read knowledge'],
  'reports:read': ['读报表', 'Read reports'],
}
const proofs: Table = { scene: ['扫绑定码', 'binding code'], sms: ['短信验证码', 'code by SMS'], file: ['名单导入', 'imported'], import: ['名单导入', 'imported'] }

const from = (table: Table) => (key: string | undefined) => {
  const w = key ? table[key] : undefined
  return w ? t(w[0], w[1]) : (key ?? '')
}
export const causeWord = from(causes)
export const reasonWord = from(reasons)
export const statusWord = from(statuses)
export const priorityWord = from(priorities)
export const roleWord = from(roles)
export const stateWord = from(states)
export const channelWord = from(channels)
export const kindWord = from(kinds)
export const deliveryWord = from(deliveries)
export const articleWord = from(articleStates)
export const toldWord = from(tolds)
export const outcomeWord = from(outcomes)
const presences: Table = { online: ['在线', 'online'], away: ['暂离', 'away'], offline: ['离线', 'offline'] }
export const presenceWord = from(presences)
export const accountWord = from(accounts)
export const cycleWord = from(cycles)
export const intentWord = from(intents)
export const audienceWord = from(audiences)
export const scopeWord = from(scopes)
/** Who did it: "agent:小李" → "小李", "bot" → "机器人". */
export function actorWord(actor: string): string {
  const name = /^(agent|user):(.+)$/.exec(actor)?.[2]
  if (name) return name
  if (actor === 'bot') return t('机器人', 'bot')
  if (actor === 'system') return t('系统', 'system')
  if (actor === 'demo') return t('演示', 'demo')
  if (actor === 'contact' || actor.startsWith('contact:')) return t('商户', 'merchant')
  return actor
}
const codeStates: Table = {
  queued: ['正在发送', 'being sent'], sent: ['已发送', 'sent'], failed: ['没有发出', 'not sent'], silent: ['没有发送', 'not sent'],
  used: ['验证通过', 'right'], locked: ['试错太多', 'locked'], replaced: ['已被新码替换', 'replaced'],
}
const codeWhys: Table = {
  no_match: ['商户号或尾号不符', 'data differ'], no_phone: ['没有登记完整手机号', 'no full mobile number'], merchant_locked: ['该店的验证码已锁定', 'the shop is locked'],
  gateway: ['短信网关没有接受', 'gateway failed'], late: ['没赶上有效期', 'too late'],
}
/** What became of a one-time code: state and why none went out. */
export function codeWord(state: string, why: string): string {
  return why ? `${from(codeStates)(state)}（${from(codeWhys)(why)}）` : from(codeStates)(state)
}
/** How a binding was proved: "agent:小李" → "小李核实". */
export function proofWord(by: string): string {
  const name = /^agent:(.+)$/.exec(by)?.[1]
  return name ? t(`${name}核实`, `checked by ${name}`) : from(proofs)(by)
}
/** "bound:owner" → "已绑定，店主". */
export function identityWord(identity: string | undefined): string {
  if (!identity || identity === 'unbound') return t('未绑定', 'not bound')
  const role = identity.split(':')[1]
  return t('已绑定', 'bound') + (role ? t('，', ', ') + from(roles)(role) : '')
}
export const allIntents = Object.keys(intents).filter((x) => !['thanks', 'greeting', 'confirm', 'deny', 'other'].includes(x))
export const allAudiences = Object.keys(audiences)
export const allChannels = Object.keys(channels)
export const allBrands = '拉卡拉 刷呗 中付 盛付通 瑞银信 银联商务 银联 云闪付 微信支付 支付宝 花呗 京东白条 汇付 随行付 富友'.split(' ')
export const allScopes = Object.keys(scopes)
export const allCauses = Object.keys(causes)
export const allOutcomes = Object.keys(outcomes)

const menuKeys: Table = {
  QUERY: ['查到账', 'Where is my money'],
  FAQ: ['常见问题', 'FAQ'],
  HUMAN: ['人工客服', 'A person'],
  CASES: ['我的工单', 'My cases'],
  BIND: ['绑定商户', 'Bind a shop'],
}

const messageKinds: Table = {
  image: ['［图片］', '[picture]'],
  voice: ['［语音］', '[voice]'],
  video: ['［视频］', '[video]'],
  location: ['［位置］', '[location]'],
  link: ['［链接］', '[link]'],
  unsupported: ['［不支持的消息］', '[unsupported]'],
}
export const messageKindWord = from(messageKinds)

/** One line for a message in a list. */
export function lastWords(kind: string, text: string): string {
  if (!kind) return t('（还没有消息）', '(no messages yet)')
  if (kind === 'event') return eventWord(text)
  return text || messageKindWord(kind)
}

/** What a contact did without words: "CLICK HUMAN" → 点了菜单“人工客服”. */
export function eventWord(text: string): string {
  const [event = '', key = ''] = text.split(' ')
  switch (event) {
    case 'CLICK': {
      const name = menuKeys[key]
      return name ? t(`点了菜单“${name[0]}”`, `Tapped the menu: ${name[1]}`) : t('点了菜单', 'Tapped the menu')
    }
    case 'VIEW':
      return t('打开了菜单里的网页', 'Opened a page of the menu')
    case 'subscribe':
      return key ? t('扫码关注了公众号', 'Followed by QR code') : t('关注了公众号', 'Followed the account')
    case 'unsubscribe':
      return t('取消了关注', 'Unfollowed')
    case 'SCAN':
      return t('扫了二维码', 'Scanned a QR code')
    default:
      return text
  }
}
