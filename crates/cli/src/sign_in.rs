//! A credential whose sign-in is shown where it takes a while, because it waits for another program or host.

use std::time::Duration;

use mde_client::{AccessToken, BoxError, BoxFuture, SignInHint, TokenProvider, TokenRequest};
use tokio::time::timeout;

/// After this long a user wonders what the command waits for.
const WORTH_SHOWING: Duration = Duration::from_secs(2);

/// A credential, and how its sign-in is shown.
pub(crate) struct ShownSignIn<P, S> {
    credential: P,
    show: S,
}

impl<P: TokenProvider, S: Fn() + Send + Sync + 'static> ShownSignIn<P, S> {
    pub(crate) fn new(credential: P, show: S) -> Self {
        Self { credential, show }
    }
}

impl<P: TokenProvider, S: Fn() + Send + Sync + 'static> TokenProvider for ShownSignIn<P, S> {
    fn token<'a>(&'a self, request: TokenRequest<'a>) -> BoxFuture<'a, Result<AccessToken, BoxError>> {
        Box::pin(async move {
            let mut token = self.credential.token(request);
            match timeout(WORTH_SHOWING, &mut token).await {
                Ok(token) => token,
                Err(_) => {
                    (self.show)();
                    token.await
                }
            }
        })
    }

    fn sign_in_timeout(&self) -> Duration {
        self.credential.sign_in_timeout()
    }

    fn hint(&self) -> SignInHint {
        self.credential.hint()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use mde_client::Client;

    use super::*;

    /// Takes this long, on a clock that advances when all wait.
    struct Slow(Duration);

    impl TokenProvider for Slow {
        fn token<'a>(&'a self, _: TokenRequest<'a>) -> BoxFuture<'a, Result<AccessToken, BoxError>> {
            Box::pin(async {
                tokio::time::sleep(self.0).await;
                Ok(AccessToken::new("a-token"))
            })
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_sign_in_is_shown_once_and_only_where_it_takes_a_while() -> Result<(), mde_client::Error> {
        for (milliseconds, expected) in [(0, 0), (1_999, 0), (2_001, 1), (59_000, 1)] {
            let shown = Arc::<AtomicU32>::default();
            let count = Arc::clone(&shown);
            let slow = Slow(Duration::from_millis(milliseconds));
            let show = move || {
                count.fetch_add(1, Ordering::SeqCst);
            };
            let credential = ShownSignIn::new(slow, show);
            let client = Client::builder().endpoint("eu").credential(credential).build()?;
            client.token_claims().await?;
            assert_eq!(shown.load(Ordering::SeqCst), expected, "{milliseconds} ms");
        }
        Ok(())
    }
}
