//! A run summary in which everything that can be there is there, and what its JSON has of it. Comes in: nothing. Goes out: a summary for tests.

use std::collections::BTreeMap;
use std::time::Duration;

use super::*;
use crate::base::calendar::WindowKind;
use crate::diagnostics::reject::RejectCode;
use crate::outputs::output_set::OutputKind;
use crate::outputs::totals::tests::balanced;
use crate::outputs::{NextLoss, SoonLosses};

fn input(file: &str, role: Role, rows: u64) -> InputRead {
    InputRead {
        file: file.to_owned(),
        sheet: None,
        role,
        dialect: "insights-azure-usage".to_owned(),
        currency: None,
        usage_only: None,
        assumed: None,
        encoding: Some("utf-8".to_owned()),
        delimiter: Some('\t'),
        bytes: 1_000_000_000,
        rows,
        first_day: Day::from_ymd_opt(2016, 7, 1),
        last_day: None,
        digest: None,
    }
}

/// A summary in which everything that can be there is there.
pub(in crate::outputs) fn summary() -> Summary {
    let day = |month, day| Day::from_ymd_opt(2017, month, day).unwrap();
    let rejects = |code, rows, row: Option<u64>| RejectsOfCode {
        code,
        rows,
        first: row.map(|row| FirstPlace {
            file: "jan.xlsx".to_owned(),
            sheet: Some("Usage".to_owned()),
            row,
        }),
    };
    let rejects = vec![
        rejects(RejectCode::RaggedRow, 2, Some(8)),
        rejects(RejectCode::BadDate, 3, Some(7)),
        rejects(RejectCode::NoPartner, 4, Some(9)),
        rejects(RejectCode::BadNumber, 20, Some(1042)),
        rejects(RejectCode::NoRate, 2, None),
    ];
    let output = |kind, file: &str| OutputWritten { kind, file: file.to_owned(), sha256: "00".repeat(32) };
    let skipped = |file: &str| Skipped {
        file: file.to_owned(),
        sheet: None,
        class: if file < "e" { "no-data" } else { "unrecognised" }.to_owned(),
        looks_like_data: file >= "e",
        reason: "no known header".to_owned(),
    };
    let warnings = |code: &str, text: &str| WarningsOfCode {
        code: code.to_owned(),
        count: 120,
        listed: vec![text.to_owned()],
    };
    Summary {
        schema: Summary::SCHEMA,
        program: Program { name: "attain".to_owned(), version: "0.1.0".to_owned() },
        exit_code: 4,
        project: Some(ProjectEntry { file: "attain.toml".to_owned(), profile: Some("night".to_owned()) }),
        rule_set: RuleSetUsed {
            name: "cloud-platform@2017-07-07".to_owned(),
            sha256: "00".repeat(32),
            accepted: vec!["tpor", "dpor"],
            retroactive: false,
            note: Some("as of a day after the last version".to_owned()),
        },
        as_of: day(7, 7),
        window: WindowUsed {
            kind: WindowKind::CompleteMonths,
            first: day(1, 1),
            last: day(6, 30),
            months: 6,
        },
        partner_id: Some(PartnerIdUse { id: "4000001".to_owned(), rows: 1_200 }),
        inputs: vec![
            input("people.csv", Role::Credentials, 20),
            input("roster.csv", Role::Partners, 5),
            input("usage.tsv", Role::Consumption, 1_234_567),
        ],
        skipped: ["a.txt", "b.txt", "c.txt", "d.txt", "e.txt", "f.txt"].map(skipped).into(),
        left_out: Vec::new(),
        snapshots: Vec::new(),
        overlaps: Vec::new(),
        coverage: Vec::new(),
        last_outputs: vec!["report.run.json".to_owned()],
        outputs: vec![
            output(OutputKind::Report, "report.csv"),
            output(OutputKind::Rejects, "report.rejects.csv"),
        ],
        control_totals: balanced(),
        rejects,
        rounded_amounts: 5,
        completeness: Completeness {
            complete: false,
            incomplete_by: vec!["shrunk".to_owned(), "z".to_owned()],
            denied: vec!["shrunk".to_owned(), "z".to_owned()],
        },
        warnings: vec![
            warnings("overlapping-dpor", "subscription 1\nin two lines"),
            warnings("shrunk", "june"),
            warnings("z", "x"),
        ],
        shown: None,
        tiers: Tiers {
            attained: [("silver", 10), ("gold", 3)]
                .map(|(tier, partners)| TierCount { tier: tier.to_owned(), partners })
                .into(),
            none: 1_200,
            undetermined: 2,
        },
        confidence: ConfidenceCounts {
            certain: 1_210,
            uncertain: 5,
            by_code: BTreeMap::from([("refused-rows", 5), ("unknown-market", 2)]),
            first: [
                ("42", "refused-rows"),
                ("43", "refused-rows+unknown-market"),
                ("44", "refused-rows"),
                ("45", "refused-rows"),
                ("46", "refused-rows"),
            ]
            .map(|(partner, confidence)| UncertainPartner {
                partner: partner.to_owned(),
                tier: None,
                possible: vec![None, Some("silver".to_owned())],
                confidence: confidence.to_owned(),
            })
            .into(),
        },
        losses: LossCounts {
            dated: 6,
            soon: SoonLosses { by: Day::from_ymd_opt(2017, 10, 7).unwrap(), partners: 6 },
            never: 1,
            unknown: 0,
            next: ["44", "42", "45", "46", "47"]
                .map(|partner| NextLoss {
                    partner: partner.to_owned(),
                    tier: Some("silver".to_owned()),
                    lost_on: Day::from_ymd_opt(2017, 7, 31).unwrap(),
                })
                .into(),
        },
        started: Moment::default(),
        ended: Moment::default(),
        timings: Timings::of(3_000_000_000, Duration::from_micros(2_500_999), 2),
    }
}

#[test]
fn the_file_begins_with_its_schema_and_ends_with_the_timings() {
    let text = summary().to_json();
    assert!(text.starts_with("{\n  \"schema\": 1,\n  \"program\": {\n    \"name\": \"attain\""), "{text}");
    let end = "  \"timings\": {\n    \"seconds\": 2.5,\n    \"bytes_per_second\": 1199520671,\n    \"threads\": 2\n  }\n}\n";
    assert!(text.ends_with(end), "{text}");
}

#[test]
fn money_is_exact_text_days_are_iso_and_maps_are_sorted() {
    let json: serde_json::Value = serde_json::from_str(&summary().to_json()).unwrap();
    let text = |pointer: &str| json.pointer(pointer).unwrap().to_string();
    assert_eq!(text("/as_of"), "\"2017-07-07\"");
    assert_eq!(
        text("/window"),
        r#"{"kind":"complete-months","first":"2017-01-01","last":"2017-06-30","months":6}"#
    );
    assert_eq!(text("/control_totals/amounts/USD/credited_rows"), "\"1234567.000000000000000000000001\"");
    assert!(text("/control_totals/amounts").starts_with(r#"{"EUR":{"#));
    assert_eq!(text("/control_totals/judging_usd/not_accepted"), r#"{"pal":"17.5"}"#);
    assert_eq!(text("/control_totals/roles/partners"), r#"{"read":5,"accepted":5,"refused":0}"#);
    assert_eq!(
        text("/control_totals/without_rate"),
        r#"[{"currency":"EUR","month":"2017-05","rows":2,"amount":"50"}]"#
    );
    assert_eq!(text("/inputs/2/first_day"), "\"2016-07-01\"");
    assert_eq!(text("/inputs/2/last_day"), "null");
    assert_eq!(text("/inputs/2/delimiter"), r#""\t""#);
    assert_eq!(text("/outputs/0/kind"), "\"report\"");
    assert_eq!(text("/tiers"), r#"{"silver":10,"gold":3,"none":1200,"undetermined":2}"#);
    assert_eq!(text("/confidence/by_code"), r#"{"refused-rows":5,"unknown-market":2}"#);
    assert_eq!(
        text("/confidence/first/0"),
        r#"{"partner":"42","tier":null,"possible":[null,"silver"],"confidence":"refused-rows"}"#
    );
    assert_eq!(
        text("/rejects/0"),
        r#"{"code":"ragged-row","rows":2,"first":{"file":"jan.xlsx","sheet":"Usage","row":8}}"#
    );
    assert_eq!(text("/rejects/4/first"), "null");
}

#[test]
fn inputs_and_refused_rows_must_add_up_to_the_control_totals() {
    summary().assert_balance();
    let fails = |change: fn(&mut Summary)| {
        let mut summary = summary();
        change(&mut summary);
        std::panic::catch_unwind(|| summary.assert_balance()).is_err()
    };
    assert!(fails(|s| s.inputs[2].rows += 1));
    assert!(fails(|s| s.inputs[1].role = Role::Markets));
    assert!(fails(|s| s.rejects[0].rows -= 1));
    assert!(fails(|s| s.control_totals.rows.read += 1));
}

#[test]
fn speed_is_none_when_no_time_passed() {
    assert_eq!(Timings::of(5, Duration::ZERO, 1).bytes_per_second, 0);
    assert_eq!(per_second(u64::MAX, Duration::from_nanos(1)), u64::MAX);
}
