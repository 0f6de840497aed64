//! What `callweave simulate --help` says beside the flags.

/// Before the flags.
pub const LONG_ABOUT: &str = "\
Make traffic with a known truth, into Kafka or a file.

A client starts traces at a steady pace. A trace is a tree of calls between services; every call
lies inside the call that caused it. A call becomes one record, a JSON object with the fields id,
src_ip, dst_ip, start_at_ms, latency_msec and end_at_ms. Records that the job must reject, and
repeats, come beside the valid calls where you ask for them.

A call is delivered some time after its end, at most 29 s after its start. So the records are in
disorder, but none that is valid is late for a job that waits for 30 s.

Without --realtime and --stream the simulated time runs as fast as the records are taken, and ends
now. Times are in milliseconds (ms), shares are numbers from 0 to 1.";

/// After the flags of `--help`.
pub const DETAILS: &str = "\
Structure of the traces:
  Unless --topology says otherwise, a trace is Client → Main → (SubService1 and, at the same time,
  SubService2 → SubService3), and in 40 % of the traces Main → SubService2 once more after that.
  Of each call, the called service's own work is lognormal with a median of 12 ms; 5 % are stuck for
  300 ms to 20 s. So about 90 % of the calls take less than 300 ms, and none more than 20 s.
  --print-topology prints this as a file that explains itself.

Spellings:
  Latencies are written as 40, 40.0 and 39.7; 1 % of the calls have no latency, 1 % no end. IPv6
  addresses and host names come in two spellings each that mean the same.

Examples:
  Look at 20 traces, without Kafka:
    callweave simulate --count 20 --debug
  Live traffic, 1000 calls a second, until Ctrl-C:
    callweave simulate --stream --rate 1000
  200000 calls with some of everything that the job must reject, as fast as they are taken:
    callweave simulate --calls 200000 --rate 1000 --seed 1 --malformed 0.001 --invalid 0.001 \\
        --inconsistent 0.001 --too-long 0.001 --future 0.001 --late 0.001 --duplicate 0.01
  A compressed file of one million calls, with the true parents beside it:
    callweave simulate --calls 1000000 --seed 7 --out calls.jsonl.zst --truth truth.jsonl
  The same bytes again, today and tomorrow:
    callweave simulate --calls 1000 --seed 7 --end-at-ms 1700000000000 --out -
  A structure of your own, where the clocks of the hosts differ by up to 20 ms:
    callweave simulate --print-topology > mine.yaml
    callweave simulate --topology mine.yaml --clock-skew 10 --rate 500 --stream

Environment:
  KAFKA_BOOTSTRAP, KAFKA_TOPIC, SIMPY_DELAY_CHISQ_DF, SIMPY_DELAY_SCALE_MS and SIMPY_MAX_DELAY_MS
  stand for the flags that name them. A flag wins over its variable, the variable over the default.

Output:
  Records go to Kafka, to --out, or with --debug to stdout. Progress (the rate, and how much time is
  left) and at the end a summary go to stderr. A record that has no value or an empty one is an
  empty line in a file.

Ended by Ctrl-C or SIGTERM:
  --stream ends with its files whole: --out and --truth have every record up to the last one.
  A bounded run leaves neither: a file that --out would have replaced stays as it was, unless
  --realtime has emptied it. Records in Kafka, on stdout or in a pipe are complete up to the last one.
  A signal before either has begun, as while no broker answers, ends it at once and leaves no file.

Exit codes:
  0    done; also --stream ended by Ctrl-C or SIGTERM
  130  a bounded run, or a --stream that had not begun, ended by Ctrl-C (143: by SIGTERM). A run that
       does not end within 5 s of the signal, as where no broker answers, is cut off with this code
  141  nobody reads the output any more, as in `| head`; --truth is not written
  2    an error, told in one line: bad usage, a wrong topology, a file that cannot be written, no
       broker, or records that were not acknowledged";
