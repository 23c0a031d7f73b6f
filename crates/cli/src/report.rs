//! Turns outcomes, which come in any order, into records in the order of the input.

use std::collections::{HashMap, HashSet, VecDeque};
use std::io;
use std::net::IpAddr;

use crate::record::{Failure, Outcome, Output, Record, Status, Summary};
use mde_input::{Entry, Inputs};

/// The records of one run.
pub(crate) struct Report<'a> {
    output: Box<dyn Output + 'a>,
    /// The inputs whose records are not yet written.
    waiting: VecDeque<Entry>,
    outcomes: HashMap<IpAddr, Outcome>,
    /// The addresses that have a record.
    recorded: HashSet<IpAddr>,
    summary: Summary,
}

impl<'a> Report<'a> {
    pub(crate) fn new(output: Box<dyn Output + 'a>, inputs: Inputs, mut summary: Summary) -> Self {
        summary.expected = inputs.entries.len();
        summary.left_out = inputs.left_out;
        let (outcomes, recorded) = (HashMap::new(), HashSet::new());
        Self { output, waiting: inputs.entries.into(), outcomes, recorded, summary }
    }

    /// The service was asked, with this outcome.
    pub(crate) fn asked(&mut self, ip: IpAddr, outcome: Outcome) -> io::Result<()> {
        self.summary.asked += 1;
        self.note(ip, outcome)
    }

    /// It was not necessary to ask.
    pub(crate) fn cached(&mut self, ip: IpAddr, outcome: Outcome) -> io::Result<()> {
        self.summary.from_cache += 1;
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
        self.output.finish(&mut self.summary)?;
        Ok(self.summary)
    }

    /// Writes nothing more.
    pub(crate) fn abandon(self) -> Summary {
        self.summary
    }

    fn write(&mut self, record: Record) -> io::Result<()> {
        self.summary.count(record.status);
        self.summary.addresses += usize::from(record.ip.is_some_and(|ip| self.recorded.insert(ip)));
        self.output.record(record)
    }

    /// The record of an input, or the input if its outcome is unknown.
    fn record(&self, entry: Entry) -> Result<Record, Entry> {
        let (status, answer, error) = match &entry.address {
            Err(problem) => {
                let failure = Failure::unasked(format!("no IP address: it {problem}"));
                (Status::Invalid, None, Some(failure))
            }
            Ok(ip) => match self.outcomes.get(ip) {
                None => return Err(entry),
                Some(Outcome::Failed(failure)) => (Status::Failed, None, Some(failure.clone())),
                Some(Outcome::Answered(answer)) if answer.statistics.organization_prevalence > 0 => {
                    (Status::Seen, Some(answer.clone()), None)
                }
                Some(Outcome::Answered(answer)) => (Status::Unseen, Some(answer.clone()), None),
            },
        };
        Ok(Record {
            ip: entry.address.ok(),
            input: entry.text,
            place: entry.location.to_string(),
            occurrences: entry.occurrences,
            look_back_hours: self.summary.look_back_hours,
            status,
            answered_at: answer.as_ref().map(|answer| answer.answered_at),
            from_cache: answer.as_ref().is_some_and(|answer| answer.from_cache),
            statistics: answer.map(|answer| answer.statistics),
            source: self.summary.source,
            error,
        })
    }
}
