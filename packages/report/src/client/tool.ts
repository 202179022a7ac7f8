let tools: HTMLElement | undefined;

/**
 * Adds a button beside the heading of the examples.
 *
 * @param act told on each click whether the button is on, if it is one that turns something on and off
 */
export function addTool(label: string, act: (on: boolean) => void, on?: boolean): HTMLButtonElement {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'tool';
  button.textContent = label;
  if (on !== undefined) button.ariaPressed = String(on);
  button.addEventListener('click', () => {
    const now = button.ariaPressed === 'false';
    if (on !== undefined) button.ariaPressed = String(now);
    act(now);
  });
  if (!tools) {
    tools = document.createElement('div');
    tools.className = 'tools';
    document.querySelector('.lead > h2')?.after(tools);
  }
  tools.append(button);
  return button;
}
