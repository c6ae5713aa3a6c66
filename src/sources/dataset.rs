//! Datasets: what kind of consumption data an export holds (SPEC 1). Comes in: the family of a dialect, the type that a manifest
//! states, names of files and folders, evidence of rows. Goes out: a [`Dataset`]. It reads no rows.

use std::collections::BTreeSet;

use crate::config::dialect::DatasetFamily;

/// The family of a manifest's `exportConfig.type`. `None` if the type is no consumption (price sheets, reservations) or not documented.
pub(super) fn family_of_export_type(export_type: &str) -> Option<DatasetFamily> {
    match export_type.to_ascii_lowercase().as_str() {
        "actualcost" | "amortizedcost" | "usage" => Some(DatasetFamily::Cost),
        "focuscost" => Some(DatasetFamily::Focus),
        _ => None,
    }
}

/// What tells datasets of one family apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum DatasetVariant {
    /// Actual cost.
    Actual,
    /// Amortized cost.
    Amortized,
    /// On an invoice.
    Billed,
    /// Not yet on an invoice.
    Unbilled,
}

impl DatasetVariant {
    /// The variant that a text states for a family: a manifest's type, or the name of a file or folder. `None` if the text
    /// states none, or both.
    pub(crate) fn of_text(family: DatasetFamily, text: &str) -> Option<DatasetVariant> {
        let (one, other) = match family {
            DatasetFamily::Cost => (
                (DatasetVariant::Actual, has_word(text, "actual")),
                (DatasetVariant::Amortized, has_word(text, "amortized") || has_word(text, "amortised")),
            ),
            DatasetFamily::Recon => (
                (DatasetVariant::Billed, has_word(text, "billed")),
                (DatasetVariant::Unbilled, has_word(text, "unbilled")),
            ),
            DatasetFamily::Insights | DatasetFamily::Focus | DatasetFamily::Own => {
                return None;
            }
        };
        match (one, other) {
            ((variant, true), (_, false)) | ((_, false), (variant, true)) => Some(variant),
            _ => None,
        }
    }

    /// The variant that a path states: the name of the file first, then of its folders, the nearest first.
    pub(crate) fn of_path(family: DatasetFamily, path: &str) -> Option<DatasetVariant> {
        path.rsplit('/').find_map(|name| DatasetVariant::of_text(family, name))
    }
}

/// Whether `word` stands in `text` as a word of its own, in any case: `ActualCost`, `cost-actual`, `costactual`, but not
/// `contractual`.
fn has_word(text: &str, word: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    lower.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let is_capital = text[at..].starts_with(|c: char| c.is_ascii_uppercase());
        before.is_none_or(|c| !c.is_alphabetic() || (is_capital && c.is_lowercase()))
            || lower[..at].ends_with("cost")
    })
}

/// A dataset, in the order of SPEC 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Dataset {
    Insights,
    CostActual,
    CostAmortized,
    /// Cost, and nothing tells whether actual or amortized: the same dataset as either.
    Cost,
    Focus,
    ReconBilled,
    ReconUnbilled,
    Own,
    /// Consumption that the user assumes: it is added to every other dataset, and no option names it.
    Assumed,
}

impl Dataset {
    /// The dataset of a family and a variant. Reconciliation without a variant is billed, since unbilled files say so.
    pub(crate) fn of(family: DatasetFamily, variant: Option<DatasetVariant>) -> Dataset {
        match (family, variant) {
            (DatasetFamily::Insights, _) => Dataset::Insights,
            (DatasetFamily::Cost, Some(DatasetVariant::Actual)) => Dataset::CostActual,
            (DatasetFamily::Cost, Some(DatasetVariant::Amortized)) => Dataset::CostAmortized,
            (DatasetFamily::Cost, None | Some(DatasetVariant::Billed | DatasetVariant::Unbilled)) => {
                Dataset::Cost
            }
            (DatasetFamily::Focus, _) => Dataset::Focus,
            (DatasetFamily::Recon, Some(DatasetVariant::Unbilled)) => Dataset::ReconUnbilled,
            (
                DatasetFamily::Recon,
                None | Some(DatasetVariant::Billed | DatasetVariant::Actual | DatasetVariant::Amortized),
            ) => Dataset::ReconBilled,
            (DatasetFamily::Own, _) => Dataset::Own,
        }
    }

    /// Every dataset of exports.
    const ALL: [Dataset; 8] = [
        Dataset::Insights,
        Dataset::CostActual,
        Dataset::CostAmortized,
        Dataset::Cost,
        Dataset::Focus,
        Dataset::ReconBilled,
        Dataset::ReconUnbilled,
        Dataset::Own,
    ];

    /// The dataset that people and options write as `word`. `None` if it is no such word.
    pub(crate) fn of_word(word: &str) -> Option<Dataset> {
        Dataset::ALL.into_iter().find(|dataset| dataset.as_str().eq_ignore_ascii_case(word))
    }

    /// Every dataset as people write it, with commas.
    pub(crate) fn words() -> String {
        Dataset::ALL.map(Dataset::as_str).join(", ")
    }

    /// The dataset as people and options write it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Dataset::Insights => "insights",
            Dataset::CostActual => "cost-actual",
            Dataset::CostAmortized => "cost-amortized",
            Dataset::Cost => "cost",
            Dataset::Focus => "focus",
            Dataset::ReconBilled => "recon-billed",
            Dataset::ReconUnbilled => "recon-unbilled",
            Dataset::Own => "own",
            Dataset::Assumed => "assumed",
        }
    }

    /// Whether two snapshots of these datasets fall under the rules of one dataset. Not transitive: unknown cost is one
    /// dataset with actual and with amortized cost, which are two.
    pub(crate) fn is_one_with(self, other: Dataset) -> bool {
        let is_cost =
            |dataset| matches!(dataset, Dataset::CostActual | Dataset::CostAmortized | Dataset::Cost);
        self == other
            || (self == Dataset::Cost && is_cost(other))
            || (other == Dataset::Cost && is_cost(self))
    }
}

/// The one distinct value of an iterator. `None` if there is none, or more than one.
pub(crate) fn only<T: Ord>(values: impl Iterator<Item = T>) -> Option<T> {
    let mut distinct: BTreeSet<T> = values.collect();
    let value = distinct.pop_first()?;
    distinct.is_empty().then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_type_or_a_name_states_the_variant() {
        let cost = |text: &str| DatasetVariant::of_text(DatasetFamily::Cost, text);
        for text in ["ActualCost", "EA_ActualCost_Small.csv", "daily-actual", "ftk-costactual", "actual"] {
            assert_eq!(cost(text), Some(DatasetVariant::Actual), "{text}");
        }
        for text in ["AmortizedCost", "usage-amortised", "CostAmortized_2017.csv"] {
            assert_eq!(cost(text), Some(DatasetVariant::Amortized), "{text}");
        }
        for text in ["Usage", "contractual", "factual", "actual-and-amortized", ""] {
            assert_eq!(cost(text), None, "{text}");
        }
        let recon = |text: &str| DatasetVariant::of_text(DatasetFamily::Recon, text);
        assert_eq!(recon("D0000000001_DailyRatedUsage_Unbilled.csv"), Some(DatasetVariant::Unbilled));
        assert_eq!(recon("unbilled-usage"), Some(DatasetVariant::Unbilled));
        assert_eq!(recon("billed-usage"), Some(DatasetVariant::Billed));
        assert_eq!(recon("G012345.csv"), None);
        assert_eq!(DatasetVariant::of_text(DatasetFamily::Focus, "ActualCost"), None);
    }

    #[test]
    fn the_nearest_name_of_a_path_states_the_variant() {
        let of = |path: &str| DatasetVariant::of_path(DatasetFamily::Cost, path);
        assert_eq!(of("exports/amortized/june/cost-actual.csv"), Some(DatasetVariant::Actual));
        assert_eq!(of("exports/amortized/june/part_0_0001.csv"), Some(DatasetVariant::Amortized));
        assert_eq!(of("exports/june/part_0_0001.csv"), None);
    }

    #[test]
    fn unknown_cost_is_one_dataset_with_either_and_those_are_two() {
        let unknown = Dataset::of(DatasetFamily::Cost, None);
        assert!(unknown.is_one_with(Dataset::CostActual) && Dataset::CostAmortized.is_one_with(unknown));
        assert!(!Dataset::CostActual.is_one_with(Dataset::CostAmortized));
        assert!(!Dataset::Focus.is_one_with(unknown));
        let recon = |variant| Dataset::of(DatasetFamily::Recon, variant).as_str();
        assert_eq!(recon(None), "recon-billed");
        assert_eq!(recon(Some(DatasetVariant::Unbilled)), "recon-unbilled");
    }

    #[test]
    fn manifests_of_other_exports_have_no_family() {
        assert_eq!(family_of_export_type("FocusCost"), Some(DatasetFamily::Focus));
        assert_eq!(family_of_export_type("AmortizedCost"), Some(DatasetFamily::Cost));
        assert_eq!(family_of_export_type("PriceSheet"), None);
        assert_eq!(family_of_export_type("ReservationRecommendations"), None);
    }
}
