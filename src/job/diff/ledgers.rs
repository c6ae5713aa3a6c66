//! The ledgers of two runs. Comes in: their files. Goes out: their lines, in which equal texts have equal numbers. It compares nothing.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::run_files::RunFiles;
use crate::base::amount::{Amount, DecimalMark};
use crate::base::association::{Association, AssociationSet};
use crate::base::calendar::{Day, Month};
use crate::base::ids::PartnerId;
use crate::base::limits;
use crate::base::place::{InputName, RowPlace};
use crate::config::own_columns::LEDGER;
use crate::credits::stored_line::as_it_was;
use crate::diagnostics::error::{InputError, InputErrorCode};
use crate::diagnostics::log::Log;
use crate::formats::own_table;
use crate::formats::row::{BadRecord, Row};
use crate::formats::scheduler::{ReadOptions, RowSink, read_rows};
use crate::judge::difference::{
    ComparedLine, ComparedRun, NO_PARTNER, NO_SUBSCRIPTION, Rate, rate_of, reason_of,
};
use crate::outputs::StoredRun;
use crate::rows::text;

/// Numbers of texts.
#[derive(Debug, Default)]
pub(super) struct LedgerTexts {
    partners: Vec<PartnerId>,
    partner_numbers: BTreeMap<String, u32>,
    other_numbers: BTreeMap<String, u32>,
}

impl LedgerTexts {
    /// The partner of a number.
    pub(super) fn partner(&self, number: u32) -> &PartnerId {
        &self.partners[number as usize]
    }

    fn number(&mut self, text: &str) -> u32 {
        if let Some(number) = self.other_numbers.get(text) {
            return *number;
        }
        let number = u32::try_from(self.other_numbers.len()).expect("a ledger has fewer than 2^32 texts");
        self.other_numbers.insert(text.to_owned(), number);
        number
    }

    /// The number of a partner. `None` if the text names none.
    fn partner_number(&mut self, text: &str) -> Option<u32> {
        if let Some(number) = self.partner_numbers.get(text) {
            return Some(*number);
        }
        let number = u32::try_from(self.partners.len()).expect("fewer than 2^32 partners");
        let id = PartnerId::parse(text)?;
        // Another spelling of a partner that is there already.
        let number = match self.partner_numbers.get(id.as_str()) {
            Some(number) => *number,
            None => {
                self.partner_numbers.insert(id.as_str().to_owned(), number);
                self.partners.push(id);
                number
            }
        };
        self.partner_numbers.insert(text.to_owned(), number);
        Some(number)
    }

    /// Numbers the partners in report order. Returns the new number of each.
    fn sort_partners(&mut self) -> Vec<u32> {
        let number = |nth: usize| u32::try_from(nth).expect("fewer than 2^32 partners");
        let mut order: Vec<usize> = (0..self.partners.len()).collect();
        order.sort_by(|a, b| self.partners[*a].cmp(&self.partners[*b]));
        let mut renumbered = vec![0; order.len()];
        order.iter().enumerate().for_each(|(to, from)| renumbered[*from] = number(to));
        self.partners = order.iter().map(|from| self.partners[*from].clone()).collect();
        self.partner_numbers.values_mut().for_each(|number| *number = renumbered[*number as usize]);
        renumbered
    }
}

/// Both runs, with the lines of their ledgers.
///
/// # Errors
/// A ledger cannot be read, or its run summary does not say which associations it accepts.
pub(super) fn compared_runs(
    runs: [(&RunFiles, &PathBuf); 2],
    texts: &mut LedgerTexts,
) -> Result<[ComparedRun; 2], Vec<InputError>> {
    let [old, new] = runs.map(|(run, ledger)| compared_run(run, ledger, texts));
    let (mut old, mut new) = match (old, new) {
        (Ok(old), Ok(new)) => (old, new),
        (old, new) => return Err(old.err().into_iter().chain(new.err()).collect()),
    };
    let renumbered = texts.sort_partners();
    for run in [&mut old, &mut new] {
        let number = |number: u32| renumbered.get(number as usize).copied().unwrap_or(NO_PARTNER);
        for line in &mut run.lines {
            (line.head, line.partner) = (number(line.head), number(line.partner));
        }
        run.heads = std::mem::take(&mut run.heads)
            .into_iter()
            .map(|(partner, head)| (number(partner), number(head)))
            .collect();
    }
    Ok([old, new])
}

fn compared_run(run: &RunFiles, ledger: &Path, texts: &mut LedgerTexts) -> Result<ComparedRun, InputError> {
    let accepted = run.run.accepted.ok_or_else(|| {
        let message =
            "an earlier build wrote it, without the associations that its rule set accepts: run report again";
        let input = Some(InputName { file: run.shown.clone(), sheet: None });
        InputError { input, code: InputErrorCode::NoRunSummary, message: message.to_owned() }
    })?;
    let input = own_table(ledger, &LEDGER)?;
    let given = Mutex::new(Some(std::mem::take(texts)));
    let take = || given.lock().unwrap_or_else(PoisonError::into_inner).take().unwrap_or_default();
    // One worker, since texts are numbered in the order in which they come.
    let options = ReadOptions {
        threads: 1,
        block_bytes: limits::BLOCK_BYTES,
        progress: Arc::default(),
        log: Log::silent(),
    };
    let (mut sinks, mut faults) =
        read_rows(&[&input], &options, || LedgerLines::new(take(), !input.is_parquet()));
    let read = sinks.pop().expect("one worker has read the ledger");
    if let Some(fault) = faults.pop() {
        return Err(fault);
    }
    if let Some((place, message)) = read.fault {
        let message = format!("line {}: {message}: it was changed; run report again", place.row);
        return Err(InputError { input: Some(input.name.clone()), code: InputErrorCode::Corrupt, message });
    }
    *texts = read.texts;
    let mut heads = read.heads;
    for (head, line) in &run.report {
        if let Some(head) = texts.partner_number(head.as_str()) {
            heads.insert(head, head);
            let included = line.includes.iter().filter_map(|partner| texts.partner_number(partner.as_str()));
            heads.extend(included.map(|partner| (partner, head)));
        }
    }
    let StoredRun { window, retroactive, .. } = run.run;
    Ok(ComparedRun { lines: read.lines, rates: read.rates, window, accepted, retroactive, heads })
}

/// The lines of one ledger, as they come.
struct LedgerLines {
    texts: LedgerTexts,
    /// Whether texts were defused for spreadsheets.
    is_defused: bool,
    lines: Vec<ComparedLine>,
    rates: BTreeMap<(u32, Month), Option<Rate>>,
    heads: BTreeMap<u32, u32>,
    /// The first line that no ledger has.
    fault: Option<(RowPlace, String)>,
}

impl LedgerLines {
    fn new(texts: LedgerTexts, is_defused: bool) -> LedgerLines {
        let (lines, rates, heads) = (Vec::new(), BTreeMap::new(), BTreeMap::new());
        LedgerLines { texts, is_defused, lines, rates, heads, fault: None }
    }

    fn take(&mut self, row: &Row<'_>) -> Result<(), String> {
        let cell = |nth: usize| -> Result<String, String> {
            let text =
                text::text(&row.cells[nth]).map_err(|code| format!("{}: {}", LEDGER[nth], code.meaning()))?;
            Ok(if self.is_defused { as_it_was(&text).to_owned() } else { text.into_owned() })
        };
        let bad = |nth: usize, text: &str| format!("{} is {text:?}, which no ledger has there", LEDGER[nth]);
        let cells: Vec<String> = (0..LEDGER.len()).map(cell).collect::<Result<_, _>>()?;
        let [head, partner, subscription, month, association, currency, source, reason, amounts @ ..] =
            &cells[..]
        else {
            unreachable!("a row has a cell for each column");
        };
        let amount = |nth: usize| -> Result<Option<Amount>, String> {
            let text = &cells[nth];
            let read = || Amount::parse(text.as_bytes(), DecimalMark::Point);
            (!text.is_empty())
                .then(read)
                .transpose()
                .map(|read| read.map(|read| read.amount))
                .map_err(|_| bad(nth, text))
        };
        let first_day = format!("{month}-01");
        let month = first_day.parse::<Day>().map(Month::of).map_err(|_| bad(3, month))?;
        let word = |word: &str| {
            let found = Association::ALL.into_iter().find(|association| association.as_str() == word);
            found.ok_or_else(|| bad(4, association))
        };
        let words = association.split('+').filter(|word| !word.is_empty());
        let associations: AssociationSet = words.map(word).collect::<Result<_, _>>()?;
        let reason = reason_of(reason).ok_or_else(|| bad(7, reason))?;
        let rate = match amounts[1].as_str() {
            "" => None,
            text => Some(rate_of(text).ok_or_else(|| bad(9, text))?),
        };
        let (usd, counted_usd) = (amount(10)?, amount(11)?.ok_or_else(|| bad(11, ""))?);
        let amount = amount(8)?.ok_or_else(|| bad(8, ""))?;
        let mut number = |nth: usize, text: &str| match text {
            "" => Ok(NO_PARTNER),
            text => self.texts.partner_number(text).ok_or_else(|| bad(nth, text)),
        };
        let (head, partner) = (number(0, head)?, number(1, partner)?);
        let line = ComparedLine {
            head,
            partner,
            subscription: match subscription.as_str() {
                "" => NO_SUBSCRIPTION,
                subscription => self.texts.number(subscription),
            },
            month,
            associations,
            currency: self.texts.number(currency),
            source: self.texts.number(source),
            reason,
            amount,
            usd,
            counted_usd,
        };
        self.rates.insert((line.currency, month), rate);
        if partner != NO_PARTNER {
            self.heads.insert(partner, head);
        }
        self.lines.push(line);
        Ok(())
    }

    fn note(&mut self, place: RowPlace, message: String) {
        self.fault.get_or_insert((place, message));
    }
}

impl RowSink for LedgerLines {
    fn begin(&mut self, _: usize, _: u64) {}

    fn row(&mut self, row: &Row<'_>) {
        if let Err(message) = self.take(row) {
            self.note(row.at.place(), message);
        }
    }

    fn bad_record(&mut self, bad: &BadRecord<'_>) {
        self.note(bad.at.place(), bad.code.meaning().to_owned());
    }

    fn end(&mut self) -> io::Result<()> {
        Ok(())
    }
}
