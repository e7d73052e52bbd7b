// What a new entry begins with when a question or an agent's answer becomes one.

export interface Seed {
  title: string
  phrasings: string[]
  body: string
  /** Questions taken off the list once the draft is stored. */
  lessons: string[]
}

let seed: Seed | null = null

export function startDraft(s: Seed): void {
  seed = s
}

/** The seed, once. */
export function takeSeed(): Seed | null {
  const s = seed
  seed = null
  return s
}

/** A number for a new entry, from the Beijing clock to the second: nobody has
 * to invent one, and it may be changed until the first save. */
export function freshID(at: number): string {
  return `entry-${new Date(at + 8 * 3600_000).toISOString().slice(2, 19).replace(/[-:T]/g, '')}`
}
