//! Records that the user assumes (SPEC 3.12, `--assume`): which inputs hold them, and which partners they are about. Comes in: files as
//! discovered, inputs, what their rows name. Goes out: input errors for files of other layouts, snapshots that no rule on overlaps sees, heads. It
//! changes no figure.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::base::ids::PartnerId;
use crate::base::place::InputName;
use crate::config::dialect::{Role, RoleMeaning};
use crate::diagnostics::error::{InputError, InputErrorCode};
use crate::diagnostics::warning::Warnings;
use crate::formats::Input;
use crate::formats::scheduler::{ReadOptions, read_rows};
use crate::job::sources::ConsumptionSource;
use crate::roster::Roster;
use crate::rows::collect::Collected;
use crate::rows::named_partners::{PartnerNames, partner_columns};
use crate::rows::small::{ASSUMED_RANK, PartnerRecord};
use crate::sources::Dataset;

/// The dialects in which records are assumed: our own formats but rates.
const DIALECTS: [&str; 5] = ["consumption", "credentials", "partners", "markets", "associations"];

/// The files of assumed records, as people see their names.
#[derive(Debug, Clone, Default)]
pub(crate) struct AssumedFiles {
    pub(super) files: BTreeSet<String>,
}

impl AssumedFiles {
    /// Whether an input holds assumed records.
    pub(crate) fn has(&self, input: &InputName) -> bool {
        self.files.contains(&input.file)
    }

    /// Whether each of some inputs holds assumed records.
    pub(super) fn among(&self, inputs: &[Input<'_>]) -> Vec<bool> {
        inputs.iter().map(|input| self.has(&input.name)).collect()
    }

    /// An input error for each assumed file that is in none of our own formats.
    pub(super) fn input_errors(&self, inputs: &[Input<'_>]) -> Vec<InputError> {
        let is_foreign = |input: &&Input<'_>| {
            self.has(&input.name) && !DIALECTS.contains(&input.layout.dialect.name.as_str())
        };
        let error = |input: &Input<'_>| InputError {
            input: Some(input.name.clone()),
            code: InputErrorCode::WrongRole,
            message: format!(
                "the header is that of {} ({}), and records are assumed in attain's own formats {} alone; write them so, or give the file as an input",
                input.layout.dialect.name,
                input.layout.dialect.title,
                DIALECTS.join(", ")
            ),
        };
        inputs.iter().filter(is_foreign).map(error).collect()
    }

    /// Whether an input is an export or a credits table, and no assumption: without one there is no report.
    pub(super) fn is_read_consumption(&self, input: &Input<'_>) -> bool {
        matches!(input.role(), Role::Consumption | Role::Credits) && !self.has(&input.name)
    }

    /// Takes the inputs of assumed records out of `inputs`.
    pub(super) fn split_off<'d>(&self, inputs: &mut Vec<Input<'d>>) -> Vec<Input<'d>> {
        inputs.extract_if(.., |input| self.has(&input.name)).collect()
    }

    /// Marks the sources of assumed consumption: a dataset that overlaps with no other, and content ids that no other source has, though its
    /// bytes may be those of a file that was read, or of another assumed one.
    pub(super) fn mark(&self, sources: &mut [ConsumptionSource]) {
        let mut of_content: BTreeMap<String, u32> = BTreeMap::new();
        for source in sources.iter_mut().filter(|source| self.has(&source.name)) {
            source.dataset = Dataset::Assumed;
            if let Some(content) = &mut source.content {
                let nth = of_content.entry(content.clone()).or_default();
                *nth += 1;
                *content = format!("assumed-{nth}/{content}");
            }
        }
    }

    /// Notes in the roster the heads that assumed records are about: of each partner that one names, the head, and of a partner that is assumed
    /// to roll up elsewhere, also the head that it has without the assumption; of a country, the partners whose market is the country's.
    pub(super) fn note_heads(&self, roster: &mut Roster, heads_before: &[PartnerId], named: &NamedByAssumed) {
        named.partners.iter().chain(heads_before).for_each(|partner| roster.note_assumed(partner));
        named.countries.iter().for_each(|country| roster.note_assumed_market(country));
    }
}

/// Partners and countries, in lower case, that assumed records name.
#[derive(Debug, Clone, Default)]
pub(super) struct NamedByAssumed {
    partners: BTreeSet<PartnerId>,
    countries: BTreeSet<String>,
}

impl NamedByAssumed {
    /// The names in assumed records that are no consumption.
    pub(super) fn of_collected(files: &AssumedFiles, collected: &Collected, inputs: &[Input<'_>]) -> Self {
        let is_assumed = |index: &usize| files.has(&inputs[*index].name);
        let tallies = collected.tallies.iter().filter(|(index, _)| is_assumed(index));
        let partners = tallies.flat_map(|(_, tally)| &tally.partners).filter_map(|id| PartnerId::parse(id));
        let countries = collected.markets.iter().filter(|record| record.is_assumed);
        NamedByAssumed {
            partners: partners.collect(),
            countries: countries.map(|record| record.country.to_lowercase()).collect(),
        }
    }

    /// Adds the partners that rows of assumed consumption name, of whatever day: which days are held, and so which rows are added up, depends on
    /// what else the run writes.
    pub(super) fn add_consumption(
        &mut self,
        files: &AssumedFiles,
        inputs: &[Input<'_>],
        read_options: &ReadOptions,
    ) {
        let (mut assumed, mut columns) = (Vec::new(), Vec::new());
        for input in inputs.iter().filter(|input| files.has(&input.name)) {
            if let RoleMeaning::Consumption(rules) = &input.layout.dialect.meaning {
                assumed.push(input);
                columns.push(partner_columns(rules));
            }
        }
        if assumed.is_empty() {
            return;
        }
        let read_options = ReadOptions { progress: Arc::default(), ..read_options.clone() };
        // A file that cannot be read is told when it is read for its amounts.
        let (workers, _) = read_rows(&assumed, &read_options, || PartnerNames::new(&columns));
        self.partners.extend(workers.into_iter().flat_map(PartnerNames::into_partners));
    }
}

/// The heads that partners have without assumed lines of the roster, of all partners for which such a line states a roll-up.
pub(super) fn heads_before(partners: &[PartnerRecord]) -> Vec<PartnerId> {
    let is_assumed = |record: &&PartnerRecord| record.rank == ASSUMED_RANK;
    let moved: Vec<&PartnerId> = partners
        .iter()
        .filter(is_assumed)
        .filter(|record| record.rolls_up_to.is_some())
        .map(|record| &record.partner)
        .collect();
    if moved.is_empty() {
        return Vec::new();
    }
    let read = partners.iter().filter(|record| !is_assumed(record)).cloned().collect();
    let (roster, _) = Roster::build(read, &[], &mut Warnings::default());
    moved.into_iter().map(|partner| roster.head(partner).clone()).collect()
}
