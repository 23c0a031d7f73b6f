//! The report of a run: it puts the outcomes, which come in any order, into records in the order of the input.

use std::collections::{HashMap, HashSet, VecDeque};
use std::io;
use std::net::IpAddr;

use mde_input::{Entry, Inputs};

use crate::record::{Failure, Outcome, Record, Status};
use crate::summary::Summary;

/// Writes records in one format.
pub(crate) trait Output {
    /// Takes the next record, and writes it at once if the format is one that streams.
    fn record(&mut self, record: Record) -> io::Result<()>;

    /// Writes what comes after the last record. Notes in the summary how many records it did not show.
    fn finish(&mut self, summary: &mut Summary) -> io::Result<()>;
}

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
        (summary.passed_over, summary.mapped) = (inputs.passed_over, inputs.mapped);
        let (outcomes, recorded) = (HashMap::new(), HashSet::new());
        Self { output, waiting: inputs.entries.into(), outcomes, recorded, summary }
    }

    /// Notes the outcome of a call, of this run or of another that was faster.
    pub(crate) fn ended(&mut self, ip: IpAddr, outcome: Outcome) -> io::Result<()> {
        if matches!(&outcome, Outcome::Answered(answer) if answer.from_cache) {
            return self.cached(ip, outcome);
        }
        self.summary.asked += 1;
        self.note(ip, outcome)
    }

    /// Notes a cached outcome.
    pub(crate) fn cached(&mut self, ip: IpAddr, outcome: Outcome) -> io::Result<()> {
        self.summary.from_cache += 1;
        self.note(ip, outcome)
    }

    /// Notes the outcome for an address, and writes every record that no earlier unknown one holds back.
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
        self.summary.count(&record);
        self.summary.addresses += usize::from(record.ip.is_some_and(|ip| self.recorded.insert(ip)));
        self.output.record(record)
    }

    /// The record of an input, or the input if its outcome is unknown.
    fn record(&self, entry: Entry) -> Result<Record, Entry> {
        let (status, answer, error) = match &entry.address {
            Err(problem) => {
                let failure = Failure::unasked(format!("not an IP address: it {problem}"));
                (Status::Invalid, None, Some(failure))
            }
            Ok(ip) => match self.outcomes.get(ip) {
                None => return Err(entry),
                Some(Outcome::Failed(failure)) => (Status::Failed, None, Some(failure.clone())),
                Some(Outcome::Answered(answer)) => (answer.statistics.status(), Some(answer.clone()), None),
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
            organization: self.summary.organization.clone(),
        })
    }
}
