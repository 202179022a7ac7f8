/** A choice of the reader's that was kept in this browser; undefined where there is none, or storage is forbidden. */
export function kept(name: string): string | undefined {
  try {
    return localStorage.getItem(`monosema-${name}`) ?? undefined;
  } catch {
    return undefined;
  }
}

/** Keeps a choice over pages; where storage is forbidden it lasts for this page. */
export function keep(name: string, choice: string): void {
  try {
    localStorage.setItem(`monosema-${name}`, choice);
  } catch {
    // As above.
  }
}
