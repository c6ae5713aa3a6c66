//! The vote of the rows of some files on how the files write numbers and days. Comes in: rows. Goes out: the votes of each file. It adds nothing
//! up and refuses nothing.

use std::io;

use super::file_forms::FormVotes;
use super::plan::Plan;
use crate::config::dialect::{ColumnKey, DateColumn, RoleMeaning};
use crate::formats::row::{BadRecord, Row};
use crate::formats::scheduler::RowSink;

/// The columns of one file that vote.
pub(crate) enum VotingColumns<'p> {
    /// The columns that the plan of an export reads.
    Plan(Plan<'p>),
    /// The columns of another role.
    Columns { numbers: Vec<ColumnKey>, days: Vec<ColumnKey> },
}

/// The date columns of a role, in the order in which they are read, and its columns of numbers.
pub(crate) fn columns_of(meaning: &RoleMeaning) -> (Vec<ColumnKey>, Vec<&DateColumn>) {
    match meaning {
        RoleMeaning::Consumption(rules) => {
            (rules.amounts.iter().map(|amount| amount.column).collect(), rules.dates.iter().collect())
        }
        RoleMeaning::Credentials(meaning) => {
            (Vec::new(), std::iter::once(&meaning.completed_on).chain(&meaning.expires_on).collect())
        }
        RoleMeaning::Associations(meaning) => (Vec::new(), meaning.from.iter().chain(&meaning.to).collect()),
        RoleMeaning::Rates(meaning) => (vec![meaning.usd_per_unit], vec![&meaning.month]),
        RoleMeaning::Partners(_) | RoleMeaning::Markets(_) | RoleMeaning::Credits(_) => {
            (Vec::new(), Vec::new())
        }
    }
}

/// The sink of one worker.
pub(crate) struct VoteCounter<'v> {
    columns: &'v [VotingColumns<'v>],
    input: usize,
    /// The votes of the block, whose rows come in order.
    block: FormVotes,
    votes: Vec<FormVotes>,
}

impl<'v> VoteCounter<'v> {
    /// Nothing yet.
    pub(crate) fn new(columns: &'v [VotingColumns<'v>]) -> VoteCounter<'v> {
        VoteCounter {
            columns,
            input: 0,
            block: FormVotes::default(),
            votes: vec![FormVotes::default(); columns.len()],
        }
    }

    /// The votes of each input.
    pub(crate) fn merge(workers: Vec<VoteCounter<'_>>, inputs: usize) -> Vec<FormVotes> {
        let mut votes = vec![FormVotes::default(); inputs];
        for worker in workers {
            for (ours, theirs) in votes.iter_mut().zip(worker.votes) {
                ours.merge(theirs);
            }
        }
        votes
    }
}

impl RowSink for VoteCounter<'_> {
    fn begin(&mut self, input: usize, _block: u64) {
        self.input = input;
    }

    fn row(&mut self, row: &Row<'_>) {
        let votes = &mut self.block;
        match &self.columns[self.input] {
            VotingColumns::Plan(plan) => plan.vote(row, votes),
            VotingColumns::Columns { numbers, days } => {
                numbers.iter().for_each(|column| votes.note_number(row, *column));
                days.iter().for_each(|column| votes.note_day(row, *column));
            }
        }
    }

    fn bad_record(&mut self, _bad: &BadRecord<'_>) {}

    fn end(&mut self) -> io::Result<()> {
        self.votes[self.input].merge(std::mem::take(&mut self.block));
        Ok(())
    }
}
