/**
 * What `s3sync cluster … --help` says.
 *
 * @module
 */

/** Of all of it. */
export const aboutCluster = `Have many machines do what one run would do. They share it by NATS JetStream.

Usage: s3sync cluster submit [OPTIONS] SOURCE TARGET   put a job in
       s3sync cluster worker [OPTIONS]                 work on jobs, on as many machines as there are
       s3sync cluster wait [OPTIONS] JOB               show it, and end as one run would
       s3sync cluster status [OPTIONS] [JOB]           tell how jobs stand, and who works
       s3sync cluster cancel [OPTIONS] JOB             end it; what was done stays
       s3sync cluster retry [OPTIONS] JOB              do again what failed in it
       s3sync cluster forget [OPTIONS] JOB             take away what is known of it

  s3sync cluster submit --nats embedded s3://a/ s3://b/    all of it on this machine, to try it

  export S3SYNC_NATS=nats://queue:4222
  s3sync cluster worker                                    on each machine
  s3sync cluster submit --job nightly --delete s3://a/ s3://b/
  s3sync cluster wait nightly

Each of them has a help of its own: s3sync cluster submit --help. See "On many machines" in the README.
`;

export const aboutSubmit = `Put a job in: what s3sync SOURCE TARGET would do, for workers to do.

Usage: s3sync cluster submit [OPTIONS] SOURCE TARGET

  s3sync cluster submit --nats nats://queue:4222 --job nightly --delete s3://a/ s3://b/
  s3sync cluster submit --nats nats://queue:4222 --job disks --shared-path /mnt/nfs s3://b/
  s3sync cluster submit --wait --summary-json summary.json --job nightly s3://a/ s3://b/
  s3sync cluster submit --nats embedded s3://a/ s3://b/    all of it on this machine, to try it

It takes the options of s3sync SOURCE TARGET, and those below. Who submits the same job again while it
is under way finds it so, which is no error; a job that is over gives way to the next of its name.
With --wait it waits as s3sync cluster wait does, also for one that it finds; Ctrl-C ends only that.

No secret enters the queue: access keys, tokens and keys for SSE-C are refused. Workers have
credentials of their own, or a --profile of that name. Refused are as well local paths without
--shared-path, callbacks, --index, --watch, and what needs one run over everything.

With --nats embedded a nats-server that is found here is started, the job is submitted, worked on and
waited for; exit codes are those of a run.
`;

export const aboutWorker = `Work on jobs until SIGTERM or Ctrl-C: what is in work is finished first; the second signal ends it at once.

Usage: s3sync cluster worker [OPTIONS]

  s3sync cluster worker --nats nats://a:4222,nats://b:4222,nats://c:4222
  s3sync cluster worker --nats tls://queue.example.com --nats-creds worker.creds --slots 8
  s3sync cluster worker --nats nats://queue:4222 --idle-timeout 60s

It works on all jobs. Options come with them, but not credentials: it has those of its machine
(variables, profiles, roles), and needs access to SOURCE and TARGET. Jobs that were submitted by
another version of s3sync are left alone. If it dies, others go on with what it had.
It says which jobs and ranges it works on; -v: each object as well, -q: only what goes wrong.
`;

export const aboutWait = `Wait for a job: show how far it is, and end with the summary and the exit code that one run would have.

Usage: s3sync cluster wait [OPTIONS] JOB

  s3sync cluster wait --nats nats://queue:4222 nightly
  s3sync cluster wait --summary-json summary.json nightly

Ctrl-C ends the waiting, and not the job. Any number may wait for the same job.
`;

export const aboutStatus = `Tell how jobs stand and which workers there are, or all about one job.

Usage: s3sync cluster status [OPTIONS] [JOB]

  s3sync cluster status --nats nats://queue:4222
  s3sync cluster status nightly                    ranges of keys, what was given up and why, what failed last
  s3sync cluster status --json nightly             the same as JSON

With --json it prints one JSON object a line: jobs first ("job"), then workers ("worker"). Counts of a
job are those that wait tells; moved_byte, as long as it goes on, has bytes of objects under way as
well; exit_code, once it is over, is what wait ends with. Where ranges were under way when it was
stopped, counts are at_least: what was done of those is not in them.
`;

export const aboutCancel = `End a job: what is under way is stopped, what was done stays.

Usage: s3sync cluster cancel [OPTIONS] JOB

  s3sync cluster cancel --nats nats://queue:4222 nightly
`;

export const aboutRetry = `Have those ranges of keys done again that were given up, had errors or kept a job from deleting, of one that is over.

Usage: s3sync cluster retry [OPTIONS] JOB

  s3sync cluster retry --nats nats://queue:4222 nightly

Where nothing failed, it says so and changes nothing. How long the job took is the time of all its
tries together, without what was between.
`;

export const aboutForget = `Forget a job that is over: it is told of no more, and what is noted of it is gone. What it has done stays.

Usage: s3sync cluster forget [OPTIONS] JOB

  s3sync cluster forget --nats nats://queue:4222 nightly

Workers forget a job by themselves 30 days after its end, and submit forgets the one before of the same name.
`;
