//! The project file: precedence, profiles, sources, faults with their lines and the nearest name, `config show`, and that only `attain run` reads
//! ./attain.toml by itself.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

use std::fs;
use std::path::Path;

#[expect(dead_code, reason = "only the copying is needed here")]
#[path = "support/case/mod.rs"]
mod case;
#[path = "support/project_folder.rs"]
mod project_folder;

use project_folder::Folder;

/// The value and origin of a key, as `config show` prints them.
fn shown(text: &str, key: &str) -> String {
    let line = text.lines().find(|line| line.trim_start_matches("# ").starts_with(&format!("{key} =")));
    line.or_else(|| text.lines().find(|line| line.starts_with(&format!("# {key}:")))).unwrap().to_owned()
}

const CONSUMPTION: &str = "month,partner_id,association,subscription_id,amount,currency\n\
                           2017-06,4000101,dpor,00000000-0000-4000-8000-000000000001,15000.00,USD\n";

const PROJECT: &str =
    "as_of = \"2017-07-07\"\nallow = [\"all\"]\nquiet = true\n[[source]]\npaths = \"in.csv\"\n";

/// The amount in USD of the only partner of a report.
fn consumption(report: &str) -> String {
    let mut lines = report.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let head = lines.next().unwrap();
    let at = head.iter().position(|name| *name == "consumption_usd").unwrap();
    lines.next().unwrap()[at].to_owned()
}

#[test]
fn a_run_gives_the_bytes_of_the_report_with_the_same_options() {
    let project = "as_of = 2017-07-07\noutput = \"report-{as_of}.csv\"\nquiet = true\n[[source]]\npaths = \"sample-data\"\n";
    let folder = Folder::with_sample_data(&[("attain.toml", project)]);
    let report = folder.run("report sample-data --as-of 2017-07-07 --quiet").exits(0);
    folder.run("run").exits(0);
    assert_eq!(folder.read("report-2017-07-07.csv"), report.stdout());
    assert_eq!(
        folder.names(),
        [
            "attain.toml",
            "report-2017-07-07.csv",
            "report-2017-07-07.rejects.csv",
            "report-2017-07-07.run.json",
            "sample-data"
        ]
    );
}

#[test]
fn the_command_line_goes_before_the_environment_and_that_before_the_profile_and_that_before_the_file() {
    let layers = [
        (
            "max_rejects = 1\ndeny = [\"same-bytes\", \"shrunk\"]\n",
            "max_rejects = \"1\"",
            "attain.toml line 1",
        ),
        (
            "[profile.night]\nmax_rejects = 2\ndeny = [\"empty-file\"]\n",
            "max_rejects = \"2\"",
            "attain.toml line 4",
        ),
    ];
    let text = layers.map(|(text, ..)| text).join("");
    let folder = Folder::new(&[("attain.toml", &text)]);
    let of = |args: &str, variables: &[(&str, &str)]| {
        folder.run_with(&format!("config show {args}"), variables).exits(0).stdout()
    };
    let expect = |text: &str, key: &str, expected: &str| assert_eq!(shown(text, key), expected, "{text}");
    let top = of("", &[]);
    expect(&top, "max_rejects", "max_rejects = \"1\"  # attain.toml line 1");
    expect(&top, "deny", "deny = [\"same-bytes\", \"shrunk\"]  # attain.toml line 2");
    let profile = of("night", &[]);
    expect(&profile, "max_rejects", "max_rejects = \"2\"  # attain.toml line 4, profile night");
    // A list replaces a list.
    expect(&profile, "deny", "deny = [\"empty-file\"]  # attain.toml line 5, profile night");
    let variables =
        [("ATTAIN_MAX_REJECTS", "3"), ("ATTAIN_DENY", "run-in-progress,shrunk"), ("ATTAIN_PROFILE", "night")];
    let environment = of("", &variables);
    expect(&environment, "max_rejects", "max_rejects = \"3\"  # ATTAIN_MAX_REJECTS");
    expect(&environment, "deny", "deny = [\"run-in-progress,shrunk\"]  # ATTAIN_DENY");
    let flag = |args: &str, value: &str| shown(&of(args, &[("ATTAIN_QUIET", value)]), "quiet");
    assert_eq!(flag("", "true"), "quiet = true  # ATTAIN_QUIET");
    assert_eq!(flag("--quiet=false", "true"), "quiet = false  # command line");
    assert_eq!(flag("--quiet=true", "false"), "quiet = true  # command line");
    let line = of("night --max-rejects 4 --deny all", &variables);
    expect(&line, "max_rejects", "max_rejects = \"4\"  # command line");
    expect(&line, "deny", "deny = [\"all\"]  # command line");
    expect(&line, "window", "window = \"complete-months\"  # default");
    expect(&line, "window_months", "# window_months: not set");
}

#[test]
fn the_effective_value_is_that_of_the_run() {
    let folder =
        Folder::new(&[("attain.toml", PROJECT), ("in.csv", &CONSUMPTION.replace("15000.00", "nil"))]);
    // One row is refused.
    folder.run("run").exits(3);
    folder.run("run --max-rejects 1").exits(0);
    folder.run_with("run", &[("ATTAIN_MAX_REJECTS", "1")]).exits(0);
    folder.run_with("run --max-rejects 0", &[("ATTAIN_MAX_REJECTS", "1")]).exits(3);
    folder.write("attain.toml", &format!("max_rejects = 1\n{PROJECT}[profile.strict]\nmax_rejects = 0\n"));
    folder.run("run").exits(0);
    folder.run("run strict").exits(3);
    folder.run_with("run strict", &[("ATTAIN_MAX_REJECTS", "1")]).exits(0);
}

#[test]
fn only_run_reads_the_file_by_itself() {
    let folder = Folder::new(&[("attain.toml", PROJECT), ("in.csv", CONSUMPTION), ("conf/none.txt", "")]);
    let none = folder.run("report").exits(2);
    assert!(none.stderr().contains("no input"), "{}", none.stderr());
    folder.write("conf/empty.toml", "");
    let without = folder.run("run --config conf/empty.toml").exits(2).stderr();
    assert!(without.contains("no input: conf/empty.toml has no [[source]] that holds here"), "{without}");
    let path = folder.run("run in.csv").exits(2).stderr();
    assert!(path.contains("to read other inputs, say `attain report in.csv --config attain.toml`"), "{path}");
    let report = folder.run("report --config attain.toml").exits(0);
    assert_eq!(report.stdout(), folder.run("run").exits(0).stdout());
    for command in [
        "explain 4000101",
        "plan",
        "history --all",
        "check",
        "rules diff cloud-platform@2017-07-07 cloud-platform@2017-12-15",
    ] {
        folder.run(&format!("{command} --config attain.toml")).exits(0);
    }
    folder.run_with("report", &[("ATTAIN_CONFIG", "attain.toml")]).exits(0);
    fs::remove_file(folder.path("attain.toml")).unwrap();
    let absent = folder.run("run").exits(2);
    assert!(
        absent.stderr().starts_with("attain: there is no attain.toml in this folder; `attain init"),
        "{}",
        absent.stderr()
    );
}

#[test]
fn outputs_and_questions_of_the_file_belong_to_reports_alone() {
    let project = format!("output = \"report.csv\"\ntop = 1\nformat = \"tsv\"\n{PROJECT}");
    let folder = Folder::new(&[("attain.toml", &project), ("in.csv", CONSUMPTION)]);
    for command in ["explain 4000101", "plan", "history --all", "check"] {
        folder.run(&format!("{command} --config attain.toml")).exits(0);
    }
    assert_eq!(folder.names(), ["attain.toml", "in.csv"]);
    folder.run("run").exits(0);
    assert!(folder.names().contains(&"report.csv".to_owned()));
}

#[test]
fn paths_of_the_file_begin_at_its_folder_and_those_of_the_command_line_here() {
    let project = format!("output = \"../out/report.csv\"\n{PROJECT}");
    let folder =
        Folder::new(&[("conf/attain.toml", &project), ("conf/in.csv", CONSUMPTION), ("out/old.txt", "")]);
    folder.run("run --config conf/attain.toml").exits(0);
    assert_eq!(consumption(&folder.read("out/report.csv")), "15000.00");
    folder.run("run --config conf/attain.toml -o here-{as_of}.csv").exits(0);
    assert_eq!(folder.read("here-2017-07-07.csv"), folder.read("out/report.csv"));
}

#[test]
fn signs_of_a_pattern_in_the_name_of_the_folder_stand_for_themselves() {
    let project = PROJECT.replace("\"in.csv\"", "[\"i*.csv\", \"./more\"]");
    let more = CONSUMPTION.replace("2017-06", "2017-05");
    let folder = Folder::new(&[
        ("a[1] {b}/attain.toml", &project),
        ("a[1] {b}/in.csv", CONSUMPTION),
        ("a[1] {b}/more/x.csv", &more),
    ]);
    let variables = [("ATTAIN_CONFIG", "a[1] {b}/attain.toml")];
    assert_eq!(consumption(&folder.run_with("run", &variables).exits(0).stdout()), "30000.00");
}

#[test]
fn several_outputs_of_the_file_are_replaced_by_one_of_the_command_line() {
    let project = format!(
        "output = [\"r-{{as_of}}.csv\", \"r-{{as_of}}.json\"]\nledger = \"l-{{as_of}}.csv\"\n{PROJECT}"
    );
    let folder = Folder::new(&[("attain.toml", &project), ("in.csv", CONSUMPTION)]);
    folder.run("run").exits(0);
    let of_day =
        ["r-2017-07-07.csv", "r-2017-07-07.json", "r-2017-07-07.rejects.csv", "r-2017-07-07.run.json"];
    assert!(
        of_day.iter().chain(&["l-2017-07-07.csv"]).all(|name| folder.path(name).exists()),
        "{:?}",
        folder.names()
    );
    of_day.iter().for_each(|name| fs::remove_file(folder.path(name)).unwrap());
    folder.run("run -o only.tsv").exits(0);
    assert!(folder.path("only.tsv").exists() && of_day.iter().all(|name| !folder.path(name).exists()));
}

#[test]
fn today_is_the_day_in_utc() {
    let project = PROJECT.replace("2017-07-07", "today");
    let folder = Folder::new(&[
        ("attain.toml", &format!("output = \"r-{{as_of}}.csv\"\n{project}")),
        ("in.csv", CONSUMPTION),
    ]);
    let days = || chrono::Utc::now().date_naive().to_string();
    let before = days();
    folder.run("run").exits(0);
    let of_today = [before, days()].map(|day| folder.path(&format!("r-{day}.csv")).exists());
    assert!(of_today.contains(&true), "{:?}", folder.names());
    // The word beats a day of the file on the command line too.
    folder.write("attain.toml", PROJECT);
    let today = folder.run("run --as-of today").exits(0).stdout();
    assert!(!today.contains("2017-07-07"), "{today}");
}

#[test]
fn faults_have_their_file_and_line_and_the_nearest_name() {
    let project = "max_rejets = 5\nas_of = \"07/07/2017\"\ndeny = [\n  \"shrunk\",\n  \"same-byte\",\n]\non_overlap = \"newst\"\n\
                   output = \"report-{asof}.csv\"\nrequire = [\"partner\"]\nprefer = \"cost-actul\"\nquiet = 1\n\
                   [[source]]\npaths = \"in.csv\"\ndialect = \"cost-parter\"\n[profile.night]\nwindow_months = 0\nrules = \"cloud-platfrm\"\n";
    let folder = Folder::new(&[("attain.toml", project)]);
    let first = folder.run("run").exits(2).stderr();
    assert_eq!(
        first,
        "attain: project file attain.toml: line 1: max_rejets: unknown key; did you mean `max_rejects`?\n\
         attain: project file attain.toml: line 11: quiet: 1 is not true or false\n"
    );
    folder.write(
        "attain.toml",
        &project.replace("max_rejets", "max_rejects").replace("quiet = 1", "quiet = true"),
    );
    let second = folder.run("run").exits(2).stderr();
    let lines: Vec<&str> =
        second.lines().map(|line| line.strip_prefix("attain: project file attain.toml: ").unwrap()).collect();
    let expected = [
        ("line 2: as_of: `07/07/2017`: a date such as 2017-07-07", ""),
        ("line 5: deny: `same-byte`: no warning has this code", "did you mean `same-bytes`?"),
        ("line 7: on_overlap: `newst` is none of auto, newest, sum, error", "did you mean `newest`?"),
        ("line 8: output: `{asof}` is no part of a name that is replaced; `{as_of}` is the day", ""),
        ("line 9: require: `partner`: one of partners,", "did you mean `partners`?"),
        ("line 10: prefer: `cost-actul`: one of", "did you mean `cost-actual`?"),
        ("line 14: source.dialect: `cost-parter` is no built-in dialect", "did you mean `cost-partner`?"),
        ("line 16: window_months: ", ""),
        ("line 17: rules: there is no rule set `cloud-platfrm`", "did you mean `cloud-platform`?"),
    ];
    assert_eq!(lines.len(), expected.len(), "{second}");
    for (line, (beginning, end)) in lines.iter().zip(expected) {
        assert!(line.starts_with(beginning) && line.ends_with(end), "{line}");
    }
    let profile = folder.run("run nigth").exits(2).stderr();
    assert!(profile.contains("no profile `nigth`; there are night; did you mean `night`?"), "{profile}");
}

#[test]
fn a_misspelt_variable_is_an_error_and_other_commands_do_not_read_the_environment() {
    let folder = Folder::new(&[("attain.toml", PROJECT), ("in.csv", CONSUMPTION)]);
    let variables = [("ATTAIN_MAX_REJECT", "5")];
    let misspelt = folder.run_with("run", &variables).exits(2).stderr();
    let expected = "attain: the environment variable ATTAIN_MAX_REJECT is no option of attain; did you mean `ATTAIN_MAX_REJECTS`?\n";
    assert_eq!(misspelt, expected);
    folder.run_with("report in.csv --allow all --quiet", &variables).exits(2);
    folder.run_with("dialects list", &variables).exits(0);
    let wrong = folder.run_with("run", &[("ATTAIN_MAX_REJECTS", "few")]).exits(2).stderr();
    assert!(wrong.starts_with("attain: ATTAIN_MAX_REJECTS: `few`: a number of rows"), "{wrong}");
    // Blank variables are not set; clusters set others for a service that is called attain.
    let others = [
        ("ATTAIN_MAX_REJECTS", ""),
        ("ATTAIN_SERVICE_HOST", "10.0.0.1"),
        ("ATTAIN_PORT_80_TCP", "tcp://10.0.0.1:80"),
        ("ATTAIN_BLESS", "0"),
        ("ATTAIN_COMMIT", "0123456"),
    ];
    folder.run_with("run", &others).exits(0);
}

#[test]
fn inputs_of_the_command_line_replace_the_sources_and_a_role_those_of_its_role() {
    let project = format!("{PROJECT}[[source]]\npaths = \"partners.csv\"\nrole = \"partners\"\n");
    let roster = |name: &str| format!("partner_id,name,country,market\n4000101,{name},France,developed\n");
    let folder = Folder::new(&[
        ("attain.toml", &project),
        ("in.csv", CONSUMPTION),
        ("other.csv", &CONSUMPTION.replace("15000", "16000")),
        ("partners.csv", &roster("Old Name")),
        ("new.csv", &roster("New Name")),
    ]);
    let run = folder.run("run").exits(0).stdout();
    assert!(run.contains("Old Name") && consumption(&run) == "15000.00", "{run}");
    let other = folder.run("report other.csv --config attain.toml").exits(0).stdout();
    assert!(!other.contains("Old Name") && consumption(&other) == "16000.00", "{other}");
    let roster = folder.run("run --partners new.csv").exits(0).stdout();
    assert!(roster.contains("New Name") && consumption(&roster) == "15000.00", "{roster}");
    let of_environment = folder.run_with("run", &[("ATTAIN_PARTNERS", "new.csv")]).exits(0).stdout();
    assert_eq!(of_environment, roster);
}

#[test]
fn a_source_says_how_its_own_files_are_read() {
    let plain = |month: &str, amount: &str| {
        format!(
            "month;partner_id;association;subscription_id;amount;currency\n{month};4000101;dpor;00000000-0000-4000-8000-000000000001;{amount};USD\n"
        )
    };
    // `1.234` is a thousand in one folder and one in the other.
    let project = PROJECT.replace(
        "paths = \"in.csv\"\n",
        "paths = \"comma\"\ndecimal_comma = true\n[[source]]\npaths = \"point\"\ndecimal_comma = false\n",
    );
    let folder = Folder::new(&[
        ("attain.toml", &project),
        ("comma/a.csv", &plain("2017-05", "1.234")),
        ("point/a.csv", &plain("2017-06", "1.234")),
    ]);
    assert_eq!(consumption(&folder.run("run").exits(0).stdout()), "1235.23");
    // What the command line says of all files goes before what a source says.
    assert_eq!(consumption(&folder.run("run --decimal-comma").exits(0).stdout()), "2468.00");
    let day = |day: &str| CONSUMPTION.replace("month", "date").replace("2017-06", day);
    let project = PROJECT
        .replace("paths = \"in.csv\"\n", "paths = \"d\"\nday_first = true\n[[source]]\npaths = \"m\"\n");
    folder.write("attain.toml", &project);
    // 2 June is in the window, 6 February of the next year is not.
    folder.write("d/a.csv", &day("02/06/2017"));
    folder.write("m/a.csv", &day("02/06/2018"));
    assert_eq!(consumption(&folder.run("run").exits(0).stdout()), "15000.00");
}

#[test]
fn a_source_states_the_currency_and_partner_that_its_files_lack() {
    let cost = "date,SubscriptionId,resellerMpnId,partnerTenantId,costInUsd,chargeType,publisherType,provider\n\
                06/01/2017,00000000-0000-4000-8000-000000000001,,11111111-1111-4111-8111-111111111111,20,Usage,Azure,Azure\n";
    let project = PROJECT.replace(
        "paths = \"in.csv\"\n",
        "paths = \"a\"\npartner_id = 4000101\n[[source]]\npaths = \"b\"\npartner_id = \"4000102\"\n",
    );
    let folder = Folder::new(&[
        ("attain.toml", &project),
        ("a/cost.csv", cost),
        ("b/cost.csv", &cost.replace(",20,", ",30,")),
    ]);
    let report = folder.run("run --on-overlap sum --columns partner_id,consumption_usd").exits(0).stdout();
    assert_eq!(report, "partner_id,consumption_usd\n4000101,20.00\n4000102,30.00\n");
    let unused = "[[source]]\npaths = \"c.csv\"\npartner_id = 4000103\n";
    folder.write("attain.toml", &(project + unused));
    folder.write("c.csv", CONSUMPTION);
    let fault = folder.run("run --on-overlap sum").exits(1).stderr();
    assert!(fault.contains("partner-id-unused: [[source]] in line 11 of attain.toml: partner_id = \"4000103\" applies to no input"), "{fault}");
}

#[test]
fn a_stated_dialect_is_that_of_the_files_of_the_source_and_of_no_other() {
    let dialect = "name = \"mine\"\ntitle = \"Mine\"\nrole = \"consumption\"\nsource = [\"here\"]\nrequired = [\"day\", \"partner\", \"amount\"]\n\
                   [columns]\nday = [\"month\"]\npartner = [\"partner_id\"]\namount = [\"list\"]\n\
                   [consumption]\nrepeats_per_association = false\ncredit_from = \"row\"\n\
                   [[consumption.date]]\ncolumn = \"day\"\nforms = [\"iso-month\"]\ngrain = \"month\"\n\
                   [[consumption.amount]]\ncolumn = \"amount\"\ncurrency = \"USD\"\n\
                   [[consumption.credit]]\npartner = \"partner\"\nassociation = \"dpor\"\n";
    let both = CONSUMPTION.replace("amount,", "amount,list,").replace("15000.00,", "15000.00,1.00,");
    let project = |dialect: &str| {
        PROJECT.replace(
            "\"in.csv\"\n",
            &format!("\"mine.csv\"\ndialect = \"{dialect}\"\n[[source]]\npaths = \"other.csv\"\n"),
        )
    };
    let folder = Folder::new(&[
        ("attain.toml", &project("mine.toml")),
        ("mine.toml", dialect),
        ("mine.csv", &both),
        ("other.csv", &both.replace("2017-06", "2017-05")),
    ]);
    assert_eq!(consumption(&folder.run("run").exits(0).stdout()), "15001.00");
    folder.write("attain.toml", &project("consumption"));
    assert_eq!(consumption(&folder.run("run").exits(0).stdout()), "30000.00");
    folder.write("attain.toml", &project("cost-partner"));
    let fault = folder.run("run").exits(1).stderr();
    assert!(
        fault.starts_with(
            "attain: mine.csv: missing-column: the header does not fit the dialect cost-partner (Azure Cost Management, cost and usage details, \
             partner (CSP) billing scopes), which is stated for it; missing: `date`"
        ) && fault.contains("`partnerTenantId`"),
        "{fault}"
    );
    folder.write("attain.toml", &project("mine.toml").replace("dialect", "role = \"partners\"\ndialect"));
    let role = folder.run("run").exits(2).stderr();
    assert!(role.contains("role = \"partners\", and the dialect mine is of consumption"), "{role}");
}

#[test]
fn a_source_without_files_is_named() {
    let project = format!("{PROJECT}\n[[source]]\npaths = [\"june-*.csv\"]\n[[source]]\npaths = \"empty\"\n");
    let folder = Folder::new(&[
        ("attain.toml", &project),
        ("in.csv", CONSUMPTION),
        ("empty/note.txt", "nothing here"),
    ]);
    let fault = folder.run("run").exits(1).stderr();
    assert_eq!(
        fault,
        "attain: no-input: [[source]] in line 10 of attain.toml: no file of empty is read; correct the paths, or remove the source\n\
         attain: june-*.csv: not-found: the pattern matches nothing; check it; it stands in [[source]] in line 8 of attain.toml\n"
    );
}

#[test]
fn a_file_of_two_sources_is_of_the_first() {
    let cost = |amount: &str| CONSUMPTION.replace(',', ";").replace("15000.00", amount);
    let project = PROJECT.replace(
        "\"in.csv\"\n",
        "\"a.csv\"\ndecimal_comma = true\n[[source]]\npaths = \".\"\ndecimal_comma = false\n",
    );
    let folder = Folder::new(&[("attain.toml", &project), ("a.csv", &cost("1.234"))]);
    assert_eq!(consumption(&folder.run("run").exits(0).stdout()), "1234.00");
}

#[test]
fn a_role_that_is_required_must_have_rows() {
    let folder = Folder::new(&[
        ("attain.toml", &format!("require = [\"consumption\", \"partners\"]\n{PROJECT}")),
        ("in.csv", CONSUMPTION),
    ]);
    let fault = folder.run("run").exits(1).stderr();
    assert_eq!(
        fault,
        "attain: required-role: no row of partners was read, and --require names partners; give the file, or leave the role out\n"
    );
    folder.run("run --require consumption").exits(0);
    let check = folder.run("check --config attain.toml --allow unsettled-month").exits(4).stdout();
    assert!(
        check.contains("warning: role-missing: no row of partners was read, which --require names"),
        "{check}"
    );
}

#[test]
fn what_config_show_prints_is_a_project_file_that_gives_the_same_run() {
    let project = "as_of = 2017-07-07\noutput = \"../report-{as_of}.csv\"\nmax_rejects = \"5%\"\ndeny = [\"same-bytes\"]\nquiet = true\nnear = \"10%\"\n\
                   day_first = [\"none.csv\"]\n[[source]]\npaths = [\"../sample-data\"]\n[profile.night]\nsort = \"tier:desc\"\nday_first = false\n";
    let folder = Folder::with_sample_data(&[("conf/attain.toml", project)]);
    let shown = folder.run("config show night --config conf/attain.toml --top 3").exits(0).stdout();
    folder.run("run night --config conf/attain.toml --top 3").exits(0);
    let report = folder.read("report-2017-07-07.csv");
    fs::remove_file(folder.path("report-2017-07-07.csv")).unwrap();
    // Its paths begin where the command was given.
    folder.write("attain.toml", &shown);
    folder.run("run").exits(0);
    assert!(report.lines().count() > 2);
    assert_eq!(folder.read("conf/../report-2017-07-07.csv"), report);
    let values = |text: &str| -> Vec<String> {
        text.lines().skip(2).map(|line| line.split("  # ").next().unwrap().to_owned()).collect()
    };
    assert_eq!(values(&folder.run("config show").exits(0).stdout()), values(&shown));
}

#[test]
fn an_option_that_contradicts_the_file_goes_before_it() {
    let project = format!("credits = \"credits.csv\"\ncredits_by_day = true\noutput = \"r.csv\"\n{PROJECT}");
    let folder = Folder::new(&[("attain.toml", &project), ("in.csv", CONSUMPTION), ("if.csv", CONSUMPTION)]);
    folder.run("run --assume if.csv").exits(0);
    assert!(!folder.names().contains(&"credits.csv".to_owned()));
    folder.run("run").exits(0);
    assert!(folder.names().contains(&"credits.csv".to_owned()));
    folder.run("history --all --to 2017-06-30 --config attain.toml").exits(0);
}

#[test]
fn the_project_file_is_no_output() {
    let folder = Folder::new(&[
        ("attain.toml", &format!("output = \"attain.toml\"\n{PROJECT}")),
        ("in.csv", CONSUMPTION),
    ]);
    let fault = folder.run("run --format csv").exits(2).stderr();
    assert!(fault.contains("a rule set, dialect or project file of the run cannot be an output"), "{fault}");
}

/// The first cells of the rows of the tables of a page whose head begins so.
fn keys_of_page(page: &str, head: &str) -> Vec<String> {
    let mut keys = Vec::new();
    let mut is_open = false;
    for line in page.lines() {
        is_open = line.starts_with('|') && (is_open || line.starts_with(head));
        keys.extend(
            line.strip_prefix("| `")
                .filter(|_| is_open)
                .and_then(|row| row.split('`').next())
                .map(str::to_owned),
        );
    }
    keys
}

#[test]
fn the_page_explains_every_key_and_no_other() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/PROJECT-FILE.md");
    let page = fs::read_to_string(page).unwrap();
    let folder = Folder::new(&[("attain.toml", "[[source]]\npaths = \"x\"\nunlike = 1\n")]);
    let fault = folder.run("run").exits(2).stderr();
    let (_, of_sources) = fault.trim_end().split_once("the keys of a source are ").unwrap();
    assert_eq!(keys_of_page(&page, "| key of `[[source]]` |"), of_sources.split(", ").collect::<Vec<_>>());
    folder.write("attain.toml", "");
    let shown = folder.run("config show").exits(0).stdout();
    let key = |line: &str| {
        let line = line.trim_start_matches("# ");
        line.split_once(" = ").or_else(|| line.split_once(": not set")).map(|(key, _)| key.to_owned())
    };
    let mut of_options: Vec<String> = shown.lines().skip(1).filter_map(key).collect();
    let mut of_page = keys_of_page(&page, "| key |");
    of_page.extend(keys_of_page(&page, "| key of reports |"));
    of_options.sort();
    of_page.sort();
    assert_eq!(of_page, of_options);
}

#[test]
fn the_example_of_the_page_is_sound() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/PROJECT-FILE.md");
    let page = fs::read_to_string(page).unwrap();
    let example = page.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    let folder = Folder::new(&[("attain.toml", example)]);
    let shown_values = folder.run("config show preview").exits(0).stdout();
    assert_eq!(
        shown(&shown_values, "max_rejects"),
        "max_rejects = \"0\"  # attain.toml line 25, profile preview"
    );
}

#[test]
fn the_run_of_an_initialised_folder_gives_the_bytes_of_its_report() {
    let folder = Folder::with_sample_data(&[]);
    let report = folder.run("report sample-data --as-of 2017-07-07 --quiet").exits(0).stdout();
    let told = folder.run("init sample-data").exits(0).stdout();
    assert!(
        told.starts_with("sample-data/attain.toml: written, for 12 files: associations 1, consumption 5, "),
        "{told}"
    );
    let run =
        folder.run("run --config sample-data/attain.toml --as-of 2017-07-07 -o - --quiet").exits(0).stdout();
    assert_eq!(run, report);
    // In the folder itself, where its outputs appear, and again the next night.
    let inside = Folder(tempfile::tempdir().unwrap());
    case::copy_folder(&folder.path("sample-data"), inside.0.path());
    inside.run("run --as-of 2017-07-07").exits(0);
    inside.run("run --as-of 2017-07-07").exits(0);
    assert_eq!(inside.read("report-2017-07-07.csv"), report);
    let written = folder.read("sample-data/attain.toml");
    for seen in [
        "# enterprise/enterprise-cost.xlsx[Cost]: cost-enterprise",
        "role = \"consumption\"\npaths = [\"csp\", \"enterprise\", \"insights/azure-usage.tsv\", \"consumption.csv\"]\n",
        "require = [\"associations\", \"consumption\", \"credentials\", \"markets\", \"partners\", \"rates\"]",
        "[[source]]\npaths = [\".\"]\n",
    ] {
        assert!(written.contains(seen), "{seen}\n{written}");
    }
    let again = folder.run("init sample-data").exits(2).stderr();
    assert_eq!(
        again,
        "attain: sample-data/attain.toml: there is such a file already, and it is not written over; rename or remove it\n"
    );
    assert_eq!(folder.read("sample-data/attain.toml"), written);
}

#[test]
fn init_drafts_a_dialect_that_works_once_it_is_completed() {
    let odd = "When;Sub GUID;Reseller MPN;Kosten;Meter\n\
               31/05/2017;00000000-0000-4000-8000-000000000009;4000101;1.234,56;x\n\
               30/06/2017;00000000-0000-4000-8000-000000000009;4000101;0,44;y\n";
    let folder = Folder::new(&[("in/odd-2017.csv", odd), ("in/cost.csv", CONSUMPTION)]);
    let told = folder.run("init in").exits(0).stdout();
    assert_eq!(
        told,
        "in/attain.toml: written, for 1 file: consumption 1\n\
         odd-2017.csv: no dialect reads it; odd-2017.dialect.toml is a draft of one: 3 places are marked FILL IN\n"
    );
    // Until then, the run says that the file is not read.
    let args =
        "run --config in/attain.toml --as-of 2017-07-07 -o - --quiet --allow missing-months,role-missing";
    assert!(folder.run(args).exits(4).stderr().contains("unrecognised-file"));
    let draft = folder.read("in/odd-2017.dialect.toml");
    let unsound = folder.run("dialects check in/odd-2017.dialect.toml").exits(2).stderr();
    assert_eq!(unsound.lines().count(), 3, "{unsound}");
    let complete = draft
        .replace("date = []", "date = [\"When\"]")
        .replace("currency = \"\"", "currency = \"USD\"")
        .replace("association = \"\"", "association = \"dpor\"");
    folder.write("in/odd-2017.dialect.toml", &complete);
    folder.run("dialects check in/odd-2017.dialect.toml").exits(0);
    let project = folder.read("in/attain.toml");
    let source = "# [[source]]\n# paths = [\"odd-2017.csv\"]\n# dialect = \"odd-2017.dialect.toml\"\n";
    assert!(project.contains(source), "{project}");
    folder.write("in/attain.toml", &project.replace(source, &source.replace("# ", "")));
    assert_eq!(consumption(&folder.run(args).exits(0).stdout()), "16235.00");
}

#[test]
fn a_draft_that_the_cells_suffice_for_is_read_at_once() {
    let odd = "Usage Day,Azure Sub GUID,MPN,Attribution,Azure Cost USD\n\
               2017-05-31,00000000-0000-4000-8000-000000000009,4000101,DPOR,1.50\n\
               2017-06-30,00000000-0000-4000-8000-000000000009,4000101,DPOR,2.50\n";
    let folder = Folder::new(&[("in/odd.csv", odd), ("in/cost.csv", CONSUMPTION)]);
    let told = folder.run("init in").exits(0).stdout();
    assert!(told.contains("odd.dialect.toml is a draft of one: sound as it is"), "{told}");
    folder.run("dialects check in/odd.dialect.toml").exits(0);
    let args = "run --config in/attain.toml --as-of 2017-07-07 -o - --quiet --allow missing-months,role-missing --require consumption";
    assert_eq!(consumption(&folder.run(args).exits(0).stdout()), "15004.00");
    let printed = folder.run("dialects new in/odd.csv").exits(0).stdout();
    assert_eq!(printed, folder.read("in/odd.dialect.toml"));
    folder.run("dialects new in/odd.csv -o in/odd.dialect.toml").exits(2);
    let fitting = folder.run("dialects new in/cost.csv").exits(0).stdout();
    assert!(
        fitting.starts_with("# The built-in dialect consumption reads it as consumption already"),
        "{fitting}"
    );
}

#[test]
fn init_marks_what_a_file_does_not_say() {
    let decimal = "date;partner_id;association;subscription_id;amount;currency\n\
                   2017-06-30;4000101;dpor;00000000-0000-4000-8000-000000000009;1.234;USD\n";
    let folder = Folder::new(&[("amounts.csv", decimal), ("cost.csv", CONSUMPTION)]);
    let told = folder.run("init").exits(0).stdout();
    assert!(told.contains("amounts.csv: complete its [[source]]: decimal_comma = true"), "{told}");
    let project = folder.read("attain.toml");
    let mark = "paths = [\"amounts.csv\"]\n# FILL IN: decimal_comma = true\n";
    assert!(project.contains(mark), "{project}");
    let args = "run --as-of 2017-07-07 -o - --quiet --allow all";
    assert!(folder.run(args).exits(1).stderr().contains("ambiguous-numbers"));
    folder.write("attain.toml", &project.replace("# FILL IN: decimal", "decimal"));
    assert_eq!(consumption(&folder.run(args).exits(0).stdout()), "16234.00");
}

#[test]
fn a_workbook_has_a_draft_too_and_no_draft_shows_a_mail_address() {
    let people = "MPN,Learner mail,Exam code,Passed on\n4000101,ada@contoso.example,70-533,2017-05-31\n";
    let folder = Folder::new(&[("people.csv", people)]);
    let mut workbook = rust_xlsxwriter::Workbook::new();
    let sheet = workbook.add_worksheet();
    for (row, cells) in [
        "Usage list",
        "",
        "Usage Day|Sub GUID|Cost in EUR",
        "2017-05-31|00000000-0000-4000-8000-000000000009|1",
    ]
    .iter()
    .enumerate()
    {
        for (column, cell) in cells.split('|').enumerate() {
            sheet.write_string(u32::try_from(row).unwrap(), u16::try_from(column).unwrap(), cell).unwrap();
        }
    }
    workbook.save(folder.path("odd.xlsx")).unwrap();
    let draft = folder.run("dialects new odd.xlsx").exits(0).stdout();
    for line in [
        "date = [\"Usage Day\"]",
        "amount = [\"Cost in EUR\"]",
        "currency = \"EUR\"",
        "credit_from = \"associations-file\"",
    ] {
        assert!(draft.contains(line), "{line}\n{draft}");
    }
    let draft = folder.run("dialects new people.csv").exits(0).stdout();
    assert!(draft.contains("role = \"credentials\"") && !draft.contains("ada@"), "{draft}");
    folder.write("people.dialect.toml", &draft);
    folder.run("dialects check people.dialect.toml").exits(0);
}

#[test]
fn a_folder_with_a_credits_table_is_initialised_and_run() {
    let folder = Folder::new(&[("in.csv", CONSUMPTION)]);
    fs::create_dir(folder.path("stored")).unwrap();
    folder.run("report in.csv --as-of 2017-07-07 --allow all --quiet --credits stored/credits.csv").exits(0);
    folder.run("init stored").exits(0);
    let project = folder.read("stored/attain.toml");
    assert!(
        project.contains("role = \"credits\"") && project.contains("require = [\"consumption\"]"),
        "{project}"
    );
    let args = "run --config stored/attain.toml --as-of 2017-07-07 --allow all --quiet -o -";
    assert_eq!(consumption(&folder.run(args).exits(0).stdout()), "15000.00");
}
