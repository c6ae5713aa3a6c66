//! Credits tables that were written before, as inputs (SPEC 3.10). Comes in: their controls. Goes out: which source of a table has which
//! number in the run, and whether its lines come to what its control says. A source that stands in two tables counts once. It reads no line.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::control::{Control, ControlSource};
use super::sums::RowsAndAmount;
use crate::base::place::InputName;
use crate::config::dialect::{Credits, Layout, RoleMeaning};
use crate::diagnostics::error::{InputError, InputErrorCode};

/// A credits table that is read.
#[derive(Debug)]
pub(crate) struct StoredTable<'s> {
    pub(crate) layout: &'s Layout<'s>,
    pub(super) meaning: &'s Credits,
    /// Whether texts were defused for spreadsheets when they were written.
    pub(super) is_defused: bool,
    pub(crate) control: Arc<Control>,
    /// By index in the control: the number of the source in the run. **Absent**: another table or an export counts.
    pub(crate) numbers: Arc<Vec<Option<u32>>>,
    /// By dataset and source as in the lines, the index in the control.
    pub(super) by_id: Arc<BTreeMap<(String, String), usize>>,
    /// The first file of the table that this one is a part of. **Absent**: it is the first.
    pub(crate) part_of: Option<usize>,
}

impl<'s> StoredTable<'s> {
    /// A further file of a table, which is the table numbered `first`: both have one control.
    pub(crate) fn part(&self, first: usize, layout: &'s Layout<'s>, is_delimited: bool) -> StoredTable<'s> {
        let RoleMeaning::Credits(meaning) = &layout.dialect.meaning else {
            unreachable!("the caller sorts inputs by role");
        };
        StoredTable {
            layout,
            meaning,
            is_defused: is_delimited,
            control: Arc::clone(&self.control),
            numbers: Arc::clone(&self.numbers),
            by_id: Arc::clone(&self.by_id),
            part_of: Some(first),
        }
    }

    /// A table of this layout and control, whose sources are numbered from `next` on, unless they are among `counted`, which grows.
    /// `ids`: dataset and source by which lines name each source of the control.
    pub(crate) fn new(
        layout: &'s Layout<'s>,
        is_delimited: bool,
        (control, ids): (Control, Vec<(String, String)>),
        next: &mut u32,
        counted: &mut BTreeSet<(String, String)>,
    ) -> StoredTable<'s> {
        let RoleMeaning::Credits(meaning) = &layout.dialect.meaning else {
            unreachable!("the caller sorts inputs by role");
        };
        let id = |source: &ControlSource| (source.dataset.clone(), source.source.clone());
        let mut number = |source: &ControlSource| {
            counted.insert(id(source)).then(|| {
                *next += 1;
                *next - 1
            })
        };
        let numbers = Arc::new(control.sources.iter().map(&mut number).collect());
        let by_id = Arc::new(ids.into_iter().zip(0..).collect());
        let control = Arc::new(control);
        StoredTable { layout, meaning, is_defused: is_delimited, control, numbers, by_id, part_of: None }
    }

    /// What the lines of each source should come to, and do not.
    pub(super) fn mismatch(&self, sums: &BTreeMap<(usize, String), RowsAndAmount>) -> Option<String> {
        for (nth, source) in self.control.sources.iter().enumerate() {
            let of_source = sums.range((nth, String::new())..(nth + 1, String::new()));
            let found: BTreeMap<&String, (u64, String)> = of_source
                .map(|((_, currency), sum)| (currency, (sum.rows, sum.amount.to_string())))
                .collect();
            let wanted: BTreeMap<&String, (u64, String)> = source
                .lines
                .iter()
                .map(|(currency, sum)| (currency, (sum.rows, sum.amount.clone())))
                .collect();
            if found != wanted {
                let said = |sums: &BTreeMap<&String, (u64, String)>| {
                    let texts: Vec<String> = sums
                        .iter()
                        .map(|(currency, (rows, amount))| format!("{amount} {currency} of {rows} rows"))
                        .collect();
                    if texts.is_empty() { "nothing".to_owned() } else { texts.join(" and ") }
                };
                return Some(format!(
                    "the lines of source {} ({}) come to {}, and its control says {}: the file was cut or changed, or its control is that of another; write the table again",
                    source.source,
                    source.file,
                    said(&found),
                    said(&wanted)
                ));
            }
        }
        None
    }
}

/// That a credits table has no control, or none that this version reads.
pub(crate) fn without_control(input: InputName, why: &str) -> InputError {
    let message = format!(
        "a credits table without its control ({why}): keep the .control.json beside a .csv or .tsv, or write the table again"
    );
    InputError { input: Some(input), code: InputErrorCode::NoControl, message }
}
