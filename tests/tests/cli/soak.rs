//! Jobs as long as real ones, with the windows of the quota scaled down: killed, resumed, and shared. They take real
//! time, and assert counts only.
#![cfg(unix)]

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use mde_sandbox::Sandbox;
use tokio::process::{Child, Command};

use crate::{Run, fresh_folder, mde};

/// A hundred calls a minute and 1,500 an hour, sixty times as fast.
const QUOTA: &str = "100/1s,1500/1m";

/// How many calls a process has in flight at once.
const AT_ONCE: usize = 8;

struct Job<'a> {
    sandbox: &'a Sandbox,
    folder: PathBuf,
    addresses: Vec<String>,
}

impl<'a> Job<'a> {
    fn of(sandbox: &'a Sandbox, count: u32) -> Self {
        let folder = fresh_folder();
        std::fs::create_dir_all(&folder).unwrap();
        let address = |number: u32| std::net::Ipv4Addr::from(u32::from_be_bytes([10, 209, 0, 0]) + number).to_string();
        Self { sandbox, folder, addresses: (0..count).map(address).collect() }
    }

    fn list(&self, name: &str, addresses: &[String]) -> PathBuf {
        let path = self.folder.join(name);
        std::fs::write(&path, addresses.join("\n")).unwrap();
        path
    }

    /// The command that is run again after each interruption.
    fn command(&self, list: &Path, output: &Path) -> Command {
        let mut command = mde(&["ip", "stats", "--format", "csv", "--quota", QUOTA]);
        command.arg("--input").arg(list).arg("--output").arg(output);
        command.env("MDE_ENDPOINT", self.sandbox.url()).env("MDE_TOKEN", self.sandbox.token());
        command.env("MDE_STORE", self.folder.join("store")).stdout(Stdio::null()).stderr(Stdio::piped());
        command.into()
    }

    fn asked(&self) -> usize {
        self.sandbox.requests().len()
    }

    /// How often the sandbox was asked about each address. Nothing else was asked, and no call was throttled.
    fn asked_by_address(&self) -> HashMap<String, usize> {
        let mut asked = HashMap::new();
        for request in self.sandbox.requests() {
            assert_eq!(request.status, 200, "{request:?}");
            let path = request.path_and_query.strip_prefix("/api/ips/").unwrap();
            *asked.entry(path.split('/').next().unwrap().to_owned()).or_default() += 1;
        }
        asked
    }

    /// Starts the job again and again, and kills it each time that so many calls more were made.
    async fn kill_at(&self, moments: &[usize], list: &Path, output: &Path) {
        for moment in moments {
            let mut child = self.command(list, output).spawn().unwrap();
            self.wait_for_calls(*moment, &mut child).await;
            child.kill().await.unwrap();
            assert!(!output.exists(), "half an output was written");
        }
    }

    async fn wait_for_calls(&self, count: usize, child: &mut Child) {
        while self.asked() < count {
            assert!(child.try_wait().unwrap().is_none(), "the job ended before call {count}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// The addresses in the output, in its order.
    fn written(output: &Path) -> Vec<String> {
        let text = std::fs::read_to_string(output).unwrap();
        text.lines().skip(1).map(|line| line.split(',').next().unwrap().to_owned()).collect()
    }
}

/// Five moments at which about as many calls were made, different each time, and printed on failure.
fn moments(count: usize) -> Vec<usize> {
    let mut seed = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().subsec_nanos() as usize;
    let mut moments: Vec<_> = (0..5)
        .map(|_| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            // The end is left to the last run.
            1 + (seed >> 33) % (count * 9 / 10)
        })
        .collect();
    moments.sort_unstable();
    moments
}

/// It resumes where it was, repeats no call but those in flight, and its output is complete and in order.
async fn killed_and_run_again(count: u32) {
    let sandbox = Sandbox::builder().quota(QUOTA.parse().unwrap()).start().await.unwrap();
    let job = Job::of(&sandbox, count);
    let (list, output) = (job.list("list.txt", &job.addresses), job.folder.join("out.csv"));
    let moments = moments(job.addresses.len());
    job.kill_at(&moments, &list, &output).await;
    let run: Run = job.command(&list, &output).output().await.unwrap().into();
    assert_eq!(run.code, Some(0), "killed at {moments:?}: {}", run.err);

    assert_eq!(Job::written(&output), job.addresses, "killed at {moments:?}");
    let asked = job.asked_by_address();
    assert_eq!(asked.len(), job.addresses.len());
    let again = asked.values().sum::<usize>() - asked.len();
    assert!(again <= moments.len() * AT_ONCE, "{again} calls were made again, killed at {moments:?}");
}

/// Together they stay within the quota: no call is throttled.
async fn two_at_once(count: u32) {
    let sandbox = Sandbox::builder().quota(QUOTA.parse().unwrap()).start().await.unwrap();
    let job = Job::of(&sandbox, count);
    let halves = job.addresses.split_at(job.addresses.len() / 2);
    let run = |name: &'static str, half: &[String]| {
        let (list, output) = (job.list(&format!("{name}.txt"), half), job.folder.join(format!("{name}.csv")));
        let mut command = job.command(&list, &output);
        async move { (Run::from(command.output().await.unwrap()), Job::written(&output)) }
    };
    let ((left, left_written), (right, right_written)) = tokio::join!(run("left", halves.0), run("right", halves.1));
    assert_eq!((left.code, right.code), (Some(0), Some(0)), "{}\n{}", left.err, right.err);
    assert_eq!((left_written.as_slice(), right_written.as_slice()), halves);
    let asked = job.asked_by_address();
    assert_eq!((asked.len(), asked.values().sum::<usize>()), (job.addresses.len(), job.addresses.len()));
}

mod seconds {
    #[tokio::test(flavor = "multi_thread")]
    #[ignore = "soak: takes seconds of real time"]
    async fn a_killed_job_resumes() {
        super::killed_and_run_again(300).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    #[ignore = "soak: takes seconds of real time"]
    async fn two_processes_share_one_quota() {
        super::two_at_once(400).await;
    }
}

mod minutes {
    #[tokio::test(flavor = "multi_thread")]
    #[ignore = "soak: takes minutes of real time"]
    async fn a_killed_job_resumes() {
        super::killed_and_run_again(3000).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    #[ignore = "soak: takes minutes of real time"]
    async fn two_processes_share_one_quota() {
        super::two_at_once(3000).await;
    }
}
