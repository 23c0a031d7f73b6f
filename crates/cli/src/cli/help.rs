//! The text of `--help` after the options.

pub(super) const MDE: &str = "\
Examples:
  mde ip stats 10.209.67.177 --look-back-hours 48 --sandbox
  mde login --tenant contoso.onmicrosoft.com --app 11111111-1111-1111-1111-111111111111
  mde ip stats 8.8.8.8 2001:db8::8:42 --format csv
  mde ip stats -i indicators.txt --format html --output report.html
  mde init
  mde doctor
  mde sandbox

Environment:
  MDE_TOKEN            a bearer token with the needed permission
  AZURE_TENANT_ID      the tenant to sign in to; --tenant overrides it
  AZURE_CLIENT_ID      the app registration to sign in as; --app overrides it
  AZURE_CLIENT_SECRET  its client secret; MDE_TOKEN overrides it
  AZURE_CLIENT_CERTIFICATE_PATH, AZURE_CLIENT_CERTIFICATE_PASSWORD
                       the file with its certificate and private key, PEM or PKCS #12,
                       and the password of the file; AZURE_CLIENT_SECRET overrides them
  AZURE_FEDERATED_TOKEN_FILE
                       the file with the token of a pod in Kubernetes; the certificate
                       and the secret override it
  MDE_CREDENTIAL       which of all these to sign in with; --credential overrides it
  MDE_ENDPOINT         the host to call; --endpoint overrides it
  MDE_PROFILE          the profile of the configuration to use; --profile overrides it
  MDE_CONFIG           the path of the configuration
  MDE_CREDENTIALS      the folder of files with refresh tokens, in place of the platform's keychain
  MDE_STORE            the folder of the cache and the quota ledger; --store overrides it
  NO_COLOR             no colours; --color overrides it
  CLICOLOR_FORCE       colours also without a terminal; --color overrides it

Values that neither the command line nor the environment sets are read from a file, with a profile for each tenant: \
`mde config show --help` describes it, and `mde config show` prints every value and its origin.

Exit codes:
  0    every address was answered
  1    some addresses failed, or were skipped as invalid, or have an answer that contradicts itself
  2    usage error, invalid address or invalid setting; no call was made
  3    no token, or it was refused or lacks a permission; nothing was answered
  4    the service or the network failed for every address
  130  interrupted by Ctrl-C";

pub(super) const STATS: &str = "\
Examples:
  Try it without a token, with synthetic figures:
    mde ip stats 10.209.67.177 --look-back-hours 48 --sandbox
  Ask about two addresses and keep the answers:
    MDE_TOKEN=TOKEN mde ip stats 8.8.8.8 2001:db8::8:42 --format csv --output answers.csv
  Ask about lists, tables and JSON; what may be a damaged address is reported before the first call:
    mde ip stats -i indicators.txt -i traffic.csv --column src_ip --column dest_ip --public-only
    mde ip stats -i alerts.json --field 'records[].source.ip' --skip-invalid
  Ask about the addresses in any text, such as a log:
    mde ip stats -i auth.log --extract
  Add columns for the answers to a file of your own:
    mde ip stats -i alerts.csv --column src_ip --append -o enriched.csv
  Ask about each address of a small network:
    mde ip stats 192.0.2.0/28 --expand 16
  Call the host in Europe, and leave half of the quota to other programs:
    MDE_TOKEN=TOKEN mde ip stats 8.8.8.8 --endpoint eu --quota 50/1m,750/1h
  Call a running sandbox, at the URL that it printed:
    MDE_TOKEN=TOKEN MDE_ENDPOINT=http://127.0.0.1:41234 mde ip stats 8.8.8.8
  Ask about a long list, and resume with the same command after Ctrl-C or a crash:
    mde ip stats -i indicators.txt --format csv --output answers.csv
  Show the hits alone, or the rare ones, with at most 9 devices:
    mde ip stats -i indicators.txt --seen-only
    mde ip stats -i indicators.txt --max-prevalence 9 --format html --output rare.html
  Ignore cached answers:
    mde ip stats -i indicators.txt --max-age 0s
  What is known by now, without a call:
    mde ip stats -i indicators.txt --cached-only --max-age 30d

An address may have a port, be in a URL, in brackets or defanged, such as hxxp://192[.]0[.]2[.]7:8080/x. Comments and missing \
values such as N/A are passed over and counted, and so are all other words with --extract. IPv4 in IPv6 form, \
such as ::ffff:192.0.2.1, is asked about as IPv4. The answers of `mde ip stats` are read as well, in json, ndjson and csv.

The number of calls and their ETA by the quota are printed first. Each answer is cached as soon as it arrives, so the same \
command resumes where it stopped, and asks nothing twice within --max-age. Ctrl-C starts no further call, waits for calls in \
flight, and prints what is known; a second Ctrl-C stops at once. After 20 failures in a row no further call is made. A file \
of --output is written when the list is complete, also if some addresses failed; otherwise it is left unchanged, and what is \
known is written to a file beside it, whose name ends in .partial, and which a later run replaces but never deletes.

--cached-only writes what is known now, and asks nobody: no token is needed, nor a network. An address that is not cached, or \
only by an answer older than --max-age, fails with the message \"not cached\"; if there is any, the exit code is 1. If the cache \
holds answers of several organizations, --tenant and --app say which.

With --append a table with a delimiter, or JSON lines, is written as it is, with columns at the end of each row, or members: \
mde_status, mde_devices, mde_first_seen, mde_last_seen, mde_answered_at, mde_error, and once for each row \
mde_look_back_hours, mde_source, mde_tenant, mde_app, mde_profile. With several --column or --field each has its own, such as mde_src_ip_status. Besides those of \
records, a status is `missing` (no address), `not-public` (left out by --public-only) or `unknown` (no answer yet). \
A cell with several addresses has a value for each, in their order, separated by `; `; a JSON member is then a list. \
Short rows are filled up with empty cells. The output may be the input file.

Results go to standard output, everything else to standard error. Records from an endpoint on this machine \
have `source: sandbox`. Each record and each summary names the organization: tenant and app as the token does, and the \
profile. Table, markdown and html show the rarest first and sum up the list; what filters leave out is counted there. An answer that contradicts itself is listed under `contradictions`; where it counts no device, the \
status is `contradictory`, never `unseen`. An address that is given twice is asked about once. So is one that several processes \
ask about at the same time, also with --max-age 0s. `mde --help` lists the exit codes and the \
environment variables.";

pub(super) const EXTRACT: &str = "\
Examples:
  The addresses of a log, each with the line and the column where it stands first:
    mde ip extract -i auth.log
  Those of the internet, without their locations:
    mde ip extract -i mail.eml --public-only | cut -f 1
  From one field of each event, and from the output of another program:
    mde ip extract -i alerts.jsonl --field message
    journalctl -u ssh | mde ip extract -
  Ask about them; --extract reads in the same way:
    mde ip stats -i auth.log --extract --public-only

Each line has the address, a tab and its location. Whatever may be a damaged address, such as 999.1.1.1, is reported on \
standard error; other words are counted. Version numbers, dates, times, MAC addresses and host names are not taken. \
No token is needed, nothing is sent, and neither the configuration nor the cache is read.

Exit codes:
  0  the sources were read
  1  some texts may be damaged addresses
  2  usage error, or a source that cannot be read";

pub(super) const INIT: &str = "\
Examples:
  mde init
  mde init --profile contoso
  printf '%s\\n' eu contoso.onmicrosoft.com azure-cli | mde init --profile contoso

It asks for the cloud, the tenant, and how to sign in and as which app. A question is repeated until its answer is valid; \
what the environment or the profile has already is the default. The answers are written together at the end, into the file \
that `mde config show` names: other profiles, comments and order stay as they are. No secret is asked for or written.";

pub(super) const LOGIN: &str = "\
Examples:
  Sign in once, and ask:
    mde login --tenant contoso.onmicrosoft.com --app CLIENT-ID
    mde ip stats 8.8.8.8
  Into a profile of its own, for a second tenant:
    mde login --profile fabrikam --tenant fabrikam.example --app CLIENT-ID
    mde ip stats 8.8.8.8 --profile fabrikam
  Over SSH, where there is no browser:
    mde login --device-code
  Again, with the tenant and the app of the profile, and to see whether that is needed:
    mde login
    mde login --status
  Against a sandbox, at the URL that it printed:
    mde login --profile lab --endpoint http://127.0.0.1:8080 --tenant T --app ID

The app is a registration of your own in Microsoft Entra, made once for all analysts:
  1. App registrations > New registration; redirect URI of the kind
     \"Public client/native (mobile & desktop)\": http://localhost
  2. API permissions > Add a permission > APIs my organization uses >
     WindowsDefenderATP > Delegated permissions > Ip.Read.All; then \"Grant
     admin consent\" on the same page
  3. For --device-code: Authentication > Allow public client flows
Each person also needs a role with the permission 'View Data' in Defender.

The refresh token is kept in the keychain of the platform (Secret Service, Keychain, Credential Manager), or, where there is \
none, in a file that only you can read. MDE_CREDENTIALS names a folder for such files; the keychain is then not used. \
Access tokens stay in memory. The profile gets the endpoint, the tenant, the app and `credential = \"person\"`; what else it \
holds stays as it is, and it becomes the default one where there is none.

Exit codes:
  0  signed in; with --status: a token can be had
  2  usage error, or a tenant or an app is missing
  3  nobody signed in, or access was refused
  4  the host to sign in at does not answer";

pub(super) const LOGOUT: &str = "\
Examples:
  mde logout
  mde logout --profile fabrikam

The refresh token is deleted from this machine; it is an error neither to do that twice nor never to have signed in. The \
profile stays, for the next mde login. A token that was issued before stays valid until it expires. An administrator ends all \
sessions of a person in Microsoft Entra (\"Revoke sessions\").";

pub(super) const DOCTOR: &str = "\
Examples:
  See the report when all checks pass:
    mde doctor --sandbox
  Before the first call to the host in Europe:
    MDE_TOKEN=TOKEN mde doctor --endpoint eu
  Only warnings and failures, with their fixes:
    mde doctor | grep -vE '^(ok|skip)'

Each check prints a line that begins with ok, warn, fail or skip; below a failure \
is its fix:
  settings, endpoint, credential   what is configured, and its origin
  login host, API host             whether name, network, proxy, TLS and HTTP work
  clock                            whether it agrees with the clocks of the hosts
  token, audience, tenant, permission, lifetime
                                   the claims of the token, read locally
  call                             one call about 192.0.2.1, an address reserved for
                                   documentation; it uses one call of the quota
  cache                            whether answers can be cached
No secret is printed.

Exit codes:
  0  no check failed; there may be warnings
     otherwise, by the first check that failed:
  2  the configuration, or the clock of this machine
  3  no token, or it would be refused or lacks a permission
  4  the network, or the service";

pub(super) const CONFIG_SHOW: &str = "\
Examples:
  mde config show
  mde config show --profile contoso --endpoint eu
  MDE_CONFIG=./mde.toml mde config show

The first line shows the path of the file. A flag overrides the environment, which overrides the profile, which \
overrides the top of the file, which applies to all profiles:

  default-profile = \"contoso\"
  max-age = \"12h\"

  [profiles.contoso]
  endpoint = \"eu\"
  tenant = \"contoso.onmicrosoft.com\"
  app = \"11111111-1111-1111-1111-111111111111\"
  client-secret = { command = [\"pass\", \"show\", \"mde\"] }
  quota = \"50/1m,750/1h\"
  look-back-hours = 48
  store = \"~/mde/contoso\"

  [profiles.fabrikam]
  credential = \"azure-cli\"

The file must not hold secrets. It refers to them:
  client-secret = { env = \"NAME\" }
  client-secret = { file = \"PATH\" }
  client-secret = { command = [\"PROGRAM\", \"ARGUMENT\"] }
  certificate = { file = \"app.pem\" }
  certificate = { file = \"app.pfx\", password = { env = \"NAME\" } }
The program prints the secret. It is run without a shell and without standard input, and must exit within 30 s. \
This file and that of a secret are regular files: a secret from a pipe is one for command. Relative paths start at the folder of the file.

Without one of these, credential says how to sign in, as --credential and MDE_CREDENTIAL do:
  person             as the user of mde login
  azure-cli          as the user of az login
  managed-identity   as the identity of this machine in Azure, or the one that app names
  workload-identity  as a pod in Kubernetes, with AZURE_FEDERATED_TOKEN_FILE
  environment        with MDE_TOKEN, or as the app that Azure's variables describe
  client-secret      with the client secret at the top of the file or in the environment
  certificate        with the certificate at the top of the file or in the environment";

pub(super) const IP: &str = "\
Examples:
  mde ip stats 10.209.67.177 --look-back-hours 48 --sandbox
  mde ip stats -i indicators.txt --format csv --output answers.csv
  mde ip extract -i auth.log
  mde ip stats --help";

pub(super) const CONFIG: &str = "\
Examples:
  mde config show
  mde config show --profile contoso
  mde config show --help";

pub(super) const STORE: &str = "\
Examples:
  mde store path
  mde store stats --profile contoso
  mde store clear --sandbox
  mde store resume";

pub(super) const STORE_PATH: &str = "\
Examples:
  mde store path
  mde store path --profile contoso
  ls -l \"$(mde store path)\"";

pub(super) const STORE_STATS: &str = "\
Examples:
  mde store stats
  mde store stats --profile contoso
  mde store stats --sandbox";

pub(super) const STORE_CLEAR: &str = "\
Examples:
  mde store clear
  mde store clear --profile contoso
  mde store clear --sandbox

The used quota stays counted.";

pub(super) const STORE_RESUME: &str = "\
Examples:
  mde store resume
  mde store resume --profile contoso
  mde store resume --sandbox

After a 429 all calls of all runs pause, for as long as the service says and longer with each one in a row; `mde store stats` \
shows a pause. Lift it if you know that the service serves calls again. The risk: sending on while the service throttles keeps \
every program on the same app registration throttled. The next run sends one call first, and if that is throttled too, all \
calls pause again.";

pub(super) const COMPLETIONS: &str = "\
Examples, for an existing folder:
  mde completions bash > ~/.local/share/bash-completion/completions/mde
  mde completions zsh > ~/.zfunc/_mde
  mde completions fish > ~/.config/fish/completions/mde.fish
  mde completions powershell >> $PROFILE
  mde completions elvish >> ~/.config/elvish/rc.elv

New shells load them; zsh needs `fpath+=~/.zfunc` before `compinit` in ~/.zshrc. They complete values as well: the names of \
endpoints, of credentials, of formats, of the settings of the sandbox, and of the profiles of your configuration, for which they \
run mde, with MDE_COMPLETE set to the name of the shell. Write them again after an update.";

pub(super) const MAN: &str = "\
Examples:
  mde man ip stats | man -l -
  mde man --output ~/.local/share/man/man1
  man mde-ip-stats

The pages hold what `--help` prints. `man` finds those of a folder man1 below ~/.local/share/man by itself on most systems.";

pub(super) const SCHEMA: &str = "\
Examples:
  mde schema
  mde schema record > record.schema.json
  mde ip stats 8.8.8.8 --sandbox --format json > answers.json

The schema is JSON Schema, draft 2020-12. It allows no key that is not described, so a newer mde may write what an older schema \
does not allow. The columns of --format csv are those of a record: errorStatus, errorCode, errorMessage, errorTarget and \
errorRequestId are the keys of `error`, contradictions are separated by semicolons, and what a record leaves out is empty.";

pub(super) const SANDBOX: &str = "\
Examples:
  Run one, and call it with the line that it prints:
    mde sandbox --listen 127.0.0.1:8080
  Test a client against failures: three answers of a gateway, then every tenth connection reset:
    mde sandbox --fault 'html=502 next=3' --fault 'reset every=10'
  A small quota, with the error code of the documentation:
    mde sandbox --quota 5/10s --set throttle-code=TooManyRequests
  Your own events, at a fixed time, controlled while it runs:
    mde sandbox --events events.jsonl --clock 2025-06-01T12:00:00Z --control 127.0.0.1:8081
    curl -X POST -d 90s http://127.0.0.1:8081/clock/advance
  Sign a made-up person in on a device, by the code that mde login --device-code shows:
    mde sandbox --control 127.0.0.1:8081
    curl -X POST -d avery@sandbox.example http://127.0.0.1:8081/device-codes/CODE
  Print one line of JSON, for a program that starts a sandbox:
    mde sandbox --tls --format json

It listens on this machine only, issues tokens to any local client, and stops at Ctrl-C. The documentation of the crate \
mde-sandbox describes what it answers, and what is known of the service.";
