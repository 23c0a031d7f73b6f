// Written by `cargo xtask regen` from the OpenAPI contract; an edit here is lost.
// Microsoft Defender for Endpoint IP statistics, contract version 1.0.0.

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

/// The wire types and the transport, written by progenitor. Private, so that they are not part of the public API.
#[allow(
    clippy::all,
    clippy::unwrap_used,
    dead_code,
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
        ///One failure, as the service tells it.
        #[cfg_attr(feature = "schemars", derive(::schemars::JsonSchema))]
        #[non_exhaustive]
        #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
        pub struct ErrorDetail {
            ///The kind of failure. An open set, the live service also sends the status as text.
            pub code: ::std::string::String,
            ///Free text for people. It may change at any time.
            pub message: ::std::string::String,
            ///A tracking id to give to Microsoft support.
            #[serde(skip_serializing_if = "::std::option::Option::is_none")]
            pub target: ::std::option::Option<::std::string::String>,
        }
        ///How the service reports that it did not answer.
        #[cfg_attr(feature = "schemars", derive(::schemars::JsonSchema))]
        #[non_exhaustive]
        #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
        pub struct ErrorEnvelope {
            ///What went wrong.
            pub error: ErrorDetail,
        }
        ///What the organization's devices had to do with one IP address.
        #[cfg_attr(feature = "schemars", derive(::schemars::JsonSchema))]
        #[non_exhaustive]
        #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
        pub struct InOrgIpStats {
            ///The address that was asked about.
            #[serde(rename = "ipAddress")]
            pub ip_address: ::std::net::IpAddr,
            ///Where the service describes this answer. Opaque, and differs from host to host.
            #[serde(
                rename = "@odata.context",
                skip_serializing_if = "::std::option::Option::is_none"
            )]
            pub odata_context: ::std::option::Option<::std::string::String>,
            ///When a device first connected to the address; null if none did.
            #[serde(
                rename = "orgFirstSeen",
                skip_serializing_if = "::std::option::Option::is_none"
            )]
            pub org_first_seen: ::std::option::Option<crate::Timestamp>,
            ///When a device last connected to the address; null if none did.
            #[serde(
                rename = "orgLastSeen",
                skip_serializing_if = "::std::option::Option::is_none"
            )]
            pub org_last_seen: ::std::option::Option<crate::Timestamp>,
            ///Deprecated. The same count as a decimal string, which the live service still sends. Use `organizationPrevalence`.
            #[serde(
                rename = "orgPrevalence",
                skip_serializing_if = "::std::option::Option::is_none"
            )]
            pub org_prevalence: ::std::option::Option<::std::string::String>,
            ///How many distinct devices opened a connection to the address within the look-back window; 0 if none did.
            #[serde(rename = "organizationPrevalence")]
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

Version: 1.0.0*/
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
            "1.0.0"
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
