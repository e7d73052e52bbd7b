// What audit records say, in words: "article.publish" → "知识条目 · 发布".
import { t } from './words'

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

// detailWord of an audit row: the state that a list was opened with, else the
// words as they were written.
export function detailWord(detail: string): string {
  switch (detail) {
    case 'waiting':
      return t('待核实', 'waiting')
    case 'approved':
      return t('已绑定', 'approved')
    case 'refused':
      return t('已拒绝', 'refused')
    case 'all':
      return t('全部', 'all')
    case 'demo':
      return t('演示', 'demo')
  }
  return detail
}
