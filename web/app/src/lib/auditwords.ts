// What audit records say, in words: "article.publish" → "知识条目 · 发布".
import { outcomeWord, roleWord, t } from './words'

type Pair = [zh: string, en: string]
const things: Record<string, Pair> = {
  article: ['知识条目', 'Article'],
  auth: ['登录', 'Sign-in'],
  bind_code: ['绑定验证码', 'Bind code'],
  bind_lock: ['绑定锁定', 'Bind lock'],
  bind_request: ['绑定申请', 'Bind request'],
  binding: ['绑定', 'Binding'],
  case: ['工单', 'Case'],
  channel: ['官方渠道', 'Channel'],
  contact: ['微信用户', 'Contact'],
  conversation: ['会话', 'Conversation'],
  dead_letter: ['未发出的消息', 'Unsent message'],
  golden: ['标准问题', 'Golden question'],
  ledger: ['账务', 'Ledger'],
  lesson: ['待补充问题', 'Question to add'],
  macro: ['快捷回复', 'Macro'],
  merchant: ['商户', 'Merchant'],
  notice: ['公告', 'Notice'],
  scene: ['绑定二维码', 'Binding code'],
  token: ['API 令牌', 'API token'],
  user: ['人员', 'User'],
  word: ['词表', 'Word'],
}
const deeds: Record<string, Pair> = {
  approve: ['同意', 'approved'],
  archive: ['下架', 'archived'],
  claim: ['接待', 'claimed'],
  close: ['结束', 'closed'],
  create: ['新建', 'created'],
  delete: ['删除', 'deleted'],
  discard: ['放弃草稿', 'draft discarded'],
  done: ['已补充', 'done'],
  draft: ['存草稿', 'draft saved'],
  dropped: ['忽略', 'dropped'],
  elsewhere: ['不归我们答', 'belongs elsewhere'],
  give_back: ['交还机器人', 'given back'],
  end: ['解除', 'ended'],
  failed: ['没有发出', 'not sent'],
  handover: ['转交', 'handed over'],
  import: ['导入', 'imported'],
  lift: ['解锁', 'lifted'],
  list: ['查看列表', 'listed'],
  locked: ['锁定', 'locked'],
  login: ['成功', 'signed in'],
  login_failed: ['失败', 'failed'],
  logout: ['退出', 'signed out'],
  note: ['写备注', 'note'],
  open: ['放回待办', 'put back'],
  owner: ['改负责人', 'owner changed'],
  password: ['改密码', 'password'],
  publish: ['发布', 'published'],
  push: ['推送', 'pushed'],
  refuse: ['拒绝', 'refused'],
  reply: ['回复', 'replied'],
  retry: ['重发', 'sent again'],
  review_on: ['改复审日期', 'review date changed'],
  revoke: ['吊销', 'revoked'],
  rollback: ['回到旧版', 'rolled back'],
  save: ['保存', 'saved'],
  search: ['搜索', 'searched'],
  setup: ['首次设置', 'set up'],
  submit: ['提交审核', 'submitted'],
  unschedule: ['取消定时', 'schedule taken back'],
  update: ['修改', 'changed'],
  view: ['查看', 'viewed'],
  remove: ['移除', 'removed'],
  request: ['申请', 'requested'],
  sent: ['已发送', 'sent'],
  used: ['验证通过', 'right'],
  withdraw: ['撤回审核', 'withdrawn'],
  wrong: ['答错', 'wrong'],
}

/** The words of an action; parts without a word stay as they are. */
export function actionWord(action: string): string {
  const [thing = '', deed = ''] = action.split('.', 2)
  const a = things[thing]
  const b = deeds[deed]
  return [a ? t(...a) : thing, b ? t(...b) : deed].filter(Boolean).join(' · ')
}

const details: Record<string, Pair> = {
  waiting: ['待核实', 'waiting'],
  approved: ['已绑定', 'approved'],
  refused: ['已拒绝', 'refused'],
  all: ['全部', 'all'],
  demo: ['演示', 'demo'],
  'by the author alone': ['作者本人发布，没有第二人审核', 'by the author alone'],
  'one-time': ['一次性密码', 'one-time password'],
  'phrasings out of use': ['从商户问法补充', 'phrasings out of use'],
}
const patterns: [RegExp, (m: string[]) => Pair][] = [
  [/^golden questions broken: (\d+), overridden: (.*)$/s, (m) => [`${m[1]}个标准问题会答错，仍要发布：${m[2]}`, m[0] ?? '']],
  [/^to version (\d+)$/, (m) => [`回到 v${m[1]}`, m[0] ?? '']],
  [/^from (\d{4}-.*)$/, (m) => [`${m[1]} 起生效`, m[0] ?? '']],
  [/^(\d+) published$/, (m) => [`发布${m[1]}条`, m[0] ?? '']],
  [/^(\d+) as drafts$/, (m) => [`存成草稿${m[1]}条`, m[0] ?? '']],
  [/^(\d+) hits$/, (m) => [`找到${m[1]}条`, m[0] ?? '']],
  [/^(\d+)$/, (m) => [`${m[1]}句`, `${m[1]} questions`]],
  [/^role (\w+)$/, (m) => [roleWord(m[1] ?? ''), m[0] ?? '']],
  [/^merchants:(.*)$/, (m) => [m[1] ? `商户 ${m[1].split(',').join('、')}` : '没有绑定商户', m[0] ?? '']],
  [/^message:(\d+)$/, () => ['一条回复', 'a reply']],
]

/** The detail of an audit row in words; what people wrote stays as it is. */
export function detailWord(detail: string): string {
  return detail
    .split('; ')
    .map((part) => {
      const known = details[part]
      if (known) return t(...known)
      for (const [re, say] of patterns) {
        const m = re.exec(part)
        if (m) return t(...say(m))
      }
      return outcomeWord(part) || part
    })
    .join(t('；', '; '))
}

const subjects: Record<string, Pair> = { articles: ['多条知识', 'articles'], lessons: ['待补充问题', 'questions to add'], outbox: ['未发出的消息', 'unsent message'], incident: ['异常', 'incident'] }

/** What an audit row is about, in words, and the page that shows it. */
export function subjectWord(subject: string): { text: string; to?: string } {
  const [kind = '', ...rest] = subject.split(':')
  const id = rest.join(':')
  const thing = subjects[kind] ?? things[kind]
  const text = [thing ? t(...thing) : kind, /^\d{12,}$/.test(id) ? `…${id.slice(-6)}` : id].filter(Boolean).join(' ')
  if (kind === 'conversation' && id) return { text, to: `/conversations/${id}` }
  if (kind === 'article' && id) return { text, to: `/knowledge/${id}` }
  return { text }
}
