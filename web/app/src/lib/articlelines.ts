import type { Article, Finding } from './types'
import { audienceWord, causeWord, channelWord, intentWord, t } from './words'

/** An entry as lines for people: what a comparison and an old version show. */
export function articleLines(x?: Article | null): string[] {
  if (!x) return []
  return [
    x.title,
    ...x.body.split('\n'),
    ...x.phrasings.map((p) => t(`问法：${p}`, `asked: ${p}`)),
    ...x.guide_steps.map((p, i) => t(`第${i + 1}步：${p}`, `step ${i + 1}: ${p}`)),
    ...(x.guide_then ? [t(`之后：${x.guide_then}`, `then: ${x.guide_then}`)] : []),
    t('意图：', 'intents: ') + x.intents.map(intentWord).join(t('、', ', ')),
    t('原因：', 'causes: ') + x.causes.map(causeWord).join(t('、', ', ')),
    t('品牌：', 'brands: ') + (x.brands.join(t('、', ', ')) || t('全部', 'all')),
    t('渠道：', 'channels: ') + (x.channels.map(channelWord).join(t('、', ', ')) || t('全部', 'all')),
    t('说给：', 'audience: ') + audienceWord(x.audience),
    t('有效：', 'valid: ') + `${x.valid_from || '—'} … ${x.valid_until || '—'}`,
    t('负责人：', 'owner: ') + x.owner + t('，复审：', ', review: ') + (x.review_on || '—'),
    t('依据：', 'sources: ') + x.sources.join(t('、', ', ')),
  ]
}

const manyLines = ['body', 'phrasings', 'sources']

/** What the check says of a field, with the line where it has several. */
export function complaints(findings: Finding[], field: string): string[] {
  return findings
    .filter((f) => f.field === field)
    .map((f) => (f.row && manyLines.includes(field) ? t(`第${f.row}行：${f.message}`, `line ${f.row}: ${f.message}`) : f.message))
}
