/** The study's configuration does not say what the schema asks for; the message is one sentence for the user. */
export class ConfigError extends Error {
  override name = 'ConfigError';
}
