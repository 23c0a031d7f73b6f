//! What `--help` says after the options.

pub(super) const MDE: &str = "\
Examples:
  mde ip stats 10.209.67.177 --look-back-hours 48 --sandbox
  MDE_TOKEN=… mde ip stats 8.8.8.8 2001:db8::8:42 --format csv
  mde ip stats -i indicators.txt --format html --output report.html
  mde doctor
  mde sandbox

Environment:
  MDE_TOKEN     a bearer token with the permission to ask; not needed with --sandbox
  MDE_ENDPOINT  which host to ask, as --endpoint does, which wins
  MDE_PROFILE   which profile of the configuration to take, as --profile does, which wins
  MDE_CONFIG    the file of the configuration
  MDE_STORE     the folder to remember answers and the quota in
  NO_COLOR      no colours

Exit codes:
  0    every address was answered
  1    some were not: failed, or skipped as invalid
  2    usage, an invalid address, or an unfit setting; nothing was asked
  3    no token, or one that was refused or lacks a permission; nothing was answered
  4    the service or the network failed for every address
  130  interrupted by Ctrl-C";

pub(super) const STATS: &str = "\
Examples:
  Try it, without a token and with synthetic figures:
    mde ip stats 10.209.67.177 --look-back-hours 48 --sandbox
  Ask about two addresses and keep the answers:
    MDE_TOKEN=… mde ip stats 8.8.8.8 2001:db8::8:42 --format csv --output answers.csv
  Ask about a list, or what another program prints; all that is no address is told before anything is asked:
    mde ip stats -i indicators.txt -i alerts.csv --column src_ip --public-only
    jq -c . alerts.json | mde ip stats - --field source.ip --skip-invalid
  Ask the host in Europe, and leave half of the quota to other programs:
    MDE_TOKEN=… mde ip stats 8.8.8.8 --endpoint eu --quota 50/1m,750/1h
  Ask a sandbox that runs already, at the URL that it printed:
    MDE_TOKEN=… MDE_ENDPOINT=http://127.0.0.1:41234 mde ip stats 8.8.8.8

Results go to standard output, everything else to standard error. A record of an endpoint on this machine says \
`source: sandbox`. An address that is given twice is asked about once. `mde --help` lists the exit codes and the \
environment variables.";

pub(super) const DOCTOR: &str = "";

pub(super) const CONFIG_SHOW: &str = "";

pub(super) const COMPLETIONS: &str = "";
