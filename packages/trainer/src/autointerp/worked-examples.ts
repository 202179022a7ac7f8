import type { Message } from './answer-store.ts';

/** A made-up feature, what is seen of it, and how it is explained. */
interface Worked {
  /** A passage each: why it was chosen, and its tokens between dots, with the step of the activation behind ^. */
  readonly passages: readonly (readonly [group: string, tokens: string])[];
  readonly likelier: readonly string[];
  readonly unlikelier: readonly string[];
  readonly thought: string;
  readonly answer: string;
}

/**
 * Eight, as many as in Bricken et al. 2023, who take features of other dictionaries. These are made up, so that no
 * feature of a study is given away: kinds that occur, a token that counts only in some contexts, one whose weak
 * activations are of something else, and a unit that means several things.
 */
const EXAMPLES: readonly Worked[] = [
  {
    passages: [
      ['top', ' of· this· Agreement·,· the^9· Licensor· shall'],
      ['interval 3', ' and· the^6· obligations· of· the^6· parties·.'],
      ['interval 7', ' a· motion· filed· by· the^3· plaintiff'],
      ['bottom', ' put· before· the^1· committee· in· May'],
      ['random place', ' she· put· the· kettle· on· and'],
      ['strongest token', ' in· the· garden· behind· the· house'],
    ],
    likelier: [' parties', ' Company', ' court', ' Licensee', ' Agreement'],
    unlikelier: [' cat', ' morning', '!'],
    thought:
      'Only one word is active, and in everyday prose it is not. The strong passages are contracts, the weaker ones courts and committees, and what becomes likelier are nouns of contracts.',
    answer:
      'The definite article in contracts and other legal text; expects a noun for a party, a court or a document.',
  },
  {
    passages: [
      ['top', 'GAT^9·TAC^9·AGG^8·CTA^9·CCT^9'],
      ['interval 2', ':· AAG^5·CTT^7·GCA^8·\n'],
      ['interval 8', ' the· CAT^1· scan· of· the· chest'],
      ['random place', ' with· the· next· train· north'],
      ['strongest token', ' A· TAC· of· 250· tonnes'],
    ],
    likelier: ['GGA', 'TCC', 'ATG', 'CAG', 'TTA'],
    unlikelier: [' the', ',', ' and'],
    thought:
      'Letters A, C, G and T in a row, the more of them before, the stronger. A lone such token in prose is hardly active. More of the same becomes likelier.',
    answer:
      'Runs of the letters A, C, G and T, as in DNA sequences, growing with the length of the run; expects the run to go on.',
  },
  {
    passages: [
      ['top', ' born· on· 4· March· ·19^9·62'],
      ['interval 4', ' in· June· ·20^5·14·,· when'],
      ['interval 9', ' chapter· ·19^1· of· the· book'],
      ['random place', ' about· ·30· km· to· the'],
      ['strongest token', ' ·19· apples· and· a· pear'],
    ],
    likelier: ['84', '97', '62', '71', '03'],
    unlikelier: ['%', 'th', ' km'],
    thought:
      'The first half of a year, after a month. The same digits elsewhere are hardly active. Two more digits become likelier.',
    answer: 'The first two digits of a year in a date, mostly after a month; expects the last two digits.',
  },
  {
    passages: [
      ['top', '>·\n·  ·<·div^9· class·="'],
      ['interval 3', '<·ul^6·><·li^7·>·First'],
      ['interval 6', '</·p^4·>·\n·<·p^4·>'],
      ['bottom', ' if· (·a· <· b^1·)'],
      ['strongest token', ' the· div· of· labour'],
    ],
    likelier: ['>', ' class', ' id', '><'],
    unlikelier: [' the', '.', ' of'],
    thought:
      'Names of tags after an opening bracket, the closing ones weaker. As words elsewhere they are not active, and a bracket in a comparison is at the very bottom. Attributes or the end of the tag become likelier.',
    answer:
      'Names of HTML tags right after an opening angle bracket; expects attributes or the end of the tag.',
  },
  {
    passages: [
      ['top', ' של^9· הבית^9· הזה^8·.'],
      ['interval 5', ' (·Hebrew·:· שלום^5·)'],
      ['interval 9', ' the· word· א^1· stands'],
      ['random place', ' من· البيت· إلى· المدينة'],
    ],
    likelier: ['ים', 'ה', ' את', ' של'],
    unlikelier: [' the', 'ا', ' и'],
    thought:
      'Hebrew letters, wherever they stand, and no others: Arabic is not active. Hebrew becomes likelier.',
    answer: 'Hebrew letters, strongest in running Hebrew text; expects more Hebrew.',
  },
  {
    passages: [
      ['top', ' she· was· walk·ing^9· home'],
      ['interval 3', ' the· build·ing^5· stood'],
      ['interval 7', ' to· the· k·ing^2· of'],
      ['random place', ' they· walk· home· late'],
      ['strongest token', 'ing· is· a· suffix'],
    ],
    likelier: [' the', ' to', ' a', ' with', ' down'],
    unlikelier: ['ly', 'ness', "'s"],
    thought:
      'The ending -ing after a verb is strongest, in a noun made of a verb weaker, and where it is no ending at all weakest. What may follow a participle becomes likelier.',
    answer:
      'The ending of a present participle, less so of nouns that end alike; expects an object or a preposition.',
  },
  {
    passages: [
      ['top', 'aGV^8·sbG^9·8gd^9·29y^9·bGQ^8'],
      ['interval 4', '/·iVB^5·ORw^7·0KG^8'],
      ['interval 8', ' v=·dQ^1·w4·w9'],
      ['random place', ' hello· world· again'],
    ],
    likelier: ['Zy', 'bmV', 'Q0', 'IHR', 'cG'],
    unlikelier: [' of', '. ', 'tion'],
    thought:
      'Upper and lower case letters and digits in an order that is no language, stronger the longer it lasts: encoded data. More of it becomes likelier.',
    answer: 'Base64-encoded data, growing with the length of the run; expects more of it.',
  },
  {
    passages: [
      ['top', ' 그리고^9· 나는^8· 집에'],
      ['interval 2', '\\·cite^7·{·smith·}'],
      ['interval 4', 'Content·-·Type^6·:· text'],
      ['interval 8', ' how·ever^2·,· it· was'],
      ['random place', ' 아침· 7· 시'],
    ],
    likelier: ['{', ':', '이', ' /'],
    unlikelier: [' she', ' very'],
    thought:
      'Korean, citations in LaTeX, names of HTTP headers: I see nothing that they share, and not all Korean is active. What becomes likelier belongs to each of them in turn.',
    answer: 'No single meaning: some Korean words, LaTeX commands for citations, and names of HTTP headers.',
  },
];

/** The eight as turns of a conversation before the question, in the form that questions have. */
export function workedExamples(): Message[] {
  return EXAMPLES.flatMap(({ passages, likelier, unlikelier, thought, answer }) => {
    const listed = passages.map(([group, tokens]) => `[${group}]\n${linesOf(tokens)}`);
    const spelled = (tokens: readonly string[]) => tokens.map((token) => JSON.stringify(token)).join(', ');
    return [
      {
        role: 'user' as const,
        content: `${listed.join('\n\n')}\n\nMade likelier: ${spelled(likelier)}\nMade less likely: ${spelled(unlikelier)}`,
      },
      { role: 'assistant' as const, content: `${thought} <answer>${answer}</answer>` },
    ];
  });
}

function linesOf(tokens: string): string {
  return tokens
    .split('·')
    .filter((token) => token !== '')
    .map((token) => {
      const [, text, step] = /^([\s\S]*?)(?:\^(\d))?$/.exec(token)!;
      return `${JSON.stringify(text)}\t${step ?? 0}`;
    })
    .join('\n');
}
