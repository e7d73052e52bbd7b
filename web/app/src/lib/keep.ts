// Small things kept in this browser. A browser that keeps nothing (private
// mode, storage full) must not break the page.

export function recall(key: string): string | null {
  try {
    return localStorage.getItem(key)
  } catch {
    return null
  }
}

/** Keeps a value; "" forgets it. */
export function keep(key: string, value: string): void {
  try {
    if (value) localStorage.setItem(key, value)
    else localStorage.removeItem(key)
  } catch {
    // Not kept: the page works without.
  }
}
