/** Two continuations side by side, or one, which grow as tokens come. */
export interface Sides {
  add(side: 'plain' | 'steered', bytes: Uint8Array): void;
  end(): void;
}

/**
 * Makes room for continuations of a prompt.
 *
 * @param held what is held, as text; null where nothing is, and there is one side
 */
export function showSides(container: HTMLElement, prompt: string, held: string | null): Sides {
  const make = (title: string): { add: (bytes: Uint8Array) => void; end: () => void } => {
    const section = document.createElement('section');
    const heading = document.createElement('h3');
    heading.textContent = title;
    const text = document.createElement('p');
    text.dir = 'auto';
    text.lang = '';
    const quiet = document.createElement('span');
    quiet.className = 'prompt';
    quiet.textContent = prompt;
    const grown = document.createElement('span');
    text.append(quiet, grown);
    section.append(heading, text);
    container.append(section);
    // A character may be split over tokens.
    const decoder = new TextDecoder();
    return {
      add: (bytes) => grown.append(decoder.decode(bytes, { stream: true })),
      end: () => grown.normalize(),
    };
  };
  container.replaceChildren();
  const steered = held === null ? null : make(`With ${held}`);
  const plain = make(held === null ? 'Goes on' : 'Plain');
  return {
    add: (side, bytes) => (side === 'plain' ? plain : steered)?.add(bytes),
    end: () => {
      plain.end();
      steered?.end();
    },
  };
}
