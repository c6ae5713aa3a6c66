//! The fold: each worker gives its rows their meaning, adds them up in the table of all, and logs what it refuses; then what
//! the workers counted is merged. The outcome does not depend on who read what.

use std::borrow::Cow;
use std::io;

use super::batch::{Quick, Steps};
use super::cost_kind::Noted;
use super::table::{Holder, HolderWhose, Outbox};
use super::usual::Tenants;
use super::{Credits, CurrencySums, RowsAndAmount, Sums, Table, Tally};
use crate::base::amount::Amount;
use crate::base::association::Association;
use crate::base::calendar::{Coverage, Day, Month};
use crate::base::ids::subscription_key;
use crate::diagnostics::reject::{RejectCounts, RejectLog, merge_count};
use crate::formats::batch::RowBatch;
use crate::formats::scheduler::RowSink;
use crate::formats::row::{BadRecord, Row};
use crate::roster::Roster;
use crate::roster::associations::AssociationIndex;
use crate::rows::amount::CurrencyText;
use crate::rows::consumption::{Kind, Plan, Whom};
use crate::rows::{CellReject, shape_reject};

/// What all workers share.
pub(crate) struct FoldContext<'c> {
    /// One for each input, in the same order.
    pub(crate) plans: &'c [Plan<'c>],
    /// The index of each input among all inputs of the run.
    pub(crate) run_index: &'c [usize],
    pub(crate) roster: &'c Roster,
    /// Those of the roster.
    pub(crate) tenants: Tenants,
    pub(crate) associations: &'c AssociationIndex,
    /// Of each input, the first one whose cells are read alike: what was learnt of one is true of the other.
    pub(crate) alike: &'c [usize],
    /// Where all workers add up.
    pub(crate) table: Table,
    /// Whether tallies name the partners that they saw.
    pub(crate) keeps_partners: bool,
}

/// One worker's part of the fold.
pub(crate) struct Fold<'c> {
    pub(super) context: &'c FoldContext<'c>,
    log: RejectLog<'c>,
    pub(super) outbox: Outbox,
    /// The currencies of rows that went the long way, with their numbers in the table.
    currencies: Vec<(String, u16)>,
    /// By the number of the currency in the table.
    sums: Vec<CurrencySums>,
    pub(super) tallies: Vec<Tally>,
    pub(super) input: usize,
    /// What is known of the cells of the input, and of those alike. **Absent**: rows go the long way.
    quick: Option<Quick<'c>>,
    pub(super) noted: Noted,
    steps: Steps,
    subscription: String,
}

/// The outcome of all workers.
pub(crate) struct Folded {
    pub(crate) credits: Credits,
    pub(crate) sums: Sums,
    /// One for each input.
    pub(crate) tallies: Vec<Tally>,
    pub(crate) refused: RejectCounts,
}

/// Whose a row is.
enum Found<'r> {
    /// This partner's, by this association.
    Partner(Cow<'r, str>, Association),
    /// Theirs for whom this outcome of the associations index speaks.
    InForce(u32),
    /// Nobody is associated with its subscription.
    Nobody,
    /// It names no subscription, while its export repeats consumption once for each association.
    NoSubscription,
}

/// Input of a worker that has not begun.
const NO_INPUT: usize = usize::MAX;

impl<'c> Fold<'c> {
    /// A worker that has read nothing.
    pub(crate) fn new(context: &'c FoldContext<'c>, log: RejectLog<'c>) -> Fold<'c> {
        Fold {
            context,
            log,
            outbox: Outbox::default(),
            currencies: Vec::new(),
            sums: Vec::new(),
            tallies: vec![Tally::default(); context.plans.len()],
            input: NO_INPUT,
            quick: None,
            noted: Noted::default(),
            steps: Steps::default(),
            subscription: String::new(),
        }
    }

    /// Merges all workers.
    pub(crate) fn merge(workers: Vec<Fold<'c>>, context: &FoldContext<'_>) -> Folded {
        let mut sums = Sums::default();
        let mut tallies = vec![Tally::default(); context.plans.len()];
        let mut refused = RejectCounts::new();
        let mut outboxes = Vec::new();
        for worker in workers {
            let nothing = CurrencySums::default();
            for (theirs, number) in worker.sums.iter().zip(0..).filter(|(theirs, _)| **theirs != nothing) {
                let ours: &mut CurrencySums = sums.entry(context.table.currency_code(number)).or_default();
                ours.merge(theirs);
            }
            for (ours, theirs) in tallies.iter_mut().zip(worker.tallies) {
                ours.merge(theirs);
            }
            for (code, (rows, first)) in worker.log.finish() {
                merge_count(&mut refused, code, rows, first);
            }
            outboxes.push(worker.outbox);
        }
        context.table.add_rest(outboxes);
        let credits = context.table.finish(context.associations);
        Folded { credits, sums, tallies, refused }
    }

    pub(super) fn tally(&mut self) -> &mut Tally {
        &mut self.tallies[self.input]
    }

    /// The sums of a currency.
    pub(super) fn sums_of(&mut self, currency: u16) -> &mut CurrencySums {
        let currency = usize::from(currency);
        if self.sums.len() <= currency {
            self.sums.resize(currency + 1, CurrencySums::default());
        }
        &mut self.sums[currency]
    }

    fn refuse(&mut self, row: &Row<'_>, fault: &CellReject) {
        let reject = self.context.plans[self.input].reject(row, fault);
        self.log.push(&reject);
        self.tally().refused += 1;
    }

    /// Credits, leaves out or refuses a row, by all tests.
    pub(super) fn long_way(&mut self, row: &Row<'_>) {
        self.tally().rows += 1;
        if let Err(fault) = self.take(row) {
            if fault.code == crate::diagnostics::reject::RejectCode::AmountTooLarge {
                let place = row.at.place();
                let tally = self.tally();
                tally.too_large = super::first(tally.too_large, Some(place));
            }
            self.refuse(row, &fault);
        }
    }

    /// The row's tests, in their order; `Err` is the fault for which it is refused.
    fn take(&mut self, row: &Row<'_>) -> Result<(), CellReject> {
        let plan = &self.context.plans[self.input];
        let kind = plan.kind(row);
        if let Some(kinds) = &plan.rules.cost_kinds {
            self.tallies[self.input].cost_kind.note(row, plan, kinds);
        }
        if kind? == Kind::Other {
            self.tally().not_consumption += 1;
            return Ok(());
        }
        let time = plan.time(row)?;
        self.tally().saw_day(plan.first_day(time), time.day);
        match time.coverage {
            Coverage::Whole => {}
            Coverage::Outside => {
                self.tally().outside_window += 1;
                return Ok(());
            }
            Coverage::Cut => {
                let tally = self.tally();
                tally.outside_window += 1;
                tally.cut_month = super::first(tally.cut_month, Some(time.month));
                return Ok(());
            }
        }
        let found = self.whose(row, time.day)?;
        match found {
            Found::NoSubscription => {
                self.tally().no_subscription += 1;
                self.note_amount(row, |sums| &mut sums.no_subscription);
                return Ok(());
            }
            Found::Nobody => {
                self.tally().unassociated += 1;
                self.note_amount(row, |sums| &mut sums.unassociated);
                return Ok(());
            }
            Found::Partner(..) | Found::InForce(_) => {}
        }
        let (amount, currency, rounded) = plan.amount(row)?;
        let currency = self.currency(currency);
        let sums = self.sums_of(currency);
        sums.magnitude.add(amount);
        sums.credited.add(1, amount);
        let tally = self.tally();
        tally.credited += 1;
        tally.rounded += u64::from(rounded);
        self.put(&found, currency, time.month, amount);
        if self.context.keeps_partners {
            self.keep_partners(&found);
        }
        Ok(())
    }

    /// Whose a row is; leaves its subscription in `self.subscription`.
    fn whose<'r>(&mut self, row: &Row<'r>, day: Day) -> Result<Found<'r>, CellReject>
    where
        'c: 'r,
    {
        let context = self.context;
        let plan = &context.plans[self.input];
        let subscription = plan.subscription(row)?;
        if subscription.is_none() && plan.rules.repeats_per_association {
            return Ok(Found::NoSubscription);
        }
        self.subscription.clear();
        if let Some(subscription) = &subscription {
            key_into(&mut self.subscription, subscription);
        }
        Ok(match plan.whom(row, &|tenant| context.roster.partner_of_tenant(tenant))? {
            Whom::Partner(partner, association) => Found::Partner(partner, association),
            Whom::Associated => {
                let known = context.associations.subscription(&self.subscription);
                let outcome = known.and_then(|known| context.associations.outcome(known, day));
                outcome.map_or(Found::Nobody, Found::InForce)
            }
        })
    }

    /// Puts a row to the account of whom was found, for `self.subscription`.
    fn put(&mut self, found: &Found<'_>, currency: u16, month: Month, amount: Amount) {
        let whose = match found {
            Found::Partner(partner, association) => HolderWhose::Partner(partner, *association),
            Found::InForce(outcome) => HolderWhose::InForce(*outcome),
            Found::Nobody | Found::NoSubscription => return,
        };
        let table = &self.context.table;
        let repeats = self.context.plans[self.input].rules.repeats_per_association;
        let holder = Holder { subscription: &self.subscription, whose, currency, repeats };
        table.put(&mut self.outbox, &holder, table.month(month), amount);
    }

    fn keep_partners(&mut self, found: &Found<'_>) {
        let partners = &mut self.tallies[self.input].partners;
        match found {
            Found::Partner(partner, _) if !partners.contains(partner.as_ref()) => {
                partners.insert(partner.clone().into_owned());
            }
            Found::InForce(outcome) => {
                let in_force = self.context.associations.in_force(*outcome);
                partners.extend(in_force.map(|(partner, _)| partner.to_string()));
            }
            Found::Partner(..) | Found::Nobody | Found::NoSubscription => {}
        }
    }

    /// Adds the amount of a row that credits nobody, if it can be read.
    fn note_amount(&mut self, row: &Row<'_>, which: impl Fn(&mut CurrencySums) -> &mut RowsAndAmount) {
        let Ok((amount, currency, rounded)) = self.context.plans[self.input].amount(row) else { return };
        let currency = self.currency(currency);
        let sums = self.sums_of(currency);
        sums.magnitude.add(amount);
        which(sums).add(1, amount);
        self.tally().rounded += u64::from(rounded);
    }

    /// The number of a currency.
    fn currency(&mut self, currency: CurrencyText<'_>) -> u16 {
        if let Some((_, number)) = self.currencies.iter().find(|(code, _)| currency.is(code)) {
            return *number;
        }
        let code = currency.code();
        let number = self.context.table.currency(&code);
        self.currencies.push((code, number));
        number
    }
}

/// Writes the form in which subscriptions are compared.
fn key_into(key: &mut String, subscription: &str) {
    if subscription.is_ascii() && !subscription.starts_with('/') {
        key.push_str(subscription);
        key.make_ascii_lowercase();
    } else {
        key.push_str(&subscription_key(subscription));
    }
}

impl RowSink for Fold<'_> {
    fn begin(&mut self, input: usize, block: u64) {
        let alike = |input: usize| self.context.alike.get(input);
        if self.input == NO_INPUT || alike(self.input) != alike(input) {
            // Where every partner is to be seen, every row goes the long way.
            let plan = (!self.context.keeps_partners).then(|| &self.context.plans[input]);
            self.quick = plan.and_then(Quick::new);
        }
        if self.input != input {
            self.noted.forget();
        }
        self.input = input;
        self.log.begin(self.context.run_index[input], block);
    }

    fn row(&mut self, row: &Row<'_>) {
        self.long_way(row);
    }

    fn batch<B: RowBatch>(&mut self, batch: &B) {
        match self.quick.take() {
            Some(mut quick) => {
                let mut steps = std::mem::take(&mut self.steps);
                self.take_batch(&mut quick, &mut steps, batch);
                (self.quick, self.steps) = (Some(quick), steps);
            }
            None => {
                for row in 0..batch.len() {
                    batch.visit(row, &mut |row| self.row(row));
                }
            }
        }
    }

    fn bad_record(&mut self, bad: &BadRecord<'_>) {
        let tally = self.tally();
        tally.rows += 1;
        tally.refused += 1;
        self.log.push(&shape_reject(bad));
    }

    fn end(&mut self) -> io::Result<()> {
        self.log.end()
    }
}
