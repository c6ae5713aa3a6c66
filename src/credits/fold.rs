//! The fold: each worker gives its rows their meaning, adds them up in its own table, and logs what it refuses; then all
//! workers are merged. The outcome does not depend on who read what.

use std::io;

use super::associations::AssociationIndex;
use super::identities::{Identities, Known};
use super::table::{Addend, AddendWhose};
use super::{Credits, CurrencySums, RowsAndAmount, Sums, Table, Tally};
use crate::calendar::{Coverage, Month};
use crate::dialects::{ColumnKey, CostKinds};
use crate::ids::subscription_key;
use crate::inputs::read::RowSink;
use crate::inputs::row::{BadRecord, Cell, Row};
use crate::issues::{IssueCounts, IssueLog, merge_count};
use crate::money::Amount;
use crate::records::consumption::{CurrencyText, Dates, Kind, Plan, Time, Whom};
use crate::records::{CellFault, cell, shape_issue};
use crate::roster::Roster;

/// Identities that a worker may always remember; beyond, twice as many as it has sums.
const IDENTITIES: usize = 1 << 14;

/// What all workers share.
pub(crate) struct FoldContext<'c> {
    /// One for each input, in the same order.
    pub(crate) plans: &'c [Plan<'c>],
    /// The index of each input among all inputs of the run.
    pub(crate) run_index: &'c [usize],
    pub(crate) roster: &'c Roster,
    pub(crate) associations: &'c AssociationIndex,
    /// Of each input, the columns that say whose a row is.
    pub(crate) identity_columns: &'c [Vec<ColumnKey>],
    /// The first month of the window.
    pub(crate) first_month: Month,
    /// Whether tallies name the partners that they saw.
    pub(crate) keeps_partners: bool,
}

/// One worker's part of the fold.
pub(crate) struct Fold<'c> {
    context: &'c FoldContext<'c>,
    log: IssueLog<'c>,
    table: Table,
    sums: Sums,
    tallies: Vec<Tally>,
    input: usize,
    dates: Dates,
    /// The last currency, which the next row mostly repeats, and its sums; they join `sums` when another one comes.
    currency: String,
    of_currency: CurrencySums,
    currency_number: u16,
    identities: Identities,
    subscription: String,
}

/// The outcome of all workers.
pub(crate) struct Folded {
    pub(crate) credits: Credits,
    pub(crate) sums: Sums,
    /// One for each input.
    pub(crate) tallies: Vec<Tally>,
    pub(crate) refused: IssueCounts,
}

impl<'c> Fold<'c> {
    /// A worker that has read nothing.
    pub(crate) fn new(context: &'c FoldContext<'c>, log: IssueLog<'c>) -> Fold<'c> {
        Fold {
            context,
            log,
            table: Table::default(),
            sums: Sums::default(),
            tallies: vec![Tally::default(); context.plans.len()],
            input: 0,
            dates: Dates::new(),
            currency: String::new(),
            of_currency: CurrencySums::default(),
            currency_number: 0,
            identities: Identities::new(context.first_month),
            subscription: String::new(),
        }
    }

    /// Merges all workers.
    pub(crate) fn merge(workers: Vec<Fold<'c>>, context: &FoldContext<'_>) -> Folded {
        let mut table = Table::default();
        let mut sums = Sums::default();
        let mut tallies = vec![Tally::default(); context.plans.len()];
        let mut refused = IssueCounts::new();
        for (index, mut worker) in workers.into_iter().enumerate() {
            worker.put_currency_away();
            if index == 0 {
                table = worker.table;
            } else {
                table.merge(worker.table);
            }
            for (currency, theirs) in &worker.sums {
                sums.entry(currency.clone()).or_default().merge(theirs);
            }
            for (ours, theirs) in tallies.iter_mut().zip(worker.tallies) {
                ours.merge(theirs);
            }
            for (code, (rows, first)) in worker.log.finish() {
                merge_count(&mut refused, code, rows, first);
            }
        }
        let credits = table.finish(context.associations);
        Folded { credits, sums, tallies, refused }
    }

    fn tally(&mut self) -> &mut Tally {
        &mut self.tallies[self.input]
    }

    fn refuse(&mut self, row: &Row<'_>, fault: &CellFault) {
        let issue = self.context.plans[self.input].issue(row, fault);
        self.log.push(&issue);
        self.tally().refused += 1;
    }

    /// The row's tests, in their order; `Err` is the fault for which it is refused.
    fn take(&mut self, row: &Row<'_>) -> Result<(), CellFault> {
        let context = self.context;
        let plan = &context.plans[self.input];
        let kind = plan.kind(row);
        if let Some(kinds) = &plan.rules.cost_kinds {
            self.note_cost_kind(row, kinds);
        }
        if kind? == Kind::Other {
            self.tally().not_consumption += 1;
            return Ok(());
        }
        let time = plan.time(row, &mut self.dates)?;
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
        let known = self.known(row);
        if let Some(known) = known
            && self.credit_known(row, plan, time, known)?
        {
            return Ok(());
        }
        let subscription = plan.subscription(row)?;
        if subscription.is_none() && plan.rules.repeats_per_association {
            self.tally().no_subscription += 1;
            self.note_amount(row, |sums| &mut sums.no_subscription);
            return Ok(());
        }
        self.subscription.clear();
        if let Some(subscription) = &subscription {
            key_into(&mut self.subscription, subscription);
        }
        let whom = plan.whom(row, &|tenant| context.roster.partner_of_tenant(tenant))?;
        let mut associated = None;
        let whose = match &whom {
            Whom::Partner(partner, association) => AddendWhose::Partner(partner, *association),
            Whom::Associated => {
                associated = context.associations.subscription(&self.subscription);
                match associated.and_then(|subscription| context.associations.outcome(subscription, time.day))
                {
                    Some(outcome) => AddendWhose::InForce(outcome),
                    None => {
                        self.tally().unassociated += 1;
                        self.note_amount(row, |sums| &mut sums.unassociated);
                        return Ok(());
                    }
                }
            }
        };
        let sum = self.credit(row, plan, time, whose)?;
        let outcome = match whose {
            AddendWhose::Partner(..) => 0,
            AddendWhose::InForce(outcome) => outcome,
        };
        let of = (self.currency_number, outcome);
        let limit = IDENTITIES + 2 * self.table.sums();
        self.identities.learn(known, time.month, of, associated, sum, limit);
        Ok(())
    }

    /// What is remembered of the cells that say whose a row is.
    fn known(&mut self, row: &Row<'_>) -> Option<Known> {
        if self.context.keeps_partners {
            // Every partner is to be seen, so every row goes the long way.
            self.identities.seek_nothing();
            return None;
        }
        self.identities.find(row, &self.context.identity_columns[self.input])
    }

    /// Credits a row whose subscription and partner passed all tests before. `false`: the long way must find its sum.
    fn credit_known(
        &mut self,
        row: &Row<'_>,
        plan: &Plan<'_>,
        time: Time,
        known: Known,
    ) -> Result<bool, CellFault> {
        let outcome = match self.identities.subscription(known) {
            None => 0,
            Some(subscription) => match self.context.associations.outcome(subscription, time.day) {
                Some(outcome) => outcome,
                None => return Ok(false),
            },
        };
        let (amount, currency, rounded) = plan.amount(row)?;
        self.set_currency(currency);
        let Some(sum) = self.identities.sum(known, time.month, (self.currency_number, outcome)) else {
            return Ok(false);
        };
        self.table.add_to(sum, amount);
        self.count_credit(amount, rounded);
        Ok(true)
    }

    fn count_credit(&mut self, amount: Amount, rounded: bool) {
        self.of_currency.magnitude.add(amount);
        self.of_currency.credited.add(1, amount);
        let tally = self.tally();
        tally.credited += 1;
        tally.rounded += u64::from(rounded);
    }

    fn credit(
        &mut self,
        row: &Row<'_>,
        plan: &Plan<'_>,
        time: Time,
        whose: AddendWhose<'_>,
    ) -> Result<u32, CellFault> {
        let (amount, currency, rounded) = plan.amount(row)?;
        self.set_currency(currency);
        self.count_credit(amount, rounded);
        if self.context.keeps_partners {
            let partners = &mut self.tallies[self.input].partners;
            match whose {
                AddendWhose::Partner(partner, _) if !partners.contains(partner) => {
                    partners.insert(partner.to_owned());
                }
                AddendWhose::Partner(..) => {}
                AddendWhose::InForce(outcome) => {
                    let in_force = self.context.associations.in_force(outcome);
                    partners.extend(in_force.map(|(partner, _)| partner.to_string()));
                }
            }
        }
        Ok(self.table.add(&Addend {
            subscription: &self.subscription,
            whose,
            month: time.month,
            currency: &self.currency,
            repeats: plan.rules.repeats_per_association,
            amount,
        }))
    }

    /// Adds the amount of a row that credits nobody, if it can be read.
    fn note_amount(&mut self, row: &Row<'_>, which: impl Fn(&mut CurrencySums) -> &mut RowsAndAmount) {
        let Ok((amount, currency, rounded)) = self.context.plans[self.input].amount(row) else { return };
        self.set_currency(currency);
        self.of_currency.magnitude.add(amount);
        which(&mut self.of_currency).add(1, amount);
        self.tally().rounded += u64::from(rounded);
    }

    fn set_currency(&mut self, currency: CurrencyText<'_>) {
        if !currency.is(&self.currency) {
            self.put_currency_away();
            self.currency = String::from_utf8_lossy(currency.0).to_uppercase();
            self.currency_number = self.table.currency(&self.currency);
        }
    }

    fn put_currency_away(&mut self) {
        if !self.currency.is_empty() {
            let known = self.sums.entry(std::mem::take(&mut self.currency)).or_default();
            known.merge(&std::mem::take(&mut self.of_currency));
        }
    }

    /// Notes what a row says of its export's kind of cost, consumption or not.
    fn note_cost_kind(&mut self, row: &Row<'_>, kinds: &CostKinds) {
        let plan = &self.context.plans[self.input];
        let text = |cell: Cell<'_>| String::from_utf8_lossy(cell.bytes.trim_ascii()).into_owned();
        let charge_type = cell(row, kinds.charge_type).bytes.trim_ascii();
        let is_in = |list: &[String]| list.iter().any(|v| v.as_bytes().eq_ignore_ascii_case(charge_type));
        let has_benefit = || kinds.benefits.iter().any(|b| !cell(row, *b).bytes.trim_ascii().is_empty());
        let has_cost = || plan.amount(row).is_ok_and(|(amount, ..)| !amount.is_zero());
        let is_amortized = is_in(&kinds.usage) && has_benefit() && has_cost();
        let is_actual = is_in(&kinds.purchase);
        let Ok(time) = plan.time(row, &mut self.dates) else { return };
        let account = text(cell(row, kinds.billing_account)).to_lowercase();
        let evidence = &mut self.tallies[self.input].cost_kind;
        evidence.is_amortized |= is_amortized;
        evidence.is_actual |= is_actual;
        let month = (account, time.month);
        if !evidence.months.contains(&month) {
            evidence.months.insert(month);
        }
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
        if self.input != input {
            self.dates.forget();
        }
        self.input = input;
        self.identities.begin(input);
        self.log.begin(self.context.run_index[input], block);
    }

    fn row(&mut self, row: &Row<'_>) {
        self.tally().rows += 1;
        if let Err(fault) = self.take(row) {
            if fault.code == crate::issues::Code::AmountTooLarge {
                let place = row.at.place();
                let tally = self.tally();
                tally.too_large = super::first(tally.too_large, Some(place));
            }
            self.refuse(row, &fault);
        }
    }

    fn bad_record(&mut self, bad: &BadRecord<'_>) {
        let tally = self.tally();
        tally.rows += 1;
        tally.refused += 1;
        self.log.push(&shape_issue(bad));
    }

    fn end(&mut self) -> io::Result<()> {
        self.log.end()
    }
}
