/**
 * Options about work that many machines share.
 *
 * @module
 */
import { duration, integer, type Kind, secret, text } from "../kinds.ts";
import { onOff, optional, ours } from "../option.ts";

/** Addresses that may hold names and passwords: these are not shown. */
const servers: Kind<string> = {
  ...text("URLS"),
  format: (urls) => urls.replaceAll(/(^|\/\/|,)[^,]*@/g, "$1***@"),
};

/** Servers of NATS, and what is put there. */
export const clustering = {
  nats: optional(
    "Cluster",
    servers,
    "With cluster: the servers of NATS, nats://a:4222,nats://b:4222 or tls://…; or embedded: one of our own on this machine, which is started if it is not there. Default: what NATS_URL names.",
    ours,
  ),
  "nats-creds": optional(
    "Cluster",
    text("FILE"),
    "With cluster: who we are to NATS: a file with a JWT and a seed, as nsc makes it.",
    ours,
  ),
  "nats-nkey": optional(
    "Cluster",
    text("FILE"),
    "With cluster: the same by a file with the seed of an nkey.",
    ours,
  ),
  "nats-token": optional("Cluster", secret("TOKEN"), "With cluster: the same by a token.", ours),
  "nats-user": optional(
    "Cluster",
    text("NAME"),
    "With cluster: the same by a name and --nats-password.",
    ours,
  ),
  "nats-password": optional(
    "Cluster",
    secret("PASSWORD"),
    "With cluster: the password that belongs to --nats-user.",
    ours,
  ),
  "nats-ca": optional(
    "Cluster",
    text("FILE"),
    "With cluster: authorities that sign the certificates of the NATS servers, as PEM. Asks for TLS, as the next two do.",
    ours,
  ),
  "nats-cert": optional(
    "Cluster",
    text("FILE"),
    "With cluster: our own certificate for NATS, as PEM.",
    ours,
  ),
  "nats-key": optional(
    "Cluster",
    text("FILE"),
    "With cluster: the key that belongs to it, as PEM.",
    ours,
  ),
  "nats-replicas": optional(
    "Cluster",
    integer(1, 5),
    "With cluster: on how many NATS servers everything is kept, where nothing is yet. Default: 3, or as many as there are.",
    ours,
  ),
  job: optional(
    "Cluster",
    text("NAME"),
    "With cluster: the name of the job, as the argument JOB. Where submit is told none: job- and six random letters.",
    ours,
  ),
  "shared-path": onOff(
    "Cluster",
    "With cluster submit: a local path is the same directory on every machine, as with a network file system.",
    ours,
  ),
  slots: optional(
    "Cluster",
    integer(1, 64),
    "With cluster worker: ranges of keys in work at the same time. Default: 4.",
    ours,
  ),
  "idle-timeout": optional(
    "Cluster",
    duration,
    "With cluster worker: end when there was nothing to do for so long: 60s, 10m. Default: never.",
    ours,
  ),
  wait: onOff(
    "Cluster",
    "With cluster submit: wait for the job as cluster wait does, and end with its exit code.",
    ours,
  ),
} as const;
