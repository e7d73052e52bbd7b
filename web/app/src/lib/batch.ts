// One action on many entries: sent in small lots, so that there is progress to
// show and a way to stop, and every entry ends with a result.
import { ApiError } from './api'
import type { BatchItem, BatchResult } from './types'

export interface BatchAsk {
  action: string
  items: BatchItem[]
  note?: string
  at?: string
}

/** done; refused = untouched, with the reason; unknown = the answer was lost,
 * it may have happened; skipped = not asked. */
export type Outcome = 'done' | 'refused' | 'unknown' | 'skipped'
export interface Line extends BatchResult {
  outcome: Outcome
}

const lot = 8

export interface Run {
  lines: Line[]
  total: number
}

/** Sends the lots in turn. tell is called with all lines so far; stop ends it
 * before the next lot. titles are for entries that no answer names. */
export async function runBatch(
  send: (ask: BatchAsk) => Promise<{ items: BatchResult[] }>,
  ask: BatchAsk,
  titles: Map<string, string>,
  tell: (r: Run) => void,
  stop: () => boolean,
): Promise<Run> {
  const run: Run = { lines: [], total: ask.items.length }
  const put = (items: BatchItem[], outcome: Outcome, detail: string) =>
    run.lines.push(...items.map((i) => ({ id: i.id, title: titles.get(i.id) ?? i.id, done: false, code: '', detail, findings: [], golden: [], undo: null, outcome })))
  let broken = false
  for (let i = 0; i < ask.items.length; i += lot) {
    const items = ask.items.slice(i, i + lot)
    if (broken || stop()) {
      put(items, 'skipped', '')
      continue
    }
    try {
      const r = await send({ ...ask, items })
      run.lines.push(...r.items.map((x) => ({ ...x, outcome: (x.done ? 'done' : 'refused') as Outcome })))
    } catch (e) {
      const said = e instanceof Error ? e.message : String(e)
      // A refusal of the whole lot changed nothing; a lost answer may have.
      const refused = e instanceof ApiError && e.status >= 400 && e.status < 500
      put(items, refused ? 'refused' : 'unknown', said)
      broken = true
    }
    tell({ ...run, lines: [...run.lines] })
  }
  tell({ ...run, lines: [...run.lines] })
  return run
}

/** What takes the done ones back, the last first, as asks by action. */
export function undoing(lines: Line[]): BatchAsk[] {
  const asks: BatchAsk[] = []
  for (const l of [...lines].reverse()) {
    if (l.outcome !== 'done' || !l.undo) continue
    const item = { id: l.id, value: l.undo.value || undefined }
    const last = asks.at(-1)
    if (last?.action === l.undo.action) last.items.push(item)
    else asks.push({ action: l.undo.action, items: [item] })
  }
  return asks
}

/** The entries between two of a list, both included, in its order. */
export function between(ids: string[], a: string, b: string): string[] {
  const i = ids.indexOf(a)
  const j = ids.indexOf(b)
  return i < 0 || j < 0 ? [b] : ids.slice(Math.min(i, j), Math.max(i, j) + 1)
}
