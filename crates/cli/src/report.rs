//! Turns outcomes, which come in any order, into records in the order of the arguments.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::net::IpAddr;

use mde_client::LookBackHours;

use crate::input::Input;
use crate::output::Output;
use crate::record::{Failure, Outcome, Record, Status, Summary};

/// The records of one run.
pub(crate) struct Report<'a> {
    output: Box<dyn Output + 'a>,
    /// The arguments whose records are not yet written.
    waiting: VecDeque<Input>,
    outcomes: HashMap<IpAddr, Outcome>,
    look_back_hours: LookBackHours,
    summary: Summary,
}

impl<'a> Report<'a> {
    pub(crate) fn new(
        output: Box<dyn Output + 'a>,
        inputs: Vec<Input>,
        look_back_hours: LookBackHours,
        source: Option<&'static str>,
    ) -> Self {
        let summary = Summary { source, ..Summary::default() };
        Self { output, waiting: inputs.into(), outcomes: HashMap::new(), look_back_hours, summary }
    }

    /// The service was asked, with this outcome.
    pub(crate) fn asked(&mut self, ip: IpAddr, outcome: Outcome) -> io::Result<()> {
        self.summary.asked += 1;
        self.note(ip, outcome)
    }

    /// What became of an address. Writes every record before which nothing is unknown.
    pub(crate) fn note(&mut self, ip: IpAddr, outcome: Outcome) -> io::Result<()> {
        self.outcomes.insert(ip, outcome);
        self.write_known()
    }

    pub(crate) fn is_known(&self, ip: IpAddr) -> bool {
        self.outcomes.contains_key(&ip)
    }

    fn write_known(&mut self) -> io::Result<()> {
        while let Some(input) = self.waiting.pop_front() {
            match self.record(input) {
                Ok(record) => self.write(record)?,
                Err(unknown) => {
                    self.waiting.push_front(unknown);
                    break;
                }
            }
        }
        Ok(())
    }

    /// Writes the rest of what is known, with gaps where something is unknown, and the summary.
    pub(crate) fn finish(mut self) -> io::Result<Summary> {
        for input in std::mem::take(&mut self.waiting) {
            if let Ok(record) = self.record(input) {
                self.write(record)?;
            }
        }
        self.output.finish(&self.summary)?;
        Ok(self.summary)
    }

    fn write(&mut self, record: Record) -> io::Result<()> {
        self.summary.count(record.status);
        self.output.record(record)
    }

    /// The record of an argument, or the argument if its outcome is unknown.
    fn record(&self, input: Input) -> Result<Record, Input> {
        let (status, statistics, error) = match &input.address {
            Err(problem) => {
                let failure = Failure::unasked(format!("no IP address: it {problem}"));
                (Status::Invalid, None, Some(failure))
            }
            Ok(ip) => match self.outcomes.get(ip) {
                None => return Err(input),
                Some(Outcome::Failed(failure)) => (Status::Failed, None, Some(failure.clone())),
                Some(Outcome::Answered(statistics)) if statistics.organization_prevalence > 0 => {
                    (Status::Seen, Some(statistics.clone()), None)
                }
                Some(Outcome::Answered(statistics)) => (Status::Unseen, Some(statistics.clone()), None),
            },
        };
        Ok(Record {
            ip: input.address.ok(),
            input: input.text,
            look_back_hours: self.look_back_hours,
            status,
            statistics,
            source: self.summary.source,
            error,
        })
    }
}
