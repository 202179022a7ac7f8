import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { runFolder, type RunFolder } from '../artefacts/run-folder.ts';
import type { StageContext } from '../artefacts/stage-context.ts';
import { checkStudy } from '../config/check-study.ts';
import { RECORDS_VERSION, writeExams, writeStudy, writeVocabulary, type Exam } from '../records/index.ts';
import { readExplanations } from '../records/explanations.ts';
import { explainStage } from './explain-stage.ts';
import { readExplanation } from './read-answers.ts';
import { numberedTokens, questionOf, ruleServer, type Answer, type Seen } from './testing/rule-server.ts';

/** Token t is written as its activation in steps of the largest, t % 10, and what makes it itself. */
const VOCABULARY = 200;
const textOf = (token: number): string => `${token % 10}:${token}`;
const MAX = 4.5;
const activationOf = (token: number): number => ((token % 10) * MAX) / 9;

function examOf(feature: number): Exam {
  const passage = (first: number) => {
    const tokens = Array.from({ length: 9 }, (_, i) => (first + 7 * i) % VOCABULARY);
    return { group: 'top', tokens, activations: tokens.map(activationOf) };
  };
  return {
    max: MAX,
    study: [passage(feature), passage(feature + 3)],
    test: [passage(feature + 50), passage(feature + 71), passage(feature + 97)],
    strongestLogits: [1, 2],
    weakestLogits: [3],
    questions: Array.from({ length: 20 }, (_, i) => ({ token: 100 + i, likelier: i < 10 })),
  };
}

let root: string;
let run: RunFolder;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'autointerp-'));
  run = runFolder(root);
  const tokens = Array.from({ length: VOCABULARY }, (_, token) =>
    Buffer.from(textOf(token)).toString('base64'),
  );
  writeVocabulary(run.records, { version: RECORDS_VERSION, tokens });
  writeStudy(run.records, {
    version: RECORDS_VERSION,
    name: 'test',
    models: [],
    dictionaries: ['A/1', 'A/neurons'],
    corpus: { documents: 1, bytes: 1, trainTokens: 1, validationTokens: 1, domains: [] },
    domainFeatures: [],
    universality: [],
    provenance: {
      monosema: '0',
      config: {},
      adapter: { name: 'a', class: 'b', driver: 'c' },
      stages: [],
      tokenizerHash: 'h',
    },
  });
  // Every third feature has too few examples to be asked about.
  writeExams(run.records, 'A/1', 70, (feature) => (feature % 3 === 0 ? null : examOf(feature)));
  writeExams(run.records, 'A/neurons', 2, examOf);
});
afterEach(() => rmSync(root, { recursive: true }));

function contextOf(url: string, signal = new AbortController().signal): StageContext & { said: string[] } {
  const study = checkStudy({
    name: 'test',
    corpus: { path: '/nowhere' },
    explainer: { url, model: 'by-rule', features: 4, requestsPerMinute: 60_000, parallel: 2 },
  });
  const said: string[] = [];
  return {
    study,
    run,
    model: null,
    folder: run.explanations,
    checkpoint: join(run.explanations, 'checkpoint'),
    seed: 1,
    inputs: [],
    device: () => Promise.reject(new Error('no GPU is needed')),
    say: (line) => said.push(line),
    progress: () => {},
    now: () => performance.now(),
    signal,
    said,
  };
}

/** Knows the activations and the likelier tokens. */
const oracle = ({ messages }: Seen): string => {
  switch (questionOf(messages)) {
    case 'explain':
      return 'I see digits. <answer>tokens by their\n first digit</answer>';
    case 'simulate':
      return numberedTokens(messages)
        .map(([number, text]) => `${number} ${text[0]}`)
        .join('\n');
    case 'logits':
      return numberedTokens(messages)
        .map(([number, text]) => `${number} ${Number(text.slice(2)) < 110 ? 'yes' : 'no'}`)
        .join('\n');
  }
};

describe('asking a language model about features', () => {
  test('an oracle scores 1 by both protocols, and the records say so of features and of neurons', async () => {
    vi.stubEnv('MONOSEMA_EXPLAINER_KEY', 'secret');
    const { url, seen } = await ruleServer(oracle);
    await explainStage(contextOf(url));
    vi.unstubAllEnvs();
    // Three questions each about four features and two neurons.
    expect(seen).toHaveLength(18);
    expect(new Set(seen.map(({ path }) => path))).toEqual(new Set(['/v1/chat/completions']));
    expect(new Set(seen.map(({ authorization }) => authorization))).toEqual(new Set(['Bearer secret']));
    const known = readExplanations(run.records, 'A/1')!;
    expect([...known.of.keys()].every((feature) => feature % 3 !== 0)).toBe(true);
    expect([...known.of.values()]).toEqual(
      Array.from({ length: 4 }, () => ({
        explainer: 'by-rule',
        text: 'tokens by their first digit',
        activationScore: expect.closeTo(1, 12),
        logitScore: 1,
      })),
    );
    expect(known.scores[0]).toMatchObject({ explainer: 'by-rule', activation: { scored: 4 } });
    expect(readExplanations(run.records, 'A/neurons')!.of.size).toBe(2);
  });

  test('whoever predicts the same of every token scores 0, and one half on the logits', async () => {
    const { url } = await ruleServer(({ messages }) =>
      questionOf(messages) === 'explain'
        ? '<answer>all</answer>'
        : numberedTokens(messages)
            .map(([number]) => `${number} ${questionOf(messages) === 'logits' ? 'yes' : '3'}`)
            .join('\n'),
    );
    await explainStage(contextOf(url));
    const [said] = [...readExplanations(run.records, 'A/1')!.of.values()];
    expect(said).toMatchObject({ activationScore: 0, logitScore: 0.5 });
  });

  test('a judge sees the explanation alone: no activation, no group, no passage that was studied', async () => {
    const { url, seen } = await ruleServer(oracle);
    await explainStage(contextOf(url));
    const judged = seen.filter(({ messages }) => questionOf(messages) !== 'explain');
    for (const { messages } of judged) {
      expect(messages[1]!.content).toContain('Explanation: tokens by their first digit');
      expect(messages[1]!.content).not.toMatch(/"\t\d|\[top\]|Made likelier/);
    }
    const order = numberedTokens(judged.find(({ messages }) => questionOf(messages) === 'logits')!.messages);
    expect(order.map(([, text]) => Number(text.slice(2)))).not.toEqual(
      Array.from({ length: 20 }, (_, i) => 100 + i),
    );
  });

  test('eight worked examples come before the question, in its form, and answers that can be read', async () => {
    const { url, seen } = await ruleServer(oracle);
    await explainStage(contextOf(url));
    const { messages } = seen.find((request) => questionOf(request.messages) === 'explain')!;
    expect(messages.map(({ role }) => role)).toEqual([
      'system',
      ...Array.from({ length: 8 }, () => ['user', 'assistant']).flat(),
      'user',
    ]);
    const questions = messages.filter(({ role }) => role === 'user').map(({ content }) => content);
    const form = /^(\[[a-z0-9 ]+\]\n("[^\n]+"\t\d\n)+\n)+Made likelier: "[^\n]+\nMade less likely: "[^\n]+$/;
    for (const content of questions) expect(content).toMatch(form);
    for (const { role, content } of messages)
      if (role === 'assistant') expect(readExplanation(content)).toHaveProperty('value');
    // Only explaining is shown how: the judge knows nothing but the explanation.
    for (const request of seen)
      if (questionOf(request.messages) !== 'explain') expect(request.messages).toHaveLength(2);
  });

  test('a server that is busy, breaks off or forgets the form is asked again', async () => {
    const { url, seen } = await ruleServer((request, number): Answer => {
      if (number === 1) return { status: 429, headers: { 'retry-after': '0' } };
      if (number === 2) return null;
      const reminded = request.messages.at(-1)!.content.startsWith('That could not be used');
      if (questionOf(request.messages) === 'explain' && !reminded) return 'digits, I think';
      return oracle(request);
    });
    const context = contextOf(url);
    await explainStage(context);
    expect(context.said.filter((line) => line.includes('asking again'))).toHaveLength(2);
    expect(seen.at(-1)!.messages.length).toBe(2);
    const reminder = seen.find(({ messages }) =>
      messages.at(-1)!.content.startsWith('That could not be used'),
    )!.messages;
    expect(reminder.at(-1)!.content).toContain('there is no explanation between <answer> and </answer>');
    expect(reminder.at(-2)).toEqual({ role: 'assistant', content: 'digits, I think' });
    expect(readExplanations(run.records, 'A/1')!.of.size).toBe(4);
  });

  test('what was answered is not asked again, whatever stopped the run before', async () => {
    let broken = true;
    const { url, seen } = await ruleServer((request, number): Answer =>
      broken && number > 7 ? { status: 401, body: '{"error": "wrong  key"}' } : oracle(request),
    );
    await expect(explainStage(contextOf(url))).rejects.toThrow(
      /^explain: expected an answer from http:.*\/v1\/chat\/completions, got status 401 \(\{"error": "wrong key"\}\); check .* and run the same command again, what was answered is kept$/,
    );
    expect(readExplanations(run.records, 'A/1')).toBeNull();
    const answered = (readdirSync(run.answers, { recursive: true }) as string[]).filter((name) =>
      name.endsWith('.json'),
    ).length;
    expect(answered).toBe(7);
    broken = false;
    const before = seen.length;
    await explainStage(contextOf(url));
    expect(seen.length - before).toBe(18 - answered);
    const all = seen.length;
    await explainStage(contextOf(url));
    expect(seen.length).toBe(all);
  });

  test('a feature whose answers cannot be read is left out or unscored, and counted', async () => {
    const { url } = await ruleServer((request): Answer => {
      if (questionOf(request.messages) === 'explain') return oracle(request);
      return 'Sorry, that is a long list.';
    });
    const context = contextOf(url);
    await explainStage(context);
    const [said] = [...readExplanations(run.records, 'A/1')!.of.values()];
    expect(said).toMatchObject({ activationScore: null, logitScore: null });
    const { url: silent } = await ruleServer(() => 'No idea.');
    const other = contextOf(silent);
    rmSync(run.answers, { recursive: true });
    await expect(explainStage(other)).rejects.toThrow(
      /^explain: expected explanations between <answer> and <\/answer> from \S+, got none of \d+ features, last "No idea\."; /,
    );
    expect(other.said).toContain('explain: no readable explanation of 4 of 4 features of A/1');
    // What could not be read is asked for again, so that a mended model is heard.
    const { url: mended } = await ruleServer(oracle);
    await explainStage(contextOf(mended));
    expect(readExplanations(run.records, 'A/1')!.of.size).toBe(4);
  });

  test('an interruption ends the wait for an answer', async () => {
    const controller = new AbortController();
    const stopped = new Error('stopped');
    const { url } = await ruleServer(() => {
      controller.abort(stopped);
      return { status: 503, headers: { 'retry-after': '60' } };
    });
    await expect(explainStage(contextOf(url, controller.signal))).rejects.toBe(stopped);
  });
});
