//! Whose quota a call comes out of, and ledgers that clients share.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mde_client::{
    Acquire, BoxError, BoxFuture, CallOptions, Client, ErrorKind, MemoryLedger, Pause, PermitId, PermitRequest,
    PermitUse, QuotaKey, QuotaLedger, QuotaWindow, Throttled,
};
use mde_sandbox::Sandbox;
use mde_tests::{AutoAdvance, ManualClock, Scripted, Step};

use crate::{ADDRESS, TOKEN, assert_error, assert_errors};

const MINUTE: Duration = Duration::from_secs(60);

/// Records its calls, and gives a permit to each.
#[derive(Debug, Default)]
struct Notebook(Mutex<Vec<String>>);

impl Notebook {
    fn note(&self, key: &QuotaKey, what: &str) {
        let of = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
        let line = format!("{} of {} {}: {what}", key.operation, of(&key.tenant), of(&key.app));
        self.0.lock().unwrap().push(line);
    }

    fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

impl QuotaLedger for Notebook {
    fn acquire<'a>(&'a self, request: PermitRequest<'a>) -> BoxFuture<'a, Result<Acquire, BoxError>> {
        self.note(request.key, &format!("take by {} windows", request.windows.len()));
        Box::pin(async { Ok(Acquire::Permit(PermitId(7))) })
    }

    fn release(&self, key: &QuotaKey, permit: PermitId, usage: PermitUse) {
        self.note(key, &format!("settle {} as {usage:?}", permit.0));
    }

    fn pause<'a>(
        &'a self,
        request: PermitRequest<'a>,
        throttled: Throttled<'a>,
    ) -> BoxFuture<'a, Result<Pause, BoxError>> {
        let Throttled { wait, cause, .. } = throttled;
        self.note(request.key, &format!("hold for {wait:?}, because {cause}"));
        Box::pin(async move { Ok(Pause::new(wait, 1)) })
    }
}

#[tokio::test]
async fn what_a_ledger_is_asked() {
    let good = Step::json(r#"{"ipAddress":"10.209.67.177","organizationPrevalence":1}"#);
    let throttled = Step::answer("429 Too Many Requests", &["retry-after: 8"], "");
    let server = Scripted::start([good, throttled, Step::Reset(Vec::new())]).await.unwrap();
    let notebook = Arc::new(Notebook::default());
    let once = CallOptions::new().max_retries(0);
    let builder = || Client::builder().token(TOKEN).options(once).quota_ledger(notebook.clone());
    let client = builder().endpoint(server.url()).build().unwrap();
    client.get_ip_statistics(ADDRESS).send().await.unwrap();
    client.get_ip_statistics(ADDRESS).send().await.unwrap_err();
    client.get_ip_statistics(ADDRESS).send().await.unwrap_err();
    let nobody = builder().endpoint("http://127.0.0.1:1").build().unwrap();
    nobody.get_ip_statistics(ADDRESS).send().await.unwrap_err();
    insta::assert_snapshot!(notebook.lines().join("\n"));
}

/// The tenant and the app stand in the token, or are given for one that does not say.
#[tokio::test]
async fn whose_quota_it_is() {
    let sandbox = Sandbox::start().await.unwrap();
    let notebook = Arc::new(Notebook::default());
    let builder = || Client::builder().endpoint(sandbox.url()).token(sandbox.token()).quota_ledger(notebook.clone());
    builder().build().unwrap().get_ip_statistics(ADDRESS).send().await.unwrap();
    let given = builder().quota_of("contoso", "nightly").build().unwrap();
    given.get_ip_statistics(ADDRESS).send().await.unwrap();
    let of_token = format!("getIPStatistics of {} {}: ", sandbox.tenant(), sandbox.apps()[0].client_id());
    let lines = notebook.lines();
    assert!(lines[..2].iter().all(|line| line.starts_with(&of_token)), "{lines:?}");
    assert!(lines[2..].iter().all(|line| line.starts_with("getIPStatistics of contoso nightly: ")), "{lines:?}");
    assert_eq!(lines.len(), 4);
}

/// Two clients on one ledger share a quota, where tenant and app are the same.
#[tokio::test]
async fn a_ledger_that_clients_share() {
    let sandbox = Sandbox::start().await.unwrap();
    let clock = ManualClock::default();
    let ledger = Arc::new(MemoryLedger::new(Arc::new(clock.clone())));
    let client = || {
        let builder = Client::builder().endpoint(sandbox.url()).token(sandbox.token()).clock(clock.clone());
        let now = CallOptions::new().quota_wait(Duration::ZERO);
        builder.quota([QuotaWindow::new(2, MINUTE)]).quota_ledger(ledger.clone()).options(now)
    };
    let (one, two) = (client().build().unwrap(), client().build().unwrap());
    one.get_ip_statistics(ADDRESS).send().await.unwrap();
    two.get_ip_statistics(ADDRESS).send().await.unwrap();
    assert_eq!(one.get_ip_statistics(ADDRESS).send().await.unwrap_err().kind(), ErrorKind::Throttled);
    let of_another_app = client().quota_of("contoso", "nightly").build().unwrap();
    of_another_app.get_ip_statistics(ADDRESS).send().await.unwrap();
}

/// Has no permit for 20 s, and then for 100 s more.
#[derive(Debug, Default)]
struct EverLater(AtomicU32);

impl QuotaLedger for EverLater {
    fn acquire<'a>(&'a self, _: PermitRequest<'a>) -> BoxFuture<'a, Result<Acquire, BoxError>> {
        let seconds = if self.0.fetch_add(1, Ordering::SeqCst) == 0 { 20 } else { 100 };
        Box::pin(async move { Ok(Acquire::Wait(Duration::from_secs(seconds))) })
    }

    fn release(&self, _: &QuotaKey, _: PermitId, _: PermitUse) {}

    fn pause<'a>(&'a self, _: PermitRequest<'a>, _: Throttled<'a>) -> BoxFuture<'a, Result<Pause, BoxError>> {
        unreachable!("nothing is sent")
    }
}

/// How long to wait is reported from the moment at which a call gives up, not from its beginning.
#[tokio::test]
async fn a_ledger_that_puts_off() {
    let clock = ManualClock::default();
    let builder = Client::builder().endpoint("http://127.0.0.1:1").token(TOKEN).clock(clock.clone());
    let client = builder.quota_ledger(Arc::new(EverLater::default())).build().unwrap();
    let call = tokio::spawn(client.get_ip_statistics(ADDRESS).send());
    clock.somebody_sleeps(Duration::from_secs(20)).await;
    clock.advance(Duration::from_secs(20));
    let error = call.await.unwrap().unwrap_err();
    assert_eq!((error.kind(), error.retry_after()), (ErrorKind::Throttled, Some(Duration::from_secs(100))));
}

/// Fails as a file on a full disk would.
#[derive(Debug)]
struct Broken;

impl QuotaLedger for Broken {
    fn acquire<'a>(&'a self, _: PermitRequest<'a>) -> BoxFuture<'a, Result<Acquire, BoxError>> {
        Box::pin(async { Err("no space left on device".into()) })
    }

    fn release(&self, _: &QuotaKey, _: PermitId, _: PermitUse) {}

    fn pause<'a>(&'a self, _: PermitRequest<'a>, _: Throttled<'a>) -> BoxFuture<'a, Result<Pause, BoxError>> {
        unreachable!("nothing is sent")
    }
}

/// Gives so many permits, and then fails, as it does when it is to pause.
#[derive(Debug)]
struct FullDisk(AtomicU32);

impl FullDisk {
    fn after(permits: u32) -> Arc<Self> {
        Arc::new(Self(AtomicU32::new(permits)))
    }
}

impl QuotaLedger for FullDisk {
    fn acquire<'a>(&'a self, _: PermitRequest<'a>) -> BoxFuture<'a, Result<Acquire, BoxError>> {
        let left = self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        Box::pin(async move {
            match left {
                Ok(_) => Ok(Acquire::Permit(PermitId(0))),
                Err(_) => Err("no space left on device".into()),
            }
        })
    }

    fn release(&self, _: &QuotaKey, _: PermitId, _: PermitUse) {}

    fn pause<'a>(&'a self, _: PermitRequest<'a>, _: Throttled<'a>) -> BoxFuture<'a, Result<Pause, BoxError>> {
        Box::pin(async { Err("no space left on device".into()) })
    }
}

/// The refusal that came before it is among its causes.
#[tokio::test]
async fn a_ledger_that_fails_after_a_refusal() {
    let throttled = Step::answer("429 Too Many Requests", &["retry-after: 8"], "");
    let busy = Step::answer("503 Service Unavailable", &["request-id: rid-1"], "");
    let mut errors = Vec::new();
    for (name, step) in [("in a pause", throttled), ("in acquire", busy)] {
        let server = Scripted::start([step]).await.unwrap();
        let builder = Client::builder().endpoint(server.url()).token(TOKEN).quota_ledger(FullDisk::after(1));
        let (builder, mut time) = AutoAdvance::with(builder);
        let client = builder.build().unwrap();
        let error = time.run(client.get_ip_statistics(ADDRESS).send(), Some(&server)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration, "{name}");
        errors.push((name, error));
    }
    assert_errors("ledger-fails-after-a-refusal", &errors);
}

#[tokio::test]
async fn a_ledger_that_fails() {
    let server = Scripted::start([]).await.unwrap();
    let builder = Client::builder().endpoint(server.url()).token(TOKEN).quota_ledger(Arc::new(Broken));
    let error = builder.build().unwrap().get_ip_statistics(ADDRESS).send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert_eq!(server.requests(), Vec::<String>::new());
    assert_error("ledger-fails", &error);
}
