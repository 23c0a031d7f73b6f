//! Users on whose behalf apps ask.

use crate::tokens::REQUIRED_ROLE;

/// Somebody who signed in to an app, so that it asks on their behalf: [`App::on_behalf_of`](crate::App::on_behalf_of).
///
/// Two things decide whether it may: the delegated permissions that were granted to the app, and the role permission
/// 'View Data' of the user (both documented). Of itself a user has neither:
///
/// ```
/// use mde_sandbox::{App, User};
///
/// let app = App::new("5a4db0c5-0000-4000-8000-00000000000a", "made up");
/// assert_eq!(app.clone().on_behalf_of(User::new()).note(), "lacks the scope Ip.Read.All");
/// let user = User::new().with_scope("Ip.Read.All").with_view_data();
/// assert_eq!(app.on_behalf_of(user).note(), "may ask for a user");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct User {
    scopes: Vec<String>,
    views_data: bool,
}

impl User {
    /// A user who has consented to nothing, and may not view data.
    pub fn new() -> User {
        User::default()
    }

    /// Grants a delegated permission, which tokens then name in the claim `scp`.
    pub fn with_scope(mut self, scope: impl Into<String>) -> User {
        self.scopes.push(scope.into());
        self
    }

    /// Gives the user the role permission 'View Data', which no token tells.
    pub fn with_view_data(mut self) -> User {
        self.views_data = true;
        self
    }

    /// As in the claim `scp`, which there is not if nothing was granted.
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
