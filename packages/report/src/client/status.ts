/** What a status stays for, in milliseconds. */
const SHOWN = 4000;

// It is there before it says anything: what comes with its words is not read out.
const status = document.createElement('p');
status.className = 'status';
status.setAttribute('role', 'status');
document.body.append(status);
let fading = 0;

/** Says in a corner what was done; it is read out, and goes by itself. */
export function say(text: string): void {
  status.textContent = text;
  clearTimeout(fading);
  fading = setTimeout(() => (status.textContent = ''), SHOWN);
}

/** Copies a text. @param done said then @param failed said where the browser does not allow it */
export function copy(text: string, done: string, failed: string): void {
  // Over plain http there is no clipboard.
  const clipboard = navigator.clipboard as Clipboard | undefined;
  (clipboard?.writeText(text) ?? Promise.reject(new Error('no clipboard'))).then(
    () => say(done),
    () => say(failed),
  );
}
