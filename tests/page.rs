//! The page of a run (SPEC 4, `-o report.html`): its figures are those of the CSV, no text of an input is markup, and it is the same whatever the order.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::Command;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::read::ZlibDecoder;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// Runs a report with a page and a CSV; both are in `folder`.
fn run(folder: &Path, inputs: &[&str], more: &[&str]) -> (String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_attain"))
        .arg("report")
        .args(inputs)
        .args(["--as-of", "2017-07-07", "-o", "report.csv", "-o", "report.html", "--quiet"])
        .args(more)
        .current_dir(folder)
        .output()
        .unwrap();
    let is_written = matches!(output.status.code(), Some(0 | 4));
    assert!(is_written, "{more:?}: {}", String::from_utf8_lossy(&output.stderr));
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    (read("report.csv"), read("report.html"))
}

fn sample(more: &[&str]) -> (String, String) {
    let folder = tempfile::tempdir().unwrap();
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data");
    run(folder.path(), &[sample.to_str().unwrap()], more)
}

/// The text of a script element with an id.
fn element<'p>(page: &'p str, id: &str) -> &'p str {
    let (_, rest) = page.split_once(&format!(" id=\"{id}\">")).unwrap();
    rest.split_once("</script>").unwrap().0
}

fn unpacked(page: &str, id: &str) -> Value {
    let bytes = STANDARD.decode(element(page, id)).unwrap();
    let mut text = String::new();
    ZlibDecoder::new(bytes.as_slice()).read_to_string(&mut text).unwrap();
    assert!(!text.contains('<'), "{text}");
    serde_json::from_str(&text).unwrap()
}

/// The tokens of a column, without the empty one behind the last comma.
fn tokens(column: &Value) -> Vec<&str> {
    let mut tokens: Vec<&str> = column.as_str().unwrap().split(',').collect();
    assert_eq!(tokens.pop(), Some(""));
    tokens
}

/// `12345` cents as `123.45`.
fn with_point(cents: &str) -> String {
    let (sign, digits) = cents.strip_prefix('-').map_or(("", cents), |digits| ("-", digits));
    let digits = format!("{digits:0>3}");
    let (units, cents) = digits.split_at(digits.len() - 2);
    format!("{sign}{units}.{cents}")
}

/// The report of a page: heads, and rows of cells as CSV has them.
fn report_of(page: &str) -> (Vec<String>, Vec<Vec<String>>) {
    let block = unpacked(page, "lines");
    let rows = element(page, "run").parse::<Value>().unwrap()["partners"].as_u64().unwrap();
    let rows = usize::try_from(rows).unwrap();
    let mut lines = vec![Vec::new(); rows];
    let mut heads = Vec::new();
    for column in block["columns"].as_array().unwrap() {
        heads.push(column["name"].as_str().unwrap().to_owned());
        let text = |nth: usize| column["texts"][nth].as_str().unwrap().to_owned();
        let cells: Vec<String> = match (column.get("cells"), column["kind"].as_str().unwrap()) {
            (None, _) => (0..rows).map(text).collect(),
            (Some(cells), kind) => tokens(cells)
                .into_iter()
                .map(|token| match (token, kind) {
                    ("", _) => String::new(),
                    (token, "text" | "date") => text(token.parse().unwrap()),
                    (token, "usd") => with_point(token),
                    (token, "count") => token.to_owned(),
                    other => panic!("{other:?}"),
                })
                .collect(),
        };
        assert_eq!(cells.len(), rows, "{column}");
        lines.iter_mut().zip(cells).for_each(|(line, cell)| line.push(cell));
    }
    (heads, lines)
}

/// The CSV in the same form; a text that was defused as it was before.
fn report_of_csv(csv: &str) -> (Vec<String>, Vec<Vec<String>>) {
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let heads = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let plain = |cell: &str| {
        let bare = cell.strip_prefix('\'').filter(|bare| bare.starts_with(['=', '+', '-', '@', '\t', '\r']));
        bare.unwrap_or(cell).to_owned()
    };
    let lines = reader.records().map(|line| line.unwrap().iter().map(plain).collect());
    (heads, lines.collect())
}

#[test]
fn every_cell_of_the_page_is_that_of_the_csv_whatever_lines_are_asked_for() {
    for question in [&[][..], &["--tier", "silver"], &["--sort", "consumption_usd:desc", "--top", "5"]] {
        let (csv, page) = sample(question);
        assert_eq!(report_of(&page), report_of_csv(&csv), "{question:?}");
    }
    let (_, page) = sample(&["--columns", "tier,partner_id"]);
    let run: Value = element(&page, "run").parse().unwrap();
    assert_eq!(run["columns"], serde_json::json!(["tier", "partner_id"]));
}

#[test]
fn months_and_subscriptions_of_the_details_are_those_of_explain() {
    for sort in [&[][..], &["--sort", "consumption_usd:desc,partner_id:desc"]] {
        let (csv, page) = sample(sort);
        let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data");
        let output = Command::new(env!("CARGO_BIN_EXE_attain"))
            .args(["explain", "--all", sample.to_str().unwrap(), "--as-of", "2017-07-07", "--format", "json"])
            .output()
            .unwrap();
        let explained: Value = serde_json::from_slice(&output.stdout).unwrap();
        let explained = explained["partners"].as_array().unwrap();
        let block = unpacked(&page, "detail-0");
        let text = |token: &str| block["texts"][token.parse::<usize>().unwrap()].as_str().unwrap();
        let [sentences, months, cents, remainders, subscriptions, subscription_cents] = [
            "sentence",
            "month_count",
            "month_cents",
            "month_remainder",
            "subscription_count",
            "subscription_cents",
        ]
        .map(|name| tokens(&block[name]));
        let (heads, lines) = report_of_csv(&csv);
        let position = |name: &str| heads.iter().position(|head| head == name).unwrap();
        assert_eq!(sentences.len(), lines.len());
        let (mut month, mut subscription) = (0, 0);
        for (nth, line) in lines.iter().enumerate() {
            let id = &line[position("partner_id")];
            let partner = explained.iter().find(|partner| partner["partner_id"] == id.as_str()).unwrap();
            assert_eq!(text(sentences[nth]), partner["sentence"], "{id}");
            let of_partner = partner["months"].as_array().unwrap();
            assert_eq!(months[nth].parse::<usize>().unwrap(), of_partner.len(), "{id}");
            let amounts: Vec<i128> = of_partner.iter().map(|month| exact(&month["usd"])).collect();
            for nth in 0..amounts.len() {
                assert_eq!(cents[month + nth], floor(amounts[nth]).to_string(), "{id}");
                let later: i128 = amounts[nth + 1..].iter().map(|amount| floor(*amount)).sum();
                let remains = later + remainders[month + nth].parse::<i128>().unwrap();
                assert_eq!(remains, floor(amounts[nth + 1..].iter().sum()), "{id}");
            }
            let consumption = line[position("consumption_usd")].replace('.', "");
            assert_eq!(consumption, format!("{:0>3}", floor(amounts.iter().sum()).to_string()), "{id}");
            month += amounts.len();
            let of_partner = partner["subscriptions"].as_array().unwrap();
            assert_eq!(subscriptions[nth].parse::<usize>().unwrap(), of_partner.len(), "{id}");
            for of_subscription in of_partner {
                let expected = floor(exact(&of_subscription["usd"])).to_string();
                assert_eq!(subscription_cents[subscription], expected, "{id}");
                subscription += 1;
            }
        }
        assert!(month > 50 && subscription > 20);
    }
}

/// An amount as a count of 10⁻²⁴.
fn exact(text: &Value) -> i128 {
    let text = text.as_str().unwrap();
    let (units, decimals) = text.split_once('.').unwrap_or((text, ""));
    format!("{units}{decimals:0<24}").parse().unwrap()
}

/// Whole cents, rounded down.
fn floor(amount: i128) -> i128 {
    amount.div_euclid(10_i128.pow(22))
}

#[test]
fn amounts_of_more_than_17_digits_are_exact() {
    let folder = tempfile::tempdir().unwrap();
    let line = |id: u32, amount: &str| format!("2017-01,{id},dpor,s{id},{amount},USD\n");
    let amounts =
        [(1, "90071992547409.93"), (2, "9007199254740.9931"), (3, "-0.001"), (4, "99999999999.999999")];
    let consumption: String = amounts.iter().map(|(id, amount)| line(*id, amount)).collect();
    let consumption = format!("month,partner_id,association,subscription_id,amount,currency\n{consumption}");
    fs::write(folder.path().join("consumption.csv"), consumption).unwrap();
    let (csv, page) = run(folder.path(), &["consumption.csv"], &[]);
    let (heads, lines) = report_of(&page);
    assert_eq!((&heads, &lines), (&report_of_csv(&csv).0, &report_of_csv(&csv).1));
    let position = heads.iter().position(|head| head == "consumption_usd").unwrap();
    let shown: Vec<&str> = lines.iter().map(|line| line[position].as_str()).collect();
    assert_eq!(shown, ["90071992547409.93", "9007199254740.99", "-0.01", "99999999999.99"]);
    assert_eq!(
        unpacked(&page, "detail-0")["month_cents"],
        "9007199254740993,900719925474099,-1,9999999999999,"
    );
}

#[test]
fn what_remains_when_a_month_leaves_is_the_exact_sum_rounded_once() {
    let folder = tempfile::tempdir().unwrap();
    let months =
        ["2016-07", "2016-08", "2016-09", "2016-10"].map(|month| format!("{month},1,dpor,s,0.009,USD\n"));
    let consumption =
        format!("month,partner_id,association,subscription_id,amount,currency\n{}", months.concat());
    fs::write(folder.path().join("consumption.csv"), consumption).unwrap();
    let (_, page) = run(folder.path(), &["consumption.csv"], &[]);
    let block = unpacked(&page, "detail-0");
    // 0.036, then 0.027, 0.018, 0.009 and nothing remain: each month by itself is no whole cent.
    assert_eq!((&block["month_cents"], &block["month_remainder"]), (&"0,0,0,0,".into(), &"2,1,0,0,".into()));
}

/// Names that would run, or swallow the rest of the page, if they were markup.
const HOSTILE: [&str; 8] = [
    "</script><script>alert(1)</script>",
    "<!--<script>",
    "<img src=x onerror=alert(2)>",
    "line\u{2028}end\u{2029}.",
    "quotes \" ' ` &lt; &amp; ${alert(3)}",
    "bidi \u{202e}evil\u{202c} \u{2066}x",
    "{{script}}{{run}}",
    "]]></style><svg onload=alert(4)>",
];

fn quoted(cell: &str) -> String {
    format!("\"{}\"", cell.replace('"', "\"\""))
}

/// A folder whose partners, countries, subscriptions, credentials and file names are hostile.
fn hostile(folder: &Path) -> Vec<String> {
    let mut partners = "partner_id,name,country,market\n".to_owned();
    let mut consumption = "month,partner_id,association,subscription_id,amount,currency\n".to_owned();
    let mut credentials =
        "partner_id,individual_id,email,kind,credential,completed_on,expires_on\n".to_owned();
    for (nth, text) in HOSTILE.iter().enumerate() {
        let (id, cell) = (quoted(&format!("{text} id")), quoted(text));
        partners += &format!("{id},{cell},{cell},developed\n{},{cell},{cell},developing\n", nth + 1);
        consumption +=
            &format!("2017-01,{id},dpor,{cell},{nth}.5,USD\n2017-02,{},pal,{cell},1,USD\n", nth + 1);
        credentials += &format!("{id},{cell},,exam,{cell},2017-01-01,\n");
    }
    let names =
        ["partners <img src=x onerror=alert(5)>.csv", "consumption <!--<script>.csv", "credentials '\".csv"];
    for (name, text) in names.iter().zip([partners, consumption, credentials]) {
        fs::write(folder.join(name), text).unwrap();
    }
    names.map(str::to_owned).into()
}

#[test]
fn no_text_of_an_input_is_markup() {
    let folder = tempfile::tempdir().unwrap();
    let names = hostile(folder.path());
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let (csv, page) = run(folder.path(), &names, &[]);
    let (_, plain) = sample(&[]);
    let tags = |page: &str| page.matches('<').count();
    // Markup is that of every page: no text adds a tag or a comment.
    assert_eq!(tags(&page), tags(&plain));
    assert!(["<!--", "<img", "\u{2028}", "\u{2029}"].iter().all(|text| !page.contains(text)));
    assert_eq!(report_of(&page), report_of_csv(&csv));
    let (_, lines) = report_of(&page);
    for text in HOSTILE {
        assert!(lines.iter().any(|line| line.iter().any(|cell| cell == text)), "{text}");
    }
    let details = unpacked(&page, "detail-0").to_string();
    assert!(details.contains("onerror=alert(2)") && details.contains("consumption <!--"));
    let run: Value = element(&page, "run").parse().unwrap();
    assert!(run["inputs"].to_string().contains("onerror=alert(5)"));
}

#[test]
fn no_mail_address_of_a_person_stands_in_the_page() {
    let (_, page) = sample(&[]);
    let blocks = ["lines", "detail-0"].map(|id| unpacked(&page, id).to_string());
    // The name of the rule set, its source and the description of its column have one.
    let is_allowed = |rest: &str| {
        ["@2017-07-07", "@b3cbb6a335197b63682d793453916fae326be0fa", "@version"]
            .iter()
            .any(|known| rest.starts_with(known))
    };
    for text in blocks.iter().map(String::as_str).chain([element(&page, "run")]) {
        let strays: Vec<&str> =
            text.match_indices('@').map(|(at, _)| &text[at..]).filter(|rest| !is_allowed(rest)).collect();
        assert!(strays.is_empty(), "{strays:?}");
        assert!(text.len() > 1000);
    }
}

#[test]
fn a_page_in_a_folder_of_inputs_is_an_output_which_the_next_run_passes_over_and_writes_again() {
    let folder = tempfile::tempdir().unwrap();
    let exports = folder.path().join("exports");
    fs::create_dir(&exports).unwrap();
    let consumption =
        "month,partner_id,association,subscription_id,amount,currency\n2017-01,1,dpor,s,1,USD\n";
    fs::write(exports.join("consumption.csv"), consumption).unwrap();
    let report = |inputs: &[&str], output: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_attain"));
        command.arg("report").args(inputs).args(["--as-of", "2017-07-07", "--allow", "all", "-o", output]);
        let output = command.current_dir(folder.path()).output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (exports_html, read) = ("exports/report.html", || fs::read(exports.join("report.html")).unwrap());
    let (code, told) = report(&["exports"], exports_html);
    assert!(matches!(code, Some(0 | 4)), "{told}");
    let first = read();
    let (code, told) = report(&["exports"], exports_html);
    assert!(matches!(code, Some(0 | 4)), "{told}");
    assert!(first == read(), "the inputs are those of the first run");
    let (code, told) = report(&["exports"], "other.html");
    assert!(matches!(code, Some(0 | 4)), "{told}");
    let (code, told) = report(&["exports/consumption.csv", exports_html], "other.html");
    assert_eq!(code, Some(1));
    assert!(told.contains("exports/report.html: unknown-header: an output of attain"), "{told}");
}

#[test]
fn the_policy_allows_the_one_style_and_the_one_script_by_their_hashes_and_nothing_else() {
    let (_, page) = sample(&[]);
    let hash = |text: &str| STANDARD.encode(Sha256::digest(text.as_bytes()));
    let between = |from: &str, to: &str| page.split_once(from).unwrap().1.split_once(to).unwrap().0;
    let (style, script) = (between("<style>", "</style>"), between("<script type=\"module\">", "</script>"));
    assert!(style.len() > 5000 && script.len() > 20_000);
    let policy = between("http-equiv=\"Content-Security-Policy\" content=\"", "\"");
    let expected = format!(
        "default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'; \
         require-trusted-types-for 'script'; trusted-types 'none'",
        hash(script),
        hash(style)
    );
    assert_eq!(policy, expected);
    // Nothing is loaded, and nothing is written as markup.
    let addresses = [
        " src=",
        "url(",
        "@import",
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
    ];
    let words = addresses.iter().filter(|word| page.contains(**word));
    assert_eq!(words.collect::<Vec<_>>(), Vec::<&&str>::new());
    assert!(!script.contains("fetch(") && !script.contains("XMLHttpRequest") && !script.contains("import("));
    assert_eq!(page.matches("<script").count(), 4, "run, lines, one detail block, the script");
}

#[test]
fn the_page_is_the_same_for_any_number_of_threads_and_order_of_files() {
    let folder = tempfile::tempdir().unwrap();
    let mut names = hostile(folder.path());
    let page = |names: &[String], threads: &str| {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        run(folder.path(), &names, &["--threads", threads]).1
    };
    let expected = page(&names, "1");
    names.reverse();
    assert_eq!(page(&names, "3"), expected);
}

#[test]
fn partners_beyond_one_block_have_their_details_and_few_bytes_each() {
    const PARTNERS: usize = 1100;
    const SUBSCRIPTIONS: usize = 5;
    let folder = tempfile::tempdir().unwrap();
    let mut state = 1_u64;
    // A sequence without a pattern that deflate could use.
    let mut next = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) ^ (state >> 13)
    };
    let mut consumption = "month,partner_id,association,subscription_id,amount,currency\n".to_owned();
    for partner in 0..PARTNERS {
        let guids: Vec<String> = (0..SUBSCRIPTIONS)
            .map(|_| {
                let digits = format!("{:016x}{:016x}", next(), next());
                format!(
                    "{}-{}-{}-{}-{}",
                    &digits[..8],
                    &digits[8..12],
                    &digits[12..16],
                    &digits[16..20],
                    &digits[20..]
                )
            })
            .collect();
        for (month, guid) in (1..=6).flat_map(|month| guids.iter().map(move |guid| (month, guid))) {
            let (units, decimals) = (next() % 5000, next() % 100_000_000);
            consumption +=
                &format!("2017-{month:02},{},dpor,{guid},{units}.{decimals:08},USD\n", 4_000_000 + partner);
        }
    }
    fs::write(folder.path().join("consumption.csv"), consumption).unwrap();
    let (csv, page) = run(folder.path(), &["consumption.csv"], &[]);
    assert_eq!(report_of(&page), report_of_csv(&csv));
    let counts = (0..5).map(|nth| tokens(&unpacked(&page, &format!("detail-{nth}"))["sentence"]).len());
    assert_eq!(counts.collect::<Vec<_>>(), [250, 250, 250, 250, 100]);
    assert!(!page.contains("detail-5"));
    let data: usize = page.len() - sample(&[]).1.len();
    assert!(data / PARTNERS < 300, "{} bytes for each partner", data / PARTNERS);
}
