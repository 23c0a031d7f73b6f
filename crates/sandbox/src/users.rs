//! The made-up people of the sandbox's tenant, and what a token says of them or of an app.

/// The audience of tokens for the commercial cloud, whichever of its hosts is called (documented).
pub(crate) const AUDIENCE: &str = "https://api.securitycenter.microsoft.com";

/// The permission of the operation, for apps and, under the same name, for users (documented).
pub(crate) const REQUIRED_ROLE: &str = "Ip.Read.All";

/// The user of an app or of a token, unless another one is named.
const UNNAMED: &str = "user@sandbox.example";

/// A person of [`Sandbox::tenant`](crate::Sandbox::tenant), who signs in to an [`App::public`](crate::App::public), or for
/// whom an app acts: [`App::on_behalf_of`](crate::App::on_behalf_of).
///
/// A call needs two things: a delegated permission to which the user has consented, and the role permission 'View Data'
/// of the user (both documented). By default a user has neither:
///
/// ```
/// use mde_sandbox::User;
///
/// let user = User::new().named("sam@sandbox.example");
/// assert_eq!(user.note(), "has not consented to Ip.Read.All");
/// let user = user.with_scope("Ip.Read.All");
/// assert_eq!(user.note(), "lacks 'View Data'");
/// assert_eq!(user.with_view_data().note(), "may ask");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    name: String,
    scopes: Vec<String>,
    views_data: bool,
}

impl User {
    /// A user who has consented to nothing, and may not view data.
    pub fn new() -> User {
        User { name: UNNAMED.to_owned(), scopes: Vec::new(), views_data: false }
    }

    /// The name with which the user signs in, by which users differ. The default is `user@sandbox.example`.
    pub fn named(mut self, name: impl Into<String>) -> User {
        self.name = name.into();
        self
    }

    /// Notes that the user has consented to a delegated permission, which tokens then name in the claim `scp`.
    pub fn with_scope(mut self, scope: impl Into<String>) -> User {
        self.scopes.push(scope.into());
        self
    }

    /// Gives the user the role permission 'View Data', which is in no claim.
    pub fn with_view_data(mut self) -> User {
        self.views_data = true;
        self
    }

    /// The name with which the user signs in.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What distinguishes this user from the others, for people: `may ask`, `lacks 'View Data'` or `has not consented to
    /// Ip.Read.All`.
    pub fn note(&self) -> &str {
        if !self.has_required_scope() {
            "has not consented to Ip.Read.All"
        } else if self.views_data {
            "may ask"
        } else {
            "lacks 'View Data'"
        }
    }

    /// The users that every sandbox has.
    pub(crate) fn defaults() -> Vec<User> {
        let consented = |name| User::new().named(name).with_scope(REQUIRED_ROLE);
        vec![
            consented("avery@sandbox.example").with_view_data(),
            consented("robin@sandbox.example"),
            User::new().named("kim@sandbox.example"),
        ]
    }

    /// The delegated permissions to which the user has consented.
    pub(crate) fn scopes(&self) -> &[String] {
        &self.scopes
    }

    /// The claim `scp`, absent if nothing was granted.
    pub(crate) fn scp(&self) -> Option<String> {
        (!self.scopes.is_empty()).then(|| self.scopes.join(" "))
    }

    pub(crate) fn has_required_scope(&self) -> bool {
        self.scopes.iter().any(|scope| scope == REQUIRED_ROLE)
    }

    pub(crate) fn views_data(&self) -> bool {
        self.views_data
    }
}

impl Default for User {
    fn default() -> User {
        User::new()
    }
}

/// The claims of a token that the sandbox checks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenClaims {
    /// The API that the token is for, the claim `aud`. Any other than `https://api.securitycenter.microsoft.com` gets
    /// 403, as documented of the service.
    pub audience: String,
    /// The application permissions granted, the claim `roles`, which is absent if there are none. Without `Ip.Read.All`
    /// the answer is 403, unless there is a user.
    pub roles: Vec<String>,
    /// The user, if the token is a user's and not the app's own. It then has the claim `scp` and not `roles`, and
    /// without the scope `Ip.Read.All` or without 'View Data' the answer is 403.
    pub user: Option<User>,
}

impl TokenClaims {
    /// The claims of an app's token that is accepted: the right audience, and the role `Ip.Read.All`.
    pub fn valid() -> TokenClaims {
        TokenClaims { audience: AUDIENCE.to_owned(), roles: vec![REQUIRED_ROLE.to_owned()], user: None }
    }
}
