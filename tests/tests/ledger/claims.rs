//! Claims of a store, as a program uses them beside its calls.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use mde_client::{CallOptions, Client, Clock, QuotaWindow, operations};
use mde_sandbox::Sandbox;
use mde_store::{Claim, Claimed, Scope, Store, StoreOptions};
use mde_tests::ManualClock;

use crate::program::{MARGIN, MINUTE};

const FIRST: Ipv4Addr = Ipv4Addr::new(10, 209, 67, 1);
const SECOND: Ipv4Addr = Ipv4Addr::new(10, 209, 67, 2);

async fn claim(store: &Store, scope: &Scope, ip: Ipv4Addr) -> Claim {
    let mut claimed = store.claim(scope, vec![ip.to_string()], SystemTime::UNIX_EPOCH, 1).await.unwrap();
    match claimed.pop().unwrap() {
        (_, Claimed::Granted(claim)) => claim,
        (subject, other) => panic!("{subject} is {other:?}"),
    }
}

/// A program that stood still while it waited for its permit, as while a lid is closed, does not ask what others asked
/// meanwhile.
#[tokio::test]
async fn no_request_follows_a_lost_claim() {
    let sandbox = Sandbox::start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mde.db");
    let (still, others) = (ManualClock::default(), ManualClock::default());
    let open =
        async |clock: &ManualClock| StoreOptions::new().clock(Arc::new(clock.clone())).open(&path).await.unwrap().0;
    let (store, other) = (open(&still).await, open(&others).await);
    let client = Client::builder().endpoint(sandbox.url()).token(sandbox.token()).clock(still.clone());
    let client = client.quota_ledger(store.ledger()).quota(vec![QuotaWindow::new(1, MINUTE)]);
    let client = client.options(CallOptions::new().quota_wait(Duration::MAX)).build().unwrap();
    let key = client.quota_key(&operations::GET_IP_STATISTICS).await.unwrap();
    let scope = Scope { key, parameters: "lookBackHours=720".to_owned() };
    client.get_ip_statistics(FIRST).send().await.unwrap();

    let mut claimed = claim(&store, &scope, SECOND).await;
    let asking = async {
        tokio::select! {
            biased;
            () = claimed.lost() => None,
            response = client.get_ip_statistics(SECOND).send() => Some(response),
        }
    };
    let meanwhile = async {
        still.somebody_sleeps(MINUTE + MARGIN).await;
        others.advance(Duration::from_secs(6));
        let _claim = claim(&other, &scope, SECOND).await;
        other.put(&scope, &SECOND.to_string(), b"{}", others.system_time()).await.unwrap();
        still.advance(MINUTE + MARGIN);
    };
    let (asked, ()) = tokio::join!(asking, meanwhile);
    assert!(asked.is_none(), "{asked:?}");
    assert_eq!(sandbox.requests().len(), 1);
}
