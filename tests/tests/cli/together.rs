//! Many processes over one list, with the windows of the quota scaled down: each address is asked about once, whoever asks,
//! also where processes are killed and begun again. They take real time, and assert counts only.
#![cfg(unix)]

use std::collections::HashMap;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

use mde_sandbox::Sandbox;
use tokio::process::{Child, Command};
use tokio::sync::Mutex;

use crate::{Run, fresh_folder, mde};

/// How many processes there are.
const PROCESSES: usize = 8;

/// How many calls a process has in flight at once.
const AT_ONCE: usize = 8;

/// Of the two windows the longer one decides, as the hour does. It is longer than the 30 s for which the permits of a killed
/// process are leased, which are not scaled. Few of the addresses are left for its third period, so the time that all of them
/// take shows whether the first two periods were used.
const QUOTA: [(usize, Duration); 2] = [(100, Duration::from_secs(1)), (1_095, Duration::from_secs(40))];

const ADDRESSES: u32 = 2_200;

/// How much longer than documented each window counts, so that no difference of clocks makes a call too many.
const MARGIN: Duration = Duration::from_millis(250);

/// One crowd at a time, for it is enough for a machine.
static TURN: Mutex<()> = Mutex::const_new(());

/// The processes, the list of all of them, and the service that they ask.
struct Crowd {
    sandbox: Sandbox,
    folder: PathBuf,
    addresses: Vec<String>,
}

/// What became of a crowd.
struct Outcome {
    /// How many calls were made about each address.
    calls: HashMap<String, usize>,
    /// How many calls each process made: of one that was killed, the last one with its command line.
    made: Vec<usize>,
    /// How long it took from the first call to the end.
    took: Duration,
}

impl Crowd {
    async fn gather() -> Self {
        let folder = fresh_folder();
        std::fs::create_dir_all(&folder).unwrap();
        let address = |number: u32| std::net::Ipv4Addr::from(u32::from_be_bytes([10, 209, 0, 0]) + number).to_string();
        let addresses: Vec<_> = (0..ADDRESSES).map(address).collect();
        std::fs::write(folder.join("list.txt"), addresses.join("\n")).unwrap();
        let sandbox = Sandbox::builder().quota(quota().parse().unwrap()).start().await.unwrap();
        Self { sandbox, folder, addresses }
    }

    fn output(&self, number: usize) -> PathBuf {
        self.folder.join(format!("out-{number}.csv"))
    }

    /// The process of this number, which is begun by the same command each time.
    fn begin(&self, number: usize) -> Child {
        let mut command = mde(&["ip", "stats", "--format", "csv", "--quiet", "--quota", &quota()]);
        command.arg("--input").arg(self.folder.join("list.txt")).arg("--output").arg(self.output(number));
        command.env("MDE_ENDPOINT", self.sandbox.url()).env("MDE_TOKEN", self.sandbox.token());
        command.env("MDE_STORE", self.folder.join("store")).stdout(Stdio::null()).stderr(Stdio::piped());
        Command::from(command).kill_on_drop(true).spawn().unwrap()
    }

    /// Runs all of them, and kills one of the first few and begins it again each time that so many calls were made.
    async fn run(&self, kills: &[usize], of_the_first: usize) -> Outcome {
        let mut children: Vec<_> = (0..PROCESSES).map(|number| self.begin(number)).collect();
        self.wait_for(1).await;
        let begun = Instant::now();
        for (turn, moment) in kills.iter().enumerate() {
            self.wait_for(*moment).await;
            let number = turn % of_the_first;
            children[number].kill().await.unwrap();
            children[number] = self.begin(number);
        }
        for child in children {
            let run = Run::from(child.wait_with_output().await.unwrap());
            assert_eq!((run.code, run.err.as_str()), (Some(0), ""));
        }
        let took = begun.elapsed();
        let made = (0..PROCESSES).map(|number| self.made(number)).collect();
        Outcome { calls: self.calls(), made, took }
    }

    /// Waits until so many calls were made.
    async fn wait_for(&self, calls: usize) {
        while self.sandbox.requests().len() < calls {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// How many of the answers of a process it asked for itself. Its output is complete and in order.
    fn made(&self, number: usize) -> usize {
        let text = std::fs::read_to_string(self.output(number)).unwrap();
        let mut lines = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
        let header = lines.next().unwrap();
        let from_cache = header.iter().position(|name| *name == "fromMemory").unwrap();
        let (addresses, own): (Vec<_>, Vec<_>) =
            lines.map(|line| (line[0].to_owned(), line[from_cache] == "false")).unzip();
        assert_eq!(addresses, self.addresses);
        own.into_iter().filter(|own| *own).count()
    }

    /// How many calls were made about each address. None of them was throttled.
    fn calls(&self) -> HashMap<String, usize> {
        let mut calls = HashMap::new();
        for request in self.sandbox.requests() {
            // 0 is that of a process that was killed before the answer.
            assert!([0, 200].contains(&request.status), "{request:?}");
            let path = request.path_and_query.strip_prefix("/api/ips/").unwrap();
            *calls.entry(path.split('/').next().unwrap().to_owned()).or_default() += 1;
        }
        calls
    }
}

/// As `--quota` reads it.
fn quota() -> String {
    QUOTA.map(|(calls, period)| format!("{calls}/{}s", period.as_secs())).join(",")
}

/// How long a single caller takes for so many calls that keeps within the quota, and whose calls take no time.
fn ideal(calls: usize) -> Duration {
    let mut sent: Vec<Duration> = Vec::new();
    for call in 0..calls {
        let free_at = QUOTA.iter().filter_map(|(most, period)| Some(sent[call.checked_sub(*most)?] + *period + MARGIN));
        sent.push(free_at.fold(sent.last().copied().unwrap_or_default(), Duration::max));
    }
    sent.last().copied().unwrap_or_default()
}

/// Kills so many, and asserts that what there is to ask is asked once, by all in turns, and as fast as the quota allows.
async fn asked_once(kills: usize) {
    let _turn = TURN.lock().await;
    let crowd = Crowd::gather().await;
    let addresses = crowd.addresses.len();
    // At moments that are evenly spread. Half of the processes are never killed.
    let moments: Vec<_> = (1..=kills).map(|kill| kill * addresses / (kills + 1)).collect();
    let Outcome { calls, made, took } = crowd.run(&moments, PROCESSES / 2).await;
    let all = calls.values().sum::<usize>();
    let share = ideal(all).as_secs_f64() / took.as_secs_f64();
    let figures = format!(
        "{all} calls about {} of {addresses}, by each {made:?}, in {took:?}, {share:.3} of what the quota allows",
        calls.len()
    );
    assert_eq!(calls.len(), addresses, "{figures}");
    assert!(all <= addresses + kills * AT_ONCE, "{figures}");
    let surviving = if kills == 0 { &made[..] } else { &made[PROCESSES / 2..] };
    assert!(surviving.iter().all(|made| 2 * made >= addresses / PROCESSES), "{figures}");
    assert!(share >= 0.95, "{figures}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "soak: takes 80 s of real time"]
async fn eight_processes_over_one_list_ask_once_and_take_turns() {
    asked_once(0).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "soak: takes 80 s of real time"]
async fn forty_kills_cost_no_more_than_the_calls_in_flight() {
    asked_once(40).await;
}
