//! Many processes over one list, with the windows of the quota scaled down: each address is asked about once, whoever asks,
//! also where processes are killed and begun again. They take real time, and assert counts only.
#![cfg(unix)]

use std::collections::HashMap;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

use mde_sandbox::Sandbox;
use tokio::process::{Child, Command};

use crate::{Run, fresh_folder, mde};

/// How many processes there are.
const PROCESSES: usize = 8;

/// How many calls a process has in flight at once.
const AT_ONCE: usize = 8;

/// The processes, the list of all of them, and the service that they ask.
struct Crowd {
    sandbox: Sandbox,
    quota: Vec<(usize, Duration)>,
    folder: PathBuf,
    addresses: Vec<String>,
}

/// What became of a crowd.
struct Outcome {
    /// How many calls were made about each address.
    calls: HashMap<String, usize>,
    /// How many calls each process made: of one that was killed, the last one with its command line.
    made: Vec<usize>,
    took: Duration,
}

impl Crowd {
    async fn of(count: u32, quota: &[(usize, u64)]) -> Self {
        let quota: Vec<_> = quota.iter().map(|(calls, seconds)| (*calls, Duration::from_secs(*seconds))).collect();
        let folder = fresh_folder();
        std::fs::create_dir_all(&folder).unwrap();
        let address = |number: u32| std::net::Ipv4Addr::from(u32::from_be_bytes([10, 209, 0, 0]) + number).to_string();
        let addresses: Vec<_> = (0..count).map(address).collect();
        std::fs::write(folder.join("list.txt"), addresses.join("\n")).unwrap();
        let sandbox = Sandbox::builder().quota(text(&quota).parse().unwrap()).start().await.unwrap();
        Self { sandbox, quota, folder, addresses }
    }

    fn output(&self, number: usize) -> PathBuf {
        self.folder.join(format!("out-{number}.csv"))
    }

    /// The process of this number, which is begun by the same command each time.
    fn begin(&self, number: usize) -> Child {
        let mut command = mde(&["ip", "stats", "--format", "csv", "--quiet", "--quota", &text(&self.quota)]);
        command.arg("--input").arg(self.folder.join("list.txt")).arg("--output").arg(self.output(number));
        command.env("MDE_ENDPOINT", self.sandbox.url()).env("MDE_TOKEN", self.sandbox.token());
        command.env("MDE_STORE", self.folder.join("store")).stdout(Stdio::null()).stderr(Stdio::piped());
        Command::from(command).kill_on_drop(true).spawn().unwrap()
    }

    /// Runs all of them, and kills one of the first few and begins it again each time that so many calls were made.
    async fn run(&self, kills: &[usize], of_the_first: usize) -> Outcome {
        let begun = Instant::now();
        let mut children: Vec<_> = (0..PROCESSES).map(|number| self.begin(number)).collect();
        for (turn, moment) in kills.iter().enumerate() {
            while self.sandbox.requests().len() < *moment {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
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

    /// How long a single caller takes for so many calls that knows the windows, and whose calls take no time.
    fn ideal(&self, calls: usize) -> Duration {
        let mut sent: Vec<Duration> = Vec::new();
        for call in 0..calls {
            let free_at =
                |(most, period): &(usize, Duration)| call.checked_sub(*most).map(|first| sent[first] + *period);
            let free_at =
                self.quota.iter().filter_map(free_at).fold(sent.last().copied().unwrap_or_default(), Duration::max);
            sent.push(free_at);
        }
        sent.last().copied().unwrap_or_default()
    }
}

/// As `--quota` reads it.
fn text(quota: &[(usize, Duration)]) -> String {
    let windows: Vec<_> = quota.iter().map(|(calls, period)| format!("{calls}/{}s", period.as_secs())).collect();
    windows.join(",")
}

/// Moments at which about as many calls were made, evenly over a list.
fn moments(kills: usize, addresses: usize) -> Vec<usize> {
    (1..=kills).map(|kill| kill * addresses / (kills + 1)).collect()
}

async fn asked_once(count: u32, quota: &[(usize, u64)], kills: usize) {
    let crowd = Crowd::of(count, quota).await;
    let addresses = crowd.addresses.len();
    let killed = PROCESSES / 2;
    let Outcome { calls, made, took } = crowd.run(&moments(kills, addresses), killed).await;
    let all = calls.values().sum::<usize>();
    let ideal = crowd.ideal(all);
    let share = ideal.as_secs_f64() / took.as_secs_f64();
    eprintln!("{all} calls about {addresses}, by each {made:?}, in {took:?}, ideally {ideal:?}: {share:.3}");
    assert_eq!(calls.len(), addresses);
    assert!(all <= addresses + kills * AT_ONCE, "{all} calls about {addresses} addresses with {kills} kills");
    let surviving = if kills == 0 { &made[..] } else { &made[killed..] };
    let average = addresses / PROCESSES;
    assert!(surviving.iter().all(|made| 2 * made >= average), "{made:?}, on average {average}");
    assert!(share >= 0.95, "it took {took:?} instead of {ideal:?}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes 45 s of real time, and both cores"]
async fn eight_processes_over_one_list_ask_once_although_forty_are_killed() {
    asked_once(2_200, &[(100, 1), (1_000, 20)], 40).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes 45 s of real time, and both cores"]
async fn eight_processes_over_one_list_take_turns() {
    asked_once(2_200, &[(100, 1), (1_000, 20)], 0).await;
}
