// What was said, noted and done in one conversation, in the order of time.
import type { ConversationDetail, Message } from './types'

export type Item =
  | { kind: 'message'; key: string; at: string; m: Message }
  | { kind: 'note'; key: string; at: string; name: string; text: string }
  | { kind: 'change'; key: string; at: string; to: string; from: string; actor: string; reason: string }

/** Merges the messages on screen with notes and changes of owner. While older
 * messages are not loaded, what happened before the first message stays out:
 * it would stand without its talk. */
export function timeline(messages: Message[], d: Pick<ConversationDetail, 'notes' | 'changes'>, more: boolean): Item[] {
  const seen = new Set<string>()
  const said: Item[] = []
  for (const m of messages) {
    if (seen.has(m.id)) continue
    seen.add(m.id)
    said.push({ kind: 'message', key: `m${m.id}`, at: m.at, m })
  }
  const begin = more ? Date.parse(said[0]?.at ?? '') : Number.NEGATIVE_INFINITY
  const rest: Item[] = [
    ...d.notes.map((n): Item => ({ kind: 'note', key: `n${n.id}`, at: n.at, name: n.author_name, text: n.text })),
    ...d.changes.map((c, i): Item => ({ kind: 'change', key: `c${i}${c.at}`, at: c.at, to: c.to, from: c.from, actor: c.actor, reason: c.reason })),
  ].filter((x) => !(Date.parse(x.at) < begin))
  // Stable: at the same instant the message comes first.
  return [...said, ...rest].sort((a, b) => Date.parse(a.at) - Date.parse(b.at))
}

/** The bot's last finding in the talk: what an agent wants to know when the
 * case itself was opened by a plain "转人工". Undefined = it never found one. */
export function lastFinding(messages: Message[]): Message | undefined {
  for (let i = messages.length - 1; i >= 0; i--) {
    const m = messages[i]
    if (m?.trace?.cause && (m.trace.facts?.transactions?.length || m.trace.evidence?.length)) return m
  }
  return undefined
}
