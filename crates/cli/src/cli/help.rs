//! What `--help` says after the options.

pub(super) const MDE: &str = "\
Examples:
  mde ip stats 10.209.67.177 --look-back-hours 48 --sandbox
  MDE_TOKEN=… mde ip stats 8.8.8.8 2001:db8::8:42 --format csv
  mde ip stats -i indicators.txt --format html --output report.html
  mde doctor
  mde sandbox

Environment:
  MDE_TOKEN            a bearer token with the permission to ask
  AZURE_TENANT_ID      the tenant to sign in to; --tenant wins
  AZURE_CLIENT_ID      the app registration to sign in as; --app wins
  AZURE_CLIENT_SECRET  its client secret; MDE_TOKEN wins
  MDE_ENDPOINT         which host to ask; --endpoint wins
  MDE_PROFILE          which profile of the configuration to take; --profile wins
  MDE_CONFIG           the file of the configuration
  MDE_STORE            the folder to remember answers and the quota in; --store wins
  NO_COLOR             no colours; --color wins
  CLICOLOR_FORCE       colours also where there is no terminal; --color wins

What neither the command line nor the environment says is taken from a file, with a profile for each tenant: \
`mde config show --help` tells how to write it, and `mde config show` what holds, and why.

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
  Ask about a long list, and after Ctrl-C or a crash go on by the same command:
    mde ip stats -i indicators.txt --format csv --output answers.csv
  Ask anew, whatever is remembered:
    mde ip stats -i indicators.txt --max-age 0s

How many calls there will be, and how long they take by the quota, is told first. Each answer is remembered as soon as it \
comes, so that the same command goes on where it ended, and asks nothing twice within --max-age. Ctrl-C begins no further \
call, waits for those under way, and prints what is known; a second Ctrl-C ends at once. After 20 failures with no answer \
between them no further call is made. A file of --output is written when the list is complete, also where some addresses \
failed; else it stays as it was.

Results go to standard output, everything else to standard error. A record of an endpoint on this machine says \
`source: sandbox`. An address that is given twice is asked about once. `mde --help` lists the exit codes and the \
environment variables.";

pub(super) const DOCTOR: &str = "\
Examples:
  See what it looks like where all is well:
    mde doctor --sandbox
  Before the first question to the host in Europe:
    MDE_TOKEN=… mde doctor --endpoint eu
  Only what is wrong, and what mends it:
    mde doctor | grep -vE '^(ok|skip)'

Each check has a line, which begins with ok, warn, fail or skip; under one that \
failed stands what mends it:
  settings, endpoint, credential   what is configured, and where that comes from
  login host, API host             whether name, network, proxy, TLS and HTTP work
  clock                            whether this machine's agrees with theirs
  token, audience, tenant, permission, lifetime
                                   what the token says of itself, read locally
  call                             one question, about 192.0.2.1, an address that
                                   nobody has; it costs one call of the quota
  memory                           whether answers can be remembered
No secret is printed.

Exit codes:
  0  all is well, or there are warnings only
     else that of the first check that failed:
  2  the configuration, or the clock of this machine
  3  no token, or one that will be refused or lacks a permission
  4  the network, or the service";

pub(super) const CONFIG_SHOW: &str = "\
Examples:
  mde config show
  mde config show --profile contoso --endpoint eu
  MDE_CONFIG=./mde.toml mde config show

The first line says where the file is looked for. A flag wins over the environment, that over the profile, and that over \
the top of the file, which holds for all profiles:

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

The file holds no secret, but says where one is:
  client-secret = { env = \"NAME\" }
  client-secret = { file = \"PATH\" }
  client-secret = { command = [\"PROGRAM\", \"ARGUMENT\"] }
The program prints the secret. It is run without a shell, has nothing to read, and 30 s to end. Relative paths begin at \
the folder of the file.

Where there is no client secret, credential says how to sign in:
  azure-cli          as the person who has run az login
  managed-identity   as this machine in Azure, or as an identity of it that app names
  workload-identity  as a pod in Kubernetes, by AZURE_FEDERATED_TOKEN_FILE
  environment        by MDE_TOKEN or AZURE_CLIENT_SECRET
  client-secret      by the client secret that the top of the file or the environment has";

pub(super) const IP: &str = "\
Examples:
  mde ip stats 10.209.67.177 --look-back-hours 48 --sandbox
  mde ip stats -i indicators.txt --format csv --output answers.csv
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
  mde store clear --sandbox";

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

What is used of the quota stays counted.";

pub(super) const COMPLETIONS: &str = "\
Examples, for a folder that is there:
  mde completions bash > ~/.local/share/bash-completion/completions/mde
  mde completions zsh > ~/.zfunc/_mde
  mde completions fish > ~/.config/fish/completions/mde.fish
  mde completions powershell >> $PROFILE
  mde completions elvish >> ~/.config/elvish/rc.elv

A shell that is started then knows them; zsh, where ~/.zshrc has `fpath+=~/.zfunc` before `compinit`.";

pub(super) const SANDBOX: &str = "\
Examples:
  Run one, and ask it with the line that it prints:
    mde sandbox --listen 127.0.0.1:8080
  See what a client does when calls fail: three answers of a gateway, then every tenth connection reset:
    mde sandbox --fault 'html=502 next=3' --fault 'reset every=10'
  A quota that is soon spent, told as the documentation tells it:
    mde sandbox --quota 5/10s --set throttle-code=TooManyRequests
  Figures of one's own, at a time of one's own, and orders while it runs:
    mde sandbox --events events.jsonl --clock 2025-06-01T12:00:00Z --control 127.0.0.1:8081
    curl -X POST -d 90s http://127.0.0.1:8081/clock/advance
  In a program that starts one, a line to read:
    mde sandbox --tls --format json

It listens on this machine only, hands out tokens to anybody there, and ends at Ctrl-C. What it answers, and what of \
that is known of the service, is in the documentation of the crate mde-sandbox.";
