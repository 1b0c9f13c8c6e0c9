/**
 * `s3sync run --help`.
 *
 * @module
 */

const text = `Run jobs that a configuration file describes.

Usage: s3sync run [OPTIONS] [NAME...]

  s3sync run                                 list the jobs
  s3sync run photos                          run one of them
  s3sync run photos mirror                   run two, one after the other
  s3sync run --all --dry-run                 say what all of them would do
  s3sync run --config /etc/s3sync.yaml --all use another file
  s3sync --config s3sync.toml ./a s3://b/    no job, but the file's defaults

Options:
  --all            run all jobs, in the order of the file
  --config FILE    the file; its name ends with .toml, .yaml, .yml, .json, .jsonc or .json5
                   Default: s3sync.toml, s3sync.yaml, s3sync.yml or s3sync.json in the working
                   directory, else in $XDG_CONFIG_HOME/s3sync or ~/.config/s3sync, on Windows in
                   %APPDATA%\\s3sync. [S3SYNC_CONFIG]
  --print-schema   print the JSON Schema of such files, for editors
  -h, --help       print this
  All others are those of s3sync --help. They are for every job, and win over the file.

The file, here as TOML:

  [defaults]                                 # for all jobs
  endpoint-url = "https://minio.example"
  exclude = ["*.tmp", ".DS_Store"]

  [jobs.photos]
  source = "\${HOME}/Pictures"
  target = "s3://backup/\${HOSTNAME:-laptop}/"
  delete = true
  max-delete = "10%"

  Keys are the long names of options, and verbose or quiet with a number. Lists are for options that are
  repeatable; one in a job replaces that of the defaults. \${NAME} and \${NAME:-default} are variables,
  $$ is a dollar. Relative paths begin in the working directory.

The first of these wins: the command line, the job, the defaults of the file, variables, built-in defaults.

A job that fails does not keep the next one from running. The exit code is the worst of all: 1 for errors,
then 3 for warnings, then 0. With 2, nothing was run.
`;

/** Where somebody looks who has mistyped something. */
export const runHelpHint = "see s3sync run --help";

/** The whole text. */
export function runHelpText(): string {
  return text;
}
