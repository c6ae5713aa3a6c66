//! A requirement as it stands in a rule set: the TOML keys of each kind of measure. Comes in: a TOML table. Goes out: a
//! [`RawRequirement`], in which what could not be read is absent and has left a fault; later the [`Measure`] that it names.

use rust_decimal::Decimal;

use super::measures::{GroupCounting, Measure, MeasureKind, Requirement, Threshold};
use crate::base::market::Market;
use crate::config::located_toml::{
    Faults, Located, TomlPlace, TomlTable, TomlValue, count, figure, some_texts, text,
};

/// The keys of a requirement, by kind of measure.
fn keys(kind: MeasureKind) -> &'static [&'static str] {
    match kind {
        MeasureKind::Consumption => &["measure", "every_market_usd", "developed_usd", "developing_usd"],
        MeasureKind::Individuals => &["measure", "count", "groups"],
    }
}

/// A requirement as it stands in its file.
pub(super) struct RawRequirement {
    pub(super) kind: MeasureKind,
    pub(super) place: TomlPlace,
    /// **Absent**: it could not be read.
    pub(super) developed: Option<Decimal>,
    /// **Absent**: it could not be read.
    pub(super) developing: Option<Decimal>,
    /// Names of groups; of individuals only.
    pub(super) groups: Vec<Located<String>>,
}

impl RawRequirement {
    /// The figure of a market. **Absent**: it could not be read.
    pub(super) fn at_least(&self, market: Market) -> Option<Decimal> {
        match market {
            Market::Developed => self.developed,
            Market::Developing => self.developing,
        }
    }

    /// The valid requirement; its measure is added to `measures` if it is not there. **Absent**: some part could not be read.
    pub(super) fn resolve(
        self,
        group_names: &[String],
        several_groups: GroupCounting,
        measures: &mut Vec<Measure>,
    ) -> Option<Requirement> {
        let at_least = Threshold::new(self.kind.unit(), self.developed?, self.developing?)?;
        let measure = match self.kind {
            MeasureKind::Consumption => Measure::Consumption,
            MeasureKind::Individuals => {
                let index = |name: &Located<String>| group_names.iter().position(|g| *g == name.value);
                let groups = self.groups.iter().map(index).collect::<Option<Vec<usize>>>()?;
                Measure::individuals(groups, several_groups)
            }
        };
        let position = measures.iter().position(|other| *other == measure);
        let measure = position.unwrap_or_else(|| {
            measures.push(measure);
            measures.len() - 1
        });
        Some(Requirement { measure, at_least })
    }
}

/// Reads a requirement into `requires`. `false`: the table is none, or names no kind of measure.
pub(super) fn add_requirement(
    requires: &mut Vec<RawRequirement>,
    value: &TomlValue<'_>,
    faults: &mut Faults,
) -> bool {
    let kind = measure_word(value).and_then(|word| kind_of(&word));
    let keys = kind.map_or_else(all_keys, |kind| keys(kind).to_vec());
    let Some(table) = TomlTable::of(value, &keys, faults) else { return false };
    let Some(measure_value) = table.required("measure", faults) else { return false };
    let Some(word) = text(&measure_value, faults) else { return false };
    let Some(kind) = kind_of(&word) else {
        let words = MeasureKind::ALL.map(MeasureKind::as_str).join(" and ");
        faults.add(&measure_value.place, format!("unknown measure \"{word}\"; there are {words}"));
        return false;
    };
    let requirement = match kind {
        MeasureKind::Consumption => consumption(&table, faults),
        MeasureKind::Individuals => individuals(&table, faults),
    };
    match requires.iter_mut().find(|other| other.kind == kind) {
        Some(other) => {
            *other = requirement;
            faults.add(&measure_value.place, format!("the tier requires {word} twice"));
        }
        None => requires.push(requirement),
    }
    true
}

fn kind_of(word: &str) -> Option<MeasureKind> {
    MeasureKind::ALL.into_iter().find(|kind| kind.as_str() == word)
}

/// The keys of all kinds, each once.
fn all_keys() -> Vec<&'static str> {
    let mut all = Vec::new();
    for key in MeasureKind::ALL.into_iter().flat_map(keys) {
        if !all.contains(key) {
            all.push(*key);
        }
    }
    all
}

/// The word of the measure, if it can be read: it decides which keys are known.
fn measure_word(value: &TomlValue<'_>) -> Option<String> {
    let ignored = &mut Faults::default();
    text(&TomlTable::of(value, &all_keys(), ignored)?.optional("measure")?, ignored)
}

fn consumption(table: &TomlTable<'_>, faults: &mut Faults) -> RawRequirement {
    let [every, developed, developing] =
        ["every_market_usd", "developed_usd", "developing_usd"].map(|key| table.optional(key));
    let requirement = |developed, developing| RawRequirement {
        kind: MeasureKind::Consumption,
        place: table.place.clone(),
        developed,
        developing,
        groups: Vec::new(),
    };
    let needed = "either `every_market_usd`, or both `developed_usd` and `developing_usd`";
    match (&every, &developed, &developing) {
        (Some(every), None, None) => {
            let usd = threshold(every, faults);
            return requirement(usd, usd);
        }
        (None, Some(_), Some(_)) => {}
        (None, None, None) => faults.add(&table.place, format!("the threshold is missing: {needed}")),
        (None, None, Some(_)) => {
            faults.add(&table.place, format!("the threshold of developed markets is missing: {needed}"));
        }
        (None, Some(_), None) => {
            faults.add(&table.place, format!("the threshold of developing markets is missing: {needed}"));
        }
        (Some(every), _, _) => faults.add(&every.place, format!("too many thresholds: {needed}")),
    }
    if let Some(every) = &every {
        threshold(every, faults);
    }
    let developed = developed.and_then(|value| threshold(&value, faults));
    requirement(developed, developing.and_then(|value| threshold(&value, faults)))
}

fn threshold(value: &TomlValue<'_>, faults: &mut Faults) -> Option<Decimal> {
    let usd = figure(value, faults)?;
    if usd.is_sign_negative() && !usd.is_zero() {
        faults.add(&value.place, format!("{usd} is negative"));
        return None;
    }
    if Threshold::new(MeasureKind::Consumption.unit(), usd, usd).is_none() {
        faults.add(&value.place, format!("{usd} is 10^13 or more, or has more than 24 decimals"));
        return None;
    }
    Some(usd)
}

fn individuals(table: &TomlTable<'_>, faults: &mut Faults) -> RawRequirement {
    let count = table.required("count", faults).and_then(|value| count(&value, 1..=1_000_000, faults));
    let count = count.map(Decimal::from);
    RawRequirement {
        kind: MeasureKind::Individuals,
        place: table.place.clone(),
        developed: count,
        developing: count,
        groups: table.required("groups", faults).map(|v| some_texts(&v, faults)).unwrap_or_default(),
    }
}
