//! The workbook of few partners, with lowered limits. Comes in: fixtures. Goes out: which lines a sheet has.

use std::io;

use rust_xlsxwriter::Workbook;

use super::ledger::{self, LedgerExtent, nearest_to_change};
use super::styles::Styles;
use super::widths::PartnerWidths;
use super::{counts, partners, rejects};
use crate::base::calendar::{Day, Month, Window};
use crate::diagnostics::reject::{Reject, RejectCode, RejectOwner};
use crate::judge::bounds::Confidence;
use crate::judge::loss::Loss;
use crate::judge::verdict::judge;
use crate::outputs::explanation::Explanation;
use crate::outputs::fixtures::{amount, facts, rules, table};
use crate::outputs::presentation::{Presentation, PresentationSource, TableVisitor};
use crate::outputs::report::{PartnerLines, ReportContext};
use crate::outputs::summary::tests::summary;
use crate::outputs::{LazyChunks, LedgerRow, RejectLine, ledger_table, rejects_table};

/// Partners of this id and consumption have so many lines in the ledger.
const PARTNERS: [(&str, &str, usize); 5] =
    [("1", "14999", 3), ("2", "100", 2), ("3", "16000", 4), ("4", "99999", 1), ("5", "7500", 6)];

struct FewLines;

impl PresentationSource for FewLines {
    fn explanations(&self, _partners: &[usize]) -> Vec<Explanation> {
        Vec::new()
    }

    fn ledger(&self, partners: &[usize], visitor: &mut TableVisitor<'_>) -> io::Result<()> {
        let mut partners = partners.to_vec();
        partners.sort_unstable();
        let line = |head| LedgerRow {
            head: Some(head),
            partner: Some(head),
            subscription: "s".into(),
            month: Month::of(Day::from_ymd_opt(2017, 6, 1).unwrap()),
            association: "dpor".into(),
            currency: "USD",
            source: "",
            reason: "counted",
            amount: amount("0.1234567890123456"),
            rate: None,
            usd: None,
            counted_usd: amount("1"),
        };
        let lines = partners.iter().flat_map(|nth| vec![line(PARTNERS[*nth].0); PARTNERS[*nth].2]).collect();
        visitor(&ledger_table(LazyChunks::from(vec![lines])))
    }

    fn rejects(&self, visitor: &mut TableVisitor<'_>) -> io::Result<()> {
        let reject = Reject {
            place: None,
            column: None,
            code: RejectCode::BadNumber,
            message: "=no".to_owned(),
            value: String::new(),
            partner_id: None,
            amount: None,
            day: None,
            owner: RejectOwner::Anyone,
            association: None,
            provider: None,
            subscription: None,
            fact: None,
        };
        let line = RejectLine { input: None, reject, amount_usd: None, could_change_tier: false };
        visitor(&rejects_table(LazyChunks::from(vec![vec![line; 2]; 3])))
    }
}

/// What `test` makes of a presentation of all partners; 3 and 4 are silver, and 4 loses it first.
fn with_presentation<O>(test: impl FnOnce(&Presentation<'_>) -> O) -> O {
    let rules = rules();
    let facts: Vec<_> = PARTNERS.iter().map(|(id, usd, _)| facts(id, usd)).collect();
    let verdicts: Vec<_> = facts.iter().map(|facts| judge(facts, &rules)).collect();
    let confidences = vec![Confidence::default(); facts.len()];
    let mut losses = vec![Loss::default(); facts.len()];
    let day = |month| Day::from_ymd_opt(2017, month, 1);
    (losses[2].lost_on, losses[3].lost_on) = (day(12), day(8));
    let as_of = Day::from_ymd_opt(2017, 7, 7).unwrap();
    let context = ReportContext { rule_set: rules.id(), as_of, window: Window { first: as_of, last: as_of } };
    let lines =
        PartnerLines { facts: &facts, verdicts: &verdicts, confidences: &confidences, losses: &losses };
    let (table, summary) = (table(&[]), summary());
    let selected: Vec<usize> = (0..facts.len()).collect();
    let source = &FewLines;
    test(&Presentation {
        rules: &rules,
        context: &context,
        lines,
        selected: &selected,
        table: &table,
        summary: &summary,
        previous: None,
        source,
    })
}

#[test]
fn the_nearest_to_gain_and_the_next_to_lose_a_tier_take_turns() {
    // Missing of 15,000: 1 of 1, 14,900 of 2, half of 5; of 100,000: 84,000 of 3, 1 of 4.
    let ids = with_presentation(|presentation| {
        nearest_to_change(presentation).iter().map(|nth| PARTNERS[*nth].0).collect::<Vec<_>>()
    });
    assert_eq!(ids, ["4", "1", "3", "5", "2"]);
}

#[test]
fn the_ledger_has_whole_partners_up_to_its_limit() {
    let extent = |limit| {
        with_presentation(|presentation| {
            let (mut workbook, styles) = (Workbook::new(), Styles::new());
            let mut data = ledger::begin(&mut workbook, &styles, PartnerWidths { id: 10, name: 20 }).unwrap();
            let extent = ledger::fill(&mut data, presentation, limit).unwrap();
            (data.rows(), extent)
        })
    };
    let of = |partners, is_whole| LedgerExtent { partners, is_whole };
    assert_eq!(extent(16), (16, of(5, true)));
    // 1 line of 4, 3 of 1, 4 of 3, then 6 of 5.
    assert_eq!(extent(15), (14, of(4, false)));
    assert_eq!(extent(8), (8, of(3, false)));
    assert_eq!(extent(7), (4, of(2, false)));
    // No room for one line: a partner is cut only if it is the first.
    assert_eq!(extent(0), (0, of(1, false)));
}

#[test]
fn rejects_beyond_the_limit_are_left_out_and_told() {
    let written = |limit| {
        with_presentation(|presentation| {
            let (mut workbook, styles) = (Workbook::new(), Styles::new());
            let mut data = rejects::begin(&mut workbook, &styles).unwrap();
            let is_whole = rejects::fill(&mut data, presentation, limit).unwrap();
            (data.rows(), is_whole)
        })
    };
    assert_eq!(
        [written(7), written(6), written(5), written(0)],
        [(6, true), (6, true), (5, false), (0, false)]
    );
}

#[test]
fn more_partners_than_a_sheet_has_rows_are_refused() {
    assert!(partners::check_rows(5, 5).is_ok());
    let error = partners::check_rows(6, 5).unwrap_err().to_string();
    let expected = "the report has 6 partners, and a sheet has room for 5; write CSV, or show fewer by --tier, --country or --top";
    assert_eq!(error, expected);
}

#[test]
fn partners_are_counted_by_country_and_by_distance() {
    with_presentation(|presentation| {
        let countries = counts::by_country(presentation, 3);
        assert_eq!(countries.len(), 1);
        assert_eq!((countries[0].country.as_str(), countries[0].tally.partners()), ("France", 5));
        assert_eq!(countries[0].consumption, amount("138598"));
        assert_eq!(countries[0].tally.attained, [2, 0]);
        let distances = counts::distances(presentation);
        let bins: Vec<(&str, &[u64])> = distances
            .bins
            .iter()
            .filter(|(_, partners)| partners.iter().any(|partners| *partners > 0))
            .map(|(label, partners)| (label.as_str(), partners.as_slice()))
            .collect();
        let expected: [(&str, &[u64]); 4] =
            [("up to 10%", &[1, 1]), ("up to 50%", &[1, 0]), ("up to 90%", &[0, 1]), ("up to 100%", &[1, 0])];
        assert_eq!(bins, expected);
    });
}
