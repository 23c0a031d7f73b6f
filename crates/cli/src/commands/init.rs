//! `mde init`: asks three questions, and writes the answers as a profile.

use std::path::Path;

use mde_client::{AzureCredential, Endpoint, EndpointError, UserCredential};
use mde_input::escape::{escape, escape_path};

use crate::cli::{ConnectionArguments, InitArguments};
use crate::config::{KIND_VARIABLE, config_to_write, full_flags, write_profile};
use crate::connection::{LARGEST_CERTIFICATE, is_id};
use crate::console::{Console, Environment};
use crate::credential::{CredentialKind, PERSON};
use crate::exit::{ErrorText, Exit, Stop};
use crate::open::read_regular;
use crate::phrase::shell_word;

/// How often a question is repeated. A program that answers does not read what is wrong.
const TRIES: usize = 10;

/// Nothing is written before all questions are answered, so that the user can end it at each.
pub(crate) fn run(arguments: &InitArguments, environment: &Environment, console: &mut Console) -> Result<Exit, Stop> {
    full_flags(&ConnectionArguments { profile: arguments.profile.clone(), ..ConnectionArguments::default() })?;
    let config = config_to_write(environment)?;
    let Some(path) = config.path.clone() else { return Err(Stop::usage("there is no configuration to write")) };
    let name = config.profile_to_write(arguments.profile.as_deref(), environment).value;
    console.notify(format_args!(
        "This writes the profile {name:?} into {}.\nEnter alone takes what stands in brackets; Ctrl-C leaves everything as \
         it is.\n",
        escape_path(&path)
    ));
    let mut questions = Questions { console };
    let own = config.own_values(&name);
    if own.is_some() && !questions.yes(&format!("The profile {name:?} is there. Change it?"))? {
        return Err(Stop::usage("nothing is written; for another profile: mde init --profile NAME"));
    }
    let answers = questions.all(own.unwrap_or_default(), environment)?;
    write_profile(&path, &name, &answers.values, true)?;
    report(&path, &name, &answers, console)?;
    Ok(Exit::Success)
}

/// What is written, by its keys, and how the user signs in with it.
struct Answers {
    values: Vec<(&'static str, String)>,
    kind: CredentialKind,
}

/// Asks the user, again where an answer is not valid.
struct Questions<'a> {
    console: &'a mut Console,
}

impl Questions<'_> {
    /// The defaults are what the profile has, else what the environment has.
    fn all(&mut self, own: [Option<String>; 4], environment: &Environment) -> Result<Answers, Stop> {
        let [own_endpoint, own_way, own_tenant, own_app] = own;
        let of = |own: Option<String>, variable| own.or_else(|| environment.get(variable));
        let clouds = format!(
            "1 of 3: Which cloud? One of {}, or the URL of a host",
            Endpoint::names().collect::<Vec<_>>().join(", ")
        );
        let default = of(own_endpoint, "MDE_ENDPOINT").unwrap_or_else(|| Endpoint::COMMERCIAL.name().to_owned());
        let endpoint = self.one(&clouds, Some(&default), endpoint)?;
        let ways = format!("2 of 3: How do you sign in?\n{WAYS}");
        let way = |text: &str| Ok::<_, String>((text.to_owned(), text.parse::<CredentialKind>()?));
        // One that is misspelt is no default.
        let default = of(own_way, KIND_VARIABLE).filter(|text| way(text).is_ok());
        let (credential, kind) = self.one(&ways, Some(default.as_deref().unwrap_or(PERSON)), way)?;
        let tenant = self.one(
            "3 of 3: Which tenant? Its id, or one of its domains, such as contoso.onmicrosoft.com",
            of(own_tenant, "AZURE_TENANT_ID").as_deref(),
            |text| tenant(text, kind),
        )?;
        let mut values = vec![("endpoint", endpoint), ("tenant", tenant), ("credential", credential)];
        if let Some(question) = app_question(kind) {
            let optional = (kind == CredentialKind::ManagedIdentity).then(|| NO_APP.to_owned());
            let app = self.one(question, of(own_app, "AZURE_CLIENT_ID").or(optional).as_deref(), app)?;
            values.extend((app != NO_APP).then_some(("app", app)));
        }
        if kind == CredentialKind::Certificate {
            let question = "Which file holds the certificate with its private key? PEM, or a PKCS #12 archive (.pfx)";
            values.push(("certificate", self.one(question, None, certificate)?));
        }
        Ok(Answers { values, kind })
    }

    fn yes(&mut self, question: &str) -> Result<bool, Stop> {
        self.one(&format!("{question} yes or no"), Some("no"), |text| match text.to_lowercase().as_str() {
            "y" | "yes" => Ok(true),
            "n" | "no" => Ok(false),
            _ => Err("answer yes or no".to_owned()),
        })
    }

    fn one<T>(
        &mut self,
        question: &str,
        default: Option<&str>,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> Result<T, Stop> {
        let question = match default {
            Some(default) => format!("{question} [{default}]"),
            None => question.to_owned(),
        };
        for _ in 0..TRIES {
            let Some(answer) = self.console.ask(&question).map_err(unread)? else {
                return Err(Stop::usage("the input ended before all questions were answered; nothing is written"));
            };
            match (answer.as_str(), default) {
                ("", None) => self.console.notify("an answer is needed\n"),
                ("", Some(default)) => return read(default).map_err(Stop::usage),
                (answer, _) => match read(answer) {
                    Ok(answer) => return Ok(answer),
                    Err(problem) => self.console.notify(format_args!("{problem}\n")),
                },
            }
        }
        Err(Stop::usage(format!("none of {TRIES} answers was valid; nothing is written")))
    }
}

fn unread(error: std::io::Error) -> Stop {
    Stop::usage(format!("cannot read the answers from standard input: {error}"))
}

const WAYS: &str = "  person             as yourself, in a browser: mde login
  client-secret      as an app, with a secret that is kept elsewhere
  certificate        as an app, with a certificate in a file
  azure-cli          as yourself, with az login
  managed-identity   as this machine in Azure
  workload-identity  as this pod in Kubernetes
  environment        with MDE_TOKEN and the variables of Azure's tools
One of these";

const NO_APP: &str = "none";

/// Not asked about where the credential knows its app itself.
fn app_question(kind: CredentialKind) -> Option<&'static str> {
    match kind {
        CredentialKind::AzureCli | CredentialKind::Environment => None,
        CredentialKind::ManagedIdentity => {
            Some("Which identity, where a user has assigned one? Its client id, or none for the machine's own")
        }
        _ => Some("Which app registration? Its application (client) id"),
    }
}

fn endpoint(text: &str) -> Result<String, String> {
    let parsed: Result<Endpoint, EndpointError> = text.parse();
    parsed.map(|_| text.to_owned()).map_err(|error| error.to_string())
}

/// An app signs in to one tenant; `organizations` is only that of a person, whose token names it.
fn tenant(text: &str, kind: CredentialKind) -> Result<String, String> {
    let checked = match kind {
        CredentialKind::Person => UserCredential::new(text, "11111111-1111-1111-1111-111111111111").map(drop),
        _ => AzureCredential::workload_identity_of(text, "an app", "a file").map(drop),
    };
    checked.map(|()| text.to_owned()).map_err(|error| ErrorText::of(&error).to_string())
}

fn app(text: &str) -> Result<String, String> {
    match is_id(text) || text == NO_APP {
        true => Ok(text.to_owned()),
        false => {
            Err("a client id has the form 11111111-1111-1111-1111-111111111111; the app's page in the Microsoft Entra \
                      admin center shows it"
                .to_owned())
        }
    }
}

/// The absolute path of a file that can be read.
fn certificate(text: &str) -> Result<String, String> {
    let path = std::path::absolute(text).map_err(|error| error.to_string())?;
    read_regular(&path, LARGEST_CERTIFICATE)
        .map_err(|error| format!("{} cannot be read: {error}", escape_path(&path)))?;
    path.into_os_string().into_string().map_err(|_| "a path that is not UTF-8 cannot be written".to_owned())
}

/// Shows what is written, and which commands are next.
fn report(path: &Path, name: &str, answers: &Answers, console: &mut Console) -> Result<(), Stop> {
    let out = console.results();
    writeln!(out, "The profile {name:?} is in {}:", escape_path(path))?;
    for (key, value) in &answers.values {
        writeln!(out, "  {key:12}{}", escape(value))?;
    }
    let profile = shell_word(name);
    let first = match answers.kind {
        CredentialKind::Person => format!("mde login --profile {profile}"),
        CredentialKind::ClientSecret => {
            "set AZURE_CLIENT_SECRET, or refer to the client secret in the profile: mde config show --help".to_owned()
        }
        CredentialKind::Certificate => {
            "where the file has a password, refer to it in the profile: mde config show --help".to_owned()
        }
        CredentialKind::AzureCli => "az login".to_owned(),
        CredentialKind::Environment => "set MDE_TOKEN, or the variables of Azure's tools: mde --help".to_owned(),
        CredentialKind::ManagedIdentity | CredentialKind::WorkloadIdentity => {
            return Ok(writeln!(out, "\nNext: mde doctor --profile {profile}")?);
        }
    };
    writeln!(out, "\nNext: {first}\nThen: mde doctor --profile {profile}")?;
    Ok(())
}
