//! Credentials that the rule set does not name, close to one that it names. Comes in: the passes of a run, its inputs, a rule set. Goes out:
//! warnings, which show no text of a record but a code, since a cell may stand in the wrong column and name a person.

use std::collections::BTreeMap;

use crate::base::text::list_some;
use crate::config::rules::{CredentialIndex, NearCredential, NearIndex, RuleSet};
use crate::diagnostics::warning::{WarningCode, Warnings};
use crate::formats::Input;
use crate::roster::people::PassRecords;
use crate::rows::small::FirstRecord;

/// Credentials that a warning lists.
const NEAREST_SHOWN: usize = 4;

/// Warns of each near credential: how many rows have it, and where the first of them stands.
pub(super) fn warn(passes: &PassRecords, rules: &RuleSet, inputs: &[Input<'_>], warnings: &mut Warnings) {
    let (index, near_index) = (CredentialIndex::of(rules), NearIndex::of(rules));
    let near: Vec<Option<NearCredential>> = passes
        .credentials()
        .into_iter()
        .map(|texts| {
            let [codes, titles] = [&texts.codes, &texts.titles]
                .map(|texts| texts.iter().map(String::as_str).collect::<Vec<_>>());
            let is_named = !index.names(&codes, &titles).is_empty();
            let texts = codes.iter().chain(&titles).copied();
            if is_named { None } else { near_index.near(texts) }
        })
        .collect();
    if near.iter().all(Option::is_none) {
        return;
    }
    let mut rows = vec![0_u64; near.len()];
    passes.passes().iter().for_each(|pass| rows[pass.credential as usize] += 1);
    let mut found: BTreeMap<&NearCredential, (FirstRecord, u64)> = BTreeMap::new();
    for ((near, first), rows) in near.iter().zip(passes.first_places()).zip(rows) {
        let Some(near) = near else { continue };
        let (place, count) = found.entry(near).or_insert((first, 0));
        *place = first.min(*place);
        *count += rows;
    }
    let mut found: Vec<_> = found.into_iter().map(|(near, (first, rows))| (first, near, rows)).collect();
    found.sort();
    for ((input, place), near, rows) in found {
        let nearest: Vec<&str> = near.nearest.iter().map(String::as_str).collect();
        let rows = if rows == 1 { "1 row has".to_owned() } else { format!("{rows} rows have") };
        let what = match &near.written {
            // A course id names by itself alone.
            Some(written) if near.nearest.contains(written) => {
                format!(
                    "the code `{written}` among other words, so that {} does not name it; write the code alone",
                    rules.id()
                )
            }
            Some(written) => not_named(&format!("the code `{written}`"), rules, &nearest),
            None => not_named("a title", rules, &nearest),
        };
        let text = format!("{}:{}: {rows} {what}", inputs[input].name, place.row);
        warnings.add(WarningCode::NearCredential, text);
    }
}

fn not_named(what: &str, rules: &RuleSet, nearest: &[&str]) -> String {
    let nearest = list_some(nearest, NEAREST_SHOWN);
    format!(
        "{what} that {} does not name, close to {nearest}; correct it if it is that credential",
        rules.id()
    )
}
