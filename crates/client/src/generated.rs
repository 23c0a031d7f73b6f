// Written by `cargo xtask regen` from the OpenAPI contract; an edit here is lost.
// Microsoft Defender for Endpoint IP statistics, contract version 1.0.1.

pub use self::transport::types::{ErrorDetail, ErrorEnvelope, InOrgIpStats};

/// How many hours of history to search, back from now.
///
/// From 1 to 720; the service uses 720 if none is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, ::serde::Serialize)]
#[cfg_attr(feature = "schemars", derive(::schemars::JsonSchema))]
#[serde(transparent)]
pub struct LookBackHours(
    #[cfg_attr(
        feature = "schemars",
        schemars(
            range(min = Self::MIN.0, max = Self::MAX.0),
            extend("default" = Self::SERVICE_DEFAULT.0)
        )
    )]
    i32,
);
impl LookBackHours {
    /// The minimum.
    pub const MIN: Self = Self(1);
    /// The maximum.
    pub const MAX: Self = Self(720);
    /// The value that the service uses if none is sent.
    pub const SERVICE_DEFAULT: Self = Self(720);
    /// Checks the bounds.
    ///
    /// # Errors
    /// A value out of bounds, with the bounds.
    pub fn new(value: i32) -> ::std::result::Result<Self, crate::InvalidValue> {
        ::std::convert::TryFrom::try_from(value)
    }
    /// The value, where it is within the bounds; also in a constant.
    ///
    /// ```
    /// const VALUE: mde_client::LookBackHours = mde_client::LookBackHours::checked(48).unwrap();
    /// assert_eq!(VALUE.get(), 48);
    /// ```
    pub const fn checked(value: i32) -> ::std::option::Option<Self> {
        if Self::MIN.0 <= value && value <= Self::MAX.0 {
            ::std::option::Option::Some(Self(value))
        } else {
            ::std::option::Option::None
        }
    }
    /// The value as a plain integer.
    pub const fn get(self) -> i32 {
        self.0
    }
}

impl ::std::fmt::Display for LookBackHours {
    fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
        ::std::fmt::Display::fmt(&self.0, f)
    }
}

impl ::std::str::FromStr for LookBackHours {
    type Err = crate::InvalidValue;
    fn from_str(text: &str) -> ::std::result::Result<Self, Self::Err> {
        crate::InvalidValue::parse_integer(
                "LookBackHours",
                text,
                Self::MIN.0.into(),
                Self::MAX.0.into(),
            )
            .map(Self)
    }
}

crate::operation::try_from_integers!(LookBackHours);

impl crate::Endpoint {
    /// Commercial cloud, current host.
    pub const COMMERCIAL: Self = Self::of_contract(
        "commercial",
        "https://api.security.microsoft.com",
        "https://login.microsoftonline.com",
        "https://api.securitycenter.microsoft.com",
    );
    /// Commercial cloud, earlier host.
    pub const COMMERCIAL_LEGACY: Self = Self::of_contract(
        "commercial-legacy",
        "https://api.securitycenter.microsoft.com",
        "https://login.microsoftonline.com",
        "https://api.securitycenter.microsoft.com",
    );
    /// Commercial cloud, host near the United States.
    pub const US: Self = Self::of_contract(
        "us",
        "https://us.api.security.microsoft.com",
        "https://login.microsoftonline.com",
        "https://api.securitycenter.microsoft.com",
    );
    /// Commercial cloud, host near Europe.
    pub const EU: Self = Self::of_contract(
        "eu",
        "https://eu.api.security.microsoft.com",
        "https://login.microsoftonline.com",
        "https://api.securitycenter.microsoft.com",
    );
    /// Commercial cloud, host near the United Kingdom.
    pub const UK: Self = Self::of_contract(
        "uk",
        "https://uk.api.security.microsoft.com",
        "https://login.microsoftonline.com",
        "https://api.securitycenter.microsoft.com",
    );
    /// Commercial cloud, host near Australia.
    pub const AU: Self = Self::of_contract(
        "au",
        "https://au.api.security.microsoft.com",
        "https://login.microsoftonline.com",
        "https://api.securitycenter.microsoft.com",
    );
    /// Commercial cloud, geographic host "swa".
    pub const SWA: Self = Self::of_contract(
        "swa",
        "https://swa.api.security.microsoft.com",
        "https://login.microsoftonline.com",
        "https://api.securitycenter.microsoft.com",
    );
    /// Commercial cloud, geographic host "ina".
    pub const INA: Self = Self::of_contract(
        "ina",
        "https://ina.api.security.microsoft.com",
        "https://login.microsoftonline.com",
        "https://api.securitycenter.microsoft.com",
    );
    /// Commercial cloud, geographic host "aea".
    pub const AEA: Self = Self::of_contract(
        "aea",
        "https://aea.api.security.microsoft.com",
        "https://login.microsoftonline.com",
        "https://api.securitycenter.microsoft.com",
    );
    /// Commercial cloud, earlier host near the United States.
    pub const US_LEGACY: Self = Self::of_contract(
        "us-legacy",
        "https://api-us.securitycenter.microsoft.com",
        "https://login.microsoftonline.com",
        "https://api.securitycenter.microsoft.com",
    );
    /// Commercial cloud, earlier host near Europe.
    pub const EU_LEGACY: Self = Self::of_contract(
        "eu-legacy",
        "https://api-eu.securitycenter.microsoft.com",
        "https://login.microsoftonline.com",
        "https://api.securitycenter.microsoft.com",
    );
    /// Commercial cloud, earlier host near the United Kingdom.
    pub const UK_LEGACY: Self = Self::of_contract(
        "uk-legacy",
        "https://api-uk.securitycenter.microsoft.com",
        "https://login.microsoftonline.com",
        "https://api.securitycenter.microsoft.com",
    );
    /// Commercial cloud, earlier host near Australia.
    pub const AU_LEGACY: Self = Self::of_contract(
        "au-legacy",
        "https://api-au.securitycenter.microsoft.com",
        "https://login.microsoftonline.com",
        "https://api.securitycenter.microsoft.com",
    );
    /// US Government, GCC.
    pub const GCC: Self = Self::of_contract(
        "gcc",
        "https://api-gcc.securitycenter.microsoft.us",
        "https://login.microsoftonline.com",
        "https://api-gcc.securitycenter.microsoft.us",
    );
    /// US Government, GCC High and DoD.
    pub const GCC_HIGH: Self = Self::of_contract(
        "gcc-high",
        "https://api-gov.securitycenter.microsoft.us",
        "https://login.microsoftonline.us",
        "https://api-gov.securitycenter.microsoft.us",
    );
    /// Another name for [`Self::GCC_HIGH`].
    pub const DOD: Self = Self::GCC_HIGH;
    /// Every endpoint of the contract, in its order.
    pub const ALL: &'static [Self] = &[
        Self::COMMERCIAL,
        Self::COMMERCIAL_LEGACY,
        Self::US,
        Self::EU,
        Self::UK,
        Self::AU,
        Self::SWA,
        Self::INA,
        Self::AEA,
        Self::US_LEGACY,
        Self::EU_LEGACY,
        Self::UK_LEGACY,
        Self::AU_LEGACY,
        Self::GCC,
        Self::GCC_HIGH,
    ];
    /// Aliases.
    pub(crate) const ALIASES: &'static [(&'static str, Self)] = &[
        ("dod", Self::GCC_HIGH),
    ];
}

/// The facts of each operation, from the contract.
pub mod operations {
    /// getIPStatistics: Get IP statistics.
    pub const GET_IP_STATISTICS: crate::Operation = crate::Operation {
        id: "getIPStatistics",
        method: "GET",
        path: "/api/ips/{ip}/stats",
        quota: &[
            crate::QuotaWindow::new(100, ::std::time::Duration::from_secs(60)),
            crate::QuotaWindow::new(1500, ::std::time::Duration::from_secs(3600)),
        ],
        application_permission: ::std::option::Option::Some(crate::Permission {
            name: "Ip.Read.All",
            display_name: "Read IP address profiles",
            user_role: ::std::option::Option::None,
        }),
        delegated_permission: ::std::option::Option::Some(crate::Permission {
            name: "Ip.Read.All",
            display_name: "Read IP address profiles",
            user_role: ::std::option::Option::Some("View Data"),
        }),
    };
    /// Every operation of the contract, ordered by path.
    pub const ALL: &[&crate::Operation] = &[&GET_IP_STATISTICS];
}
impl ::std::default::Default for crate::ClientBuilder {
    fn default() -> Self {
        Self::new(crate::Endpoint::COMMERCIAL, operations::ALL)
    }
}

impl crate::Client {
    /// Get IP statistics.
    ///
    /// Counts the devices of the organization that opened a connection to an IP address, and tells when the
    /// first and the last of those connections took place.
    ///
    /// A valid address that nobody talked to is answered with a prevalence of 0, not with an error.
    /// OData query options do not apply.
    ///
    /// - `ip`: The IP address to ask about.
    ///
    /// An app needs the permission `Ip.Read.All` ("Read IP address profiles").
    /// On behalf of a user it needs `Ip.Read.All` ("Read IP address profiles"), and the user the role permission "View Data".
    ///
    /// The service allows 100 calls within 60 s, 1500 calls within 3600 s, shared by all programs on one app registration.
    ///
    /// As the source `endpoint-catalogue` shows one:
    ///
    /// ```
    /// # use std::io::{BufRead as _, Write as _};
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let body = r#"{"@odata.context":"https://api.security.microsoft.com/api/$metadata#microsoft.windowsDefenderATP.api.InOrgIPStats","ipAddress":"10.209.67.177","orgFirstSeen":"2017-07-30T13:36:06Z","orgLastSeen":"2017-08-29T13:32:59Z","organizationPrevalence":63515}"#;
    /// # let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    /// # let url = format!("http://{}", listener.local_addr()?);
    /// # let asked = std::thread::spawn(move || -> std::io::Result<String> {
    /// #     let (mut connection, _) = listener.accept()?;
    /// #     let lines = std::io::BufReader::new(connection.try_clone()?).lines();
    /// #     let head: Vec<_> = lines.map_while(Result::ok).take_while(|line| !line.is_empty()).collect();
    /// #     let length = body.len();
    /// #     let head_of_answer = format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n");
    /// #     connection.write_all((head_of_answer + body).as_bytes())?;
    /// #     Ok(head.into_iter().next().unwrap_or_default())
    /// # });
    /// # let client = mde_client::Client::builder().endpoint(url).token("made-up").build()?;
    /// let answer = client.get_ip_statistics("10.209.67.177".parse::<std::net::IpAddr>()?).look_back_hours(48).send().await?;
    /// assert_eq!(answer.ip_address, "10.209.67.177".parse::<std::net::IpAddr>()?);
    /// assert_eq!(answer.odata_context.as_deref(), Some("https://api.security.microsoft.com/api/$metadata#microsoft.windowsDefenderATP.api.InOrgIPStats"));
    /// assert_eq!(answer.org_first_seen, Some("2017-07-30T13:36:06Z".parse()?));
    /// assert_eq!(answer.org_last_seen, Some("2017-08-29T13:32:59Z".parse()?));
    /// assert_eq!(answer.organization_prevalence, 63515);
    /// # assert_eq!(asked.join().expect("the listener ends")?, "GET /api/ips/10.209.67.177/stats?lookBackHours=48 HTTP/1.1");
    /// # Ok(())
    /// # }
    /// ```
    pub fn get_ip_statistics(
        &self,
        ip: impl ::std::convert::Into<::std::net::IpAddr>,
    ) -> self::GetIpStatistics {
        self::GetIpStatistics {
            client: self.clone(),
            ip: ip.into(),
            look_back_hours: ::std::option::Option::None,
            options: crate::CallOptions::new(),
        }
    }
}

/// A call of getIPStatistics, made by [`Client::get_ip_statistics`](crate::Client::get_ip_statistics) and sent by [`Self::send`].
#[derive(Clone, Debug)]
#[must_use = "a call does nothing until it is sent"]
pub struct GetIpStatistics {
    client: crate::Client,
    ip: ::std::net::IpAddr,
    look_back_hours: ::std::option::Option<
        ::std::result::Result<self::LookBackHours, crate::InvalidValue>,
    >,
    options: crate::CallOptions,
}
impl GetIpStatistics {
    /// How many hours back from now to count devices. The service uses its own default when this is not sent.
    ///
    /// Sent as `lookBackHours`.
    pub fn look_back_hours(
        mut self,
        look_back_hours: impl ::std::convert::TryInto<
            self::LookBackHours,
            Error: ::std::convert::Into<crate::InvalidValue>,
        >,
    ) -> Self {
        self.look_back_hours = ::std::option::Option::Some(
            look_back_hours
                .try_into()
                .map_err(|error| error.into().of_parameter("lookBackHours")),
        );
        self
    }
    /// Sets the time limits and the number of retries, in place of those of the client.
    pub fn options(mut self, options: crate::CallOptions) -> Self {
        self.options = options;
        self
    }
    /// Sends the call and waits for the answer. Waits for a permit first if the quota is used up.
    ///
    /// # Errors
    /// [`Error`](crate::Error) says what happened, its kind, and what to do. A value that the contract does not
    /// allow is reported before anything is sent.
    pub async fn send(
        self,
    ) -> ::std::result::Result<crate::Response<self::InOrgIpStats>, crate::Error> {
        let call = self::GetIpStatisticsCall {
            ip: self.ip,
            look_back_hours: self
                .look_back_hours
                .map(|value| crate::call::valid(&operations::GET_IP_STATISTICS, value))
                .transpose()?,
        };
        crate::call::send(&self.client, &call, self.options).await
    }
}
const _: fn(self::GetIpStatistics) = |call| crate::call::assert_send(&call.send());

impl crate::Client {
    /// Calls [`get_ip_statistics`](Self::get_ip_statistics) for each distinct value of a stream, several at a time.
    ///
    /// - each of `values`: The IP address to ask about.
    ///
    /// [`AnswerStream`](crate::AnswerStream) documents the order of the answers, and has an example.
    pub fn get_ip_statistics_many<S>(&self, values: S) -> self::GetIpStatisticsMany<S>
    where
        S: ::futures_core::Stream<Item: ::std::convert::Into<::std::net::IpAddr>>
            + ::std::marker::Send + 'static,
    {
        self::GetIpStatisticsMany {
            client: self.clone(),
            ip: values,
            look_back_hours: ::std::option::Option::None,
            concurrency: crate::bulk::CONCURRENCY,
            options: crate::CallOptions::new(),
        }
    }
}

/// Many calls of getIPStatistics, made by [`Client::get_ip_statistics_many`](crate::Client::get_ip_statistics_many) and begun by [`Self::send`].
#[derive(Clone, Debug)]
#[must_use = "calls do nothing until they are sent"]
pub struct GetIpStatisticsMany<S> {
    client: crate::Client,
    ip: S,
    look_back_hours: ::std::option::Option<
        ::std::result::Result<self::LookBackHours, crate::InvalidValue>,
    >,
    concurrency: usize,
    options: crate::CallOptions,
}
impl<S> GetIpStatisticsMany<S>
where
    S: ::futures_core::Stream<Item: ::std::convert::Into<::std::net::IpAddr>>
        + ::std::marker::Send + 'static,
{
    /// How many hours back from now to count devices. The service uses its own default when this is not sent.
    ///
    /// Sent as `lookBackHours`.
    pub fn look_back_hours(
        mut self,
        look_back_hours: impl ::std::convert::TryInto<
            self::LookBackHours,
            Error: ::std::convert::Into<crate::InvalidValue>,
        >,
    ) -> Self {
        self.look_back_hours = ::std::option::Option::Some(
            look_back_hours
                .try_into()
                .map_err(|error| error.into().of_parameter("lookBackHours")),
        );
        self
    }
    /// The number of calls in flight at once, at least 1. Default: 8.
    pub fn concurrency(mut self, concurrency: usize) -> Self {
        self.concurrency = concurrency;
        self
    }
    /// Sets the time limits and the number of retries, in place of those of the client.
    pub fn options(mut self, options: crate::CallOptions) -> Self {
        self.options = options;
        self
    }
    /// Returns the stream of answers. Calls are made while it is polled.
    ///
    /// # Errors
    /// A value that the contract does not allow, before anything is sent. The outcome of each call is an item
    /// of the stream.
    pub fn send(
        self,
    ) -> ::std::result::Result<
        crate::AnswerStream<::std::net::IpAddr, self::InOrgIpStats>,
        crate::Error,
    > {
        let look_back_hours = self
            .look_back_hours
            .map(|value| crate::call::valid(&operations::GET_IP_STATISTICS, value))
            .transpose()?;
        ::std::result::Result::Ok(
            crate::bulk::answers(
                self.client,
                self.ip,
                self.concurrency,
                self.options,
                move |ip| {
                    self::GetIpStatisticsCall {
                        ip,
                        look_back_hours,
                    }
                },
            ),
        )
    }
}
const _: fn(crate::AnswerStream<::std::net::IpAddr, self::InOrgIpStats>) = |answers| crate::call::assert_send(
    &answers,
);

#[derive(Debug)]
struct GetIpStatisticsCall {
    ip: ::std::net::IpAddr,
    look_back_hours: ::std::option::Option<self::LookBackHours>,
}
impl crate::call::Call for GetIpStatisticsCall {
    type Answer = self::InOrgIpStats;
    const OPERATION: &'static crate::Operation = &operations::GET_IP_STATISTICS;
    async fn attempt(
        &self,
        context: &crate::transport::Context,
    ) -> ::std::option::Option<Self::Answer> {
        let transport = transport::Client::new_with_client(
            context.base_url(),
            context.http().clone(),
            context.clone(),
        );
        ::std::option::Option::Some(
            transport
                .send_get_ip_statistics(&self.ip, self.look_back_hours.as_ref())
                .await
                .ok()?
                .into_inner(),
        )
    }
    fn check_response(
        &self,
        answer: &Self::Answer,
    ) -> ::std::result::Result<(), crate::response::Mismatch> {
        crate::response::check("ipAddress", &self.ip, &answer.ip_address)?;
        crate::response::check_count(
            "organizationPrevalence",
            &answer.organization_prevalence,
        )?;
        ::std::result::Result::Ok(())
    }
}

impl self::ErrorDetail {
    /// Made of what it always has. For tests of code that takes answers: those of the service are read by the client.
    ///
    /// The one that the source `recording-429-per-minute` shows:
    ///
    /// ```
    /// let made = mde_client::ErrorDetail::new("429", "API calls quota exceeded! Maximum allowed 30 per 00:01:00 for the key Destination+TenantID+AppID. You can send requests again in 8 seconds.")
    ///     .with_target("…");
    /// # let read: mde_client::ErrorDetail = serde_json::from_str(r#"{"code":"429","message":"API calls quota exceeded! Maximum allowed 30 per 00:01:00 for the key Destination+TenantID+AppID. You can send requests again in 8 seconds.","target":"…"}"#)?;
    /// # assert_eq!(made, read);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new(
        code: impl ::std::convert::Into<::std::string::String>,
        message: impl ::std::convert::Into<::std::string::String>,
    ) -> Self {
        Self {
            code: code.into(),
            message: message.into(),
            target: ::std::default::Default::default(),
        }
    }
    /// The same with [`target`](Self::target).
    #[must_use]
    pub fn with_target(
        mut self,
        target: impl ::std::convert::Into<::std::string::String>,
    ) -> Self {
        self.target = ::std::option::Option::Some(target.into());
        self
    }
}

impl self::ErrorEnvelope {
    /// Made of what it always has. For tests of code that takes answers: those of the service are read by the client.
    ///
    /// The one that the source `recording-429-per-minute` shows:
    ///
    /// ```
    /// let made = mde_client::ErrorEnvelope::new(mde_client::ErrorDetail::new("429", "API calls quota exceeded! Maximum allowed 30 per 00:01:00 for the key Destination+TenantID+AppID. You can send requests again in 8 seconds.").with_target("…"));
    /// # let read: mde_client::ErrorEnvelope = serde_json::from_str(r#"{"error":{"code":"429","message":"API calls quota exceeded! Maximum allowed 30 per 00:01:00 for the key Destination+TenantID+AppID. You can send requests again in 8 seconds.","target":"…"}}"#)?;
    /// # assert_eq!(made, read);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new(error: ErrorDetail) -> Self {
        Self { error }
    }
}

#[allow(deprecated, reason = "whoever makes an answer makes it as the service does")]
impl self::InOrgIpStats {
    /// Made of what it always has. For tests of code that takes answers: those of the service are read by the client.
    ///
    /// The one that the source `endpoint-catalogue` shows:
    ///
    /// ```
    /// let made = mde_client::InOrgIpStats::new("10.209.67.177".parse::<std::net::IpAddr>()?, 63515)
    ///     .with_odata_context("https://api.security.microsoft.com/api/$metadata#microsoft.windowsDefenderATP.api.InOrgIPStats")
    ///     .with_org_first_seen("2017-07-30T13:36:06Z".parse()?)
    ///     .with_org_last_seen("2017-08-29T13:32:59Z".parse()?);
    /// # let read: mde_client::InOrgIpStats = serde_json::from_str(r#"{"@odata.context":"https://api.security.microsoft.com/api/$metadata#microsoft.windowsDefenderATP.api.InOrgIPStats","ipAddress":"10.209.67.177","orgFirstSeen":"2017-07-30T13:36:06Z","orgLastSeen":"2017-08-29T13:32:59Z","organizationPrevalence":63515}"#)?;
    /// # assert_eq!(made, read);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new(
        ip_address: impl ::std::convert::Into<::std::net::IpAddr>,
        organization_prevalence: i64,
    ) -> Self {
        Self {
            ip_address: ip_address.into(),
            odata_context: ::std::default::Default::default(),
            org_first_seen: ::std::default::Default::default(),
            org_last_seen: ::std::default::Default::default(),
            org_prevalence: ::std::default::Default::default(),
            organization_prevalence,
        }
    }
    /// The same with [`odata_context`](Self::odata_context).
    #[must_use]
    pub fn with_odata_context(
        mut self,
        odata_context: impl ::std::convert::Into<::std::string::String>,
    ) -> Self {
        self.odata_context = ::std::option::Option::Some(odata_context.into());
        self
    }
    /// The same with [`org_first_seen`](Self::org_first_seen).
    #[must_use]
    pub fn with_org_first_seen(mut self, org_first_seen: crate::Timestamp) -> Self {
        self.org_first_seen = ::std::option::Option::Some(org_first_seen);
        self
    }
    /// The same with [`org_last_seen`](Self::org_last_seen).
    #[must_use]
    pub fn with_org_last_seen(mut self, org_last_seen: crate::Timestamp) -> Self {
        self.org_last_seen = ::std::option::Option::Some(org_last_seen);
        self
    }
    /// The same with [`org_prevalence`](Self::org_prevalence).
    #[must_use]
    pub fn with_org_prevalence(
        mut self,
        org_prevalence: impl ::std::convert::Into<::std::string::String>,
    ) -> Self {
        self.org_prevalence = ::std::option::Option::Some(org_prevalence.into());
        self
    }
}

/// The wire types and the transport, written by progenitor. Private, so that they are not part of the public API.
#[allow(
    clippy::all,
    clippy::unwrap_used,
    dead_code,
    deprecated,
    missing_docs,
    unreachable_pub,
    unused_imports
)]
mod transport {
    #[allow(unused_imports)]
    pub use progenitor_client::{ByteStream, ClientInfo, Error, ResponseValue};
    #[allow(unused_imports)]
    use progenitor_client::{encode_path, ClientHooks, OperationInfo, RequestBuilderExt};
    /// Types used as operation parameters and responses.
    #[allow(clippy::all)]
    pub mod types {
        /// One failure, as the service tells it.
        ///
        /// As the source `recording-429-per-minute` shows one:
        ///
        /// ```
        /// let answer: mde_client::ErrorDetail = serde_json::from_str(r#"{
        ///   "code": "429",
        ///   "message": "API calls quota exceeded! Maximum allowed 30 per 00:01:00 for the key Destination+TenantID+AppID. You can send requests again in 8 seconds.",
        ///   "target": "…"
        /// }"#)?;
        /// assert_eq!(answer.code, "429");
        /// assert_eq!(answer.message, "API calls quota exceeded! Maximum allowed 30 per 00:01:00 for the key Destination+TenantID+AppID. You can send requests again in 8 seconds.");
        /// assert_eq!(answer.target.as_deref(), Some("…"));
        /// # Ok::<(), Box<dyn std::error::Error>>(())
        /// ```
        #[cfg_attr(feature = "schemars", derive(::schemars::JsonSchema))]
        #[non_exhaustive]
        #[derive(
            ::serde::Deserialize,
            ::serde::Serialize,
            Clone,
            Debug,
            PartialEq,
            Eq,
            Hash
        )]
        #[cfg_attr(
            feature = "schemars",
            schemars(description = "One failure, as the service tells it.")
        )]
        pub struct ErrorDetail {
            /// The kind of failure. An open set, the live service also sends the status as text.
            pub code: ::std::string::String,
            /// Free text for people. It may change at any time.
            pub message: ::std::string::String,
            /// A tracking id to give to Microsoft support.
            #[serde(skip_serializing_if = "::std::option::Option::is_none")]
            pub target: ::std::option::Option<::std::string::String>,
        }
        /// How the service reports that it did not answer.
        ///
        /// As the source `recording-429-per-minute` shows one:
        ///
        /// ```
        /// let answer: mde_client::ErrorEnvelope = serde_json::from_str(r#"{
        ///   "error": {
        ///     "code": "429",
        ///     "message": "API calls quota exceeded! Maximum allowed 30 per 00:01:00 for the key Destination+TenantID+AppID. You can send requests again in 8 seconds.",
        ///     "target": "…"
        ///   }
        /// }"#)?;
        /// assert_eq!(answer.error.code, "429");
        /// assert_eq!(answer.error.message, "API calls quota exceeded! Maximum allowed 30 per 00:01:00 for the key Destination+TenantID+AppID. You can send requests again in 8 seconds.");
        /// assert_eq!(answer.error.target.as_deref(), Some("…"));
        /// # Ok::<(), Box<dyn std::error::Error>>(())
        /// ```
        #[cfg_attr(feature = "schemars", derive(::schemars::JsonSchema))]
        #[non_exhaustive]
        #[derive(
            ::serde::Deserialize,
            ::serde::Serialize,
            Clone,
            Debug,
            PartialEq,
            Eq,
            Hash
        )]
        #[cfg_attr(
            feature = "schemars",
            schemars(description = "How the service reports that it did not answer.")
        )]
        pub struct ErrorEnvelope {
            /// What went wrong.
            pub error: ErrorDetail,
        }
        /// What the organization's devices had to do with one IP address.
        ///
        /// As the source `endpoint-catalogue` shows one:
        ///
        /// ```
        /// let answer: mde_client::InOrgIpStats = serde_json::from_str(r#"{
        ///   "@odata.context": "https://api.security.microsoft.com/api/$metadata#microsoft.windowsDefenderATP.api.InOrgIPStats",
        ///   "ipAddress": "10.209.67.177",
        ///   "orgFirstSeen": "2017-07-30T13:36:06Z",
        ///   "orgLastSeen": "2017-08-29T13:32:59Z",
        ///   "organizationPrevalence": 63515
        /// }"#)?;
        /// assert_eq!(answer.ip_address, "10.209.67.177".parse::<std::net::IpAddr>()?);
        /// assert_eq!(answer.odata_context.as_deref(), Some("https://api.security.microsoft.com/api/$metadata#microsoft.windowsDefenderATP.api.InOrgIPStats"));
        /// assert_eq!(answer.org_first_seen, Some("2017-07-30T13:36:06Z".parse()?));
        /// assert_eq!(answer.org_last_seen, Some("2017-08-29T13:32:59Z".parse()?));
        /// assert_eq!(answer.organization_prevalence, 63515);
        /// # Ok::<(), Box<dyn std::error::Error>>(())
        /// ```
        #[cfg_attr(feature = "schemars", derive(::schemars::JsonSchema))]
        #[non_exhaustive]
        #[derive(
            ::serde::Deserialize,
            ::serde::Serialize,
            Clone,
            Debug,
            PartialEq,
            Eq,
            Hash
        )]
        #[cfg_attr(
            feature = "schemars",
            schemars(
                description = "What the organization's devices had to do with one IP address."
            )
        )]
        pub struct InOrgIpStats {
            /// The address that was asked about.
            ///
            /// In JSON: `ipAddress`.
            #[serde(rename = "ipAddress")]
            #[cfg_attr(
                feature = "schemars",
                schemars(description = "The address that was asked about.")
            )]
            pub ip_address: ::std::net::IpAddr,
            /// Where the service describes this answer. Opaque, and differs from host to host.
            ///
            /// In JSON: `@odata.context`.
            #[serde(
                rename = "@odata.context",
                skip_serializing_if = "::std::option::Option::is_none"
            )]
            #[cfg_attr(
                feature = "schemars",
                schemars(
                    description = "Where the service describes this answer. Opaque, and differs from host to host."
                )
            )]
            pub odata_context: ::std::option::Option<::std::string::String>,
            /// When a device first connected to the address; null if none did.
            ///
            /// In JSON: `orgFirstSeen`.
            #[serde(
                rename = "orgFirstSeen",
                skip_serializing_if = "::std::option::Option::is_none"
            )]
            #[cfg_attr(
                feature = "schemars",
                schemars(
                    description = "When a device first connected to the address; null if none did."
                )
            )]
            pub org_first_seen: ::std::option::Option<crate::Timestamp>,
            /// When a device last connected to the address; null if none did.
            ///
            /// In JSON: `orgLastSeen`.
            #[serde(
                rename = "orgLastSeen",
                skip_serializing_if = "::std::option::Option::is_none"
            )]
            #[cfg_attr(
                feature = "schemars",
                schemars(
                    description = "When a device last connected to the address; null if none did."
                )
            )]
            pub org_last_seen: ::std::option::Option<crate::Timestamp>,
            /// The same count as a decimal string, which the live service still sends. Use [`organization_prevalence`](Self::organization_prevalence).
            ///
            /// In JSON: `orgPrevalence`.
            #[serde(
                rename = "orgPrevalence",
                skip_serializing_if = "::std::option::Option::is_none"
            )]
            #[cfg_attr(
                feature = "schemars",
                schemars(
                    description = "The same count as a decimal string, which the live service still sends. Use `organizationPrevalence`."
                )
            )]
            #[deprecated(
                note = "The same count as a decimal string, which the live service still sends. Use `organization_prevalence`."
            )]
            pub org_prevalence: ::std::option::Option<::std::string::String>,
            /// How many distinct devices opened a connection to the address within the look-back window; 0 if none did.
            ///
            /// In JSON: `organizationPrevalence`.
            #[serde(rename = "organizationPrevalence")]
            #[cfg_attr(
                feature = "schemars",
                schemars(
                    description = "How many distinct devices opened a connection to the address within the look-back window; 0 if none did."
                )
            )]
            pub organization_prevalence: i64,
        }
        /// Error types.
        pub mod error {
            /// Error from a `TryFrom` or `FromStr` implementation.
            pub struct ConversionError(::std::borrow::Cow<'static, str>);
            impl ::std::error::Error for ConversionError {}
            impl ::std::fmt::Display for ConversionError {
                fn fmt(
                    &self,
                    f: &mut ::std::fmt::Formatter<'_>,
                ) -> Result<(), ::std::fmt::Error> {
                    ::std::fmt::Display::fmt(&self.0, f)
                }
            }
            impl ::std::fmt::Debug for ConversionError {
                fn fmt(
                    &self,
                    f: &mut ::std::fmt::Formatter<'_>,
                ) -> Result<(), ::std::fmt::Error> {
                    ::std::fmt::Debug::fmt(&self.0, f)
                }
            }
            impl From<&'static str> for ConversionError {
                fn from(value: &'static str) -> Self {
                    Self(value.into())
                }
            }
            impl From<String> for ConversionError {
                fn from(value: String) -> Self {
                    Self(value.into())
                }
            }
        }
    }
    #[derive(Clone, Debug)]
    /**Client for Microsoft Defender for Endpoint IP statistics

Version: 1.0.1*/
    pub struct Client {
        pub(crate) baseurl: String,
        pub(crate) client: reqwest::Client,
        pub(crate) inner: crate::transport::Context,
    }
    impl Client {
        /// Create a new client.
        ///
        /// `baseurl` is the base URL provided to the internal
        /// `reqwest::Client`, and should include a scheme and hostname,
        /// as well as port and a path stem if applicable.
        pub fn new(baseurl: &str, inner: crate::transport::Context) -> Self {
            #[cfg(not(target_arch = "wasm32"))]
            let client = {
                let dur = ::std::time::Duration::from_secs(15u64);
                reqwest::ClientBuilder::new().connect_timeout(dur).timeout(dur)
            };
            #[cfg(target_arch = "wasm32")]
            let client = reqwest::ClientBuilder::new();
            Self::new_with_client(baseurl, client.build().unwrap(), inner)
        }
        /// Construct a new client with an existing `reqwest::Client`,
        /// allowing more control over its configuration.
        ///
        /// `baseurl` is the base URL provided to the internal
        /// `reqwest::Client`, and should include a scheme and hostname,
        /// as well as port and a path stem if applicable.
        pub fn new_with_client(
            baseurl: &str,
            client: reqwest::Client,
            inner: crate::transport::Context,
        ) -> Self {
            Self {
                baseurl: baseurl.to_string(),
                client,
                inner,
            }
        }
    }
    impl ClientInfo<crate::transport::Context> for Client {
        fn api_version() -> &'static str {
            "1.0.1"
        }
        fn baseurl(&self) -> &str {
            self.baseurl.as_str()
        }
        fn client(&self) -> &reqwest::Client {
            &self.client
        }
        fn inner(&self) -> &crate::transport::Context {
            &self.inner
        }
    }
    const _: () = {
        #[allow(dead_code)]
        fn assert_client_hooks()
        where
            Client: ClientHooks<crate::transport::Context>,
        {}
    };
    #[allow(clippy::all)]
    impl Client {
        /**Sends a `GET` request to `/api/ips/{ip}/stats`

*/
        pub async fn send_get_ip_statistics<'a>(
            &'a self,
            ip: &'a ::std::net::IpAddr,
            look_back_hours: Option<&'a crate::LookBackHours>,
        ) -> Result<ResponseValue<types::InOrgIpStats>, Error<types::ErrorEnvelope>> {
            let url = format!(
                "{}/api/ips/{}/stats", self.baseurl, encode_path(& ip.to_string()),
            );
            let mut header_map = ::reqwest::header::HeaderMap::with_capacity(1usize);
            header_map
                .append(
                    ::reqwest::header::HeaderName::from_static("api-version"),
                    ::reqwest::header::HeaderValue::from_static(Self::api_version()),
                );
            #[allow(unused_mut)]
            let mut request = self
                .client
                .get(url)
                .header(
                    ::reqwest::header::ACCEPT,
                    ::reqwest::header::HeaderValue::from_static("application/json"),
                )
                .query(
                    &progenitor_client::QueryParam::new(
                        "lookBackHours",
                        &look_back_hours,
                    ),
                )
                .headers(header_map)
                .build()?;
            let info = OperationInfo {
                operation_id: "send_get_ip_statistics",
            };
            self.pre(&mut request, &info).await?;
            let result = self.exec(request, &info).await;
            self.post(&result, &info).await?;
            let response = result?;
            match response.status().as_u16() {
                200u16 => ResponseValue::from_response(response).await,
                400u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                401u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                403u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                404u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                429u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                500u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                _ => Err(Error::UnexpectedResponse(response)),
            }
        }
    }
    /// Items consumers will typically use such as the Client.
    pub mod prelude {
        #[allow(unused_imports)]
        pub use super::Client;
    }
}
impl ::progenitor_client::ClientHooks<crate::transport::Context> for transport::Client {
    async fn exec(
        &self,
        request: ::reqwest::Request,
        _: &::progenitor_client::OperationInfo,
    ) -> ::reqwest::Result<::reqwest::Response> {
        ::std::result::Result::Ok(crate::transport::execute(&self.inner, request).await)
    }
}
