//! The rows of some partners. Comes in: exports that were read already, and the partners and subscriptions that are asked for. Goes out: each of
//! their rows with its place, its amount as it stands there, and the outcome. It adds nothing up: the ledger has the sums.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::io;
use std::sync::Arc;

use super::explained_consumption::HeadLines;
use super::explained_outcomes::{CreditedRow, RowCredit, RowOutcomes};
use super::{ConsumptionSource, Reading, RunOptions, RunRules};
use crate::base::association::Association;
use crate::base::calendar::Day;
use crate::base::ids::{self, PartnerId};
use crate::base::place::RowPlace;
use crate::config::dialect::OwnerColumn;
use crate::diagnostics::error::Error;
use crate::diagnostics::reject::RejectCode;
use crate::formats::Input;
use crate::formats::batch::RowBatch;
use crate::formats::row::{BadRecord, Row};
use crate::formats::scheduler::{ReadOptions, RowSink, read_rows};
use crate::judge::facts::consumption::ledger::LedgerReason;
use crate::outputs::explanation::RowExplained;
use crate::roster::Roster;
use crate::rows::plan::{Evidence, Kind, Owner, Plan, Provider};
use crate::rows::text;

/// The rows of each head.
pub(super) type RowsOfHeads = HashMap<PartnerId, Vec<RowExplained>>;

/// Reads the rows of some heads again. `lines`: of each of them, its lines of the ledger.
///
/// # Errors
/// An export could not be read again.
pub(super) fn rows_of(
    reading: &Reading<'_>,
    rules: &RunRules,
    options: &RunOptions,
    lines: &HashMap<PartnerId, HeadLines<'_>>,
    heads: &[PartnerId],
) -> Result<RowsOfHeads, Error> {
    let sources: Vec<usize> = (0..reading.consumption.len())
        .filter(|nth| reading.consumption[*nth].name == reading.inputs[reading.consumption[*nth].input].name)
        .collect();
    let inputs: Vec<&Input<'_>> =
        sources.iter().map(|nth| &reading.inputs[reading.consumption[*nth].input]).collect();
    let plans: Vec<Plan<'_>> = sources
        .iter()
        .map(|nth| {
            let input = reading.consumption[*nth].input;
            let forms = reading.forms.of_inputs[input];
            super::plan(&reading.inputs[input], options, forms, Evidence::NotNeeded)
        })
        .collect();
    let mut subscriptions: HashMap<String, Vec<PartnerId>> = HashMap::new();
    for (head, lines) in lines {
        for line in lines {
            let heads = subscriptions.entry(line.row.subscription.to_string()).or_default();
            if !line.row.subscription.is_empty() && !heads.contains(head) {
                heads.push(head.clone());
            }
        }
    }
    let search = RowSearch {
        reading,
        rules,
        plans: &plans,
        sources: &sources,
        heads: heads.iter().collect(),
        subscriptions,
        outcomes: RowOutcomes::new(reading, lines),
    };
    let read_options = ReadOptions {
        threads: rayon::current_num_threads(),
        block_bytes: options.block_bytes.get(),
        progress: Arc::default(),
        log: options.log,
    };
    let (workers, met) = read_rows(&inputs, &read_options, || RowFinder::new(&search));
    super::gate(met)?;
    let mut found: Vec<RowOfHead> = workers.into_iter().flat_map(|worker| worker.found).collect();
    found.sort_by(|a, b| (&a.head, a.input, a.place).cmp(&(&b.head, b.input, b.place)));
    let mut of_heads = RowsOfHeads::new();
    for row in found {
        let name = &inputs[row.input].name;
        of_heads.entry(row.head).or_default().push(RowExplained {
            file: name.file.clone(),
            sheet: name.sheet.clone(),
            row: row.place.row,
            day: row.day,
            subscription: row.subscription,
            association: row.association,
            amount: row.amount,
            currency: row.currency,
            outcome: row.outcome,
        });
    }
    Ok(of_heads)
}

/// The names of the credits tables of a run: their lines are sums, so that no row can be read again.
pub(super) fn tables_without_rows(reading: &Reading<'_>) -> Vec<String> {
    let is_stored = |source: &&ConsumptionSource| source.name != reading.inputs[source.input].name;
    let tables = reading.consumption.iter().filter(is_stored);
    let names: BTreeSet<String> =
        tables.map(|source| reading.inputs[source.input].name.to_string()).collect();
    names.into_iter().collect()
}

/// What is asked for.
struct RowSearch<'s> {
    reading: &'s Reading<'s>,
    rules: &'s RunRules,
    plans: &'s [Plan<'s>],
    /// Of each input that is read, the number of its source.
    sources: &'s [usize],
    heads: HashSet<&'s PartnerId>,
    /// The heads of subscriptions, in the form in which these are compared.
    subscriptions: HashMap<String, Vec<PartnerId>>,
    outcomes: RowOutcomes,
}

/// One row of one head.
struct RowOfHead {
    head: PartnerId,
    input: usize,
    place: RowPlace,
    day: Option<Day>,
    subscription: String,
    association: String,
    amount: String,
    currency: String,
    outcome: String,
}

/// Finds rows in the blocks of one worker.
struct RowFinder<'f> {
    search: &'f RowSearch<'f>,
    input: usize,
    /// By the bytes of a cell of a column that names subscriptions or partners, whether its row may be asked for.
    cells: Vec<HashMap<Vec<u8>, bool>>,
    found: Vec<RowOfHead>,
}

impl<'f> RowFinder<'f> {
    fn new(search: &'f RowSearch<'f>) -> RowFinder<'f> {
        RowFinder { search, input: 0, cells: Vec::new(), found: Vec::new() }
    }
}

/// A column by which rows are found.
#[derive(Debug, Clone, Copy)]
enum OwnerKeyColumn {
    Subscription(usize),
    Partner(usize),
    Tenant(usize),
}

impl OwnerKeyColumn {
    fn number(self) -> usize {
        match self {
            OwnerKeyColumn::Subscription(column)
            | OwnerKeyColumn::Partner(column)
            | OwnerKeyColumn::Tenant(column) => column,
        }
    }
}

impl RowSearch<'_> {
    /// The columns by which the rows of an input are found. `None` if any row may be asked for.
    fn key_columns(&self, input: usize) -> Option<Vec<OwnerKeyColumn>> {
        let plan = &self.plans[input];
        let owner = &plan.rules.owner;
        let mut columns = Vec::new();
        for rule in owner.rules() {
            match rule.owner {
                OwnerColumn::Partner(column) => columns.push(OwnerKeyColumn::Partner(column.0)),
                OwnerColumn::Tenant(column) => columns.push(OwnerKeyColumn::Tenant(column.0)),
                OwnerColumn::Option => {}
            }
        }
        if owner.uses_associations_file() {
            columns.extend(plan.rules.subscription.map(|column| OwnerKeyColumn::Subscription(column.0)));
        }
        let option = plan.partner_option().and_then(PartnerId::parse);
        let is_wanted = option.is_some_and(|partner| self.heads.contains(self.reading.roster.head(&partner)));
        (!is_wanted).then_some(columns)
    }

    /// Whether the value of a key column may be of a row that is asked for.
    fn may_be_wanted(&self, row: &Row<'_>, column: OwnerKeyColumn) -> bool {
        let cell = &row.cells[column.number()];
        let is_of_head = |partner: &str| {
            PartnerId::parse(partner).is_some_and(|id| self.heads.contains(self.reading.roster.head(&id)))
        };
        match column {
            OwnerKeyColumn::Subscription(_) => text::id(cell)
                .is_ok_and(|text| self.subscriptions.contains_key(&ids::subscription_key(&text))),
            // A cell that cannot be read names no partner.
            OwnerKeyColumn::Partner(_) => match text::partner(cell) {
                Ok(partner) => partner.is_some_and(|partner| is_of_head(&partner)),
                Err(_) => false,
            },
            OwnerKeyColumn::Tenant(_) => text::id(cell).is_ok_and(|text| {
                let tenant = ids::subscription_key(&text);
                is_of_head(&tenant) || self.reading.roster.partner_of_tenant(&tenant).is_some_and(is_of_head)
            }),
        }
    }

    /// The partners that a row credits, by the heads that are asked for. `option`: the partner of `--partner-id`, if the file has a use for it.
    fn owners(
        &self,
        owner: &Owner<'_>,
        option: Option<&str>,
        subscription: &str,
        day: Option<Day>,
    ) -> Vec<(PartnerId, RowCredit)> {
        let roster: &Roster = &self.reading.roster;
        let of = |partner: Option<PartnerId>, association: Association| {
            let partner = partner?;
            let head = roster.head(&partner);
            let credit = RowCredit::Of(partner.to_string(), association.as_str().to_owned());
            self.heads.contains(head).then(|| (head.clone(), credit))
        };
        // Provider that the row names, else the one of `--partner-id`.
        let provider_id = |provider: Option<&Provider<'_>>| match provider? {
            Provider::Partner(text) => PartnerId::parse(text),
            Provider::Tenant(tenant) => roster.partner_of_tenant(tenant).and_then(PartnerId::parse),
        };
        let provider_id = |provider| provider_id(provider).or_else(|| option.and_then(PartnerId::parse));
        match owner {
            Owner::Partner { partner, association, provider } => {
                let named = of(PartnerId::parse(partner), *association);
                let provider = of(provider_id(provider.as_ref()), Association::CspTier1);
                // A row counts once for a head: for the provider.
                let head = |owner: &Option<(PartnerId, _)>| owner.as_ref().map(|(head, _)| head.clone());
                let is_one_head = provider.is_some() && head(&named) == head(&provider);
                [named.filter(|_| !is_one_head), provider].into_iter().flatten().collect()
            }
            Owner::Provider(provider) => {
                of(provider_id(Some(provider)), Association::CspTier1).into_iter().collect()
            }
            Owner::Associations => {
                let associations = &self.reading.associations;
                let number = associations.subscription(subscription);
                let outcome = number.zip(day.filter(|day| self.rules.window.contains(*day)));
                let outcome = outcome.and_then(|(number, day)| associations.outcome(number, day));
                let in_force: Vec<(PartnerId, String)> = outcome
                    .into_iter()
                    .flat_map(|outcome| associations.in_force(outcome))
                    .map(|(head, set)| (head.clone(), set.to_string()))
                    .collect();
                let heads = self.subscriptions.get(subscription).into_iter().flatten();
                heads
                    .filter(|head| self.heads.contains(head))
                    .map(|head| {
                        let credit = match in_force.iter().find(|(other, _)| other == head) {
                            Some((head, set)) => RowCredit::Of(head.to_string(), set.clone()),
                            None if in_force.is_empty() => RowCredit::Unassociated,
                            None => RowCredit::OfAnother,
                        };
                        (head.clone(), credit)
                    })
                    .collect()
            }
        }
    }
}

impl RowSink for RowFinder<'_> {
    fn begin(&mut self, input: usize, _block: u64) {
        if input != self.input {
            self.cells.clear();
        }
        self.input = input;
    }

    fn row(&mut self, row: &Row<'_>) {
        let search = self.search;
        let plan = &search.plans[self.input];
        let source = search.sources[self.input];
        let time = plan.time(row).ok();
        let day = time.map(|time| time.day);
        let subscription = plan.subscription(row).ok().flatten();
        let subscription = subscription.map_or(String::new(), |text| ids::subscription_key(&text));
        let Ok(owner) = plan.owner(row) else { return };
        let owners = search.owners(&owner, plan.partner_option(), &subscription, day);
        if owners.is_empty() {
            return;
        }
        let own_partner = match &owner {
            Owner::Partner { partner, .. } => PartnerId::parse(partner),
            Owner::Provider(_) | Owner::Associations => None,
        };
        let choice = plan.choice(row).ok();
        // A cell may stand in the wrong column, so a text that holds a mail address is never shown.
        let amount = choice
            .map(|choice| text::shown(text::utf8(&row.cells[choice.column.0]).trim_ascii()))
            .filter(|text| !text.contains('@'))
            .unwrap_or_default();
        let currency = choice.map_or_else(String::new, |choice| choice.currency.code());
        let repeats = plan.rules.repeats_per_association;
        for (head, credit) in owners {
            let refused = |code: RejectCode| format!("refused: {}: {}", code.as_str(), code.meaning());
            let outcome = match (plan.kind(row), plan.time(row), plan.subscription(row), plan.amount(row)) {
                (Ok(Kind::Other), ..) => "not consumption".to_owned(),
                (Err(fault), ..) | (_, Err(fault), ..) => refused(fault.code),
                (_, Ok(time), ..) if !search.rules.window.contains(time.day) => {
                    LedgerReason::OutsideWindow.as_str().to_owned()
                }
                (_, _, Err(fault), _) => refused(fault.code),
                _ if repeats && subscription.is_empty() => "no subscription".to_owned(),
                (.., Err(fault)) => refused(fault.code),
                (_, Ok(time), _, Ok(_)) => search.outcomes.of(&CreditedRow {
                    head: &head,
                    source,
                    subscription: &subscription,
                    own_partner: own_partner.clone(),
                    currency: &currency,
                    day: time.day,
                    month: time.month,
                    credit: &credit,
                }),
            };
            self.found.push(RowOfHead {
                head,
                input: self.input,
                place: row.at.place(),
                day,
                subscription: subscription.clone(),
                association: match credit {
                    RowCredit::Of(_, association) => association,
                    RowCredit::Unassociated | RowCredit::OfAnother => String::new(),
                },
                amount: amount.clone(),
                currency: currency.clone(),
                outcome,
            });
        }
    }

    fn batch<B: RowBatch>(&mut self, batch: &B) {
        let search = self.search;
        let Some(columns) = search.key_columns(self.input) else {
            (0..batch.len()).for_each(|nth| batch.visit(nth, &mut |row| self.row(row)));
            return;
        };
        for nth in 0..batch.len() {
            let mut is_wanted = false;
            for column in &columns {
                let raw = batch.raw(nth, column.number());
                if raw.is_empty() {
                    continue;
                }
                if self.cells.len() <= column.number() {
                    self.cells.resize_with(column.number() + 1, Default::default);
                }
                is_wanted |= match self.cells[column.number()].get(raw) {
                    Some(is_wanted) => *is_wanted,
                    None => {
                        let mut of_cell = false;
                        batch.visit(nth, &mut |row| of_cell = search.may_be_wanted(row, *column));
                        self.cells[column.number()].insert(raw.to_vec(), of_cell);
                        of_cell
                    }
                };
            }
            if is_wanted {
                batch.visit(nth, &mut |row| self.row(row));
            }
        }
    }

    fn bad_record(&mut self, _bad: &BadRecord<'_>) {}

    fn end(&mut self) -> io::Result<()> {
        Ok(())
    }
}
