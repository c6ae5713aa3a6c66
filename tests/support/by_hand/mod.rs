//! The second implementation on a folder whose figures were worked out with pencil and paper.

use std::path::Path;

use super::reference::figures::{ceil_to_cents, decimal, exact, floor_to_cents};
use super::reference::{Options, judge};

fn write(folder: &Path, name: &str, text: &str) {
    std::fs::write(folder.join(name), text).unwrap();
}

/// The folder, as of 2017-07-07: the window is 2016-07-01 to 2017-06-30.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    write(
        at,
        "partners.csv",
        "partner_id,name,country,market,rolls_up_to,tenant_id\n\
         100,Head,Freedonia,,,\n\
         101,Branch,Freedonia,,100,AAAA-1\n\
         200,=Cheap,Sylvania,,,\n\
         300,Nowhere,,,,\n",
    );
    write(at, "markets.csv", "country,market\nFreedonia,developed\nSylvania,developing\n");
    write(at, "rates.csv", "currency,month,usd_per_unit\nEUR,2017-01,1.1\n");
    write(
        at,
        "associations.csv",
        "subscription_id,partner_id,type,from,to\n\
         s1,100,dpor,2017-01-10,2017-01-20\n\
         S1,101,tpor,2017-01-15,\n\
         s1,200,pal,,\n\
         s2,300,dpor,,\n",
    );
    // s1 on 10 January: 100 by DPOR, 200 by PAL. On 15 January 100 and its branch: one credit to the head.
    write(
        at,
        "payg.csv",
        "SubscriptionGuid,UsageDateTime,PreTaxCost,Currency\n\
         s1,2017-01-09,1000,EUR\n\
         S1,2017-01-10,10000,EUR\n\
         s1,2017-01-15,1000,EUR\n\
         s2,2017-01-01,10000,EUR\n\
         s2,2017-02-01,5000,EUR\n\
         s3,2017-01-01,oops,EUR\n\
         s2,2016-06-30,1,USD\n\
         s2,2016-07-01,0.009,USD\n",
    );
    // For head 100, one of the three counts: DPOR before CSP tier 1; the greater of the two DPOR.
    write(
        at,
        "usage.tsv",
        "SubscriptionId\tMonth\tMPNID\tPartnerAttributionType\tACR_USD\n\
         x\t2017-06-01\t100\tCSP Tier 1\t9000\n\
         X\t2017-06-01\t100\tPartner of record\t2000\n\
         x\t2017-06-01\t101\tDPOR\t2900\n\
         x\t2017-06-01\t101\tPartner admin link\t2900\n\
         NULL\t2017-06-01\t100\tDPOR\t5\n\
         x\t2017-07-01\t100\tDPOR\t5\n",
    );
    write(
        at,
        "mpa.csv",
        "partnerTenantId,resellerMpnId,date,SubscriptionId,chargeType,publisherType,costInUsd,costInBillingCurrency,billingCurrency\n\
         aaaa-1,-1,06/30/2017,y,Usage,Azure,-0.001,9,EUR\n\
         bbbb-1,-1,06/30/2017,y,Usage,Azure,7,9,EUR\n\
         bbbb-1,200,06/30/2017,y,Usage,Azure,10000,9,EUR\n\
         aaaa-1,,13/30/2017,y,Purchase,Azure,10000,9,EUR\n",
    );
    write(
        at,
        "credentials.csv",
        "partner_id,individual_id,email,kind,credential,completed_on,expires_on\n\
         100,1,a@x.org,exam,70-532,2017-01-01,\n\
         101,2,A@X.ORG,exam,70-533,2017-01-01,2017-07-07\n\
         200,3,,exam,Exam (70-534) old,2017-07-07,\n\
         200,4,,exam,70-535,2017-01-01,\n\
         200,5,,exam,70-532,2017-07-08,\n\
         200,6,,exam,70-532,2017-01-01,2017-07-06\n\
         300,,,exam,70-532,2017-01-01,\n\
         400,7,,assessment,technical assessment  for cloud platform,2017-01-01,\n",
    );
    folder
}

#[test]
fn the_second_implementation_gives_what_was_worked_out_by_hand() {
    let folder = folder();
    let as_of = "2017-07-07".parse().unwrap();
    let options =
        Options { as_of, trailing_days: false, partner_id: None, window_months: None, data_until: None };
    let outcome = judge(folder.path(), &options);
    let fixed = "cloud-platform@2017-07-07,2017-07-07,2016-07-01,2017-06-30";
    // 100: EUR (10000 + 1000) × 1.1 + 2900 − 0.001. 200: 10000; its PAL is not accepted. 300: 10000 × 1.1 + 0.009; February has
    // no rate.
    let expected = [
        format!(
            "100,Head,Freedonia,developed,,silver,0.01,0,14999.99,0,1,not-met,15000.00,0.01,1,0,not-met,100000.00,85000.01,2,1,{fixed},includes 101"
        ),
        format!(
            "200,'=Cheap,Sylvania,developing,silver,gold,90000.00,1,10000.00,0,1,met,10000.00,0.00,1,0,not-met,100000.00,90000.00,2,1,{fixed},"
        ),
        format!(
            "300,Nowhere,,,,silver,,1,11000.00,0,0,not-met,,,1,1,not-met,100000.00,89000.00,2,2,{fixed},market-unknown; no-rate"
        ),
        format!(
            "400,,,,,silver,,0,0.00,1,0,not-met,,,1,0,not-met,100000.00,100000.00,2,1,{fixed},market-unknown"
        ),
    ];
    let printed: Vec<String> = outcome.report.iter().map(|row| row.join(",")).collect();
    assert_eq!(printed, expected);
    assert_eq!(outcome.header.len(), expected[0].split(',').count());

    let rows = &outcome.rows;
    assert_eq!((rows.read, rows.not_consumption, rows.outside_window), (18, 1, 2));
    assert_eq!((rows.no_subscription, rows.unassociated, rows.refused), (1, 1, 2));
    assert_eq!(rows.credited, 11);
    // Of payg: 1000 + 10000 + 1000 + 10000 + 5000; 200 shares the second and the third row with 100.
    let eur = &outcome.amounts["EUR"];
    assert_eq!((exact(eur.credited_rows), exact(eur.shared)), ("27000".to_owned(), "11000".to_owned()));
    assert_eq!(exact(outcome.judging.duplicate), "11000");
    assert_eq!(exact(outcome.judging.not_accepted["pal"]), "16100");
    assert_eq!(exact(outcome.judging.consumption), "36000.008");
    let refused: Vec<(&str, u64)> = outcome.refused.iter().map(|(code, n)| (code.as_str(), *n)).collect();
    assert_eq!(refused, [("no-individual", 1), ("no-partner", 1), ("no-rate", 1)]);
    let passes = &outcome.passes;
    assert_eq!((passes.read, passes.counted, passes.not_named), (8, 4, 1));
    assert_eq!((passes.too_late, passes.expired, passes.refused), (1, 1, 1));
}

#[test]
fn the_second_implementation_reads_and_prints_numbers_as_the_specification_says() {
    let read = |text| decimal(text).map(exact);
    for (text, expected) in [
        ("5.64902E-05", "0.0000564902"),
        ("+1", "1"),
        (".5", "0.5"),
        ("-0.5", "-0.5"),
        ("1e-25", "0"),
        ("5e-25", "0.000000000000000000000001"),
        ("-5e-25", "-0.000000000000000000000001"),
        ("1E+4", "10000"),
        ("0.0000000000000000000000015", "0.000000000000000000000002"),
    ] {
        assert_eq!(read(text), Ok(expected.to_owned()), "{text}");
    }
    for text in ["1,234", "1e", ".", "--1", "$1", "1.2.3", "1 2"] {
        assert_eq!(decimal(text), Err("bad-number"), "{text}");
    }
    assert_eq!(decimal(" null "), Err("no-amount"));
    let milli = decimal("-0.001").unwrap();
    assert_eq!((floor_to_cents(milli), ceil_to_cents(milli)), ("-0.01".to_owned(), "0.00".to_owned()));
}
