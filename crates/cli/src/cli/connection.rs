//! The flags for the endpoint, the credential, the quota and the cache.

use std::path::PathBuf;

use clap::Args;
use mde_client::{Endpoint, operations};

use crate::quota::{QuotaFlag, windows_text};

#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Connection")]
pub(crate) struct ConnectionArguments {
    /// The profile of the configuration to use [default: MDE_PROFILE, else the configuration's default]
    #[arg(long, value_name = "NAME")]
    pub(crate) profile: Option<String>,

    #[arg(long, value_name = "NAME|URL", help = endpoint_help())]
    pub(crate) endpoint: Option<String>,

    /// The tenant to sign in to, by its id or a domain [default: AZURE_TENANT_ID, else the profile's]
    #[arg(long, value_name = "TENANT")]
    pub(crate) tenant: Option<String>,

    /// The app registration to sign in as, by its client id [default: AZURE_CLIENT_ID, else the profile's]
    #[arg(long, value_name = "CLIENT-ID")]
    pub(crate) app: Option<String>,

    #[arg(long, value_name = "N/DURATION,…", help = quota_help())]
    pub(crate) quota: Option<QuotaFlag>,

    /// The folder of the cache and of the quota ledger [default: MDE_STORE, else the profile's, else the platform's]
    #[arg(long, help_heading = "Cache", value_name = "FOLDER")]
    pub(crate) store: Option<PathBuf>,
}

#[derive(Args, Clone, Debug)]
pub(crate) struct StoreArguments {
    /// The profile of the configuration to use [default: MDE_PROFILE, else the configuration's default]
    #[arg(long, value_name = "NAME")]
    pub(crate) profile: Option<String>,

    /// The cache of sandboxes on this machine, which is a separate one
    #[arg(long)]
    pub(crate) sandbox: bool,

    /// The folder of the cache [default: MDE_STORE, else the profile's, else the platform's]
    #[arg(long, value_name = "FOLDER")]
    pub(crate) store: Option<PathBuf>,
}

fn endpoint_help() -> String {
    let names: Vec<_> = Endpoint::names().collect();
    let default = Endpoint::COMMERCIAL;
    format!(
        "The host to call: {}, or a URL [default: MDE_ENDPOINT, else the profile's, else {}]",
        names.join(", "),
        default.name()
    )
}

fn quota_help() -> String {
    let quota = windows_text(operations::GET_IP_STATISTICS.quota);
    format!(
        "Use less than the service allows ({quota}), to leave room for other programs on the same app registration, \
         such as 50/1m,600/1h; units are s, m and h"
    )
}
