//! Every key of a project file, one by one: a run gives what the report with the same option gives, and not what it gives without; and each key of a
//! source, with figures. docs/PROJECT-FILE.md has the keys.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

#[expect(dead_code, reason = "only the copying is needed here")]
#[path = "support/case/mod.rs"]
mod case;
#[path = "support/project_folder.rs"]
mod project_folder;

use project_folder::Folder;
use serde_json::Value;

/// A key with a value, and the option that says the same.
struct KeyCase {
    key: &'static str,
    value: &'static str,
    option: &'static str,
    /// The input: the sample data, or the input of a specimen of errors.
    input: &'static str,
    /// Another key and option, without which the key says nothing.
    with: (&'static str, &'static str),
}

const SAMPLE: &str = "sample-data";

/// A case on the sample data, as of a day for which they suffice.
const fn of_sample(key: &'static str, value: &'static str, option: &'static str) -> KeyCase {
    KeyCase { key, value, option, input: SAMPLE, with: ("", "") }
}

/// A case on a specimen of errors.
const fn of_specimen(
    key: &'static str,
    value: &'static str,
    option: &'static str,
    input: &'static str,
) -> KeyCase {
    KeyCase { key, value, option, input, with: ("", "") }
}

const fn with(case: KeyCase, key: &'static str, option: &'static str) -> KeyCase {
    KeyCase { with: (key, option), ..case }
}

fn cases() -> Vec<KeyCase> {
    let output = |case| with(case, "output = \"r.csv\"", "-o r.csv");
    vec![
        output(of_sample("consumption", "\"more/consumption.csv\"", "--consumption more/consumption.csv")),
        output(of_sample("credentials", "[\"more/credentials.csv\"]", "--credentials more/credentials.csv")),
        output(of_sample("partners", "\"more/partners.csv\"", "--partners more/partners.csv")),
        output(of_sample(
            "associations",
            "\"more/associations.csv\"",
            "--associations more/associations.csv",
        )),
        output(of_sample("rates", "\"more/rates.csv\"", "--rates more/rates.csv")),
        output(of_sample("markets", "\"more/markets.csv\"", "--markets more/markets.csv")),
        of_sample("assume", "\"more/consumption.csv\"", "--assume more/consumption.csv"),
        of_sample("rules", "\"more/rules.toml\"", "--rules more/rules.toml"),
        of_sample("window", "\"trailing-days\"", "--window trailing-days"),
        of_sample("window_months", "6", "--window-months 6"),
        of_specimen("max_rejects", "\"50%\"", "--max-rejects 50%", "no-partner"),
        of_sample("deny", "\"encoding-guessed\"", "--deny encoding-guessed"),
        of_specimen("allow", "\"all\"", "--allow all", "warning-encoding-guessed"),
        with(
            of_sample("keep_going", "true", "--keep-going"),
            "partners = \"more/broken.csv\"",
            "--partners more/broken.csv",
        ),
        of_specimen("require", "[\"credentials\"]", "--require credentials", "warning-encoding-guessed"),
        of_specimen("dialect", "\"more/colours.toml\"", "--dialect more/colours.toml", "unknown-header"),
        of_specimen("partner_id", "4000001", "--partner-id 4000001", "no-partner"),
        of_specimen(
            "currency",
            "\"CNY:input/cost.csv\"",
            "--currency CNY:input/cost.csv",
            "no-currency-column",
        ),
        of_specimen("usage_only", "true", "--usage-only", "missing-column-that-decides"),
        of_specimen(
            "decimal_comma",
            "\"input/usage.csv\"",
            "--decimal-comma=input/usage.csv",
            "ambiguous-numbers",
        ),
        of_specimen("day_first", "true", "--day-first", "ambiguous-days"),
        of_specimen("on_overlap", "\"sum\"", "--on-overlap sum", "overlap-unclear"),
        of_specimen("prefer", "[\"cost-actual\"]", "--prefer cost-actual", "datasets-overlap"),
        of_sample("quiet", "true", "--quiet"),
        of_sample("verbose", "true", "--verbose"),
        with(of_sample("color", "\"always\"", "--color always"), "format = \"table\"", "--format table"),
        of_sample("log_format", "\"json\"", "--log-format json"),
        output(of_sample("threads", "1", "--threads 1")),
        of_sample("output", "[\"r.csv\", \"r.json\"]", "-o r.csv -o r.json"),
        of_sample("excel_locale", "\"de-DE\"", "--excel-locale de-DE"),
        with(
            of_sample("previous", "\"more/old.run.json\"", "--previous more/old.run.json"),
            "output = \"r.html\"",
            "-o r.html",
        ),
        of_sample("rejects", "\"x.csv\"", "--rejects x.csv"),
        of_sample("summary", "\"x.json\"", "--summary x.json"),
        of_sample("metrics", "\"x.prom\"", "--metrics x.prom"),
        of_sample("credits", "\"c.csv\"", "--credits c.csv"),
        with(
            of_sample("credits_by_day", "true", "--credits-by-day"),
            "credits = \"c.csv\"",
            "--credits c.csv",
        ),
        of_sample("ledger", "\"l.csv\"", "--ledger l.csv"),
        of_sample("format", "\"json\"", "--format json"),
        output(of_sample("digest", "\"sha256\"", "--digest sha256")),
        of_sample("partner", "[4000101, \"4000103\"]", "--partner 4000101,4000103"),
        of_sample("country", "\"France\"", "--country France"),
        of_sample("tier", "[\"gold\"]", "--tier gold"),
        of_sample("near", "\"10%\"", "--near 10%"),
        of_sample("losing_by", "2017-12-01", "--losing-by 2017-12-01"),
        of_sample("sort", "\"consumption_usd:desc\"", "--sort consumption_usd:desc"),
        of_sample("top", "3", "--top 3"),
        of_sample("columns", "[\"partner_id\", \"tier\"]", "--columns partner_id,tier"),
    ]
}

const CONSUMPTION: &str = "month,partner_id,association,subscription_id,amount,currency\n\
                           2017-06,4000101,dpor,00000000-0000-4000-8000-000000000777,15000.00,USD\n";

/// Files that keys of the cases name.
fn write_more(folder: &Folder) {
    folder.write("more/consumption.csv", CONSUMPTION);
    folder.write(
        "more/credentials.csv",
        "partner_id,individual_id,kind,credential,completed_on\n4000107,p-1,exam,70-533,2017-05-01\n",
    );
    folder.write("more/partners.csv", "partner_id,name,country,market\n4000999,Woodgrove,Norway,developed\n");
    folder.write(
        "more/associations.csv",
        "subscription_id,partner_id,type,from,to\ns-new,4000101,dpor,2017-01-01,\n",
    );
    folder.write("more/rates.csv", "currency,month,usd_per_unit\nJPY,2017-06,0.009\n");
    folder.write("more/markets.csv", "country,market\nPeru,developing\n");
    folder.write("more/broken.csv", "Colour,Size\nred,1\n");
    let rules = folder.run("rules show cloud-platform").exits(0).stdout();
    let rules = rules.replacen("name = \"cloud-platform\"", "name = \"own-rules\"", 1);
    assert!(rules.contains("own-rules"));
    folder.write("more/rules.toml", &rules);
    let dialect = "name = \"colours\"\ntitle = \"Colours\"\nrole = \"partners\"\nsource = [\"here\"]\nrequired = [\"partner\"]\n\
                   [columns]\npartner = [\"Colour\"]\nname = [\"Size\"]\n";
    folder.write("more/colours.toml", dialect);
    folder.run("report sample-data --as-of 2017-06-07 --quiet --allow all -o more/old.csv").exits(0);
}

/// What a run wrote and said, without times and without what tells the project file.
fn outcome(folder: &Folder, args: &str) -> BTreeMap<String, String> {
    let before = folder.names();
    let ran = folder.run(args);
    let mut told = BTreeMap::from([
        ("exit code".to_owned(), format!("{:?}", ran.0.status.code())),
        ("standard output".to_owned(), ran.stdout()),
        ("standard error".to_owned(), without_times(&ran.stderr())),
    ]);
    for name in folder.names().into_iter().filter(|name| !before.contains(name)) {
        told.insert(name.clone(), without_times(&folder.read(&name)));
        fs::remove_file(folder.path(&name)).unwrap();
    }
    told
}

fn without_times(text: &str) -> String {
    if let Ok(Value::Object(mut run)) = serde_json::from_str::<Value>(text) {
        for field in ["started", "ended", "project"] {
            run.remove(field);
        }
        let threads = run.remove("timings").map(|timings| timings["threads"].clone());
        return format!("{run:?} {threads:?}");
    }
    // Digits of times and of speeds stand in lines of these words.
    let is_timed = |line: &&str| {
        !["took ", "\"time\":", "attain_run_", "attain_last_", " s, ", "attain_"]
            .iter()
            .any(|word| line.contains(word))
    };
    // With --verbose each line begins with its time.
    let without_time = |line: &'_ str| match line.split_once(' ') {
        Some((time, rest)) if time.len() == "2017-07-07T00:00:00.000Z".len() && time.ends_with('Z') => {
            rest.to_owned()
        }
        _ => line.to_owned(),
    };
    text.lines().filter(is_timed).map(without_time).collect::<Vec<_>>().join("\n")
}

/// The keys of a table of docs/PROJECT-FILE.md.
fn keys_of_page() -> Vec<String> {
    let page =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/PROJECT-FILE.md")).unwrap();
    let (_, tables) = page.split_once("\n## Keys\n").unwrap();
    let key = |line: &str| Some(line.strip_prefix("| `")?.split('`').next()?.to_owned());
    tables.lines().filter_map(key).collect()
}

#[test]
fn every_key_of_the_page_does_what_its_option_does() {
    let cases = cases();
    let mut tested: Vec<String> = cases.iter().map(|case| case.key.to_owned()).collect();
    // The day is a key of every case.
    tested.push("as_of".to_owned());
    tested.sort();
    let mut of_page = keys_of_page();
    of_page.sort();
    assert_eq!(tested, of_page);
    let mut wrong = Vec::new();
    let folder = Folder::with_sample_data(&[]);
    write_more(&folder);
    for KeyCase { key, value, option, input, with } in cases {
        let specimen = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/errors").join(input);
        if input != SAMPLE {
            fs::remove_dir_all(folder.path("input")).unwrap_or_default();
            case::copy_folder(&specimen.join("input"), &folder.path("input"));
        }
        let paths = if input == SAMPLE { SAMPLE } else { "input" };
        let project = |lines: &str| {
            format!("as_of = 2017-07-07\n{}\n{lines}\n[[source]]\npaths = \"{paths}\"\n", with.0)
        };
        folder.write("attain.toml", &project(&format!("{key} = {value}")));
        let run = outcome(&folder, "run");
        let report = outcome(&folder, &format!("report {paths} --as-of 2017-07-07 {} {option}", with.1));
        folder.write("attain.toml", &project(""));
        let without = outcome(&folder, "run");
        if run != report {
            wrong.push(format!("{key}: the run is not the report with {option}:\n{run:#?}\n{report:#?}"));
        }
        if run == without {
            wrong.push(format!("{key} = {value} changes nothing:\n{run:#?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The consumption of each partner of a report of the columns `partner_id,consumption_usd`.
fn consumption(folder: &Folder) -> BTreeMap<String, String> {
    let report = folder.run("run --columns partner_id,consumption_usd").exits(0).stdout();
    let line = |line: &str| line.split_once(',').map(|(id, usd)| (id.to_owned(), usd.to_owned()));
    report.lines().skip(1).filter_map(line).collect()
}

fn figures<const N: usize>(expected: [(&str, &str); N]) -> BTreeMap<String, String> {
    expected.map(|(id, usd)| (id.to_owned(), usd.to_owned())).into()
}

/// Sources of two folders, each with what holds for it.
fn project(a: &str, b: &str) -> String {
    let head = "as_of = \"2017-07-07\"\nallow = [\"all\"]\nquiet = true\n[[source]]\npaths = \"others\"\n";
    format!("{head}[[source]]\npaths = \"a\"\n{a}\n[[source]]\npaths = \"b\"\n{b}\n")
}

/// A usage detail of the EA portal, which states no currency: 1000 of a subscription in June 2017.
fn portal(subscription: &str) -> String {
    let specimen =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/errors/no-currency-column/input/cost.csv");
    let text = fs::read_to_string(specimen).unwrap();
    let (head, line) = text.split_once('\n').unwrap();
    format!("{head}\n{}", line.replace(",s1,", &format!(",{subscription},")).replace(",100,", ",1000,"))
}

#[test]
fn the_currency_of_a_source_is_that_of_its_amounts_and_of_no_others() {
    let folder = Folder::new(&[
        ("attain.toml", &project("currency = \"EUR\"", "currency = \"CNY\"")),
        ("a/cost.csv", &portal("s-1")),
        ("b/cost.csv", &portal("s-2")),
        ("others/rates.csv", "currency,month,usd_per_unit\nEUR,2017-06,1.14\nCNY,2017-06,0.1475\n"),
        (
            "others/associations.csv",
            "subscription_id,partner_id,type,from,to\ns-1,4000101,dpor,,\ns-2,4000102,dpor,,\n",
        ),
    ]);
    // 1000 x 1.14, and 1000 x 0.1475.
    assert_eq!(consumption(&folder), figures([("4000101", "1140.00"), ("4000102", "147.50")]));
    folder.write("attain.toml", &project("currency = \"USD\"", "currency = \"CNY\""));
    assert_eq!(consumption(&folder), figures([("4000101", "1000.00"), ("4000102", "147.50")]));
    // A source that says nothing leaves its file without a currency.
    folder.write("attain.toml", &project("currency = \"USD\"", ""));
    let fault = folder.run("run").exits(1).stderr();
    assert!(fault.starts_with("attain: b/cost.csv: no-currency-column: "), "{fault}");
}

#[test]
fn every_key_of_a_source_holds_for_its_files_alone() {
    let row = |partner: &str, day: &str, amount: &str| {
        format!(
            "date;partner_id;association;subscription_id;amount;currency\n{day};{partner};dpor;s-{partner};{amount};USD\n"
        )
    };
    // Day and month: 2017-06-05 or 2017-05-06, both in the window; amounts: 1.234 is one and a bit, or a thousand.
    let folder = Folder::new(&[
        (
            "attain.toml",
            &project("decimal_comma = true\nday_first = false", "decimal_comma = false\nday_first = false"),
        ),
        ("a/usage.csv", &row("4000101", "2017-06-05", "1.234")),
        ("b/usage.csv", &row("4000102", "2017-06-05", "1.234")),
        (
            "others/credentials.csv",
            "partner_id,individual_id,kind,credential,completed_on\n4000101,p-1,exam,70-533,2017-05-01\n",
        ),
    ]);
    assert_eq!(consumption(&folder), figures([("4000101", "1234.00"), ("4000102", "1.23")]));
    // 1 July or 7 January 2017: the one is after the window.
    let dated = |first: bool| format!("day_first = {first}");
    folder.write("attain.toml", &project(&dated(true), &dated(false)));
    folder.write("a/usage.csv", &row("4000101", "01/07/2017", "100").replace(';', ","));
    folder.write("b/usage.csv", &row("4000102", "01/07/2017", "100").replace(';', ","));
    assert_eq!(consumption(&folder), figures([("4000101", "0.00"), ("4000102", "100.00")]));
    folder.write("attain.toml", &project(&dated(false), &dated(true)));
    assert_eq!(consumption(&folder), figures([("4000101", "100.00")]));
}

#[test]
fn the_role_and_the_dialect_of_a_source_decide_what_its_files_are() {
    let roster = "partner_id,name,country,market\n4000101,Contoso,Norway,developed\n";
    let folder = Folder::new(&[
        ("attain.toml", &project("role = \"consumption\"", "role = \"partners\"\ndialect = \"partners\"")),
        ("a/usage.csv", &CONSUMPTION.replace("00.00,USD", "01.00,USD")),
        ("b/roster.csv", roster),
        (
            "others/credentials.csv",
            "partner_id,individual_id,kind,credential,completed_on\n4000101,p-1,exam,70-533,2017-05-01\n",
        ),
    ]);
    assert_eq!(consumption(&folder), figures([("4000101", "15001.00")]));
    let report = folder.run("run --columns partner_id,partner_name,tier").exits(0).stdout();
    assert_eq!(report, "partner_id,partner_name,tier\n4000101,Contoso,silver\n");
    folder.write("attain.toml", &project("role = \"consumption\"", "role = \"markets\""));
    let fault = folder.run("run").exits(1).stderr();
    assert!(
        fault.starts_with("attain: no-input: [[source]] in line 10 of attain.toml: no file of b is read"),
        "{fault}"
    );
    folder.write("attain.toml", &project("role = \"consumption\"", "dialect = \"consumption\""));
    let fault = folder.run("run").exits(1).stderr();
    assert!(fault.starts_with("attain: b/roster.csv: missing-column: "), "{fault}");
}

#[test]
fn usage_only_and_partner_id_of_a_source_hold_for_its_files_alone() {
    // No column tells usage from purchases, and none has a partner: of the one file all rows are usage of an associated subscription.
    let cost = "Date,SubscriptionId,CostInBillingCurrency,BillingCurrencyCode\n06/30/2017,11111111-2222-3333-4444-555555555555,100,USD\n";
    let partner_cost = "date,SubscriptionId,resellerMpnId,partnerTenantId,costInUsd,chargeType,publisherType,provider\n\
                        06/01/2017,00000000-0000-4000-8000-000000000001,,11111111-1111-4111-8111-111111111111,20,Usage,Azure,Azure\n";
    let folder = Folder::new(&[
        ("attain.toml", &project("usage_only = true", "partner_id = 4000102")),
        ("a/cost.csv", cost),
        ("b/cost.csv", partner_cost),
        (
            "others/associations.csv",
            "subscription_id,partner_id,type,from,to\n11111111-2222-3333-4444-555555555555,4000101,dpor,,\n",
        ),
    ]);
    assert_eq!(consumption(&folder), figures([("4000101", "100.00"), ("4000102", "20.00")]));
    folder.write("attain.toml", &project("", "partner_id = 4000103"));
    let fault = folder.run("run").exits(1).stderr();
    assert!(fault.starts_with("attain: a/cost.csv: missing-column: "), "{fault}");
}

/// A switch means the same behind `=` on the command line, in a variable of the environment and in the file; a switch that is off hides what is said
/// below it.
#[test]
fn a_switch_is_put_on_or_off_by_a_value_in_every_layer() {
    let usage = "month,partner_id,association,subscription_id,amount,currency\n\
                 2017-06,4000101,dpor,00000000-0000-4000-8000-000000000001,\"1,234\",USD\n";
    let source = "as_of = \"2017-07-07\"\nallow = [\"all\"]\nquiet = true\n";
    let file = "[[source]]\npaths = \"in.csv\"\n";
    let folder = Folder::new(&[("in.csv", usage)]);
    let consumption = |project: &str, args: &str, variables: &[(&str, &str)]| {
        folder.write("attain.toml", project);
        let report = folder.run_with(&format!("run --columns consumption_usd {args}"), variables);
        report.stdout().lines().nth(1).unwrap_or_default().to_owned()
    };
    // The row that is refused with the point is the only one.
    let (on, off) = ("1.23", "");
    let plain = format!("{source}{file}");
    let by_key = format!("{source}decimal_comma = true\n{file}");
    let by_source = format!("{source}{file}decimal_comma = true\n");
    for (args, variable, of_plain, of_keys) in [
        ("", "", off, on),
        ("--decimal-comma", "", on, on),
        ("--decimal-comma=true", "", on, on),
        ("--decimal-comma=1", "", on, on),
        ("--decimal-comma=in.csv", "", on, on),
        ("--decimal-comma=false", "", off, off),
        ("--decimal-comma=0", "", off, off),
        ("", "true", on, on),
        ("", "1", on, on),
        ("", "false", off, off),
        ("--decimal-comma=false", "true", off, off),
        ("--decimal-comma=true", "false", on, on),
    ] {
        let variables = [("ATTAIN_DECIMAL_COMMA", variable)];
        let variables = if variable.is_empty() { &[][..] } else { &variables[..] };
        let told = |project| consumption(project, args, variables);
        assert_eq!(told(&plain), of_plain, "{args} {variable}");
        assert_eq!(told(&by_key), of_keys, "a key, {args} {variable}");
        assert_eq!(told(&by_source), of_keys, "a source, {args} {variable}");
    }
    let key_off = format!("{source}decimal_comma = false\n{file}");
    assert_eq!(consumption(&key_off, "", &[]), off);
    // Flags of one command alone, too.
    let explain = |all: &str| {
        let args = "in.csv --as-of 2017-07-07 --decimal-comma --allow all --quiet";
        folder.run(&format!("explain {all} 4000101 {args}"))
    };
    assert_eq!(explain("--all=false").exits(0).stdout(), explain("").exits(0).stdout());
    explain("--all=perhaps").exits(2);
}
