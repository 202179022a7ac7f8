/**
 * What is known of a dictionary's L0 while a penalty of a given lambda works on it: an extended Kalman filter over
 * readings of L0, each of one batch. Above a certain lambda L0 falls, below it it rises, about in proportion to the
 * logarithm of the ratio; which lambda that is, and how fast it goes, no two dictionaries agree on.
 */

/** An estimate, and how far it may be off. */
export interface L0Estimate {
  /** log L0 */
  readonly log: number;
  /** The logarithm of the lambda under which L0 stays. */
  readonly level: number;
  /** The logarithm of how far log L0 falls in a step at the peak learning rate, for each unit that log lambda is above that. */
  readonly response: number;
  readonly covariance: Covariance;
  /** log lambda as it is felt: Adam's first moment follows it late. */
  readonly felt: number;
}

/** Of log, level and response with one another. */
interface Covariance {
  readonly logLog: number;
  readonly logLevel: number;
  readonly logResponse: number;
  readonly levelLevel: number;
  readonly levelResponse: number;
  readonly responseResponse: number;
}

/** What worked on a dictionary since the reading before. */
export interface Stretch {
  readonly steps: number;
  /** Learning rate, over its peak. */
  readonly rate: number;
  /** log lambda in all of these steps. */
  readonly logLambda: number;
}

/** Share of the momentum of a step that is that of the step before: β1. */
const MOMENTUM = 0.9;
/** What a response is taken to be; smaller ones would be answered by wild lambdas. */
const [START_RESPONSE, RESPONSES] = [Math.log(0.1), [Math.log(0.05), Math.log(0.5)]] as const;
/** Standard deviations at the start: of a batch's log L0, and of the logarithms of the level and the response. */
const START_DEVIATIONS = { log: 0.05, level: 1, response: 1 } as const;
/** How far each may wander in a step (the last two in proportion to the root of the rate), as standard deviations. */
const WANDERS = { log: 0.015, level: 0.12, response: 0.03 } as const;
/** Standard deviation of the log L0 of a batch about that of all vectors. */
const READING = 0.05;
/** A larger surprise is learnt from as this one. */
const LARGEST_SURPRISE = 1;

/** Before anything was seen. @param level log lambda under which L0 is taken to stay */
export function startEstimate(l0: number, level: number): L0Estimate {
  const { log, level: ofLevel, response } = START_DEVIATIONS;
  return {
    log: Math.log(l0),
    level,
    response: START_RESPONSE,
    covariance: {
      logLog: log ** 2,
      logLevel: 0,
      logResponse: 0,
      levelLevel: ofLevel ** 2,
      levelResponse: 0,
      responseResponse: response ** 2,
    },
    felt: level,
  };
}

/** The estimate after a reading. @param l0 above 0 */
export function afterReading(before: L0Estimate, stretch: Stretch, l0: number): L0Estimate {
  const { log, level, response, covariance, felt } = predicted(before, stretch);
  const { logLog, logLevel, logResponse, levelLevel, levelResponse, responseResponse } = covariance;
  const total = logLog + READING ** 2;
  const [ofLog, ofLevel, ofResponse] = [logLog / total, logLevel / total, logResponse / total];
  const surprise = within(-LARGEST_SURPRISE, LARGEST_SURPRISE, Math.log(l0) - log);
  return {
    log: log + ofLog * surprise,
    level: level + ofLevel * surprise,
    response: within(...RESPONSES, response + ofResponse * surprise),
    covariance: {
      logLog: logLog - ofLog * logLog,
      logLevel: logLevel - ofLog * logLevel,
      logResponse: logResponse - ofLog * logResponse,
      levelLevel: levelLevel - ofLevel * logLevel,
      levelResponse: levelResponse - ofLevel * logResponse,
      responseResponse: responseResponse - ofResponse * logResponse,
    },
    felt,
  };
}

function predicted(before: L0Estimate, { steps, rate, logLambda }: Stretch): L0Estimate {
  const { log, level, response, covariance: was } = before;
  const felt = logLambda + (before.felt - logLambda) * MOMENTUM ** steps;
  const above = (before.felt + felt) / 2 - level;
  // How log L0 at the end depends on the level, and on the logarithm of the response.
  const byLevel = Math.exp(response) * steps * rate;
  const byResponse = -byLevel * above;
  const withLog = was.logLog + byLevel * was.logLevel + byResponse * was.logResponse;
  const logLevel = was.logLevel + byLevel * was.levelLevel + byResponse * was.levelResponse;
  const logResponse = was.logResponse + byLevel * was.levelResponse + byResponse * was.responseResponse;
  return {
    log: log - byLevel * above,
    level,
    response,
    covariance: {
      logLog: withLog + byLevel * logLevel + byResponse * logResponse + WANDERS.log ** 2 * steps,
      logLevel,
      logResponse,
      levelLevel: was.levelLevel + WANDERS.level ** 2 * steps * rate,
      levelResponse: was.levelResponse,
      responseResponse: was.responseResponse + WANDERS.response ** 2 * steps * rate,
    },
    felt,
  };
}

const within = (least: number, most: number, value: number): number => Math.max(least, Math.min(most, value));
